"""Which records the rows of a file change: found by the fields that identify them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.exchange.batch import Batch
from engine.exchange.names import same
from engine.fields.form import Field, Form
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text
from engine.records.bulk.write import LATER
from engine.records.reading.query import Query, query
from engine.records.reading.visible import access_for

AT_ONCE = 500


class Matches:
    """Finds for each row the one record with the same values in `fields`."""

    def __init__(
        self, connection: Connection, live: LiveApp, form: Form, viewer: Viewer, keys: Sequence[str]
    ) -> None:
        self.connection = connection
        self.live = live
        self.form = form
        self.viewer = viewer
        self.fields = match_fields(live, form, viewer, keys)

    def find(self, batch: Batch) -> dict[int, int | None]:
        """The record of each row by the row's number; None where several records match."""
        first = self.fields[0]
        columns = [batch.columns.get(one.key) or [None] * len(batch.numbers) for one in self.fields]
        wanted = {
            _key(first, value): value for value in columns[0] if value is not None and value is not LATER
        }
        known: dict[tuple[str, ...], int | None] = {}
        values = list(wanted.values())
        for start in range(0, len(values), AT_ONCE):
            part = [first.kind.to_json(value, first) for value in values[start : start + AT_ONCE]]
            self._read({"field": first.key, "op": "in", "value": [_sent(one) for one in part]}, known)
        found: dict[int, int | None] = {}
        for number, *row in zip(batch.numbers, *columns, strict=True):
            place = tuple(_key(one, value) for one, value in zip(self.fields, row, strict=True))
            if place in known and row[0] is not None:
                found[number] = known[place]
        return found

    def _read(self, where: dict[str, Any], known: dict[tuple[str, ...], int | None]) -> None:
        cursor: str | None = None
        while True:
            wanted = Query(
                where=where, fields=tuple(one.key for one in self.fields), limit=1000, cursor=cursor
            )
            page = query(self.connection, self.live, self.form.key, self.viewer, wanted)
            for record in page.records:
                place = tuple(_key(one, record.value(one.key)) for one in self.fields)
                known[place] = None if place in known else record.id
            cursor = page.next_cursor
            if cursor is None:
                return


def _key(field: Field, value: Any) -> str:
    value = getattr(value, "id", value)
    return same(value) if isinstance(value, str) else str(field.kind.comparable(value))


def _sent(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) and "id" in value else value


def match_fields(live: LiveApp, form: Form, viewer: Viewer, keys: Sequence[str]) -> list[Field]:
    """The fields by which records are matched; raises Invalid for each that cannot be, or that the viewer does not see."""
    if not keys:
        return []
    access = access_for(live, form, viewer)
    found: list[Field] = []
    faults: list[Fault] = []
    for number, key in enumerate(keys):
        field = form.field(key)
        if (
            field is None
            or field.parent is not None
            or field.kind.multiple
            or field.live
            or access.never(key)
        ):
            said = Text("不能按“{name}”对应记录", "Records cannot be matched by “{name}”", name=key[:80])
            faults.append(Fault(f"/match_on/{number}", "unknown_field", said))
        else:
            found.append(field)
    if faults:
        raise Invalid(faults[0].message, faults)
    return found
