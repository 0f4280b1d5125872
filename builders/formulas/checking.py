"""What is wrong with a formula while it is typed: every fault with its place, and a suggestion where there is one."""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from builders.formulas import names
from builders.formulas.places import Place
from engine import formulas
from engine.definitions import formula_checks, results
from engine.fields import path as paths
from engine.fields import registry
from engine.fields.form import Field
from engine.fields.formula import RESULTS, tree
from engine.formulas import Checked, Formula, FormulaFault
from engine.formulas.tree import names as names_in
from engine.formulas.tree import path_of, span
from engine.platform.i18n import Text

MOST_FAULTS = 20
MOST_NAMES = 100
MOST_GUESSES = 3
TYPES: dict[str, Text] = {
    "number": Text("数字", "number"),
    "text": Text("文字", "text"),
    "date": Text("日期", "date"),
    "datetime": Text("日期时间", "date and time"),
    "time": Text("时间", "time"),
    "boolean": Text("是或否", "yes or no"),
    "any": Text("视情况而定", "depends"),
}


@dataclass(frozen=True)
class Found:
    """A fault at a place of the text; `replacement` is what to write there instead, `meant` how that is called."""

    code: str
    message: str
    start: int
    length: int
    replacement: str | None = None
    meant: str | None = None

    def json(self) -> dict[str, Any]:
        """As the editor takes it."""
        return {
            "code": self.code,
            "message": self.message,
            "start": self.start,
            "length": self.length,
            "replacement": self.replacement,
            "meant": self.meant,
        }


def checked(
    place: Place, text: str, *, result: str | None = None, field: str | None = None
) -> dict[str, Any]:
    """The faults, the type of the result, and how the fields are called that are named through a link.

    `field` is the key of the formula field that the text belongs to; then it may not come back to itself, and has
    to be one that the database can work out where its value is not kept.
    """
    own = place.own(field)
    if own is not None and own.type == "formula" and result is None:
        result = results.said(place.proposed or place.live, place.form.key, own)
    try:
        formula = formulas.parse(text)
    except FormulaFault as fault:
        return {"faults": [_syntax(place, text, fault).json()], "type": None, "names": {}}
    used = sorted(".".join(path) for path in formula.paths if len(path) > 1)
    linked = {path: one for path in used[:MOST_NAMES] if (one := names.named(place, path)) is not None}
    found = list(islice(_unknown(place, formula), MOST_FAULTS))
    kind = None
    if not found:
        try:
            whole = formulas.check(formula, place)
            kind = whole.type
            if own is not None and own.type == "formula" and result is None:
                result = results.SAID.get(str(kind), "number")
            found += [*_circular(place, formula, field), *_as_field(place, formula, whole, result, field)]
        except FormulaFault as fault:
            found.append(_option(fault))
    return {
        "faults": [one.json() for one in found],
        "type": kind,
        "type_label": str(TYPES[kind]) if kind in TYPES else None,
        "volatile": formula.volatile,
        "names": linked,
    }


def unreadable(place: Place, text: str) -> Found | None:
    """The first fault that keeps a formula from being tried at all."""
    try:
        formula = formulas.parse(text)
    except FormulaFault as fault:
        return _syntax(place, text, fault)
    return next(_unknown(place, formula), None)


def _syntax(place: Place, text: str, fault: FormulaFault) -> Found:
    """A fault of the writing; a field written by its label is told its key."""
    written = text[fault.start : fault.start + fault.length]
    replacement = meant = None
    if fault.code == "syntax" and written:
        named = names.by_label(place, written)
        if named is not None:
            replacement, meant = named.path, named.label
    elif fault.code == "unknown_function" and fault.details.get("suggestion"):
        replacement = meant = str(fault.details["suggestion"])
    message = fault.faults[0].message
    if meant is not None and fault.code == "syntax":
        message = Text("“{label}”要作为字段插入", "“{label}” goes in as a field", label=meant)
    return Found(fault.code, str(message), fault.start, fault.length, replacement, meant)


