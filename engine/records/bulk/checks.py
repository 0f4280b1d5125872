"""What may be wrong with many staged rows, found in sets: links that lead nowhere, repetitions, rules, permission."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, literal_column

from engine.access.viewer import Viewer
from engine.conditions import to_sql
from engine.fields.form import Field, Form
from engine.formulas.faults import FormulaFault
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text
from engine.records.bulk.staging import FAULT, NUMBER, Staging
from engine.records.reading.formula_sql import compile_formula
from engine.records.reading.offered import not_offered
from engine.records.reading.rowset import RowOnlyField, RowSet, Statement
from engine.records.reading.scope import AppScope
from engine.records.reading.seen import seen
from engine.records.storage.duplicates import Unique, evened_sql
from engine.records.storage.form_traits import narrowed
from engine.records.storage.storage import LINKS
from engine.records.storage.tables import FormTable
from engine.records.writing.incoming import place_fault
from engine.records.writing.rules import required, unique, validation, written
from engine.records.writing.rules.validation import Rule
from engine.records.writing.transaction import Transaction

MOST_REMINDERS = 20_000


@dataclass(frozen=True)
class RowFault:
    """What is wrong with a row, at a field where it is one."""

    number: int
    field: str | None
    code: str
    message: Text | str

    @classmethod
    def of(cls, number: int, fault: Fault) -> "RowFault":
        """The fault of a single record as that of a row; `/lines/0/qty` is the column `lines.qty`."""
        steps = [step for step in fault.pointer.split("/") if step and not step.isdigit()]
        return cls(number, ".".join(steps) or None, fault.code, fault.message)


def rows_of(tx: Transaction, form: Form, staging: Staging) -> RowSet:
    """The staged rows as rows of the form, for formulas and conditions."""
    return RowSet(
        Statement(tx.connection, tx.live, tx.viewer, tx.moment), form, None, table=staging.table, alias="t"
    )


def links(tx: Transaction, form: Form, staging: Staging) -> list[RowFault]:
    """Rows that name a record which is not there, or which one may not see; the others cannot be deleted now."""
    found: list[RowFault] = []
    for key, (field, column) in staging.target.columns.items():
        if getattr(field.kind, "refers_to", None) != "record" or field.get("form") not in tx.live.forms:
            continue
        chosen = f"unnest(s.{column.name})" if column.kind == LINKS else f"s.{column.name}"
        named = set(
            tx.connection.exec_driver_sql(
                f"SELECT DISTINCT {chosen} FROM {staging.name} s WHERE s.{column.name} IS NOT NULL AND s.{FAULT} IS NULL"
            ).scalars()
        )
        if not named:
            continue
        known = set(tx.read_titles("record", field.get("form"), named, share=True))
        if isinstance(tx.viewer, Viewer) and not tx.viewer.administrator:
            known = seen(tx.connection, tx.live, field.get("form"), tx.viewer, known)
        if field.get("form") == form.key:
            known = known.union(staging.ids())  # a row may name another row of the same file
        if missing := named - known:
            test = (
                f"s.{column.name} && %s::bigint[]"
                if column.kind == LINKS
                else f"s.{column.name} = ANY(%s::bigint[])"
            )
            said = Text("关联的数据不存在", "The linked record does not exist")
            found += _keep_out(tx, staging, test, (list(missing),), field, "unknown_record", said, key)
    return found


def offered(tx: Transaction, form: Form, staging: Staging) -> list[RowFault]:
    """Rows with a choice that its field does not offer."""
    found: list[RowFault] = []
    for key, (field, column) in staging.target.columns.items():
        if not narrowed(field):
            continue
        several = column.kind == LINKS or field.kind.multiple
        chosen = f"unnest(s.{column.name})" if several else f"s.{column.name}"
        given = tx.connection.exec_driver_sql(
            f"SELECT DISTINCT {chosen} FROM {staging.name} s WHERE s.{column.name} IS NOT NULL AND s.{FAULT} IS NULL"
        ).scalars()
        kind = "bigint[]" if getattr(field.kind, "refers_to", None) else "text[]"
        test = f"s.{column.name} && %s::{kind}" if several else f"s.{column.name} = ANY(%s::{kind})"
        for value, fault in not_offered(tx.connection, tx.live, tx.viewer, field, list(given)).items():
            found += _keep_out(tx, staging, test, ([value],), field, fault.code, fault.message, key)
    return found


def repeated(tx: Transaction, form: Form, staging: Staging, reminders: list[RowFault]) -> list[RowFault]:
    """Rows whose value a record has already, or that repeat a row above."""
    found: list[RowFault] = []
    target = staging.target
    for one in unique.uniques(form):
        if one.key not in target.uniques:
            continue
        column = target.uniques[one.key].name
        field = one.fields[0]
        there = f"EXISTS (SELECT 1 FROM {target.stored.qualified()} f WHERE f.{column} = s.{column} AND f.deleted_at IS NULL)"
        said = Text("已有相同的数据", "There is such a record already")
        above = (
            f"s.id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY {column} ORDER BY {NUMBER}) AS n"
            f" FROM {staging.name} WHERE {column} IS NOT NULL AND {FAULT} IS NULL) x WHERE n > 1)"
        )
        twice = Text("与前面的一行重复", "Repeats a row above")
        tests = [(there, said), (above, twice)]
        if unique.half_known(target, one) and all(target.has(each.key) for each in one.fields):
            tests.append((_same_values(target, one), said))
        for test, message in tests:
            if one.must:
                found += _keep_out(tx, staging, test, (), field, "not_unique", message, field.key)
            else:
                numbers = _numbers(tx, staging, test, ())
                remind(reminders, numbers, field, "maybe_duplicate", message)
    return found


def _same_values(target: FormTable, one: Unique) -> str:
    """That a record without a hash has these values."""
    main = target.stored.qualified()
    placed = [target.columns[field.key][1] for field in one.fields]
    joins = "".join(
        f" LEFT JOIN {target.stored.qualified(part)} f{part} ON f{part}.id = f.id"
        for part in sorted({column.part for column in placed} - {1})
    )
    same = " AND ".join(
        str(evened_sql(field, literal_column(f"f{'' if column.part == 1 else column.part}.{column.name}")))
        + f" = {evened_sql(field, literal_column(f's.{column.name}'))}"
        for field, column in zip(one.fields, placed, strict=True)
    )
    return (
        f"EXISTS (SELECT 1 FROM {main} f{joins} WHERE f.{target.uniques[one.key].name} IS NULL"
        f" AND f.deleted_at IS NULL AND {same})"
    )


def still_empty(tx: Transaction, staging: Staging, fields: Sequence[Field]) -> list[RowFault]:
    """Rows in which not even the default by formula gave a value to a field that must have one."""
    found: list[RowFault] = []
    for field in fields:
        test = f"s.{staging.target.columns[field.key][1].name} IS NULL"
        found += _keep_out(tx, staging, test, (), field, "required", required.EMPTY, field.key)
    return found


def orphans(tx: Transaction, form: Form, staging: Staging) -> list[RowFault]:
    """Rows that name a row of the same file which stays out; and those that name these in turn."""
    found: list[RowFault] = []
    said = Text("它关联的那一行没有导入", "The row that it names is left out")
    for key, (field, column) in staging.target.columns.items():
        if getattr(field.kind, "refers_to", None) != "record" or field.get("form") != form.key:
            continue
        wrong = f"(SELECT id FROM {staging.name} WHERE {FAULT} IS NOT NULL)"
        test = f"s.{column.name} && ARRAY{wrong}" if column.kind == LINKS else f"s.{column.name} IN {wrong}"
        while more := _keep_out(tx, staging, test, (), field, "unknown_record", said, key):
            found += more
    return found


def rules(tx: Transaction, form: Form, staging: Staging, reminders: list[RowFault]) -> list[RowFault]:
    """Rows that do not fulfil the form's rules."""
    found: list[RowFault] = []
    for rule in validation.rules(tx.live, form.key):
        if written.empties(tx, form) or not in_sets(staging, rule):
            continue
        try:
            rows = rows_of(tx, form, staging)
            test = broken(rows, rule)
        except (FormulaFault, RowOnlyField, Invalid):
            continue
        if test is None:
            continue
        main = rows.main
        statement = sa.select(main.c[NUMBER], main.c.id).select_from(rows.source.clause())
        hit = tx.connection.execute(statement.where(main.c[FAULT].is_(None), test)).all()
        if not hit:
            continue
        told = validation.Broken(rule, "").faults()
        by_row = [RowFault.of(row[0], fault) for row in hit for fault in told]
        if rule.must:
            found += by_row
            mark(tx, staging, [row[1] for row in hit], "rule")
        else:
            reminders += by_row[: max(0, MOST_REMINDERS - len(reminders))]
    return found


