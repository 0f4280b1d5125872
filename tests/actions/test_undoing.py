"""What a button did is taken back as a whole, by the one who pressed it, as long as nobody has built on it."""

from typing import Any
from uuid import uuid4

import pytest

from engine.access import roles
from engine.access.viewer import Viewer, viewer_for
from engine.actions.pressing import Pressed, press_one
from engine.actions.undoing import undo
from engine.definitions import live as living
from engine.platform.database import Database
from engine.platform.errors import Conflict, Forbidden, NotFound
from engine.records.storage.rows import read
from engine.records.storage.tables import form_table
from tests.builders.office import give, hire
from tests.records.making import add, change, field, form, make_app, stored, text

ENQUIRY = form(
    "enquiry",
    text("company"),
    field("client", "link", form="client", on_delete="empty"),
    field("state", "text"),
    field(
        "convert",
        "button",
        action={
            "kind": "create_records",
            "records": [
                {"key": "c", "form": "client", "into": "client", "fill": {"name": {"field": "company"}}},
                {"key": "v", "form": "visit", "fill": {"client": {"made": "c"}}},
            ],
            "set": {"state": "done"},
        },
    ),
    field(
        "plan",
        "button",
        action={
            "kind": "create_records",
            "records": [{"key": "v", "form": "visit", "fill": {"subject": {"field": "company"}}}],
        },
    ),
    field("close", "button", action={"kind": "set_fields", "set": {"state": "done"}}),
    field("away", "button", action={"kind": "set_fields", "set": {"owner": None}}),
    title="{company}",
)
MINE = {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}
OWN = {"read": MINE, "create": True, "update": MINE, "delete": MINE}
CLERK = {"key": "clerk", "name": "clerk", "grants": {"enquiry": OWN, "client": OWN, "visit": OWN}}
CLIENT = form(
    "client", text(), field("visits", "rollup", form="visit", via="client", fn="count"), title="{name}"
)
VISIT = form("visit", text("subject"), field("client", "link", form="client", on_delete="empty"))


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, CLIENT, VISIT, ENQUIRY, roles=(CLERK,))


@pytest.fixture(scope="module")
def boss(database: Database) -> Viewer:
    return hire(database, "陈总", administrator=True)


def convert(database: Database, app: str, who: Viewer) -> tuple[int, Pressed]:
    enquiry = add(database, app, "enquiry", company="晶创", state="new")
    return enquiry, press_one(database, app, "enquiry", who, enquiry, "convert")


def gone(database: Database, app: str, pressed: Pressed) -> list[bool]:
    with database.connect() as connection:
        live = living.load(connection, app)
        return [
            one.id not in read(connection, form_table(connection, live, one.form), [one.id])
            for one in pressed.outcome.made
        ]


def test_all_of_it_goes_and_the_record_is_as_it_was(database: Database, app: str, boss: Viewer) -> None:
    enquiry, pressed = convert(database, app, boss)
    made: Any = stored(database, app, "enquiry", enquiry).values
    assert made["state"] == "done" and made["client"] == pressed.outcome.made[0].id
    assert stored(database, app, "client", made["client"]).values["visits"] == 1
    assert pressed.undo is not None
    undo(database, app, "enquiry", boss, pressed.undo)
    back = stored(database, app, "enquiry", enquiry).values
    assert back["state"] == "new" and back["client"] is None
    assert gone(database, app, pressed) == [True, True]
    again = press_one(database, app, "enquiry", boss, enquiry, "convert")
    assert len(again.outcome.made) == 2, "it can be pressed anew"


def test_what_somebody_has_built_on_stays_whole(database: Database, app: str, boss: Viewer) -> None:
    enquiry, pressed = convert(database, app, boss)
    client = pressed.outcome.made[0].id
    change(database, app, "client", client, name="晶创半导体")
    with pytest.raises(Conflict):
        undo(database, app, "enquiry", boss, pressed.undo or uuid4())
    assert stored(database, app, "enquiry", enquiry).values["client"] == client
    assert gone(database, app, pressed) == [False, False]


def test_nobody_takes_back_what_another_one_did(database: Database, app: str, boss: Viewer) -> None:
    _, pressed = convert(database, app, boss)
    other = hire(database, "王敏", administrator=True)
    for who, batch in ((other, pressed.undo or uuid4()), (boss, uuid4())):
        with pytest.raises(NotFound):
            undo(database, app, "enquiry", who, batch)
    assert gone(database, app, pressed) == [False, False]


def test_what_was_only_made_is_taken_back_too(database: Database, app: str, boss: Viewer) -> None:
    enquiry = add(database, app, "enquiry", company="晶创")
    pressed = press_one(database, app, "enquiry", boss, enquiry, "plan")
    other = hire(database, "王敏", administrator=True)
    with pytest.raises(NotFound):
        undo(database, app, "enquiry", other, pressed.undo or uuid4())
    undo(database, app, "enquiry", boss, pressed.undo or uuid4())
    assert gone(database, app, pressed) == [True]


def test_where_nothing_was_written_nothing_is_offered_to_be_taken_back(
    database: Database, app: str, boss: Viewer
) -> None:
    enquiry = add(database, app, "enquiry", company="晶创", state="done")
    assert press_one(database, app, "enquiry", boss, enquiry, "close").undo is None


@pytest.fixture
def clerk(database: Database, app: str) -> Viewer:
    member = hire(database, "小文").member_id
    give(database, app, "clerk", member)
    with database.connect() as connection:
        return viewer_for(connection, member)


def test_who_may_not_change_it_any_more_takes_nothing_back(
    database: Database, app: str, boss: Viewer, clerk: Viewer
) -> None:
    enquiry = add(database, app, "enquiry", clerk, company="晶创", state="new")
    pressed = press_one(database, app, "enquiry", clerk, enquiry, "close")
    with database.begin() as connection:
        roles.assign(connection, living.load(connection, app), "clerk", [], [], author=boss)
    with database.connect() as connection:
        former = viewer_for(connection, clerk.member_id)
    with pytest.raises(Forbidden):
        undo(database, app, "enquiry", former, pressed.undo or uuid4())
    assert stored(database, app, "enquiry", enquiry).values["state"] == "done"


def test_what_one_gave_away_one_may_take_back(database: Database, app: str, clerk: Viewer) -> None:
    enquiry = add(database, app, "enquiry", clerk, company="晶创")
    pressed = press_one(database, app, "enquiry", clerk, enquiry, "away")
    assert pressed.record is None
    undo(database, app, "enquiry", clerk, pressed.undo or uuid4())
    assert stored(database, app, "enquiry", enquiry).owner == clerk.member_id
