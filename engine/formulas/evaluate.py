"""Works a formula out for one record: `simpleeval` over the formula's tree, with Excel's values and errors."""

import ast
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from simpleeval import SimpleEval

from engine.formulas import coerce, numbers
from engine.formulas.budget import MAX_TEXT, Budget
from engine.formulas.faults import FormulaFault
from engine.formulas.functions.base import GATHERED, Function, element
from engine.formulas.moment import Moment
from engine.formulas.names import Values, unknown_field
from engine.formulas.tree import Formula, chain, path_of, right_of, span
from engine.formulas.values import NUM, VALUE, Failed, FormulaError, OptionText, Value
from engine.platform.i18n import Text


def evaluate(
    formula: Formula, values: Values, *, moment: Moment, budget: Budget | None = None, locale: str = "zh-CN"
) -> Value:
    """The formula's value for one record; an error is a value. Only a limit raises FormulaFault."""
    try:
        evaluator = _idle.pop()
    except IndexError:
        evaluator = Evaluator()
    evaluator.start(values, moment, budget, locale)
    try:
        return evaluator.outcome(formula.tree)
    finally:
        evaluator.rest()
        _idle.append(evaluator)


class Evaluator(SimpleEval):
    """simpleeval's walk restricted to the seven kinds of node, with our operators, names and functions."""

    nodes: dict[type, Callable[[Any], Any]]
    values: Values
    moment: Moment
    budget: Budget
    locale: str
    resolve: Callable[..., Any] | None

    def __init__(self) -> None:
        super().__init__(operators=OPERATORS, functions={}, names={})
        self.nodes = {
            ast.Constant: self._eval_constant,
            ast.Name: self._eval_name,
            ast.Call: self._eval_call,
            ast.List: self._eval_list,
            ast.BinOp: self._eval_chain,
            ast.UnaryOp: self._eval_chain,
            ast.Compare: self._eval_chain,
        }

    def start(self, values: Values, moment: Moment, budget: Budget | None, locale: str) -> None:
        """Make ready for one record."""
        self.values, self.moment, self.locale = values, moment, locale
        self.budget = budget or Budget()
        self.resolve = getattr(values, "resolve", None)

    def rest(self) -> None:
        """Let go of the record."""
        self.values = self.moment = self.resolve = None  # type: ignore[assignment]

    def outcome(self, node: ast.expr) -> Value:
        """The value of a node as the outside sees it; an error is returned, not raised."""
        try:
            return self.shown(self.work(node))
        except Failed as failed:
            return failed.error
        except ArithmeticError:
            return NUM
        except RecursionError:
            raise FormulaFault(
                "limit_depth", Text("公式嵌套太深。", "The formula is nested too deeply.")
            ) from None

    def work(self, node: ast.expr) -> Value:
        """The value of a node; an error raises Failed."""
        return self.nodes[type(node)](node)  # type: ignore[no-any-return]

    def attempt(self, node: ast.expr) -> Value:
        """The value of a node; an error is a value."""
        try:
            return self.nodes[type(node)](node)  # type: ignore[no-any-return]
        except Failed as failed:
            return failed.error

    def shown(self, value: Value) -> Value:
        """Numbers without trailing zeros, moments with their zone."""
        if type(value) is Decimal:
            return numbers.plain(value)
        if type(value) is list:
            return [self.shown(item) for item in value]  # type: ignore[misc]
        if isinstance(value, datetime) and value.tzinfo is None:
            return value.replace(tzinfo=self.moment.zone)
        return str(value) if isinstance(value, OptionText) else value

    def _eval_constant(self, node: ast.Constant) -> Value:
        value = node.value
        if type(value) is FormulaError:  # type: ignore[comparison-overlap]
            raise Failed(value)
        return value  # type: ignore[return-value]

    def _eval_list(self, node: ast.List) -> Value:
        return [item.value for item in node.elts]  # type: ignore[attr-defined]

    def _eval_name(self, node: ast.Name) -> Value:
        path = path_of(node)
        try:
            value = self.values.value(path)
        except KeyError:
            known: Iterable[str] = getattr(self.values, "names", tuple)()
            raise unknown_field(path, *span(node), known) from None
        kind = type(value)
        if kind is Decimal:
            return value
        if value is None:
            name = self.resolve(path) if self.resolve is not None else None
            return [] if name is not None and name.collection else None
        if kind is str:
            if self.resolve is not None and (name := self.resolve(path)) is not None and name.options:
                return OptionText(value, name.options)  # type: ignore[arg-type]
            return value
        if kind is list:
            options = None
            if self.resolve is not None and (name := self.resolve(path)) is not None:
                options = name.options
            self.budget.charge(len(value))  # type: ignore[arg-type]
            return [self._element(item, options) for item in value]  # type: ignore[union-attr]
        return self._read(value)

    def _read(self, value: Any) -> Value:
        if isinstance(value, datetime):
            return self.moment.to_local(value)
        if type(value) is FormulaError:
            raise Failed(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return coerce.exact(value)
        return value  # type: ignore[no-any-return]

    def _element(self, item: Any, options: Any) -> Any:
        if options and type(item) is str:
            return OptionText(item, options)
        if item is None or type(item) in (Decimal, str, FormulaError):
            return item
        return self._read(item)

    def _eval_call(self, node: ast.Call) -> Value:
        function: Function = node.function  # type: ignore[attr-defined]
        if function.lazy:
            return function.python(self, *node.args)  # type: ignore[no-any-return]
        nodes = self.nodes
        args: list[Any] = []
        if function.catches:
            for arg in node.args:
                args.append(self.attempt(arg))
        else:
            for arg in node.args:
                args.append(nodes[type(arg)](arg))
        if function.gathers:
            # a bare field counts as a cell does: blanks and texts in it are passed over
            for at, arg in enumerate(node.args):
                if (
                    type(arg) is ast.Name
                    and type(args[at]) is not list
                    and function.param(at).kind in GATHERED
                ):
                    args[at] = [args[at]]
        return function.call(self, args)

    def _eval_chain(self, node: ast.expr) -> Value:
        first, operators = chain(node)
        nodes = self.nodes
        value = nodes[type(first)](first)
        for step in operators:
            right = right_of(step)
            if right is None:
                operate = SIGNS[type(step.op)]  # type: ignore[attr-defined]
                value = operate(self, value) if type(value) is not list else self._each(operate, value)
                continue
            other = nodes[type(right)](right)
            operate = OPERATORS[type(step.ops[0]) if type(step) is ast.Compare else type(step.op)]  # type: ignore[attr-defined]
            if type(value) is list or type(other) is list:
                value = self._each(operate, value, other)
            else:
                value = operate(self, value, other)
        return value

    def _each(self, operate: Callable[..., Any], *sides: Value) -> Value:
        """An operator between lists: element by element."""
        length = max(len(side) for side in sides if type(side) is list)
        self.budget.charge(length * 4)
        made: list[Any] = []
        for at in range(length):
            try:
                row = [element(side, at) if type(side) is list else side for side in sides]
                made.append(operate(self, *(coerce.scalar(value) for value in row)))
            except Failed as failed:
                made.append(failed.error)
        return made


def _number(evaluator: Evaluator, value: Value) -> Decimal:
    return coerce.to_number(value, evaluator.locale)


def _add(evaluator: Evaluator, a: Value, b: Value) -> Value:
    if type(a) is Decimal and type(b) is Decimal:
        return numbers.EXACT.add(a, b)
    return numbers.EXACT.add(_number(evaluator, a), _number(evaluator, b))


def _subtract(evaluator: Evaluator, a: Value, b: Value) -> Value:
    return numbers.EXACT.subtract(_number(evaluator, a), _number(evaluator, b))


def _multiply(evaluator: Evaluator, a: Value, b: Value) -> Value:
    return numbers.multiply(_number(evaluator, a), _number(evaluator, b))


def _divide(evaluator: Evaluator, a: Value, b: Value) -> Value:
    return numbers.divide(_number(evaluator, a), _number(evaluator, b))


def _power(evaluator: Evaluator, a: Value, b: Value) -> Value:
    return numbers.power(_number(evaluator, a), _number(evaluator, b))


def _join(evaluator: Evaluator, a: Value, b: Value) -> Value:
    made = coerce.to_text(a) + coerce.to_text(b)
    if len(made) > MAX_TEXT:
        raise Failed(VALUE)
    evaluator.budget.charge(len(made) >> 9)
    return made


def _comparison(symbol: str) -> Callable[[Evaluator, Value, Value], bool]:
    compare = coerce.COMPARE[symbol]
    return lambda evaluator, a, b: compare(a, b)


OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: _add,
    ast.Sub: _subtract,
    ast.Mult: _multiply,
    ast.Div: _divide,
    ast.Pow: _power,
    ast.BitAnd: _join,
    ast.Eq: _comparison("="),
    ast.NotEq: _comparison("<>"),
    ast.Lt: _comparison("<"),
    ast.LtE: _comparison("<="),
    ast.Gt: _comparison(">"),
    ast.GtE: _comparison(">="),
}

SIGNS: dict[type, Callable[..., Any]] = {
    ast.USub: lambda evaluator, value: numbers.EXACT.minus(_number(evaluator, value)),
    ast.UAdd: lambda evaluator, value: value,
    ast.Invert: lambda evaluator, value: numbers.divide(_number(evaluator, value), numbers.HUNDRED),
}

_idle: list[Evaluator] = []
