"""What people call the values in a document: the choices of a property, and the fields that a rule or a view names."""

from collections.abc import Mapping
from typing import Any

from engine.definitions import places, rule_kinds
from engine.definitions.model import Document
from engine.fields import registry
from engine.platform.i18n import LANGUAGES, Text

OWN_FIELDS = frozenset(
    {
        "by",
        "columns",
        "date",
        "field",
        "fields",
        "group_by",
        "hide",
        "inside",
        "lock",
        "require",
        "show",
        "until",
    }
)
"""Properties of rules and views that name fields of the form itself."""


def word(
    document: Document, pointer: str, holder: Mapping[str, Any], name: str, value: Any
) -> Text | str | None:
    """What the value of a property is called; `holder` is the object at `pointer` that has it. None for no word."""
    if not isinstance(value, str):
        return None
    if name == "type" and pointer.startswith("/fields/"):
        return type_label(holder)
    labels = _labels(pointer, holder, name).get(value)
    if labels is not None:
        return Text(*(labels.get(language, value) for language in LANGUAGES))
    if name in OWN_FIELDS and pointer.startswith(("/rules/", "/views/")):
        return _field(document, value)
    return None


def type_label(field: Any) -> Text | None:
    """What people call the type of a field; None for what is no field."""
    kind = registry.all_types().get(str(field.get("type"))) if isinstance(field, Mapping) else None
    return kind.label if kind is not None else None


def _labels(pointer: str, holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The labels of the values that a property of a field or a rule may have."""
    try:
        if pointer.startswith("/rules/"):
            schema = rule_kinds.get(holder["kind"]).document_schema()
        elif pointer.startswith("/fields/"):
            schema = registry.get(holder["type"]).document_schema()
        else:
            return {}
    except (KeyError, LookupError):
        return {}
    found = schema.get("properties", {}).get(name, {})
    labels = found.get("x-labels") if isinstance(found, Mapping) else None
    return labels if isinstance(labels, Mapping) else {}


def _field(document: Document, path: str) -> Text | str | None:
    """The label of a field of the form; a column of a subform is called by both."""
    here: Any = document.get("fields")
    names: list[Text | str] = []
    for key in path.split("."):
        here = next((one for one in here or () if isinstance(one, Mapping) and one.get("key") == key), None)
        if here is None:
            return None
        names.append(places.spoken(here.get("label"), key))
        here = here.get("fields")
    return names[0] if len(names) == 1 else Text("{s0} · {s1}", "{s0} · {s1}", s0=names[0], s1=names[1])
