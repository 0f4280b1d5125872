"""Display rules: what is hidden, required, locked and emptied, at the doors that write single records."""

from typing import Any

import pytest

from engine.fields.base import RowValues
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.bulk.write import Row, loading
from engine.records.reading.query import Query, query
from engine.records.writing import write
from tests.records.making import (
    ENGINE,
    add,
    change,
    field,
    form,
    live_of,
    make_app,
    republish,
    stored,
    text,
    values,
)

KINDS = field("kind", "select", options=[{"value": "company"}, {"value": "person"}])
COMPANY = {"field": "kind", "op": "eq", "value": "company"}


def customer(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return form(
        "customer",
        text(),
        KINDS,
        text("tax_no", required=True),
        text("birthday"),
        field("amount", "number"),
        field("lines", "subform", fields=[
            field("sort", "select", options=[{"value": "goods"}, {"value": "service"}]),
            field("weight", "number", required=True),
            field("price", "number"),
        ]),
        rules=list(rules),
        **more,
    )  # fmt: skip


def rule(key: str, when: Any = None, **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": "display", **({"when": when} if when else {}), **more}


def refused(call: Any, *args: Any, **sent: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        call(*args, **sent)
    return {fault.pointer: fault.code for fault in refusal.value.faults}


def test_a_field_that_a_rule_hides_may_be_empty_and_keeps_what_it_has(database: Database) -> None:
    app = make_app(database, customer(rule("tax", COMPANY, show=["tax_no"])))
    assert refused(add, database, app, "customer", kind="company") == {"/values/tax_no": "required"}
    made = add(database, app, "customer", kind="company", tax_no="91")
    change(database, app, "customer", made, kind="person")
    assert values(database, app, "customer", made)["tax_no"] == "91"
    other = add(database, app, "customer", kind="person")
    assert refused(change, database, app, "customer", other, kind="company") == {"/values/tax_no": "required"}


def test_a_switch_empties_what_is_hidden_and_what_is_worked_out_of_it(database: Database) -> None:
    document = customer(rule("tax", COMPANY, show=["tax_no"], empty_when_hidden=True))
    document["fields"].append(
        field("shown", "formula", formula='IF(tax_no = "", "none", tax_no)', result="text")
    )
    app = make_app(database, document)
    made = add(database, app, "customer", kind="company", tax_no="91")
    assert values(database, app, "customer", made)["shown"] == "91"
    change(database, app, "customer", made, kind="person")
    assert values(database, app, "customer", made)["tax_no"] is None
    assert values(database, app, "customer", made)["shown"] == "none"
    assert (
        values(database, app, "customer", add(database, app, "customer", kind="person", tax_no="92"))[
            "tax_no"
        ]
        is None
    )


def test_what_is_emptied_no_longer_shows_what_depends_on_it(database: Database) -> None:
    app = make_app(
        database,
        customer(
            rule("a", COMPANY, show=["birthday"], empty_when_hidden=True),
            rule("b", {"field": "birthday", "op": "not_empty"}, show=["amount"], empty_when_hidden=True),
            rule("c", show=["tax_no"], when={"field": "amount", "op": "gt", "value": 5}),
        ),
    )
    made = add(database, app, "customer", kind="company", birthday="1.1.", amount=9, tax_no="1")
    change(database, app, "customer", made, kind="person")
    assert [values(database, app, "customer", made)[key] for key in ("birthday", "amount", "tax_no")] == [
        None, None, "1",
    ]  # fmt: skip


def test_a_rule_requires_a_field_where_its_condition_holds(database: Database) -> None:
    app = make_app(
        database, customer(rule("need", COMPANY, require=["amount"]), rule("no", COMPANY, hide=["tax_no"]))
    )
    assert refused(add, database, app, "customer", kind="company") == {"/values/amount": "required"}
    made = add(database, app, "customer", kind="company", amount=1)
    assert refused(change, database, app, "customer", made, amount=None) == {"/values/amount": "required"}
    change(database, app, "customer", made, name="甲")


def test_a_locked_field_refuses_changes_as_long_as_it_stays_locked(database: Database) -> None:
    app = make_app(database, customer(rule("done", COMPANY, lock=["amount"])))
    made = add(database, app, "customer", kind="person", amount=1, tax_no="1")
    change(database, app, "customer", made, kind="company", amount=2)
    assert refused(change, database, app, "customer", made, amount=3) == {"/values/amount": "locked"}
    change(database, app, "customer", made, amount=2, name="same value")
    change(database, app, "customer", made, kind="person", amount=3)
    assert values(database, app, "customer", made)["amount"] == 3


def test_what_is_locked_from_the_start_takes_only_its_default(database: Database) -> None:
    document = customer(rule("always", lock=["amount"]))
    document["fields"][4]["default"] = 5
    app = make_app(database, document)
    assert refused(add, database, app, "customer", tax_no="1", amount=6) == {"/values/amount": "locked"}
    made = add(database, app, "customer", tax_no="1", amount=5)
    assert values(database, app, "customer", made)["amount"] == 5


def test_rows_of_a_subform_have_rules_of_their_own(database: Database) -> None:
    goods = {"field": "sort", "op": "eq", "value": "goods"}
    document = customer(
        rule("w", goods, inside="lines", show=["lines.weight"], empty_when_hidden=True),
        rule("p", goods, inside="lines", require=["lines.price"], hide=[]),
        rule("t", hide=["tax_no"]),
    )
    app = make_app(database, document)
    lines = [{"sort": "goods", "weight": 1, "price": 2}, {"sort": "service", "weight": 7}]
    made = add(database, app, "customer", lines=lines)
    assert [row.values["weight"] for row in values(database, app, "customer", made)["lines"]] == [1, None]
    assert refused(add, database, app, "customer", lines=[{"sort": "goods"}, {"sort": "service"}]) == {
        "/values/lines/0/weight": "required",
        "/values/lines/0/price": "required",
    }


def test_a_section_hides_the_fields_in_it(database: Database) -> None:
    document = form(
        "customer", KINDS, field("more", "section"), text("tax_no", required=True),
        field("other", "section"), text("name", required=True),
        rules=[rule("tax", COMPANY, show=["more"])],
    )  # fmt: skip
    app = make_app(database, document)
    assert refused(add, database, app, "customer", kind="person") == {"/values/name": "required"}


def test_a_condition_may_look_through_a_link_and_at_the_person(database: Database) -> None:
    app = make_app(
        database,
        form("region", text(), field("abroad", "switch"), title="{name}"),
        form(
            "visit", field("region", "link", form="region"), text("visa"),
            rules=[rule("visa", {"field": "region.abroad", "op": "eq", "value": True}, require=["visa"])],
        ),
    )  # fmt: skip
    far = add(database, app, "region", name="远", abroad=True)
    near = add(database, app, "region", name="近", abroad=False)
    assert refused(add, database, app, "visit", region=far) == {"/values/visa": "required"}
    made = add(database, app, "visit", region=near)
    assert refused(change, database, app, "visit", made, region=far) == {"/values/visa": "required"}


def test_rules_that_go_round_in_a_circle_are_refused_with_their_place(database: Database) -> None:
    app = make_app(database, customer())
    round_about = customer(
        rule("a", {"field": "birthday", "op": "not_empty"}, show=["amount"]),
        rule("b", {"field": "amount", "op": "gt", "value": 1}, hide=["birthday"]),
    )
    with pytest.raises(Invalid) as refusal:
        republish(database, app, round_about)
    assert [(fault.pointer, fault.code) for fault in refusal.value.faults] == [
        ("/forms/customer/rules/1", "cycle")
    ]
    assert "Amount" in str(refusal.value.faults[0].message)
    itself = customer(rule("a", {"field": "amount", "op": "gt", "value": 1}, hide=["amount"]))
    with pytest.raises(Invalid):
        republish(database, make_app(database, customer()), itself)


def test_a_rule_about_what_is_not_there_is_refused_with_its_place(database: Database) -> None:
    app = make_app(database, customer())
    wrong = customer(
        rule("a", {"field": "nobody", "op": "empty"}, show=["amout"]),
        rule("b", inside="amount", hide=["amount"]),
        {"key": "c", "kind": "dispaly", "hide": ["amount"]},
    )
    with pytest.raises(Invalid) as refusal:
        republish(database, app, wrong)
    assert [(one.pointer, one.code) for one in refusal.value.faults] == [("/rules/2/kind", "unknown_kind")]
    with pytest.raises(Invalid) as refusal:
        republish(database, app, {**wrong, "rules": wrong["rules"][:2]})
    assert {(one.pointer, one.code) for one in refusal.value.faults} >= {
        ("/forms/customer/rules/0/when/field", "unknown_field"),
        ("/forms/customer/rules/0/show/0", "unknown_field"),
        ("/forms/customer/rules/1/inside", "wrong_field"),
    }


def test_a_draft_may_break_every_rule(database: Database) -> None:
    app = make_app(database, customer(rule("need", require=["amount"])))
    made = write.transact(
        database, app, ENGINE, lambda tx: write.create(tx, "customer", {"name": "甲"}, draft=True)
    ).id
    assert stored(database, app, "customer", made).flow_state == "draft"


def test_an_import_hides_empties_and_demands_as_a_form_does(database: Database) -> None:
    document = customer(
        rule("tax", COMPANY, show=["tax_no"], require=["amount"], empty_when_hidden=True),
        rule("w", {"field": "sort", "op": "eq", "value": "goods"}, inside="lines", show=["lines.weight"]),
    )
    document["fields"].append(field("shown", "formula", formula='"<" & tax_no & ">"', result="text"))
    app = make_app(database, document)
    with loading(database, app, "customer", ENGINE) as load:
        load.stage(
            [
                Row(1, {"name": "a", "kind": "person", "tax_no": "91", "lines": [RowValues(None, {"sort": "service"})]}),
                Row(2, {"name": "b", "kind": "company", "tax_no": "92"}),
                Row(3, {"name": "c", "kind": "company", "amount": 3}),
                Row(4, {"name": "d", "kind": "company", "amount": 3, "tax_no": "94",
                        "lines": [RowValues(None, {"sort": "goods"})]}),
                Row(5, {"name": "e", "kind": "company", "amount": 3, "tax_no": "95"}),
            ]
        )  # fmt: skip
        done = load.finish()
    assert {(one.number, one.field, one.code) for one in done.faults} == {
        (2, "amount", "required"), (3, "tax_no", "required"), (4, "lines.weight", "required"),
    }  # fmt: skip
    assert done.created == 2
    with database.connect() as connection:
        found = query(
            connection, live_of(database, app), "customer", ENGINE, Query(fields=["tax_no", "shown"])
        ).records
    assert [(one.value("tax_no"), one.value("shown"), one.version) for one in found] == [
        (None, "<>", 1), ("95", "<95>", 1),
    ]  # fmt: skip
