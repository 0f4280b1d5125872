"""A kind of definition from outside is stored, checked, published, told apart and packed like any other."""

import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest

from engine.definitions import drafts, kinds, live, package, publish, schema, versions
from engine.definitions.kinds import Element, Kind, Reference
from engine.definitions.model import App, Document, LiveApp
from engine.platform.database import Database
from engine.platform.errors import Fault, Invalid, NotFound
from engine.platform.i18n import Text
from tests.definitions.conftest import customer

SCHEMA = {
    "type": "object",
    "required": ["key", "form"],
    "properties": {
        "key": {"type": "string"},
        "name": {"type": "string"},
        "form": {"type": "string"},
        "size": {"type": "integer"},
    },
    "additionalProperties": False,
}
CHECK = schema.validator(SCHEMA)


def check(key: str, proposed: LiveApp) -> Iterator[Fault]:
    form = proposed.documents["posters"][key]["form"]
    if form not in proposed.forms:
        yield Fault("/form", "unknown_form", Text("没有这个表单", "There is no such form"))


def references(key: str, proposed: LiveApp) -> Iterator[Reference]:
    yield Reference("/form", "forms", proposed.documents["posters"][key]["form"])


@pytest.fixture
def posters(monkeypatch: pytest.MonkeyPatch) -> Kind:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    monkeypatch.setattr(kinds, "hooks", kinds.Hooks())
    return kinds.register(
        Kind(
            name="posters",
            label=Text("海报", "poster"),
            schema=lambda: SCHEMA,
            schema_faults=lambda document: schema.faults(CHECK, "posters", document),
            check=check,
            references=references,
            elements=lambda document: {"": Element("poster", document.get("name"))},
        )
    )


def test_a_kind_from_outside_goes_all_the_way(
    database: Database, app: App, save: Callable[..., Any], posters: Kind
) -> None:
    poster: Document = {"key": "big", "name": "大海报", "form": "customer", "size": 3}
    with pytest.raises(Invalid) as refused:
        save(app, {**poster, "size": "x"}, kind="posters")
    assert str(refused.value.faults[0].message) == "大海报 › “size”：应当是整数。"
    etag = save(app, poster, kind="posters").etag
    with pytest.raises(Invalid) as refused:
        publish.publish(database, app.key, author=1)
    assert refused.value.faults[0].pointer == "/posters/big/form"
    save(app, customer())
    only = publish.publish(database, app.key, only=[("posters", "big")], author=1)
    assert only.published == [("forms", "customer"), ("posters", "big")]
    save(app, {**poster, "size": 4}, kind="posters", etag=etag)
    publish.publish(database, app.key, author=1)
    with database.connect() as connection:
        assert live.load(connection, app.key).documents["posters"]["big"]["size"] == 4
        found = versions.versions(connection, app.key, "posters", "big")
        packed = package.export_app(connection, app.key)
    assert [str(change) for change in found[0].changes] == ["“size”由“3”改为“4”"]
    assert "posters/big.json" in zipfile.ZipFile(BytesIO(packed)).namelist()
    again = package.install(database, package.read_package(packed), author=1)
    with database.connect() as connection:
        assert drafts.get(connection, again.key, "posters", "big").document["size"] == 4


def test_without_it_the_kind_does_not_exist(database: Database, app: App) -> None:
    with pytest.raises(NotFound), database.connect() as connection:
        drafts.get(connection, app.key, "posters", "big")


def test_what_a_layer_above_has_to_say_reaches_the_publisher(
    database: Database, app: App, save: Callable[..., Any], posters: Kind
) -> None:
    @kinds.on_warn
    def count(connection: Any, changes: list[Any], now: LiveApp) -> list[Text]:
        return [Text("{n} 条数据不符合新规则", "{n} records break a new rule", n=len(changes))]

    save(app, customer())
    assert [str(one) for one in publish.publish(database, app.key, author=1).warnings] == [
        "1 条数据不符合新规则"
    ]
