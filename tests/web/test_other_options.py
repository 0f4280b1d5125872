"""Where others may be typed, what is none of the options is kept, shown, found and grouped like an option."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.platform.settings import Settings
from engine.records.bulk.write import Row, loading
from run import create_app
from tests.builders.office import Browser, hire
from tests.records.making import ENGINE, add, change, field, form, make_app, republish, text, values

WAYS = [{"value": "phone", "label": {"zh-CN": "电话", "en": "Phone"}}, {"value": "visit", "label": "上门"}]


def visits(**more: Any) -> dict[str, Any]:
    return form(
        "visit",
        text(),
        field("way", "select", options=WAYS, **more),
        field("tags", "multi_select", options=WAYS, **more),
        field("far", "formula", formula='IF(way = "视频会议", 1, 0)' if more else "1", result="number"),
        title="{name}",
        views=[{"key": "board", "name": "看板", "kind": "kanban", "group_by": "way"}],
    )


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


def test_what_is_typed_is_kept_and_what_is_an_option_becomes_it(database: Database) -> None:
    app = make_app(database, visits(others=True))
    made = add(database, app, "visit", name="a", way=" 视频会议 ", tags=["Phone", "展会"])
    kept = values(database, app, "visit", made)
    assert (kept["way"], kept["tags"], kept["far"]) == ("视频会议", ["phone", "展会"], 1)
    for wrong in ("x" * 201, "a\u0000b"):
        with pytest.raises(Invalid):
            add(database, app, "visit", name="b", way=wrong)
    with loading(database, app, "visit", ENGINE) as load:
        load.stage([Row(1, {"name": "c", "way": "微信"})])
        assert load.finish().created == 1


def test_without_it_what_is_no_option_is_refused_and_what_was_typed_may_stay(database: Database) -> None:
    app = make_app(database, visits(others=True))
    made = add(database, app, "visit", name="a", way="视频会议")
    republish(database, app, visits())
    change(database, app, "visit", made, name="b")
    assert values(database, app, "visit", made)["way"] == "视频会议"
    with pytest.raises(Invalid):
        add(database, app, "visit", name="c", way="视频会议")


def test_it_stands_in_list_filter_and_board_and_in_the_form(product: Flask, database: Database) -> None:
    app = make_app(database, visits(others=True))
    made = add(database, app, "visit", name="甲", way="视频会议")
    add(database, app, "visit", name="乙", way="phone")
    boss = Browser(product, database, hire(database, administrator=True).member_id)
    base = f"/a/{app}/visit"
    config = boss.get(f"{base}/grid/config").json
    assert config and next(one for one in config["columns"] if one["key"] == "way")["others"] is True
    where = {"field": "way", "op": "in", "value": ["视频会议"]}
    rows = boss.send(f"{base}/grid/rows", {"fields": ["name", "way"], "where": where}).json
    assert rows and [row["cells"]["way"]["t"] for row in rows["rows"]] == ["视频会议"]
    add(database, app, "visit", name="丙", tags=["phone", "Zoom 会议"])
    for word, names in (("视频会", ["甲"]), ("zoom", ["丙"]), ("电话", ["丙", "乙"]), ("%", [])):
        found = boss.send(f"{base}/grid/rows", {"fields": ["name"], "search": word}).json
        assert found and sorted(row["cells"]["name"]["t"] for row in found["rows"]) == names, word
    assert "视频会议" in boss.page(f"{base}?view=board")
    page = boss.page(f"{base}/{made}/edit")
    assert "<jf-select others>" in page and '<option value="视频会议" selected>' in page
