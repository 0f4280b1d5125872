"""What a write sees of the app that it writes into."""

import threading

from engine.definitions import live, locks, store
from engine.platform.database import Database


def test_who_waited_for_a_publication_sees_what_it_published(database: Database) -> None:
    with database.begin() as connection:
        app, _ = store.create_with(connection, {("app", "app"): {"name": "Locked"}}, author=None)
    seen: list[int] = []
    asking = threading.Event()

    def write() -> None:
        with database.begin() as connection:
            asking.set()
            seen.append(live.lock_and_load(connection, app.key).app.live_version)

    with database.begin() as publishing:
        locks.hold(publishing, locks.app_lock(app.key))
        writer = threading.Thread(target=write)
        writer.start()
        asking.wait(5)
        while not publishing.exec_driver_sql(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND mode = 'ShareLock'"
        ).first():
            pass
        publishing.exec_driver_sql(
            "UPDATE jianflow.app SET live_version = live_version + 1 WHERE key = %s", (app.key,)
        )
    writer.join(5)
    assert seen == [app.live_version + 1]
