"""What a path such as `customer.level` or `lines.qty` means in the forms of an app."""

from engine.fields.form import Field, Form

MEMBER_FIELDS = {
    "department": Field(key="department", type="department", label={"zh-CN": "部门", "en": "Department"}),
    "superior": Field(key="superior", type="member", label={"zh-CN": "上级", "en": "Superior"}),
}
"""What a path may ask of a member."""


def resolve(form: Form, path: str, beside: Field | None = None) -> tuple[Field, ...] | None:
    """The fields along a path, from the form itself to its end; None if it leads nowhere.

    `beside` is the column of a subform from whose row the path starts.
    """
    first, *rest = path.split(".")
    field = beside.beside(first) if beside else form.field(first)
    steps: list[Field] = []
    while field is not None:
        steps.append(field)
        if not rest:
            return tuple(steps)
        field = _step(field, rest.pop(0))
    return None


def _step(field: Field, part: str) -> Field | None:
    if field.children:
        return field.child(part)
    value = field.value_field
    if value.type in ("link", "links"):
        form = field.form or value.form
        other = form.other(value.get("form")) if form else None
        return other.field(part) if other else None
    if value.type in ("member", "members"):
        return MEMBER_FIELDS.get(part)
    return None
