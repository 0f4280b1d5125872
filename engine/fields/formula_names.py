"""The fields along a path as a formula sees them: type, options, how many digits."""

from functools import lru_cache

from engine.fields.form import Field
from engine.formulas.names import Name
from engine.formulas.values import VALUE_TYPES, folded
from engine.platform.i18n import LANGUAGES, label_text

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
    options, labels = _options(shown) if shown.options else (None, None)
    places = getattr(shown.kind, "places", lambda field: None)(shown)
    return Name(
        type=kind if kind in VALUE_TYPES else "any",  # type: ignore[arg-type]
        label=last.name(),
        collection=several,
        options=options,
        option_labels=labels,
        places=0 if shown.type == "count" else 10 if places is None else places,
        whole=60,
        length=_TEXT_LENGTHS.get(shown.type, 500),
    )


@lru_cache(maxsize=2048)
def _options(field: Field) -> tuple[dict[str, str], dict[str, str]]:
    known: dict[str, str] = {}
    for value, option in field.options.items():
        for text in (value, *(label_text(option.get("label"), language) for language in LANGUAGES)):
            if text:
                known.setdefault(text, value)
                known.setdefault(text.lower(), value)
                known.setdefault(folded(text), value)
    return known, {value: label_text(option.get("label")) or value for value, option in field.options.items()}
