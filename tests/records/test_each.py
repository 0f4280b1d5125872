"""Many records changed at once from a list: each stands for itself, and all of them are quick."""

from decimal import Decimal

import pytest
from sqlalchemy import event

from engine.platform.database import Database
from engine.platform.errors import Invalid, Stale
from engine.records.writing import each, write
from engine.records.writing.each import Wanted, update_each
from engine.records.writing.transaction import Transaction
from tests.records.making import ENGINE, add, change, field, form, make_app, text, values

COMPANY = form(
    "company",
    text(),
    field("spent", "rollup", form="deal", via="company", fn="sum", field="amount"),
    title="{name}",
)
DEAL = form(
    "deal",
    text(unique="must"),
    field("amount", "money"),
    field("company", "link", form="company"),
    title="{name}",
    rules=[
        {
            "key": "positive",
            "kind": "validation",
            "level": "must",
            "formula": "amount >= 0",
            "message": "不能为负",
            "fields": ["amount"],
        }
    ],
)


def test_what_is_wrong_stays_as_it_was_and_all_else_is_changed(database: Database) -> None:
    app = make_app(database, COMPANY, DEAL)
    company = add(database, app, "company", name="甲")
    one, two, three, four = (
        add(database, app, "deal", name=name, amount=1, company=company) for name in "abcd"
    )
    change(database, app, "deal", three, amount=2)
    done = update_each(
        database,
        app,
        "deal",
        ENGINE,
        [
            Wanted(four, {"amount": 40}),
            Wanted(two, {"amount": -5}),
            Wanted(one, {"amount": 10}),
            Wanted(three, {"amount": 30}, 1),
            Wanted(four, {"name": "A"}),
            Wanted(four, {"amount": "vier"}),
        ],
    )
    assert [type(said) for said in done] == [write.Written, Invalid, write.Written, Stale, Invalid, Invalid]
    assert [fault.pointer for fault in done[1].faults] == ["/values/amount"]
    assert [fault.code for fault in done[4].faults] == ["not_unique"]
    assert [values(database, app, "deal", made)["amount"] for made in (one, two, three, four)] == [
        10,
        1,
        2,
        40,
    ]
    assert values(database, app, "company", company)["spent"] == Decimal(53)


def test_many_rows_take_few_transactions(database: Database) -> None:
    app = make_app(database, COMPANY, DEAL)
    made = [add(database, app, "deal", name=f"{number}", amount=1) for number in range(60)]
    ended: list[object] = []

    def note(connection: object) -> None:
        ended.append(connection)

    event.listen(database.engine, "commit", note)
    try:
        done = update_each(database, app, "deal", ENGINE, [Wanted(one, {"amount": 2}) for one in made])
    finally:
        event.remove(database.engine, "commit", note)
    assert all(isinstance(one, write.Written) for one in done)
    assert len(ended) <= 1 + len(made) // each.TOGETHER


def test_what_was_refused_leaves_nothing_in_mind_whatever_form_it_is_of(database: Database) -> None:
    """As where a record is refused after others that hang on it were changed already."""
    app = make_app(database, COMPANY, DEAL)
    company = add(database, app, "company", name="甲")
    deal = add(database, app, "deal", name="一", amount=1, company=company)

    def work(tx: Transaction) -> None:
        with pytest.raises(Invalid), tx.attempt():
            write.update(tx, "company", company, {"name": "乙"})
            assert tx.title("record", "company", company) == "乙"
            write.update(tx, "deal", deal, {"amount": 5})
            raise Invalid("not that way")
        assert tx.title("record", "company", company) == "甲"
        assert not tx.locked and not tx.touched and not tx.to_index

    write.transact(database, app, ENGINE, work)
    assert values(database, app, "company", company)["name"] == "甲"
    assert values(database, app, "company", company)["spent"] == 1
