"""Two people changed one record: what each of them changed, and what only a person can decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from werkzeug.datastructures import MultiDict

from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.fields.base import RowValues
from engine.fields.failed import value_json
from engine.fields.form import Field, Form
from engine.platform.errors import Stale
from engine.platform.i18n import Text, current_language
from engine.records.reading.query import Record
from engine.records.writing import preview
from engine.web.record import rendering

TAKE = "_take."
THEIRS = "theirs"


@dataclass(frozen=True)
class Clash:
    """A field that both have changed, each to something else."""

    key: str
    label: str
    theirs: str
    mine: str


@dataclass(frozen=True)
class Merge:
    """What is still to be written of one's own, and where the two exclude each other."""

    values: Mapping[str, Any]
    clashes: list[Clash]
    who: str


def merge(
    connection: Connection,
    live: LiveApp,
    form: Form,
    viewer: Viewer,
    now: Record,
    values: Mapping[str, Any],
    stale: Stale,
) -> Merge:
    """Field by field: what one has not touched stays as the other saved it."""
    before = {one["field"]: _plain(one["base"]) for one in stale.details["changed"]}
    previewed = preview.preview(connection, live, form.key, viewer, values, record_id=now.id)
    mine = previewed.values
    unreadable = {fault.pointer.removeprefix("/values/").split("/")[0] for fault in previewed.faults}
    owner = values.get("owner")
    kept, clashes = {}, []
    for key, raw in values.items():
        field = form.field(key)
        if field is None or key not in before:
            kept[key] = raw
            continue
        own = int(owner) if key == "owner" and owner else mine.get(key)
        said, theirs = _plain(_json(own, field)), _plain(_json(now.value(key), field))
        if key not in unreadable and said in (before[key], theirs):
            continue
        kept[key] = raw
        clashes.append(
            Clash(key, field.name(), _words(now.value(key), field, viewer), _typed(own, raw, field, viewer))
        )
    return Merge(kept, clashes, str(stale.message))


def chosen(values: Mapping[str, Any], sent: MultiDict[str, str]) -> dict[str, Any]:
    """The values without those for which the other's were chosen."""
    return {key: value for key, value in values.items() if sent.get(f"{TAKE}{key}") != THEIRS}


def _json(value: Any, field: Field) -> Any:
    return value_json(value, field)


def _plain(value: Any) -> Any:
    """A value without titles, so that two of them can be compared."""
    if isinstance(value, Mapping):
        if "id" in value and "title" in value:
            return value["id"]
        return {key: _plain(one) for key, one in value.items() if _plain(one) is not None}
    if isinstance(value, list):
        return [_plain(one) for one in value] or None
    return None if value in ("", False) else value


def _words(value: Any, field: Field, viewer: Viewer) -> str:
    if field.children:
        return str(Text("{n} 行", "{n} rows", n=len(value or ())))
    return field.kind.display(value, field, current_language(), viewer.time_zone)


def _typed(value: Any, raw: Any, field: Field, viewer: Viewer) -> str:
    if isinstance(value, list) and value and isinstance(value[0], RowValues):
        return _words(value, field, viewer)
    if getattr(field.kind, "refers_to", None) is None and value is not None:
        return rendering.typed_text(field, value, viewer.time_zone)
    return "、".join(map(str, raw)) if isinstance(raw, list) else str(raw or "")
