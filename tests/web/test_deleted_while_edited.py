"""A record that somebody deletes while another is still at it: nothing that was typed is lost, and it can come back."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser, give, hire
from tests.records.making import add, field, form, make_app, stored, text, values
from tests.web.filled_forms import inputs

DEAL = form(
    "deal", text(unique="must"), field("amount", "money"), field("lines", "subform", fields=[text("item")]),
    field("double", "formula", formula="amount * 2", result="money"), title="{name}",
)  # fmt: skip
CLERK = {"key": "clerk", "name": "clerk", "grants": {"deal": {"read": True, "update": True}}}
OTHER = {
    "key": "other",
    "name": "other",
    "grants": {"deal": {"update": True, "read": {"where": {"field": "amount", "op": "gt", "value": 100}}}},
}


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, DEAL, roles=(CLERK, OTHER))


@pytest.fixture(scope="module")
def boss(product: Flask, database: Database) -> Browser:
    return Browser(product, database, hire(database, "陈总", administrator=True).member_id)


@pytest.fixture(scope="module")
def clerk(product: Flask, database: Database, app: str) -> Browser:
    member = hire(database, "小文").member_id
    give(database, app, "clerk", member)
    return Browser(product, database, member)


def deleted_by(database: Database, app: str, browser: Browser, record: int) -> None:
    assert browser.send(f"/a/{app}/deal/{record}/deletion", data={}).status_code == 302


def test_what_was_typed_stays_and_the_record_comes_back_with_it(
    database: Database, app: str, boss: Browser
) -> None:
    record = add(database, app, "deal", name="旧", amount=5, lines=[{"item": "a"}, {"item": "b"}])
    place = f"/a/{app}/deal/{record}/edit"
    ids = [row.id for row in values(database, app, "deal", record)["lines"]]
    typed = inputs(boss.page(place))
    deleted_by(database, app, boss, record)
    typed["name"], typed["amount"], typed["lines.1.item"] = "我写的", "7", "c"
    typed["lines.n1.item"] = "d"
    worked_out = boss.send(f"/a/{app}/deal/compute", data=typed)
    assert worked_out.status_code == 200 and "¥14.00" in worked_out.text
    for _ in range(2):
        answer = boss.send(place, data=typed)
        page = unescape(answer.text)
        assert answer.status_code == 410 and "陈总删除了这条数据" in page and "回收站" in page
        typed = inputs(answer.text)
        assert (typed["name"], typed["amount"], typed["lines.1.item"]) == ("我写的", "7", "c")
        assert [typed[f"lines.{n}.item"] for n in range(3)] == ["a", "c", "d"]
    assert stored(database, app, "deal", record).deleted_at is not None
    assert 'name="_restore"' in page
    typed["_restore"] = "1"
    assert boss.send(place, data=typed).status_code == 302
    now = values(database, app, "deal", record)
    assert stored(database, app, "deal", record).deleted_at is None
    assert (now["name"], now["amount"], now["double"]) == ("我写的", 7, 14)
    assert [(row.id, row.values["item"]) for row in now["lines"]][:2] == [(ids[0], "a"), (ids[1], "c")]
    assert now["lines"][2].values["item"] == "d"


def test_who_may_not_restore_is_told_and_can_save_once_somebody_has(
    database: Database, app: str, boss: Browser, clerk: Browser
) -> None:
    record = add(database, app, "deal", name="另一条")
    place = f"/a/{app}/deal/{record}/edit"
    typed = inputs(clerk.page(place))
    typed["amount"] = "9"
    deleted_by(database, app, boss, record)
    answer = clerk.send(place, data=typed)
    assert answer.status_code == 410 and 'name="_restore"' not in answer.text
    assert "请能恢复它的人先恢复" in answer.text and inputs(answer.text)["amount"] == "9"
    typed["_restore"] = "1"
    refused = clerk.send(place, data=typed)
    assert refused.status_code == 410 and inputs(refused.text)["amount"] == "9"
    assert stored(database, app, "deal", record).deleted_at is not None
    boss.send(f"/a/{app}/deal/{record}/restoration", data={})
    assert clerk.send(place, data=inputs(answer.text)).status_code == 302
    assert values(database, app, "deal", record)["amount"] == 9


def test_a_record_whose_name_is_taken_meanwhile_says_why_it_cannot_come_back(
    database: Database, app: str, boss: Browser
) -> None:
    record = add(database, app, "deal", name="同名")
    place = f"/a/{app}/deal/{record}/edit"
    typed = inputs(boss.page(place))
    deleted_by(database, app, boss, record)
    add(database, app, "deal", name="同名")
    typed["name"], typed["_restore"] = "改名", "1"
    answer = boss.send(place, data=typed)
    assert answer.status_code == 410 and "不能恢复" in answer.text and inputs(answer.text)["name"] == "改名"


def test_nothing_is_told_of_a_deleted_record_that_one_could_not_read_or_that_is_gone_for_good(
    product: Flask, database: Database, app: str, boss: Browser
) -> None:
    record = add(database, app, "deal", name="秘密", amount=1)
    deleted_by(database, app, boss, record)
    member = hire(database).member_id
    give(database, app, "other", member)
    stranger = Browser(product, database, member)
    for browser, one in ((stranger, record), (boss, 999_999)):
        answer = browser.send(f"/a/{app}/deal/{one}/edit", data={"_field": "name", "name": "x"})
        assert answer.status_code == 404 and "秘密" not in answer.text and "回收站" not in answer.text
