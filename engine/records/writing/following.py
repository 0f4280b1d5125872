"""What follows at the end of a write, before it is committed: rollups, the search index."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection

from engine.definitions import live as living
from engine.fields.form import Form
from engine.platform.errors import Fault, NotFound
from engine.platform.i18n import Text
from engine.platform.jobs import JobContext, enqueue, job
from engine.records.reading import search
from engine.records.reading.unsettled import converting
from engine.records.writing import rollups
from engine.records.writing.again import enqueue_again
from engine.records.writing.incoming import place_fault
from engine.records.writing.rules import made_rows
from engine.records.writing.transaction import Transaction

INDEXED_AT_ONCE = 2000
"""So many records are put into the search in the write itself; more by a job."""


def finish(tx: Transaction) -> None:
    """Do everything that is still open."""
    settle(tx)
    if tx.rows_made:
        made_rows.keep(tx)
    if tx.to_index:
        for form_key, ids in sorted(tx.to_index.items()):
            if len(ids) > INDEXED_AT_ONCE:
                index_later(tx, form_key, ids)
            elif ids:
                search.index(tx.connection, tx.live, form_key, sorted(ids))
        tx.to_index = {}


def index_later(tx: Transaction, form_key: str, ids: Collection[int]) -> list[str]:
    """Have a job put these records into the search; answers its id."""
    payload = {"app": tx.live.app.key, "form": form_key, "ids": _spans(ids)}
    return [enqueue(tx.connection, "records.search", payload, app_key=tx.live.app.key)]


def _spans(ids: Collection[int]) -> list[list[int]]:
    """Numbers that follow each other as first and last."""
    if ids and (first := min(ids)) + len(ids) - 1 == (last := max(ids)):
        return [[first, last]]
    spans: list[list[int]] = []
    for one in sorted(ids):
        if spans and spans[-1][1] == one - 1:
            spans[-1][1] = one
        else:
            spans.append([one, one])
    return spans


@job("records.search", unfinished=enqueue_again)
def _index(context: JobContext, payload: dict[str, Any]) -> None:
    try:
        if "ids" in payload:
            _index_these(context, payload)
        else:
            _index_all(context, payload["app"], payload["form"])
    except NotFound:
        return  # the app is gone


def _index_these(context: JobContext, payload: dict[str, Any]) -> None:
    for first, last in payload["ids"]:
        for start in range(first, last + 1, INDEXED_AT_ONCE):
            ids = range(start, min(last + 1, start + INDEXED_AT_ONCE))

            def work(connection: Connection, ids: range = ids) -> None:
                live = living.lock_and_load(connection, payload["app"])
                if payload["form"] in live.forms:
                    search.index(connection, live, payload["form"], ids)

            context.database.run(work)
            context.check_cancelled()


def _index_all(context: JobContext, app_key: str, form_key: str) -> None:
    """Put all records of a form into the search, after an upgrade that searches more of them."""
    last: int | None = 0
    while last is not None:

        def work(connection: Connection, after: int = last) -> int | None:
            live = living.lock_and_load(connection, app_key)
            return search.rebuild(connection, live, form_key, after) if form_key in live.forms else None

        last = context.database.run(work)
        context.check_cancelled()


def settle(tx: Transaction) -> None:
    """Bring what depends on the written records up to date, so that they can be read as they will be."""
    if tx.touched:
        rollups.settle(tx)


def refuse_building(
    tx: Transaction, form: Form, changed: Iterable[str], pointer: str, faults: list[Fault]
) -> None:
    """Faults for changed fields whose values, or columns' values, are still being converted in the background."""
    for key in sorted(converting(form, tx.table(form.key)) & set(changed)):
        field = form.field(key)
        if field is not None:
            said = Text("正在转换，稍后才能修改", "Is being converted and can be changed in a moment")
            faults.append(place_fault(pointer, field, "building", said))
