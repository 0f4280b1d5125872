"""Fields and columns that may not be empty."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from engine.fields.form import Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text
from engine.records.storage.duplicates import repeated_in_rows
from engine.records.storage.form_traits import traits
from engine.records.writing.incoming import place_fault
from engine.records.writing.rules.states import NOTHING, States

EMPTY = Text("不能为空", "Must not be empty")


def check(
    form: Form,
    values: Mapping[str, Any],
    keys: Collection[str] | None,
    pointer: str,
    faulty: Collection[str] = (),
    states: States = NOTHING,
) -> Iterable[Fault]:
    """Faults for what is empty; `keys` limits which fields are looked at, those `faulty` are not.

    What the form's rules hide may be empty; what they require may not.
    """
    for field in form.fields if states.required else traits(form).demanding:
        if keys is not None and field.key not in keys or field.key in faulty or not field.kind.stored:
            continue
        if states.hides(field) or field.kind.computed:
            continue
        value = values.get(field.key)
        if (field.required or states.requires(field)) and (value is None or value == []):
            yield place_fault(pointer, field, "required", EMPTY)
        if field.children:
            yield from _rows(field, value or (), pointer, states)


def _rows(field: Any, rows: Any, pointer: str, states: States) -> Iterable[Fault]:
    fewest = field.get("min_rows", 0)
    if len(rows) < fewest:
        said = Text("至少 {n} 行", "At least {n} rows", n=fewest)
        yield place_fault(pointer, field, "too_few_rows", said)
    for column in field.children:
        if column.kind.computed or not column.kind.stored or not (column.required or states.required):
            continue
        for number, row in enumerate(rows):
            if row.values.get(column.key) is None and not states.hides(column, number):
                if column.required or states.requires(column, number):
                    yield place_fault(pointer, column, "required", EMPTY, f"/{number}/{column.key}")
    for number, column in repeated_in_rows(field, rows):
        said = Text("与上面的一行重复", "Repeats a row above")
        yield place_fault(pointer, column, "not_unique", said, f"/{number}/{column.key}")
