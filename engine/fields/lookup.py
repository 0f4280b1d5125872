"""Values of other records, shown live: through a link (引用字段), or a small table by condition (关联查询)."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.fields.base import ConditionUse, FieldType, Preset, Reference
from engine.fields.form import Field, Form
from engine.fields.schema import CONDITION, FIELD_KEY, FIELD_PATH, FORM_KEY, SORT, asked
from engine.fields.unknown import unknown_field, unknown_form
from engine.platform.errors import Fault
from engine.platform.i18n import Text


class LookupField(FieldType):
    """The field type `lookup`."""

    name = "lookup"
    label = Text("引用字段 / 关联查询", "Lookup")
    icon = "zoom-scan"
    group = "relation"
    order = 80
    schema = {
        "properties": {
            "via": asked(
                FIELD_KEY,
                "通过哪个关联",
                "Through which link",
                "relation",
                types=["link"],
                without=["form"],
            ),
            "field": asked(FIELD_PATH, "引用的字段", "Field", "relation", of="via", without=["form"]),
            "form": asked(FORM_KEY, "查询的表单", "Form", "relation", without=["via"]),
            "where": asked(CONDITION, "查询条件", "Which records", "relation", of="form", needs=["form"]),
            "fields": asked(
                {"type": "array", "items": FIELD_PATH, "minItems": 1, "maxItems": 20},
                "显示的列",
                "Columns",
                "relation",
                kind="fields",
                of="form",
                needs=["form"],
            ),
            "sort": asked(SORT, "排序", "Sort", "relation", kind="sort", of="form", needs=["form"]),
            "limit": asked(
                {"type": "integer", "minimum": 1, "maximum": 100},
                "最多几行",
                "Most rows",
                "relation",
                needs=["form"],
            ),
        },
    }
    stored = False
    computed = True
    operators = ()
    palette = (
        Preset("lookup", Text("引用字段", "Lookup"), icon="eye"),
        Preset(
            "lookup_table", Text("关联查询", "Query"), icon="zoom-scan", properties={"limit": 10}, order=90
        ),
    )
    grouped = True
    template = "fields/lookup.html"
    sortable = True

    def live(self, field: Field) -> bool:
        return True

    def value_field(self, field: Field) -> Field:
        target = lookup_target(field)
        return target.value_field if target is not None and target is not field else field

    def value_type(self, field: Field) -> str:
        shown = field.value_field
        return "any" if shown is field else shown.kind.value_type(shown)

    def value_schema(self, field: Field, *, written: bool) -> dict[str, Any]:
        if not is_table(field):
            return super().value_schema(field, written=written)
        row = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
        return {"type": "array", "items": row}

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        return _check_table(field, forms) if is_table(field) else _check_via(field)

    def references(self, field: Field) -> Iterable[Reference]:
        if is_table(field):
            yield Reference(f"{field.pointer}/form", field.get("form"))
            for number, key in enumerate(field.get("fields", ())):
                yield Reference(f"{field.pointer}/fields/{number}", field.get("form"), key)
            for number, order in enumerate(field.get("sort", ())):
                yield Reference(f"{field.pointer}/sort/{number}/field", field.get("form"), order["field"])
            return
        yield Reference(f"{field.pointer}/via", None, field.get("via"))
        link = field.beside(field.get("via", ""))
        if link is not None and field.get("field"):
            yield Reference(f"{field.pointer}/field", link.get("form"), field.get("field"))

    def conditions(self, field: Field) -> Iterable[ConditionUse]:
        if where := field.get("where"):
            yield ConditionUse("where", field.get("form", ""), where, field.form.key if field.form else None)


def is_table(field: Field) -> bool:
    """Whether the lookup is a table by condition, not one value through a link."""
    return "via" not in field.properties


def lookup_target(field: Field) -> Field | None:
    """The field of the linked form that a lookup shows; None for a table or where the link is missing."""
    if is_table(field) or field.form is None:
        return None
    link = field.beside(field.get("via"))
    other = field.form.other(link.get("form")) if link is not None and link.get("form") else None
    return other.field(field.get("field", "")) if other else None


def _check_via(field: Field) -> Iterable[Fault]:
    form = field.form
    if form is None:
        return
    link = field.beside(field.get("via"))
    if link is None or link.type != "link":
        yield unknown_field(field, "via", field.get("via"), form)
        return
    other = form.other(link.get("form"))
    if other is None:
        return  # the link itself is at fault
    key = field.get("field")
    target = other.field(key) if key else None
    if (
        target is None
        or target.kind.layout_only
        or target.parent
        or target.kind.name == "lookup"
        and is_table(target)
    ):
        yield unknown_field(field, "field", key or "", other)
    elif _circular(field):
        yield Fault(
            f"{field.pointer}/field",
            "circular",
            Text("“{name}”引用了它自己", "“{name}” looks up itself", name=field.name()),
        )


def _check_table(field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
    other = forms.get(field.get("form", ""))
    if other is None:
        yield unknown_form(field, "form")
        return
    for number, key in enumerate(field.get("fields", ())):
        if (target := other.field(key)) is None or target.kind.layout_only or target.parent:
            yield unknown_field(field, f"fields/{number}", key, other)
    for number, order in enumerate(field.get("sort", ())):
        if (target := other.field(order["field"])) is None or not target.kind.sortable:
            yield unknown_field(field, f"sort/{number}/field", order["field"], other)


def _circular(field: Field) -> bool:
    seen: set[int] = set()
    at: Field | None = field
    while at is not None and at.kind.name == "lookup":
        if id(at) in seen:
            return True
        seen.add(id(at))
        at = lookup_target(at)
    return False
