"""What the engine adds to what was sent: defaults, copied values (选择数据), stored formulas."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from engine.access.viewer import App, Viewer
from engine.fields.base import FieldFault, ParseContext, RowValues
from engine.fields.failed import Failed
from engine.fields.form import Field, Form
from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse
from engine.formulas.values import FormulaError
from engine.platform.errors import Refusal
from engine.records.reading.bare_values import as_kept
from engine.records.reading.formula_values import RecordValues, worked_out
from engine.records.reading.read import get
from engine.records.storage.computed import Computations, StoredFormula
from engine.records.storage.form_traits import by_formula as is_formula
from engine.records.storage.form_traits import traits
from engine.records.writing.transaction import Transaction


def add_defaults(
    tx: Transaction, form: Form, values: dict[str, Any], sent: Iterable[str], context: ParseContext
) -> None:
    """Plain defaults of the fields that were not sent, in the record and in its new rows."""
    sent = set(sent)
    for field in traits(form).defaults:
        if field.children:
            rows = values.get(field.key) or ()
            values[field.key] = [
                row if row.id is not None else RowValues(None, _row_defaults(tx, field, row.values, context))
                for row in rows
            ] or None
        elif field.key not in sent and values.get(field.key) is None:
            value = default_value(tx, field, context)
            if value is not None:
                values[field.key] = value


def default_value(tx: Transaction, field: Field, context: ParseContext) -> Any:
    """A field's default where it does not depend on other fields; None where it has none."""
    given = field.get("default")
    if field.kind.computed or not field.kind.stored:
        return None
    if field.get("default_from") and (found := _queried(tx, field, context)) is not None:
        return found
    if given is None:
        return None
    try:
        if not isinstance(given, Mapping):
            return field.kind.parse(given, field, context)
        if given.get("me"):
            me = tx.viewer.member_id
            return [me] if me and field.kind.multiple else me
        if given.get("my_department"):
            mine = tx.viewer.department_id if isinstance(tx.viewer, Viewer) else None
            return [mine] if mine and field.kind.multiple else mine
        if given.get("now") or given.get("today"):
            local = tx.formula_moment.local
            exact = {"datetime": tx.moment, "time": local}.get(field.kind.value_type(field))
            return field.kind.parse(exact if given.get("now") and exact else local.date(), field, context)
    except FieldFault:
        return None  # a default that no longer fits its field is as good as none
    return None


def _queried(tx: Transaction, field: Field, context: ParseContext) -> Any:
    """The value that a default from a query finds, as far as the one who writes may read it."""
    from engine.records.reading.query import Query, query

    source: Mapping[str, Any] = field.get("default_from")
    form = tx.live.forms.get(source.get("form", ""))
    read = form.field(source.get("field", "")) if form else None
    if form is None or read is None:
        return None
    sort = source.get("sort") or [{"field": "id", "desc": True}]
    asked = {"where": source.get("where"), "sort": sort, "fields": [read.key], "limit": 1}
    try:
        records = query(tx.connection, tx.live, form.key, tx.viewer, Query.read(asked)).records
        value = records[0].value(read.key) if records else None
    except Refusal:
        return None  # hidden from this person
    if value is None or isinstance(value, Failed):
        return None
    shown = read.value_field
    for raw in (shown.kind.to_json(value, shown), shown.kind.display(value, shown, context.language)):
        with suppress(FieldFault):
            return field.kind.parse(raw, field, context)
    return None


def fill(
    tx: Transaction, form: Form, values: dict[str, Any], chosen: Mapping[str, Any], sent: Iterable[str]
) -> None:
    """Copy what links with `fill` name, for the links that were chosen now; what was sent stands."""
    sent = set(sent)
    for field in traits(form).filling:
        if field.get("fill") and field.key in chosen and values.get(field.key) is not None:
            for target, value in copied(tx, field, values[field.key]).items():
                if target not in sent or values.get(target) is None:
                    values[target] = value
        elif field.children and field.key in chosen:
            values[field.key] = [_filled_row(tx, field, row) for row in values.get(field.key) or ()] or None


def copied(
    tx: Transaction, field: Field, target_id: int, viewer: Viewer | App | None = None
) -> dict[str, Any]:
    """The values that a link with `fill` copies from the record it names, as far as the chooser may see them.

    The one who writes chooses, unless another `viewer` is named; of a record out of sight nothing is copied.
    """
    pairs: Mapping[str, str] = field.get("fill") or {}
    try:
        source = _seen(tx, field.get("form"), target_id, list(pairs), viewer or tx.viewer)
    except Refusal:
        return {}  # where that matters, the link is refused
    return {own: source.get(theirs) for theirs, own in pairs.items()}


def work_out(
    tx: Transaction,
    form: Form,
    values: dict[str, Any],
    formulas: Iterable[StoredFormula],
    system: Mapping[str, Any],
) -> set[str]:
    """Work these stored formulas out, in their order; answers the paths whose value changed."""
    changed: set[str] = set()
    known = {**system, **values}
    for one in formulas:
        field = one.field
        if field.parent is None:
            value = worked_out(one.formula, field, RecordValues(form, known, tx), tx.moment_of(one.formula))
            if values.get(field.key) != value:
                changed.add(field.path)
            values[field.key] = known[field.key] = value
            continue
        subform = field.parent
        rows = []
        for row in values.get(subform.key) or ():
            reader = RecordValues(form, known, tx, subform, row.values)
            value = worked_out(one.formula, field, reader, tx.moment_of(one.formula))
            if row.values.get(field.key) != value:
                changed.add(field.path)
            rows.append(RowValues(row.id, {**row.values, field.key: value}))
        values[subform.key] = known[subform.key] = rows or None
    return changed


