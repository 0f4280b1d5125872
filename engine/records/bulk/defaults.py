"""Defaults that are formulas, filled into many staged rows by one statement a field."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from engine.fields.form import Field, Form
from engine.formulas.faults import FormulaFault
from engine.platform.i18n import Text
from engine.records.bulk.checks import RowFault, remind, rows_of
from engine.records.bulk.staging import FAULT, NUMBER, Staging
from engine.records.reading.formula_sql import live_formula
from engine.records.reading.rowset import Made, RowOnlyField, RowSet
from engine.records.storage.storage import LINKS
from engine.records.writing.rules import unique
from engine.records.writing.transaction import Transaction


def in_sql(tx: Transaction, form: Form, staging: Staging) -> tuple[Field, ...]:
    """The fields whose default is a formula that SQL can work out; not those whose uniqueness is looked at before."""
    compared = {field.key for one in unique.uniques(form) for field in one.fields}
    return tuple(
        field
        for field in form.fields
        if _formula(field) is not None
        and field.key not in compared
        and field.key in staging.target.columns
        and staging.target.columns[field.key][1].kind != LINKS
        and _compiles(tx, form, staging, field)
    )


def fill(
    tx: Transaction,
    form: Form,
    staging: Staging,
    fields: tuple[Field, ...],
    waiting: set[str],
    mapped: frozenset[str],
    reminders: list[RowFault],
) -> None:
    """Fill what is still empty, in the form's order; the formulas `waiting` are worked out along the way.

    Of the fields that are `mapped` the reminders tell in which rows they were filled.
    """
    if not fields:
        return
    staging.table = staging.form_table(waiting)
    for field in fields:
        rows = rows_of(tx, form, staging)
        made = _value(rows, field)
        column = staging.table.column(field.key)
        main = rows.main
        value = made.value if made.error is None else sa.case((made.error.is_(None), made.value))
        worked = (
            sa.select(main.c.id.label("id"), value.label("v"))
            .select_from(rows.source.clause())
            .where(main.c[FAULT].is_(None), main.c[column.name].is_(None))
            .subquery("worked")
        )
        filling = (
            sa.update(staging.main)
            .where(staging.main.c.id == worked.c.id, worked.c.v.is_not(None))
            .values({column: worked.c.v})
        )
        if field.key in mapped:
            filled = tx.connection.scalars(filling.returning(staging.main.c[NUMBER])).all()
            tell(reminders, sorted(filled), field)
        else:
            tx.connection.execute(filling)
    staging.table = staging.form_table(())


def tell(reminders: list[RowFault], numbers: Iterable[int], field: Field) -> None:
    """Remind of the empty cells that a default was filled into."""
    remind(
        reminders,
        numbers,
        field,
        "default_used",
        Text("这一格是空的，填入字段的默认值", "The cell is empty; the field's default is filled in"),
    )


def _value(rows: RowSet, field: Field) -> Made:
    made = live_formula(rows, field, _formula(field))
    if field.kind.value_type(field) != "text":
        return made
    longest = field.get("max_length", 500) if field.type == "text" else 20_000
    cut = sa.func.nullif(sa.func.left(made.value, sa.literal_column(str(int(longest)))), "", type_=sa.Text())
    return Made(cut, made.error)


def _formula(field: Field) -> str | None:
    given: Any = field.get("default")
    return given["formula"] if isinstance(given, Mapping) and isinstance(given.get("formula"), str) else None


def _compiles(tx: Transaction, form: Form, staging: Staging, field: Field) -> bool:
    try:
        _value(rows_of(tx, form, staging), field)
    except (FormulaFault, RowOnlyField, KeyError):
        return False
    return True
