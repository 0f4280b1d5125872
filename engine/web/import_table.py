"""The import's second step as the page shows it: columns with their targets, the first rows, what was found."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.exchange.clean import shown_cell
from engine.exchange.mapping import DATE_ORDERS
from engine.exchange.targets import Targets
from engine.exchange.understanding import Understanding, preview_rows
from engine.fields.form import Form
from engine.platform.i18n import Text, label_text

ROWS = 50
ORDER_WORDS = {
    "YYYY-MM-DD": Text("年-月-日", "year-month-day"),
    "MM/DD/YYYY": Text("月/日/年", "month/day/year"),
    "DD/MM/YYYY": Text("日/月/年", "day/month/year"),
}
MISSING_WORDS = {
    "empty": Text("没有则留空", "leave empty if missing"),
    "create": Text("没有则新建", "create if missing"),
    "reject": Text("没有则不导入", "leave the row out if missing"),
}


@dataclass(frozen=True)
class Target:
    """A field that a column may go into."""

    path: str
    label: str
    icon: str
    group: str = ""


@dataclass(frozen=True)
class ImportColumn:
    """A column of the file with where it goes and how it is read."""

    header: str
    target: str | None
    icon: str
    note: str
    number: bool
    order: str | None = None
    orders: list[tuple[str, str]] = attribute(default_factory=list)
    missing: str | None = None
    kind: str = ""


@dataclass(frozen=True)
class ImportCell:
    """A cell of the preview."""

    text: str
    level: str = ""
    message: str = ""


@dataclass(frozen=True)
class ImportTable:
    """Everything that the second step draws."""

    columns: list[ImportColumn]
    rows: list[tuple[int, list[ImportCell]]]
    targets: list[Target]
    total: int


def targets(live: LiveApp, form: Form, viewer: Viewer) -> list[Target]:
    """The fields that may be chosen, subforms' columns under their subform's name."""
    return [
        Target(one.path, one.name(), one.kind.icon, one.parent.name() if one.parent else "")
        for one in Targets.of(live, form, viewer).all()
    ]


def table(
    form: Form, understood: Understanding, faults: Mapping[tuple[int, str], tuple[str, str]]
) -> ImportTable:
    """The table; `faults` are (level, sentence) by row number and header."""
    columns = [_column(form, understood, header) for header in understood.header.names]
    rows = [
        (
            number,
            [
                ImportCell(
                    shown_cell(row[at] if at < len(row) else None),
                    *faults.get((number, column.header), ("", "")),
                )
                for at, column in enumerate(columns)
            ],
        )
        for number, row in preview_rows(understood, ROWS)
    ]
    return ImportTable(columns, rows, targets(form), understood.rows)


def _column(form: Form, understood: Understanding, header: str) -> ImportColumn:
    mapping, content = understood.mapping, understood.contents[header]
    target = mapping.columns.get(header)
    field = form.field(target) if target else None
    number = content.type in ("number", "money", "percent")
    if target is not None and target in mapping.new_fields:
        return ImportColumn(header, target, "plus", str(Text("新字段", "new field")), number)
    if field is None:
        return ImportColumn(header, None, "ban", "", number)
    notes, missing, kind = [], None, ""
    if field.type in ("link", "links"):
        rule = mapping.links[field.path]
        other = form.other(field.get("form"))
        by = other.field(rule.by).name() if other and other.field(rule.by) else rule.by
        notes.append(str(Text("关联 · 按{by}", "linked by {by}", by=by)))
        missing, kind = rule.missing, "links"
    elif field.type in ("member", "members"):
        notes.append(str(Text("按姓名", "by name")))
        missing, kind = mapping.members[field.path].missing, "members"
    elif field.unique == "must":
        notes.append(str(Text("唯一", "unique")))
    elif field.get("unit"):
        notes.append(label_text(field.get("unit")))
    order = mapping.dates.get(field.path)
    orders = []
    if field.type in ("date", "datetime") and (content.date_orders or order):
        orders = [(shape, str(ORDER_WORDS[shape])) for shape in DATE_ORDERS]
    return ImportColumn(
        header,
        target,
        field.kind.icon,
        " · ".join(notes),
        field.kind.align == "end",
        order,
        orders,
        missing,
        kind,
    )


def faults_of(
    result: Mapping[str, Any], errors: list[dict[str, Any]]
) -> dict[tuple[int, str], tuple[str, str]]:
    """The dry run's faults by cell, each with how bad it is."""
    levels = {(group["column"], group["code"]): group["level"] for group in result.get("groups", ())}
    return {
        (error["row"], error["column"]): (
            levels.get((error["column"], error["code"]), "must"),
            error["message"],
        )
        for error in errors
        if error.get("column")
    }
