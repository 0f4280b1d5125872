"""Orders with lines in a real PostgreSQL, seen by formulas as rows in Python and as columns in SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from engine.formulas import (
    FormulaError,
    FormulaFault,
    MemberFacts,
    Moment,
    Name,
    SqlCollection,
    check,
    evaluate,
    parse,
    to_sql,
)

STAGES = {"won": "won", "赢单": "won", "lost": "lost", "输单": "lost", "closed lost": "lost"}
MOMENT = Moment(
    datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
    "Asia/Shanghai",
    MemberFacts("7", "王芳", department_name="销售部", roles=("manager",)),
)

NAMES = {
    ("a",): Name("number", "数量", whole=60),
    ("b",): Name("number", "单价"),
    ("c",): Name("number", "折扣", places=4),
    ("s",): Name("text", "备注"),
    ("r",): Name("text", "编号"),
    ("f",): Name("boolean", "加急"),
    ("d",): Name("date", "下单日"),
    ("e",): Name("date", "交货日"),
    ("w",): Name("datetime", "创建于"),
    ("t",): Name("time", "预约"),
    ("stage",): Name("text", "阶段", options=STAGES, option_labels={"won": "赢单", "lost": "输单"}),
    ("x",): Name("number", "利润率"),
    ("lines", "q"): Name("number", "数量", True),
    ("lines", "p"): Name("number", "单价", True),
    ("lines", "n"): Name("text", "产品", True),
    ("lines", "d"): Name("date", "日期", True),
    ("lines", "g"): Name("text", "阶段", True, STAGES),
    ("lines", "x"): Name("number", "毛利", True),
}

metadata = sa.MetaData(schema="formula_tests")
orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    *(sa.Column(name, sa.Numeric) for name in "abcx"),
    *(sa.Column(name, sa.Text(collation="C")) for name in ("s", "r", "stage", "x_error")),
    sa.Column("f", sa.Boolean),
    sa.Column("d", sa.Date),
    sa.Column("e", sa.Date),
    sa.Column("w", sa.DateTime(timezone=True)),
    sa.Column("t", sa.Time),
)
lines = sa.Table(
    "lines",
    metadata,
    sa.Column("order", sa.Integer, index=True),
    sa.Column("place", sa.Integer),
    *(sa.Column(name, sa.Numeric) for name in "qpx"),
    *(sa.Column(name, sa.Text(collation="C")) for name in ("n", "g", "x_error")),
    sa.Column("d", sa.Date),
)


class Scope:
    """The orders as SQL."""

    moment = MOMENT

    def __init__(self) -> None:
        self.lines = lines.alias("line")

    def resolve(self, path: tuple[str, ...]) -> Name | None:
        return NAMES.get(path)

    def column(self, path: tuple[str, ...]) -> Any:
        return orders.c[path[0]]

    def error(self, path: tuple[str, ...]) -> Any:
        return orders.c.x_error if path == ("x",) else None

    def collection(self, path: tuple[str, ...]) -> SqlCollection:
        column = self.lines.c[path[1]]
        error = self.lines.c.x_error if path[1] == "x" else None
        return SqlCollection(self.lines, self.lines.c.order == orders.c.id, column, error, self.lines.c.place)


class Row:
    """One order in Python."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def resolve(self, path: tuple[str, ...]) -> Name | None:
        return NAMES.get(path)

    def value(self, path: tuple[str, ...]) -> Any:
        if path[0] == "lines":
            return [self._of(line, path[1]) for line in self.values.get("lines", [])]
        return self._of(self.values, path[0])

    @staticmethod
    def _of(values: dict[str, Any], key: str) -> Any:
        if key == "x" and values.get("x_error"):
            return FormulaError(values["x_error"])
        return values.get(key)


@contextmanager
def stored(connection: sa.Connection, rows: list[dict[str, Any]]) -> Iterator[None]:
    """The rows in the tables, inside the block only."""
    with connection.begin() as transaction:
        columns = [c.name for c in orders.c]
        connection.execute(
            orders.insert(), [{k: row.get(k) for k in columns} | {"id": i} for i, row in enumerate(rows)]
        )
        details = [
            {c.name: line.get(c.name) for c in lines.c} | {"order": i, "place": at}
            for i, row in enumerate(rows)
            for at, line in enumerate(row.get("lines", []))
        ]
        if details:
            connection.execute(lines.insert(), details)
        yield
        transaction.rollback()


def in_python(text: str, row: dict[str, Any]) -> Any:
    """What the formula gives for a row in Python."""
    return evaluate(parse(text), Row(row), moment=MOMENT)


def in_sql(connection: sa.Connection, text: str) -> list[Any]:
    """What the formula gives for every stored row in SQL."""
    made = to_sql(parse(text), Scope())
    error = sa.null() if made.error is None else made.error
    query = (
        sa.select(made.value.label("v"), error.label("e"))
        .select_from(made.apply(orders))
        .order_by(orders.c.id)
    )
    return [FormulaError(e) if e is not None else v for v, e in connection.execute(query)]


def same(python: Any, sql: Any) -> bool:
    """Whether both gave the same: decimals exactly, powers and roots to 1e-12, empty text as blank."""
    if isinstance(python, FormulaError) or isinstance(sql, FormulaError):
        return bool(python == sql)
    if python in (None, "") or sql in (None, ""):
        return python in (None, "") and sql in (None, "")
    if isinstance(python, bool) or isinstance(sql, bool):
        return python is sql
    if isinstance(python, Decimal) and isinstance(sql, Decimal):
        return python == sql or abs(python - sql) <= abs(python) * Decimal("1e-12") + Decimal("1e-19")
    return type(python) is type(sql) and bool(python == sql)


def sql_able(text: str) -> bool:
    """Whether the formula can be said in SQL; one that compares a stage with what is none can't be saved at all."""
    try:
        return check(parse(text), Scope()).sql
    except FormulaFault as fault:
        assert fault.code == "unknown_option"
        return False


ORDINARY = [
    {
        "a": Decimal("12.5"), "b": Decimal("80"), "c": Decimal("0.15"), "s": "Hello World", "r": "A-0012", "f": True,
        "d": date(2026, 1, 31), "e": date(2026, 3, 15), "w": datetime(2026, 1, 31, 18, 30, tzinfo=UTC), "stage": "won", "t": time(10, 30),
        "x": Decimal("0.25"),
        "lines": [
            {"q": Decimal(1), "p": Decimal("10.50"), "n": "Apple", "d": date(2026, 1, 1), "g": "won", "x": Decimal(1)},
            {"q": Decimal(2), "p": Decimal("3.99"), "n": "pear", "d": date(2026, 2, 1), "g": "lost", "x_error": "#DIV/0!"},
            {"q": None, "p": None, "n": None, "d": None, "g": None},
            {"q": Decimal("-3"), "p": Decimal("0"), "n": "apple pie", "d": date(2025, 12, 31), "g": "won", "x": Decimal(2)},
        ],
    },
    {"a": Decimal(0), "b": Decimal("-3.333"), "c": None, "s": "", "r": "12", "f": False, "stage": "lost", "x_error": "#DIV/0!"},
    {},
]  # fmt: skip
