"""Option linkage: which options a choice offers depends on another field or on a condition."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.conditions import FormScope, sentence
from engine.conditions.tree import Node
from engine.definitions import rule_kinds
from engine.definitions.form_references import path_references
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.definitions.named_fields import unknown
from engine.definitions.rule_kinds import Effect
from engine.fields.form import Field, Form
from engine.fields.schema import FIELD_KEY, FIELD_PATH
from engine.platform.errors import Fault
from engine.platform.i18n import Text, label_text, say
from engine.records.writing.rules import named
from engine.records.writing.rules.held import read_condition

_SOME = {
    "type": "array",
    "maxItems": 2000,
    "uniqueItems": True,
    "items": {"type": "string", "maxLength": 100},
}


@rule_kinds.register
class OptionsRule(rule_kinds.RuleKind):
    """The kind of rule `options`."""

    name = "options"
    label = Text("选项关联", "Linked options")
    hint = Text(
        "一个字段选了什么，决定另一个字段可以选什么。",
        "What is chosen in one field decides what may be chosen in another.",
    )
    icon = "list-check"
    order = 30
    schema = {
        "properties": {
            "field": FIELD_PATH,
            "inside": named.INSIDE,
            "when": named.WHEN,
            "by": FIELD_KEY,
            "allow": {
                "oneOf": [
                    _SOME,
                    {"type": "object", "maxProperties": 2000, "additionalProperties": _SOME},
                ]
            },
        },
        "required": ["field", "allow"],
    }

    def check(self, form: Form, rule: rule_kinds.Rule, pointer: str, proposed: LiveApp) -> Iterator[Fault]:
        yield from named.check_inside(form, rule, pointer)
        yield from named.check_when(form, rule, pointer)
        field = form.field(rule["field"])
        if field is None or not field.options:
            yield named.fault(form, f"{pointer}/field", "wrong_field", self._no_options(form, rule["field"]))
            return
        if field.parent is not None and rule.get("inside") != field.parent.key:
            said = Text(
                "“{field}”是子表单的列，规则要写明 inside。",
                "“{field}” is a column; the rule has to say inside which subform it stands.",
                field=field.name(),
            )
            yield named.fault(form, f"{pointer}/inside", "required", said)
        yield from self._check_values(form, rule, field, pointer)

    def _check_values(self, form: Form, rule: rule_kinds.Rule, field: Field, pointer: str) -> Iterator[Fault]:
        allow = rule["allow"]
        if isinstance(allow, Mapping) != ("by" in rule):
            said = Text(
                "写了 by 时，allow 要按它的每个选项列出；没写 by 时是一列选项。",
                "With `by`, `allow` lists options for each of its values; without, it is one list.",
            )
            yield named.fault(form, f"{pointer}/allow", "wrong_type", said)
            return
        lists = (
            [("", allow)]
            if not isinstance(allow, Mapping)
            else [(f"/{key}", one) for key, one in allow.items()]
        )
        for below, options in lists:
            for number, option in enumerate(options):
                if option not in field.options:
                    yield _unknown_option(form, f"{pointer}/allow{below}/{number}", field, option)
        if "by" in rule:
            by = field.beside(rule["by"])
            if by is None or not by.options or by is field:
                yield named.fault(form, f"{pointer}/by", "wrong_field", self._no_options(form, rule["by"]))
                return
            for value in allow:
                if value not in by.options:
                    yield _unknown_option(form, f"{pointer}/allow/{value}", by, value)

    def _no_options(self, form: Form, path: str) -> Text:
        if form.field(path) is None:
            return unknown(form, path)
        return Text("“{path}”没有选项。", "“{path}” has no options.", path=path)

    def references(
        self, form: Form, rule: rule_kinds.Rule, pointer: str, proposed: LiveApp
    ) -> Iterator[Reference]:
        yield from named.when_references(form, rule, pointer, proposed)
        yield from path_references(f"{pointer}/field", form, form.key, rule["field"], None, proposed)
        if "by" in rule:
            beside = form.field(rule["field"])
            yield from path_references(f"{pointer}/by", form, form.key, rule["by"], beside, proposed)

    def effects(self, form: Form, rule: rule_kinds.Rule) -> Iterator[Effect]:
        for read in sorted(_reads(form, rule)):
            yield Effect(read, rule["field"])

    def sentence(self, form: Form, rule: rule_kinds.Rule) -> str:
        field = form.field(rule["field"])
        name = field.name() if field is not None else rule["field"]
        by = field.beside(rule["by"]) if field is not None and "by" in rule else None
        row = named.row_of(form, rule)
        first = ""
        if rule.get("when"):
            first = say("当 {where} 时，", "if {where}, ", where=sentence(rule["when"], FormScope(form, row)))
        if by is not None:
            return first + say(
                "“{field}”可选的选项由“{by}”决定",
                "the options of “{field}” depend on “{by}”",
                field=name,
                by=by.name(),
            )
        options = [
            label_text(field.options[one].get("label")) or one if field and one in field.options else one
            for one in rule["allow"]
        ]
        listed = say("、", ", ").join(options[:8]) + ("…" if len(options) > 8 else "")
        return first + say(
            "“{field}”只能选 {options}", "“{field}” offers only {options}", field=name, options=listed
        )


@dataclass(frozen=True, eq=False)
class Linked:
    """An option linkage ready to be applied."""

    key: str
    field: Field
    inside: Field | None
    when: Node | None
    by: str | None
    allow: Mapping[str, tuple[str, ...]] | tuple[str, ...]
    reads: frozenset[str]

    @property
    def by_field(self) -> Field | None:
        """The field that decides."""
        return self.field.beside(self.by) if self.by else None

    def options(self, value: object, possible: Iterable[str] | None = None) -> tuple[str, ...] | None:
        """The options where `by` has this value; None for all of them.

        While `by` is empty, those that go with what is `possible` there, where something else narrows it.
        """
        if not isinstance(self.allow, Mapping):
            return self.allow
        chosen = [str(one) for one in (value if isinstance(value, list) else [value]) if one is not None]
        if not chosen and possible is not None:
            chosen = sorted(possible)
            if not all(one in self.allow for one in chosen):
                return None
        given = [self.allow[one] for one in chosen if one in self.allow]
        return tuple(dict.fromkeys(one for options in given for one in options)) if given else None


def in_order(rules: Iterable[Linked]) -> tuple[Linked, ...]:
    """The rules with each after those that narrow the field by which it decides; publishing refuses circles."""
    waiting = list(rules)
    found: list[Linked] = []
    while waiting:
        narrowed = {one.field.path for one in waiting}
        ready = [one for one in waiting if one.by_field is None or one.by_field.path not in narrowed]
        found += ready or waiting
        waiting = [one for one in waiting if one not in ready] if ready else []
    return tuple(found)


def read_rules(form: Form, time_zone: str) -> Iterator[Linked]:
    """The option linkages of a form."""
    for rule in form.rules:
        field = form.field(rule["field"]) if rule.get("kind") == OptionsRule.name else None
        if field is None:
            continue
        inside = named.row_of(form, rule)
        allow = rule["allow"]
        yield Linked(
            key=rule["key"],
            field=field,
            inside=inside,
            when=read_condition(form, rule.get("when"), inside, time_zone),
            by=rule.get("by"),
            allow={key: tuple(one) for key, one in allow.items()}
            if isinstance(allow, Mapping)
            else tuple(allow),
            reads=frozenset(_reads(form, rule)),
        )


def _reads(form: Form, rule: rule_kinds.Rule) -> set[str]:
    reads = named.own_reads(form, rule.get("when"), named.row_of(form, rule))
    field = form.field(rule["field"])
    by = field.beside(rule["by"]) if field is not None and "by" in rule else None
    return reads | ({by.path} if by is not None else set())


def _unknown_option(form: Form, pointer: str, field: Field, option: str) -> Fault:
    said = Text(
        "“{field}”没有选项“{option}”。",
        "“{field}” has no option “{option}”.",
        field=field.name(),
        option=option[:60],
    )
    return named.fault(form, pointer, "unknown_option", said)
