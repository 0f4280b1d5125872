"""A table inside a record, such as the lines of an order."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.fields.base import EMPTINESS, FieldFault, FieldType, ParseContext, RowValues, wrong_type
from engine.fields.failed import value_json
from engine.fields.form import SYSTEM_KEYS, Field, Form
from engine.fields.schema import asked
from engine.platform.errors import Fault
from engine.platform.i18n import Text

MOST_ROWS = 2000
_NOT_INSIDE = ("subform", "section", "tab", "note", "serial", "rollup")


class SubformField(FieldType):
    """The field type `subform`."""

    name = "subform"
    label = Text("子表单", "Subform")
    icon = "table"
    group = "relation"
    order = 120
    schema = {
        "properties": {
            "fields": asked(
                {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 100,
                    "items": {"type": "object", "x-kind": "field_document"},
                },
                "列",
                "Columns",
                "basic",
                kind="columns",
                offered=False,
            ),
            "min_rows": asked(
                {"type": "integer", "minimum": 0, "maximum": MOST_ROWS}, "最少几行", "Fewest rows", "limits"
            ),
            "max_rows": asked(
                {"type": "integer", "minimum": 1, "maximum": MOST_ROWS}, "最多几行", "Most rows", "limits"
            ),
        },
        "required": ["fields"],
    }
    starting = {"fields": [{"key": "item", "type": "text", "label": {"zh-CN": "内容", "en": "Item"}}]}
    multiple = True
    typed = False
    wide = True
    operators = EMPTINESS
    grouped = True
    template = "fields/subform.html"
    sortable = False

    def value_type(self, field: Field) -> str:
        return "any"

    def check(self, field: Field, forms: Mapping[str, Form]) -> Iterable[Fault]:
        for child in field.children:
            if child.type in _NOT_INSIDE:
                yield Fault(
                    f"{child.pointer}/type",
                    "not_in_subform",
                    Text(
                        "“{name}”不能放在子表单“{subform}”里",
                        "“{name}” cannot stand in the subform “{subform}”",
                        name=child.name(),
                        subform=field.name(),
                    ),
                )
            elif child.key in SYSTEM_KEYS or child.key in ("record_id", "position", "errors"):
                yield Fault(
                    f"{child.pointer}/key",
                    "reserved_key",
                    Text(
                        "“{key}”是保留名，请换一个",
                        "“{key}” is reserved; please choose another",
                        key=child.key,
                    ),
                )

    def read(self, raw: Any, field: Field, context: ParseContext) -> list[RowValues] | None:
        if not isinstance(raw, list):
            raise wrong_type(Text("一列行", "a list of rows"))
        most = field.get("max_rows", MOST_ROWS)
        if len(raw) > most:
            raise FieldFault(
                "too_many_rows",
                Text(
                    "最多 {most} 行，这里有 {here} 行",
                    "At most {most} rows; this has {here}",
                    most=most,
                    here=len(raw),
                ),
                max_rows=most,
            )
        faults: list[FieldFault] = []
        rows = [_row(row, f"/{number}", field, context, faults) for number, row in enumerate(raw)]
        if faults:
            faults[0].others, faults[0].sound = faults[1:], rows
            raise faults[0]
        return rows

    def to_json(self, value: Any, field: Field) -> Any:
        return [_row_json(row, field) for row in value or ()]

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        rows = len(value or ())
        return Text("{rows} 行", "{rows} rows", rows=rows).render(language) if rows else ""

    def value_schema(self, field: Field, *, written: bool) -> dict[str, Any]:
        columns = {
            child.key: child.kind.value_schema(child, written=written)
            for child in field.children
            if not (written and child.kind.computed)
        }
        row = {"type": "object", "properties": {"id": {"type": "integer"}, **columns}}
        return {"type": ["array", "null"], "items": row}

    def comparable(self, value: Any) -> Any:
        return [(row.id, dict(row.values)) for row in value or ()]


def _row(raw: Any, pointer: str, field: Field, context: ParseContext, faults: list[FieldFault]) -> RowValues:
    if isinstance(raw, RowValues):
        return raw
    if not isinstance(raw, Mapping):
        fault = wrong_type(Text("一行的各列", "the columns of a row"))
        fault.pointer = pointer
        faults.append(fault)
        return RowValues(None)
    columns = dict(raw)
    row_id = columns.pop("id", None)
    if row_id is not None and (isinstance(row_id, bool) or not isinstance(row_id, int)):
        faults.append(
            FieldFault(
                "wrong_type",
                Text("行的编号要是整数", "A row's id is a whole number"),
                pointer=f"{pointer}/id",
            )
        )
        row_id = None
    values: dict[str, Any] = {}
    for key, given in columns.items():
        child = field.child(key)
        if child is None:
            faults.append(
                FieldFault(
                    "unknown_field",
                    Text("没有列“{key}”", "There is no column “{key}”", key=key[:50]),
                    pointer=f"{pointer}/{key}",
                )
            )
        elif not child.kind.computed:  # what GET gave comes back with computed columns
            try:
                values[key] = child.kind.parse(given, child, context)
            except FieldFault as fault:
                for one in fault.all():
                    one.pointer = f"{pointer}/{key}{one.pointer}"
                    faults.append(one)
    return RowValues(row_id, values)


def _row_json(row: RowValues, field: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": row.id}
    for child in field.children:
        if child.key in row.values:
            shown[child.key] = value_json(row.values[child.key], child)
    return shown
