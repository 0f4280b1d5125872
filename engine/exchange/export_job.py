"""Exports: the chosen records as .xlsx or .csv, read in one snapshot and written piece by piece."""

import csv
import io
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from engine.access.grants import require
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live as living
from engine.definitions.model import LiveApp
from engine.exchange import upload
from engine.fields.base import RowValues
from engine.fields.failed import Failed
from engine.fields.form import SYSTEM_FIELDS, Field, Form
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text, say
from engine.platform.jobs import JobContext, enqueue, job
from engine.records.reading.query import Query, count, query, readable_fields, stream
from engine.records.reading.record import Record
from engine.records.reading.rights import Rights, matching
from engine.records.reading.visible import access_for, access_of
from engine.records.storage.tables import form_table

EXPORT = "exchange.export"
FORMATS = ("xlsx", "csv")
MOST_ROWS = 1_048_575
SYSTEM_COLUMNS = ("id", "owner", "created_at", "created_by", "updated_at", "updated_by")
# A cell that begins with one of these would be run as a formula by a spreadsheet.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")

WriteRow = Callable[[Sequence[Any]], None]


def start(
    connection: Connection, app_key: str, form_key: str, viewer: Viewer, sent: Mapping[str, Any]
) -> str:
    """Check what was sent and write the job; answers its id. Raises Forbidden, or Invalid with each wrong place."""
    live = living.load(connection, app_key)
    form = live.form(form_key)
    require(live, viewer, form_key, "read")
    require(live, viewer, form_key, "export")
    if sent.get("format", "xlsx") not in FORMATS:
        raise Invalid.at("/format", "wrong_value", Text("格式应是 xlsx 或 csv", "The format is xlsx or csv"))
    _fields(live, form, viewer, sent.get("fields"))
    query(connection, live, form_key, viewer, replace(_query(sent), limit=1))  # refuses a wrong sort too
    payload = {name: sent.get(name) for name in ("format", "where", "fields", "sort", "search")}
    return enqueue(
        connection,
        EXPORT,
        {**payload, "app": app_key, "form": form_key},
        member_id=viewer.member_id,
        app_key=app_key,
    )


