"""The kind `app`: the one document with an app's name, looks, languages, navigation and landing pages."""

from collections.abc import Iterable
from functools import cache

from jsonschema import Draft202012Validator

from engine.definitions import kinds, places, schema
from engine.definitions.kinds import Kind, Reference
from engine.definitions.model import Document, LiveApp
from engine.definitions.schema_files import documented, read
from engine.platform.errors import Fault
from engine.platform.i18n import Text


def schema_faults(document: Document) -> list[Fault]:
    """What is wrong with the document against its schema."""
    return schema.faults(_validator(), "app", document)


def references(key: str, proposed: LiveApp) -> Iterable[Reference]:
    """The forms and views that navigation and landing pages name, and the roles that have one."""
    document = proposed.documents["app"][key]
    for group_number, group in enumerate(document.get("navigation", ())):
        for number, item in enumerate(group["items"]):
            yield Reference(f"/navigation/{group_number}/items/{number}/form", "forms", item["form"])
    for role, page in document.get("landing", {}).items():
        if role != "default":
            yield Reference(f"/landing/{role}", "roles", role)
        yield Reference(f"/landing/{role}/form", "forms", page["form"])
        if "view" in page:
            yield Reference(f"/landing/{role}/view", "forms", page["form"], f"views/{page['view']}")


def check(key: str, proposed: LiveApp) -> Iterable[Fault]:
    """Names of forms, views and roles that do not exist, and groups or forms that stand twice."""
    document = proposed.documents["app"][key]
    yield from schema.duplicates("app", document, document.get("navigation", ()), "/navigation")
    seen: set[str] = set()
    for group_number, group in enumerate(document.get("navigation", ())):
        for number, item in enumerate(group["items"]):
            pointer = f"/navigation/{group_number}/items/{number}/form"
            if item["form"] in seen:
                yield schema.at(
                    "app",
                    document,
                    pointer,
                    "duplicate",
                    Text("表单“{form}”出现了两次。", "the form “{form}” stands twice.", form=item["form"]),
                )
            seen.add(item["form"])
    for reference in references(key, proposed):
        target = proposed.documents.get(reference.kind, {}).get(reference.key)
        if target is None:
            yield schema.at(
                "app",
                document,
                reference.pointer,
                "unknown_" + reference.kind.rstrip("s"),
                Text(
                    "没有{kind}“{key}”。",
                    "there is no {kind} “{key}”.",
                    kind=kinds.get(reference.kind).label,
                    key=reference.key,
                ),
            )
        elif reference.path and reference.path not in kinds.get(reference.kind).elements(target):
            yield schema.at(
                "app",
                document,
                reference.pointer,
                "unknown_view",
                Text(
                    "表单“{form}”没有视图“{view}”。",
                    "the form “{form}” has no view “{view}”.",
                    form=places.name("forms", reference.key, target),
                    view=reference.path.removeprefix("views/"),
                ),
            )


@cache
def _validator() -> Draft202012Validator:
    return schema.validator(read("app"))


KIND = kinds.register(
    Kind(
        name="app",
        label=Text("应用", "app"),
        schema=lambda: documented(read("app")),
        schema_faults=schema_faults,
        check=check,
        references=references,
        order=30,
        only_key="app",
    )
)
