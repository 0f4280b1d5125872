"""Files that belong to a record."""

from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from engine.fields.base import EMPTINESS, FieldFault, FieldType, ParseContext, wrong_type
from engine.fields.form import Field
from engine.fields.schema import asked
from engine.platform.i18n import Text

HOLDING = {
    "max_count": asked({"type": "integer", "minimum": 1, "maximum": 50}, "最多几个", "Most files", "limits"),
    "max_size_mb": asked(
        {"type": "integer", "minimum": 1, "maximum": 1000}, "单个最大（MB）", "Largest file (MB)", "limits"
    ),
    "accept": asked(
        {
            "type": "array",
            "items": {"type": "string", "pattern": r"^\.?[a-zA-Z0-9/*+.-]{1,60}$"},
            "maxItems": 30,
        },
        "允许的类型",
        "Kinds of files",
        "limits",
        kind="words",
        hint=("如 pdf、docx、image/*", "Such as pdf, docx or image/*"),
    ),
}


class FileField(FieldType):
    """Its values are ids of stored files; `attachments` turns them into what is shown."""

    name = "file"
    label = Text("附件", "Files")
    icon = "paperclip"
    group = "more"
    order = 20
    schema = {"properties": HOLDING}
    multiple = True
    holds_files = True
    typed = False
    wide = True
    operators = EMPTINESS
    grouped = True
    template = "fields/file.html"
    sortable = False
    most: ClassVar[int] = 20
    accepted: ClassVar[tuple[str, ...]] = ()
    """The types of files that it takes at all; all of them where there are none."""

    def column(self, field: Field) -> TypeEngine[Any]:
        return postgresql.ARRAY(sa.Text())

    def choosable(self, field: Field) -> str:
        """What a browser is to offer for choosing: endings begin with a point, unlike in the property."""
        return ",".join(
            one if "/" in one or one.startswith(".") else f".{one}" for one in field.get("accept") or ()
        )

    def value_schema(self, field: Field, *, written: bool) -> dict[str, Any]:
        if written:
            return {"type": ["array", "null"], "items": {"type": "string", "format": "uuid"}}
        return {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/file"}}

    def value_type(self, field: Field) -> str:
        return "text[]"

    def read(self, raw: Any, field: Field, context: ParseContext) -> list[str] | None:
        if not isinstance(raw, list):
            raise wrong_type(Text("一列文件编号", "a list of file ids"))
        ids = list(dict.fromkeys(_file_id(one) for one in raw))
        most = field.get("max_count", self.most)
        if len(ids) > most:
            raise FieldFault(
                "too_many_files",
                Text("最多 {most} 个文件", "At most {most} files", most=most),
                max_count=most,
            )
        return ids or None

    def to_json(self, value: Any, field: Field) -> Any:
        return [one if isinstance(one, dict) else {"id": str(one)} for one in value or ()]

    def display(self, value: Any, field: Field, language: str, time_zone: str | None = None) -> str:
        names = [one["name"] for one in value or () if isinstance(one, dict)]
        return (", " if language == "en" else "、").join(names)

    def comparable(self, value: Any) -> Any:
        return [one["id"] if isinstance(one, dict) else str(one) for one in value] if value else None


def _file_id(raw: Any) -> str:
    if isinstance(raw, dict):
        raw = raw.get("id")
    try:
        return str(UUID(raw if isinstance(raw, str) else str(raw)))
    except ValueError:
        raise FieldFault("unknown_file", Text("没有这个文件", "There is no such file")) from None
