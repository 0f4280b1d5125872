"""A record of another form (关联数据); with `fill`, values are copied from it when it is chosen (选择数据)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import (
    EQUALITY,
    ConditionUse,
    FieldFault,
    FieldType,
    ParseContext,
    Preset,
    Reference,
)
from engine.fields.form import Field, Form
from engine.fields.references import reference_id, reference_json, reference_text
from engine.fields.schema import CONDITION, FIELD_KEY, FIELD_PATH, FORM_KEY, asked
from engine.fields.unknown import unknown_field, unknown_form
from engine.platform.errors import Fault
from engine.platform.i18n import Text

LINKING: Mapping[str, Any] = {
    "form": asked(FORM_KEY, "关联的表单", "Form", "relation"),
    "where": asked(
        CONDITION,
        "可选哪些数据",
        "Which records may be chosen",
        "relation",
        of="form",
        hint=("可以用当前表单里的值来筛选", "The values of this form may be used"),
    ),
    "fill": asked(
        {
            "type": "object",
            "propertyNames": FIELD_PATH,
            "additionalProperties": FIELD_KEY,
        },
        "选择后填入",
        "Filled in when chosen",
        "relation",
        kind="fill",
        of="form",
        hint=("从选中的数据复制，以后不再跟随", "Copied once from the record that is chosen"),
    ),
    "on_delete": asked(
        {"enum": ["refuse", "empty", "delete"]},
        "对方被删除时",
        "When the other is deleted",
        "relation",
        labels={
            "refuse": ("不允许删除", "Refuse"),
            "empty": ("清空这里", "Empty this"),
            "delete": ("一起删除", "Delete this too"),
        },
        simple=False,
    ),
}


class LinkField(FieldType):
    """The field type `link`."""

    name = "link"
    label = Text("关联数据", "Link")
    icon = "arrows-join-2"
    group = "relation"
    order = 50
    schema = {"properties": LINKING, "required": ["form"]}
    operators: ClassVar[tuple[str, ...]] = EQUALITY
    template = "fields/link.html"
    unique_possible = True
    groupable = True
    refers_to = "record"
    palette: ClassVar[Sequence[Preset]] = (
        Preset("link", Text("关联数据", "Link"), icon="arrows-join-2"),
        Preset("link_fill", Text("选择数据", "Link & copy"), icon="copy", properties={"fill": {}}, order=60),
    )

    def column(self, field: Field) -> TypeEngine[Any] | None:
        return sa.BigInteger()

    def inline_bytes(self, field: Field) -> int:
        return 16

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        other = forms.get(field.get("form", ""))
        if other is None:
            yield unknown_form(field, "form")
            return
        if field.form is None:
            return
        for source, target in (field.get("fill") or {}).items():
            read, written = other.field(source), field.beside(target)
            if read is None:
                yield unknown_field(field, f"fill/{source}", source, other)
            if written is None or written.kind.computed or not written.kind.stored or written.system:
                yield unknown_field(field, f"fill/{source}", target, field.form)
            elif read is not None and not _fits(read, written):
                yield Fault(
                    f"{field.pointer}/fill/{source}",
                    "type_mismatch",
                    Text(
                        "“{source}”的值不能填入“{target}”，类型不同",
                        "“{source}” does not fit into “{target}”",
                        source=read.name(),
                        target=written.name(),
                    ),
                )

    def references(self, field: Field) -> Iterable[Reference]:
        yield Reference(f"{field.pointer}/form", field.get("form"))
        for source, target in (field.get("fill") or {}).items():
            yield Reference(f"{field.pointer}/fill/{source}", field.get("form"), source)
            yield Reference(f"{field.pointer}/fill/{source}", None, target)

    def conditions(self, field: Field) -> Iterable[ConditionUse]:
        if where := field.get("where"):
            yield ConditionUse("where", field.get("form", ""), where, field.form.key if field.form else None)

    def read(self, raw: Any, field: Field, context: ParseContext) -> Any:
        return reference_id(raw, self.refers_to, field.get("form"), context, unknown_record)

    def to_json(self, value: Any, field: Field) -> Any:
        return reference_json(value)

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return reference_text(value, language)


def unknown_record(said: str, several: bool) -> FieldFault:
    """The fault of a title that no record, or more than one, has."""
    if several:
        return FieldFault(
            "ambiguous_record", Text("有多条数据叫“{said}”", "Several records are called “{said}”", said=said)
        )
    return FieldFault("unknown_record", Text("没有找到“{said}”", "“{said}” was not found", said=said))


def _fits(read: Field, written: Field) -> bool:
    source, target = read.value_field, written.value_field
    if source.type == target.type:
        return source.type not in ("link", "links") or source.get("form") == target.get("form")
    texts = ("text", "textarea")
    if target.type in texts:
        return source.kind.value_type(source) in ("text", "number") and not source.kind.multiple
    return not (source.kind.multiple or target.kind.multiple) and (
        source.kind.value_type(source) == target.kind.value_type(target) == "number"
    )
