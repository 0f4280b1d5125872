"""What is wrong with a form's views, layout, title and unique combinations."""

import re
from collections.abc import Iterator

from engine.definitions import list_views, places
from engine.definitions.model import LiveApp
from engine.definitions.named_fields import at, known, name, unknown
from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text

_BRACES = re.compile(r"\{([^{}]*)\}")
_CHOICES = ("select", "radio")


def check(form: Form, proposed: LiveApp) -> Iterator[Fault]:
    """The faults of everything that arranges a form's fields."""
    yield from _title(form)
    for number, view in enumerate(form.document.get("views", ())):
        yield from list_views.check(form, view, f"/views/{number}", proposed)
    yield from _layout(form, proposed)
    yield from _unique(form)


def title_fields(form: Form) -> list[str]:
    """The keys of the fields that a form's title template names."""
    return _BRACES.findall(form.title)


def _title(form: Form) -> Iterator[Fault]:
    if re.search(r"[{}]", _BRACES.sub("", form.title)):
        yield at(
            form,
            "/title",
            "invalid_title",
            Text("“{title}”的花括号不成对。", "the braces of “{title}” do not match.", title=form.title),
        )
    for path in title_fields(form):
        field = form.field(path)
        if field is None:
            yield at(form, "/title", "unknown_field", unknown(form, path))
        elif not _can_stand_in_title(field):
            yield at(
                form,
                "/title",
                "not_in_title",
                Text(
                    "“{field}”不能用在标题里：标题只能用本表单保存的单个值，不能用关联、引用和列表。",
                    "“{field}” cannot stand in the title: it takes single values stored in this form, no links, "
                    "lookups or lists.",
                    field=name(field),
                ),
            )


def _can_stand_in_title(field: Field) -> bool:
    kind = field.kind
    if kind.layout_only or not kind.stored or kind.multiple or field.parent or field.live:
        return False
    return field.type not in ("link", "links", "subform", "file", "image", "department")


def _layout(form: Form, proposed: LiveApp) -> Iterator[Fault]:
    layout = form.document.get("layout", {})
    for number, path in enumerate(layout.get("facts", ())):
        yield from known(form, path, f"/layout/facts/{number}")
    for place, path in layout.get("card", {}).items():
        yield from known(form, path, f"/layout/card/{place}")
    if "progress" in layout:
        field = form.field(layout["progress"])
        if field is None:
            yield from known(form, layout["progress"], "/layout/progress")
        elif field.type not in _CHOICES:
            yield at(
                form,
                "/layout/progress",
                "wrong_field",
                Text(
                    "进度条要用下拉选择字段，“{field}”不是。",
                    "the progress bar takes a select field; “{field}” is none.",
                    field=name(field),
                ),
            )
    if "quick_entry" in layout:
        other = proposed.forms.get(layout["quick_entry"])
        if other is None:
            yield at(
                form,
                "/layout/quick_entry",
                "unknown_form",
                Text("没有表单“{form}”。", "there is no form “{form}”.", form=layout["quick_entry"]),
            )
        elif not any(one.type in ("link", "links") and one.get("form") == form.key for one in other.fields):
            yield at(
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
                yield from known(form, path, pointer)
            elif field.live or field.parent or not field.kind.unique_possible:
                yield at(
                    form,
                    pointer,
                    "unique_not_possible",
                    Text(
                        "“{field}”不能用于唯一组合。",
                        "“{field}” cannot be part of a unique combination.",
                        field=name(field),
                    ),
                )
    for number, path in enumerate(form.document.get("duplicates", {}).get("show", ())):
        if path != "title":
            yield from known(form, path, f"/duplicates/show/{number}")
