"""What is wrong with a form beyond its schema: among its own parts, and with the forms it names."""

from collections.abc import Iterator
from dataclasses import replace

from engine.definitions import places, schema, view_checks
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text


def check(key: str, proposed: LiveApp) -> Iterator[Fault]:
    """The faults of one form in the proposed app."""
    form = proposed.form(key)
    yield from _fields(form, proposed)
    yield from view_checks.check(form, proposed)


def warnings(key: str, proposed: LiveApp) -> Iterator[Text]:
    """What the one who publishes the form should know: whom its refusals of duplicates tell what."""
    form = proposed.form(key)
    shown = form.document.get("duplicates", {}).get("show", ())
    if shown:
        fields = [places.spoken(field.label, field.key) for path in shown if (field := form.field(path))]
        yield Text(
            "“{form}”查到重复时会告诉填写的人已有数据的：{fields}，即使他没有查看权限。",
            "When “{form}” finds a duplicate, it tells whoever enters it these fields of the existing record, "
            "even without permission to see it: {fields}.",
            form=places.spoken(form.label, form.key),
            fields=places.listed(fields),
        )


def _fields(form: Form, proposed: LiveApp) -> Iterator[Fault]:
    for field in form.walk():
        for fault in field.kind.check(field, proposed.forms):
            said = Text("{form}：{what}", "{form}: {what}", form=places.spoken(form.label, form.key), what=fault.message)
            yield replace(fault, message=said)
        if field.unique and not field.kind.unique_possible:
            yield schema.at("forms", form.document, f"{field.pointer}/unique", "unique_not_possible", Text(
                "这种字段不能设为唯一。", "a field of this type cannot be unique."))
