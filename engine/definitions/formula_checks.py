"""What is wrong with a formula in a definition, by its place in the document."""

from collections.abc import Iterator

from engine.conditions.formula_values import check_sql
from engine.definitions import schema
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse
from engine.platform.errors import Fault
from engine.platform.i18n import Text


def check(form: Form, text: str, pointer: str, row: Field | None = None, *, sql: bool = False) -> Iterator[Fault]:
    """The faults of a formula over the records of a form, or over a row of its subform.

    With `sql` the formula is one that the database works out at every reading, so it needs an SQL meaning.
    """
    try:
        formula = parse(text)
    except FormulaFault as fault:
        yield _at(form, pointer, fault)
        return
    unknown = False
    for steps in sorted(formula.paths):
        found = paths.resolve(form, ".".join(steps), row)
        if found is None or any(step.kind.layout_only for step in found):
            unknown = True
            yield schema.at("forms", form.document, pointer, "unknown_field", Text(
                "公式里的“{path}”不存在。", "“{path}” in the formula does not exist.", path=".".join(steps)))
    if sql and not unknown:
        try:
            check_sql(text, lambda path: paths.resolve(form, path, row))
        except FormulaFault as fault:
            yield _at(form, pointer, fault)


def _at(form: Form, pointer: str, fault: FormulaFault) -> Fault:
    found = schema.at("forms", form.document, pointer, fault.code, fault.faults[0].message)
    found.details.update(fault.details)
    return found