def in_sets(staging: Staging, rule: Rule) -> bool:
    """Whether a rule reads nothing but what the staging table has in plain columns."""
    return all(staging.table.has(path) for path in rule.reads)


def broken(rows: RowSet, rule: Rule) -> ColumnElement[bool] | None:
    """That the rule's formula is not true and its condition holds; None where its value is no yes or no."""
    made, kind = compile_formula(rows, rule.formula.text, AppScope)
    if kind == "boolean":
        test: ColumnElement[bool] = made.value.is_not(sa.true())
    elif kind == "number":
        test = sa.func.coalesce(made.value, 0) == 0
    else:
        return None
    if made.error is not None:
        test = sa.and_(test, made.error.is_(None))
    if rule.when:
        statement = rows.statement
        test = sa.and_(test, to_sql(rule.when, AppScope(rows), statement.person, statement.moment))
    return test


def late_rules(tx: Transaction, form: Form, staging: Staging) -> tuple[Rule, ...]:
    """The rules that can only be looked at once the rows are written."""
    found = []
    for rule in validation.rules(tx.live, form.key):
        try:
            plain = not written.empties(tx, form) and in_sets(staging, rule)
            plain = plain and broken(rows_of(tx, form, staging), rule) is not None
        except (FormulaFault, RowOnlyField, Invalid):
            plain = False
        if not plain:
            found.append(rule)
    return tuple(found)


