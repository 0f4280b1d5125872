"""What formulas read of one record: its own values, its rows, and through links those of other records."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from engine.fields import path as paths
from engine.fields.base import RowValues
from engine.fields.failed import Failed
from engine.fields.form import Field, Form
from engine.fields.formula import tree
from engine.fields.formula_names import name_of
from engine.fields.lookup import lookup_target
from engine.formulas import coerce
from engine.formulas.evaluate import evaluate
from engine.formulas.faults import FormulaFault
from engine.formulas.moment import Moment
from engine.formulas.names import Name
from engine.formulas.tree import Formula, Path
from engine.formulas.values import NUM, VALUE, FormulaError, Value
from engine.formulas.values import Failed as FailedFormula


class Outside(Protocol):
    """Gives what stands outside the record, when a formula asks for it."""

    def record_value(self, form: Form, record_id: int, field: Field) -> Any:
        """The value of a field of another record, its title where the field is a link's own form's title."""
        ...

    def read_records(self, form_key: str, record_ids: Iterable[int]) -> None:
        """Read records at once whose values will be asked for one by one."""
        ...

    def title(self, kind: str, form: str | None, target_id: int) -> str | None:
        """The title of a record, the name of a member or department."""
        ...

    def person_value(self, kind: str, target_id: int, key: str) -> Any:
        """The department, superior, … of a member or department."""
        ...

    def moment_of(self, formula: Formula) -> Moment:
        """When and for whom a formula is worked out."""
        ...


class RecordValues:
    """One record as formulas see it; inside a subform, `row` is the row's own values."""

    def __init__(
        self,
        form: Form,
        values: Mapping[str, Any],
        outside: Outside,
        subform: Field | None = None,
        row: Mapping[str, Any] | None = None,
    ) -> None:
        self.form = form
        self.values = values
        self.outside = outside
        self.subform = subform
        self.row = row

    def value(self, path: Path) -> Any:
        """The value at the end of a path; KeyError where there is no such field."""
        steps = paths.resolve(self.form, ".".join(path), self.subform)
        if steps is None:
            raise KeyError(path)
        return self._walk(self.held(steps[0]), steps, 0)

    def held(self, field: Field) -> Any:
        """The value of one of the record's or row's own fields, as it is stored or as it works out now."""
        inside = self.row is not None and field.parent is not None and field.parent is self.subform
        held = self.row if inside and self.row is not None else self.values
        if not field.live or field.key in held:
            return held.get(field.key)
        if field.type == "lookup":
            return self.looked_up(field)
        formula = tree(field)
        whole = self if inside or self.row is None else RecordValues(self.form, self.values, self.outside)
        return worked_out(formula, field, whole, self.outside.moment_of(formula)) if formula else None

    def in_row(self, subform: Field, row: RowValues) -> "RecordValues":
        """A row of one of the subforms; of another record's subform its row is all that is known."""
        own = subform.form is None or subform.form is self.form
        form, values = (self.form, self.values) if own else (subform.form or self.form, {})
        return RecordValues(form, values, self.outside, subform, row.values)

    def looked_up(self, lookup: Field) -> Any:
        """What a lookup through a link shows now; None for a table of records."""
        link, target = lookup.beside(lookup.get("via")), lookup_target(lookup)
        form = paths.target_form(link) if link is not None else None
        linked = self.held(link) if link is not None else None
        if linked is None or form is None or target is None:
            return None
        return self.outside.record_value(form, int(getattr(linked, "id", linked)), target)

    def resolve(self, path: Path) -> Name | None:
        """The type of the field at the end of a path, with its options."""
        steps = paths.resolve(self.form, ".".join(path), self.subform)
        return name_of(steps) if steps else None

    def names(self) -> list[str]:
        """The paths that one may have meant."""
        return [one.path for one in self.form.walk()]

    def _walk(self, value: Any, steps: tuple[Field, ...], at: int) -> Any:
        field = steps[at].value_field
        last = at == len(steps) - 1
        if steps[at].type == "subform":
            rows = value or ()
            if last:
                return [Decimal(number) for number in range(1, len(rows) + 1)]
            own = [self.in_row(steps[at], row) for row in rows]
            self._read_ahead(steps[at + 1], own)
            return [self._walk(one.held(steps[at + 1]), steps, at + 1) for one in own]
        kind = getattr(field.kind, "refers_to", None)
        if kind is None:
            return outward(value)
        if isinstance(value, list):
            return [self._refer(one, kind, field, steps, at) for one in value]
        return self._refer(value, kind, field, steps, at) if value is not None else None

    def _read_ahead(self, column: Field, own: Iterable["RecordValues"]) -> None:
        link = column.beside(column.get("via", "")) if column.type == "lookup" else column
        form = paths.target_form(link) if link is not None else None
        if link is None or form is None or link.live or form in (paths.MEMBERS, paths.DEPARTMENTS):
            return
        named = (one.held(link) for one in own)
        ids = {int(getattr(one, "id", one)) for one in named if one and not isinstance(one, (list, Failed))}
        self.outside.read_records(form.key, ids)

    def _refer(self, target: Any, kind: str, field: Field, steps: tuple[Field, ...], at: int) -> Any:
        target = int(getattr(target, "id", target) or 0)
        form = field.get("form") if kind == "record" else None
        if at == len(steps) - 1:
            return self.outside.title(kind, form, target)
        following = steps[at + 1]
        if kind != "record":
            return self._walk(self.outside.person_value(kind, target, following.key), steps, at + 1)
        place = paths.target_form(field)
        if place is None:
            return None
        return self._walk(self.outside.record_value(place, target, following), steps, at + 1)


