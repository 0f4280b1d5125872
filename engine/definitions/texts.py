"""What no text in a definition may hold, and how large and deep a document may be."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from engine.definitions import places
from engine.definitions.identity import escape
from engine.platform.errors import Fault, TooLarge
from engine.platform.i18n import LANGUAGES, Text

MOST_BYTES = 4_000_000
MOST_LEVELS = 64

_BREAKS = re.compile("[\n\r\t\u2028\u2029]")
_SEVERAL_LINES = frozenset(
    {"hint", "text", "formula", "description", "message", "pattern_message", "default"}
)
_NAMES = frozenset({"label", "name"})
_LANGUAGES = frozenset(LANGUAGES)


def faults(kind: str, document: Any) -> list[Fault]:
    """Texts that are refused wherever they stand; raises `TooLarge` for a document beyond all measure."""
    found: list[Fault] = []
    for pointer, text, one_line in _walk(document):
        what = _what(text, one_line)
        if what is not None:
            place = places.place(kind, document, pointer)
            found.append(
                Fault(
                    pointer,
                    "forbidden_character",
                    Text("{place}：{what}", "{place}: {what}", place=place, what=what),
                )
            )
    found.extend(_blank(kind, document))
    return found


def _blank(kind: str, document: Any) -> Iterator[Fault]:
    """Labels and names with nothing in them; one language is enough."""
    waiting = [(document, "")]
    while waiting:
        here, pointer = waiting.pop()
        if isinstance(here, dict):
            for name in _NAMES & here.keys():
                label = here[name]
                texts = list(label.values()) if isinstance(label, dict) else [label]
                if texts and all(isinstance(text, str) and not text.strip() for text in texts):
                    at = f"{pointer}/{name}"
                    place = places.place(kind, document, at)
                    what = Text("{place}：不能为空。", "{place}: must not be empty.", place=place)
                    yield Fault(at, "empty", what)
            waiting.extend((inner, f"{pointer}/{escape(name)}") for name, inner in here.items())
        elif isinstance(here, list):
            waiting.extend((inner, f"{pointer}/{number}") for number, inner in enumerate(here))


def check_size(document: Any) -> None:
    """Raise `TooLarge` for a document that is too deep or too long."""
    if _depth(document) > MOST_LEVELS:
        raise TooLarge(
            Text(
                "定义嵌套太深，最多 {n} 层。",
                "The definition is nested too deeply: at most {n} levels.",
                n=MOST_LEVELS,
            )
        )
    try:
        size = len(orjson.dumps(document))
    except (TypeError, ValueError, orjson.JSONEncodeError):
        return  # a text that is no text; `faults` says where
    if size > MOST_BYTES:
        raise TooLarge(
            Text(
                "定义太大：{size} MB，最多 {most} MB。",
                "The definition is too large: {size} MB, at most {most} MB.",
                size=round(size / 1e6, 1),
                most=MOST_BYTES // 1_000_000,
            )
        )


def _walk(value: Any) -> Iterator[tuple[str, str, bool]]:
    """Every text with its pointer, and whether it must stand on one line; an object's keys are texts too."""
    waiting: list[tuple[Any, str, bool]] = [(value, "", True)]
    while waiting:
        here, pointer, one_line = waiting.pop()
        if isinstance(here, str):
            yield pointer, here, one_line
        elif isinstance(here, dict):
            for name, inner in here.items():
                if places.FORBIDDEN.search(name) or _BREAKS.search(name):
                    yield pointer, name, True
                inherited = one_line if name in _LANGUAGES else name not in _SEVERAL_LINES
                waiting.append((inner, f"{pointer}/{escape(name)}", inherited))
        elif isinstance(here, list):
            waiting.extend((inner, f"{pointer}/{number}", one_line) for number, inner in enumerate(here))


def _what(text: str, one_line: bool) -> Text | None:
    bad = places.FORBIDDEN.search(text)
    if bad:
        return Text(
            "第 {n} 个字符看不见（控制字符、书写方向标记或零宽空格），不能使用。",
            "character {n} cannot be seen (a control character, a mark of the writing direction or a space without "
            "width) and cannot be used.",
            n=bad.start() + 1,
        )
    if one_line and _BREAKS.search(text):
        return Text("不能换行。", "must be on one line.")
    return None


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        here, level = waiting.pop()
        deepest = max(deepest, level)
        if level > MOST_LEVELS:
            break
        inner = here.values() if isinstance(here, dict) else here if isinstance(here, list) else ()
        waiting.extend((one, level + 1) for one in inner if isinstance(one, (dict, list)))
    return deepest
