"""What is wrong with a form's views, layout, title and unique combinations."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions import places, schema
from engine.definitions.model import LiveApp
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text

_BRACES = re.compile(r"\{([^{}]*)\}")
_CHOICES = ("select", "radio")


def check(form: Form, proposed: LiveApp) -> Iterator[Fault]:
    """The faults of everything that arranges a form's fields."""
    yield from _title(form)
    for number, view in enumerate(form.document.get("views", ())):
        yield from _view(form, view, f"/views/{number}")
    yield from _layout(form, proposed)
    yield from _unique(form)
    for number, rule in enumerate(form.rules):
        for place, path in enumerate(rule.get("fields", ())):
            yield from _known(form, path, f"/rules/{number}/fields/{place}")


def title_fields(form: Form) -> list[str]:
    """The keys of the fields that a form's title template names."""
    return _BRACES.findall(form.title)


def _title(form: Form) -> Iterator[Fault]:
    if re.search(r"[{}]", _BRACES.sub("", form.title)):
        yield _at(
            form,
            "/title",
            "invalid_title",
            Text("“{title}”的花括号不成对。", "the braces of “{title}” do not match.", title=form.title),
        )
    for path in title_fields(form):
        field = form.field(path)
        if field is None:
            yield _at(form, "/title", "unknown_field", _unknown(form, path))
        elif not _can_stand_in_title(field):
            yield _at(
                form,
                "/title",
                "not_in_title",
                Text(
                    "“{field}”不能用在标题里：标题只能用本表单保存的单个值，不能用关联、引用和列表。",
                    "“{field}” cannot stand in the title: it takes single values stored in this form, no links, "
                    "lookups or lists.",
                    field=_name(field),
                ),
            )


def _can_stand_in_title(field: Field) -> bool:
    kind = field.kind
    if kind.layout_only or not kind.stored or kind.multiple or field.parent or field.live:
        return False
    return field.type not in ("link", "links", "subform", "file", "image", "department")


def _view(form: Form, view: Mapping[str, Any], at: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, column in enumerate(view.get("columns", ())):
        path = column if isinstance(column, str) else column["field"]
        pointer = f"{at}/columns/{number}"
        if path in seen:
            yield _at(
                form, pointer, "duplicate", Text("“{path}”出现了两次。", "“{path}” stands twice.", path=path)
            )
        seen.add(path)
        yield from _known(form, path, pointer)
    for number, order in enumerate(view.get("sort", ())):
        pointer = f"{at}/sort/{number}/field"
        field = _end(form, order["field"])
        if field is None:
            yield from _known(form, order["field"], pointer)
        elif not field.kind.sortable or field.kind.layout_only:
            yield _at(
                form,
                pointer,
                "not_sortable",
                Text("不能按“{field}”排序。", "“{field}” cannot be sorted by.", field=_name(field)),
            )
    for path, function in view.get("summary", {}).items():
        pointer = f"{at}/summary/{path}"
        field = _end(form, path)
        if field is None:
            yield from _known(form, path, pointer)
        elif function not in (
            "none",
            "count",
            *field.value_field.kind.summary_functions,
            *field.kind.summary_functions,
        ):
            yield _at(
                form,
                pointer,
                "unknown_value",
                Text(
                    "“{field}”不能这样合计。", "“{field}” cannot be summed up like this.", field=_name(field)
                ),
            )
    yield from _group(form, view, at)


def _group(form: Form, view: Mapping[str, Any], at: str) -> Iterator[Fault]:
    if view["kind"] == "kanban" and "group_by" not in view:
        yield _at(form, at, "missing", Text("看板要选一个分组字段。", "a kanban needs a field to group by."))
    if "group_by" in view:
        field = form.field(view["group_by"])
        if field is None:
            yield from _known(form, view["group_by"], f"{at}/group_by")
        elif not field.kind.groupable or view["kind"] == "kanban" and field.type not in (*_CHOICES, "member"):
            yield _at(
                form,
                f"{at}/group_by",
                "not_groupable",
                Text("不能按“{field}”分组。", "“{field}” cannot be grouped by.", field=_name(field)),
            )


def _layout(form: Form, proposed: LiveApp) -> Iterator[Fault]:
    layout = form.document.get("layout", {})
    for number, path in enumerate(layout.get("facts", ())):
        yield from _known(form, path, f"/layout/facts/{number}")
    for name, path in layout.get("card", {}).items():
        yield from _known(form, path, f"/layout/card/{name}")
    if "progress" in layout:
        field = form.field(layout["progress"])
        if field is None:
            yield from _known(form, layout["progress"], "/layout/progress")
        elif field.type not in _CHOICES:
            yield _at(
                form,
                "/layout/progress",
                "wrong_field",
                Text(
                    "进度条要用下拉选择字段，“{field}”不是。",
                    "the progress bar takes a select field; “{field}” is none.",
                    field=_name(field),
                ),
            )
    if "quick_entry" in layout:
        other = proposed.forms.get(layout["quick_entry"])
        if other is None:
            yield _at(
                form,
                "/layout/quick_entry",
                "unknown_form",
                Text("没有表单“{form}”。", "there is no form “{form}”.", form=layout["quick_entry"]),
            )
        elif not any(one.type in ("link", "links") and one.get("form") == form.key for one in other.fields):
            yield _at(
                form,
                "/layout/quick_entry",
                "no_link",
                Text(
                    "“{form}”没有关联到这里的字段。",
                    "“{form}” has no link to this form.",
                    form=places.spoken(other.label, other.key),
                ),
            )


def _unique(form: Form) -> Iterator[Fault]:
    for number, group in enumerate(form.document.get("unique", ())):
        for place, path in enumerate(group):
            pointer = f"/unique/{number}/{place}"
            field = form.field(path)
            if field is None:
                yield from _known(form, path, pointer)
            elif field.live or field.parent or not field.kind.unique_possible:
                yield _at(
                    form,
                    pointer,
                    "unique_not_possible",
                    Text(
                        "“{field}”不能用于唯一组合。",
                        "“{field}” cannot be part of a unique combination.",
                        field=_name(field),
                    ),
                )
    for number, path in enumerate(form.document.get("duplicates", {}).get("show", ())):
        if path != "title":
            yield from _known(form, path, f"/duplicates/show/{number}")


def _known(form: Form, path: str, pointer: str) -> Iterator[Fault]:
    field = _end(form, path)
    if field is None:
        yield _at(form, pointer, "unknown_field", _unknown(form, path))
    elif field.kind.layout_only:
        yield _at(
            form,
            pointer,
            "wrong_field",
            Text(
                "“{field}”没有值，不能用在这里。",
                "“{field}” has no value and cannot be used here.",
                field=_name(field),
            ),
        )


def _end(form: Form, path: str) -> Field | None:
    steps = paths.resolve(form, path)
    return steps[-1] if steps else None


def _unknown(form: Form, path: str) -> Text:
    meant = schema.closest(path, (field.path for field in form.walk()))
    if meant:
        return Text(
            "没有字段“{path}”，是不是“{meant}”？",
            "there is no field “{path}”; is “{meant}” meant?",
            path=path[:60],
            meant=meant,
        )
    return Text("没有字段“{path}”。", "there is no field “{path}”.", path=path[:60])


def _at(form: Form, pointer: str, code: str, what: Text) -> Fault:
    return schema.at("forms", form.document, pointer, code, what)


def _name(field: Field) -> Text | str:
    return places.spoken(field.label, field.key)
