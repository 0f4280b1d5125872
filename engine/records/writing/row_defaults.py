"""Defaults in the new rows of a form under way: shown when a row is added, following what is typed until somebody types there."""

from collections.abc import Collection, Mapping
from typing import Any

from engine.fields.base import RowValues
from engine.fields.form import Field, Form
from engine.records.storage.form_traits import traits
from engine.records.writing import completing
from engine.records.writing.rules.linkage import LinkageRule
from engine.records.writing.transaction import Transaction


def followed(form: Form, subform: Field) -> list[Field]:
    """The columns that show their default in a new row until somebody types there: nothing else fills them."""
    copied_into = {target for one in subform.children for target in one.get("fill") or ()}
    linked = {
        path for rule in form.rules if rule.get("kind") == LinkageRule.name for path in rule.get("set") or ()
    }
    return [
        column
        for column in subform.children
        if _waits(column) and column.key not in copied_into and column.path not in linked
    ]


def _waits(column: Field) -> bool:
    given = column.get("default")
    if isinstance(given, Mapping) and given.get("on_save"):
        return False
    return not column.kind.computed and (given is not None or bool(column.get("default_from")))


def follow(
    tx: Transaction, form: Form, values: dict[str, Any], system: Mapping[str, Any], typed: Collection[str]
) -> dict[str, Any]:
    """Put the defaults into new rows, except at the places (`lines.2.price`) that somebody has typed into; what changed."""
    changed: dict[str, Any] = {}
    for subform in traits(form).defaults:
        columns = followed(form, subform) if subform.children else []
        if not columns:
            continue
        rows = list(values.get(subform.key) or ())
        if all(row.id is not None for row in rows):
            continue
        fixed = {one.key: completing.default_value(tx, one, tx.parsing(text=True)) for one in columns}
        for number, row in enumerate(rows):
            if row.id is not None:
                continue
            kept = dict(row.values)
            for column in columns:
                place = f"{subform.key}.{number}.{column.key}"
                if place in typed:
                    continue
                value = fixed[column.key]
                if completing.is_formula(column):
                    value = completing.by_formula(tx, form, column, values, system, kept)
                if kept.get(column.key) != value:
                    changed[place] = kept[column.key] = value
            rows[number] = RowValues(None, kept)
        values[subform.key] = rows
    return changed
