"""Forms with many records: the work on data follows publishing as a job."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text as sql

from engine.platform import clock
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.platform.jobs import get_job
from engine.platform.performing import run_due
from engine.records.bulk.write import Row, loading
from engine.records.reading.query import Query, query
from engine.records.writing import write
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, republish, text, values

MANY = 2500


@pytest.fixture
def app(database: Database) -> str:
    app = make_app(database, form("a", text("f"), field("n", "number"), title="{f}"))
    with loading(database, app, "a", ENGINE) as under_way:
        under_way.stage(Row(number, {"f": str(number), "n": Decimal(number % 100)}) for number in range(MANY))
        assert under_way.finish().created == MANY
    run_due(database)
    return app


def shown(database: Database, app: str, **more: object) -> list:
    live = live_of(database, app)
    with database.connect() as connection:
        return query(connection, live, "a", ENGINE, Query(**more)).records  # type: ignore[arg-type]


def test_a_formula_is_worked_out_while_reading_until_its_job_is_done(database: Database, app: str) -> None:
    publication = republish(
        database,
        app,
        form(
            "a",
            text("f"),
            field("n", "number"),
            field("double", "formula", formula="n * 2", result="number"),
            title="{f}",
        ),
    )
    assert len(publication.jobs) == 1
    first = shown(database, app, where={"field": "double", "op": "eq", "value": 2}, limit=1)[0]
    assert first.values["double"] == 2 and values(database, app, "a", first.id)["double"] is None
    run_due(database)
    with database.connect() as connection:
        assert get_job(connection, publication.jobs[0]).state == "succeeded"
    assert values(database, app, "a", first.id)["double"] == 2
    assert live_of(database, app).version == publication.version + 1
    change(database, app, "a", first.id, n=50)
    assert values(database, app, "a", first.id)["double"] == 100


def test_a_field_is_read_only_while_its_values_are_converted(database: Database, app: str) -> None:
    first = shown(database, app, limit=1)[0].id
    now = form("a", field("f", "number"), field("n", "number"), title="{f}")
    publication = republish(database, app, now)
    with pytest.raises(Invalid) as refused:
        change(database, app, "a", first, f=7)
    assert [one.code for one in refused.value.faults] == ["building"]
    seen = shown(database, app, limit=1)[0]
    assert seen.stale == {"f"}, "what is blank for a while is not taken for empty"
    change(database, app, "a", first, n=1)
    added = add(database, app, "a", f=5)
    run_due(database)
    with database.connect() as connection:
        assert get_job(connection, publication.jobs[0]).result["f"] == {"converted": MANY, "kept": 0}
    assert values(database, app, "a", first)["f"] == first - 1 and values(database, app, "a", added)["f"] == 5
    assert shown(database, app, limit=1)[0].stale == frozenset()
    change(database, app, "a", first, f=7)


def test_an_index_for_a_new_view_is_there_after_publishing(database: Database, app: str) -> None:
    republish(
        database,
        app,
        form(
            "a",
            text("f"),
            field("n", "number"),
            title="{f}",
            views=[
                {
                    "key": "v",
                    "name": "V",
                    "kind": "grid",
                    "columns": ["f"],
                    "sort": [{"field": "n", "desc": True}],
                }
            ],
        ),
    )
    with database.connect() as connection:
        from engine.records.storage.order import sort_index
        from engine.records.storage.tables import form_table

        live = live_of(database, app)
        table = form_table(connection, live, "a")
        wanted = sort_index(table, "n")
        assert wanted is not None
        assert (
            connection.scalar(
                sql("SELECT 1 FROM pg_indexes WHERE schemaname = :s AND indexname = :n"),
                {"s": live.app.schema, "n": wanted.name},
            )
            == 1
        )


def test_the_recycle_bin_and_removed_fields_end_after_30_days(database: Database) -> None:
    app = make_app(
        database,
        form("a", text("f"), field("mates", "members"), field("lines", "subform", fields=[text("x")])),
    )
    gone, stays = add(database, app, "a", f="1", lines=[{"x": "1"}]), add(database, app, "a", f="2")
    write.delete_one(database, app, "a", ENGINE, gone)
    republish(database, app, form("a", text("g")))
    schema = live_of(database, app).app.schema

    def tables() -> set[str]:
        with database.connect() as connection:
            return set(
                connection.scalars(
                    sql("SELECT tablename FROM pg_tables WHERE schemaname = :s"), {"s": schema}
                )
            )

    def purge() -> None:
        from engine.platform.jobs import enqueue

        with database.begin() as connection:
            enqueue(connection, "records.purge", {})
        run_due(database)

    before = tables()
    purge()
    assert tables() == before
    with database.begin() as connection:  # the storage map keeps the server's time
        connection.execute(
            sql("UPDATE jianflow.column_storage SET removed_at = removed_at - interval '31 days'")
        )
        connection.execute(
            sql("UPDATE jianflow.form_storage SET removed_at = removed_at - interval '31 days'")
        )
    with clock.stopped(clock.now() + timedelta(days=31)):
        purge()
    assert len(tables()) == len(before) - 2
    with database.connect() as connection:
        assert connection.exec_driver_sql(
            f"SELECT array_agg(id) FROM {schema}.f_{_form_id(database, app)}"
        ).scalar() == [stays]


def _form_id(database: Database, app: str) -> int:
    with database.connect() as connection:
        return connection.execute(
            sql("SELECT id FROM jianflow.form_storage WHERE app_id = :app AND field_key = ''"),
            {"app": live_of(database, app).app.id},
        ).scalar_one()
