"""A new record is answered by the statement that writes it, and says what asking for it afterwards says."""

from typing import Any
from uuid import uuid4

import pytest

from engine.access import roles
from engine.access.viewer import App, Viewer, viewer_for
from engine.definitions import live as living
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.reading.read import get
from engine.records.writing import write
from tests.records.making import ENGINE, Document, add, field, form, live_of, make_app, person, text
from tests.statements import all_statements

CUSTOMER = form("customer", text(), field("orders", "rollup", form="order", via="customer", fn="count"))
PLAIN_CUSTOMER = form("customer", text(), field("level", "select", options=[{"value": "a", "label": "A"}]))
FIELDS = (
    text("code", unique="must"),
    field("customer", "link", form="customer"),
    field("price", "money"),
    field("quantity", "number"),
    field("total", "formula", formula="price * quantity"),
    field("broken", "formula", formula="price / (quantity - quantity)"),
    field("who", "member"),
    field("on", "date"),
)
ORDER = form("order", *FIELDS)
SHAPES: dict[str, tuple[Document, Document]] = {
    "plain": (PLAIN_CUSTOMER, ORDER),
    "counted by its customer": (CUSTOMER, ORDER),
    "with rows": (
        PLAIN_CUSTOMER,
        form("order", *FIELDS, field("lines", "subform", fields=[text("name"), field("n", "number")])),
    ),
    "with several links": (PLAIN_CUSTOMER, form("order", *FIELDS, field("all", "links", form="customer"))),
    "linked to its own kind": (PLAIN_CUSTOMER, form("order", *FIELDS, field("first", "link", form="order"))),
    "looking up": (
        PLAIN_CUSTOMER,
        form("order", *FIELDS, field("level", "lookup", via="customer", field="level")),
    ),
    "numbered": (
        PLAIN_CUSTOMER,
        form("order", *FIELDS, field("no", "serial", pattern=[{"text": "N"}, {"digits": 4}])),
    ),
}
SENT = {"price": "2.50", "quantity": 3, "on": "2026-11-24"}


def shown_later(database: Database, app: str, viewer: Viewer | App, record_id: int) -> dict[str, Any]:
    with database.connect() as connection:
        return get(connection, living.load(connection, app), "order", viewer, record_id).json()


def somebody(database: Database, app: str | None = None, **sent: Any) -> Viewer:
    """A member, who sells in the app."""
    with database.begin() as connection:
        who = person(connection, f"shown_{uuid4().hex[:8]}", **sent)
    if app is not None:
        with database.begin() as connection:
            roles.give(connection, live_of(database, app), "seller", who.member_id, author=ENGINE)
    with database.connect() as connection:
        return viewer_for(connection, who.member_id)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_new_record_is_answered_as_it_is_read_later(database: Database, shape: str) -> None:
    app = make_app(database, *SHAPES[shape])
    customer = add(
        database, app, "customer", name="甲", **({} if shape.startswith("count") else {"level": "a"})
    )
    who = somebody(database, administrator=True)
    values: dict[str, Any] = {**SENT, "customer": customer, "who": who.member_id}
    values |= {"lines": [{"name": "x", "n": 1}]} if shape == "with rows" else {}
    values |= {"all": [customer]} if shape == "with several links" else {}
    first = write.create_one(database, app, "order", who, {**SENT, "code": "A"})
    values |= {"first": first.id} if shape == "linked to its own kind" else {}
    for code in ("B", None):  # a record without a title of its own too
        made = write.create_one(database, app, "order", who, {**values, "code": code})
        assert made.record.json() == shown_later(database, app, who, made.id)
        assert made.record.values["customer"].title == "甲"


@pytest.mark.parametrize(
    "grant",
    [
        {"create": True, "read": True, "fields": {"price": "hidden", "customer": "read"}},
        {"create": True, "read": {"where": {"field": "quantity", "op": "eq", "value": 3}}},
        {"create": True, "read": {"where": {"field": "quantity", "op": "eq", "value": 4}}},
        {"create": True},
    ],
    ids=["hidden field", "its row matches", "its row does not match", "no reading"],
)
def test_the_writer_is_shown_what_their_role_shows(database: Database, grant: Document) -> None:
    role = {"key": "seller", "name": "销售", "grants": {"order": grant, "customer": {"read": True}}}
    app = make_app(database, PLAIN_CUSTOMER, ORDER, roles=(role,))
    who = somebody(database, app)
    sent = {name: value for name, value in SENT.items() if name not in grant.get("fields", {})}
    made = write.create_one(database, app, "order", who, {**sent, "code": "A"})
    if made.record is None:
        assert grant.get("read") in (None, {"where": {"field": "quantity", "op": "eq", "value": 4}})
    else:
        assert made.record.json() == shown_later(database, app, who, made.id)
        assert ("price" in made.record.values) == ("fields" not in grant)


def test_a_plain_record_is_written_and_shown_in_one_statement(database: Database) -> None:
    app = make_app(database, PLAIN_CUSTOMER, ORDER)
    customer = add(database, app, "customer", name="甲")
    write.create_one(database, app, "order", ENGINE, {"code": "A", "customer": customer})
    asked: list[str] = []

    def work(tx: write.Transaction) -> None:
        with all_statements(tx.connection) as sent:
            made = write.create(tx, "order", {"code": "B", "customer": customer}, shown=True)
            assert write.with_record(tx, "order", made).record.values["customer"].title == "甲"
            asked.extend(sent)

    write.transact(database, app, ENGINE, work)
    assert len(asked) == 1, asked


def test_a_link_to_nothing_and_a_repeated_value_are_told_as_ever(database: Database) -> None:
    app = make_app(database, PLAIN_CUSTOMER, ORDER)
    customer = add(database, app, "customer", name="甲")
    write.create_one(database, app, "order", ENGINE, {"code": "A", "customer": customer})
    for values, code in (
        ({"code": "A"}, "not_unique"),
        ({"code": "B", "customer": customer + 99}, "unknown_record"),
    ):
        with pytest.raises(Invalid) as refused:
            write.create_one(database, app, "order", ENGINE, values)
        assert [one.code for one in refused.value.faults] == [code]
    assert write.create_one(database, app, "order", ENGINE, {"code": "B"}).record.values["code"] == "B"
