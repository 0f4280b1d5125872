"""What is wrong with a view of a form's list, and which of its parts name something."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions.model import LiveApp
from engine.definitions.named_fields import at, end, known, name
from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text

CHOICES = ("select", "radio")
LANES = (*CHOICES, "member")
DATED = ("date", "datetime")
ARRANGED = (
    "kind", "where", "sort", "columns", "group_by", "summary", "colors", "card", "date", "until", "scale", "row_height",
    "freeze",
)  # fmt: skip
"""The parts of a view that say what is seen; the others say what it is called and whom it is for."""


def check(form: Form, view: Mapping[str, Any], place: str, proposed: LiveApp) -> Iterator[Fault]:
    """The faults of one view; its conditions are checked where all conditions are."""
    yield from _columns(form, view, place)
    yield from _sort(form, view, place)
    yield from _summary(form, view, place)
    yield from _grouping(form, view, place)
    yield from _calendar(form, view, place)
    for part, path in view.get("card", {}).items():
        yield from known(form, path, f"{place}/card/{part}")
    for number, rule in enumerate(view.get("colors", ())):
        if "field" in rule:
            yield from known(form, rule["field"], f"{place}/colors/{number}/field")
    for number, role in enumerate(view.get("roles", ())):
        if role not in proposed.documents.get("roles", {}):
            said = Text("没有角色“{role}”。", "there is no role “{role}”.", role=role)
            yield at(form, f"{place}/roles/{number}", "unknown_role", said)


def groups(view: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a view groups by, level by level, however it is written."""
    said = view.get("group_by")
    if said is None:
        return []
    return [{"field": said}] if isinstance(said, str) else list(said)


def conditions(view: Mapping[str, Any], place: str) -> Iterator[tuple[str, Any]]:
    """The conditions in a view, with their places."""
    if "where" in view:
        yield f"{place}/where", view["where"]
    for number, rule in enumerate(view.get("colors", ())):
        yield f"{place}/colors/{number}/when", rule["when"]


def fields(view: Mapping[str, Any], place: str) -> Iterator[tuple[str, str]]:
    """The fields that a view names outside its conditions, with their places."""
    for number, order in enumerate(view.get("sort", ())):
        yield f"{place}/sort/{number}/field", order["field"]
    for number, column in enumerate(view.get("columns", ())):
        if isinstance(column, str):
            yield f"{place}/columns/{number}", column
        else:
            yield f"{place}/columns/{number}/field", column["field"]
    for path in view.get("summary", ()):
        yield f"{place}/summary/{path}", path
    if isinstance(view.get("group_by"), str):
        yield f"{place}/group_by", view["group_by"]
    else:
        for number, group in enumerate(view.get("group_by", ())):
            yield f"{place}/group_by/{number}/field", group["field"]
    for part, path in view.get("card", {}).items():
        yield f"{place}/card/{part}", path
    for number, rule in enumerate(view.get("colors", ())):
        if "field" in rule:
            yield f"{place}/colors/{number}/field", rule["field"]
    for part in ("date", "until"):
        if part in view:
            yield f"{place}/{part}", view[part]


def _columns(form: Form, view: Mapping[str, Any], place: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, column in enumerate(view.get("columns", ())):
        path = column if isinstance(column, str) else column["field"]
        pointer = f"{place}/columns/{number}"
        if path in seen:
            said = Text("“{path}”出现了两次。", "“{path}” stands twice.", path=path)
            yield at(form, pointer, "duplicate", said)
        seen.add(path)
        yield from known(form, path, pointer)


def _sort(form: Form, view: Mapping[str, Any], place: str) -> Iterator[Fault]:
    for number, order in enumerate(view.get("sort", ())):
        pointer = f"{place}/sort/{number}/field"
        field = end(form, order["field"])
        if field is None:
            yield from known(form, order["field"], pointer)
        elif not field.kind.sortable or field.kind.layout_only:
            said = Text("不能按“{field}”排序。", "“{field}” cannot be sorted by.", field=name(field))
            yield at(form, pointer, "not_sortable", said)


def _summary(form: Form, view: Mapping[str, Any], place: str) -> Iterator[Fault]:
    for path, function in view.get("summary", {}).items():
        pointer = f"{place}/summary/{path}"
        field = end(form, path)
        if field is None:
            yield from known(form, path, pointer)
        elif function not in functions(field):
            yield at(
                form,
                pointer,
                "unknown_value",
                Text(
                    "“{field}”不能这样合计。", "“{field}” cannot be summed up like this.", field=name(field)
                ),
            )


def functions(field: Field) -> tuple[str, ...]:
    """How the values of a field may be summed up."""
    own = (*field.value_field.kind.summary_functions, *field.kind.summary_functions)
    return tuple(dict.fromkeys(("none", "count", *own)))


def _grouping(form: Form, view: Mapping[str, Any], place: str) -> Iterator[Fault]:
    kanban = view["kind"] == "kanban"
    if kanban and "group_by" not in view:
        yield at(
            form, place, "missing", Text("看板要选一个分组字段。", "a kanban needs a field to group by.")
        )
    if kanban and not isinstance(view.get("group_by", ""), str):
        said = Text("看板只能按一个字段分栏。", "a kanban has lanes by one field.")
        yield at(form, f"{place}/group_by", "wrong_type", said)
        return
    seen: set[str] = set()
    for number, group in enumerate(groups(view)):
        whole = isinstance(view["group_by"], str)
        pointer = f"{place}/group_by" if whole else f"{place}/group_by/{number}/field"
        yield from _group(form, group, pointer, kanban)
        if group["field"] in seen:
            said = Text("“{path}”出现了两次。", "“{path}” stands twice.", path=group["field"])
            yield at(form, pointer, "duplicate", said)
        seen.add(group["field"])


def _group(form: Form, group: Mapping[str, Any], pointer: str, kanban: bool) -> Iterator[Fault]:
    field = form.field(group["field"])
    if field is None:
        yield from known(form, group["field"], pointer)
    elif (
        not field.kind.groupable or field.parent or field.kind.multiple or kanban and field.type not in LANES
    ):
        said = Text("不能按“{field}”分组。", "“{field}” cannot be grouped by.", field=name(field))
        yield at(form, pointer, "not_groupable", said)
    elif "bucket" in group and field.value_field.type not in DATED:
        yield at(
            form,
            pointer.removesuffix("/field") + "/bucket",
            "bad_bucket",
            Text(
                "“{field}”不是日期，不能按年月分组。",
                "“{field}” is no date and cannot be grouped by month or year.",
                field=name(field),
            ),
        )


def _calendar(form: Form, view: Mapping[str, Any], place: str) -> Iterator[Fault]:
    if view["kind"] != "calendar":
        return
    if "date" not in view:
        said = Text("日历要选一个日期字段。", "a calendar needs a date field.")
        yield at(form, place, "missing", said)
    found = {part: form.field(view[part]) for part in ("date", "until") if part in view}
    for part, field in found.items():
        if field is None:
            yield from known(form, view[part], f"{place}/{part}")
        elif field.value_field.type not in DATED or field.parent:
            said = Text("“{field}”不是日期字段。", "“{field}” is no date field.", field=name(field))
            yield at(form, f"{place}/{part}", "wrong_field", said)
    begin, last = found.get("date"), found.get("until")
    if begin and last and begin.value_field.type != last.value_field.type:
        said = Text(
            "开始和结束要同为日期或同为日期时间。",
            "begin and end must both be dates, or both be dates with a time.",
        )
        yield at(form, f"{place}/until", "wrong_field", said)