def work_out_all(
    tx: Transaction,
    form: Form,
    computations: Computations,
    values: dict[str, Any],
    system: Mapping[str, Any],
    changed: set[str],
    sent: Iterable[str],
    *,
    new: bool,
) -> set[str]:
    """Formulas that the changed paths concern, then formula defaults of what is still empty, and what reads those."""
    if new:
        values |= nothing_yet(computations)
    changed |= work_out(tx, form, values, computations.order if new else computations.after(changed), system)
    filled = fill_by_formula(tx, form, values, system, set(sent), new=new)
    if filled:
        changed |= filled
        changed |= work_out(tx, form, values, computations.after(filled), system)
    return changed


def nothing_yet(computations: Computations) -> dict[str, Any]:
    """The rollups of a record that nothing links to yet."""
    return {
        one.path: Decimal(0)
        for one in computations.rollups
        if one.function in ("count", "count_distinct", "sum")
    }


def fill_by_formula(
    tx: Transaction,
    form: Form,
    values: dict[str, Any],
    system: Mapping[str, Any],
    sent: set[str],
    *,
    new: bool,
) -> set[str]:
    """Defaults that are formulas, for fields that are still empty; answers which were filled."""
    filled: set[str] = set()
    for field in traits(form).formula_defaults:
        given = field.get("default")
        if values.get(field.key) is not None:
            continue
        if not given.get("on_save") and (not new or field.key in sent):
            continue
        if (value := by_formula(tx, form, field, values, system)) is not None:
            values[field.key] = value
            filled.add(field.key)
    for subform in traits(form).row_formula_defaults:
        filled |= _fill_rows(tx, form, subform, values, system)
    return filled


def _fill_rows(
    tx: Transaction, form: Form, subform: Field, values: dict[str, Any], system: Mapping[str, Any]
) -> set[str]:
    """The same in the new rows of a subform, where a column was left empty; answers the columns."""
    filled: set[str] = set()
    rows: list[RowValues] = []
    for row in values.get(subform.key) or ():
        kept = dict(row.values)
        for column in subform.children:
            if not is_formula(column) or kept.get(column.key) is not None:
                continue
            if row.id is not None and not column.get("default").get("on_save"):
                continue
            made = by_formula(tx, form, column, values, system, kept)
            if made is not None:
                kept[column.key] = made
                filled.add(column.path)
        rows.append(RowValues(row.id, kept))
    if filled:
        values[subform.key] = rows
    return filled


def follow_by_formula(
    tx: Transaction, form: Form, values: dict[str, Any], system: Mapping[str, Any], typed: Collection[str]
) -> set[str]:
    """In a form under way the defaults that are formulas, anew for fields that nobody has `typed` into; what changed."""
    changed: set[str] = set()
    for field in untouched(form, typed):
        value = by_formula(tx, form, field, values, system)
        if values.get(field.key) != value:
            values[field.key] = value
            changed.add(field.key)
    return changed


def untouched(form: Form, typed: Collection[str]) -> list[Field]:
    """The fields whose default is a formula that a form under way follows: nothing else fills them, and nobody has."""
    copied_into = {target for one in traits(form).filling for target in one.get("fill") or ()}
    return [
        field
        for field in traits(form).formula_defaults
        if field.key not in typed and field.key not in copied_into and not field.get("default").get("on_save")
    ]


def by_formula(
    tx: Transaction,
    form: Form,
    field: Field,
    values: Mapping[str, Any],
    system: Mapping[str, Any],
    row: Mapping[str, Any] | None = None,
) -> Any:
    """What a field's default, in a subform's `row` a column's, comes to; None where it is nothing or an error."""
    try:
        formula = parse(field.get("default")["formula"])
    except FormulaFault:
        return None
    known = {**system, **values}
    reader = RecordValues(form, known, tx, *(() if row is None else (field.parent, row)))
    value = worked_out(formula, field, reader, tx.moment_of(formula))
    if value is None or isinstance(value, FormulaError):
        return None
    limit = field.get("max_length", 500) if field.type == "text" else None
    return value[:limit] if limit else value


def _row_defaults(
    tx: Transaction, subform: Field, values: Mapping[str, Any], context: ParseContext
) -> dict[str, Any]:
    made = dict(values)
    for column in subform.children:
        if column.key not in made:
            value = default_value(tx, column, context)
            if value is not None:
                made[column.key] = value
    return made


def _filled_row(tx: Transaction, subform: Field, row: RowValues) -> RowValues:
    values = dict(row.values)
    for column in subform.children:
        if column.get("fill") and values.get(column.key) is not None:
            for target, value in copied(tx, column, values[column.key]).items():
                # A row that is there already keeps what it has: copying is for the moment of choosing.
                if values.get(target) is None:
                    values[target] = value
    return RowValues(row.id, values)


def _seen(
    tx: Transaction, form_key: str, record_id: int, keys: list[str], viewer: Viewer | App
) -> Mapping[str, Any]:
    form = tx.live.form(form_key)
    whole = not isinstance(viewer, Viewer) or viewer.administrator
    fields = [form.field(key) for key in keys]
    if whole and all(one is not None and not one.live for one in fields):
        record = tx.record(form_key, record_id)
        found = record.known() if record else {}
        return {key: None if isinstance(found.get(key), FormulaError) else found.get(key) for key in keys}
    shown = get(tx.connection, tx.live, form_key, viewer, record_id, fields=keys)
    return {key: as_kept(shown.values.get(key)) for key in keys}
