"""The import's second step as the page shows it: columns with their targets, some rows, what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.exchange.choices import UNKNOWN, has_options
from engine.exchange.clean import shown_cell
from engine.exchange.mapping import DATE_ORDERS, not_found_by
from engine.exchange.proposal import meant
from engine.exchange.targets import Targets
from engine.exchange.understanding import Understanding, preview_rows
from engine.fields.form import Field, Form
from engine.fields.money import MoneyField
from engine.fields.select import option_label
from engine.platform.i18n import Text, label_text

ROWS = 40
FEW = 3
ORDER_WORDS = {
    "YYYY-MM-DD": Text("按 年-月-日 读", "read as year-month-day"),
    "MM/DD/YYYY": Text("按 月/日/年 读", "read as month/day/year"),
    "DD/MM/YYYY": Text("按 日/月/年 读", "read as day/month/year"),
}
PERCENT_WORDS = {
    "fraction": Text("0.5 读作 50%", "0.5 is 50%"),
    "percent": Text("0.5 读作 0.5%", "0.5 is 0.5%"),
}
MISSING_WORDS = {
    "empty": Text("没有则留空", "if missing, leave empty"),
    "create": Text("没有则新建", "if missing, create"),
    "reject": Text("没有则不导入", "if missing, leave the row out"),
}
# What stands in the cell itself; the whole sentence is its tooltip and stands in the list above.
SHORT = {
    "not_a_date": Text("不是日期", "is no date"),
    "not_a_datetime": Text("不是时间", "is no time"),
    "ambiguous_date": Text("月、日分不清", "month or day?"),
    "not_a_number": Text("不是数字", "is no number"),
    "unknown_option": Text("没有这个选项", "is no option"),
    "option_too_long": Text("选项太长", "is too long an option"),
    "unknown_record": Text("没有这条数据", "is not there"),
    "unknown_member": Text("没有这位成员", "is no member"),
    "ambiguous_record": Text("有重名", "is not the only one"),
    "ambiguous_member": Text("有重名", "is not the only one"),
    "may_not_create": Text("不能新建", "cannot be created"),
    "cell_error": Text("是错误值", "is an error"),
    "not_calculated": Text("公式没有结果", "has no result yet"),
    "digits_lost": Text("位数已丢失", "has lost digits"),
    "not_unique": Text("重复", "is repeated"),
    "required": Text("不能为空", "must not be empty"),
    "too_long": Text("太长", "is too long"),
    "not_a_phone": Text("不是电话", "is no phone number"),
    "not_an_email": Text("不是邮箱", "is no e-mail address"),
    "rule": Text("不合要求", "breaks a rule"),
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
    note: str = ""
    number: bool = False
    order: str | None = None
    orders: list[tuple[str, str]] = attribute(default_factory=list)
    reading: str = ""
    """The part of the mapping that the orders belong to."""
    missing: str | None = None
    kind: str = ""


@dataclass(frozen=True)
class ImportCell:
    """A cell of the preview: what it holds or, where something is wrong, what about it."""

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
    left_out: list[str]
    problems: list[Mapping[str, Any]] = attribute(default_factory=list)
    reminders: list[Mapping[str, Any]] = attribute(default_factory=list)
    suggestion: Mapping[str, str] | None = None
    """The one decision that would mend most: target, value, what it becomes, and its label."""


def table(
    live: LiveApp,
    viewer: Viewer,
    form: Form,
    understood: Understanding,
    result: Mapping[str, Any] | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> ImportTable:
    """The table; with the result of a dry run, its faults in the cells and the rows that show them."""
    found = result or {}
    groups = {(one["column"], one["code"], one["value"]): one for one in found.get("groups", ())}
    faults = {(one["row"], one["column"]): one for one in reversed(errors or []) if one.get("column")}
    targets = Targets.of(live, form, viewer)
    closed = targets.unreadable()
    columns = [_column(form, understood, header, found, closed) for header in understood.header.names]
    replaced = {
        path: {text: to.text for text, to in pairs.items() if to.text}
        for path, pairs in understood.mapping.values.items()
    }
    rows = [
        (number, [_cell(form, groups, faults.get((number, column.header)), text, column, replaced.get(column.target or "", {}))
                  for column, text in zip(columns, texts)])
        for number, texts in _texts(understood, found, len(columns))
    ]  # fmt: skip
    return ImportTable(
        columns,
        rows,
        [
            Target(one.path, one.name(), one.kind.icon, one.parent.name() if one.parent else "")
            for one in targets.all()
        ],
        understood.rows,
        [column.header for column in columns if column.target is None],
        _problems(form, found),
        [one for one in found.get("groups", ()) if one["level"] == "remind"],
        _suggestion(form, found),
    )


def _texts(understood: Understanding, found: Mapping[str, Any], width: int) -> list[tuple[int, list[str]]]:
    """The first rows, and of those further down one for each kind of fault."""
    rows = [
        (number, [shown_cell(row[at] if at < len(row) else None) for at in range(width)])
        for number, row in preview_rows(understood, ROWS)
    ]
    last = rows[-1][0] if rows else 0
    return rows + [(number, texts) for number, texts in found.get("samples", ()) if number > last]


def _cell(
    form: Form,
    groups: Mapping[tuple[str, str, str], Mapping[str, Any]],
    fault: Mapping[str, Any] | None,
    text: str,
    column: ImportColumn,
    replaced: Mapping[str, str],
) -> ImportCell:
    if fault is None:
        chosen = replaced.get(text)
        return ImportCell(f"{text} → {_called(form, column.target or '', chosen)}" if chosen else text)
    group = groups.get((column.header, fault["code"], text)) or groups.get((column.header, fault["code"], ""))
    level = group["level"] if group else "must"
    if level == "remind":
        return ImportCell(text)
    if group and group["suggestion"]:
        near = _called(form, group["target"], group["suggestion"])
        said = Text("{text} → {near}？", "{text} → {near}?", text=text, near=near)
    else:
        short = SHORT.get(fault["code"], Text("有问题", "is wrong"))
        said = Text("{text} {short}", "{text} {short}", text=text, short=short) if text else short
    alike = group["rows"] if group else 1
    if alike > 1:
        said = Text("{said} {n} 行相同", "{said} {n} rows alike", said=said, n=f"{alike:,}")
    return ImportCell(str(said), level, fault["message"])


def _column(
    form: Form, understood: Understanding, header: str, found: Mapping[str, Any], closed: Sequence[Field]
) -> ImportColumn:
    mapping, content = understood.mapping, understood.contents[header]
    target = mapping.columns.get(header)
    field = form.field(target) if target else None
    number = content.type in ("number", "money", "percent")
    if target is not None and target in mapping.new_fields:
        return ImportColumn(header, target, "plus", str(Text("新字段", "new field")), number)
    if field is None:
        # What cannot be looked up is not proposed; where the column is called like it, the page says why.
        shut = meant(form, closed, header)
        return ImportColumn(header, None, "ban", str(not_found_by(shut)) if shut else "", number)
    missing, kind = None, ""
    if field.type in ("link", "links"):
        missing, kind = mapping.links[field.path].missing, "links"
    elif field.type in ("member", "members"):
        missing, kind = mapping.members[field.path].missing, "members"
    elif has_options(field) and (mapping.choices[field.path] != "reject" or _unknown_options(found, header)):
        missing, kind = mapping.choices[field.path], "choices"
    order, orders = mapping.dates.get(field.path), []
    if field.type in ("date", "datetime") and (content.date_orders or order):
        orders = [(shape, str(words)) for shape, words in ORDER_WORDS.items()]
        order = order or next(iter(DATE_ORDERS))
    reading = "dates" if orders else ""
    if field.type == "percent" and content.filled:
        reading, order = "percents", mapping.percents[field.path]
        orders = [(shape, str(words)) for shape, words in PERCENT_WORDS.items()]
    note = " · ".join(str(one) for one in _notes(form, field, understood, header, found))
    return ImportColumn(
        header,
        target,
        field.kind.icon,
        note,
        field.kind.align == "end",
        order,
        orders,
        reading,
        missing,
        kind,
    )


def _notes(
    form: Form, field: Field, understood: Understanding, header: str, found: Mapping[str, Any]
) -> list[Text | str]:
    """What a reader should know of a column, in a few words."""
    mapping = understood.mapping
    notes: list[Text | str] = []
    if field.type in ("link", "links"):
        rule = mapping.links[field.path]
        other = form.other(field.get("form"))
        by = other.field(rule.by) if other else None
        notes.append(Text("关联 · 按{by}", "linked by {by}", by=by.name() if by else rule.by))
    elif field.type in ("member", "members"):
        notes.append(Text("按姓名", "by name"))
    elif field.unique == "must":
        notes.append(Text("唯一", "unique"))
    elif has_options(field) and found:
        wrong = _unknown_options(found, header)
        if wrong:
            notes.append(Text("{n} 个值对不上", "{n} values match no option", n=wrong))
        elif field.path not in found.get("makes", ()):
            notes.append(Text("选项全部对上", "all options match"))
    elif isinstance(field.kind, MoneyField):
        places = field.kind.places(field) or 0
        notes.append(
            Text("{sign} · {n} 位小数", "{sign} · {n} decimals", sign=field.kind.sign(field), n=places)
        )
    elif field.get("unit"):
        notes.append(label_text(field.get("unit")))
    if made := (found.get("makes") or {}).get(field.path):
        if field.type in ("member", "members"):
            notes.append(Text("新建 {n} 人", "{n} new people", n=made))
        elif has_options(field):
            notes.append(Text("新建 {n} 个选项", "{n} new options", n=made))
        else:
            notes.append(Text("新建 {n} 条", "{n} new", n=made))
    return notes


def _unknown_options(found: Mapping[str, Any], header: str) -> int:
    """How many different texts of a column are no option."""
    return sum(one["column"] == header and one["code"] == UNKNOWN for one in found.get("groups", ()))


def _problems(form: Form, found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The groups, the gravest first; many names of one column that lead nowhere are one line with one decision."""
    lines: list[Mapping[str, Any]] = []
    nowhere: dict[str, list[Mapping[str, Any]]] = {}
    for one in found.get("groups", ()):
        if one["code"] in ("unknown_record", "unknown_member", UNKNOWN) and not one["suggestion"]:
            nowhere.setdefault(one["column"], []).append(one)
    for one in found.get("groups", ()):
        alike = nowhere.get(one["column"], [])
        if one["level"] == "remind":
            continue
        if one not in alike or len(alike) <= FEW:
            lines.append({**one, "options": _options(form, one["target"])})
        elif one is alike[0]:
            lines.append(_gathered(alike))
    return lines


