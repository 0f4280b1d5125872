"""What a half-filled form tells of rules and linkages: nothing of what is hidden from whoever fills it in."""

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from engine.access import roles
from engine.access.viewer import Viewer, viewer_for
from engine.fields.form import Form
from engine.platform.database import Database
from engine.records.writing.preview import preview
from engine.web.record import record_form
from tests.records.making import ENGINE, add, field, form, live_of, make_app, person, text

PRICE = form("price", text("product"), field("secret", "money"), title="{product}")
WHERE = {"field": "product", "op": "eq", "value": {"current": "product"}}
INSIDE = {"key": "inside", "kind": "linkage", "form": "price", "inside": "lines", "where": WHERE, "rights": "app",
          "set": {"lines.secret": "secret", "lines.open": "secret"}}  # fmt: skip
ABOVE = {"key": "above", "kind": "linkage", "form": "price", "rights": "app", "set": {"mine": "secret"},
         "where": {"field": "product", "op": "eq", "value": {"current": "product"}}}  # fmt: skip
LOCK = {"key": "lock", "kind": "display", "lock": ["lines.secret", "lines.open", "mine"]}
ORDER = form(
    "order", text("product"), field("mine", "money"),
    field("lines", "subform", fields=[text("product"), field("secret", "money"), field("open", "money")]),
    rules=[INSIDE, ABOVE, LOCK],
)  # fmt: skip
OWN = {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}
HIDDEN = {
    "read": True,
    "create": True,
    "update": True,
    "fields": {"lines.secret": "hidden", "mine": "hidden"},
}
BY_ROW = {"read": True, "create": True, "update": True, "fields": {"mine": "hidden"}}


@pytest.fixture
def app(database: Database) -> str:
    made = make_app(
        database, PRICE, ORDER,
        roles=(
            {"key": "clerk", "name": "clerk", "grants": {"order": HIDDEN}},
            {"key": "others", "name": "others", "grants": {"order": BY_ROW}},
            {"key": "owner", "name": "owner", "grants": {"order": {"read": OWN, "update": OWN}}},
        ),
    )  # fmt: skip
    add(database, made, "price", product="pen", secret=777)
    return made


def hired(database: Database, app: str, *given: str) -> Viewer:
    with database.begin() as connection:
        viewer = person(connection, f"p{len(given)}{app}{'-'.join(given)}")
        for one in given:
            roles.give(connection, live_of(database, app), one, viewer.member_id, author=ENGINE)
        return viewer_for(connection, viewer.member_id)


def facts(database: Database, app: str, viewer: Viewer, record: int | None = None) -> dict[str, Any]:
    sent = MultiDict(
        [("_changed", "product lines.n0.product"), ("lines.n0.product", "pen"), ("product", "pen")]
    )
    if record:
        sent.add("_record", str(record))
    values = {"product": "pen", "lines": [{"product": "pen"}]}
    live = live_of(database, app)
    order: Form = live.form("order")
    with database.connect() as connection:
        return dict(record_form.worked_out(connection, live, order, viewer, values, sent).facts)


def test_a_linkage_tells_no_hidden_column_and_no_hidden_field(database: Database, app: str) -> None:
    told = facts(database, app, hired(database, app, "clerk"))
    assert told["values"] == {"lines.n0.open": "777.00"}
    assert set(told["locked"]) == {"lines.open", "lines.n0.open"}
    assert "secret" not in repr(told) and "mine" not in repr(told)


def test_a_linkage_tells_no_field_that_is_hidden_in_this_very_record(database: Database, app: str) -> None:
    viewer = hired(database, app, "others", "owner")
    theirs = add(database, app, "order", product="ink")
    own = add(database, app, "order", product="ink", owner=viewer.member_id)
    assert "mine" not in facts(database, app, viewer, theirs)["values"]
    assert facts(database, app, viewer, own)["values"]["mine"] == "777.00"


def test_the_preview_itself_hands_on_nothing_hidden(database: Database, app: str) -> None:
    viewer = hired(database, app, "clerk")
    values = {"product": "pen", "lines": [{"product": "pen"}]}
    with database.connect() as connection:
        found = preview(connection, live_of(database, app), "order", viewer, values,
                        changed=["product", "lines.0.product"])  # fmt: skip
    assert set(found.linked) == {"lines.0.open"}
    assert found.ruled == {"lines.open"}
