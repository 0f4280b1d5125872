"""Names as SQL: the scopes that conditions are given, with the app's rights or with a viewer's."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from engine.access.grants import Grant
from engine.access.viewer import App, Viewer
from engine.conditions.formula_values import Worked, check_sql
from engine.conditions.to_sql import to_sql
from engine.definitions.model import LiveApp
from engine.fields import path as paths
from engine.fields.form import Field
from engine.fields.lookup import is_table
from engine.platform import clock
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from engine.records.reading.formula_sql import compile_formula
from engine.records.reading.rowset import Made, RowOnlyField, RowSet, Statement, linking, looked_up, masked
from engine.records.reading.visible import TITLE, Access, along, grants_key

Bool = ColumnElement[bool]
Inner = Callable[[ColumnElement[Any]], Bool]


class AppScope:
    """The fields of rows with the app's rights; what conditions of grants, rollups and rules read."""

    def __init__(self, rows: RowSet) -> None:
        self.rows = rows
        self.statement = rows.statement
        self._checked: dict[str, str] = {}

    @property
    def time_zone(self) -> str:
        """The organisation's time zone."""
        return self.statement.time_zone

    @property
    def few(self) -> bool:
        """Whether hardly any row is expected to match."""
        return self.statement.few

    def resolve(self, path: str) -> tuple[Field, ...] | None:
        """The field at each step; None where a step does not exist or has no SQL meaning."""
        steps = paths.resolve(self.rows.form, path, self.rows.subform)
        return steps if steps and self._allowed(steps) else None

    def column(self, path: str) -> ColumnElement[Any]:
        """The value at the end of a path of single values."""
        return self.made(self._steps(path)).value

    def made(self, steps: Sequence[Field]) -> Made:
        """The value along these steps, masked where the viewer may not see it."""
        rows = self.rows
        if rows.alias is None and (len(steps) > 1 or not rows.is_plain(steps[0])):
            return self._beside(steps)
        rows, last, masks = self.place(steps)
        return self._last(rows, last, masks)

    def place(self, steps: Sequence[Field]) -> tuple[RowSet, Field, list[Bool]]:
        """The rows and the field at the end of a path, lookups followed, and what must hold for it to be seen."""
        rows, masks = self.rows, []
        for step in steps[:-1]:
            masks += self._field_masks(rows, step)
            rows = self._enter(rows, step, masks)
        last = steps[-1]
        masks += self._field_masks(rows, last)
        while last.type == "lookup" and not is_table(last):
            rows = self._through(rows, last, masks)
            last = looked_up(last)
        return rows, last, masks

    def exists(self, path: str, inner: Inner | None) -> Bool:
        """Whether some value at the end of the path satisfies `inner`."""
        return self._exists(self.rows, list(self._steps(path)), inner)

    def formula(self, text: str) -> Worked:
        """A formula over the same rows."""
        self.check_formula(text)
        made, kind = compile_formula(self.rows, text, type(self))
        return Worked(made.value, kind, made.error)

    def check_formula(self, text: str) -> str:
        """The type of the formula's value; raises FormulaFault where it is wrong or has no SQL meaning."""
        if text not in self._checked:
            self._checked[text] = check_sql(text, self.resolve)
        return self._checked[text]

    def among(self, path: str, ids: Sequence[int]) -> Bool | None:
        """A link compared with ids so that an index can serve it; None where the plain column does that."""
        return None

    # -- what a viewer's scope changes -----------------------------------------------------------------

    def _allowed(self, steps: Sequence[Field]) -> bool:
        return True

    def _field_masks(self, rows: RowSet, field: Field) -> list[Bool]:
        return []

    def _row_masks(self, rows: RowSet) -> list[Bool]:
        return []

    def _title_masks(self, rows: RowSet) -> list[Bool]:
        return []

    # -- inside ----------------------------------------------------------------------------------------

    def _steps(self, path: str) -> tuple[Field, ...]:
        steps = paths.resolve(self.rows.form, path, self.rows.subform)
        if not steps:
            raise KeyError(path)
        return steps

    def _enter(self, rows: RowSet, step: Field, masks: list[Bool]) -> RowSet:
        if step.type == "lookup":
            rows = self._through(rows, step, masks)
            step = looked_up(step)
            return self._enter(rows, step, masks)
        rows = rows.to(step)
        masks += self._row_masks(rows)
        return rows

    def _through(self, rows: RowSet, lookup: Field, masks: list[Bool]) -> RowSet:
        """The rows that a lookup reads, with the masks on the way."""
        link, target = linking(lookup), looked_up(lookup)
        masks += self._field_masks(rows, link)
        rows = self._enter(rows, link, masks)
        masks += self._field_masks(rows, target)
        return rows

    def _last(self, rows: RowSet, field: Field, masks: list[Bool]) -> Made:
        made = rows.value(field)
        if getattr(field.kind, "refers_to", None) == "record" and not field.kind.multiple:
            target = paths.target_form(field)
            if target is not None and not self._whole(target):
                masks += self._row_masks(rows.to(field))
        return masked(made, masks)

    def _whole(self, form: Any) -> bool:
        return True

    def _beside(self, steps: Sequence[Field]) -> Made:
        """The value as a subquery, where the statement belongs to somebody else and nothing can be joined."""
        twin = self.rows.twin()
        made = type(self)(twin).made(steps)

        def alone(column: ColumnElement[Any]) -> ColumnElement[Any]:
            query = sa.select(column).select_from(twin.source.clause()).where(twin.id == self.rows.id)
            return query.correlate(self.rows.main).scalar_subquery()

        return Made(alone(made.value), None if made.error is None else alone(made.error))

    def _exists(self, rows: RowSet, steps: list[Field], inner: Inner | None) -> Bool:
        masks: list[Bool] = []
        for number, step in enumerate(steps):
            if step.type == "lookup" and looked_up(step).value_field.kind.multiple:
                steps = [*steps[:number], linking(step), looked_up(step), *steps[number + 1 :]]
                return self._exists(rows, steps, inner)
            if step.type == "subform" or step.kind.multiple and step.kind.column(step) is None:
                if rows.alias is None and number:
                    break
                masks += self._field_masks(rows, step)
                return self._some(rows, step, steps[number + 1 :], masks, inner)
            if number == len(steps) - 1:
                rows, step, more = type(self)(rows).place((step,))
                made = self._last(rows, step, masks + more)
                return inner(made.value) if inner else made.value.is_not(None)
            if rows.alias is None:
                break
            masks += self._field_masks(rows, step)
            rows = self._enter(rows, step, masks)
        # Nothing can be joined to somebody else's statement: the way to the many values goes in a subquery.
        twin = self.rows.twin()
        found = type(self)(twin)._exists(twin, steps, inner)
        query: Any = sa.select(sa.literal_column("1")).select_from(twin.source.clause())
        return query.where(twin.id == self.rows.id, found).correlate(self.rows.main).exists()

    def _some(
        self, rows: RowSet, step: Field, rest: list[Field], masks: list[Bool], inner: Inner | None
    ) -> Bool:
        one: Any = sa.literal_column("1")
        if step.type == "subform":
            below = rows.rows_of(step)
            tie = rows.tie(below)
            scope = type(self)(below)
            found = scope._exists(below, rest, inner) if rest else (inner(below.id) if inner else sa.true())
            query = sa.select(one).select_from(below.source.clause())
        else:
            link = rows.link_table(step)
            tie = link.c.record_id == rows.id
            form = paths.target_form(step)
            if form is None:
                raise KeyError(step.path)
            if not rest and self._whole(form):
                found = inner(link.c.target_id) if inner else sa.true()
                query = sa.select(one).select_from(link)
            else:
                below = rows.others(form)
                scope = type(self)(below)
                seen = self._row_masks(below)
                if rest:
                    found = scope._exists(below, rest, inner)
                else:
                    found = inner(link.c.target_id) if inner else sa.true()
                below.source.joins.insert(
                    0, (link, sa.and_(link.c.target_id == below.id, below.present), False)
                )
                query = sa.select(one).select_from(below.source.clause()).where(*seen)
        return query.where(tie, *masks, found).correlate_except(*_own(query)).exists()


