"""Values that name a member, department or record: reading their ids and titles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.fields.base import FieldFault, ParseContext, wrong_type
from engine.fields.multi_select import split
from engine.platform.i18n import Text

NO_ACCESS = Text("无权查看", "No access")

Unknown = Callable[[str, bool], FieldFault]


@dataclass(frozen=True, slots=True)
class Ref:
    """A member, department or record with its title; `id` None stands for one that may not be seen."""

    id: int | None
    title: str | Text

    def json(self) -> dict[str, Any]:
        """`{"id", "title"}` as programs get it."""
        return {"id": self.id, "title": str(self.title)}

    def __int__(self) -> int:
        return self.id or 0


def reference_id(raw: Any, kind: str, form: str | None, context: ParseContext, unknown: Unknown) -> int:
    """The id of `12`, `{"id": 12, …}` or, where texts are typed, of a title."""
    if isinstance(raw, dict):
        raw = raw.get("id")
    if isinstance(raw, Ref):
        raw = raw.id
    if isinstance(raw, int) and not isinstance(raw, bool):
        if 0 < raw < 2**63:
            return raw
        raise unknown(str(raw)[:30], False)
    if isinstance(raw, str) and context.text and context.directory:
        found = context.directory.find(kind, form, raw)
        if len(found) == 1:
            return found[0]
        raise unknown(raw[:50], len(found) > 1)
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 19:
        return int(raw)
    raise wrong_type(Text("一个编号", "an id"))


def reference_ids(
    raw: Any, kind: str, form: str | None, context: ParseContext, unknown: Unknown
) -> list[int] | None:
    """The ids of a list, each once; a text is taken as a list of titles."""
    if isinstance(raw, str) and context.text:
        raw = split(raw)
    elif not isinstance(raw, list):
        raw = [raw]
    return list(dict.fromkeys(reference_id(one, kind, form, context, unknown) for one in raw)) or None


def reference_json(value: Any) -> Any:
    """A reference as programs get it; a bare id, where no title was read, stays an id."""
    if value is None:
        return None
    return value.json() if isinstance(value, Ref) else {"id": value, "title": None}


def reference_text(value: Any, language: str) -> str:
    """The title of a reference."""
    if not isinstance(value, Ref):
        return "" if value is None else str(value)
    return value.title.render(language) if isinstance(value.title, Text) else value.title
