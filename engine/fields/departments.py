"""Several departments."""

from typing import Any

from engine.fields.base import ParseContext
from engine.fields.department import unknown_department
from engine.fields.form import Field
from engine.fields.members import MembersField
from engine.fields.references import reference_ids
from engine.platform.i18n import Text


class DepartmentsField(MembersField):
    """The field type `departments`."""

    name = "departments"
    label = Text("部门多选", "Departments")
    icon = "buildings"
    group = "relation"
    order = 40
    found_defaults = ("my_department",)
    template = "fields/departments.html"
    refers_to = "department"

    def read(self, raw: Any, field: Field, context: ParseContext) -> list[int] | None:
        return reference_ids(raw, self.refers_to, None, context, unknown_department)
