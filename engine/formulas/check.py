"""Checks a formula against the fields it names: do they exist, what does it give, can it be said in SQL."""

import ast
import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Date, DateTime, Numeric, Time, column, literal_column, table
from sqlalchemy import Text as SqlText

from engine.formulas.faults import FormulaFault
from engine.formulas.functions.base import SCALAR_KINDS
from engine.formulas.moment import Moment
from engine.formulas.names import Name, Types, unknown_field
from engine.formulas.sql_parts import RowOnly
from engine.formulas.sql_scope import SqlCollection
from engine.formulas.to_sql import Compiler
from engine.formulas.tree import Formula, Path, chain, function_of, path_of, right_of, span, symbol, walk
from engine.formulas.types import FILLERS
from engine.formulas.values import VALUE_TYPES, FormulaError, ValueType
from engine.platform.i18n import Text


@dataclass(frozen=True)
class Checked:
    """What is known about a formula before any value: its type, whether it can be said in SQL, whether it is a list."""

    type: ValueType
    sql: bool
    why_row_only: Text | None = None
    many: bool = False


def check(formula: Formula, types: Types) -> Checked:
    """The formula's type; FormulaFault for a field that does not exist or an option that a field does not have."""
    checker = _Checker(types)
    kind, many = checker.infer(formula.tree)
    kind = kind.rstrip("?")
    shown: Any = kind if kind in VALUE_TYPES else ("text" if kind == "empty" else "any")
    why = _why_row_only(formula, checker)
    return Checked("any" if many else shown, why is None, why, many)


class _Checker:
    def __init__(self, types: Types) -> None:
        self.types = types
        self.known: dict[Path, Name] = {}

    def infer(self, node: ast.expr) -> tuple[str, bool]:
        """Type of a step, and whether it is a list."""
        if isinstance(node, ast.Constant):
            return _constant_type(node.value), False
        if isinstance(node, ast.Name):
            name = self.name(node)
            return name.type, name.collection
        if isinstance(node, ast.List):
            kinds = {_constant_type(item.value) for item in node.elts if isinstance(item, ast.Constant)}
            return (kinds.pop() if len(kinds) == 1 else "any"), True
        if isinstance(node, ast.Call):
            return self.call(node)
        return self.chain(node)

    def chain(self, node: ast.expr) -> tuple[str, bool]:
        """Type of a chain of operators."""
        first, operators = chain(node)
        kind, many = self.infer(first)
        left = first
        for step in operators:
            right = right_of(step)
            if right is not None:
                many = self.infer(right)[1] or many
            if isinstance(step, ast.Compare):
                kind = "boolean"
                if symbol(step) in ("=", "<>") and right is not None:
                    self.options(left, right)
                    self.options(right, left)
            elif isinstance(step, ast.BinOp):
                kind = "text" if symbol(step) == "&" else "number"
            elif symbol(step) != "+":
                kind = "number"
            left = step
        return kind, many

    def call(self, node: ast.Call) -> tuple[str, bool]:
        """Type of a function's result."""
        function = function_of(node)
        inferred = [self.infer(arg) for arg in node.args]
        if function.name == "SWITCH":
            for value in node.args[1 : len(node.args) - (len(node.args) + 1) % 2 : 2]:
                self.options(node.args[0], value)
        many = any(
            found[1] and (function.param(i).kind in SCALAR_KINDS or function.name == "IF")
            for i, found in enumerate(inferred)
        )
        result = function.result
        kind = result([found[0] for found in inferred]) if callable(result) else result
        if function.name == "IFERROR":
            many = inferred[0][1]
        return ("any", True) if kind == "list" else (kind, many)

    def name(self, node: ast.Name) -> Name:
        """The field that a path leads to."""
        path = path_of(node)
        if path not in self.known:
            name = self.types.resolve(path)
            if name is None:
                known: Iterable[str] = getattr(self.types, "names", tuple)()
                raise unknown_field(path, *span(node), known)
            self.known[path] = name
        return self.known[path]

    def options(self, field: ast.expr, written: ast.expr) -> None:
        """A text compared with an option field must be one of its options."""
        if not isinstance(field, ast.Name) or not isinstance(written, ast.Constant):
            return
        name = self.name(field)
        text = written.value
        if not name.options or name.others or not isinstance(text, str) or text == "":
            return
        if text in name.options or text.lower() in name.options:
            return
        close = difflib.get_close_matches(text.lower(), list(name.options), n=1, cutoff=0.5)
        shown = (name.option_labels or {}).get(name.options[close[0]], close[0]) if close else None
        label = name.label or field.id
        message = (
            Text(
                "“{label}”没有选项“{text}”。是不是“{meant}”？",
                "“{label}” has no option “{text}”. Did you mean “{meant}”?",
                label=label,
                text=text,
                meant=shown,
            )
            if shown
            else Text(
                "“{label}”没有选项“{text}”。", "“{label}” has no option “{text}”.", label=label, text=text
            )
        )
        raise FormulaFault("unknown_option", message, *span(written), suggestion=shown)


def _constant_type(value: Any) -> str:
    if value is None:
        return "blank"
    if isinstance(value, FormulaError):
        return FILLERS[2]
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "text" if value else "empty"
    return "number"


class _Probe:
    """Columns that only have types, to see whether the formula can be compiled."""

    moment = Moment(datetime(2026, 1, 1, tzinfo=UTC), "UTC")

    def __init__(self, names: dict[Path, Name]) -> None:
        self.names = names
        self.rows: dict[Path, Any] = {}

    def resolve(self, path: Path) -> Name | None:
        return self.names.get(path)

    def column(self, path: Path) -> Any:
        return column(f"c_{abs(hash(path))}", _TYPES.get(self.names[path].type, SqlText()))

    def error(self, path: Path) -> Any:
        return None

    def collection(self, path: Path) -> SqlCollection:
        rows = self.rows.setdefault(path[:-1], table(f"t_{abs(hash(path[:-1]))}"))
        return SqlCollection(rows, None, self.column(path), None, literal_column("1"))


_TYPES: dict[str, Any] = {
    "number": Numeric(),
    "date": Date(),
    "datetime": DateTime(timezone=True),
    "time": Time(),
    "boolean": literal_column("true").type,
}


def _why_row_only(formula: Formula, checker: _Checker) -> Text | None:
    for node in walk(formula.tree):
        if isinstance(node, ast.Name):
            checker.name(node)
    try:
        Compiler(formula, _Probe(checker.known), "probe").formula()
    except RowOnly as row_only:
        return row_only.reason
    except RecursionError:
        return Text("公式太长，只能逐行计算。", "The formula is so long that it is worked out row by row.")
    return None
