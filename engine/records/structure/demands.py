"""What a form's new definition demands of its records that the one before did not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.conditions.paths import paths as read_paths
from engine.definitions import places
from engine.definitions.model import LiveApp
from engine.fields import patterns
from engine.fields.form import Field, Form
from engine.platform.i18n import Text
from engine.records.bulk.checks import broken
from engine.records.reading.rowset import RowSet
from engine.records.structure import rule_demands
from engine.records.writing.rules import validation
from engine.records.writing.rules.validation import Rule

Bool = ColumnElement[bool]


@dataclass(frozen=True)
class Demand:
    """A new demand: `said` names the records that do not meet it, `reads` are the paths that it looks at.

    `test` is their condition in SQL; None where there is none for it. Row by row, `rule` or `value` tell: that a
    rule is broken, that a value of `reads` does not fit. `paths` are what its condition or formula reads, through
    links too, from the record or from a row of `row`.
    """

    said: Text
    reads: frozenset[str]
    test: Callable[[RowSet], Bool | None] | None = None
    rule: Rule | None = None
    value: Callable[[Any], bool] | None = None
    paths: frozenset[str] = frozenset()
    row: Field | None = None


def demands(live: LiveApp, before: Form, after: Form) -> Iterator[Demand]:
    """The demands that publishing `after`, in the app `live`, makes in addition."""
    for field in after.walk():
        if field.kind.stored and not field.kind.computed and not field.kind.layout_only:
            yield from _of_field(before.field(field.path), field)
    yield from _of_rules(live, before, after)
    yield from rule_demands.demands(before, after)


def _of_field(old: Field | None, field: Field) -> Iterator[Demand]:
    name = _name(field)
    reads = frozenset({field.path})
    if field.required and not (old is not None and old.required):
        yield Demand(
            Text("没有填现在必填的“{field}”", "leave “{field}” empty, which is required now", field=name),
            reads,
            lambda rows: _anywhere(rows, field, empty),
        )
    if old is None or old.type != field.type:
        return  # a new field has no values; those of a retyped one were read anew by its type
    if field.children:
        yield from _of_rows(old, field, name, reads)
    for limit, test, said in _narrowed(old, field):
        yield Demand(
            Text(said.zh, said.en, field=name, limit=limit),
            reads,
            lambda rows, test=test: _anywhere(rows, field, lambda at, one: test(_column(at, one))),  # type: ignore[misc]
        )
    pattern = field.get("pattern")
    if pattern and pattern != old.get("pattern"):
        yield Demand(
            Text(
                "“{field}”不符合新的格式要求",
                "have “{field}” in another format than is required now",
                field=name,
            ),
            reads,
            value=lambda value: value is not None and not patterns.fits(pattern, value),
        )


def _narrowed(old: Field, field: Field) -> Iterator[tuple[Any, Callable[[Any], Bool], Text]]:
    """The limits of single values that became tighter: limit, what breaks it, how that is said."""
    longest = _limits(old, field, "max_length", getattr(field.kind, "longest", None))
    if _tighter(longest):
        most = longest[1]
        yield (
            most,
            lambda column: sa.func.char_length(column) > most,
            Text("“{field}”超过 {limit} 个字", "have more than {limit} characters in “{field}”"),
        )
    most_files = _limits(old, field, "max_count", None)
    if _tighter(most_files):
        count = most_files[1]
        yield (
            count,
            lambda column: sa.func.cardinality(column) > count,
            Text("“{field}”多于 {limit} 个", "have more than {limit} in “{field}”"),
        )
    highest = _limits(old, field, "max", None)
    if _tighter(highest):
        top = Decimal(str(highest[1]))
        yield (
            highest[1],
            lambda column: column > top,
            Text("“{field}”大于 {limit}", "have “{field}” above {limit}"),
        )
    lowest = _limits(old, field, "min", None)
    if _tighter(lowest, -1):
        bottom = Decimal(str(lowest[1]))
        yield (
            lowest[1],
            lambda column: column < bottom,
            Text("“{field}”小于 {limit}", "have “{field}” below {limit}"),
        )
    removed = sorted(old.options.keys() - field.options.keys())
    if removed and field.options:
        several = field.kind.multiple
        options = sa.cast(sa.literal(removed, sa.ARRAY(sa.Text())), sa.ARRAY(sa.Text()))
        yield (
            "",
            lambda column: column.op("&&")(options) if several else column == sa.any_(options),
            Text("“{field}”选的是已去掉的选项", "hold an option in “{field}” that was removed"),
        )


def _of_rows(old: Field, field: Field, name: Text | str, reads: frozenset[str]) -> Iterator[Demand]:
    fewest = (old.get("min_rows", 0), field.get("min_rows", 0))
    if fewest[1] > fewest[0]:
        yield Demand(
            Text(
                "“{field}”少于 {limit} 行",
                "have fewer than {limit} rows in “{field}”",
                field=name,
                limit=fewest[1],
            ),
            reads,
            lambda rows: _row_count(rows, field) < fewest[1],
        )
    most = _limits(old, field, "max_rows", None)
    if _tighter(most):
        yield Demand(
            Text(
                "“{field}”多于 {limit} 行",
                "have more than {limit} rows in “{field}”",
                field=name,
                limit=most[1],
            ),
            reads,
            lambda rows: _row_count(rows, field) > most[1],
        )


def _of_rules(live: LiveApp, before: Form, after: Form) -> Iterator[Demand]:
    known: dict[str, Mapping[str, Any]] = {one.get("key", ""): one for one in before.rules}
    for rule in validation.rules(live, after.key):
        old = known.get(rule.key)
        if (
            old is not None
            and (old.get("formula"), old.get("when"), old.get("inside"))
            == (rule.formula.text, rule.when, rule.inside.key if rule.inside else None)
            and (not rule.must or old.get("level", "must") == "must")
        ):
            continue
        said = places.spoken(rule.message, rule.key)
        words = (
            Text("不符合规则“{rule}”", "do not fulfil the rule “{rule}”", rule=said)
            if rule.must
            else Text("会引出提醒“{rule}”", "bring up the reminder “{rule}”", rule=said)
        )
        test = None if rule.inside else (lambda rows, rule=rule: broken(rows, rule))  # type: ignore[misc]
        paths = {".".join(path) for path in rule.formula.paths} | read_paths(rule.when)
        yield Demand(words, rule.reads, test, rule=rule, paths=frozenset(paths), row=rule.inside)


# -- in SQL ------------------------------------------------------------------------------------------------


def _anywhere(rows: RowSet, field: Field, test: Callable[[RowSet, Field], Bool]) -> Bool:
    """That the test holds for the record, or for one of its rows where the field is a subform's column."""
    if field.parent is None:
        return test(rows, field)
    below = rows.rows_of(field.parent)
    found = test(below, field)
    query: Any = (
        sa.select(sa.literal_column("1")).select_from(below.source.clause()).where(rows.tie(below), found)
    )
    return query.correlate(rows.main).exists()


