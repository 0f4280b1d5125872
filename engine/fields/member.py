"""One colleague."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from engine.fields.base import EQUALITY, FieldFault, FieldType, ParseContext
from engine.fields.form import Field
from engine.fields.references import reference_id, reference_json, reference_text
from engine.fields.schema import YES_NO, asked
from engine.platform.i18n import Text

SCOPE = {
    "scope": asked(
        {
            "type": "object",
            "properties": {
                "departments": asked(
                    {"type": "array", "items": {"type": "integer"}, "maxItems": 500},
                    "部门",
                    "Departments",
                    kind="departments",
                ),
                "below": asked(YES_NO, "包括下级部门", "With the departments below"),
            },
            "additionalProperties": False,
        },
        "可选范围",
        "Who may be chosen",
        "choices",
        kind="member_scope",
        hint=("不设就是全公司", "Everybody unless departments are named"),
    )
}


class MemberField(FieldType):
    """The field type `member`."""

    name = "member"
    label = Text("成员", "Member")
    icon = "user"
    group = "relation"
    order = 10
    schema = {"properties": SCOPE}
    found_defaults = ("me",)
    operators = EQUALITY
    template = "fields/member.html"
    unique_possible = True
    groupable = True
    refers_to = "member"

    def column(self, field: Field) -> TypeEngine[Any]:
        return sa.BigInteger()

    def inline_bytes(self, field: Field) -> int:
        return 16

    def read(self, raw: Any, field: Field, context: ParseContext) -> int:
        return reference_id(raw, self.refers_to, None, context, unknown_member)

    def to_json(self, value: Any, field: Field) -> Any:
        return reference_json(value)

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return reference_text(value, language)


def unknown_member(said: str, several: bool) -> FieldFault:
    """The fault of a name that nobody, or more than one person, has."""
    if several:
        return FieldFault(
            "ambiguous_member", Text("有多位成员叫“{said}”", "Several members are called “{said}”", said=said)
        )
    return FieldFault("unknown_member", Text("没有成员“{said}”", "There is no member “{said}”", said=said))
