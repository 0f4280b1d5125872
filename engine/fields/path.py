"""What a path such as `customer.level`, `owner.department` or `lines.qty` names, step by step."""

from engine.fields.form import Field, Form

MEMBERS = Form.read(
    {
        "key": "member",
        "name": {"zh-CN": "成员", "en": "Members"},
        "title": "{name}",
        "fields": [
            {"key": "name", "type": "text", "label": {"zh-CN": "姓名", "en": "Name"}},
            {"key": "department", "type": "department", "label": {"zh-CN": "部门", "en": "Department"}},
            {"key": "superior", "type": "member", "label": {"zh-CN": "上级", "en": "Superior"}},
        ],
    }
)
"""What conditions and formulas may ask of a member."""

DEPARTMENTS = Form.read(
    {
        "key": "department",
        "name": {"zh-CN": "部门", "en": "Departments"},
        "title": "{name}",
        "fields": [
            {"key": "name", "type": "text", "label": {"zh-CN": "名称", "en": "Name"}},
            {"key": "parent", "type": "department", "label": {"zh-CN": "上级部门", "en": "Parent"}},
            {"key": "head", "type": "member", "label": {"zh-CN": "负责人", "en": "Head"}},
        ],
    }
)
"""What conditions and formulas may ask of a department."""

MOST_STEPS = 6


def resolve(form: Form, path: str, row: Field | None = None) -> tuple[Field, ...] | None:
    """The field at each step of the path; None if a step does not exist. `row` is the subform one stands in."""
    steps = path.split(".")
    if len(steps) > MOST_STEPS:
        return None
    found: list[Field] = []
    place: Form | None = form
    for number, step in enumerate(steps):
        own = row.child(step) if row is not None else None
        # After a subform's key only its columns follow; inside a row the record's own fields are seen too.
        outer = place.field(step) if place is not None and (row is None or number == 0) else None
        at = own or outer
        if at is None:
            return None
        found.append(at)
        row = at if at.type == "subform" else None
        place = None if row is not None else target_form(at)
    return tuple(found)


def target_form(field: Field) -> Form | None:
    """The form whose records a field names, members and departments included; None where it names none."""
    shown = field.value_field
    kind = getattr(shown.kind, "refers_to", None)
    if kind == "member":
        return MEMBERS
    if kind == "department":
        return DEPARTMENTS
    if kind == "record" and shown.form is not None:
        return shown.form.other(shown.get("form"))
    return None


def outside(steps: tuple[Field, ...]) -> bool:
    """Whether the path leaves the record."""
    return any(target_form(step) is not None for step in steps[:-1])