def empty(rows: RowSet, field: Field) -> Bool:
    """That the field, or the column of these rows, has no value."""
    assert rows.table is not None
    if field.children:
        return _row_count(rows, field) == 0
    if field.key in rows.table.link_tables:
        link = rows.link_table(field)
        query: Any = sa.select(sa.literal_column("1")).select_from(link).where(link.c.record_id == rows.id)
        return sa.not_(query.correlate(rows.main).exists())
    return _column(rows, field).is_(None)


def _row_count(rows: RowSet, field: Field) -> ColumnElement[int]:
    below = rows.rows_of(field)
    query = sa.select(sa.func.count()).select_from(below.source.clause()).where(rows.tie(below))
    return query.correlate(rows.main).scalar_subquery()


def _column(rows: RowSet, field: Field) -> ColumnElement[Any]:
    assert rows.table is not None
    return rows.stored(rows.table.column(field.key))


# -- limits ------------------------------------------------------------------------------------------------


def _limits(old: Field, field: Field, name: str, default: Any) -> tuple[Any, Any]:
    return old.get(name, default), field.get(name, default)


def _tighter(limits: tuple[Any, Any], sign: int = 1) -> bool:
    """Whether a limit, from above or (sign -1) from below, leaves less room than before."""
    old, new = limits
    return new is not None and (old is None or sign * new < sign * old)


def _name(field: Field) -> Text | str:
    own = places.spoken(field.label, field.key)
    if field.parent is None:
        return own
    return Text(
        "{subform}·{column}",
        "{subform} · {column}",
        subform=places.spoken(field.parent.label, field.parent.key),
        column=own,
    )
