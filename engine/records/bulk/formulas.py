"""Stored formulas and serial numbers of many staged rows, worked out in sets."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from engine.fields.form import Form
from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse
from engine.records.bulk.checks import rows_of
from engine.records.bulk.staging import FAULT, NUMBER, Passing, Staging
from engine.records.reading.formula_sql import live_formula
from engine.records.reading.rowset import RowOnlyField
from engine.records.storage import serials
from engine.records.storage.computed import StoredFormula, computations, touches
from engine.records.writing.rules import unique
from engine.records.writing.transaction import Transaction


def in_python(
    tx: Transaction, form: Form, staging: Staging, given_later: Collection[str] = ()
) -> tuple[StoredFormula, ...]:
    """The formulas that are worked out row by row before copying: no SQL meaning, subforms, or read by such.

    Defaults by formula of the fields `given_later` are filled in SQL and need nothing here.
    """
    order = computations(tx.live, form.key).order
    numbered = _after_serials(tx, form)
    chosen = {
        one.path
        for one in order
        if one.path not in numbered and (_reads_rows(form, one) or not _compiles(tx, form, staging, one))
    }
    needed = {field.key for rule in unique.uniques(form) for field in rule.fields}
    needed |= {
        path for field in form.fields if field.key not in given_later for path in _default_reads(field)
    }
    chosen |= {one.path for one in order if one.path in needed}
    for one in reversed(order):  # what a chosen one reads must be there before it
        if one.path in chosen:
            chosen |= {other.path for other in order if touches(one.reads, {other.path})}
    return tuple(one for one in order if one.path in chosen)


def waiting(tx: Transaction, form: Form, done: Iterable[StoredFormula]) -> list[StoredFormula]:
    """The formulas that are still to be worked out before serial numbers are drawn."""
    made = {one.path for one in done} | _after_serials(tx, form)
    return [one for one in computations(tx.live, form.key).order if one.path not in made]


def work_out(tx: Transaction, form: Form, staging: Staging, formulas: Sequence[StoredFormula]) -> None:
    """These formulas, all in one statement: one that reads another works that out along the way."""
    if formulas:
        staging.table = staging.form_table({one.path for one in formulas})
        _set(tx, form, staging, formulas)
        staging.table = staging.form_table(())


def in_passing(
    tx: Transaction, form: Form, staging: Staging, formulas: Sequence[StoredFormula]
) -> Passing | None:
    """The formulas as they can be worked out while the rows are written; None where they cannot.

    They may read nothing but their own row, cannot fail and come out the same whenever they are worked out. Until
    then whoever reads them works them out along the way.
    """
    before, staging.table = staging.table, staging.form_table({one.path for one in formulas})
    rows = rows_of(tx, form, staging)
    made = [live_formula(rows, one.field) for one in formulas]
    if rows.source.joins or rows.statement.volatile or any(one.error is not None for one in made):
        staging.table = before
        return None
    assert isinstance(rows.main, sa.Alias)
    values = {staging.table.column(one.path).name: value.value for one, value in zip(formulas, made)}
    return Passing(rows.main, values)


def number_serials(tx: Transaction, form: Form, staging: Staging) -> list[StoredFormula]:
    """Serial numbers of the rows without a fault, in their order; answers the formulas that are still to do."""
    table = staging.target
    fields = [one for one in form.fields if one.type == "serial" and one.key in table.columns]
    if not fields:
        return []
    zone = tx.viewer.time_zone
    for field in fields:
        parts = [part["field"] for part in field.get("pattern", ()) if "field" in part]
        keys = [key for key in parts if key in table.columns]
        chosen = "".join(f", {table.columns[key][1].name}" for key in keys)
        rows = tx.connection.exec_driver_sql(
            f"SELECT id{chosen} FROM {staging.name} WHERE {FAULT} IS NULL ORDER BY {NUMBER}"
        ).all()
        if not rows:
            return []
        within = serials.bucket(field, tx.moment, zone)
        first = serials.draw(
            tx.connection, table.stored.schema, table.stored.id, field.key, within, len(rows)
        )
        codes = []
        for number, row in enumerate(rows, first):
            values = dict(zip(keys, row[1:]))
            codes.append(serials.written(field, number, tx.moment, zone, values, shown(tx, form, values)))
        column = table.columns[field.key][1].name
        tx.connection.exec_driver_sql(
            f"UPDATE {staging.name} s SET {column} = e.code FROM unnest(%s::bigint[], %s::text[]) AS e(id, code)"
            " WHERE s.id = e.id",
            ([row[0] for row in rows], codes),
        )
    left = []
    for one in computations(tx.live, form.key).order:
        if one.path in _after_serials(tx, form):
            if _reads_rows(form, one) or not _compiles(tx, form, staging, one):
                left.append(one)
            else:
                _set(tx, form, staging, [one])
    return left


def shown(tx: Transaction, form: Form, values: dict[str, Any]) -> dict[str, str]:
    """Values of a record as a serial number's pattern writes them."""
    said: dict[str, str] = {}
    for key, value in values.items():
        field = form.field(key)
        if field is None or value is None:
            continue
        kind = getattr(field.kind, "refers_to", None)
        said[key] = (
            (tx.title(kind, field.get("form"), value) or "")
            if kind
            else field.kind.display(value, field, tx.language)
        )
    return said


