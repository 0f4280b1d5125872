"""Several colleagues."""

from typing import Any

from engine.fields.base import SEVERAL, FieldType, ParseContext
from engine.fields.form import Field
from engine.fields.member import SCOPE, unknown_member
from engine.fields.references import reference_ids, reference_json, reference_text
from engine.platform.i18n import Text


class MembersField(FieldType):
    """The field type `members`."""

    name = "members"
    label = Text("成员多选", "Members")
    icon = "users"
    group = "relation"
    order = 20
    schema = {"properties": SCOPE}
    found_defaults = ("me",)
    multiple = True
    operators = SEVERAL
    template = "fields/members.html"
    sortable = False
    refers_to = "member"

    def value_type(self, field: Field) -> str:
        return "text[]"

    def read(self, raw: Any, field: Field, context: ParseContext) -> list[int] | None:
        return reference_ids(raw, self.refers_to, None, context, unknown_member)

    def to_json(self, value: Any, field: Field) -> Any:
        return [reference_json(one) for one in value or ()]

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return (", " if language == "en" else "、").join(reference_text(one, language) for one in value or ())

    def comparable(self, value: Any) -> Any:
        return frozenset(int(getattr(one, "id", one)) for one in value) if value else None
