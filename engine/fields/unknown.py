"""Faults of properties that name a form or field that is not there."""

from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text


def unknown_form(field: Field, place: str, key: str | None = None) -> Fault:
    """The fault of a property that names a form that does not exist."""
    return Fault(
        f"{field.pointer}/{place}",
        "unknown_form",
        Text(
            "“{name}”指向的表单“{form}”不存在",
            "“{name}” names the form “{form}”, which does not exist",
            name=field.name(),
            form=str(key or field.get("form", "")),
        ),
    )


def unknown_field(field: Field, place: str, key: str, form: Form) -> Fault:
    """The fault of a property that names a field that does not exist or cannot be used there."""
    return Fault(
        f"{field.pointer}/{place}",
        "unknown_field",
        Text(
            "“{name}”用到的字段“{key}”在“{form}”中不存在或不能用在这里",
            "“{name}” uses the field “{key}”, which “{form}” does not have or which cannot be used here",
            name=field.name(),
            key=key,
            form=form.name(),
        ),
    )
