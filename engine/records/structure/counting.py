"""Publishing counts the records that do not meet what their form demands from now on: told, never refused."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, exc

from engine.access.viewer import App, Viewer, viewer_for
from engine.definitions import kinds, places
from engine.definitions.model import Change, LiveApp
from engine.definitions.propose import propose
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.formulas.faults import FormulaFault
from engine.platform.errors import Invalid, NotSignedIn
from engine.platform.i18n import Text
from engine.records.explanation.formula_reach import Reach
from engine.records.reading.rowset import Made, RowOnlyField, RowSet, Statement, masked
from engine.records.reading.scope import row_condition
from engine.records.reading.selection import scope_of
from engine.records.reading.visible import access_for
from engine.records.storage import rows as stored_rows
from engine.records.storage.tables import form_table
from engine.records.structure.demands import Demand, demands
from engine.records.writing.rules import validation
from engine.records.writing.transaction import Transaction

SECONDS = 3.0
"""So long a publication may count, since those who write wait for it; what is open then is not counted."""
ROW_BY_ROW = 2_000
"""So many records are looked at one by one, where a demand has no SQL meaning."""
EXAMPLES = 3

T = TypeVar("T")


@kinds.on_warn
def unmet(connection: Connection, changes: list[Change], live: LiveApp) -> Iterator[Text]:
    """For each new demand how many records that are there do not meet it, with some that the publisher may see."""
    deadline = time.monotonic() + SECONDS
    for change in changes:
        if change.kind != "forms" or change.after is None or change.key not in change.previous.forms:
            continue
        form = live.form(change.key)
        wanted = list(demands(live, change.previous.form(change.key), form))
        if wanted:
            publisher = _publisher(connection, change.author)
            counting = Counting(connection, live, form, publisher, deadline, change.previous)
            yield from (said for one in wanted if (said := counting.said(one)) is not None)


class Counting:
    """Counts the records of one form in the publishing transaction.

    `before` is the app as it was: what the roles of that do not let the viewer read everywhere is not counted, for
    one could draw the limit closer and closer around a value that one may not see.
    """

    def __init__(
        self,
        connection: Connection,
        live: LiveApp,
        form: Form,
        viewer: Viewer | App | None,
        deadline: float,
        before: LiveApp,
    ) -> None:
        self.connection = connection
        self.live = live
        self.form = form
        self.viewer = viewer
        self.deadline = deadline
        self.before = before
        forms = {("forms", key): one for key, one in live.documents.get("forms", {}).items()}
        self.as_entitled = propose(before, forms)
        """The app as it would be with the rights as they are."""

    def said(self, demand: Demand) -> Text | None:
        """What the publisher is told; None where all records meet the demand."""
        if not self.readable(demand):
            return self._unseen(demand)
        if form_table(self.connection, self.live, self.form.key).building & demand.reads:
            return self.uncounted(demand)  # its values are still on their way
        try:
            found = self._in_sql(demand)
        except (FormulaFault, RowOnlyField, Invalid):
            found = None
        if found is None:
            found = self._one_by_one(demand)
        if found is None:
            return self.uncounted(demand)
        count, test = found
        if not count:
            return None
        titles = self._within_time(lambda: self._examples(test)) or []
        return Text(
            "“{form}”的已有记录中，有 {n} 条{what}{examples}。它们保持原样，下次保存时再改。",
            "“{form}”: records that {what}: {n}{examples}. They stay as they are until they are next saved.",
            form=places.spoken(self.form.label, self.form.key),
            n=f"{count:,}",
            what=demand.said,
            examples=Text(
                "，例如“{titles}”",
                ", such as “{titles}”",
                titles=Text("”、“".join(titles), "”, “".join(titles)),
            )
            if titles
            else "",
        )

    def readable(self, demand: Demand) -> bool:
        """Whether the viewer reads all that the demand looks at, in every record."""
        if self.viewer is None:
            return False
        read = [(path, None) for path in demand.reads] + [(path, demand.row) for path in demand.paths]
        return all(
            self._everywhere(app, path, row) for app in (self.before, self.as_entitled) for path, row in read
        )

    def _everywhere(self, app: LiveApp, path: str, row: Field | None) -> bool:
        form = app.forms.get(self.form.key)
        inside = form.field(row.path) if form is not None and row is not None else None
        steps = paths.resolve(form, path, inside) if form is not None else None
        if form is None or steps is None:
            return app is self.before  # what only comes now has no values yet
        assert self.viewer is not None
        known = self.before.forms.get(form.key)
        fresh = not steps[0].kind.computed and known is not None and known.field(steps[0].path) is None
        return (fresh or access_for(app, form, self.viewer).whole) and Reach(
            app, form, self.viewer, inside
        ).always(tuple(path.split(".")))

    def _in_sql(self, demand: Demand) -> "tuple[int, Callable[[RowSet], Any]] | None":
        test = demand.test
        rows = RowSet.of(Statement(self.connection, self.live, App("publish")), self.form)
        if test is None or (where := test(rows)) is None:
            return None
        statement = (
            sa.select(sa.func.count()).select_from(rows.source.clause()).where(*_looked_at(rows), where)
        )
        count = self._within_time(lambda: self.connection.scalar(statement))
        return None if count is None else (count, test)

    def _one_by_one(self, demand: Demand) -> "tuple[int, Callable[[RowSet], Any]] | None":
        if demand.rule is None and demand.value is None:
            return None
        rows = RowSet.of(Statement(self.connection, self.live, App("publish")), self.form)
        statement = (
            sa.select(rows.id)
            .select_from(rows.source.clause())
            .where(*_looked_at(rows))
            .limit(ROW_BY_ROW + 1)
        )
        ids = self._within_time(lambda: list(self.connection.scalars(statement)))
        if ids is None or len(ids) > ROW_BY_ROW:
            return None
        failing = self._failing(demand, ids)
        return None if failing is None else (len(failing), lambda rows: rows.id.in_(failing))

    def _failing(self, demand: Demand, ids: Sequence[int]) -> list[int] | None:
        """Which of the records do not meet the demand; None where the time is over."""
        tx = Transaction(self.connection, self.live, App("publish"), "engine")
        failing: list[int] = []
        for record in stored_rows.read(self.connection, tx.table(self.form.key), ids).values():
            if time.monotonic() > self.deadline:
                return None
            if demand.value is not None:
                wrong = any(
                    demand.value(value) for path in demand.reads for value in _values(record.values, path)
                )
            elif demand.rule is not None:
                found = list(validation.broken_by(tx, self.form, record.known(), demand.rule, ""))
                wrong = bool(found and validation.confirmed(tx, self.form.key, record.id, found))
            else:
                wrong = False
            if wrong:
                failing.append(record.id)
        return failing

    def _examples(self, test: Callable[[RowSet], ColumnElement[bool]]) -> list[str]:
        """Titles of some of them, as far as the publisher may see them."""
        if self.viewer is None:
            return []
        statement = Statement(self.connection, self.live, self.viewer)
        rows = RowSet.of(statement, self.form)
        access = statement.access(self.form)
        if access.nothing:
            return []
        seen = [] if access.whole else [row_condition(rows, access.grants)]
        title = masked(Made(rows.title), scope_of(rows)._title_masks(rows)).value
        where = test(rows)
        found = self.connection.scalars(
            sa.select(title)
            .select_from(rows.source.clause())
            .where(*_looked_at(rows), *seen, where, title.is_not(None))
            .order_by(rows.id)
            .limit(EXAMPLES)
        )
        return list(found)

    def _within_time(self, work: Callable[[], T]) -> T | None:
        """What `work` answers; None where it takes longer than there is time left."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            return None
        before = self.connection.scalar(sa.text("SHOW statement_timeout"))
        savepoint = self.connection.begin_nested()
        try:
            self.connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(left * 1000))}")
            found = work()
            self.connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{before}'")
        except exc.OperationalError as error:
            savepoint.rollback()
            if not isinstance(error.orig, psycopg.errors.QueryCanceled):
                raise
            return None
        savepoint.commit()
        return found

    def _unseen(self, demand: Demand) -> Text:
        return Text(
            "没有统计“{form}”有多少条已有记录{what}：其中有您看不到的内容。",
            "Not counted: records of “{form}” that {what}; you may not see all that this is about.",
            form=places.spoken(self.form.label, self.form.key),
            what=demand.said,
        )

    def uncounted(self, demand: Demand) -> Text:
        """That the records were not counted, and why."""
        return Text(
            "没有统计“{form}”有多少条已有记录{what}：数据较多，或还在转换。",
            "Not counted: records of “{form}” that {what}; there are many, or their values are still being converted.",
            form=places.spoken(self.form.label, self.form.key),
            what=demand.said,
        )


def _looked_at(rows: RowSet) -> list[ColumnElement[bool]]:
    """What counts: records that are not deleted and no drafts, of which nothing is demanded yet."""
    return [rows.present, rows.main.c.flow_state.is_distinct_from("draft")]


def _values(values: Any, path: str) -> Iterator[Any]:
    key, _, column = path.partition(".")
    if not column:
        yield values.get(key)
    else:
        yield from (row.values.get(column) for row in values.get(key) or ())


def _publisher(connection: Connection, author: int | None) -> Viewer | App | None:
    """Who reads the examples; None for somebody who may no longer see anything."""
    try:
        return App("publish") if author is None else viewer_for(connection, author)
    except NotSignedIn:
        return None
