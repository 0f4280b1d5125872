"""One department."""

from typing import Any

from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field
from engine.fields.member import MemberField
from engine.fields.references import reference_id
from engine.platform.i18n import Text


class DepartmentField(MemberField):
    """The field type `department`."""

    name = "department"
    label = Text("部门", "Department")
    icon = "building"
    group = "relation"
    order = 30
    found_defaults = ("my_department",)
    template = "fields/department.html"
    refers_to = "department"

    def read(self, raw: Any, field: Field, context: ParseContext) -> int:
        return reference_id(raw, self.refers_to, None, context, unknown_department)


def unknown_department(said: str, several: bool) -> FieldFault:
    """The fault of a name that no department, or more than one, has."""
    if several:
        return FieldFault(
            "ambiguous_department",
            Text("有多个部门叫“{said}”", "Several departments are called “{said}”", said=said),
        )
    return FieldFault(
        "unknown_department", Text("没有部门“{said}”", "There is no department “{said}”", said=said)
    )