@job(EXPORT)
def run(context: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Write the file and put it into the store; the result's `file` is its id."""
    started = time.monotonic()
    with context.database.snapshot() as connection, tempfile.TemporaryDirectory() as folder:
        viewer = viewer_for(connection, context.member_id or 0)
        live = living.load(connection, payload["app"])
        form = live.form(payload["form"])
        require(live, viewer, form.key, "export")
        fields = _fields(live, form, viewer, payload.get("fields"))
        wanted = _query(payload)
        total, _ = count(connection, live, form.key, viewer, wanted)
        path = Path(folder) / f"export.{payload.get('format') or 'xlsx'}"
        done = written = 0
        hidden = _Hidden(live, form, fields)
        wanted = Query(
            where=wanted.where,
            sort=wanted.sort,
            search=wanted.search,
            fields=tuple(dict.fromkeys((one.parent or one).key for one in fields)),
        )
        lines = 0
        with _writer(path, fields, viewer) as write:
            for records in stream(connection, live, form.key, viewer, wanted):
                held = allowed(connection, live, form, viewer, [record.id for record in records])
                for record in records:
                    rights = held.get(record.id)
                    if rights is not None:
                        left_out = hidden.of(rights)
                        for row in _rows(record, fields, left_out):
                            write(row)
                            lines += 1
                        written += 1
                done += len(records)
                if max(done, lines) > MOST_ROWS and path.suffix == ".xlsx":
                    raise Invalid(_too_many())
                context.progress(done, total, done / max(0.001, time.monotonic() - started))
        name = f"{form.name(viewer.language)}{path.suffix}"
        with context.database.begin() as writing, path.open("rb") as content:
            stored = upload.files().store(writing, cast(IO[bytes], content), name, owner=viewer.member_id)
    return {
        "file": stored.id,
        "rows": written,
        "url": f"/files/{stored.id}",
        "message": say("已导出 {n} 条", "{n} records exported", n=f"{written:,}"),
    }


def allowed(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer, ids: Sequence[int]
) -> dict[int, Rights]:
    """What the grants to export allow in each of these records; one that none allows is missing."""
    grants = require(live, viewer, form.key, "export")
    return matching(connection, live, form_table(connection, live, form.key), viewer, grants, ids)


class _Hidden:
    """The fields that the grants of a row do not let out, be it for what they read."""

    def __init__(self, live: LiveApp, form: Form, fields: Sequence[Field]) -> None:
        self.live = live
        self.form = form
        self.fields = fields
        self._known: dict[tuple[int, ...], frozenset[str]] = {}

    def of(self, rights: Rights) -> frozenset[str]:
        """Their paths, for a row in which these grants hold."""
        place = tuple(id(grant) for grant in rights.grants)
        if place not in self._known:
            access = access_of(self.live, self.form, rights.grants)
            self._known[place] = frozenset(one.path for one in self.fields if access.never(one.path))
        return self._known[place]


def _rows(record: Record, fields: Sequence[Field], hidden: Collection[str]) -> Iterator[list[Any]]:
    """The record's rows as an import reads them: one for each line of a subform, its own columns in the first only."""
    lines = {one.parent.key: record.value(one.parent.key) or () for one in fields if one.parent is not None}
    for at in range(max([1, *map(len, lines.values())])):
        yield [_value(record, one, hidden, lines, at) for one in fields]


def _value(
    record: Record, field: Field, hidden: Collection[str], lines: Mapping[str, Sequence[RowValues]], at: int
) -> Any:
    if field.path in hidden and field.key != "id":
        return None
    if field.parent is not None:
        rows = lines[field.parent.key]
        return rows[at].values.get(field.key) if at < len(rows) else None
    return None if at else record.value(field.key)


def _query(sent: Mapping[str, Any]) -> Query:
    return Query.read(
        {name: sent[name] for name in ("where", "sort", "search") if sent.get(name) not in (None, "")}
    )


def _fields(live: LiveApp, form: Form, viewer: Viewer, keys: Any) -> list[Field]:
    exported = access_of(live, form, require(live, viewer, form.key, "export"))
    readable = {
        one.key: one
        for one in readable_fields(live, form.key, viewer)
        if not exported.never(one.path) and not one.kind.layout_only and not _is_table(one)
    }
    if keys is None:
        return [
            SYSTEM_FIELDS["id"],
            *(one for one in readable.values() if not one.system),
            *_system(readable),
        ]
    known = readable | {key: SYSTEM_FIELDS[key] for key in SYSTEM_COLUMNS}
    tables = {one.key: _columns(live, form, viewer, one) for one in tables_of(live, form, viewer)}
    known |= {column.path: column for columns in tables.values() for column in columns}
    faults = [
        Fault(
            f"/fields/{number}",
            "unknown_field",
            Text("没有字段“{key}”", "There is no field “{key}”", key=str(key)[:100]),
        )
        for number, key in enumerate(keys)
        if key not in known and key not in tables
    ]
    if faults:
        raise Invalid(Text("导出有误", "The export is wrong"), faults)
    chosen = [one for key in keys for one in tables.get(key) or [known[key]]]
    return list({one.path: one for one in chosen}.values())


def tables_of(live: LiveApp, form: Form, viewer: Viewer) -> list[Field]:
    """The subforms of which the viewer may export a column."""
    return [one for one in form.fields if one.type == "subform" and _columns(live, form, viewer, one)]


def _columns(live: LiveApp, form: Form, viewer: Viewer, subform: Field) -> list[Field]:
    exported = access_of(live, form, require(live, viewer, form.key, "export"))
    read = access_for(live, form, viewer)
    return [
        one
        for one in subform.children
        if not one.kind.layout_only and not any(access.never(one.path) for access in (exported, read))
    ]


def header_of(field: Field, language: str) -> str:
    """What a column is called; one of a subform so that an import finds it again."""
    return f"{field.parent.name(language)}.{field.name(language)}" if field.parent else field.name(language)


def _system(readable: Mapping[str, Field]) -> list[Field]:
    return [SYSTEM_FIELDS[key] for key in SYSTEM_COLUMNS[1:]]


def _is_table(field: Field) -> bool:
    return field.type == "subform" or (field.type == "lookup" and not field.get("via"))


@contextmanager
def _writer(path: Path, fields: Sequence[Field], viewer: Viewer) -> Iterator[WriteRow]:
    with (_excel if path.suffix == ".xlsx" else _csv)(path, fields, viewer) as write:
        yield write


@contextmanager
def _excel(path: Path, fields: Sequence[Field], viewer: Viewer) -> Iterator[WriteRow]:
    zone = ZoneInfo(viewer.time_zone)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    import xlsxwriter  # only here: it would be loaded at every start

    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        formats = [_cell_format(book, field) for field in fields]
        for column, field in enumerate(fields):
            sheet.set_column(column, column, 18)
            sheet.write_string(0, column, header_of(field, viewer.language), bold)
        sheet.freeze_panes(1, 0)
        at = 0

        def write(values: Sequence[Any]) -> None:
            nonlocal at
            at += 1
            for column, (field, value) in enumerate(zip(fields, values, strict=True)):
                if value is None or value == []:
                    continue
                if isinstance(value, (Decimal, int)) and not isinstance(value, bool) and _fits_double(value):
                    sheet.write_number(at, column, float(value), formats[column])
                elif isinstance(value, datetime):
                    local = value.astimezone(zone).replace(tzinfo=None)
                    sheet.write_datetime(at, column, local, formats[column])
                elif isinstance(value, date) and value.year >= 1900:
                    moment = datetime(value.year, value.month, value.day)
                    sheet.write_datetime(at, column, moment, formats[column])
                else:
                    sheet.write_string(at, column, _text(field, value, viewer)[:32_767])

        yield write


@contextmanager
def _csv(path: Path, fields: Sequence[Field], viewer: Viewer) -> Iterator[WriteRow]:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        out = csv.writer(cast(io.TextIOBase, stream))
        out.writerow([_safe(header_of(field, viewer.language)) for field in fields])

        def write(values: Sequence[Any]) -> None:
            out.writerow(
                [_csv_cell(field, value, viewer) for field, value in zip(fields, values, strict=True)]
            )

        yield write


def _csv_cell(field: Field, value: Any, viewer: Viewer) -> str:
    if isinstance(value, Decimal):
        if field.value_field.type == "percent":
            return _text(field, value, viewer)  # 100%: a bare 1 may be read as 1%
        return str(field.value_field.kind.to_json(value, field.value_field))
    return _safe(_text(field, value, viewer))


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(DANGEROUS) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        Decimal(text)
    except ArithmeticError:
        return False
    return True


def _text(field: Field, value: Any, viewer: Viewer) -> str:
    if isinstance(value, Failed):
        return str(value.code)
    return field.kind.display(value, field, viewer.language, viewer.time_zone)


def _cell_format(book: Any, field: Field) -> Any:
    basis = field.value_field
    if basis.type in ("money", "number", "percent") or field.kind.align == "end":
        places = basis.get("decimals", 2 if basis.type == "money" else None)
        if basis.type == "percent":
            places = basis.get("decimals", 2)
            return book.add_format({"num_format": f"0.{'0' * places}%" if places else "0%"})
        shape = "#,##0" if basis.type == "money" else "0"
        return (
            book.add_format({"num_format": shape + ("." + "0" * places if places else "")})
            if places is not None
            else None
        )
    if basis.type == "date":
        return book.add_format({"num_format": "yyyy-mm-dd"})
    if basis.type == "datetime":
        return book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    return None


def _fits_double(value: Decimal | int) -> bool:
    """Whether a spreadsheet keeps every digit; it has 15."""
    return len(Decimal(value).normalize().as_tuple().digits) <= 15


def _too_many() -> Text:
    return Text(
        "Excel 工作表最多 {n} 行，请改用 CSV 或缩小范围",
        "An Excel sheet holds {n} rows; use CSV or fewer records",
        n=f"{MOST_ROWS:,}",
    )
