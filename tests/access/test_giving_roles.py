"""Two administrators give a role at the same moment: both go through, and neither takes back what the other gave."""

import threading
import time
from collections.abc import Callable

from sqlalchemy import Connection, text

from engine.access import people, roles
from engine.access.member_values import MemberValues
from engine.access.viewer import App
from engine.definitions import live
from engine.platform.database import Database
from tests.records.making import form, make_app
from tests.records.making import text as text_field

AUTHOR = App("test")
SELLER = {"key": "seller", "name": "销售", "grants": {}}
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


def together(
    database: Database, first: Callable[[Connection], object], second: Callable[[Connection], object]
) -> None:
    """The second begins before the first has ended."""
    failed: list[Exception] = []

    def run() -> None:
        try:
            with database.begin() as connection:
                second(connection)
        except Exception as error:
            failed.append(error)

    other = threading.Thread(target=run)
    with database.begin() as connection:
        first(connection)
        other.start()
        until = time.monotonic() + 20
        with database.connect() as watching:
            while other.is_alive() and not watching.scalar(WAITING) and time.monotonic() < until:
                time.sleep(0.02)
    other.join(20)
    assert failed == []


def test_two_who_give_a_role_at_once_lose_nobody(database: Database) -> None:
    app = make_app(database, form("deal", text_field()), roles=(SELLER,))
    with database.begin() as connection:
        one, two = (
            people.create(connection, MemberValues.read({"name": name}), author=AUTHOR).id for name in "甲乙"
        )
        known = live.load(connection, app)
    together(
        database,
        lambda connection: roles.give(connection, known, "seller", one, author=AUTHOR),
        lambda connection: roles.give(connection, known, "seller", two, author=AUTHOR),
    )
    together(
        database,
        lambda connection: roles.assign(connection, known, "seller", [one, two], [], author=AUTHOR),
        lambda connection: roles.assign(connection, known, "seller", [two, one], [], author=AUTHOR),
    )
    with database.connect() as connection:
        assert set(roles.assignment(connection, known.app.id, "seller").members) == {one, two}
