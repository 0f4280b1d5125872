"""Several records of another form."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy.types import TypeEngine

from engine.fields.base import SEVERAL, ParseContext, Preset
from engine.fields.form import Field
from engine.fields.link import LINKING, LinkField, unknown_record
from engine.fields.references import reference_ids, reference_json, reference_text
from engine.platform.i18n import Text


class LinksField(LinkField):
    """The field type `links`."""

    name = "links"
    label = Text("关联多条", "Links")
    icon = "arrows-split-2"
    group = "relation"
    order = 70
    schema = {
        "properties": {key: LINKING[key] for key in ("form", "on_delete", "where")},
        "required": ["form"],
    }
    multiple = True
    palette: ClassVar[Sequence[Preset]] = ()
    operators: ClassVar[tuple[str, ...]] = SEVERAL
    template = "fields/links.html"
    unique_possible = False
    sortable = False
    groupable = False

    def column(self, field: Field) -> TypeEngine[Any] | None:
        return None

    def value_type(self, field: Field) -> str:
        return "text[]"

    def read(self, raw: Any, field: Field, context: ParseContext) -> list[int] | None:
        return reference_ids(raw, self.refers_to, field.get("form"), context, unknown_record)

    def to_json(self, value: Any, field: Field) -> Any:
        return [reference_json(one) for one in value or ()]

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        return (", " if language == "en" else "、").join(reference_text(one, language) for one in value or ())

    def comparable(self, value: Any) -> Any:
        return frozenset(int(one) for one in value) if value else None
