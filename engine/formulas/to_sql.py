"""Compiles a formula to SQL: a value and an error code, equal to what `evaluate` gives for every row."""

import ast
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import DateTime, case, func, literal, literal_column, select
from sqlalchemy import Text as SqlText

from engine.formulas import sql_operators
from engine.formulas.evaluate import evaluate
from engine.formulas.faults import FormulaFault
from engine.formulas.functions.base import Function
from engine.formulas.names import JsonValues, Name, unknown_field
from engine.formulas.sql_parts import (
    SQL_TYPES,
    Part,
    RowOnly,
    Source,
    Step,
    StepColumn,
    as_boolean,
    as_date,
    as_integer,
    as_number,
    as_text,
    constant_part,
    first_error,
    level_of,
    mixed,
)
from engine.formulas.sql_scope import SqlFormula, SqlScope
from engine.formulas.sql_words import Sql
from engine.formulas.tree import Formula, chain, function_of, path_of, right_of, span, symbol, walk
from engine.platform.i18n import Text

MAX_NODES = 1500
HEAVY = 12
DEEP = 10


def to_sql(formula: Formula, scope: SqlScope, name: str | None = None) -> SqlFormula:
    """The formula as SQL over the scope's columns; a formula that is row only raises FormulaFault `row_only`.

    `name` begins the names of its lateral subqueries; two formulas with the same text in one statement need two.
    """
    compiler = Compiler(formula, scope, name or f"f{zlib.crc32(formula.text.encode()):08x}")
    try:
        return compiler.formula()
    except RowOnly as row_only:
        raise FormulaFault("row_only", row_only.reason, 0, len(formula.text)) from None


