"""A figure over the records that link here (汇总): stored, and kept true."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.types import TypeEngine

from engine.fields.base import ORDER, ConditionUse, FieldType, Reference
from engine.fields.form import Field, Form
from engine.fields.number import SHOWN
from engine.fields.schema import CONDITION, CURRENCY, FIELD_KEY, FORM_KEY, asked
from engine.fields.unknown import unknown_field, unknown_form
from engine.platform.errors import Fault
from engine.platform.i18n import Text

FUNCTIONS = ("count", "sum", "avg", "min", "max", "count_distinct")
_ADDS = ("sum", "avg")


class RollupField(FieldType):
    """The field type `rollup`."""

    name = "rollup"
    label = Text("汇总", "Rollup")
    icon = "sum"
    group = "relation"
    order = 100
    schema = {
        "properties": {
            "form": asked(FORM_KEY, "汇总哪个表单", "Form", "relation"),
            "via": asked(
                FIELD_KEY,
                "它的哪个关联指向这里",
                "Its link to here",
                "relation",
                of="form",
                types=["link", "links"],
            ),
            "fn": asked(
                {"enum": list(FUNCTIONS)},
                "计算方式",
                "Function",
                "relation",
                labels={
                    "count": ("计数", "Count"),
                    "sum": ("合计", "Sum"),
                    "avg": ("平均", "Average"),
                    "min": ("最小", "Least"),
                    "max": ("最大", "Greatest"),
                    "count_distinct": ("去重计数", "Count of different values"),
                },
            ),
            "field": asked(FIELD_KEY, "汇总的字段", "Field", "relation", of="form"),
            "where": asked(CONDITION, "只汇总这些数据", "Only these records", "relation", of="form"),
            **SHOWN,
            "thousands": {**SHOWN["thousands"], "x-follows": True},
            "currency": CURRENCY,
        },
        "required": ["form", "via", "fn"],
    }
    computed = True
    align = "end"
    operators = ORDER
    template = "fields/computed.html"
    summary_functions = ("sum", "avg", "min", "max")
    groupable = True

    def column(self, field: Field) -> TypeEngine[Any] | None:
        shown = field.value_field
        return shown.kind.column(shown)

    def inline_bytes(self, field: Field) -> int:
        return field.value_field.kind.inline_bytes(field.value_field)

    def value_type(self, field: Field) -> str:
        shown = field.value_field
        return shown.kind.value_type(shown)

    def value_field(self, field: Field) -> Field:
        shown: dict[str, Any] = {"key": field.key, "type": "count", "label": field.label}
        source = rollup_source(field)
        if field.get("fn") not in ("count", "count_distinct"):
            found = source.value_field if source else None
            shown["type"] = found.type if found else "number"
            for name in ("decimals", "thousands", "unit", "currency", "format"):
                given = field.get(name, found.get(name) if found else None)
                if given is not None:
                    shown[name] = given
        return Field.read(shown, field.pointer)

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        other = forms.get(field.get("form", ""))
        if other is None:
            yield unknown_form(field, "form")
            return
        link = other.field(field.get("via"))
        if (
            link is None
            or link.type not in ("link", "links")
            or field.form
            and link.get("form") != field.form.key
        ):
            yield unknown_field(field, "via", field.get("via"), other)
        if field.get("fn") == "count":
            return
        source = rollup_source(field)
        if source is None or not source.kind.stored or source.kind.multiple or source.live:
            yield unknown_field(field, "field", field.get("field", ""), other)
        elif field.get("fn") in _ADDS and source.kind.value_type(source) != "number":
            yield Fault(
                f"{field.pointer}/field",
                "type_mismatch",
                Text(
                    "“{name}”不能对“{source}”求和，它不是数字",
                    "“{name}” cannot add up “{source}”, which is no number",
                    name=field.name(),
                    source=source.name(),
                ),
            )

    def references(self, field: Field) -> Iterable[Reference]:
        yield Reference(f"{field.pointer}/form", field.get("form"))
        yield Reference(f"{field.pointer}/via", field.get("form"), field.get("via"))
        if field.get("field"):
            yield Reference(f"{field.pointer}/field", field.get("form"), field.get("field"))

    def conditions(self, field: Field) -> Iterable[ConditionUse]:
        if where := field.get("where"):
            yield ConditionUse("where", field.get("form", ""), where, None)


def rollup_source(field: Field) -> Field | None:
    """The field of the other form that is added up."""
    other = field.form.other(field.get("form")) if field.form else None
    return other.field(field.get("field", "")) if other else None
