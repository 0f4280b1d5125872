"""Display rules: where a condition holds, fields are shown or hidden, required or locked."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.conditions import FormScope, sentence
from engine.conditions.tree import Node
from engine.definitions import rule_kinds
from engine.definitions.form_references import path_references
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.definitions.rule_kinds import Effect
from engine.fields.form import Field, Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text, current_language, say
from engine.records.writing.rules import named
from engine.records.writing.rules.held import read_condition

ROLES = ("show", "hide", "require", "lock")


@rule_kinds.register
class DisplayRule(rule_kinds.RuleKind):
    """The kind of rule `display`."""

    name = "display"
    label = Text("显示规则", "Show or hide")
    hint = Text(
        "满足条件时，显示、隐藏、必填或锁定一些字段。",
        "Where a condition holds, show, hide, require or lock fields.",
    )
    icon = "eye"
    order = 10
    schema = {
        "properties": {
            "when": named.WHEN,
            "inside": named.INSIDE,
            **dict.fromkeys(ROLES, named.TARGETS),
            "empty_when_hidden": {"type": "boolean"},
        },
        "required": [],
    }

    def document_schema(self) -> dict[str, object]:
        """A rule says at least one thing about some field."""
        return {**super().document_schema(), "anyOf": [{"required": [role]} for role in ROLES]}

    def check(self, form: Form, rule: rule_kinds.Rule, pointer: str, proposed: LiveApp) -> Iterator[Fault]:
        yield from named.check_inside(form, rule, pointer)
        yield from named.check_when(form, rule, pointer)
        for role in ROLES:
            layout = role in ("show", "hide")
            yield from named.check_targets(form, rule, rule.get(role, ()), f"{pointer}/{role}", layout=layout)
        for role in ("require", "lock"):
            for number, path in enumerate(rule.get(role, ())):
                field = form.field(path)
                if field is not None and field.kind.computed:
                    said = Text(
                        "“{field}”由系统计算，不能设为必填或锁定。",
                        "“{field}” is worked out; it can be neither required nor locked.",
                        field=field.name(),
                    )
                    yield named.fault(form, f"{pointer}/{role}/{number}", "wrong_field", said)

    def references(
        self, form: Form, rule: rule_kinds.Rule, pointer: str, proposed: LiveApp
    ) -> Iterator[Reference]:
        yield from named.when_references(form, rule, pointer, proposed)
        for role in ROLES:
            for number, path in enumerate(rule.get(role, ())):
                at = f"{pointer}/{role}/{number}"
                yield from path_references(at, form, form.key, path, None, proposed)

    def effects(self, form: Form, rule: rule_kinds.Rule) -> Iterator[Effect]:
        reads = named.own_reads(form, rule.get("when"), named.row_of(form, rule))
        for path in {one for role in ("show", "hide") for one in expanded(form, rule.get(role, ()))}:
            for read in sorted(reads):
                yield Effect(read, path)

    def sentence(self, form: Form, rule: rule_kinds.Rule) -> str:
        language = current_language()
        row = named.row_of(form, rule)
        words = {
            "show": Text("显示{fields}", "show {fields}"),
            "hide": Text("隐藏{fields}", "hide {fields}"),
            "require": Text("必填{fields}", "require {fields}"),
            "lock": Text("锁定{fields}", "lock {fields}"),
        }
        done = [
            Text(words[role].zh, words[role].en, fields=named.spoken(form, rule[role], language)).render(
                language
            )
            for role in ROLES
            if rule.get(role)
        ]
        parts = [say("{rows}的每一行", "in each row of {rows}", rows=row.name()) if row else ""]
        if rule.get("when"):
            where = sentence(rule["when"], FormScope(form, row))
            parts.append(say("当 {where} 时", "if {where}", where=where))
        else:
            parts.append(say("始终", "always"))
        parts += done
        if rule.get("empty_when_hidden") and (rule.get("show") or rule.get("hide")):
            parts.append(say("隐藏时清空", "empty when hidden"))
        return say("，", ", ").join(part for part in parts if part)


@dataclass(frozen=True, eq=False)
class Display:
    """A display rule ready to be applied; what it names is written out, sections as the fields in them."""

    key: str
    inside: Field | None
    when: Node | None
    reads: frozenset[str]
    roles: dict[str, tuple[str, ...]]
    empties: bool

    @property
    def shown(self) -> frozenset[str]:
        """What it shows or hides."""
        return frozenset((*self.roles.get("show", ()), *self.roles.get("hide", ())))

    @property
    def targets(self) -> frozenset[str]:
        """Every path that it says something about."""
        return frozenset(path for paths in self.roles.values() for path in paths)


def read_rules(form: Form, time_zone: str) -> Iterator[Display]:
    """The display rules of a form."""
    for rule in form.rules:
        if rule.get("kind") != DisplayRule.name:
            continue
        inside = named.row_of(form, rule)
        yield Display(
            key=rule["key"],
            inside=inside,
            when=read_condition(form, rule.get("when"), inside, time_zone),
            reads=frozenset(named.own_reads(form, rule.get("when"), inside)),
            roles={role: tuple(expanded(form, rule[role])) for role in ROLES if rule.get(role)},
            empties=bool(rule.get("empty_when_hidden")),
        )


def expanded(form: Form, paths: object) -> list[str]:
    """The paths, with the fields of each section or tab behind it."""
    found: dict[str, None] = {}
    for path in paths if isinstance(paths, (list, tuple)) else ():
        found[path] = None
        field = form.field(path)
        if field is not None and field.type in ("section", "tab") and field.parent is None:
            found |= dict.fromkeys(_below(form, field))
    return list(found)


def _below(form: Form, start: Field) -> Iterator[str]:
    stops = ("tab",) if start.type == "tab" else ("tab", "section")
    at = form.fields.index(start)
    for one in form.fields[at + 1 :]:
        if one.type in stops:
            return
        yield one.key
