"""What a function is: one declaration with its signature, meaning in Python and in SQL, help and examples."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from engine.formulas import coerce
from engine.formulas.budget import MAX_ARGUMENTS, MAX_TEXT
from engine.formulas.functions.parameters import CHINESE
from engine.formulas.values import NA, VALUE, Failed, FormulaError, Value
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.evaluate import Evaluator

CATEGORIES: dict[str, Text] = {
    "logic": Text("逻辑", "Logic"),
    "math": Text("数学", "Mathematics"),
    "text": Text("文本", "Text"),
    "date": Text("日期与时间", "Date and time"),
    "aggregate": Text("汇总与统计", "Totals and statistics"),
    "lookup": Text("查找", "Lookup"),
    "people": Text("人员", "People"),
}

# One value at a time; given a list, the function is carried out for each element.
SCALAR_KINDS = frozenset({"number", "integer", "text", "boolean", "date", "moment", "value", "raw"})
# Any number of values and lists, gathered into one list.
GATHERED = ("numbers", "values", "raws")
KINDS = SCALAR_KINDS | {"list", "any", "numbers", "values", "raws", "lazy"}

Examples = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: its name, how its argument is read, and whether it may be left out or repeated."""

    name: str
    kind: str
    optional: bool = False
    repeated: bool = False


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the formula language."""

    name: str
    category: str
    params: tuple[Param, ...]
    result: str | Callable[[list[Any]], Any]
    python: Callable[..., Any]
    summary: Text
    examples: tuple[tuple[str, str], ...]
    sql: Callable[..., Any] | None = None
    volatile: bool = False
    context: bool = False

    @property
    def signature(self) -> str:
        """`ROUND(number, [digits])`, for people."""
        return self._written(lambda name: name)

    @property
    def usage(self) -> Text:
        """The signature in both languages: `ROUND(数值, [小数位])`."""
        return Text(self._written(lambda name: CHINESE.get(name, name)), self.signature)

    def _written(self, called: Callable[[str], str]) -> str:
        shown = [f"[{called(p.name)}]" if p.optional else called(p.name) for p in self.params]
        if any(p.repeated for p in self.params):
            shown.append("…")
        return f"{self.name}({', '.join(shown)})"

    @cached_property
    def group(self) -> int:
        """How many parameters repeat together at the end."""
        return sum(p.repeated for p in self.params)

    @property
    def fewest(self) -> int:
        """The least number of arguments."""
        return sum(not p.optional for p in self.params)

    @property
    def most(self) -> int:
        """The largest number of arguments."""
        return MAX_ARGUMENTS if self.group else len(self.params)

    def accepts(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        if not self.fewest <= count <= self.most:
            return False
        fixed = len(self.params) - self.group
        return self.group < 2 or self.name in _LOOSE_GROUPS or (count - fixed) % self.group == 0

    def param(self, index: int) -> Param:
        """The parameter that takes the argument at `index`."""
        if index < len(self.params):
            return self.params[index]
        first = len(self.params) - self.group
        return self.params[first + (index - first) % self.group]

    @cached_property
    def lazy(self) -> bool:
        """Whether it decides itself which of its arguments are worked out."""
        return any(p.kind == "lazy" for p in self.params)

    @cached_property
    def gathers(self) -> bool:
        """Whether it gathers values into one list."""
        return any(p.kind in GATHERED for p in self.params)

    @cached_property
    def catches(self) -> bool:
        """Whether it takes error values as values."""
        return any(p.kind in ("raw", "raws") for p in self.params)

    def call(self, evaluator: "Evaluator", args: list[Value]) -> Value:
        """Carry it out on worked-out arguments."""
        params = self.params
        for index, value in enumerate(args):
            if type(value) is list and self.param(index).kind in SCALAR_KINDS:
                return self._each(evaluator, args)
        last = params[-1].kind if params else ""
        if last in GATHERED:
            fixed = len(params) - 1
            ready = [read(params[i].kind, args[i], evaluator) for i in range(min(fixed, len(args)))]
            ready.append(flatten(args[fixed:], last, evaluator))
        elif self.group:
            ready = [read(self.param(i).kind, value, evaluator) for i, value in enumerate(args)]
        else:
            ready = [read(p.kind, value, evaluator) for p, value in zip(params, args, strict=False)]
        made = self.python(evaluator, *ready) if self.context else self.python(*ready)
        kind = type(made)
        if kind is Decimal or kind is bool:
            return made  # type: ignore[no-any-return]
        if kind is int:
            return Decimal(made)
        if kind is str and len(made) > MAX_TEXT:
            raise Failed(VALUE)
        return made  # type: ignore[no-any-return]

    def _each(self, evaluator: "Evaluator", args: list[Value]) -> Value:
        lists = [i for i, v in enumerate(args) if type(v) is list and self.param(i).kind in SCALAR_KINDS]
        length = max(len(args[i]) for i in lists)  # type: ignore[arg-type]
        evaluator.budget.charge(length * 4)
        made: list[Any] = []
        for at in range(length):
            row = list(args)
            for i in lists:
                row[i] = element(args[i], at)  # type: ignore[arg-type]
            try:
                if not self.catches and (
                    bad := next((row[i] for i in lists if isinstance(row[i], FormulaError)), None)
                ):
                    raise Failed(bad)  # type: ignore[arg-type]
                made.append(self.call(evaluator, row))
            except Failed as failed:
                made.append(failed.error)
        return made


# Groups of two whose last one may stand alone (SWITCH's default).
_LOOSE_GROUPS = frozenset({"SWITCH"})


def element(values: list[Any], at: int) -> Any:
    """The element at `at`; a list of one fits every length, a shorter list has #N/A at its end."""
    if len(values) == 1:
        return values[0]
    return values[at] if at < len(values) else NA


