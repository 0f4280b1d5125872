"""What is wrong with a formula in a definition, by its place in the document."""

from collections.abc import Iterator

from engine import formulas
from engine.definitions import schema
from engine.definitions.remembered import Remembered
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.fields.formula_names import name_of
from engine.formulas import Checked, Formula, FormulaFault, Name
from engine.platform.errors import Fault
from engine.platform.i18n import Text, current_language

_known: Remembered[Checked] = Remembered(5000)
_NOT_FROM_TEXT = {
    "number": Text("数字", "a number"),
    "money": Text("金额", "an amount"),
    "percent": Text("百分比", "a percentage"),
    "date": Text("日期", "a date"),
    "datetime": Text("日期时间", "a date and time"),
}
_NO_YES_OR_NO = {
    "text": Text("文字", "a text"),
    "date": Text("日期", "a date"),
    "datetime": Text("日期时间", "a date and time"),
    "time": Text("时间", "a time"),
}


def check(
    form: Form,
    text: str,
    pointer: str,
    row: Field | None = None,
    *,
    sql: bool = False,
    result: str | None = None,
) -> Iterator[Fault]:
    """The faults of a formula over the records of a form, or over a row of its subform.

    With `sql` the formula is one that the database works out at every reading, so it needs an SQL meaning; `result`
    is the type that its value is to have.
    """
    try:
        checked = _checked(formulas.parse(text), _Names(form, row))
    except FormulaFault as fault:
        yield _at(form, pointer, fault.code, fault.faults[0].message, **fault.details)
        return
    if sql and not checked.sql:
        yield _at(
            form,
            pointer,
            "row_only",
            Text(
                "这个公式读取其他数据或当天日期，每次查看时由数据库计算，但其中有数据库无法计算的部分：{why}",
                "this formula reads other records or today's date, so the database works it out whenever it is looked "
                "at, but it cannot work out a part of it: {why}",
                why=checked.why_row_only or "",
            ),
        )
    if result == "boolean" and (wrong := no_yes_or_no(checked)):
        yield _at(form, pointer, "type_mismatch", wrong)
    elif checked.type == "text" and result in _NOT_FROM_TEXT:
        yield _at(
            form,
            pointer,
            "type_mismatch",
            Text(
                "公式的结果是文字，而结果类型是{wanted}。",
                "the formula gives a text, but its result is to be {wanted}.",
                wanted=_NOT_FROM_TEXT[result],
            ),
        )


def type_of(form: Form, text: str, row: Field | None = None) -> str | None:
    """What a formula gives: `number`, `text` and so on; None where that is not known, or the formula is at fault."""
    try:
        checked = _checked(formulas.parse(text), _Names(form, row))
    except FormulaFault:
        return None
    return None if checked.many else checked.type


def no_yes_or_no(checked: Checked) -> Text | None:
    """Why the formula's value is neither yes nor no; None if it is, or if that is only known of a record."""
    if checked.many:
        return Text(
            "公式得出一串结果，而不是一个“是”或“否”：用 AND(…)、OR(…) 合成一个，或者让规则用于子表单的每一行。",
            "the formula gives a list, not one yes or no: make it one with AND(…) or OR(…), or have the rule look at "
            "each row of the subform.",
        )
    if checked.type in _NO_YES_OR_NO:
        return Text(
            "公式的结果要是“是”或“否”，这里是{what}。",
            "the formula has to give yes or no; here it gives {what}.",
            what=_NO_YES_OR_NO[checked.type],
        )
    return None


def _checked(formula: Formula, names: "_Names") -> Checked:
    """What is known about the formula; the same formula over the same fields is looked at once a process."""
    known = {path: names.resolve(path) for path in formula.paths}
    place = (formula.text, current_language(), repr(sorted(known.items())))
    return _known.get(place) or _known.put(place, formulas.check(formula, names))


class _Names:
    """The fields that a formula may name."""

    def __init__(self, form: Form, row: Field | None) -> None:
        self.form = form
        self.row = row

    def resolve(self, path: tuple[str, ...]) -> Name | None:
        steps = paths.resolve(self.form, ".".join(path), self.row)
        return name_of(steps) if steps else None

    def names(self) -> list[str]:
        """What may have been meant."""
        return [field.path for field in self.form.walk() if not field.kind.layout_only]


def _at(form: Form, pointer: str, code: str, what: Text | str, **details: object) -> Fault:
    found = schema.at("forms", form.document, pointer, code, what)
    found.details.update(details)
    return found
