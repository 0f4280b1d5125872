"""What is wrong with a field's default: a plain value, or one that is found when a record is made."""

from collections.abc import Iterator
from typing import Any

from engine.definitions import formula_checks, schema
from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text

FOUND = ("me", "my_department", "today", "now")
"""The defaults that are found anew for each record; a field type says which of them it takes."""


def check(form: Form, field: Field) -> Iterator[Fault]:
    """The faults of a field's default."""
    default, at = field.get("default"), f"{field.pointer}/default"
    if default is None:
        return
    if not isinstance(default, dict) or default.keys().isdisjoint((*FOUND, "formula")):
        yield from _plain(form, field, default, at)
    elif "formula" in default:
        yield from _formula(form, field, default, at)
    else:
        yield from _found(form, field, default, at)


def _plain(form: Form, field: Field, default: Any, at: str) -> Iterator[Fault]:
    try:
        field.kind.parse(default, field, ParseContext())
    except FieldFault as fault:
        yield schema.at("forms", form.document, at, "invalid_default", fault.message)


def _formula(form: Form, field: Field, default: dict[str, Any], at: str) -> Iterator[Fault]:
    formula, on_save = default["formula"], default.get("on_save", False)
    if (
        not isinstance(formula, str)
        or not isinstance(on_save, bool)
        or default.keys() - {"formula", "on_save"}
    ):
        yield _wrong(form, at)
    else:
        yield from formula_checks.check(form, formula, f"{at}/formula", field.parent)


def _found(form: Form, field: Field, default: dict[str, Any], at: str) -> Iterator[Fault]:
    name = next(iter(default))
    if len(default) != 1 or name not in FOUND or default[name] is not True:
        yield _wrong(form, at)
    elif name not in field.kind.found_defaults:
        yield schema.at(
            "forms",
            form.document,
            at,
            "invalid_default",
            Text("这种字段不能用这个默认值。", "a field of this type cannot have this default."),
        )


def _wrong(form: Form, at: str) -> Fault:
    return schema.at(
        "forms",
        form.document,
        at,
        "invalid_default",
        Text(
            "默认值只能是一个值，或者 me、my_department、today、now、formula 之一。",
            "a default is a value, or one of me, my_department, today, now and formula.",
        ),
    )
