"""Options that a file names and a field does not have: refused, left empty, or made with the import."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from engine.exchange.mapping import ImportMapping, Missing
from engine.exchange.problems import Problem
from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field
from engine.fields.multi_select import split
from engine.fields.typed_text import narrow
from engine.platform.i18n import Text

UNKNOWN = "unknown_option"
LONGEST, MOST = 100, 2_000


def has_options(field: Field) -> bool:
    """Whether the field's values are options of its own."""
    return "options" in (field.kind.schema.get("properties") or {}) and not field.kind.computed


def asks_for_options(mapping: ImportMapping, field: Field) -> bool:
    """Whether the mapping wants options of the field to be made."""
    chosen = mapping.values.get(field.path, {}).values()
    return has_options(field) and (
        mapping.choices.get(field.path) == "create" or any(one.kind == "create" for one in chosen)
    )


@dataclass
class Choices:
    """What becomes of texts that are no option; `made` are the options to be made, by their evened text."""

    field: Field
    context: ParseContext
    missing: Missing = "reject"
    made: dict[str, str] = attribute(default_factory=dict)

    def unknown(self, text: str, fault: FieldFault) -> Any:
        """The value of a cell of which the field type says that it names no option."""
        if self.missing == "create":
            return self.create(text)
        if self.missing == "empty":
            known = [one for _, one in self._parts(text) if one is not None]
            level = "should"
            if known and self.field.kind.multiple:
                # The options that there are stay; what is left out of them has to be looked at.
                return known
        else:
            level = "must"
        return Problem(fault.code, fault.message, level, fault.details.get("suggestion"))  # type: ignore[arg-type]

    def create(self, text: str) -> Any:
        """The value of the cell with every option that is not there made."""
        values: list[str] = []
        for part, known in self._parts(text):
            value = known if known is not None else self._make(part)
            if isinstance(value, Problem):
                return value
            values.append(value)
        if not self.field.kind.multiple:
            return values[0] if values else None
        return list(dict.fromkeys(values)) or None

    def _parts(self, text: str) -> Iterator[tuple[str, str | None]]:
        """The entries of a cell, each with its option where there is one."""
        for part in split(text) if self.field.kind.multiple else [text.strip()]:
            try:
                value = self.field.kind.parse(part, self.field, self.context)
            except FieldFault:
                yield part, None
            else:
                yield part, value[0] if isinstance(value, list) else value

    def _make(self, text: str) -> str | Problem:
        place = narrow(text).casefold().replace(" ", "")
        if place not in self.made:
            if len(text) > LONGEST:
                said = Text("选项最多 {n} 个字", "An option has at most {n} characters", n=LONGEST)
                return Problem("option_too_long", said)
            if len(self.field.options) + len(self.made) >= MOST:
                said = Text("一个字段最多 {n} 个选项", "A field has at most {n} options", n=f"{MOST:,}")
                return Problem("too_many_options", said)
            self.made[place] = text
        return self.made[place]


def made_by(choices: Iterable[Choices | None]) -> dict[str, list[str]]:
    """The options that have to be made, by field."""
    return {one.field.path: list(one.made.values()) for one in choices if one is not None and one.made}
