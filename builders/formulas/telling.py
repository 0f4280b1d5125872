"""A trial as people read it: the formula with the record's values in it, each step, and the result."""

from typing import Any

from builders.formulas.places import Place
from engine.definitions import formula_checks, results
from engine.fields.form import Field
from engine.fields.formula import RESULTS
from engine.formulas import FormulaError
from engine.platform.i18n import current_language
from engine.records.explanation.trial import Trial
from engine.records.reading.formula_values import fitted
from engine.web.record.formula_words import ERRORS, FormulaWords


def told(
    place: Place,
    text: str,
    trial: Trial,
    *,
    result: str | None,
    decimals: int | None,
    field: str | None = None,
) -> dict[str, Any]:
    """What the editor shows: `pieces` of the formula with values, `steps` between, the `value`.

    The value is shown as the drafted formula field with this key does, or as a `result` of its kind.
    """
    telling = FormulaWords(place.form, place.row, place.viewer.time_zone)
    shown: dict[str, Any] = {"readable": trial.readable, "no_row": trial.no_row, "pieces": [], "steps": []}
    if trial.no_row:
        return shown
    if trial.step is not None:
        shown["pieces"] = list(telling.pieces(text, trial.step))
        shown["steps"] = telling.steps(trial.step)
    value = trial.value
    own = place.own(field)
    as_field = (
        _as_drafted(place, own, text)
        if own is not None and own.type == "formula"
        else _result(result, decimals)
    )
    if as_field is not None:
        value = fitted(value, as_field, current_language())
    shown["value"] = telling.words(value, as_field) if trial.readable else None
    error = value if isinstance(value, FormulaError) else None
    shown["error"] = str(ERRORS.get(error.code, "")) if error else None
    return shown


def _as_drafted(place: Place, own: Field, text: str) -> Field:
    """The field that shows the formula's value; where it names no result, by what this very formula gives."""
    if results.said(place.proposed or place.live, place.form.key, own) is not None:
        return own.value_field
    gives = results.SAID.get(formula_checks.type_of(place.form, text, own.parent) or "", "number")
    return Field.read({**own.properties, "result": gives}, own.pointer, own.parent, own.form).value_field


def _result(result: str | None, decimals: int | None) -> Field | None:
    if result not in RESULTS:
        return None
    document: dict[str, Any] = {"key": "result", "type": RESULTS[result], "max_length": 20_000}
    if decimals is not None:
        document["decimals"] = decimals
    return Field.read(document)
