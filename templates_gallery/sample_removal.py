"""Taking sample data away: its rows, all of them and no other, and the people that nobody else needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, text

from engine.access.viewer import App as Engine
from engine.access.viewer import Viewer
from engine.definitions.kinds import on_app_deleted
from engine.definitions.model import App
from engine.platform.database import Database
from engine.records.storage import rows
from engine.records.storage.storage import LINKS
from engine.records.writing import rollups
from engine.records.writing.recycle import LinkPlace, links_to, purge_records
from engine.records.writing.transaction import Transaction
from engine.records.writing.write import transact
from templates_gallery.sample_people import remove_people


@dataclass(frozen=True)
class Removal:
    """What was taken away, and how many sample rows stay because rows of one's own name them."""

    records: int
    kept: int
    members: int
    departments: int


def import_of(connection: Connection, app: App) -> UUID | None:
    """By what the records of an app's sample data are known; None if it has none."""
    statement = text("SELECT import_id FROM jianflow.sample_data WHERE app_id = :app")
    found: UUID | None = connection.scalar(statement, {"app": app.id})
    return found


def remove(database: Database, app_key: str, *, author: Viewer | Engine) -> Removal:
    """Remove an app's sample data in one transaction; removing it twice changes nothing more."""

    def work(tx: Transaction) -> Removal:
        records, kept = _remove_records(tx)
        members, departments = remove_people(tx.connection, tx.live.app, author=author)
        return Removal(records, kept, members, departments)

    return transact(database, app_key, author, work, door="sample")


def _remove_records(tx: Transaction) -> tuple[int, int]:
    import_id = import_of(tx.connection, tx.live.app)
    if import_id is None:
        return 0, 0
    there = {key: _sample_ids(tx, key, import_id) for key in sorted(tx.live.forms)}
    going = {key: set(ids) for key, ids in there.items()}
    while sum(_keep_named(tx, key, going) for key in going):
        pass  # what stays may name others, which then stay too
    for key, ids in going.items():
        for record in rows.read(tx.connection, tx.table(key), sorted(ids), lock=True).values():
            rollups.note(tx, key, record.known(), None)
    rollups.lock(tx)
    for key, ids in going.items():
        purge_records(tx, key, sorted(ids))
        tx.forget(key, ids)
    kept = {key: sorted(set(there[key]) - ids) for key, ids in going.items()}
    for key, own in kept.items():
        _make_own(tx, key, own)
    tx.connection.execute(
        text("DELETE FROM jianflow.sample_data WHERE app_id = :app"), {"app": tx.live.app.id}
    )
    return sum(map(len, going.values())), sum(map(len, kept.values()))


def _make_own(tx: Transaction, form_key: str, ids: list[int]) -> None:
    """What stays is from now on a record like any other."""
    main = tx.table(form_key).main
    if ids:
        tx.connection.execute(sa.update(main).where(main.c.id.in_(ids)).values(import_id=None))


def _sample_ids(tx: Transaction, form_key: str, import_id: UUID) -> list[int]:
    main = tx.table(form_key).main
    return list(tx.connection.scalars(sa.select(main.c.id).where(main.c.import_id == import_id)))


def _keep_named(tx: Transaction, form_key: str, going: dict[str, set[int]]) -> int:
    """Let stay what records that stay (also those in the recycle bin) name; how many these were."""
    if not going[form_key]:
        return 0
    named = {
        target
        for place in links_to(tx, form_key)
        for record, target in _links(tx.connection, place, going[form_key])
        if record not in going.get(place.form.key, ())
    }
    going[form_key] -= named
    return len(named)


def _links(connection: Connection, place: LinkPlace, targets: set[int]) -> Iterator[tuple[int, int]]:
    """Pairs of a record and the target that it names in this place."""
    holder = place.table.subforms[place.field.parent.key] if place.field.parent else place.table
    if holder.columns[place.field.key][1].kind == LINKS:
        links = holder.link_tables[place.field.key]
        owner, target = links.c.record_id, links.c.target_id
    else:
        target = holder.column(place.field.key)
        owner = target.table.c.id
    statement = sa.select(owner, target).where(target.in_(targets))
    if place.field.parent:
        pairs = statement.subquery()
        rows_of = holder.main
        statement = sa.select(rows_of.c.record_id, pairs.c[1]).join(pairs, pairs.c[0] == rows_of.c.id)
    yield from connection.execute(statement)


@on_app_deleted
def forget_people(connection: Connection, app: App) -> None:
    """When an app goes, so do the sample people that only it needed."""
    remove_people(connection, app, author=Engine("sample data"), whole_app=True)
