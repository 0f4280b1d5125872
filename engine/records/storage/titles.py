"""A record's title, and the keys that put Chinese text into its order."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from engine.fields.form import Field, Form
from engine.platform import pinyin

MOST = 250
"""How many characters of a text count for its order."""

_BETWEEN = "\0"
"""Stands in no text that is kept."""

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_TITLED = ("text", "serial", "textarea", "email", "phone")


def title_fields(form: Form) -> list[str]:
    """The fields that the title is made of."""
    return [key for key in _PLACE.findall(template(form)) if form.field(key) is not None]


def people_in(form: Form) -> list[Field]:
    """The fields of the title that name members or departments."""
    return [
        part for part in _parts(form) if isinstance(part, Field) and part.type in ("member", "department")
    ]


def template(form: Form) -> str:
    """The form's title with its places; without one, the first text field is the title."""
    if form.title:
        return form.title
    first = next((one for one in form.fields if one.type in _TITLED), None)
    return f"{{{first.key}}}" if first else ""


_SAID_BY = (
    "masked", "decimals", "thousands", "unit", "currency", "format", "region", "symbol", "on_label", "off_label",
)  # fmt: skip


def makeup(form: Form) -> tuple[Any, ...]:
    """What titles follow beside the values: the template, and how each of its fields says its values."""
    return (template(form), *(_manner(one) for one in _parts(form) if isinstance(one, Field)))


def _manner(field: Field) -> tuple[Any, ...]:
    shown = field.value_field
    options = [(value, option.get("label")) for value, option in shown.options.items()]
    return shown.type, options, *(shown.get(name) for name in _SAID_BY)


def title(
    form: Form, values: Mapping[str, Any], language: str, names: Mapping[int, str] | None = None
) -> str:
    """The title of a record with these values; "" where all its places are empty. What is masked is so in it, too:
    a title is shown wherever the record is named, to everybody who may see it.

    `names` are the names of members and departments by id.
    """
    said: list[str] = []
    filled = False
    for part in _parts(form):
        if isinstance(part, str):
            said.append(part)
            continue
        value = values.get(part.key)
        if value is not None:
            plain = part.type == "text" and not part.get("masked")
            shown = value if plain else _shown(part, value, language, names or {})
            filled = filled or bool(shown)
            said.append(shown)
    return " ".join("".join(said).split())[:500] if filled else ""


def _parts(form: Form) -> list[str | Field]:
    """The template cut into its texts and fields, once a form."""
    parts: list[str | Field] | None = form.__dict__.get("_title_parts")
    if parts is None:
        parts = []
        for number, piece in enumerate(_PLACE.split(template(form))):
            field = form.field(piece) if number % 2 else None
            if field is not None:
                parts.append(field)
            elif piece and not number % 2:
                parts.append(piece)
        form.__dict__["_title_parts"] = parts
    return parts


def _shown(field: Field, value: Any, language: str, names: Mapping[int, str]) -> str:
    if field.type in ("member", "department"):
        return names.get(value, "")
    return field.kind.shown(value, field, language)


def sort_key(text: str | None) -> str | None:
    """The text so that its order by characters is the order people expect: Chinese by pinyin, case aside."""
    if text is None:
        return None
    text = text[:MOST]
    if text.isascii():
        return text.casefold()
    return text.casefold().translate(_syllables())


def sort_keys(texts: Sequence[str | None]) -> list[str | None]:
    """The same for many texts, which are gone through as one where that is possible."""
    present = [text for text in texts if text is not None]
    if not present or len(max(present, key=len)) > MOST:
        return [sort_key(text) for text in texts]
    joined = _BETWEEN.join(present).casefold()
    made = (joined if joined.isascii() else joined.translate(_syllables())).split(_BETWEEN)
    if len(made) != len(present):
        return [sort_key(text) for text in texts]
    if len(present) == len(texts):
        return list(made)
    keys = iter(made)
    return [None if text is None else next(keys) for text in texts]


@cache
def _syllables() -> dict[int, str]:
    known: dict[str, str] = {}
    table: dict[int, str] = {}
    for code, several in pinyin.readings().items():
        first = several.split(",", 1)[0]
        plain = known.get(first)
        if plain is None:
            plain = known[first] = pinyin.without_tone(first)
        # The space ends a syllable, so that 西安 (xi an) stands before 先 (xian).
        table[code] = plain + " "
    return table
