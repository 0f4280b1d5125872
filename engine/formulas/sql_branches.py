"""Choosing between values in SQL: IF, IFS, SWITCH, CHOOSE, IFERROR."""

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, literal_column

from engine.formulas.sql_compare import compare_sql
from engine.formulas.sql_operators import one_source
from engine.formulas.sql_parts import NO_ERROR, SQL_TYPES, Part, as_boolean, as_integer, first_error, mixed
from engine.formulas.sql_words import Sql
from engine.formulas.types import join_all
from engine.formulas.values import FormulaError

if TYPE_CHECKING:
    from engine.formulas.to_sql import Compiler


class Branches:
    """Collects conditions and values in order and makes one part of them."""

    def __init__(self, compiler: "Compiler") -> None:
        self.compiler = compiler
        self.tests: list[tuple[Sql, Sql | None]] = []
        self.values: list[Part] = []
        self.used: list[Part] = []
        self.first: list[Sql | None] = []

    def base(self, part: Part) -> Part:
        """What every branch depends on; its error comes first."""
        part = self._kept(part)
        self.first.append(part.error)
        return replace(part, error=None)

    def whole(self, part: Part) -> Part:
        """The same, read as a whole number."""
        part = self.base(part)
        number = as_integer(part)
        self.first.append(number.error)
        return self.compiler.once(replace(number, error=None, weight=9))

    def when(self, condition: ast.expr, value: ast.expr) -> None:
        """A branch with its condition."""
        part = self._kept(self.compiler.work(condition))
        test = as_boolean(part)
        self.tests.append((test.value, first_error((part.error, test.error))))
        self._value(value)

    def equals(self, subject: Part, wanted: ast.expr, value: ast.expr) -> None:
        """A branch for where the subject is `wanted`."""
        part = self._kept(self.compiler.work(wanted))
        test = literal_column("false") if part.type == "error" else compare_sql("=", subject, part)
        self.tests.append((test, part.error))
        self._value(value)

    def when_sql(self, test: Sql, value: ast.expr) -> None:
        """A branch with a condition that can't fail."""
        self.tests.append((test, None))
        self._value(value)

    def otherwise(self, value: ast.expr) -> None:
        """The last branch."""
        self._value(value)

    def _kept(self, part: Part) -> Part:
        if part.hollow:
            raise mixed()
        part = self.compiler.once(part) if part.weight > (2 if part.type == "text" else 6) else part
        self.used.append(part)
        return part

    def _value(self, node: ast.expr) -> None:
        part = self.compiler.work(node)
        part = self.compiler.once(part) if part.weight > 24 or part.depth > 6 else part
        self.used.append(part)
        self.values.append(part)

    def part(self) -> Part:
        """IF and its kin as one part."""
        kind, hollow = common_type(self.values)
        values = [fitted(part, kind) for part in self.values]
        whens: list[tuple[Sql, Sql]] = []
        fails: list[tuple[Sql, Sql]] = []
        for (test, wrong), branch in zip(self.tests, values, strict=False):
            if wrong is not None:
                whens.append((wrong.is_not(None), literal_column("NULL", SQL_TYPES[kind])))
                fails.append((wrong.is_not(None), wrong))
            whens.append((test, branch.value))
            fails.append((test, NO_ERROR if branch.error is None else branch.error))
        last = values[-1]
        failing = any(error is not None for _, error in self.tests) or any(
            v.error is not None for v in values
        )
        value = case(*whens, else_=last.value)
        error = case(*fails, else_=NO_ERROR if last.error is None else last.error) if failing else None
        sources = [p.source for p in self.used if p.source is not None]
        made = Part(
            kind,
            value,
            first_error([*self.first, error]),
            blank=failing or any(v.blank for v in values),
            places=max(v.places for v in values),
            whole=max(v.whole for v in values),
            length=max(v.length for v in values),
            hollow=hollow,
            source=one_source(sources),
            options=same_options(self.values),
        )
        return self.compiler.settle(made, *self.used)


def common_type(parts: list[Part]) -> tuple[str, bool]:
    """The type that the branches share, and whether "" stands beside it."""
    kind = join_all(p.type + ("?" if p.hollow else "") for p in parts)
    if kind == "any":
        raise mixed()
    return kind.rstrip("?"), kind.endswith("?")


def same_options(parts: list[Part]) -> Any:
    """The options that all branches with a field have."""
    found = [p.options for p in parts if p.type == "text"]
    return found[0] if found and all(options is found[0] for options in found) else None


def fitted(part: Part, kind: str) -> Part:
    """A branch in the type of all."""
    if part.type == kind:
        return part
    if part.type == "empty" and kind == "text":
        return replace(part, type="text")
    return replace(
        part,
        type=kind,
        value=literal_column("NULL", SQL_TYPES[kind]),
        blank=True,
        places=0,
        whole=1,
        length=0,
    )


def settle_branches(c: "Compiler", value: ast.expr, instead: ast.expr, only: FormulaError | None) -> Part:
    """IFERROR, and with `only` IFNA."""
    first, second = c.work(value), c.work(instead)
    if first.error is None:
        kind, hollow = common_type([first, second])
        return replace(fitted(first, kind), hollow=hollow)
    first = c.once(first) if first.weight > 4 or first.type == "error" else first
    second = c.once(second) if second.weight > 24 else second
    kind, hollow = common_type([first, second])
    a, b = fitted(first, kind), fitted(second, kind)
    wrong: Any = first.error
    failed = wrong.is_not(None) if only is None else (wrong.is_not(None) & (wrong == only.code))
    error = case(
        (failed, NO_ERROR if b.error is None else b.error), else_=NO_ERROR if only is None else wrong
    )
    sources = [p.source for p in (first, second) if p.source is not None]
    made = Part(
        kind,
        case((failed, b.value), else_=a.value),
        error if only is not None or b.error is not None else None,
        blank=a.blank or b.blank or only is not None,
        places=max(a.places, b.places),
        whole=max(a.whole, b.whole),
        length=max(a.length, b.length),
        hollow=hollow,
        source=one_source(sources),
        options=same_options([first, second]),
    )
    return c.settle(made, first, second)
