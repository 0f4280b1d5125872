"""Transactions, their repetition, and the tables of the product itself."""

import threading

import psycopg
import pytest
from sqlalchemy import Connection, text

from engine.platform.database import Database
from engine.platform.errors import TookTooLong
from engine.platform.migrations import is_current, migrate


def test_what_a_block_wrote_is_gone_when_it_raises(empty_database: Database) -> None:
    with empty_database.begin() as connection:
        connection.execute(text("CREATE TABLE jianflow.seen (n int)"))
    with pytest.raises(ZeroDivisionError):
        with empty_database.begin() as connection:
            connection.execute(text("INSERT INTO jianflow.seen VALUES (1)"))
            raise ZeroDivisionError
    with empty_database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM jianflow.seen")) == 0


def test_two_who_lock_each_other_out_both_get_their_work_done(empty_database: Database) -> None:
    with empty_database.begin() as connection:
        connection.execute(text("CREATE TABLE jianflow.counter (id int PRIMARY KEY, n int NOT NULL)"))
        connection.execute(text("INSERT INTO jianflow.counter VALUES (1, 0), (2, 0)"))
    both_hold_one = threading.Barrier(2)

    def raise_both(order: tuple[int, int]) -> None:
        first_try = True

        def work(connection: Connection) -> None:
            nonlocal first_try
            add = text("UPDATE jianflow.counter SET n = n + 1 WHERE id = :id")
            connection.execute(add, {"id": order[0]})
            if first_try:
                first_try = False
                both_hold_one.wait(10)
            connection.execute(add, {"id": order[1]})

        empty_database.run(work)

    threads = [threading.Thread(target=raise_both, args=(order,)) for order in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with empty_database.connect() as connection:
        assert connection.scalars(text("SELECT n FROM jianflow.counter")).all() == [2, 2]


def test_a_read_is_stopped_after_its_time_and_a_write_is_not(database_url: str) -> None:
    bound = Database(database_url, reading_seconds=0.2)
    try:
        with bound.connect() as connection:
            with pytest.raises(TookTooLong, match=r"0\.2"):
                connection.execute(text("SELECT pg_sleep(60)"))
            assert connection.scalar(text("SELECT 1")) == 1  # the connection is as good as before
        for opened in (bound.begin, bound.snapshot):
            with opened() as connection:
                connection.execute(text("SELECT pg_sleep(0.5)"))
    finally:
        bound.close()


@pytest.mark.parametrize("door", ["run", "read"])
def test_a_statement_prepared_before_a_form_changed_still_answers(
    empty_database: Database, door: str
) -> None:
    with empty_database.begin() as connection:
        connection.execute(text("CREATE TABLE jianflow.sheet (a int)"))

    def read(connection: Connection) -> int:
        return len(connection.execute(text("SELECT * FROM jianflow.sheet")).keys())

    for _ in range(8):  # often enough that the driver prepares it
        assert getattr(empty_database, door)(read) == 1
    with psycopg.connect(empty_database.url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("ALTER TABLE jianflow.sheet ADD COLUMN b int")
    assert getattr(empty_database, door)(read) == 2


def test_a_pause_in_which_the_server_dropped_the_connections_is_not_noticed(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.platform.database.IDLE_BEFORE_CHECK", 0.0)
    with empty_database.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(empty_database.url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with empty_database.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != pid


def test_migrating_twice_changes_nothing(empty_database: Database) -> None:
    assert is_current(empty_database)
    migrate(empty_database)
    with empty_database.connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('jianflow.job')")) is not None
