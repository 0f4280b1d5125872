"""A sum that a job is still at is not shown as if it were true: on the list, on the record, in the API's answer."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from engine.platform import performing
from engine.platform.database import Database
from engine.platform.settings import Settings
from engine.records.writing import rollups
from run import create_app
from tests.builders.office import Browser, hire
from tests.records.making import add, field, form, make_app, text


@pytest.fixture(scope="module")
def settings(database: Database, data_folder: Path) -> Settings:
    url = database.engine.url.render_as_string(hide_password=False)
    return Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url)


@pytest.fixture(scope="module")
def product(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    yield app
    app.extensions["jianflow.database"].close()


def test_a_sum_that_is_still_worked_out_says_so_until_it_is_true(
    product: Flask, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "MOST", 1)
    group = form(
        "group",
        text(),
        field("total", "rollup", form="event", via="groups", fn="sum", field="n"),
        title="{name}",
    )
    app = make_app(
        database, group, form("event", field("groups", "links", form="group"), field("n", "number"))
    )
    ids = [add(database, app, "group", name=str(at)) for at in range(2)]
    add(database, app, "event", groups=ids, n=77)
    boss = Browser(product, database, hire(database, "陈", administrator=True).member_id)

    def shown() -> tuple[str, str]:
        answer = boss.send(
            f"/a/{app}/group/grid/rows", {"offset": 0, "limit": 10, "fields": ["name", "total"]}
        )
        assert answer.status_code == 200, answer.text
        return json.dumps(answer.json, ensure_ascii=False), boss.page(f"/a/{app}/group/{ids[0]}")

    for one in shown():
        assert "计算中" in one
    assert "77" not in shown()[0]
    performing.run_due(database, settings)
    for one in shown():
        assert "计算中" not in one and "77" in one
