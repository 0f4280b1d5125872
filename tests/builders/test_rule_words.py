"""Rules are told as people speak: the message first, options by their labels, a capital at the beginning in English."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from engine.platform.database import Database
from tests.builders.office import Browser, hire, line
from tests.records.making import make_app

DEAL: dict[str, Any] = {
    "key": "deal",
    "name": {"zh-CN": "商机", "en": "Deal"},
    "title": "{name}",
    "fields": [
        line("name", "text", "名称", "Name"),
        line("stage", "select", "阶段", "Stage", options=[
            {"value": "open", "label": {"zh-CN": "接洽", "en": "Open"}},
            {"value": "won", "label": {"zh-CN": "赢单", "en": "Won"}},
        ]),
        line("amount", "money", "金额", "Amount"),
    ],
}  # fmt: skip
MUST_PAY = {
    "key": "paid",
    "kind": "validation",
    "level": "remind",
    "when": {"field": "name", "op": "not_empty"},
    "formula": 'OR(stage <> "won", SWITCH(stage, "won", amount, "open", 1) > 0)',
    "message": {"zh-CN": "金额还没填", "en": "there is no amount yet"},
}
SHOWN = {"key": "shown", "kind": "display", "when": {"field": "name", "op": "not_empty"}, "show": ["amount"]}


@pytest.fixture(scope="module")
def place(product: Flask, database: Database) -> Iterator[tuple[str, Browser, Browser]]:
    app = make_app(database, DEAL)
    both = [
        Browser(product, database, hire(database, name, administrator=True, language=language).member_id)
        for name, language in (("陈晨", "zh-CN"), ("Ann", "en"))
    ]
    yield f"/a/{app}/deal/design/rules/sentences", both[0], both[1]


def said(place: str, who: Browser) -> list[dict[str, Any]]:
    answer: Any = who.send(place, {"rules": [MUST_PAY, SHOWN]}).json
    told: list[dict[str, Any]] = answer["rules"]
    assert [one["faults"] for one in told] == [[], []]
    return told


def test_a_check_is_told_by_its_message_with_its_condition_below(
    place: tuple[str, Browser, Browser],
) -> None:
    check, shown = said(place[0], place[1])
    assert check["sentence"] == "提醒：金额还没填"
    assert (
        check["detail"]
        == "当 名称 不为空 时，不满足 OR(阶段 <> “赢单”, SWITCH(阶段, “赢单”, 金额, “接洽”, 1) > 0)"
    )
    assert (shown["sentence"], shown["detail"]) == ("当 名称 不为空 时，显示「金额」", "")


def test_in_english_a_rule_begins_with_a_capital(place: tuple[str, Browser, Browser]) -> None:
    check, shown = said(place[0], place[2])
    assert check["sentence"] == "Remind: there is no amount yet"
    assert check["detail"].startswith("If Name ") and "Stage <> “Won”" in check["detail"]
    assert shown["sentence"].startswith("If Name ")
