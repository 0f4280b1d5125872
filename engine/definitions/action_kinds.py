"""The kinds of actions that a button may do: what each declares, and where they are found."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any, ClassVar

from jsonschema import Draft202012Validator

from engine.definitions import schema
from engine.definitions.kinds import Reference
from engine.definitions.model import Document, LiveApp
from engine.fields import registry
from engine.fields.button import ButtonField
from engine.fields.form import Field
from engine.platform.errors import Fault
from engine.platform.i18n import Text

ENTRY_POINT = "jianflow.action_kinds"

Action = Mapping[str, Any]


class ActionKind:
    """A kind of action. One subclass a file; it makes itself known by `register`."""

    name: ClassVar[str] = ""
    label: ClassVar[Text]
    hint: ClassVar[Text]
    order: ClassVar[int] = 100
    schema: ClassVar[Mapping[str, Any]] = {}
    """The properties of such an action beside `kind`, and which of them must be there."""

    def document_schema(self) -> dict[str, Any]:
        """The JSON Schema of a whole action of this kind."""
        return {
            "type": "object",
            "required": ["kind", *self.schema.get("required", ())],
            "properties": {"kind": {"const": self.name}, **self.schema.get("properties", {})},
            "additionalProperties": False,
        }

    def check(self, button: Field, action: Action, pointer: str, proposed: LiveApp) -> Iterator[Fault]:
        """What is wrong with an action beyond its schema."""
        yield from ()

    def references(
        self, button: Field, action: Action, pointer: str, proposed: LiveApp
    ) -> Iterator[Reference]:
        """What an action names."""
        yield from ()


_kinds: dict[str, ActionKind] = {}


def register(kind: type[ActionKind]) -> type[ActionKind]:
    """Make a kind known; a second one of the same name is a mistake of the programmer."""
    if kind.name in _kinds and type(_kinds[kind.name]) is not kind:
        raise ValueError(f"the kind of action {kind.name!r} is registered already")
    _kinds[kind.name] = kind()
    return kind


def all_kinds() -> list[ActionKind]:
    """All kinds in the order in which they are offered."""
    _load_added()
    return sorted(_kinds.values(), key=lambda one: (one.order, one.name))


def get(name: str) -> ActionKind:
    """The kind called `name`; KeyError if there is none."""
    if name not in _kinds:
        _load_added()
    return _kinds[name]


def forget() -> None:
    """Look again for what others add; for programs that add a package while they run."""
    _load_added.cache_clear()


def of(field: Field) -> tuple[ActionKind, Action] | None:
    """The action of a button with its kind; None for other fields and unknown kinds."""
    if not isinstance(field.kind, ButtonField):
        return None
    action = field.get("action", {})
    try:
        return get(action.get("kind", "")), action
    except KeyError:
        return None


def faults(fields: Any, document: Document) -> Iterator[Fault]:
    """What is wrong with each button's action by the schema of its kind."""
    for number, field in enumerate(fields if isinstance(fields, list) else ()):
        action = field.get("action") if isinstance(field, Mapping) and _presses(field.get("type")) else None
        name = action.get("kind") if isinstance(action, Mapping) else None
        if not isinstance(name, str):
            continue  # the field's own schema has said so
        at = f"/fields/{number}/action"
        try:
            kind = get(name)
        except KeyError:
            yield _unknown(document, f"{at}/kind", name)
        else:
            yield from schema.faults(_validator(kind), "forms", action, at, document)


def _presses(type_name: Any) -> bool:
    return isinstance(type_name, str) and isinstance(registry.all_types().get(type_name), ButtonField)


@cache
def _load_added() -> None:
    for entry in entry_points(group=ENTRY_POINT):
        entry.load()


@cache
def _validator(kind: ActionKind) -> Draft202012Validator:
    return schema.validator(kind.document_schema())


def _unknown(document: Document, pointer: str, name: str) -> Fault:
    meant = schema.closest(name, [one.name for one in all_kinds()])
    what = (
        Text(
            "没有动作“{kind}”，是不是“{meant}”？",
            "there is no action “{kind}”; is “{meant}” meant?",
            kind=name[:60],
            meant=meant,
        )
        if meant
        else Text("没有动作“{kind}”。", "there is no action “{kind}”.", kind=name[:60])
    )
    return schema.at("forms", document, pointer, "unknown_kind", what)
