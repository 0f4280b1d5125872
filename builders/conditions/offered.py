"""The fields that a condition may be built from, and the values of the form being filled that it may ask for."""

from collections.abc import Iterator, Sequence
from typing import Any

from engine.fields import path as paths
from engine.fields.form import SYSTEM_FIELDS, Field, Form
from engine.platform.i18n import Text
from engine.web.lists.columns import ALIGN, options

SYSTEM = ("owner", "created_by", "created_at", "updated_by", "updated_at")
CHOICES = ("select", "radio", "multi_select", "checkboxes")
SEPARATOR = " · "


def columns(form: Form, at: str = "") -> list[dict[str, Any]]:
    """The fields that stand behind the path `at` ("": the form's own), in the condition editor's words."""
    steps = paths.resolve(form, at) if at else ()
    if steps is None:
        return []
    outer = SEPARATOR.join(step.name() for step in steps)
    prefix = f"{at}." if at else ""
    return [_column(prefix + field.key, outer, field, len(steps)) for field in _behind(form, steps)]


def currents(form: Form, inside: str | None = None) -> list[dict[str, Any]]:
    """The single values of a form that is being filled; `inside` names the subform whose row asks."""
    row = form.field(inside) if inside else None
    own = [one for one in (row.children if row else ()) if _is_single(one)]
    outer = [one for one in form.fields if _is_single(one) and one.key not in {child.key for child in own}]
    owner = SYSTEM_FIELDS["owner"]
    this = {"key": "id", "label": str(Text("本条记录", "this record")), "holds": f"record:{form.key}"}
    return [
        *({"key": one.key, "label": one.name(), "holds": holds(one)} for one in [*own, *outer, owner]),
        this,
    ]


def holds(field: Field) -> str:
    """What sort of value a field has: two fields of one sort can be compared."""
    basis = field.value_field
    refers = getattr(basis.kind, "refers_to", None)
    if refers == "record":
        return f"record:{basis.get('form')}"
    return refers or basis.kind.value_type(basis).removesuffix("[]")


def _behind(form: Form, steps: Sequence[Field]) -> Iterator[Field]:
    if steps and steps[-1].type == "subform":
        yield from (one for one in steps[-1].children if one.operators)
        return
    target = paths.target_form(steps[-1]) if steps else form
    if target is None:
        return
    yield from (one for one in target.fields if _is_offered(one))
    if target not in (paths.MEMBERS, paths.DEPARTMENTS):
        yield from (SYSTEM_FIELDS[key] for key in SYSTEM)


def _is_offered(field: Field) -> bool:
    return not field.kind.layout_only and (bool(field.operators) or field.type == "subform")


def _is_single(field: Field) -> bool:
    return bool(field.operators) and not field.kind.layout_only and not field.kind.multiple


def _column(path: str, outer: str, field: Field, depth: int) -> dict[str, Any]:
    basis = field.value_field
    leads_on = field.type == "subform" or paths.target_form(field) is not None
    found: dict[str, Any] = {
        "key": path,
        "label": f"{outer}{SEPARATOR}{field.name()}" if outer else field.name(),
        "name": field.name(),
        "type": basis.type,
        "align": ALIGN.get(basis.kind.align, "left"),
        "filterable": bool(field.operators),
        "operators": list(field.operators),
        "holds": holds(field) if field.operators else "",
        "into": leads_on and depth + 1 < paths.MOST_STEPS,
    }
    if basis.type in CHOICES and basis.options:
        found["options"] = options(basis)
    return found
