"""What is wrong with a role, what it names, and what it hides without saying so."""

from collections.abc import Iterator
from typing import Any

from engine import conditions
from engine.conditions import FormScope
from engine.conditions.paths import currents
from engine.definitions import dependencies, form_references, places, schema
from engine.definitions.kinds import Reference
from engine.definitions.model import Document, LiveApp
from engine.platform.errors import Fault
from engine.platform.i18n import Text

OPERATIONS = ("read", "create", "update", "delete", "import", "export", "print")


def check(key: str, proposed: LiveApp) -> Iterator[Fault]:
    """Grants on forms and fields that do not exist, and conditions that are wrong."""
    document = proposed.documents["roles"][key]
    if dependencies.type_circles(proposed):
        return  # nothing can be asked of those fields; the forms say so
    for form_key, grant in document.get("grants", {}).items():
        at = f"/grants/{form_key}"
        form = proposed.forms.get(form_key)
        if form is None:
            yield schema.at(
                "roles",
                document,
                at,
                "unknown_form",
                Text("没有表单“{form}”。", "there is no form “{form}”.", form=form_key),
            )
            continue
        for path in grant.get("fields", {}):
            field = form.field(path)
            if field is None or (field.kind.layout_only and not field.kind.withholdable):
                yield schema.at(
                    "roles",
                    document,
                    f"{at}/fields/{path}",
                    "unknown_field",
                    Text(
                        "“{form}”没有字段“{path}”。",
                        "“{form}” has no field “{path}”.",
                        form=places.spoken(form.label, form_key),
                        path=path,
                    ),
                )
        for operation in OPERATIONS:
            rows = grant.get(operation)
            if isinstance(rows, dict):
                yield from _rows(document, rows["where"], FormScope(form), f"{at}/{operation}/where")


def warnings(key: str, proposed: LiveApp) -> Iterator[Text]:
    """What the role does not see, because it is computed from hidden fields; and what it sees although it is."""
    document = proposed.documents["roles"][key]
    for form_key, grant in document.get("grants", {}).items():
        if form_key not in proposed.forms or not grant.get("read"):
            continue
        for path, cause in dependencies.hidden_by(proposed, document, form_key).items():
            yield Text(
                "角色“{role}”看不到“{form}”的“{field}”，因为它由看不到的“{source}”算出；要让他看到，请在权限里写明这个字段。",
                "The role “{role}” does not see “{field}” of “{form}”, since it is computed from “{source}”, which "
                "is hidden to it; to show it, name the field in the role's permissions.",
                **_names(proposed, document, form_key, path, cause),
            )
        yield from shown_by_name(proposed, document, form_key)


def shown_by_name(proposed: LiveApp, document: Document, form_key: str) -> Iterator[Text]:
    """The computed fields of a form that a role sees because it names them, although it does not see their source."""
    for path, cause in dependencies.shown_by_name(proposed, document, form_key).items():
        yield Text(
            "角色“{role}”能看到“{form}”的“{field}”，虽然它由看不到的“{source}”算出：权限里写明了这个字段。",
            "The role “{role}” sees “{field}” of “{form}”, although it is computed from “{source}”, which is hidden "
            "to it: its permissions name the field.",
            **_names(proposed, document, form_key, path, cause),
        )


def _names(
    proposed: LiveApp, document: Document, form_key: str, path: str, cause: dependencies.Node
) -> dict[str, Text | str]:
    form, source = proposed.form(form_key), proposed.form(cause[0])
    field, hidden = form.field(path), source.field(cause[1])
    return {
        "role": places.quoted(document),
        "form": places.spoken(form.label, form_key),
        "field": places.spoken(field.label if field else None, path),
        "source": places.spoken(hidden.label if hidden else None, cause[1]),
    }


def _rows(document: Document, where: Any, scope: FormScope, pointer: str) -> Iterator[Fault]:
    for fault in conditions.check(where, scope, pointer):
        yield schema.at("roles", document, fault.pointer, fault.code, fault.message)
    if currents(where):
        yield schema.at(
            "roles",
            document,
            pointer,
            "no_current",
            Text("权限里不能用“当前值”。", "permissions know no current form."),
        )


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
