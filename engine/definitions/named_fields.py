"""What is wrong with a field that a form's document names, with its place in words."""

from collections.abc import Iterator

from engine.definitions import places, schema
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text


def known(form: Form, path: str, pointer: str) -> Iterator[Fault]:
    """A fault where the path leads to no field, or to one that holds no value."""
    field = end(form, path)
    if field is None:
        yield at(form, pointer, "unknown_field", unknown(form, path))
    elif field.kind.layout_only:
        yield at(
            form,
            pointer,
            "wrong_field",
            Text(
                "“{field}”没有值，不能用在这里。",
                "“{field}” has no value and cannot be used here.",
                field=name(field),
            ),
        )


def end(form: Form, path: str) -> Field | None:
    """The field at the end of a path, through links too."""
    steps = paths.resolve(form, path)
    return steps[-1] if steps else None


def unknown(form: Form, path: str) -> Text:
    """That there is no such field, with the one that is probably meant."""
    meant = schema.closest(path, (field.path for field in form.walk()))
    if meant:
        return Text(
            "没有字段“{path}”，是不是“{meant}”？",
            "there is no field “{path}”; is “{meant}” meant?",
            path=path[:60],
            meant=meant,
        )
    return Text("没有字段“{path}”。", "there is no field “{path}”.", path=path[:60])


def at(form: Form, pointer: str, code: str, what: Text) -> Fault:
    """A fault at a place of the form's document."""
    return schema.at("forms", form.document, pointer, code, what)


def name(field: Field) -> Text | str:
    """What people call a field."""
    return places.spoken(field.label, field.key)
