"""Explains a formula for one record: the tree of its steps, each with its text and its value."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from engine.formulas.evaluate import Evaluator
from engine.formulas.moment import Moment
from engine.formulas.names import Values
from engine.formulas.tree import Formula, Path, children, function_of, left_of, names, path_of, span, walk
from engine.formulas.values import FormulaError, Value

MOST_WORK = 6_000
"""So many nodes are looked at, each once for every step that it is a part of; what is larger stays closed."""


@dataclass(frozen=True)
class Step:
    """One step: how it is written, the same with the fields' labels, what it gives, and what it is made of.

    `kind` is `field`, `constant`, `operator` or `function`. A step that reads something the viewer may not read has
    `readable` False and no value. A branch that was not taken is explained all the same, with `taken` False.
    """

    text: str
    shown: str
    kind: str
    value: Value
    readable: bool = True
    children: list["Step"] = field(default_factory=list)
    taken: bool = True


def explain(
    formula: Formula,
    values: Values,
    moment: Moment,
    *,
    readable: Callable[[Path], bool] | None = None,
    locale: str = "zh-CN",
    most: int = 200,
) -> Step:
    """The steps of a formula; at most `most` of them, the rest stay closed in their parents."""
    evaluator = Evaluator()
    evaluator.start(values, moment, None, locale)
    return _Explainer(formula, evaluator, readable or (lambda path: True), most).step(formula.tree)


class _Explainer:
    def __init__(
        self, formula: Formula, evaluator: Evaluator, readable: Callable[[Path], bool], most: int
    ) -> None:
        self.formula = formula
        self.evaluator = evaluator
        self.readable = readable
        self.left = most
        self.work = MOST_WORK

    def step(self, node: ast.expr) -> Step:
        """A node as a step."""
        self.left -= 1
        size = sum(1 for _ in walk(node))
        self.work -= size
        start, length = span(node)
        open_to = all(self.readable(path_of(name)) for name in names(node))
        parts = [
            part for part in self._parts(node) if not (isinstance(part, ast.Constant) and part.value is None)
        ]
        opened = self.left >= len(parts) and self.work >= size
        below = [self.step(part) for part in parts] if opened else []
        return Step(
            text=self.formula.text[start : start + length],
            shown=self._labelled(node),
            kind=_kind(node),
            value=self.evaluator.outcome(node) if open_to else None,
            readable=open_to,
            children=_branched(node, below) if not isinstance(node, ast.Constant) else [],
        )

    def _parts(self, node: ast.expr) -> list[ast.expr]:
        """What a step is made of; a chain of one operator lies side by side."""
        if not isinstance(node, ast.BinOp):
            return [] if isinstance(node, ast.List) else children(node)
        parts: list[ast.expr] = []
        sides: ast.expr = node
        while (
            isinstance(sides, ast.BinOp)
            and type(sides.op) is type(node.op)
            and not self._bracketed(sides, node)
        ):
            parts.append(sides.right)
            sides = sides.left
        parts.append(sides)
        return parts[::-1]

    def _bracketed(self, node: ast.expr, outer: ast.expr) -> bool:
        left = left_of(node)
        return node is not outer and left is not None and node.col_offset < left.col_offset

    def _labelled(self, node: ast.expr) -> str:
        """The text of a step with labels in the place of keys."""
        start, length = span(node)
        text, at, made = self.formula.text, start, []
        resolve = self.evaluator.resolve
        for name in sorted(names(node), key=lambda n: n.col_offset):
            known = resolve(path_of(name)) if resolve else None
            if known is None or not known.label or not self.readable(path_of(name)):
                continue
            begin, size = _bare(text, name)
            made += [text[at:begin], known.label]
            at = begin + size
        return "".join([*made, text[at : start + length]])


def _branched(node: ast.expr, below: list[Step]) -> list[Step]:
    """The steps below, those marked that a function passed over; known only where its condition may be read."""
    name = function_of(node).name if isinstance(node, ast.Call) else ""
    if len(below) < 2 or not below[0].readable:
        return below
    first = below[0].value
    passed: set[int] = set()
    if name == "IF" and isinstance(first, (bool, Decimal)):
        passed = {2} if first else {1}
    elif name in ("IFERROR", "IFNA"):
        failed = first.code if isinstance(first, FormulaError) else ""
        passed = set() if failed and name == "IFERROR" or failed == "#N/A" else {1}
    return [replace(step, taken=False) if at in passed else step for at, step in enumerate(below)]


def _bare(text: str, name: ast.Name) -> tuple[int, int]:
    """Where the name itself stands inside the brackets around it."""
    start, length = span(name)
    begin = text.index(name.id, start, start + length)
    return begin, len(name.id)


def _kind(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return "field"
    if isinstance(node, ast.Call):
        return "function" if function_of(node) else "operator"
    return "constant" if isinstance(node, (ast.Constant, ast.List)) else "operator"
