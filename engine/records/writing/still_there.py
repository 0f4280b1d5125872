"""Whether what old values name is there still: records, people and options may be gone when a change is taken back."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.fields.form import Field, Form
from engine.platform.i18n import Text
from engine.records.writing.old_values import has_former
from engine.records.writing.transaction import Transaction

Place = tuple[str, str | None]
"""What is named: member, department or record, and of a record its form."""

_RETYPED = Text("字段类型已经改变", "The field has another type by now")
_NO_OPTION = Text("原来的选项已不存在", "Its old option is gone")
_GONE = {
    "record": Text("原来关联的数据已删除", "What it linked to was deleted"),
    "member": Text("原来的成员已不存在", "Its old member is gone"),
    "department": Text("原来的部门已不存在", "Its old department is gone"),
}


class StillThere:
    """What these values name, looked up together; the records are kept from being deleted before this write ends."""

    def __init__(self, tx: Transaction, values: Iterable[tuple[Field, Any]]) -> None:
        wanted: dict[Place, set[int]] = {}
        for field, value in values:
            for place, _, target in _named(field, value):
                wanted.setdefault(place, set()).add(target)
        self._there = {
            place: set(tx.read_titles(*place, ids, share=place[0] == "record"))
            for place, ids in sorted(wanted.items(), key=lambda one: (one[0][0], one[0][1] or ""))
            if place[0] != "record" or place[1] in tx.live.forms
        }

    def missing(self, field: Field, value: Any, now: Any) -> Text | None:
        """Why the value cannot come back; what the record names now, it may go on naming."""
        if has_former(value):
            return _RETYPED
        held = {(place, target) for place, _, target in _named(field, now)}
        for place, _, target in _named(field, value):
            if target not in self._there.get(place, ()) and (place, target) not in held:
                return _GONE[place[0]]
        chosen = set(_options(field, now))
        if any(one not in chosen and one[1] not in one[0].options for one in _options(field, value)):
            return _NO_OPTION
        return None


def by_field(form: Form, values: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    """These values with their fields."""
    for key, value in values.items():
        field = form.field(key)
        if field is not None:
            yield field, value


def _cells(field: Field, value: Any) -> Iterator[tuple[Field, Any]]:
    """The value's parts one by one: cells of rows, elements of lists."""
    if value is None or has_former(value):
        return
    if field.children:
        for row in value:
            for column in field.children:
                yield from _cells(column, row.values.get(column.key))
    elif not field.kind.computed:
        for one in value if isinstance(value, list) else [value]:
            yield field, one


def _named(field: Field, value: Any) -> Iterator[tuple[Place, Field, int]]:
    for one, target in _cells(field, value):
        kind = getattr(one.kind, "refers_to", None)
        if kind:
            yield (kind, one.get("form") if kind == "record" else None), one, target


def _options(field: Field, value: Any) -> Iterator[tuple[Field, str]]:
    for one, chosen in _cells(field, value):
        if "options" in one.properties and not one.get("options_from") and not one.get("others"):
            yield one, chosen
