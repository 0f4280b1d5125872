"""Statements made once and run often: SQL with its parameters, kept with the live version of the app."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import psycopg as driver

from engine.definitions.model import LiveApp
from engine.platform.database import overlong
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from engine.records.reading.visible import Access, access_for, fingerprint, grants_key

__all__ = ["Prepared", "Row", "fingerprint", "keep"]

KEPT = 400

Row = Sequence[Any]
P = TypeVar("P")


@lru_cache(maxsize=1)
def _dialect() -> Any:
    return driver.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Prepared:
    """A statement ready to run; `late` parameters come with each run."""

    sql: str
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, statement: Any) -> "Prepared":
        """Compile a statement of SQLAlchemy's."""
        try:
            compiled = statement.compile(dialect=_dialect())
        except RecursionError:
            raise _too_complex() from None
        processors = compiled._bind_processors
        given = {
            name: processors[name](value) if name in processors and value is not None else value
            for name, value in compiled.construct_params(_check=False).items()
        }
        return cls(str(compiled), given)

    def rows(self, connection: Connection, **late: Any) -> list[Row]:
        """All rows."""
        with _cursor(connection) as cursor:
            self._execute(connection, cursor, late)
            return cursor.fetchall()

    def rows_by_id(self, connection: Connection, **late: Any) -> list[Row]:
        """All rows of a statement that finds them by their ids: it is prepared, for every id has the same plan."""
        with _cursor(connection) as cursor:
            self._execute(connection, cursor, late, prepare=None)
            return cursor.fetchall()

    def explained(self, connection: Connection) -> dict[str, Any]:
        """PostgreSQL's plan of the statement."""
        with _cursor(connection) as cursor:
            asked = Prepared("EXPLAIN (FORMAT JSON) " + self.sql, self.parameters)
            asked._execute(connection, cursor, {})
            return cursor.fetchall()[0][0][0]["Plan"]  # type: ignore[no-any-return]

    def stream(self, connection: Connection, size: int, **late: Any) -> Iterator[list[Row]]:
        """The rows in portions, by a cursor on the server; needs a transaction."""
        raw = connection.connection.driver_connection
        assert raw is not None
        connection.exec_driver_sql("SELECT 1")  # SQLAlchemy begins its transaction here
        with raw.cursor(name="records") as cursor:
            cursor.itersize = size
            cursor.execute(self.sql, {**self.parameters, **late})
            while rows := cursor.fetchmany(size):
                yield rows

    def _execute(
        self, connection: Connection, cursor: Any, late: Mapping[str, Any], prepare: bool | None = False
    ) -> None:
        try:
            # As a rule never as a prepared statement: after some runs PostgreSQL would plan it without knowing the values,
            # and a filter with no hits must not be planned like one with 200,000.
            cursor.execute(self.sql, {**self.parameters, **late}, prepare=prepare)
        except _TOO_COMPLEX:
            raise _too_complex() from None
        except psycopg.Error as error:
            if refusal := overlong(connection, error):
                raise refusal from error
            raise sa.exc.DBAPIError.instance(self.sql, None, error, psycopg.Error) from error


_TOO_COMPLEX = (
    psycopg.errors.StatementTooComplex,
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.TooManyArguments,
    psycopg.errors.TooManyColumns,
)


def _too_complex() -> Invalid:
    """The refusal of a question that PostgreSQL cannot take in."""
    return Invalid.at(
        "",
        "too_complex",
        Text(
            "这些条件和公式合起来太复杂，请减少一些",
            "These conditions and formulas are too complex together; use fewer of them",
        ),
    )


def _cursor(connection: Connection) -> Any:
    if not connection.in_transaction() and connection.get_isolation_level() != "AUTOCOMMIT":
        connection.begin()
    raw = connection.connection.driver_connection
    assert raw is not None
    return raw.cursor()


@dataclass(frozen=True)
class Kept:
    """A plan with the accesses that it was made for."""

    plan: Any
    accesses: tuple[tuple[str, bytes], ...]


def keep(
    live: LiveApp, viewer: Any, key: tuple[Any, ...], make: Callable[[], tuple[P, Mapping[str, Access], bool]]
) -> P:
    """The plan under `key`, made anew when the viewer's grants on any form in it are others than they were."""
    plans: dict[tuple[Any, ...], Kept] = live.cache.setdefault("records.plans", {})
    whole = (*key, viewer.member_id, getattr(viewer, "revision", viewer.time_zone), viewer.language)
    kept = plans.get(whole)
    if kept is not None and all(_unchanged(live, viewer, *one) for one in kept.accesses):
        return kept.plan  # type: ignore[no-any-return]
    plan, accesses, keepable = make()
    if keepable:
        if len(plans) >= KEPT:
            plans.clear()
        plans[whole] = Kept(
            plan, tuple((form, grants_key(access.grants)) for form, access in accesses.items())
        )
    return plan


def _unchanged(live: LiveApp, viewer: Any, form: str, key: bytes) -> bool:
    if viewer.administrator:
        return True
    return grants_key(access_for(live, live.form(form), viewer).grants) == key