class ViewerScope(AppScope):
    """The fields of rows as far as the viewer may read them; all others do not exist."""

    def known(self) -> Iterable[str]:
        """The fields there are, for suggestions."""
        return [one.path for one in self.rows.form.walk() if self._allowed((one,))]

    def among(self, path: str, ids: Sequence[int]) -> Bool | None:
        """A link to records of which the viewer may not read all: the ids first, then whether they may be read."""
        steps = self._steps(path)
        target = paths.target_form(steps[-1])
        if len(steps) > 1 or target is None or self._whole(target) or steps[0].type != "link":
            return None
        if self._field_masks(self.rows, steps[0]):
            return None
        column = self.rows.value(steps[0]).value
        others = self.rows.others(target)
        masks = self._row_masks(others)
        query = (
            sa.select(others.id)
            .select_from(others.source.clause())
            .where(others.id == column, others.present, *masks)
        )
        wanted = column == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.BigInteger())))
        return sa.and_(wanted, query.correlate_except(*_own(query)).exists())

    def _allowed(self, steps: Sequence[Field]) -> bool:
        access = self._access(self.rows)
        return access is None or along(steps, access, self.statement.access)

    def _field_masks(self, rows: RowSet, field: Field) -> list[Bool]:
        access = self._access(rows)
        if access is None or field.key in ("id", "version") and field.system:
            return []
        return field_masks(rows, access, field.path)

    def _row_masks(self, rows: RowSet) -> list[Bool]:
        access = self._access(rows)
        return [] if access is None or access.whole else [row_condition(rows, access.grants)]

    def _title_masks(self, rows: RowSet) -> list[Bool]:
        access = self._access(rows)
        return [] if access is None else field_masks(rows, access, TITLE)

    def _whole(self, form: Any) -> bool:
        return not self._guarded(form) or self.statement.access(form).whole

    def _access(self, rows: RowSet) -> Access | None:
        return self.statement.access(rows.form) if self._guarded(rows.form) else None

    def _guarded(self, form: Any) -> bool:
        return form is not paths.MEMBERS and form is not paths.DEPARTMENTS


