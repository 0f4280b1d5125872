"""Titles that name a member follow when that name changes."""

from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.access.renaming import on_renamed
from engine.access.viewer import App
from engine.definitions import live as living
from engine.definitions import store
from engine.platform.errors import NotFound
from engine.platform.jobs import JobContext, enqueue, job
from engine.records.storage import titles
from engine.records.storage.tables import form_table
from engine.records.writing import following
from engine.records.writing.again import enqueue_again
from engine.records.writing.deriving import Derived, derive
from engine.records.writing.transaction import Transaction

JOB = "records.renamed"
BATCH = 500


@on_renamed
def follow(connection: Connection, member_id: int) -> None:
    """Have a job make the titles again, once the new name is committed, of each form that says it in its title."""
    for app in store.apps(connection):
        for form in living.of(connection, app).forms.values():
            for field in titles.people_in(form):
                if field.type == "member":
                    payload = {"app": app.key, "form": form.key, "field": field.key, "member": member_id}
                    enqueue(connection, JOB, payload, app_key=app.key)


@job(JOB, unfinished=enqueue_again)
def _retitle(context: JobContext, payload: dict[str, Any]) -> None:
    last = payload.get("at", {}).get("last", 0)
    try:
        while last is not None:
            last = context.database.run(partial(_portion, context, payload, last))
    except NotFound:
        return  # the app or its form is gone


def _portion(context: JobContext, payload: dict[str, Any], after: int, connection: Connection) -> int | None:
    """Make the next titles again; answers the last record, None where there were no more."""
    live = living.lock_and_load(connection, payload["app"])
    tx = Transaction(connection, live, App("renamed"), "engine")
    form = live.form(payload["form"])
    placed = form_table(connection, live, form.key).columns.get(payload["field"])
    if placed is None:
        return None
    main, column = tx.table(form.key).main, tx.table(form.key).column(payload["field"])
    named = sa.select(main.c.id).where(main.c.id > after).order_by(main.c.id).limit(BATCH)
    if column.table is not main:
        named = named.join(column.table, column.table.c.id == main.c.id)
    ids = list(connection.scalars(named.where(column == payload["member"]).with_for_update(of=main)))
    if not ids:
        return None
    derive(tx, form, Derived((), titles=True), ids)
    following.finish(tx)
    context.remember(connection, {"last": ids[-1]})
    return ids[-1]