def outward(value: Any) -> Any:
    """A stored value as formulas take it."""
    if isinstance(value, Failed):
        return FormulaError(value.code)
    if isinstance(value, dict):
        return str(value.get("title") or "") or None
    return value


def worked_out(
    formula: Formula, field: Field, values: RecordValues, moment: Moment, locale: str = "zh-CN"
) -> Any:
    """A computed field's value as it is stored: of its result's type and scale, or a FormulaError."""
    try:
        value = evaluate(formula, values, moment=moment, locale=locale)
    except FormulaFault:
        return NUM  # a limit was reached; the record is kept all the same
    made = fitted(value, field.value_field, locale)
    if isinstance(made, datetime) and made.tzinfo is None:
        return moment.to_instant(made)
    return made


def compared(formula: Formula, field: Field, values: RecordValues, moment: Moment) -> Any:
    """A formula's value as conditions compare it with the field's: not cut to what the field would keep."""
    value = evaluate(formula, values, moment=moment)
    if value is None or value == "" or isinstance(value, FormulaError):
        return value or None
    if not getattr(field.kind, "refers_to", None) and field.kind.value_type(field) != "number":
        made = fitted(value, field)
        return moment.to_instant(made) if isinstance(made, datetime) and made.tzinfo is None else made
    try:
        return coerce.to_number(value)
    except FailedFormula as failed:
        return failed.error


def fitted(value: Value, field: Field, locale: str = "zh-CN") -> Any:
    """A formula's value as a value of `field`."""
    if value is None or isinstance(value, FormulaError):
        return value
    try:
        return _FITTING[field.kind.value_type(field)](value, field, locale)
    except FailedFormula as failed:
        return failed.error
    except (KeyError, ValueError, InvalidOperation, OverflowError):
        return VALUE


def _number(value: Value, field: Field, locale: str) -> Any:
    number = coerce.to_number(value, locale)
    rounded: Callable[..., Decimal] | None = getattr(field.kind, "stored_value", None)
    return rounded(number, field) if rounded else number


def _text(value: Value, field: Field, locale: str) -> Any:
    return coerce.to_text(value)[:20_000] or None


def _datetime(value: Value, field: Field, locale: str) -> Any:
    moment = value if isinstance(value, datetime) else coerce.to_moment(value, locale)
    return moment


def _time(value: Value, field: Field, locale: str) -> Any:
    if isinstance(value, datetime):
        return value.time().replace(microsecond=0)
    return value if isinstance(value, time) else coerce.to_moment(value, locale).time().replace(microsecond=0)


_FITTING: Mapping[str, Callable[[Value, Field, str], Any]] = {
    "number": _number,
    "text": _text,
    "boolean": lambda value, field, locale: coerce.to_boolean(value),
    "date": lambda value, field, locale: coerce.to_date(value, locale),
    "datetime": _datetime,
    "time": _time,
}
