"""The database: transactions, plain reads, and the repeat of work that PostgreSQL asks to repeat."""

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeVar
from weakref import WeakSet

import orjson
import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from sqlalchemy import Connection, create_engine, event, exc
from sqlalchemy.engine import Engine, ExceptionContext

from engine.platform.errors import TookTooLong
from engine.platform.i18n import Text
from engine.platform.settings import driver_url

SCHEMA = "jianflow"
"""Where the product's own tables are; every app has a schema of its own."""

ATTEMPTS = 8
IDLE_BEFORE_CHECK = 5.0
_BOUND = "reading seconds"
REPEATABLE = {"40001", "40P01"}  # serialization_failure, deadlock_detected

_USUAL = (None, psycopg.IsolationLevel.READ_COMMITTED)
_ONE_BY_ONE = "SELECT pg_advisory_xact_lock(7021384655028416951)"
"""Those who have waited for each other in a circle go one after the other, so that they do not do so again."""
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED; "

T = TypeVar("T")

_engines: WeakSet[Engine] = WeakSet()
_before_commit: list[Callable[[Connection], None]] = []


def on_commit(work: Callable[[Connection], None]) -> None:
    """Have `work` done in every transaction that `begin` or `run` commits, as its last step."""
    _before_commit.append(work)


class Database:
    """A pool of connections to one PostgreSQL.

    With `reading_seconds` plain reads have a pool of their own, of the same size, on whose connections PostgreSQL ends a
    statement that takes longer (0: never): so the bound costs no message, and no write or snapshot ever has it.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        max_overflow: int = 16,
        name: str = "jianflow",
        reading_seconds: float | None = None,
    ) -> None:
        self.url = driver_url(url)
        pool = {"pool_size": pool_size, "max_overflow": max_overflow}
        self.engine = _engine(self.url, name, pool)
        own = reading_seconds is not None
        self.reading = _engine(self.url, name, pool, reading_seconds or 0) if own else self.engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A connection in one transaction: committed at the end, rolled back when the block raises."""
        with self.engine.begin() as connection:
            yield connection
            for work in _before_commit:
                work(connection)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection for reading: every statement for itself, nothing to commit.

        A statement that takes longer than reads may is refused with TookTooLong.
        """
        with self.reading.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection for reading that sees one unchanging state, as an export needs it."""
        with self.engine.connect() as connection:
            steady = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with steady.begin():
                yield steady

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in a transaction; if PostgreSQL asks for it, roll back and do the whole once more."""
        return self._repeat(self.begin, work)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, which only reads, on a plain connection; repeated like `run`."""
        return self._repeat(self.connect, work)

    def close(self) -> None:
        """Give all connections back."""
        for engine in {self.engine, self.reading}:
            engine.dispose()

    def begin_anew(self) -> None:
        """Leave the connections to the process that this one was forked from, and open new ones."""
        for engine in {self.engine, self.reading}:
            engine.dispose(close=False)

    def _repeat(self, opening: Callable[[], Any], work: Callable[[Connection], T]) -> T:
        collided = False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with opening() as connection:
                    if collided:
                        connection.exec_driver_sql(_ONE_BY_ONE)
                    return work(connection)
            except exc.DBAPIError as error:
                if attempt == ATTEMPTS or not _asks_for_repeat(error.orig):
                    raise
                collided = collided or isinstance(error.orig, psycopg.errors.DeadlockDetected)
                time.sleep(random.uniform(0, 0.01 * 2**attempt))
        raise AssertionError("unreachable")


def overlong(connection: Connection, error: BaseException | None) -> TookTooLong | None:
    """The refusal of a statement that PostgreSQL ended because it took longer than reads may; None for other errors."""
    seconds = connection.info[_BOUND] if _is_ended(error) else 0
    if not seconds:
        return None
    return TookTooLong(
        Text(
            "查了 {seconds} 秒还没有结果，已停止，没有改动任何数据。请把范围缩小一些：加筛选条件，或少用跨表的条件、汇总和排序",
            "There was no result after {seconds} seconds, so this was stopped; nothing was changed. Ask for less: add a filter,"
            " or use fewer conditions, sums and sortings that reach into other forms",
            seconds=f"{seconds:g}",
        )
    )


