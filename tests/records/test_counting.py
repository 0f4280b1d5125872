"""Publishing tells how many records do not meet what their form demands from now on, and refuses nothing."""

from typing import Any

import pytest

from engine.access import roles
from engine.access.viewer import viewer_for
from engine.definitions import drafts, publish
from engine.definitions import live as living
from engine.definitions.model import LiveApp
from engine.platform.database import Database
from engine.platform.i18n import speaking
from engine.records.storage.tables import form_table
from engine.records.structure import counting
from engine.records.structure.foretelling import foretell
from engine.records.writing import write
from tests.records.making import ENGINE, add, field, form, live_of, make_app, person, republish, text, values

OPTIONS = [{"value": "a", "label": "甲类"}, {"value": "b", "label": "乙类"}]
LINES = field("lines", "subform", fields=[text("product"), field("qty", "number")])


def deal(*more: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return form("deal", text(), field("amount", "money"), *more, title="{name}", **properties)


def told(database: Database, app: str, *forms: dict[str, Any]) -> list[str]:
    return [str(one) for one in republish(database, app, *forms).warnings]


def loaded(database: Database, app: str) -> LiveApp:
    live = live_of(database, app)
    with database.connect() as connection:
        form_table(connection, live, "deal")
    return live


def test_a_newly_required_field_is_counted_with_examples(database: Database) -> None:
    app = make_app(database, deal())
    for number in range(4):
        add(database, app, "deal", name=f"第{number}单")
    made = add(database, app, "deal", name="已填", amount=1)
    required = form(
        "deal",
        text(),
        field("amount", "money", required=True, label={"zh-CN": "金额", "en": "Amount"}),
        title="{name}",
    )
    assert told(database, app, required) == [
        "“Deal”的已有记录中，有 4 条没有填现在必填的“金额”，例如“第0单”、“第1单”、“第2单”。它们保持原样，下次保存时再改。"
    ]
    assert values(database, app, "deal", made)["amount"] == 1
    assert told(database, app, {**required, "name": "Deals"}) == []  # it was required before


def test_what_is_told_is_there_in_english_too(database: Database) -> None:
    app = make_app(database, deal())
    add(database, app, "deal", name="first")
    with speaking("en"):
        assert told(database, app, deal(text("reason", required=True))) == [
            "“Deal”: records that leave “Reason” empty, which is required now: 1, such as “first”."
            " They stay as they are until they are next saved."
        ]


def test_deleted_records_and_drafts_do_not_count(database: Database) -> None:
    app = make_app(database, deal())
    write.delete_one(database, app, "deal", ENGINE, add(database, app, "deal", name="gone"))
    write.create_one(database, app, "deal", ENGINE, {"name": "draft"}, draft=True)
    assert told(database, app, deal(text("reason", required=True))) == []


@pytest.mark.parametrize(
    ("before", "after", "records", "said"),
    [
        (
            text("code"),
            text("code", max_length=3),
            ({"code": "abcd"}, {"code": "abc"}),
            "有 1 条“Code”超过 3 个字",
        ),
        (
            text("code"),
            text("code", pattern="[0-9]+"),
            ({"code": "abcd"}, {"code": "12"}, {}),
            "有 1 条“Code”不符合新的格式要求",
        ),
        (
            field("n", "number", max=100),
            field("n", "number", max=10),
            ({"n": 10}, {"n": 11}),
            "有 1 条“N”大于 10",
        ),
        (
            field("n", "number"),
            field("n", "number", min=0),
            ({"n": -1}, {"n": -2}, {"n": 0}),
            "有 2 条“N”小于 0",
        ),
        (
            field("k", "select", options=OPTIONS),
            field("k", "select", options=OPTIONS[1:]),
            ({"k": "a"}, {"k": "b"}),
            "有 1 条“K”选的是已去掉的选项",
        ),
        (
            field("k", "multi_select", options=OPTIONS),
            field("k", "multi_select", options=OPTIONS[:1]),
            ({"k": ["a", "b"]}, {"k": ["a"]}),
            "有 1 条“K”选的是已去掉的选项",
        ),
        (
            field("who", "members"),
            field("who", "members", required=True),
            ({},),
            "有 1 条没有填现在必填的“Who”",
        ),
        (
            LINES,
            {**LINES, "min_rows": 2},
            ({"lines": [{"qty": 1}]}, {"lines": [{"qty": 1}, {}]}),
            "有 1 条“Lines”少于 2 行",
        ),
        (LINES, {**LINES, "required": True}, ({"lines": [{"qty": 1}]}, {}), "有 1 条没有填现在必填的“Lines”"),
        (
            LINES,
            field("lines", "subform", fields=[text("product", required=True), field("qty", "number", max=5)]),
            ({"lines": [{"product": "p", "qty": 1}, {"qty": 9}]}, {"lines": [{"product": "p"}]}),
            "有 1 条没有填现在必填的“Lines·Product”",
        ),
    ],
)
def test_each_narrowed_limit_is_counted(
    database: Database, before: Any, after: Any, records: Any, said: str
) -> None:
    app = make_app(database, deal(before))
    for number, one in enumerate(records):
        add(database, app, "deal", name=f"r{number}", **one)
    warnings = told(database, app, deal(after))
    assert said in warnings[0]
    assert told(database, app, deal(before)) == []  # the way back demands nothing


def test_a_limit_of_a_column_is_counted_by_records(database: Database) -> None:
    app = make_app(database, deal(LINES))
    add(database, app, "deal", name="r", lines=[{"qty": 9}, {"qty": 8}])
    [warning] = told(
        database,
        app,
        deal(field("lines", "subform", fields=[text("product"), field("qty", "number", max=5)])),
    )
    assert "有 1 条“Lines·Qty”大于 5，例如“r”" in warning


RULE = {
    "key": "large",
    "kind": "validation",
    "level": "must",
    "formula": "amount >= 10",
    "message": {"zh-CN": "金额太小", "en": "Too small"},
}


def test_a_new_or_changed_rule_is_counted_in_one_statement(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "ROW_BY_ROW", 0)
    app = make_app(database, deal())
    for amount in (1, 10, 100):
        add(database, app, "deal", name=f"{amount}元", amount=amount)
    assert told(database, app, deal(rules=[RULE])) == [
        "“Deal”的已有记录中，有 1 条不符合规则“金额太小”，例如“1元”。它们保持原样，下次保存时再改。"
    ]
    assert told(database, app, deal(rules=[{**RULE, "message": "太小"}])) == []
    assert "有 2 条不符合规则" in told(database, app, deal(rules=[{**RULE, "formula": "amount >= 50"}]))[0]
    limited = {
        **RULE,
        "formula": "amount >= 90",
        "when": {"field": "name", "op": "eq", "value": "10元"},
        "level": "remind",
    }
    assert "有 1 条会引出提醒“金额太小”，例如“10元”" in told(database, app, deal(rules=[limited]))[0]


def test_a_rule_without_a_meaning_in_sql_is_counted_record_by_record(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = {**RULE, "formula": "EXACT(PROPER(name), name)"}
    app = make_app(database, deal())
    add(database, app, "deal", name="low")
    add(database, app, "deal", name="High")
    assert "有 1 条不符合规则“金额太小”，例如“low”" in told(database, app, deal(rules=[rule]))[0]
    monkeypatch.setattr(counting, "ROW_BY_ROW", 1)
    [said] = told(database, app, deal(rules=[{**rule, "formula": "NOT(EXACT(PROPER(name), name))"}]))
    assert said.startswith("没有统计“Deal”有多少条已有记录不符合规则")


def test_counting_that_takes_too_long_is_given_up_and_the_form_is_published(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(database, deal())
    table = form_table(None, loaded(database, app), "deal")
    with database.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO {table.stored.qualified()} (created_at, updated_at, {table.column('name').name})"
            " SELECT now(), now(), repeat('a', 400) FROM generate_series(1, 20000)"
        )
    monkeypatch.setattr(counting, "SECONDS", 0.2)
    slow = {**RULE, "formula": 'LEN(SUBSTITUTE(REPT(name, 80), "a", "bb")) > 0'}
    [said] = told(database, app, deal(text("reason"), rules=[slow]))
    assert said.startswith("没有统计“Deal”")
    assert live_of(database, app).form("deal").field("reason") is not None
    with database.connect() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "0"


SEEN = {"read": True, "fields": {"cost": "hidden", "lines.qty": "hidden"}}
MINE = {"read": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}}
COST = field("cost", "money")


@pytest.mark.parametrize(
    ("grants", "more"),
    [
        (SEEN, {"fields": [text(), field("cost", "money", max=36), LINES]}),
        (SEEN, {"rules": [{**RULE, "formula": "cost <= 36"}]}),
        (SEEN, {"rules": [{**RULE, "formula": "LEN(name) > 99", "when": {"field": "cost", "op": "gt", "value": 36}}]}),
        (SEEN, {"rules": [{**RULE, "formula": "other.cost <= 36"}]}),
        (SEEN, {"rules": [{**RULE, "formula": "qty <= 3", "inside": "lines"}]}),
        (SEEN, {"rules": [{"key": "d", "kind": "display", "require": ["name"],
                           "when": {"field": "cost", "op": "gt", "value": 36}}]}),
        (None, {"fields": [text(required=True), COST, LINES]}),
        (MINE, {"fields": [text(max_length=2), COST, LINES]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("entitles_itself", [False, True])
def test_nothing_is_counted_that_the_publisher_may_not_see(
    database: Database, grants: Any, more: dict[str, Any], entitles_itself: bool
) -> None:
    role: dict[str, Any] = {"key": "designer", "name": "Designer", "design": True}
    role["grants"] = {"deal": grants} if grants else {}
    fields = [text(), COST, LINES, field("other", "link", form="deal")]
    before = form("deal", *fields, title="{name}")
    app = make_app(database, before, roles=(role,))
    with database.begin() as connection:
        one = person(connection, f"designer_{app}")
        roles.give(connection, live_of(database, app), "designer", one.member_id, author=ENGINE)
        viewer = viewer_for(connection, one.member_id)
    first = add(database, app, "deal", name="秘密", cost=37, lines=[{"qty": 7}])
    add(database, app, "deal", name=None, cost=1, other=first)
    after = {**before, **more, "fields": [*more.get("fields", fields[:3]), fields[3]]}
    proposal: dict[tuple[str, str], Any] = {("forms", "deal"): after}
    if entitles_itself:
        proposal["roles", "designer"] = {**role, "grants": {"deal": {"read": True}}}
    with database.begin() as connection:
        live = living.load(connection, app)
        publish.check(connection, live, proposal)
        told = [one for one in foretell(connection, live, proposal, viewer) if one.kind == "unmet"]
        assert [one.count for one in told] == [None]
        assert "您看不到的内容" in str(told[0].said) and "秘密" not in str(told)


def test_examples_are_records_that_the_publisher_may_see(database: Database) -> None:
    designer = {
        "key": "designer",
        "name": "Designer",
        "design": True,
        "grants": {"deal": {"read": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}}},
    }
    app = make_app(database, deal(), roles=(designer,))
    with database.begin() as connection:
        one = person(connection, f"designer_{app}")
        roles.give(connection, live_of(database, app), "designer", one.member_id, author=ENGINE)
        own = viewer_for(connection, one.member_id)
    add(database, app, "deal", name="别人的")
    add(database, app, "deal", name="自己的", owner=own.member_id)
    with database.begin() as connection:
        base = living.load(connection, app).etags["forms", "deal"]
        drafts.save(
            connection,
            app,
            "forms",
            "deal",
            deal(text("reason", required=True)),
            base_etag=base,
            author=own.member_id,
        )
    [said] = publish.publish(database, app, author=own.member_id).warnings
    assert "有 2 条没有填现在必填的“Reason”，例如“自己的”。" in str(said)
