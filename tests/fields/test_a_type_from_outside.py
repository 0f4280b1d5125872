"""A field type that somebody else's package adds works like the product's own: designed, filled in, listed, imported."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from builders.forms import field_types
from engine.access.viewer import Viewer
from engine.definitions import checks
from engine.fields import palette, registry
from engine.fields.base import ParseContext
from engine.fields.form import Form
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser
from tests.exchange.sheets import faults, imported, records, sheet
from tests.records.making import field, form, make_app, text
from tests.templates.conftest import administrator_of

MODULE = '''
"""Colours as people write them on the web."""
import re
import sqlalchemy as sa
from engine.fields.base import TEXTUAL, FieldFault, FieldType
from engine.fields.schema import YES_NO, asked
from engine.platform.i18n import Text


class ColourField(FieldType):
    name = "colour"
    label = Text("颜色", "Colour")
    icon = "palette"
    group = "more"
    schema = {"properties": {"short": asked(YES_NO, "简写", "Short", "format")}}
    operators = TEXTUAL
    groupable = True

    def column(self, field):
        return sa.Text()

    def read(self, raw, field, context):
        if not re.fullmatch("#[0-9a-f]{6}", str(raw).lower()):
            raise FieldFault("not_a_date", Text("不是颜色", "Not a colour"))
        return raw.lower()

    def display(self, value, field, language, time_zone=None):
        return "" if value is None else f"<{value}>"

    def typed_text(self, value, field, language, time_zone=None):
        return value or ""
'''
ENTRY_POINTS = "[jianflow.field_types]\ncolour = jianflow_colour:ColourField\n"
PAINT = form("paint", text(), field("c", "colour", short=True), title="{name}")


@pytest.fixture(scope="module")
def colour_package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A package on the path with an entry point, as pip would leave it."""
    folder = tmp_path_factory.mktemp("site-packages")
    (folder / "jianflow_colour.py").write_text(MODULE)
    info = folder / "jianflow_colour-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: jianflow-colour\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    sys.path.insert(0, str(folder))
    _forget()
    yield
    sys.path.remove(str(folder))
    sys.modules.pop("jianflow_colour", None)
    _forget()


def _forget() -> None:
    registry.forget()
    checks.forget()


@pytest.fixture(scope="module")
def me(database: Database) -> Viewer:
    return administrator_of(database, "陈思")


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path, colour_package: None) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def browser(product: Flask, database: Database, me: Viewer) -> Browser:
    assert me.member_id is not None
    return Browser(product, database, me.member_id)


@pytest.fixture(scope="module")
def app(database: Database, colour_package: None) -> str:
    return make_app(database, PAINT)


def test_without_the_package_there_is_no_such_type() -> None:
    assert not registry.exists("colour") and registry.exists("money") and not registry.exists("count")
    with pytest.raises(Invalid):
        checks.sound_document("forms", "paint", PAINT)


def test_a_type_from_another_package_is_found_and_reads_values(colour_package: None) -> None:
    assert registry.exists("colour")
    colour = Form.read(PAINT).field("c")
    assert colour is not None
    assert colour.kind.parse("#FF00AA", colour, ParseContext()) == "#ff00aa"
    assert checks.sound_document("forms", "paint", PAINT) == PAINT


def test_it_stands_in_the_palette_with_a_panel_of_its_own(colour_package: None) -> None:
    more = next(group for group in palette.groups() if group.key == "more")
    tile = more.tiles[-1]
    assert (tile.type, tile.icon, tile.label.render("en")) == ("colour", "palette", "Colour")
    panel = field_types.described()["types"]["colour"]
    assert panel["properties"]["short"]["x-label"] == {"zh-CN": "简写", "en": "Short"}
    assert panel["properties"]["required"]["x-label"] and panel["inside"]


def test_it_is_filled_in_listed_and_filtered(browser: Browser, app: str) -> None:
    base = f"/a/{app}/paint"
    page = browser.page(f"{base}/new")
    assert 'name="c"' in page and 'id="field-c"' in page
    posted = {"_field": ["name", "c"], "name": "wall", "csrf": browser.csrf}
    refused = browser.send(f"{base}/new", data={**posted, "c": "green"})
    assert "不是颜色" in refused.text
    assert browser.send(f"{base}/new", data={**posted, "c": "#FF00AA"}).status_code in (302, 303)
    config = browser.get(f"{base}/grid/config").json
    assert config is not None
    column = next(one for one in config["columns"] if one["key"] == "c")
    assert column["type"] == "colour" and "contains" in column["operators"] and column["editable"]
    for where, count in (("ff00", 1), ("zzz", 0)):
        asked: dict[str, Any] = {
            "where": {"field": "c", "op": "contains", "value": where},
            "fields": ["name", "c"],
        }
        assert [row["cells"]["c"]["t"] for row in rows_of(browser, base, asked)] == ["<#ff00aa>"] * count
    shown = browser.page(f"{base}/{rows_of(browser, base)[0]['id']}")
    assert "&lt;#ff00aa&gt;" in shown


def rows_of(browser: Browser, base: str, asked: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    answer = browser.send(f"{base}/grid/rows", asked or {"fields": ["name", "c"]}).json
    assert answer is not None
    found: list[dict[str, Any]] = answer["rows"]
    return found


def test_it_is_imported_and_what_it_refuses_is_told(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = sheet(tmp_path, [["name", "c"], ["door", "#00FF00"], ["roof", "red"]])
    job = imported(database, me, app, "paint", path)
    assert faults(job) == [(3, "c", "not_a_date")]
    assert ("door", "#00ff00") in records(database, me, app, "paint", "name", "c")


def test_the_api_takes_it_and_describes_it(product: Flask, database: Database, me: Viewer, app: str) -> None:
    from engine.access import api_keys
    from tests.api.caller import Caller

    with database.begin() as connection:
        key = api_keys.issue(connection, me.member_id, author=me)
    boss = Caller(product.test_client(), key, me.member_id or 0)
    place = f"/apps/{app}/forms/paint/records"
    made = boss.ok("POST", place, {"values": {"name": "sky", "c": "#0000FF"}})
    assert boss.ok("GET", f"{place}/{made['id']}")["values"]["c"] == "#0000ff"
    found = boss.ok("POST", f"{place}/query", {"where": {"field": "c", "op": "eq", "value": "#0000ff"}})
    assert [one["id"] for one in found["records"]] == [made["id"]]
    assert boss.refused("POST", place, {"values": {"name": "x", "c": 5}}) == {"/values/c": "not_a_date"}
