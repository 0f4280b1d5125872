"""The kind `forms`: fields, rules, views and layout."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions import form_checks, form_references, form_schema, kinds, schema
from engine.definitions.kinds import Element, Kind
from engine.definitions.model import Document
from engine.fields import registry
from engine.fields.form import SYSTEM_KEYS
from engine.platform.errors import Fault
from engine.platform.i18n import Text


def schema_faults(document: Document) -> list[Fault]:
    """What is wrong with the document against its schema, and keys that are reserved or stand twice."""
    found = form_schema.faults(document)
    if found:
        return found
    return [
        *_reserved(document),
        *schema.duplicates("forms", document, document["fields"], "/fields"),
        *(
            fault
            for number, field in enumerate(document["fields"])
            if isinstance(field.get("fields"), list)
            for fault in schema.duplicates("forms", document, field["fields"], f"/fields/{number}/fields")
        ),
        *schema.duplicates("forms", document, document.get("views", ()), "/views"),
        *schema.duplicates("forms", document, document.get("rules", ()), "/rules"),
    ]


def elements(document: Document) -> Mapping[str, Element]:
    """The form itself, its fields, columns and views, by path."""
    found = {"": Element("form", document.get("name"))}
    found.update(_fields(document["fields"], "", "/fields"))
    for number, view in enumerate(document.get("views", ())):
        found[f"views/{view['key']}"] = Element("view", view.get("name"), f"/views/{number}")
    return found


def _fields(fields: list[Document], before: str, at: str) -> Iterator[tuple[str, Element]]:
    for number, field in enumerate(fields):
        pointer = f"{at}/{number}"
        yield before + field["key"], Element(_nature(field), field.get("label"), pointer)
        columns = field.get("fields")
        if isinstance(columns, list) and columns and isinstance(columns[0], dict):
            yield from _fields(columns, f"{before}{field['key']}.", f"{pointer}/fields")


def _nature(field: Mapping[str, Any]) -> str:
    kind = registry.get(field["type"])
    if kind.layout_only:
        return "layout"
    if kind.computed:
        return "computed"
    return f"{field['type']}:{field['form']}" if "form" in field else str(field["type"])


def _reserved(document: Document) -> Iterator[Fault]:
    for number, field in enumerate(document["fields"]):
        if field["key"] in SYSTEM_KEYS:
            yield schema.at(
                "forms",
                document,
                f"/fields/{number}/key",
                "reserved_key",
                Text(
                    "“{key}”是系统保留的标识，请换一个。",
                    "“{key}” is reserved for the system; choose another key.",
                    key=field["key"],
                ),
            )


KIND = kinds.register(
    Kind(
        name="forms",
        label=Text("表单", "form"),
        schema=form_schema.whole,
        schema_faults=schema_faults,
        check=form_checks.check,
        references=form_references.references,
        elements=elements,
        warnings=form_checks.warnings,
        order=10,
    )
)