def _unknown(place: Place, formula: Formula) -> Iterator[Found]:
    candidates: list[str] | None = None
    told = 0
    for node in sorted(names_in(formula.tree), key=lambda one: one.col_offset):
        path = ".".join(path_of(node))
        if place.resolve(path_of(node)) is not None:
            continue
        candidates = place.names() if candidates is None else candidates
        start, length = _bare(formula.text, node)
        told += 1
        named = names.by_label(place, path) if told <= MOST_GUESSES else None
        if named is not None:
            said = Text("“{label}”要作为字段插入", "“{label}” goes in as a field", label=named.label)
            yield Found("unknown_field", str(said), start, length, named.path, named.label)
            continue
        close = difflib.get_close_matches(path, candidates, n=1, cutoff=0.6) if told <= MOST_GUESSES else []
        steps = paths.resolve(place.form, close[0], place.row) if close else None
        meant = names.Named(close[0], steps, "").label if steps else None
        message = (
            Text(
                "没有字段“{name}”。是不是“{meant}”？",
                "There is no field “{name}”. Did you mean “{meant}”?",
                name=path[:60],
                meant=meant,
            )
            if meant
            else Text("没有字段“{name}”", "There is no field “{name}”", name=path[:60])
        )
        yield Found("unknown_field", str(message), start, length, close[0] if meant else None, meant)


def _bare(text: str, node: ast.Name) -> tuple[int, int]:
    """Where the name itself stands inside the brackets around it."""
    start, length = span(node)
    return text.index(node.id, start, start + length), len(node.id)


def _option(fault: FormulaFault) -> Found:
    meant = fault.details.get("suggestion")
    replacement = f'"{meant}"' if meant else None
    return Found(fault.code, str(fault.faults[0].message), fault.start, fault.length, replacement, meant)


def _circular(place: Place, formula: Formula, key: str | None) -> Iterator[Found]:
    """Names that lead back to the field whose formula this is."""
    own = place.own(key)
    if own is None:
        return
    for node in names_in(formula.tree):
        steps = paths.resolve(place.form, node.id, place.row)
        if steps and _leads_to(steps, own, set()):
            start, length = _bare(formula.text, node)
            message = Text(
                "公式绕回到“{name}”自己", "The formula comes back to “{name}” itself", name=own.name()
            )
            yield Found("circular", str(message), start, length)


def _leads_to(steps: tuple[Field, ...], own: Field, seen: set[int]) -> bool:
    for step in steps:
        if step is own:
            return True
        if step.type != "formula" or step.form is not own.form or id(step) in seen:
            continue
        seen.add(id(step))
        formula = tree(step)
        for path in formula.paths if formula and step.form else ():
            found = paths.resolve(step.form, ".".join(path), step.parent)  # type: ignore[arg-type]
            if found and _leads_to(found, own, seen):
                return True
    return False


def _as_field(
    place: Place, formula: Formula, checked: Checked, result: str | None, key: str | None
) -> Iterator[Found]:
    """What holds for a formula field beyond: its result's type, and what only works row by row."""
    if result not in RESULTS:
        return
    whole = len(formula.text)
    document = {"key": key or "formula", "type": "formula", "formula": formula.text, "result": result}
    if key and not checked.sql and Field.read(document, "", place.row, place.form).live:
        message = Text(
            "这个公式读取其他数据或当天日期，每次查看时由数据库计算，但数据库算不了其中一部分：{why}",
            "This formula reads other records or today's date, so the database works it out at each look, but it "
            "cannot work out a part of it: {why}",
            why=checked.why_row_only or "",
        )
        yield Found("row_only", str(message), 0, whole)
    if result == "boolean":
        if wrong := formula_checks.no_yes_or_no(checked):
            yield Found("type_mismatch", str(wrong), 0, whole)
    elif checked.type == "text" and result != "text":
        message = Text(
            "公式的结果是文字，而结果类型是{wanted}",
            "The formula gives a text, but its result is to be: {wanted}",
            wanted=registry.get(RESULTS[result]).label,
        )
        yield Found("type_mismatch", str(message), 0, whole)
