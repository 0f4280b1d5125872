"""Changes of many records, each standing or falling for itself, in few transactions: what is pasted into a list.

They can be tried out as well, to say beforehand which of them would be refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.access.viewer import App, Viewer
from engine.platform.database import Database
from engine.platform.errors import Refusal
from engine.records.writing.transaction import Transaction
from engine.records.writing.write import Written, transact, update

TOGETHER = 50
"""So many records are changed in one transaction; nobody waits for their locks longer than that takes."""


@dataclass(frozen=True)
class Wanted:
    """What is to be changed in one record."""

    id: int
    values: Mapping[str, Any]
    version: int | None = None


def update_each(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer | App,
    changes: Sequence[Wanted],
    *,
    text: bool = False,
    door: str = "grid",
) -> list[Written | Refusal]:
    """Make the changes; answers in their order what was written, without the record, or why it was refused."""
    answers: list[Written | Refusal] = []
    for start in range(0, len(changes), TOGETHER):
        some = changes[start : start + TOGETHER]
        answers += transact(
            database,
            app_key,
            viewer,
            lambda tx, some=some: _update_some(tx, form_key, some, text),  # type: ignore[misc]
            door=door,  # type: ignore[misc]
        )
    return answers


def _update_some(
    tx: Transaction, form_key: str, changes: Sequence[Wanted], text: bool
) -> list[Written | Refusal]:
    answers: dict[int, Written | Refusal] = {}
    # By id, as every writer locks records; one that is named twice keeps its order.
    for at in sorted(range(len(changes)), key=lambda at: changes[at].id):
        answers[at] = _update(tx, form_key, changes[at], text)
    return [answers[at] for at in range(len(changes))]


def _update(tx: Transaction, form_key: str, wanted: Wanted, text: bool) -> Written | Refusal:
    try:
        with tx.attempt():
            return update(tx, form_key, wanted.id, wanted.values, version=wanted.version, text=text)
    except Refusal as refusal:
        return refusal


class _Tried(Exception):
    """Carries what was found out of a transaction that is not to stay."""

    def __init__(self, found: list[Refusal | None]) -> None:
        super().__init__("tried")
        self.found = found


def try_each(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer | App,
    changes: Sequence[Wanted],
    *,
    door: str = "grid",
) -> list[Refusal | None]:
    """Why each change would be refused if it were the only one; nothing is changed."""

    def work(tx: Transaction) -> list[Refusal | None]:
        raise _Tried([_try(tx, form_key, one) for one in changes])

    try:
        return transact(database, app_key, viewer, work, door=door)
    except _Tried as tried:
        return tried.found


def _try(outer: Transaction, form_key: str, wanted: Wanted) -> Refusal | None:
    tx = Transaction(outer.connection, outer.live, outer.viewer, outer.door, careful=True)
    savepoint = tx.connection.begin_nested()
    try:
        update(tx, form_key, wanted.id, wanted.values, version=wanted.version)
    except Refusal as refusal:
        return refusal
    finally:
        savepoint.rollback()
    return None