class Compiler:
    """Turns the tree of one formula into parts, and keeps the steps that stand once."""

    def __init__(self, formula: Formula, scope: SqlScope, name: str) -> None:
        self.source_formula = formula
        self.scope = scope
        self.name = name
        self.steps: list[Step] = []
        self.count = 0

    def formula(self) -> SqlFormula:
        """The whole formula."""
        tree = self.source_formula.tree
        if sum(1 for _ in walk(tree)) > MAX_NODES and not _flat(tree):
            raise RowOnly(
                Text("公式太长，只能逐行计算。", "The formula is so long that it is worked out row by row.")
            )
        part = self.work(tree)
        if part.source is not None:
            raise RowOnly(Text("结果是一个列表。", "The result is a list."))
        kind, value = part.type, part.value
        if part.error is not None and part.weight > 1:
            part = self.once(part) if part.weight > HEAVY else part
            value = part.value
        if part.error is not None and kind not in ("error",):
            value = case((part.error.is_(None), value))
        if kind == "datetime":
            value = func.timezone(literal(self.scope.moment.time_zone), value, type_=DateTime(timezone=True))
        shown = {"blank": "any", "empty": "text", "error": "any"}.get(kind, kind)
        return SqlFormula(shown, value, part.error, self.laterals(self.name, self.steps))  # type: ignore[arg-type]

    # --- steps ---------------------------------------------------------------------------------------------------

    def work(self, node: ast.expr) -> Part:
        """A node as a part."""
        if isinstance(node, ast.Constant):
            return constant_part(node.value)
        if isinstance(node, ast.Name):
            return self.path(node)
        if not isinstance(node, ast.List) and self.is_fixed(node):
            values = evaluate(Formula("", node), JsonValues({}), moment=self.scope.moment)
            return constant_part(values)
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.List):
            raise RowOnly(Text("列表常量只能逐行计算。", "Lists written out are worked out row by row."))
        return self.chain(node)

    def is_fixed(self, node: ast.expr) -> bool:
        """Whether a step is the same for every row, so that Python works it out."""
        for part in walk(node):
            if isinstance(part, ast.Name):
                return False
            if isinstance(part, ast.Call) and function_of(part).volatile and function_of(part).sql is None:
                raise only_by_row(function_of(part))
        return True

    def path(self, node: ast.Name) -> Part:
        """A field."""
        path = path_of(node)
        name = self.scope.resolve(path)
        if name is None:
            raise unknown_field(path, *span(node))
        if name.type == "any":
            raise RowOnly(
                Text(
                    "字段“{name}”的类型不固定。",
                    "The field “{name}” has no fixed type.",
                    name=name.label or node.id,
                )
            )
        if not name.collection:
            return self._field(name, self.scope.column(path), self.scope.error(path), None)
        rows = self.scope.collection(path)
        return self._field(name, rows.element, rows.error, Source(rows.from_clause, rows.where, rows.order))

    def _field(self, name: Name, value: Sql, error: Sql | None, source: Source | None) -> Part:
        if name.type == "datetime":
            value = func.timezone(literal(self.scope.moment.time_zone), value, type_=DateTime())
        return Part(
            name.type,
            value,
            error,
            places=name.places,
            whole=name.whole,
            length=name.length,
            options=name.options,
            source=source,
            weight=1 if error is None else 2,
        )

    def chain(self, node: ast.expr) -> Part:
        """A chain of operators, from the left, without recursion."""
        first, operators = chain(node)
        made = sql_operators.Running(self, self.work(first))
        for step in operators:
            right = right_of(step)
            made.step(
                symbol(step), None if right is None else self.work(right), isinstance(step, ast.UnaryOp)
            )
        return made.result()

    def call(self, node: ast.Call) -> Part:
        """A function: its arguments read as its parameters want them, then its own SQL meaning."""
        function = function_of(node)
        if function.sql is None:
            raise only_by_row(function)
        if function.lazy:
            return self.settle(function.sql(self, *node.args))  # type: ignore[no-any-return]
        raw = [self.argument(function, index, arg) for index, arg in enumerate(node.args)]
        fitted: list[Part] = []
        errors: list[Sql | None] = []
        for index, part in enumerate(raw):
            kind = function.param(index).kind
            if part.hollow:
                raise mixed()
            fitted.append(self.read(kind, part))
        if not function.catches:
            scalars = [
                i for i, p in enumerate(raw) if not (p.source is not None and _takes_lists(function, i))
            ]
            errors = [raw[i].error for i in scalars]
            errors += [fitted[i].error for i in scalars if fitted[i] is not raw[i]]
            if any(raw[i].type == "error" for i in scalars):
                bad = next(raw[i] for i in scalars if raw[i].type == "error")
                if all(raw[i].error is None for i in scalars if raw.index(bad) > i):
                    return bad
        lifted = [
            p.source for i, p in enumerate(raw) if p.source is not None and not _takes_lists(function, i)
        ]
        made: Part = function.sql(self, *fitted)
        if lifted:
            made = replace(made, source=sql_operators.one_source(lifted))
        return self.settle(replace(made, error=first_error([*errors, made.error])), *raw)

    def argument(self, function: Function, index: int, node: ast.expr) -> Part:
        """An argument, small enough to be used several times."""
        part = self.work(node)
        part = self.once(part) if part.weight > (2 if part.type == "text" else HEAVY) else part
        listed = function.param(index).kind in ("numbers", "values", "raws")
        return replace(part, reference=listed and isinstance(node, ast.Name))

    def fixed(self, value: Any) -> Part:
        """A value known now."""
        return constant_part(value)

    def never(self) -> Part:
        """What can't be said in SQL because it changes from row to row."""
        raise RowOnly(Text("这里需要写成固定的值。", "A fixed value is needed here."))

    def read(self, kind: str, part: Part) -> Part:
        """An argument as a parameter of `kind` wants it; the part's error is then what reading adds."""
        if kind in READ:
            return READ[kind](part)
        return part

    # --- keeping expressions small -------------------------------------------------------------------------------

    def make(self, kind: str, value: Sql, error: Sql | None = None, **more: Any) -> Part:
        """A new part, by default never NULL without an error."""
        return Part(kind, value, error, **{"blank": False, **more})

    def settle(self, part: Part, *used: Part) -> Part:
        """The part with its size counted; a large one is made to stand once."""
        weight = max(part.weight, 2 + sum(p.weight for p in used))
        depth = max(part.depth, 1 + max((p.depth for p in used), default=0))
        part = replace(part, weight=weight, depth=depth)
        return self.once(part) if depth > DEEP or weight > 4 * HEAVY else part

    def once(self, part: Part) -> Part:
        """The same part as columns of a lateral subquery, so that it can be used often at no cost."""
        if part.weight <= 2 or part.is_constant:
            return part
        self.count += 1
        steps = self.steps if part.source is None else part.source.steps
        prefix = self.name if part.source is None else f"{self.name}r"
        step = Step(level_of(part.value, part.error) + 1, self.count, part.value, part.error)
        steps.append(step)
        table = f"{prefix}_{step.level}"
        return replace(
            part,
            value=StepColumn.of(table, f"v{step.number}", SQL_TYPES[part.type], step.level),
            error=None
            if part.error is None
            else StepColumn.of(table, f"e{step.number}", SqlText(), step.level),
            weight=1 if part.error is None else 2,
            depth=1,
        )

    def laterals(self, prefix: str, steps: Sequence[Step]) -> list[Any]:
        """The lateral subqueries of the steps, one for each level."""
        made = []
        for level in sorted({step.level for step in steps}):
            columns: list[Any] = []
            for step in (step for step in steps if step.level == level):
                columns.append(step.value.label(f"v{step.number}"))
                if step.error is not None:
                    columns.append(step.error.label(f"e{step.number}"))
            query = select(*columns).correlate_except(None).offset(literal_column("0"))
            made.append(query.lateral(f"{prefix}_{level}"))
        return made

    def rows(self, source: Source, *columns: Any) -> Any:
        """A SELECT over the rows of a list, tied to the outer row."""
        from_clause: Any = source.from_clause
        for lateral in self.laterals(f"{self.name}r", source.steps):
            from_clause = from_clause.join(lateral, literal_column("true"))
        query = select(*columns).select_from(from_clause)
        if source.where is not None:
            query = query.where(source.where)
        return query.correlate_except(from_clause, *_tables(source.from_clause))

    def total(self, source: Source, *columns: Any) -> Any:
        """One figure over the rows of a list."""
        return self.rows(source, *columns).scalar_subquery()


def _tables(from_clause: Any) -> list[Any]:
    return list(getattr(from_clause, "_from_objects", [from_clause]))


def _takes_lists(function: Function, index: int) -> bool:
    return function.param(index).kind in ("list", "any", "numbers", "values", "raws")


def _flat(tree: ast.expr) -> bool:
    """Whether the formula is one chain of + - & over leaves, which may be as long as it likes."""
    first, operators = chain(tree)
    sides = [first, *(right for step in operators if (right := right_of(step)) is not None)]
    return all(isinstance(side, (ast.Name, ast.Constant)) for side in sides) and all(
        symbol(step) in "+-&" for step in operators
    )


def only_by_row(function: Function) -> RowOnly:
    """The reason for a function without an SQL meaning."""
    return RowOnly(
        Text(
            "函数 {name} 只能逐行计算。", "The function {name} is worked out row by row.", name=function.name
        )
    )


READ: dict[str, Callable[[Part], Part]] = {
    "number": as_number,
    "integer": as_integer,
    "text": as_text,
    "boolean": as_boolean,
    "date": as_date,
}