def _options(form: Form, path: str) -> list[tuple[str, str]]:
    """What a text may be changed to where the field has options."""
    field = form.field(path)
    if field is None or not has_options(field):
        return []
    return [(value, option_label(value, field)) for value in field.options]


NOWHERE = {
    "unknown_member": ("members", Text("{n} 个姓名没有对应的成员：{names}…", "{n} names are no members: {names}…")),
    "unknown_record": ("links", Text("{n} 个名称没有对应的数据：{names}…", "{n} names lead to no record: {names}…")),
    UNKNOWN: ("choices", Text("{n} 个值不是选项：{names}…", "{n} values are no options: {names}…")),
}  # fmt: skip


def _gathered(alike: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    first = alike[0]
    kind, said = NOWHERE[first["code"]]
    few = [one["value"] for one in alike[:FEW]]
    message = Text(said.zh, said.en, n=len(alike), names=Text("、".join(few), ", ".join(few)))
    return {
        **first,
        "message": str(message),
        "rows": sum(one["rows"] for one in alike),
        "value": "",
        "values": [one["value"] for one in alike if one["value"] != "…"],
        "column_kind": kind,
    }


def _suggestion(form: Form, found: Mapping[str, Any]) -> Mapping[str, str] | None:
    open_ones = [one for one in found.get("groups", ()) if one["suggestion"]]
    if len(open_ones) != 1:
        return None
    one = open_ones[0]
    label = _called(form, one["target"], one["suggestion"])
    return {"target": one["target"], "value": one["value"], "to": one["suggestion"], "label": label}


def _called(form: Form, path: str, suggestion: str) -> str:
    field = form.field(path)
    return option_label(suggestion, field) if field is not None and field.options else suggestion
