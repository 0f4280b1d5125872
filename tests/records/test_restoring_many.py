"""Records that were deleted together come back with all that named them, in whatever order they are taken out."""

from itertools import permutations
from threading import Event, Thread

import pytest

from engine.access import roles
from engine.access.viewer import viewer_for
from engine.platform import clock
from engine.platform.database import Database
from engine.platform.errors import Conflict
from engine.platform.jobs import enqueue
from engine.platform.performing import run_due
from engine.records.bulk.deleting import delete_many
from engine.records.bulk.undo import undo_import
from engine.records.bulk.write import Row, loading
from engine.records.storage.tables import form_table
from engine.records.writing import recycle, write
from engine.records.writing.transaction import Transaction
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
    stored,
    text,
    values,
)

WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

PERSON = form("p", text(), title="{name}")
DEAL = form(
    "c",
    text(),
    field("a", "link", form="p"),
    field("b", "link", form="p"),
    field("m", "links", form="p"),
    field("lines", "subform", fields=[field("who", "link", form="p"), field("all", "links", form="p")]),
)


def restore(database: Database, app: str, *records: int, of: str = "p") -> list[str]:
    return [
        str(fault.message)
        for one in records
        for fault in write.restore_one(database, app, of, ENGINE, one).warnings
    ]


def told(database: Database, app: str, record: int) -> object:
    found = values(database, app, "c", record)
    lines = [(row.values.get("who"), row.values.get("all")) for row in found["lines"] or ()]
    return found["a"], found["b"], found["m"], lines


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, PERSON, DEAL)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_several_that_one_record_names_come_back_into_all_its_links(
    database: Database, app: str, order: tuple[int, ...], together: bool
) -> None:
    x, y, z = people = [add(database, app, "p", name=name) for name in "xyz"]
    lines = [{"who": x, "all": [y, x]}, {"who": y, "all": [z, x, y]}]
    deal = add(database, app, "c", name="c", a=x, b=y, m=[x, y, z], lines=lines)
    before = told(database, app, deal)
    if together:
        delete_many(database, app, "p", ENGINE, people, door="grid")
    else:
        for one in people:
            write.delete_one(database, app, "p", ENGINE, one)
    assert told(database, app, deal) == (None, None, None, [(None, None), (None, None)])
    assert restore(database, app, *(people[one] for one in order)) == []
    assert told(database, app, deal) == before


def test_what_somebody_chose_meanwhile_stays(database: Database, app: str) -> None:
    x, y, z = [add(database, app, "p", name=name) for name in "xyz"]
    deal = add(database, app, "c", name="c", a=x, b=y, m=[x, y])
    for one in (x, y):
        write.delete_one(database, app, "p", ENGINE, one)
    change(database, app, "c", deal, a=z, m=[z])
    restore(database, app, y, x)
    assert told(database, app, deal) == (z, y, [z], [])


def test_a_record_that_comes_back_before_what_it_names_names_it_in_the_end(database: Database) -> None:
    app = make_app(
        database, form("p", text(), field("next", "link", form="p"), field("all", "links", form="p"))
    )
    a, b = add(database, app, "p", name="a"), add(database, app, "p", name="b")
    change(database, app, "p", a, next=b, all=[b, a])
    for deleted in ((a, b), (b, a)):
        for restored in ((a, b), (b, a)):
            for one in deleted:
                write.delete_one(database, app, "p", ENGINE, one)
            restore(database, app, *restored)
            found = values(database, app, "p", a)
            assert (found["next"], found["all"]) == (b, [b, a]), (deleted, restored)


def undone(database: Database, app: str, record: int, **sent: object) -> object:
    """Load these values into the record; answers how to undo it."""
    with loading(database, app, "c", ENGINE) as under_way:
        under_way.stage([Row(0, sent, record)])
        loaded = under_way.finish()
    return lambda: write.transact(database, app, ENGINE, lambda tx: undo_import(tx, loaded.import_id))