def field_masks(rows: RowSet, access: Access, path: str) -> list[Bool]:
    """What a row must meet for its field to be shown: nothing, or one of the grants that show it."""
    if access.always(path):
        return []
    shows = access.shows(path)
    return [row_condition(_record(rows), shows) if shows else sa.false()]


def row_condition(rows: RowSet, grants: Sequence[Grant]) -> Bool:
    """That one of these grants matches the row."""
    if any(grant.where is None for grant in grants):
        return sa.true()
    rows = _record(rows)
    found = []
    for grant in grants:
        key = grants_key((grant,))
        if key not in rows.conditions:
            statement = rows.statement
            rows.conditions[key] = to_sql(grant.where, AppScope(rows), statement.person, statement.moment)
        found.append(rows.conditions[key])
    return sa.or_(sa.false(), *found)


def condition(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    where: Any,
    viewer: Viewer | App,
    *,
    moment: datetime | None = None,
    current: Mapping[str, Any] | None = None,
    pointer: str = "/where",
) -> Bool:
    """A condition with the app's rights over the form's own tables, all parts of which the caller joins.

    Everything that is not in them comes in subqueries, so that it fits into any statement.
    """
    statement = Statement(connection, live, viewer, moment or clock.now())
    rows = RowSet.of(statement, live.form(form_key), alias=None)
    try:
        return to_sql(where, AppScope(rows), statement.person, statement.moment, current, pointer)
    except RowOnlyField as error:
        raise unusable(error.field, pointer) from None


def unusable(field: Field, pointer: str) -> Invalid:
    """The refusal of a live formula that only a single row can work out."""
    return Invalid.at(
        pointer,
        "row_only",
        Text(
            "“{name}”只能逐行计算，不能用来筛选、排序或汇总",
            "“{name}” is worked out row by row and cannot be filtered, sorted or added up by",
            name=field.name(),
        ),
    )


def _record(rows: RowSet) -> RowSet:
    return rows.record() if rows.subform is not None else rows


def _own(query: Any) -> list[Any]:
    return list(query.get_final_froms()[0]._from_objects)
