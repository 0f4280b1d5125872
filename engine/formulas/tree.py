"""A formula as a tree: Python `ast` nodes of seven kinds, each with its place in the text.

Operators stand for Excel's: `BitAnd` is `&`, `Pow` is `^`, `Invert` is the `%` behind a number. A path such as
`customer.level` is one `Name`. A chain of operators leans to the left, so `operands` walks it in a loop.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.formulas.functions.base import Function

NODES = (ast.Constant, ast.Name, ast.Call, ast.BinOp, ast.UnaryOp, ast.Compare, ast.List)

SYMBOLS: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "^",
    ast.BitAnd: "&",
    ast.Eq: "=",
    ast.NotEq: "<>",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "%",
}
OPERATORS: dict[str, type] = {
    symbol: kind for kind, symbol in SYMBOLS.items() if kind not in (ast.USub, ast.UAdd, ast.Invert)
}

Path = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Formula:
    """A formula that was read: its text and its tree, with what it reads and calls."""

    text: str
    tree: ast.expr
    functions: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def paths(self) -> frozenset[Path]:
        """What it reads: the dependencies, each as the steps of its path."""
        return frozenset(path_of(node) for node in walk(self.tree) if isinstance(node, ast.Name))

    @cached_property
    def volatile(self) -> bool:
        """Whether its value changes by itself: with the day, the clock, the person or by chance."""
        return any(function_of(node).volatile for node in walk(self.tree) if isinstance(node, ast.Call))

    @cached_property
    def row_only_functions(self) -> tuple[str, ...]:
        """The functions in it that have no SQL meaning."""
        calls = (function_of(node) for node in walk(self.tree) if isinstance(node, ast.Call))
        return tuple(sorted({function.name for function in calls if function.sql is None}))

    @property
    def row_only(self) -> bool:
        """Whether a function in it has no SQL meaning (its types may still rule SQL out: see `check`)."""
        return bool(self.row_only_functions)


def constant(value: object) -> ast.Constant:
    """A value written out; beside Python's own kinds it may be a decimal or an error value."""
    return ast.Constant(value)  # type: ignore[arg-type]


def path_of(node: ast.Name) -> Path:
    """The steps of a path."""
    return tuple(node.id.split("."))


def function_of(node: ast.Call) -> "Function":
    """The declaration of the called function."""
    return node.function  # type: ignore[attr-defined, no-any-return]


def symbol(node: ast.expr) -> str:
    """The operator of a node as Excel writes it."""
    if isinstance(node, ast.Compare):
        return SYMBOLS[type(node.ops[0])]
    return SYMBOLS[type(node.op)]  # type: ignore[attr-defined]


def left_of(node: ast.expr) -> ast.expr | None:
    """The operand that an operator node takes first; None for what is no operator."""
    if isinstance(node, (ast.BinOp, ast.Compare)):
        return node.left
    return node.operand if isinstance(node, ast.UnaryOp) else None


def right_of(node: ast.expr) -> ast.expr | None:
    """The second operand; None for one-sided operators."""
    if isinstance(node, ast.BinOp):
        return node.right
    return node.comparators[0] if isinstance(node, ast.Compare) else None


def chain(node: ast.expr) -> tuple[ast.expr, list[ast.expr]]:
    """The leftmost operand of a chain of operators, and the operator nodes from the innermost out."""
    operators: list[ast.expr] = []
    while (left := left_of(node)) is not None:
        operators.append(node)
        node = left
    operators.reverse()
    return node, operators


def children(node: ast.expr) -> list[ast.expr]:
    """The steps that a node is directly made of."""
    if isinstance(node, ast.Call):
        return node.args
    if isinstance(node, ast.List):
        return node.elts
    return [part for part in (left_of(node), right_of(node)) if part is not None]


def walk(node: ast.expr) -> Iterator[ast.expr]:
    """The node and all steps under it, in no promised order, without recursion."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(children(node))


def names(node: ast.expr) -> Iterator[ast.Name]:
    """All paths under a node."""
    return (part for part in walk(node) if isinstance(part, ast.Name))


def span(node: ast.expr) -> tuple[int, int]:
    """Where a node begins in the formula's text and how long it is."""
    return node.col_offset, (node.end_col_offset or node.col_offset) - node.col_offset
