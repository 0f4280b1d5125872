"""Deleting the ticked records and taking that back: each for itself, and what did not go is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser, hire
from tests.records.making import add, field, form, make_app, stored, text

CUSTOMER = form("customer", text(unique="must"), title="{name}")
ORDER = form("order", field("customer", "link", form="customer", on_delete="refuse"))


@pytest.fixture(scope="module")
def boss(database: Database, data_folder: Path) -> Iterator[Browser]:
    url = database.engine.url.render_as_string(hide_password=False)
    app: Flask = create_app(Settings(data=data_folder, secret_key="for tests only, long", database_url=url))
    yield Browser(app, database, hire(database, "陈总", administrator=True).member_id)
    app.extensions["jianflow.database"].close()


def there(database: Database, app: str, ids: list[int]) -> list[bool]:
    return [stored(database, app, "customer", one).deleted_at is None for one in ids]


def test_what_cannot_come_back_keeps_no_other_in_the_recycle_bin(database: Database, boss: Browser) -> None:
    app = make_app(database, CUSTOMER, ORDER)
    ids = [add(database, app, "customer", name=name) for name in ("甲", "乙", "丙")]
    deleted = boss.send(f"/a/{app}/customer/grid/deletion", {"ids": ids}).json
    assert deleted is not None and deleted["count"] == 3
    add(database, app, "customer", name="甲")
    back = boss.send(deleted["undo"], {})
    assert back.status_code == 200 and back.json is not None
    assert back.json["count"] == 2
    assert "还在回收站里" in back.json["message"] and "甲" in back.json["message"]
    assert there(database, app, ids) == [False, True, True]
    again = boss.send(f"/a/{app}/customer/grid/restoration?ids={ids[0]}", {})
    assert again.status_code == 409, "none came back: that is a refusal"


def test_what_was_not_deleted_is_told_beside_what_was(database: Database, boss: Browser) -> None:
    app = make_app(database, CUSTOMER, ORDER)
    ids = [add(database, app, "customer", name=name) for name in ("甲", "乙")]
    add(database, app, "order", customer=ids[0])
    answer = boss.send(f"/a/{app}/customer/grid/deletion", {"ids": ids}).json
    assert answer is not None and answer["count"] == 1
    assert "1 条没有删除" in answer["message"] and "甲" in answer["message"]
    assert there(database, app, ids) == [True, False]