def _keep_out(
    tx: Transaction,
    staging: Staging,
    test: str,
    given: tuple[Any, ...],
    field: Field,
    code: str,
    said: Text,
    key: str,
) -> list[RowFault]:
    message = place_fault("", field, code, said).message
    hit = tx.connection.exec_driver_sql(
        f"UPDATE {staging.name} s SET {FAULT} = '{code}' WHERE s.{FAULT} IS NULL AND {test} RETURNING s.{NUMBER}",
        given,
    )
    return [RowFault(number, key, code, message) for number in sorted(hit.scalars())]


def _numbers(tx: Transaction, staging: Staging, test: str, given: tuple[Any, ...]) -> list[int]:
    found = tx.connection.exec_driver_sql(
        f"SELECT s.{NUMBER} FROM {staging.name} s WHERE s.{FAULT} IS NULL AND {test} ORDER BY 1", given
    )
    return list(found.scalars())


def remind(
    reminders: list[RowFault], numbers: Iterable[int], field: Field | None, code: str, said: Text | str
) -> None:
    """Remind of these rows; no more than people read."""
    message = (
        place_fault("", field, code, said).message
        if field and isinstance(said, Text) and code != "rule"
        else said
    )
    for number in numbers:
        if len(reminders) < MOST_REMINDERS:
            reminders.append(RowFault(number, field.path if field else None, code, message))


def mark(tx: Transaction, staging: Staging, ids: list[int], code: str) -> None:
    """Keep these rows out."""
    if ids:
        tx.connection.exec_driver_sql(
            f"UPDATE {staging.name} SET {FAULT} = %s WHERE id = ANY(%s::bigint[])", (code, ids)
        )


def mark_numbers(tx: Transaction, staging: Staging, numbers: Iterable[int], code: str) -> None:
    """Keep the rows with these numbers out."""
    if chosen := list(numbers):
        tx.connection.exec_driver_sql(
            f"UPDATE {staging.name} SET {FAULT} = %s WHERE {NUMBER} = ANY(%s::bigint[])", (code, chosen)
        )
