"""What a linkage finds in the other form, newest first, as the one who fills the form may read it (or the app)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.access.grants import grants
from engine.access.viewer import App, Viewer
from engine.fields.form import Form
from engine.platform.errors import Forbidden, Invalid
from engine.records.reading.bare_values import as_kept, filled
from engine.records.reading.visible import access_for
from engine.records.writing.rules.held import Held
from engine.records.writing.rules.linkage import Linkage
from engine.records.writing.transaction import Transaction

MOST_ROWS = 200
NEWEST = ({"field": "created_at", "desc": True},)


@dataclass(frozen=True)
class Found:
    """A record, or a row of one, with its values by the paths that the linkage names."""

    id: int | None
    values: Mapping[str, Any]


def find(
    tx: Transaction,
    form: Form,
    rule: Linkage,
    held: Held,
    most: int,
    looked_up: dict[Any, Any] | None = None,
) -> list[Found]:
    """What the condition finds for the record at hand; `looked_up` keeps it for the records of one load."""
    asked: list[Any] = []

    def current(key: str) -> Any:
        asked.append(held.value(key))
        return asked[-1]

    where = filled(rule.where, current)
    if all(one is None or one == [] for one in asked):
        return []
    own_id = held.known.get("id")
    if looked_up is None:
        return _look_up(tx, form, rule, where, most, own_id)
    place = (form.key, rule.key, repr(asked), own_id if rule.form == form.key else None)
    if place not in looked_up:
        looked_up[place] = _look_up(tx, form, rule, where, most, own_id)
    return looked_up[place]  # type: ignore[no-any-return]


def reader(tx: Transaction, rule: Linkage) -> Viewer | App:
    """With whose rights a linkage reads."""
    return App("linkage") if rule.with_app else tx.viewer


def _look_up(
    tx: Transaction, form: Form, rule: Linkage, where: Any, most: int, own_id: int | None
) -> list[Found]:
    from engine.records.reading.query import Query, query

    viewer = reader(tx, rule)
    other = tx.live.forms.get(rule.form)
    if other is None:
        return []
    if isinstance(viewer, Viewer) and not grants(tx.live, viewer, other.key, "read"):
        return []
    if other.key == form.key and own_id is not None:
        where = {"all": [where, {"field": "id", "op": "ne", "value": own_id}]}
    access = access_for(tx.live, other, viewer)
    wanted = [rule.source_rows] if rule.source_rows else [source for _, source in rule.pairs]
    fields = [key for key in dict.fromkeys(wanted) if not access.never(key)]
    sort = [one for one in rule.sort or NEWEST if not access.never(str(one["field"]))]
    limit = 1 if rule.source_rows else most
    try:
        asking = Query(where=where, sort=sort, fields=fields, limit=limit)
        records = query(tx.connection, tx.live, other.key, viewer, asking).records
    except (Invalid, Forbidden):
        return []  # the condition names what this person may not know of
    if not rule.source_rows:
        return [
            Found(record.id, {source: as_kept(record.value(source)) for source in wanted})
            for record in records
        ]
    rows = records[0].value(rule.source_rows) if records else ()
    before = f"{rule.source_rows}."
    return [
        Found(row.id, {before + key: as_kept(value) for key, value in row.values.items()})
        for row in (rows or ())[:most]
    ]
