"""Rules that a form's author wrote."""

import pytest

from engine.access import departments, roles
from engine.access.departments import DepartmentValues
from engine.access.viewer import use_time_zone, viewer_for
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.platform.settings import DEFAULT_TIME_ZONE
from engine.records.writing import write
from tests.records.making import (
    ENGINE,
    add,
    change,
    field,
    form,
    live_of,
    make_app,
    person,
    republish,
    text,
    values,
)

RULES = [
    {
        "key": "positive",
        "kind": "validation",
        "level": "must",
        "formula": "amount >= 0",
        "message": "金额不能为负",
        "fields": ["amount"],
    },
    {
        "key": "large",
        "kind": "validation",
        "level": "remind",
        "formula": "amount < 1000",
        "message": "金额很大",
        "fields": ["amount"],
    },
    {
        "key": "reason",
        "kind": "validation",
        "level": "must",
        "when": {"field": "stage", "op": "eq", "value": "lost"},
        "formula": 'reason <> ""',
        "message": "请写输单原因",
        "fields": ["reason"],
    },
]
DEAL = form(
    "deal",
    text(),
    field("amount", "money"),
    text("reason"),
    field("stage", "select", options=[{"value": "open"}, {"value": "lost"}]),
    rules=RULES,
)


def codes(refused: Invalid) -> list[tuple[str, str]]:
    return [(fault.pointer, str(fault.message)) for fault in refused.faults]


def test_a_rule_that_must_hold_refuses_at_its_field(database: Database) -> None:
    app = make_app(database, DEAL)
    with pytest.raises(Invalid) as refused:
        add(database, app, "deal", amount=-1)
    assert codes(refused.value) == [("/values/amount", "金额不能为负")]


def test_a_reminder_is_told_and_does_not_refuse(database: Database) -> None:
    app = make_app(database, DEAL)
    written = write.transact(database, app, ENGINE, lambda tx: write.create(tx, "deal", {"amount": 5000}))
    assert [str(one.message) for one in written.warnings] == ["金额很大"]


def test_a_rule_with_a_condition_holds_only_where_it_applies(database: Database) -> None:
    app = make_app(database, DEAL)
    made = add(database, app, "deal", stage="open")
    with pytest.raises(Invalid) as refused:
        change(database, app, "deal", made, stage="lost")
    assert codes(refused.value) == [("/values/reason", "请写输单原因")]
    change(database, app, "deal", made, stage="lost", reason="太贵")


def test_old_records_do_not_lock_people_out(database: Database) -> None:
    free = {**DEAL, "rules": []}
    app = make_app(database, free)
    made = add(database, app, "deal", amount=-5, name="甲")
    republish(database, app, DEAL)
    change(database, app, "deal", made, name="乙")
    with pytest.raises(Invalid):
        change(database, app, "deal", made, amount=-6)
    with pytest.raises(Invalid):
        write.transact(
            database, app, ENGINE, lambda tx: write.update(tx, "deal", made, {"name": "丙"}, whole=True)
        )


def test_a_default_is_filled_in_and_a_default_by_formula_on_each_save(database: Database) -> None:
    app = make_app(
        database,
        form("customer", text(), title="{name}"),
        form(
            "deal",
            text(default={"formula": 'customer & " · " & product', "on_save": True}),
            text("code"),
            field("customer", "link", form="customer"),
            text("product"),
            field("n", "number", default=3),
        ),
    )
    customer = add(database, app, "customer", name="甲公司")
    made = add(database, app, "deal", customer=customer, product="笔", name=None)
    assert values(database, app, "deal", made)["name"] == "甲公司 · 笔"
    assert values(database, app, "deal", made)["n"] == 3
    change(database, app, "deal", made, name="自己的")
    change(database, app, "deal", made, product="纸")
    assert values(database, app, "deal", made)["name"] == "自己的"
    change(database, app, "deal", made, name="")
    assert values(database, app, "deal", made)["name"] == "甲公司 · 纸"


def test_choosing_data_copies_once_and_never_follows(database: Database) -> None:
    app = make_app(
        database,
        form("product", text(), field("price", "money"), title="{name}"),
        form(
            "order",
            field("product", "link", form="product", fill={"price": "price"}),
            field("price", "money"),
            field(
                "lines",
                "subform",
                fields=[
                    field("product", "link", form="product", fill={"price": "price"}),
                    field("price", "money"),
                ],
            ),
        ),
    )
    pen = add(database, app, "product", name="笔", price=5)
    paper = add(database, app, "product", name="纸", price=9)
    made = add(database, app, "order", product=pen, lines=[{"product": paper}, {"product": pen, "price": 1}])
    kept = values(database, app, "order", made)
    assert kept["price"] == 5 and [row.values["price"] for row in kept["lines"]] == [9, 1]
    change(database, app, "product", pen, price=50)
    assert values(database, app, "order", made)["price"] == 5
    change(database, app, "order", made, product=paper)
    assert values(database, app, "order", made)["price"] == 9


