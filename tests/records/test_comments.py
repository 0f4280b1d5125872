"""What people say about a record, and who may."""

import pytest

from engine.access import roles
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live as living
from engine.platform.database import Database
from engine.platform.errors import Forbidden, Invalid, NotFound
from engine.platform.notices import notices
from engine.records.writing import comments, write
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, person, stored, text

OWN = {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}
ROLE = {
    "key": "sales",
    "name": "销售",
    "grants": {
        "deal": {
            "read": OWN,
            "create": {"where": {"field": "amount", "op": "lt", "value": 100}},
            "update": OWN,
            "delete": False,
            "fields": {"cost": "hidden", "level": "read"},
        }
    },
}
DEAL = form(
    "deal",
    text(),
    field("amount", "money"),
    field("cost", "money"),
    text("level"),
    field("profit", "formula", formula="amount - cost", result="money"),
    title="{name}",
)


@pytest.fixture
def app(database: Database) -> str:
    return make_app(database, DEAL, roles=(ROLE,))


@pytest.fixture
def people(database: Database, app: str) -> tuple[Viewer, Viewer, Viewer]:
    with database.begin() as connection:
        ids = [person(connection, f"{name}{app}").member_id for name in ("李", "王", "赵")]
        roles.assign(connection, living.load(connection, app), "sales", ids[:2], [], author=ENGINE)
    with database.connect() as connection:
        one, two, three = (viewer_for(connection, one) for one in ids)
        return one, two, three


def test_who_has_no_grant_may_not_create_and_hears_that_before_anything_else(
    database: Database, app: str, people: tuple[Viewer, Viewer, Viewer]
) -> None:
    with pytest.raises(Forbidden):
        add(database, app, "deal", people[2], nonsense=1)
    with pytest.raises(Forbidden):
        write.may(database, app, "deal", people[2], "create")


def test_a_field_that_is_hidden_is_unknown_and_one_that_is_only_read_is_not_editable(
    database: Database, app: str, people: tuple[Viewer, Viewer, Viewer]
) -> None:
    with pytest.raises(Invalid) as refused:
        add(database, app, "deal", people[0], cost=1, nothing=1, level="A", amount=1)
    assert {(one.pointer, one.code) for one in refused.value.faults} == {
        ("/values/cost", "unknown_field"),
        ("/values/nothing", "unknown_field"),
        ("/values/level", "not_editable"),
    }


def test_a_grant_to_create_is_judged_on_the_new_record(
    database: Database, app: str, people: tuple[Viewer, Viewer, Viewer]
) -> None:
    made = add(database, app, "deal", people[0], name="小", amount=99)
    assert stored(database, app, "deal", made).owner == people[0].member_id
    with pytest.raises(Forbidden):
        add(database, app, "deal", people[0], name="大", amount=100)


def test_a_grant_to_change_is_judged_on_the_record_as_it_was(
    database: Database, app: str, people: tuple[Viewer, Viewer, Viewer]
) -> None:
    one, two, _ = people
    made = add(database, app, "deal", one, name="小", amount=1)
    with pytest.raises(NotFound):  # may not even be read
        change(database, app, "deal", made, two, name="我的")
    written = write.update_one(database, app, "deal", one, made, {"owner": {"id": two.member_id}})
    assert written.record is None and written.version == 2  # handed over: no longer to be read
    with pytest.raises(NotFound):
        change(database, app, "deal", made, one, name="还是我的")
    with pytest.raises(Forbidden):
        write.delete_one(database, app, "deal", two, made)


def test_what_is_hidden_stays_as_it_is_when_the_rest_is_saved(
    database: Database, app: str, people: tuple[Viewer, Viewer, Viewer]
) -> None:
    one = people[0]
    made = add(database, app, "deal", name="小", amount=5, cost=3, level="A", owner=one.member_id)
    written = write.update_one(database, app, "deal", one, made, {"name": "新", "level": "A"}, whole=True)
    assert written.record.values["name"] == "新" and "cost" not in written.record.values
    assert "profit" not in written.record.values
    kept = stored(database, app, "deal", made).values
    assert (kept["cost"], kept["level"], kept["profit"]) == (3, "A", 2)


def test_people_talk_about_a_record_that_they_may_read(
    database: Database, app: str, people: tuple[Viewer, Viewer, Viewer]
) -> None:
    one, two, _ = people
    made = add(database, app, "deal", one, name="小", amount=1)
    said = write.transact(
        database, app, one, lambda tx: comments.add(tx, "deal", made, " 你好 ", [two.member_id])
    )
    assert said.text == "你好" and said.author.id == one.member_id
    assert said.unseen == (two.name,)
    with pytest.raises(NotFound):
        write.transact(database, app, two, lambda tx: comments.add(tx, "deal", made, "我也"))
    with pytest.raises(Invalid):
        write.transact(database, app, one, lambda tx: comments.add(tx, "deal", made, "  "))
    with database.connect() as connection:
        live = live_of(database, app)
        assert [one.json()["text"] for one in comments.comments(connection, live, "deal", one, made)] == [
            "你好"
        ]
        with pytest.raises(NotFound):
            comments.comments(connection, live, "deal", two, made)
        assert not list(notices(connection, two.member_id))  # who may not read the record hears nothing of it
    change(database, app, "deal", made, owner={"id": two.member_id})
    given = write.transact(
        database, app, ENGINE, lambda tx: comments.add(tx, "deal", made, "给你了", [two.member_id])
    )
    assert given.unseen == ()
    with database.connect() as connection:
        assert len(list(notices(connection, two.member_id))) == 1
