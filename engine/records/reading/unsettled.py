"""Which fields' values are stale: a job is still bringing the sums of very many records up to date."""

from sqlalchemy import Connection, text

from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.records.storage.computed import computations
from engine.records.storage.tables import FormTable, form_table

JOB = "records.follow"
"""The kind of job that does that."""


def converting(form: Form, table: FormTable) -> frozenset[str]:
    """The fields (a subform for its columns) whose values are on their way into a new type, and can't be changed."""
    if not table.building:
        return frozenset()
    fields = ((path, form.field(path)) for path in table.building)
    return frozenset(
        path.partition(".")[0] for path, field in fields if field is not None and not field.kind.computed
    )


def stale(connection: Connection, live: LiveApp, form: Form) -> frozenset[str]:
    """The fields of a form whose values a job is still at: rollups, converted ones, and what is worked out from them."""
    comps = computations(live, form.key)
    table = form_table(connection, live, form.key)
    found = set(converting(form, table))
    if not comps.rollups:
        return frozenset(found | {one.path for one in comps.after(found)}) if found else frozenset()
    found |= {one.path for one in comps.rollups if one.path in table.building}
    found.update(
        connection.execute(_UNDER_WAY, {"name": JOB, "app": live.app.key, "form": form.key}).scalars()
    )
    return frozenset(found | {one.path for one in comps.after(found)}) if found else frozenset()


_UNDER_WAY = text(
    " UNION ".join(
        "SELECT payload->>'path' FROM jianflow.job"
        f" WHERE state = '{state}' AND name = :name AND app_key = :app AND payload->>'form' = :form"
        for state in ("queued", "running")
    )
)