def test_a_link_must_lead_to_a_record_that_is_there(database: Database) -> None:
    app = make_app(
        database, form("customer", text()), form("deal", field("customer", "link", form="customer"))
    )
    with pytest.raises(Invalid) as refused:
        add(database, app, "deal", customer=999)
    assert [(one.pointer, one.code) for one in refused.value.faults] == [
        ("/values/customer", "unknown_record")
    ]


def test_rules_and_defaults_know_who_writes(database: Database) -> None:
    rule = {
        "key": "mail",
        "kind": "validation",
        "level": "must",
        "formula": 'OR(HASROLE("boss"), MYEMAIL() = mail)',
        "message": "只能填自己的邮箱",
        "fields": ["mail"],
    }
    desk = form(
        "desk", text("mail"), text("by", default={"formula": 'ME() & " " & MYDEPARTMENT()'}), rules=[rule]
    )
    everything = {"desk": {"read": True, "create": True}}
    app = make_app(
        database,
        desk,
        roles=(
            {"key": "clerk", "name": "Clerk", "grants": everything},
            {"key": "boss", "name": "Boss", "grants": everything},
        ),
    )
    live = live_of(database, app)
    with database.begin() as connection:
        east = departments.create(connection, DepartmentValues.read({"name": f"华东 {app}"}), author=ENGINE)
        clerk = person(connection, f"clerk_{app}", email=f"clerk@{app}.example", department=east.id)
        boss = person(connection, f"boss_{app}", email=f"boss@{app}.example")
        for role, one in (("clerk", clerk), ("boss", boss)):
            roles.give(connection, live, role, one.member_id, author=ENGINE)
        clerk, boss = viewer_for(connection, clerk.member_id), viewer_for(connection, boss.member_id)
    made = add(database, app, "desk", clerk, mail=f"clerk@{app}.example")
    assert values(database, app, "desk", made)["by"] == f"clerk_{app} 华东 {app}"
    with pytest.raises(Invalid):
        add(database, app, "desk", clerk, mail="somebody@else.example")
    add(database, app, "desk", boss, mail="somebody@else.example")


def test_a_rule_over_a_subforms_column_is_refused_until_it_says_yes_or_no(database: Database) -> None:
    def lines(formula: str, **more: str) -> dict[str, object]:
        rule = {
            "key": "few",
            "kind": "validation",
            "level": "must",
            "formula": formula,
            "message": "要有数量",
        }
        rows = field("lines", "subform", fields=[field("q", "number"), text("what")])
        return form("basket", text(), field("by", "date"), rows, rules=[{**rule, **more}])

    for formula in ("lines.q > 0", "lines.q", "IF(lines.q > 0, 1, 0)", 'name & "x"', "by"):
        with pytest.raises(Invalid) as refused:
            make_app(database, lines(formula))
        (fault,) = refused.value.faults
        assert (fault.pointer, fault.code) == ("/forms/basket/rules/0/formula", "type_mismatch")
        assert ("AND(…)" in str(fault.message)) == formula.startswith(("lines", "IF"))
    for document in (lines("AND(lines.q > 0)"), lines("q > 0", inside="lines"), lines("MIN(lines.q) > 0")):
        app = make_app(database, document)
        add(database, app, "basket", lines=[{"q": 1}])
        with pytest.raises(Invalid) as refused:
            add(database, app, "basket", lines=[{"q": 1}, {"q": 0}])
        assert [fault.code for fault in refused.value.faults] == ["rule"]


@pytest.mark.parametrize(("zone", "refused"), [("America/New_York", False), ("Asia/Shanghai", True)])
def test_a_rule_for_rows_reads_its_days_in_the_organisations_time_zone(
    database: Database, zone: str, refused: bool
) -> None:
    from_march = {"field": "lines.at", "op": "gte", "value": "2026-03-01"}
    rule = {
        "key": "filled", "kind": "validation", "level": "must", "inside": "lines", "when": from_march,
        "formula": "q > 0", "message": "要有数量",
    }  # fmt: skip
    rows = field("lines", "subform", fields=[field("q", "number"), field("at", "datetime")])
    use_time_zone(zone)
    try:
        app = make_app(database, form("basket", text(), rows, rules=[rule]))
        row = {"q": 0, "at": "2026-03-01T03:00:00Z"}  # still February in New York
        if refused:
            with pytest.raises(Invalid):
                add(database, app, "basket", lines=[row])
        else:
            add(database, app, "basket", lines=[row])
    finally:
        use_time_zone(DEFAULT_TIME_ZONE)
