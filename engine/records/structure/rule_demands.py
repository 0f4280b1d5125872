"""What new display rules and option linkages demand of the records that are there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.conditions.paths import paths as read_paths
from engine.conditions.to_sql import to_sql
from engine.definitions import places
from engine.fields.form import Field, Form
from engine.platform.i18n import Text
from engine.records.reading.rowset import RowSet
from engine.records.reading.scope import AppScope
from engine.records.structure import demands as demanded
from engine.records.writing.rules import display, named, options

Rule = Mapping[str, Any]
Bool = ColumnElement[bool]
Test = Callable[[RowSet], Bool]


def demands(before: Form, after: Form) -> Iterator["demanded.Demand"]:
    """The demands of the rules that the form did not have, or had otherwise."""
    known = {one.get("key", ""): one for one in before.rules}
    for rule in after.rules:
        if known.get(rule["key"]) == rule:
            continue
        if rule["kind"] == display.DisplayRule.name:
            yield from _required(after, rule)
        elif rule["kind"] == options.OptionsRule.name:
            yield from _offered(after, rule)


def _required(form: Form, rule: Rule) -> Iterator["demanded.Demand"]:
    row = named.row_of(form, rule)
    for path in rule.get("require", ()):
        field = form.field(path)
        if field is None:
            continue
        said = Text(
            "没有填规则要求的“{field}”", "leave “{field}” empty, which a rule requires", field=_named(field)
        )
        yield demanded.Demand(
            said,
            frozenset({path, *named.own_reads(form, rule.get("when"), row)}),
            _test(field, row, lambda rows, at, one: sa.and_(_when(rule, rows), demanded.empty(at, one))),
            paths=frozenset(read_paths(rule.get("when"))),
            row=row,
        )


def _offered(form: Form, rule: Rule) -> Iterator["demanded.Demand"]:
    field = form.field(rule["field"])
    if field is None:
        return
    row = named.row_of(form, rule)
    where = {"all": [*([rule["when"]] if rule.get("when") else []), _not_offered(field, rule)]}
    said = Text(
        "“{field}”选的是规则不再提供的选项",
        "hold an option in “{field}” that a rule no longer offers",
        field=_named(field),
    )
    yield demanded.Demand(
        said,
        frozenset({field.path, *named.own_reads(form, where, row)}),
        _test(field, row, lambda rows, at, one: _condition(where, rows)),
        paths=frozenset(read_paths(where)),
        row=row,
    )


def _not_offered(field: Field, rule: Rule) -> dict[str, Any]:
    op = "contains_any" if field.kind.multiple else "in"

    def outside(allowed: Any) -> dict[str, Any]:
        return {"field": field.key, "op": op, "value": [one for one in field.options if one not in allowed]}

    if "by" not in rule:
        return outside(rule["allow"])
    by = field.beside(rule["by"])
    holds = "contains_any" if by is not None and by.kind.multiple else "in"
    return {
        "any": [
            {"all": [{"field": rule["by"], "op": holds, "value": [value]}, outside(allowed)]}
            for value, allowed in rule["allow"].items()
        ]
    }


def _test(field: Field, row: Field | None, test: Callable[[RowSet, RowSet, Field], Bool]) -> Test:
    """That the test holds for the record, or for one of its rows where the field is a column."""

    def anywhere(rows: RowSet) -> Bool:
        if field.parent is None:
            return test(rows, rows, field)
        below = rows.rows_of(field.parent)
        found = test(below if row is not None else rows, below, field)
        query: Any = sa.select(sa.literal_column("1")).select_from(below.source.clause())
        return query.where(rows.tie(below), found).correlate(rows.main).exists()  # type: ignore[no-any-return]

    return anywhere


def _when(rule: Rule, rows: RowSet) -> Bool:
    return _condition(rule["when"], rows) if rule.get("when") else sa.true()


def _condition(where: Any, rows: RowSet) -> Bool:
    statement = rows.statement
    return to_sql(where, AppScope(rows), statement.person, statement.moment)


def _named(field: Field) -> Text | str:
    return places.spoken(field.label, field.key)
