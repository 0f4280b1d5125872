"""The fields that a role's condition may be built from, as the condition editor takes them."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions.model import LiveApp
from engine.fields.form import SYSTEM_FIELDS, Field, Form
from engine.platform.i18n import Text, current_language, label_text

PEOPLE = {
    "@me": Text("本人", "the person"),
    "@my_reports": Text("本人的下属", "the person's reports"),
}
PLACES = {
    "@my_department": Text("本人的部门", "the person's department"),
    "@my_department_below": Text("本人的部门及下级", "the person's department and below"),
    "@headed_by_me": Text("本人负责的部门", "the departments the person heads"),
}
CHOICES = ("select", "radio", "multi_select", "checkboxes")
AS_CHOICES = {
    "member": "select",
    "members": "multi_select",
    "department": "select",
    "departments": "multi_select",
}
"""A role is for nobody in particular: people and places are chosen by what they are to the person."""
LEFT_OUT = ("file", "image", "subform", "lookup", "rollup", "link", "links")
SYSTEM = ("owner", "created_by", "created_at", "updated_at", "flow_state")


def columns(live: LiveApp, form: Form) -> list[dict[str, Any]]:
    """The fields of a form, and one step further along its links, in the condition editor's words."""
    found: dict[str, dict[str, Any]] = {}
    for path, label, field in _fields(live, form):
        found.setdefault(path, _column(path, label, field))
    return list(found.values())


def is_simple(where: Any, known: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the condition editor shows every part of a condition."""
    if not isinstance(where, Mapping):
        return False
    for name in ("all", "any"):
        if name in where:
            return all(is_simple(one, known) for one in where[name])
    column = known.get(where.get("field", ""))
    if column is None or where.get("op") not in column["operators"]:
        return False
    if column["options"] is None:
        return not isinstance(where.get("value"), Mapping) or "period" in where["value"]
    values = where.get("value")
    offered = {one["value"] for one in column["options"]}
    return all(
        _tag(one) in offered for one in (values if isinstance(values, list) else [values]) if one is not None
    )


def _tag(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if value.get("my_department") and value.get("below"):
        return "@my_department_below"
    return "@" + next(iter(value), "")


def _fields(live: LiveApp, form: Form) -> Iterator[tuple[str, str, Field]]:
    for key in SYSTEM:
        yield from _with_department(key, SYSTEM_FIELDS[key].name(), SYSTEM_FIELDS[key])
    for field in form.fields:
        if field.kind.layout_only or not field.operators:
            continue
        yield from _with_department(field.key, field.name(), field)
        if field.type in ("link", "links"):
            yield from _of_linked(live, field)


def _of_linked(live: LiveApp, link: Field) -> Iterator[tuple[str, str, Field]]:
    target = str(link.properties.get("form"))
    if target not in live.forms:
        return
    through = link.name()
    people = [
        SYSTEM_FIELDS["owner"],
        *(one for one in live.form(target).fields if one.type in ("member", "members")),
    ]
    choices = [one for one in live.form(target).fields if one.type in CHOICES]
    for field in [*people, *choices]:
        path = f"{link.key}.{field.key}"
        yield from _with_department(path, f"{through} · {field.name()}", field)


def _with_department(path: str, label: str, field: Field) -> Iterator[tuple[str, str, Field]]:
    yield path, label, field
    if field.type == "member":
        department = str(Text("{field}的部门", "{field}'s department", field=label))
        yield f"{path}.department", department, DEPARTMENT


DEPARTMENT = Field(key="department", type="department")


def _column(path: str, label: str, field: Field) -> dict[str, Any]:
    basis = field.value_field
    return {
        "key": path,
        "label": label,
        "type": AS_CHOICES.get(basis.type, basis.type),
        "align": "right" if basis.type in ("number", "money", "percent") else "left",
        "filterable": basis.type not in LEFT_OUT,
        "operators": list(field.operators),
        "options": _options(basis),
    }


def _options(field: Field) -> list[dict[str, Any]] | None:
    if field.type in ("member", "members"):
        return [{"value": value, "label": str(label)} for value, label in PEOPLE.items()]
    if field.type in ("department", "departments"):
        return [{"value": value, "label": str(label)} for value, label in PLACES.items()]
    if field.type not in CHOICES:
        return None
    return [
        {
            "value": value,
            "label": label_text(option.get("label"), current_language()) or value,
            "color": option.get("color"),
        }
        for value, option in field.options.items()
    ]
