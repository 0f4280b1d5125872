"""What a formula gives where its field does not say so follows from the formula."""

from typing import Any

import pytest

from engine.definitions import live
from engine.definitions.propose import propose
from engine.definitions.results import said
from engine.platform.database import Database
from engine.platform.errors import Invalid
from tests.records.making import add, change, field, form, make_app, republish, text, values

Document = dict[str, Any]


def deal(*formulas: Document) -> Document:
    return form(
        "deal", text(), field("amount", "money"), field("day", "date"), field("who", "link", form="client"), *formulas,
        field("lines", "subform", fields=[text("item"), field("code", "formula", formula='item & "-" & amount')]),
        title="{name}",
    )  # fmt: skip


CLIENT = form(
    "client", text(), field("level", "select", options=[{"value": "A", "label": "重点"}]), title="{name}"
)


def result(database: Database, app: str, path: str) -> str | None:
    with database.connect() as connection:
        found = live.load(connection, app).form("deal").field(path)
    assert found is not None
    return found.get("result")


@pytest.mark.parametrize(
    ("formula", "given"),
    [
        ('name & "x"', "text"),
        ('who.level & "x"', "text"),
        ("IF(amount > 1, day, EDATE(day, 1))", "date"),
        ("amount > 1", "boolean"),
        ("amount * 2", None),
        ("LEN(again)", None),
    ],
)
def test_a_formula_gives_what_it_works_out(database: Database, formula: str, given: str | None) -> None:
    fields = (field("one", "formula", formula=formula), field("again", "formula", formula="name & name"))
    app = make_app(database, deal(*fields), CLIENT)
    assert result(database, app, "one") == given
    assert result(database, app, "again") == "text" and result(database, app, "lines.code") == "text"


def test_a_formula_over_another_one_is_told_too(database: Database) -> None:
    fields = (field("last", "formula", formula="first"), field("first", "formula", formula='name & "!"'))
    app = make_app(database, deal(*fields), CLIENT)
    assert result(database, app, "last") == "text"
    record = add(database, app, "deal", name="甲")
    assert values(database, app, "deal", record)["last"] == "甲!"


def test_the_type_changes_with_the_formula_and_with_nothing_else(database: Database) -> None:
    app = make_app(database, deal(field("one", "formula", formula="amount * 2")), CLIENT)
    record = add(database, app, "deal", name="甲", amount="4")
    republish(database, app, deal(field("one", "formula", formula='name & "!"')))
    assert result(database, app, "one") == "text" and values(database, app, "deal", record)["one"] == "甲!"
    # The same document once more, without the result: nothing changes.
    republish(database, app, deal(field("one", "formula", formula='name & "!"')))
    assert result(database, app, "one") == "text"
    republish(database, app, deal(field("one", "formula", formula="amount + 1")))
    assert result(database, app, "one") is None
    change(database, app, "deal", record, amount="6")
    assert values(database, app, "deal", record)["one"] == 7


def test_what_the_field_says_stands(database: Database) -> None:
    app = make_app(database, deal(field("one", "formula", formula="amount", result="text")), CLIENT)
    assert result(database, app, "one") == "text"
    with pytest.raises(Invalid) as refused:
        make_app(database, deal(field("one", "formula", formula="name & 1", result="money")), CLIENT)
    assert [fault.code for fault in refused.value.faults] == ["type_mismatch"]


def test_a_designer_sees_whether_the_field_says_it(database: Database) -> None:
    app = make_app(database, deal(), CLIENT)
    with database.connect() as connection:
        proposed = propose(
            live.load(connection, app), {("forms", "deal"): deal(field("one", "formula", formula="name & 1"))}
        )
    one = proposed.form("deal").field("one")
    assert one is not None and one.get("result") == "text" and said(proposed, "deal", one) is None
