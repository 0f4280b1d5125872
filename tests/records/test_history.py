"""What changed, by whom, and what it was before."""

import pytest
from sqlalchemy import text as sql

from engine.platform.database import Database
from engine.platform.errors import NotFound, Stale
from engine.records.bulk.write import Row, loading
from engine.records.storage.tables import form_table
from engine.records.writing import recycle, write
from engine.records.writing.history import history
from tests.records.making import (
    ENGINE,
    add,
    change,
    field,
    form,
    live_of,
    make_app,
    person,
    stored,
    text,
    values,
)

DEAL = form(
    "deal",
    text(),
    field("amount", "money"),
    field("double", "formula", formula="amount*2", result="money"),
    field("lines", "subform", fields=[text("product")]),
    field("mates", "members"),
    title="{name}",
)


def read(database: Database, app: str, record_id: int):
    live = live_of(database, app)
    with database.connect() as connection:
        return history(connection, live, "deal", ENGINE, record_id)


def test_each_change_tells_old_and_new_and_the_creation_comes_first(database: Database) -> None:
    app = make_app(database, DEAL)
    with database.begin() as connection:
        ada = person(connection, f"ada{app}")
    made = add(database, app, "deal", name="甲", amount=1, lines=[{"product": "笔"}])
    change(database, app, "deal", made, name="乙")
    change(database, app, "deal", made, amount="2.50", lines=[])
    change(database, app, "deal", made, mates=[ada.member_id])
    told = read(database, app, made)
    assert [one.kind for one in told] == ["updated", "updated", "updated", "created"]
    steps = [{step.field.key: (step.old, step.new) for step in one.differences} for one in told]
    assert steps[2] == {"name": ("甲", "乙")}
    assert set(steps[1]) == {"amount", "lines"} and steps[1]["amount"][1] == 2.5
    assert [row.values["product"] for row in steps[1]["lines"][0]] == ["笔"] and not steps[1]["lines"][1]
    assert steps[0]["mates"][0] is None and [one.json() for one in steps[0]["mates"][1]] == [
        {"id": ada.member_id, "title": ada.name}
    ]
    assert told[0].json()["changes"]


def test_two_people_saving_one_record_lose_nothing_silently(database: Database) -> None:
    app = make_app(database, DEAL)
    made = add(database, app, "deal", name="甲", amount=1)
    change(database, app, "deal", made, version=1, name="乙")
    with pytest.raises(Stale) as refused:
        change(database, app, "deal", made, version=1, name="丙", amount=5)
    details = refused.value.details
    assert details["theirs"]["version"] == 2 and details["theirs"]["values"]["name"] == "乙"
    assert details["mine"] == {"version": 1, "values": {"name": "丙", "amount": 5}}
    assert [(one["field"], one["base"], one["theirs"], one["mine"]) for one in details["changed"]] == [
        ("name", "甲", "乙", "丙")
    ]
    assert values(database, app, "deal", made)["amount"] == 1


def test_what_somebody_changed_and_changed_back_is_no_clash(database: Database) -> None:
    app = make_app(database, DEAL)
    made = add(database, app, "deal", name="甲", amount=1)
    for now in ({"name": "乙", "amount": 2}, {"name": "甲"}):
        change(database, app, "deal", made, **now)
    with pytest.raises(Stale) as refused:
        change(database, app, "deal", made, version=1, name="丙")
    assert [one["field"] for one in refused.value.details["changed"]] == ["amount"]


def test_a_change_without_a_version_applies_to_the_fields_it_names(database: Database) -> None:
    app = make_app(database, DEAL)
    made = add(database, app, "deal", name="甲", amount=1)
    change(database, app, "deal", made, name="乙")
    change(database, app, "deal", made, amount=2)
    kept = values(database, app, "deal", made)
    assert (kept["name"], kept["amount"]) == ("乙", 2)


def test_deleted_records_are_gone_for_readers_and_purged_for_good(database: Database) -> None:
    app = make_app(database, DEAL)
    made = add(database, app, "deal", name="甲", lines=[{"product": "笔"}])
    write.delete_one(database, app, "deal", ENGINE, made)
    assert stored(database, app, "deal", made).version == 2
    with pytest.raises(NotFound):
        change(database, app, "deal", made, name="乙")
    restored = write.restore_one(database, app, "deal", ENGINE, made)
    assert restored.version == 3 and restored.record.values["name"] == "甲"
    write.delete_one(database, app, "deal", ENGINE, made)
    write.transact(database, app, ENGINE, lambda tx: recycle.purge_records(tx, "deal", [made]))
    with pytest.raises(NotFound):
        write.restore_one(database, app, "deal", ENGINE, made)
    with database.connect() as connection:
        schema = live_of(database, app).app.schema
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {schema}.history").scalar() == 0


def test_an_import_sample_data_and_a_record_made_by_hand_are_told_apart(database: Database) -> None:
    app = make_app(database, DEAL)
    by_hand = add(database, app, "deal", name="甲")
    doors = {}
    for door in ("import", "sample"):
        with loading(database, app, "deal", ENGINE, door=door) as under_way:
            under_way.stage([Row(1, {"name": door})])
            under_way.finish()
            import_id = under_way.outcome.import_id
        with database.begin() as connection:
            doors[door] = connection.scalar(
                sql(
                    f"SELECT id FROM {form_table(connection, live_of(database, app), 'deal').stored.qualified()}"
                    " WHERE import_id = :id"
                ),
                {"id": import_id},
            )
            if door == "sample":
                connection.execute(
                    sql("INSERT INTO jianflow.sample_data VALUES (:app, :id, now())"),
                    {"app": live_of(database, app).app.id, "id": import_id},
                )
    assert [read(database, app, one)[-1].door for one in (by_hand, doors["import"], doors["sample"])] == [
        "",
        "import",
        "sample",
    ]