def forget_statements() -> None:
    """Drop what SQLAlchemy keeps of statements, and with it the tables of forms as they once were."""
    for engine in list(_engines):
        engine.clear_compiled_cache()


def beginning(connection: Connection, statement: str) -> tuple[Any, ...]:
    """The one row of a statement, asked in the message that begins the transaction: a round trip less."""
    raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    plain = not raw.autocommit and raw.isolation_level in _USUAL and raw.read_only is None
    fresh = plain and raw.pgconn.transaction_status == pq.TransactionStatus.IDLE
    if not (fresh or raw.pgconn.transaction_status == pq.TransactionStatus.INTRANS):
        return tuple(connection.exec_driver_sql(statement.replace("%", "%%")).one())
    result = raw.pgconn.exec_((_BEGIN + statement if fresh else statement).encode())
    if result.status != pq.ExecStatus.TUPLES_OK:
        error = psycopg.errors.error_from_result(result)
        raise exc.DBAPIError.instance(statement, None, error, psycopg.Error) from error
    reader = Transformer(raw)
    reader.set_pgresult(result)
    return reader.load_row(0, tuple)  # type: ignore[return-value]


def to_json(value: object) -> str:
    """The JSON that is stored; exact decimals become strings."""
    return orjson.dumps(value, default=_as_json, option=orjson.OPT_NON_STR_KEYS).decode()


def _as_json(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def _engine(url: str, name: str, pool: dict[str, int], reading_seconds: float = 0) -> Engine:
    bound = f" -c statement_timeout={round(reading_seconds * 1000)}" if reading_seconds else ""
    engine = create_engine(
        url,
        **pool,
        pool_timeout=30,
        pool_use_lifo=True,  # the backend that served last has everything at hand
        json_serializer=to_json,
        json_deserializer=orjson.loads,
        connect_args={"options": "-c timezone=UTC" + bound, "application_name": name, "connect_timeout": 10},
    )
    _watch_connections(engine, reading_seconds)
    _engines.add(engine)
    return engine


def _is_ended(error: BaseException | None) -> bool:
    return isinstance(error, psycopg.errors.QueryCanceled)


def _asks_for_repeat(error: BaseException | None) -> bool:
    return isinstance(error, psycopg.Error) and (error.sqlstate in REPEATABLE or _is_changed_plan(error))


def _is_changed_plan(error: BaseException | None) -> bool:
    # A statement prepared before a form was published; PostgreSQL has no code of its own for it.
    return isinstance(error, psycopg.errors.FeatureNotSupported) and "cached plan" in str(error)


def _watch_connections(engine: Engine, reading_seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection[Any], record: Any) -> None:
        connection.prepared_max = 256
        record.info[_BOUND] = reading_seconds

    @event.listens_for(engine, "checkin")
    def note(connection: psycopg.Connection[Any], record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def check(connection: psycopg.Connection[Any], record: Any, proxy: Any) -> None:
        # A ping before every use would cost each request a round trip; one after a pause finds a restart.
        if time.monotonic() - record.info.get("used", time.monotonic()) < IDLE_BEFORE_CHECK:
            return
        try:
            engine.dialect.do_ping(connection)  # type: ignore[arg-type]
        except psycopg.Error as error:
            raise exc.DisconnectionError() from error

    @event.listens_for(engine, "handle_error", retval=True)
    def tell_of_bound(context: ExceptionContext) -> BaseException | None:
        if context.connection is None or not _is_ended(context.original_exception):
            return None
        return overlong(context.connection, context.original_exception)

    @event.listens_for(engine, "handle_error")
    def drop_old_plans(context: ExceptionContext) -> None:
        # The connection would keep its old plan; it is closed and a fresh one taken.
        if _is_changed_plan(context.original_exception):
            context.is_disconnect = True
            context.invalidate_pool_on_disconnect = False