def read(kind: str, value: Value, evaluator: "Evaluator") -> Any:
    """An argument as a parameter of `kind` wants it."""
    if kind == "number":
        return value if type(value) is Decimal else coerce.to_number(value, evaluator.locale)
    if kind == "text":
        return value if type(value) is str else coerce.to_text(value)
    if kind in ("value", "raw", "any", "lazy"):
        return value
    if kind == "list":
        values = value if type(value) is list else [value]
        evaluator.budget.charge(len(values))
        return values
    if kind == "integer":
        return coerce.to_integer(value, evaluator.locale)
    if kind == "boolean":
        return coerce.to_boolean(value)
    if kind == "date":
        return coerce.to_date(value, evaluator.locale)
    return coerce.to_moment(value, evaluator.locale)


def flatten(args: Iterable[Value], kind: str, evaluator: "Evaluator") -> list[Any]:
    """Repeated arguments as one list.

    `numbers` takes of lists only what is a number (a text in a list is passed over, one written out is read),
    `values` takes everything but raises errors, `raws` takes everything.
    """
    made: list[Any] = []
    for value in args:
        if type(value) is list:
            evaluator.budget.charge(len(value))
            if kind == "numbers":
                made.extend(numbers_in(value))
            elif kind == "values":
                made.extend(coerce.scalar(v) for v in value)
            else:
                made.extend(value)
        elif kind == "numbers":
            made.append(coerce.to_number(value, evaluator.locale))
        else:
            made.append(value)
    return made


def numbers_in(values: Iterable[Any]) -> list[Decimal]:
    """The numbers of a list (dates as serials); texts, TRUE, FALSE and blanks are passed over, errors raised."""
    found: list[Decimal] = []
    for value in values:
        if type(value) is Decimal:
            found.append(value)
        elif value is None or isinstance(value, (str, bool)):
            continue
        else:
            found.append(coerce.to_number(value))
    return found


_SIGNATURE = re.compile(r"(?P<name>[A-Z][A-Z0-9._]*)\((?P<params>[^)]*)\)(?:\s*->\s*(?P<result>[a-z]+))?$")
_PARAM = re.compile(r"(?P<name>[a-z][a-z0-9_]*)(?P<mark>[?*]?):\s*(?P<kind>[a-z]+)$")


def declare(category: str) -> Callable[..., Callable[[Callable[..., Any]], Function]]:
    """A decorator that makes functions of `category`.

    The signature reads `ROUND(number: number, digits?: integer) -> number`; `?` may be left out, `*` repeats.
    """

    def function(
        signature: str,
        summary: Text,
        examples: Examples,
        *,
        result: Callable[[list[Any]], Any] | None = None,
        sql: Callable[..., Any] | None = None,
        volatile: bool = False,
        context: bool = False,
    ) -> Callable[[Callable[..., Any]], Function]:
        found = _SIGNATURE.match(signature)
        if found is None:
            raise ValueError(f"not a signature: {signature}")
        params = tuple(_param(part.strip()) for part in found["params"].split(",") if part.strip())

        def made(python: Callable[..., Any]) -> Function:
            return Function(
                name=found["name"],
                category=category,
                params=params,
                result=result or found["result"] or "any",
                python=python,
                summary=summary,
                examples=tuple(examples),
                sql=sql,
                volatile=volatile,
                context=context,
            )

        return made

    return function


def _param(written: str) -> Param:
    found = _PARAM.match(written)
    if found is None or found["kind"] not in KINDS:
        raise ValueError(f"not a parameter: {written}")
    return Param(found["name"], found["kind"], found["mark"] == "?", found["mark"] == "*")
