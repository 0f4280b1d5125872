"""The fields along a path as a formula sees them: type, options, how many digits."""

import ast
import re
from collections.abc import Iterator
from threading import Lock
from weakref import WeakKeyDictionary

from cachetools import cached

from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.formulas.faults import FormulaFault
from engine.formulas.names import Name
from engine.formulas.parser import parse
from engine.formulas.tree import children, span, walk
from engine.formulas.tree import names as names_in
from engine.formulas.values import VALUE_TYPES, folded
from engine.platform.i18n import LANGUAGES, current_language, label_text

_TEXT = re.compile('"(?:[^"]|"")*"|[“”＂][^“”＂]*[“”＂]')
_TEXT_LENGTHS = {"textarea": 20_000, "select": 100, "radio": 100}


def name_of(steps: tuple[Field, ...]) -> Name | None:
    """What the path is to a formula; None for what has no value there (a section, a subform as a whole)."""
    last = steps[-1]
    if last.kind.layout_only or last.type == "subform" or not last.kind.in_formulas:
        return None
    shown = last.value_field
    kind = shown.kind.value_type(shown)
    several = any(step.type == "subform" or step.kind.multiple for step in steps[:-1]) or kind.endswith("[]")
    kind = kind.removesuffix("[]")
    options, labels = _options(shown) if shown.options else (None, {})
    places = getattr(shown.kind, "places", lambda field: None)(shown)
    return Name(
        type=kind if kind in VALUE_TYPES else "any",  # type: ignore[arg-type]
        label=last.name(),
        collection=several,
        options=options,
        option_labels=labels.get(current_language()),
        others=bool(shown.get("others")),
        places=0 if shown.type == "count" else 10 if places is None else places,
        whole=60,
        length=_TEXT_LENGTHS.get(shown.type, 500),
    )


def labelled(text: str, form: Form, row: Field | None = None) -> str:
    """A formula as people read it, with labels of fields and options in place of keys and values; else as it is."""
    try:
        whole = parse(text).tree
    except FormulaFault:
        return text
    shown: dict[int, tuple[int, str]] = {}
    for one in names_in(whole):
        steps = paths.resolve(form, one.id, row)
        begin = text.index(one.id, one.col_offset)  # brackets belong to what stands in them
        label = " · ".join(step.name() for step in steps) if steps else one.id
        shown[begin] = (begin + len(one.id), label)
    for begin, end, label in _options_in(whole, text, form, row):
        shown[begin] = (end, label)
    at, made = 0, []
    for begin, (end, label) in sorted(shown.items()):
        made += [text[at:begin], label]
        at = end
    return "".join([*made, text[at:]])


def _options_in(whole: ast.expr, text: str, form: Form, row: Field | None) -> Iterator[tuple[int, int, str]]:
    """The options that fields are compared with, or that stand beside them in a call: from, to, label in quotes."""
    for node in walk(whole):
        if not isinstance(node, (ast.Compare, ast.Call)):
            continue
        parts = children(node)
        fields = (paths.resolve(form, one.id, row) for one in parts if isinstance(one, ast.Name))
        options = {
            value: option
            for steps in fields
            if steps
            for value, option in steps[-1].value_field.options.items()
        }
        for one in parts:
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value in options:
                begin, length = span(one)
                quoted = _TEXT.search(text, begin, begin + length)
                label = label_text(options[one.value].get("label")) or one.value
                if quoted:
                    yield quoted.start(), quoted.end(), f"“{label}”"


@cached(WeakKeyDictionary(), key=lambda field: field, lock=Lock())
def _options(field: Field) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """The options by all that they are called, in lower case too; and by language their labels."""
    known: dict[str, str] = {}
    for value, option in field.options.items():
        for text in (value, *(label_text(option.get("label"), language) for language in LANGUAGES)):
            if text:
                known.setdefault(text, value)
                known.setdefault(text.lower(), value)
                known.setdefault(folded(text), value)
    return known, {
        language: {
            value: label_text(option.get("label"), language) or value
            for value, option in field.options.items()
        }
        for language in LANGUAGES
    }
