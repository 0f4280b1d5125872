"""Sample data as it lies beside a template: sheets of rows that name each other, with days counted from today."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engine.fields.base import ParseContext, RowValues
from engine.fields.form import Field, Form

ME = "@me"
PEOPLE = ("departments", "members")
SYSTEM = ("owner", "created_at")
LINKING = ("link", "links")
SEPARATOR = ";"


@dataclass(frozen=True)
class SampleRow:
    """A row of a form's sheet, with the rows of its subforms' sheets."""

    reference: str
    cells: Mapping[str, str]
    subforms: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class SampleSheets:
    """The sheets of a template: its people, and per form its rows."""

    departments: list[dict[str, str]]
    members: list[dict[str, str]]
    forms: dict[str, list[SampleRow]]


@dataclass(frozen=True)
class Names:
    """What the cells' words stand for on the day of cloning."""

    time_zone: str
    today: date
    members: Mapping[str, int]
    departments: Mapping[str, int]
    records: Mapping[str, int]


def read_sheets(folder: Path) -> SampleSheets:
    """The sheets in `folder`; a subform's sheet is called `<form>.<subform>.csv`."""
    sheets = {path.stem: _read(path) for path in sorted(folder.glob("*.csv"))}
    people = [sheets.pop(name, []) for name in PEOPLE]
    forms = {
        name: [SampleRow(row.pop("_ref"), row) for row in rows]
        for name, rows in sheets.items()
        if "." not in name
    }
    for name, rows in sheets.items():
        form, dot, subform = name.partition(".")
        if dot:
            by_reference = {row.reference: row for row in forms[form]}
            for row in rows:
                by_reference[row.pop("_parent")].subforms.setdefault(subform, []).append(row)
    return SampleSheets(people[0], people[1], forms)


def in_loading_order(
    sheets: SampleSheets, form_of: Callable[[str], Form]
) -> Iterator[tuple[str, list[SampleRow]]]:
    """Portions of rows of one form, each after all rows that it names."""
    waiting = {key: list(rows) for key, rows in sheets.forms.items() if rows}
    named = {
        row.reference: frozenset(_references(row, form_of(key)))
        for key, rows in waiting.items()
        for row in rows
    }
    loaded: set[str] = set()
    while waiting:
        ready = {
            key: [row for row in rows if named[row.reference] <= loaded] for key, rows in waiting.items()
        }
        # A whole form before a part of one, so that there are few portions.
        key = max(ready, key=lambda one: (len(ready[one]) == len(waiting[one]), len(ready[one])))
        if not ready[key]:
            raise ValueError(f"rows name each other in a circle or what does not exist: {', '.join(waiting)}")
        yield key, ready[key]
        loaded.update(row.reference for row in ready[key])
        waiting[key] = [row for row in waiting[key] if row.reference not in loaded]
        waiting = {one: rows for one, rows in waiting.items() if rows}


def values_of(row: SampleRow, form: Form, names: Names) -> dict[str, Any]:
    """The row's values as records are written with them; `owner` and `created_at` are among them."""
    values = {key: _value(cell, form.field(key), key, names) for key, cell in row.cells.items()}
    for subform, rows in row.subforms.items():
        parent = form.field(subform)
        assert parent is not None, subform
        values[subform] = [
            RowValues(None, {key: _value(cell, parent.child(key), key, names) for key, cell in one.items()})
            for one in rows
        ]
    return values


def _value(cell: str, column: Field | None, key: str, names: Names) -> Any:
    if column is None:
        raise LookupError(f"the sample data has a column {key!r} that the form does not have")
    if not cell:
        return None
    match column.type:
        case "link":
            return names.records[cell]
        case "links":
            return [names.records[part] for part in cell.split(SEPARATOR)]
        case "member":
            return names.members[cell]
        case "members":
            return [names.members[part] for part in cell.split(SEPARATOR)]
        case "department":
            return names.departments[cell]
        case "departments":
            return [names.departments[part] for part in cell.split(SEPARATOR)]
        case "date" | "datetime" if cell.startswith("@"):
            return _moment(cell, column.type, names)
        case "switch":
            return cell == "true"
        case "multi_select" | "checkboxes":
            return cell.split(SEPARATOR)
    return column.kind.parse(cell, column, ParseContext(time_zone=names.time_zone))


def _moment(cell: str, kind: str, names: Names) -> date | datetime:
    """`@-12` is twelve days ago; a point in time without one of day is in the morning."""
    days, _, clock = cell[1:].partition("T")
    day = names.today + timedelta(days=int(days))
    if kind == "date":
        return day
    local = datetime.combine(day, time.fromisoformat(clock or "09:30"), ZoneInfo(names.time_zone))
    return local.astimezone(timezone.utc)


def _references(row: SampleRow, form: Form) -> Iterator[str]:
    yield from _named(row.cells, form.field)
    for subform, rows in row.subforms.items():
        parent = form.field(subform)
        assert parent is not None, subform
        for one in rows:
            yield from _named(one, parent.child)


def _named(cells: Mapping[str, str], column_of: Callable[[str], Field | None]) -> Iterator[str]:
    for key, cell in cells.items():
        column = column_of(key)
        if cell and column is not None and column.type in LINKING:
            yield from cell.split(SEPARATOR)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