def _set(tx: Transaction, form: Form, staging: Staging, formulas: Sequence[StoredFormula]) -> None:
    rows = rows_of(tx, form, staging)
    made = [live_formula(rows, one.field) for one in formulas]
    if not rows.source.joins and all(one.error is None for one in made):
        # They read nothing but their own row and cannot fail: no need to read the table beside itself.
        columns = {
            rows.stored(staging.table.column(one.path)): value.value for one, value in zip(formulas, made)
        }
        tx.connection.execute(sa.update(rows.main).where(rows.main.c[FAULT].is_(None)).values(columns))  # type: ignore[arg-type]
        return
    chosen: list[Any] = [rows.id.label("id")]
    for number, one in enumerate(made):
        error = sa.cast(sa.null(), sa.Text()) if one.error is None else one.error
        chosen += [one.value.label(f"v{number}"), error.label(f"e{number}")]
    worked = (
        sa.select(*chosen)
        .select_from(rows.source.clause())
        .where(rows.main.c[FAULT].is_(None))
        .subquery("worked")
    )
    main = staging.main
    values: dict[Any, Any] = {
        staging.table.column(one.path): worked.c[f"v{number}"] for number, one in enumerate(formulas)
    }
    failing = [number for number, one in enumerate(made) if one.error is not None]
    if failing:
        told = sa.func.jsonb_strip_nulls(
            sa.func.jsonb_build_object(
                *(
                    part
                    for number in failing
                    for part in (sa.literal(formulas[number].path), worked.c[f"e{number}"])
                )
            )
        )
        kept = sa.func.coalesce(main.c.errors, sa.literal_column("'{}'::jsonb"))
        # Hardly any row fails, and making a document for each would take longer than the formulas.
        fails = sa.or_(*(worked.c[f"e{number}"].is_not(None) for number in failing))
        values[main.c.errors] = sa.case((fails, kept.op("||")(told)), else_=main.c.errors)
    tx.connection.execute(sa.update(main).where(main.c.id == worked.c.id).values(values))


def _compiles(tx: Transaction, form: Form, staging: Staging, one: StoredFormula) -> bool:
    try:
        live_formula(rows_of(tx, form, staging), one.field)
    except (FormulaFault, RowOnlyField, KeyError):
        return False
    return True


def _reads_rows(form: Form, one: StoredFormula) -> bool:
    paths = (*one.reads, one.path)
    return any(
        "." in path or (field := form.field(path)) is not None and field.kind.multiple for path in paths
    )


def _after_serials(tx: Transaction, form: Form) -> set[str]:
    drawn = {one.key for one in form.fields if one.type == "serial"}
    return {one.path for one in computations(tx.live, form.key).after(drawn)} if drawn else set()


def _default_reads(field: Any) -> set[str]:
    given = field.get("default")
    if not isinstance(given, dict) or "formula" not in given:
        return set()
    try:
        return {".".join(steps) for steps in parse(given["formula"]).paths}
    except FormulaFault:
        return set()
