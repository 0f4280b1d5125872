"""Formulas tried out: one text, some values, the result."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response

from engine.access.bodies import pointer_part
from engine.api.authentication import viewer
from engine.api.messages import answer, body_object, database
from engine.fields.base import utc_text
from engine.formulas import FormulaError, JsonValues, MemberFacts, Moment, evaluate, parse
from engine.formulas.tree import Formula
from engine.platform import clock
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import LANGUAGES, Text
from engine.records.reading.person_facts import ASKING, facts

blueprint = Blueprint("api_formulas", __name__)


@blueprint.post("/formulas/evaluate")
def try_out() -> Response:
    sent = body_object({"formula": str, "values": dict, "locale": str}, required=("formula",))
    locale = sent.get("locale") or LANGUAGES[0]
    if locale not in LANGUAGES:
        said = Text("“locale”应是 {all}", "“locale” is one of {all}", all=", ".join(LANGUAGES))
        raise Invalid.at("/locale", "wrong_value", said)
    formula = parse(sent["formula"])
    moment = Moment(clock.now(), viewer().time_zone, _member(formula))
    values = JsonValues(sent.get("values") or {})
    _check_shapes(formula, values)
    value = evaluate(formula, values, moment=moment, locale=locale)
    return answer(written(value, moment))


def _check_shapes(formula: Formula, values: JsonValues) -> None:
    found = {place: None for path in sorted(formula.paths) if (place := values.misshapen(path)) is not None}
    said = Text("这个对象不是任何字段的值", "This object is the value of no field")
    faults = [
        Fault("/values/" + "/".join(pointer_part(str(step)) for step in place), "wrong_type", said)
        for place in found
    ]
    if faults:
        raise Invalid(said, faults)


def _member(formula: Formula) -> MemberFacts:
    """Who asks; outside an app nobody has a role."""
    if formula.functions.isdisjoint(ASKING):
        return MemberFacts(str(viewer().member_id), viewer().name)
    with database().connect() as connection:
        return facts(connection, None, viewer())


def written(value: Any, moment: Moment) -> dict[str, Any]:
    """A formula's value as JSON, with its type; an error value is a value."""
    if isinstance(value, FormulaError):
        return {"value": {"error": value.code}, "type": "error"}
    if isinstance(value, list):
        items = [written(item, moment) for item in value]
        return {"value": [item["value"] for item in items], "type": "list"}
    if value is None:
        return {"value": None, "type": "blank"}
    if isinstance(value, bool):
        return {"value": value, "type": "boolean"}
    if isinstance(value, Decimal):
        return {"value": format(value, "f"), "type": "number"}
    if isinstance(value, datetime):
        return {"value": utc_text(moment.to_instant(value)), "type": "datetime"}
    if isinstance(value, date):
        return {"value": value.isoformat(), "type": "date"}
    if isinstance(value, time):
        return {"value": value.isoformat("minutes"), "type": "time"}
    return {"value": str(value), "type": "text"}
