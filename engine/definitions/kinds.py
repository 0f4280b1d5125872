"""The kinds of definitions, and what the layers above do when one of them is checked or published."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection

from engine.definitions.model import App, Change, Document, LiveApp
from engine.platform.errors import Fault, NotFound
from engine.platform.i18n import Text


@dataclass(frozen=True)
class Reference:
    """That something at `pointer` of a document needs another definition, or one element of it (`path`)."""

    pointer: str
    kind: str
    key: str
    path: str | None = None


@dataclass(frozen=True)
class Element:
    """Something in a document that others name: what it is (`nature`), what people call it, where it stands."""

    nature: str
    label: Any = None
    pointer: str = ""


Check = Callable[[str, LiveApp], Iterable[Fault]]
CheckHook = Callable[[Connection, LiveApp, LiveApp], Iterable[Fault]]
PublishHook = Callable[[Connection, Change], Iterable[str] | None]
PublishedHook = Callable[[Connection, list[Change], LiveApp], Iterable[str] | None]
WarnHook = Callable[[Connection, list[Change], LiveApp], Iterable[Text]]
AppHook = Callable[[Connection, App], None]
C = TypeVar("C", bound=Callable[..., Any])


@dataclass(frozen=True)
class Kind:
    """A kind of definition: one declaration; nothing else in the code lists the kinds.

    `name` is also the folder in a package and the part of the address; `order` says what is applied first.
    A kind with `only_key` has exactly one definition; those in `permanent` cannot be removed.
    """

    name: str
    label: Text
    schema: Callable[[], Mapping[str, Any]]
    """The JSON Schema, whole, as documentation and editors show it."""
    schema_faults: Callable[[Document], list[Fault]]
    """What a document has against it."""
    check: Check = lambda key, proposed: ()
    """Faults of one document inside the proposed app, beyond its schema."""
    references: Callable[[str, LiveApp], Iterable[Reference]] = lambda key, proposed: ()
    """What a document of the proposed app needs of others."""
    elements: Callable[[Document], Mapping[str, Element]] = lambda document: {}
    """What others may name in a document, by path; an element's key may come back only as what it was."""
    warnings: Callable[[str, LiveApp], Iterable[Text]] = lambda key, proposed: ()
    """What the one who publishes this document should know."""
    order: int = 100
    only_key: str | None = None
    permanent: frozenset[str] = frozenset()


@dataclass
class Hooks:
    """What the layers above want to be called for."""

    check: list[CheckHook] = field(default_factory=list)
    publish: dict[str, list[PublishHook]] = field(default_factory=dict)
    published: list[PublishedHook] = field(default_factory=list)
    warn: list[WarnHook] = field(default_factory=list)
    app_created: list[AppHook] = field(default_factory=list)
    app_deleted: list[AppHook] = field(default_factory=list)


hooks = Hooks()
_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known; a second one of the same name is a mistake of the programmer."""
    if _kinds.get(kind.name, kind) is not kind:
        raise ValueError(f"the kind {kind.name!r} is registered already")
    _kinds[kind.name] = kind
    return kind


def get(name: str) -> Kind:
    """The kind with this name; `NotFound` if there is none."""
    try:
        return _kinds[name]
    except KeyError:
        message = Text("没有“{name}”这种定义。", "There is no kind of definition “{name}”.", name=name)
        raise NotFound(message) from None


def all_kinds() -> list[Kind]:
    """All kinds, in the order in which they are applied: forms before what stands on them."""
    return sorted(_kinds.values(), key=lambda one: (one.order, one.name))


def on_check(kind: str) -> Callable[[C], C]:
    """Have a function look at each publication before it happens; what it answers are faults.

    It is called as `(connection, live, proposed)`: the app as it is and as it would be. `kind` says whose
    matters it looks after; it is called whatever is published, since a form's change may break a flow.
    """

    def add(function: C) -> C:
        if function not in hooks.check:
            hooks.check.append(function)
        return function

    return add


def on_publish(kind: str) -> Callable[[C], C]:
    """Have a function carry out each change of this kind, in the publishing transaction: `(connection, change)`.

    It may answer the ids of the jobs that it left for later.
    """

    def add(function: C) -> C:
        functions = hooks.publish.setdefault(kind, [])
        if function not in functions:
            functions.append(function)
        return function

    return add


def on_published(function: C) -> C:
    """Have a function called once at the end of each publishing transaction: `(connection, changes, live)`."""
    if function not in hooks.published:
        hooks.published.append(function)
    return function


def on_warn(function: C) -> C:
    """Have a function say what the publisher should know: `(connection, changes, live)`, answers texts."""
    if function not in hooks.warn:
        hooks.warn.append(function)
    return function


def on_app_created(function: C) -> C:
    """Have a function called for each new app, in its transaction: `(connection, app)`."""
    if function not in hooks.app_created:
        hooks.app_created.append(function)
    return function


def on_app_deleted(function: C) -> C:
    """Have a function called before an app is gone, in its transaction: `(connection, app)`."""
    if function not in hooks.app_deleted:
        hooks.app_deleted.append(function)
    return function