def test_an_undo_gives_back_no_link_to_what_was_deleted_nor_people_and_options_that_are_gone(
    database: Database,
) -> None:
    select = field("s", "select", options=[{"value": "a"}, {"value": "b"}])
    deal = form("c", text(), field("p", "link", form="p", on_delete="refuse"), field("m", "member"), select)
    app = make_app(database, PERSON, deal)
    with database.begin() as connection:
        ada = person(connection, f"ada{app}")
    x, y = add(database, app, "p", name="x"), add(database, app, "p", name="y")
    record = add(database, app, "c", name="one", p=x, m=ada.member_id, s="a")
    undo = undone(database, app, record, name="two", p=y, m=None, s="b")
    write.delete_one(database, app, "p", ENGINE, x)
    with database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM jianflow.member WHERE id = %s", (ada.member_id,))
    republish(
        database, app, {**deal, "fields": [*deal["fields"][:3], {**select, "options": [{"value": "b"}]}]}
    )
    outcome = undo()
    assert values(database, app, "c", record) == {"name": "one", "p": y, "m": None, "s": "b"}
    assert outcome.restored == 1
    assert [str(one.reason) for one in outcome.kept] == [
        "“M”：原来的成员已不存在",
        "“P”：原来关联的数据已删除",
        "“S”：原来的选项已不存在",
    ]
    assert stored(database, app, "p", x).deleted_at is not None


def test_an_undo_that_can_give_nothing_back_counts_nothing(database: Database, app: str) -> None:
    x, y = add(database, app, "p", name="x"), add(database, app, "p", name="y")
    record = add(database, app, "c", name="one", a=x)
    undo = undone(database, app, record, a=y)
    write.delete_one(database, app, "p", ENGINE, x)
    for _ in range(2):
        outcome = undo()
        assert (outcome.restored, [one.id for one in outcome.kept]) == (0, [record])
    restore(database, app, x)
    assert undo().restored == 1
    assert values(database, app, "c", record)["a"] == x


def test_a_refusal_to_delete_names_nothing_that_one_may_not_see(database: Database) -> None:
    seller = {
        "key": "seller",
        "name": "seller",
        "grants": {"customer": {"read": True, "delete": True, "fields": {"name": "hidden"}}},
    }
    wage = form("wage", field("whose", "link", form="customer", on_delete="refuse"))
    app = make_app(database, form("customer", text(), title="{name}"), wage, roles=(seller,))
    customer = add(database, app, "customer", name="TOP")
    add(database, app, "wage", whose=customer)
    with database.begin() as connection:
        viewer = person(connection, f"bob{app}")
        roles.give(connection, live_of(database, app), "seller", viewer.member_id, author=ENGINE)
        viewer = viewer_for(connection, viewer.member_id)
    told = delete_many(database, app, "customer", viewer, [customer], door="grid").refusals[customer]
    with pytest.raises(Conflict) as refused:
        write.delete_one(database, app, "customer", viewer, customer)
    for one in (told, refused.value):
        assert str(one.message) == f"“#{customer}”还被别的数据使用，不能删除" and not one.details
    with pytest.raises(Conflict) as refused:
        write.delete_one(database, app, "customer", ENGINE, customer)
    assert str(refused.value.message) == "“TOP”还被Wage使用（Whose），不能删除"


def test_what_is_restored_at_the_last_moment_is_not_purged(database: Database, app: str) -> None:
    record = add(database, app, "p", name="x")
    write.delete_one(database, app, "p", ENGINE, record)
    with database.begin() as connection:
        main = form_table(connection, live_of(database, app), "p").main
        long_ago = clock.now() - 2 * recycle.KEPT
        connection.execute(main.update().where(main.c.id == record).values(deleted_at=long_ago))
        enqueue(connection, "records.purge", {})
    restored, commit = Event(), Event()

    def work(tx: Transaction) -> None:
        recycle.restore(tx, "p", record)
        restored.set()
        commit.wait(30)

    restoring = Thread(target=lambda: write.transact(database, app, ENGINE, work))
    purging = Thread(target=run_due, args=(database,))
    restoring.start()
    assert restored.wait(30)
    purging.start()
    with database.connect() as connection:
        while purging.is_alive() and not connection.exec_driver_sql(WAITING).scalar():
            purging.join(0.05)
            connection.rollback()
    commit.set()
    restoring.join(30)
    purging.join(30)
    assert stored(database, app, "p", record).deleted_at is None
