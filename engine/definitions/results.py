"""What a formula gives where its field does not say: the result's type follows from the formula.

It is put into the document on its way to being live, so that the type of a column never changes behind anybody's back:
while the formula stays the same, so does the result.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions.checks import schema_faults
from engine.definitions.formula_checks import type_of
from engine.definitions.model import Document, Forms, LiveApp
from engine.fields.form import Field, Form

KIND = "forms"
SAID = {"text": "text", "date": "date", "datetime": "datetime", "boolean": "boolean"}
"""Results by the type of the formula; where none is named, a field holds a number."""
GIVEN = "forms as they were given"
"""Where a proposed app keeps the documents into which results were put, as they were before."""
MOST_ROUNDS = 8
"""A formula may read another one whose result has just been found."""


def settled(
    forms: Mapping[str, Document], live: Mapping[str, Document], chosen: Mapping[str, Document]
) -> dict[str, Document]:
    """Those of the chosen forms in which results had to be put in; `forms` are all of the app as they would be."""
    open_ones = {
        key: document
        for key, document in chosen.items()
        if any(_is_open(field) for _, field in _fields(document)) and not schema_faults(KIND, document)
    }
    found: dict[str, Document] = {}
    for key, document in open_ones.items():
        before = dict(_fields(live.get(key, {})))
        kept = _kept(document, before)
        if kept:
            found[key] = _with(document, kept)
    for _ in range(MOST_ROUNDS if open_ones else 0):
        whole = Forms({**forms, **found})
        more = {
            key: _told(found.get(key, open_ones[key]), live.get(key, {}), whole[key]) for key in open_ones
        }
        if not any(more.values()):
            break
        found |= {key: _with(found.get(key, open_ones[key]), said) for key, said in more.items() if said}
    return found


def said(app: LiveApp, form_key: str, field: Field) -> str | None:
    """The result that the field itself names; None where it follows from the formula."""
    given = app.cache.get(GIVEN, {}).get(form_key)
    if given is None:
        return field.get("result")
    found = dict(_fields(given)).get(field.path) or {}
    return found.get("result")


def _kept(document: Document, before: Mapping[str, Any]) -> dict[str, str]:
    """What is said in the live form of a formula that has not changed."""
    return {
        path: before[path]["result"]
        for path, field in _fields(document)
        if _is_open(field) and _same(field, before.get(path)) and before[path].get("result")
    }


def _told(document: Document, live: Document, form: Form) -> dict[str, str]:
    """What new and changed formulas give."""
    before = dict(_fields(live))
    found = {}
    for path, field in _fields(document):
        if _is_open(field) and not _same(field, before.get(path)):
            read = form.field(path)
            kind = type_of(form, field["formula"], read.parent) if read is not None else None
            if kind in SAID:
                found[path] = SAID[kind]
    return found


def _is_open(field: Any) -> bool:
    return field.get("type") == "formula" and "result" not in field and isinstance(field.get("formula"), str)


def _same(field: Document, before: Document | None) -> bool:
    return (
        before is not None
        and before.get("type") == "formula"
        and before.get("formula") == field.get("formula")
    )


def _fields(document: Document) -> Iterator[tuple[str, Any]]:
    """The fields by path, those of subforms among them."""
    for field in document.get("fields") or ():
        if isinstance(field, dict):
            yield str(field.get("key")), field
            for child in field.get("fields") or ():
                if isinstance(child, dict):
                    yield f"{field.get('key')}.{child.get('key')}", child


def _with(document: Document, said: Mapping[str, str], above: str = "") -> Document:
    """The document with these results put in."""
    fields = []
    for field in document.get("fields") or ():
        if isinstance(field, dict):
            path = f"{above}{field.get('key')}"
            field = {**field, "result": said[path]} if path in said else field
            field = _with(field, said, f"{path}.") if field.get("fields") else field
        fields.append(field)
    return {**document, "fields": fields}
