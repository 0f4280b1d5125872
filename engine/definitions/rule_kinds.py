"""The kinds of rules that a form may have: what each declares, and where they are found."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any, ClassVar

from jsonschema import Draft202012Validator

from engine.definitions import places, schema
from engine.definitions.kinds import Reference
from engine.definitions.model import Document, LiveApp
from engine.fields.form import Field, Form
from engine.fields.schema import KEY, LABEL
from engine.platform.errors import Fault
from engine.platform.i18n import Text

ENTRY_POINT = "jianflow.rule_kinds"

Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Opening:
    """That the value of a field of another form stands in one's own field, whatever one may see over there."""

    own: Field
    other: Form
    source: Field


@dataclass(frozen=True)
class Effect:
    """That a rule lets one own field depend on another: `written` shows, hides or changes by what is in `read`."""

    read: str
    written: str


class RuleKind:
    """A kind of rule. One subclass a file; it makes itself known by `register`."""

    name: ClassVar[str] = ""
    label: ClassVar[Text]
    hint: ClassVar[Text]
    icon: ClassVar[str] = "adjustments"
    order: ClassVar[int] = 100
    schema: ClassVar[Mapping[str, Any]] = {}
    """The properties that rules of this kind have beside `key`, `kind` and `name`, and which of them must be there."""

    def document_schema(self) -> dict[str, Any]:
        """The JSON Schema of a whole rule of this kind."""
        return {
            "type": "object",
            "required": ["key", "kind", *self.schema.get("required", ())],
            "properties": {
                "key": KEY,
                "kind": {"const": self.name},
                "name": LABEL,
                **self.schema.get("properties", {}),
            },
            "additionalProperties": False,
        }

    def check(self, form: Form, rule: Rule, pointer: str, proposed: LiveApp) -> Iterator[Fault]:
        """What is wrong with a rule beyond its schema."""
        yield from ()

    def references(self, form: Form, rule: Rule, pointer: str, proposed: LiveApp) -> Iterator[Reference]:
        """What a rule names."""
        yield from ()

    def effects(self, form: Form, rule: Rule) -> Iterator[Effect]:
        """Which of the form's fields depend on which by this rule; going round in a circle is refused."""
        yield from ()

    def warnings(self, form: Form, rule: Rule, proposed: LiveApp) -> Iterator[Text]:
        """What the one who publishes the form should know."""
        yield from ()

    def opens(self, form: Form, rule: Rule, proposed: LiveApp) -> Iterator[Opening]:
        """The fields of other forms that the rule shows, in its own form, also to people who may not see them there."""
        yield from ()

    def reads(self, form: Form, rule: Rule) -> Collection[str]:
        """The own fields that `faults` looks at: a change of others does not concern the rule."""
        return ()

    def faults(self, form: Form, rule: Rule, values: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
        """What a record with these values has against the rule, at every door; `pointer` stands before a field's key."""
        yield from ()

    def sentence(self, form: Form, rule: Rule) -> str:
        """The rule as a plain sentence in the current language; other forms are found through `form`."""
        raise LookupError(self.name)

    def detail(self, form: Form, rule: Rule) -> str:
        """What else one may want to read of it, in small below the sentence."""
        return ""


_kinds: dict[str, RuleKind] = {}


def register(kind: type[RuleKind]) -> type[RuleKind]:
    """Make a kind known; a second one of the same name is a mistake of the programmer."""
    if kind.name in _kinds and type(_kinds[kind.name]) is not kind:
        raise ValueError(f"the kind of rule {kind.name!r} is registered already")
    _kinds[kind.name] = kind()
    return kind


def all_kinds() -> list[RuleKind]:
    """All kinds in the order in which they are offered."""
    _load_added()
    return sorted(_kinds.values(), key=lambda one: (one.order, one.name))


def get(name: str) -> RuleKind:
    """The kind called `name`; KeyError if there is none."""
    if name not in _kinds:
        _load_added()
    return _kinds[name]


def looking(form: Form) -> Iterator[tuple[RuleKind, Rule, Collection[str]]]:
    """The rules of a form whose kind looks at records by itself, with what they read.

    A rule whose kind is not there any more, because its package was taken out, says nothing.
    """
    for rule in form.rules:
        try:
            kind = get(rule["kind"])
        except KeyError:
            continue
        if reads := kind.reads(form, rule):
            yield kind, rule, reads


def forget() -> None:
    """Look again for what others add; for programs that add a package while they run."""
    _load_added.cache_clear()


def faults(rules: Any, document: Document) -> Iterator[Fault]:
    """What is wrong with each rule by the schema of its kind."""
    for number, rule in enumerate(rules if isinstance(rules, list) else ()):
        name = rule.get("kind") if isinstance(rule, Mapping) else None
        if not isinstance(name, str) or not isinstance(rule.get("key"), str):
            continue  # the form's own schema has said so
        try:
            kind = get(name)
        except KeyError:
            yield _unknown(document, f"/rules/{number}", name)
        else:
            yield from schema.faults(_validator(kind), "forms", rule, f"/rules/{number}", document)


@cache
def _load_added() -> None:
    for entry in entry_points(group=ENTRY_POINT):
        entry.load()


@cache
def _validator(kind: RuleKind) -> Draft202012Validator:
    return schema.validator(kind.document_schema())


def _called(rule: Mapping[str, Any]) -> Text | None:
    """What sort of rule it is, for one that has no name."""
    name = rule.get("kind")
    try:
        return get(name).label if isinstance(name, str) else None
    except KeyError:
        return None


places.CALLED["rules"] = _called


def _unknown(document: Document, pointer: str, name: str) -> Fault:
    meant = schema.closest(name, [one.name for one in all_kinds()])
    what = (
        Text(
            "没有规则类型“{kind}”，是不是“{meant}”？",
            "there is no kind of rule “{kind}”; is “{meant}” meant?",
            kind=name[:60],
            meant=meant,
        )
        if meant
        else Text("没有规则类型“{kind}”。", "there is no kind of rule “{kind}”.", kind=name[:60])
    )
    return schema.at("forms", document, f"{pointer}/kind", "unknown_kind", what)
