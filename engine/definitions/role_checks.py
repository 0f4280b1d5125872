"""What is wrong with a role, what it names, and what it hides without saying so."""

from collections.abc import Iterator

from engine.definitions import form_references, places, schema
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.platform.errors import Fault
from engine.platform.i18n import Text

OPERATIONS = ("read", "create", "update", "delete", "import", "export", "print")


def check(key: str, proposed: LiveApp) -> Iterator[Fault]:
    """Grants on forms and fields that do not exist, and conditions that are wrong."""
    document = proposed.documents["roles"][key]
    for form_key, grant in document.get("grants", {}).items():
        at = f"/grants/{form_key}"
        form = proposed.forms.get(form_key)
        if form is None:
            yield schema.at("roles", document, at, "unknown_form", Text(
                "没有表单“{form}”。", "there is no form “{form}”.", form=form_key))
            continue
        for path in grant.get("fields", {}):
            field = form.field(path)
            if field is None or field.kind.layout_only:
                yield schema.at("roles", document, f"{at}/fields/{path}", "unknown_field", Text(
                    "“{form}”没有字段“{path}”。", "“{form}” has no field “{path}”.",
                    form=places.spoken(form.label, form_key), path=path))


def references(key: str, proposed: LiveApp) -> Iterator[Reference]:
    """The forms and fields that the grants name."""
    document = proposed.documents["roles"][key]
    for form_key, grant in document.get("grants", {}).items():
        yield Reference(f"/grants/{form_key}", "forms", form_key)
        for path in grant.get("fields", {}):
            yield Reference(f"/grants/{form_key}/fields/{path}", "forms", form_key, path)
        for operation in OPERATIONS:
            rows = grant.get(operation)
            if isinstance(rows, dict):
                at = f"/grants/{form_key}/{operation}/where"
                yield from form_references.condition(at, form_key, rows["where"], proposed)
