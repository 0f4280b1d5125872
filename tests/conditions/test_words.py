"""Conditions as chips and sentences, and periods as days."""

import datetime as dt

import jsonschema
import pytest

from engine.conditions import SCHEMA, FormScope, check, paths, sentence, to_words
from engine.conditions.periods import Span, span
from engine.fields.form import Form

FORM = Form.read(
    {
        "key": "deal",
        "title": "{name}",
        "fields": [
            {"key": "name", "type": "text", "label": {"zh-CN": "名称", "en": "Name"}},
            {
                "key": "stage",
                "type": "select",
                "label": {"zh-CN": "阶段", "en": "Stage"},
                "options": [
                    {"value": "won", "label": {"zh-CN": "赢单", "en": "Won"}},
                    {"value": "lost", "label": {"zh-CN": "输单", "en": "Lost"}},
                ],
            },
            {"key": "amount", "type": "money", "label": {"zh-CN": "金额", "en": "Amount"}},
            {"key": "count", "type": "number", "label": {"zh-CN": "数量", "en": "Count"}},
            {"key": "closed_on", "type": "date", "label": {"zh-CN": "关闭日期", "en": "Closed"}},
        ],
    }
)


def leaf(path, op, value=None):
    return {"field": path, "op": op, "value": value}


@pytest.mark.parametrize(
    ("where", "zh", "en"),
    [
        (leaf("stage", "ne", "lost"), "阶段 不是 输单", "Stage is not Lost"),
        (leaf("count", "gte", 50000), "数量 ≥ 50,000", "Count ≥ 50,000"),
        (leaf("amount", "between", [1, 2]), "金额 介于 ¥1.00 到 ¥2.00", "Amount is between ¥1.00 and ¥2.00"),
        (leaf("closed_on", "eq", {"period": "this_quarter"}), "关闭日期 在 本季度", "Closed is this quarter"),
        (
            leaf("closed_on", "gte", {"days_ago": 30}),
            "关闭日期 不早于 30 天前",
            "Closed is on or after 30 days ago",
        ),
        (leaf("owner", "eq", {"me": True}), "负责人 是 我", "Owner is me"),
        (
            leaf("owner.department", "in", {"my_department": True, "below": True}),
            "负责人 · 部门 是 我的部门及下级",
            "Owner · Department is any of my department and below",
        ),
        ({"field": "name", "op": "empty"}, "名称 为空", "Name is empty"),
        (
            {
                "any": [
                    leaf("stage", "in", ["won", "lost"]),
                    {"all": [leaf("name", "contains", "x"), leaf("count", "eq", 1)]},
                ]
            },
            "阶段 是 赢单、输单 或 ( 名称 包含 x 且 数量 = 1 )",
            "Stage is any of Won, Lost or ( Name contains x and Count = 1 )",
        ),
        ({"not": leaf("stage", "eq", "won")}, "并非 阶段 是 赢单", "not Stage is Won"),
    ],
)
def test_a_condition_reads_like_a_sentence(where, zh, en) -> None:
    assert check(where, FormScope(FORM)) == []
    jsonschema.validate(
        where if "op" not in where or where.get("value") is not None else {"field": "name", "op": "empty"},
        SCHEMA,
    )
    assert sentence(where, FormScope(FORM), "zh-CN") == zh
    assert sentence(where, FormScope(FORM), "en") == en


def test_a_chip_knows_which_part_of_the_condition_it_is() -> None:
    where = {"all": [leaf("stage", "eq", "won"), leaf("count", "gt", 1)]}
    first, word, second = to_words(where, FormScope(FORM), "en")
    assert (first.pointer, word, second.pointer, second.value) == ("/all/0", "and", "/all/1", "1")


def test_the_paths_of_a_condition_are_those_of_its_formulas_too() -> None:
    where = {
        "all": [
            leaf("stage", "eq", "won"),
            {"not": leaf("amount", "gt", {"formula": "count * customer.price"})},
        ]
    }
    assert paths(where) == {"stage", "amount", "count", "customer.price"}


@pytest.mark.parametrize(
    ("name", "n", "first", "last"),
    [
        ("this_week", None, "2026-03-09", "2026-03-15"),
        ("last_week", None, "2026-03-02", "2026-03-08"),
        ("next_month", None, "2026-04-01", "2026-04-30"),
        ("last_quarter", None, "2025-10-01", "2025-12-31"),
        ("this_year", None, "2026-01-01", "2026-12-31"),
        ("last_n_days", 7, "2026-03-09", "2026-03-15"),
        ("2017", None, "2017-01-01", "2017-12-31"),
        ("2017-H2", None, "2017-07-01", "2017-12-31"),
        ("2017-Q4", None, "2017-10-01", "2017-12-31"),
        ("2017-10", None, "2017-10-01", "2017-10-31"),
        ("2017-W40", None, "2017-10-02", "2017-10-08"),
        ("2017-10-01", None, "2017-10-01", "2017-10-01"),
    ],
)
def test_a_period_is_its_days(name, n, first, last) -> None:
    today = dt.date(2026, 3, 15)  # a Sunday
    assert span(name, today, n) == Span(dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@pytest.mark.parametrize("name", ["someday", "2017-Q5", "2017-13", "2017-02-30", "last_n_days", "2017-W60"])
def test_there_are_no_other_periods(name) -> None:
    assert span(name, dt.date(2026, 3, 15)) is None
