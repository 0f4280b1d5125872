"""What a field held before it became another: told as the text it was, and never taken for what it is now."""

import pytest

from engine.platform.database import Database
from engine.records.bulk.undo import undo_import
from engine.records.bulk.write import Row, loading
from engine.records.writing import write
from engine.records.writing.history import history
from tests.records.making import (
    ENGINE,
    add,
    change,
    field,
    form,
    live_of,
    make_app,
    republish,
    text,
    values,
)

NEW = {
    "date": {},
    "number": {},
    "money": {},
    "percent": {},
    "datetime": {},
    "time": {},
    "select": {"options": [{"value": "12", "label": "Twelve"}]},
    "multi_select": {"options": [{"value": "12", "label": "Twelve"}]},
    "member": {},
    "members": {},
    "link": {"form": "c"},
    "links": {"form": "c"},
    "switch": {},
    "location": {},
    "address": {},
    "subform": {"fields": [text("x")]},
}


def steps(database: Database, app: str, record: int) -> list[dict[str, object]]:
    with database.connect() as connection:
        told = history(connection, live_of(database, app), "c", ENGINE, record)
    return [{one["field"]: one["old"] for one in change.json()["changes"]} for change in told]


@pytest.fixture(scope="module")
def retyped(database: Database) -> tuple[str, int, list[int]]:
    """A record whose texts have changed, and one to be named by number 12."""
    app = make_app(database, form("c", text(), *(text(kind) for kind in NEW), field("n", "number")))
    record = add(database, app, "c", name="a", **dict.fromkeys(NEW, "abc"))
    change(database, app, "c", record, **dict.fromkeys(NEW, "12"), n=5)
    change(database, app, "c", record, **dict.fromkeys(NEW, "x"))
    others = [add(database, app, "c", name=f"r{number}") for number in range(12)]
    fields = [field(kind, kind, **given) for kind, given in NEW.items()]
    republish(database, app, form("c", text(), *fields, text("n")))
    return app, record, others


def test_old_values_of_another_type_are_told_as_the_text_they_were(database: Database, retyped) -> None:
    app, record, _ = retyped
    latest, first, _ = steps(database, app, record)
    assert {key: latest[key] for key in NEW} == dict.fromkeys(NEW, "12")
    assert {key: first[key] for key in NEW} == dict.fromkeys(NEW, "abc")


def test_a_field_that_is_what_it_was_again_reads_all_it_held(database: Database) -> None:
    app = make_app(database, form("c", text(), field("v", "select", options=[{"value": "a", "label": "甲"}])))
    record = add(database, app, "c", name="a", v="a")
    change(database, app, "c", record, v=None)
    republish(database, app, form("c", text(), text("v")))
    assert steps(database, app, record)[0] == {"v": "甲"}
    republish(database, app, form("c", text(), field("v", "number")))
    change(database, app, "c", record, v=7)
    change(database, app, "c", record, v=8)
    assert [one.get("v") for one in steps(database, app, record)] == ["7", None, "甲", None]


def test_an_undo_keeps_out_what_its_field_held_as_another_type_and_says_so(database: Database) -> None:
    app = make_app(database, form("c", text(), text("v")))
    record = add(database, app, "c", name="a", v="abc")
    with loading(database, app, "c", ENGINE) as under_way:
        under_way.stage([Row(0, {"name": "b", "v": "12"}, record)])
        load = under_way.finish()
    republish(database, app, form("c", text(), field("v", "number")))
    undone = write.transact(database, app, ENGINE, lambda tx: undo_import(tx, load.import_id))
    assert values(database, app, "c", record) == {"name": "a", "v": 12}
    assert undone.restored == 1
    assert [(one.id, str(one.reason)) for one in undone.kept] == [(record, "“V”：字段类型已经改变")]
