"""Rules that a form's author wrote: a formula that must be true, always or only where a condition holds."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.access.viewer import App
from engine.conditions import FormScope, sentence
from engine.conditions.tree import Node
from engine.definitions import formula_checks, named_fields, rule_kinds
from engine.definitions.form_references import formula as formula_references
from engine.definitions.form_references import path_references
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.fields.formula_names import labelled
from engine.fields.schema import FIELD_PATH, FORMULA, LABEL, asked
from engine.formulas.coerce import to_boolean
from engine.formulas.evaluate import evaluate
from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse
from engine.formulas.tree import Formula
from engine.formulas.values import Failed, FormulaError, Value
from engine.platform.errors import Fault
from engine.platform.i18n import Text, label_text, say
from engine.records.reading.condition_sql import holding
from engine.records.reading.formula_values import RecordValues
from engine.records.storage.computed import own_path, touches, with_inputs
from engine.records.writing.rules import named
from engine.records.writing.rules.held import Held, read_condition
from engine.records.writing.transaction import Transaction


@rule_kinds.register
class ValidationRule(rule_kinds.RuleKind):
    """The kind of rule `validation`."""

    name = "validation"
    label = Text("提交校验", "Check on saving")
    hint = Text(
        "公式不成立时拒绝或提醒，用自己的提示语；也可以逐行检查子表单。",
        "Refuses or reminds, in your words, where a formula is not true; also row by row in a subform.",
    )
    icon = "shield-check"
    order = 20
    schema = {
        "properties": {
            "level": asked(
                {"enum": ["must", "remind"]},
                "级别",
                "Level",
                labels={"must": ("拒绝", "Refuses"), "remind": ("提醒", "Reminds")},
            ),
            "inside": named.INSIDE,
            "when": named.WHEN,
            "formula": FORMULA,
            "message": LABEL,
            "fields": {"type": "array", "maxItems": 100, "uniqueItems": True, "items": FIELD_PATH},
        },
        "required": ["formula", "message"],
    }

    def check(self, form: Form, rule: rule_kinds.Rule, pointer: str, proposed: LiveApp) -> Iterator[Fault]:
        yield from named.check_inside(form, rule, pointer)
        yield from formula_checks.check(
            form, rule["formula"], f"{pointer}/formula", named.row_of(form, rule), result="boolean"
        )
        yield from named.check_when(form, rule, pointer)
        for place, path in enumerate(rule.get("fields", ())):
            yield from named_fields.known(form, path, f"{pointer}/fields/{place}")

    def references(
        self, form: Form, rule: rule_kinds.Rule, pointer: str, proposed: LiveApp
    ) -> Iterator[Reference]:
        row = named.row_of(form, rule)
        beside = row.children[0] if row is not None else None
        yield from formula_references(f"{pointer}/formula", form, rule["formula"], beside, proposed)
        yield from named.when_references(form, rule, pointer, proposed)
        for place, path in enumerate(rule.get("fields", ())):
            yield from path_references(f"{pointer}/fields/{place}", form, form.key, path, None, proposed)

    def sentence(self, form: Form, rule: rule_kinds.Rule) -> str:
        said = label_text(rule.get("message"))
        if rule.get("level", "must") == "must":
            return say("拒绝：{said}", "refuse: {said}", said=said)
        return say("提醒：{said}", "remind: {said}", said=said)

    def detail(self, form: Form, rule: rule_kinds.Rule) -> str:
        row = named.row_of(form, rule)
        parts = [say("{rows}的每一行", "in each row of {rows}", rows=row.name()) if row else ""]
        if rule.get("when"):
            where = sentence(rule["when"], FormScope(form, row))
            parts.append(say("当 {where} 时", "if {where}", where=where))
        formula = labelled(rule["formula"], form, row)
        parts.append(say("不满足 {formula}", "unless {formula}", formula=formula))
        return say("，", ", ").join(part for part in parts if part)


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule ready to be checked; `inside` is the subform whose rows it looks at one by one."""

    key: str
    must: bool
    when: Mapping[str, Any] | None
    formula: Formula
    message: Any
    fields: tuple[str, ...]
    reads: frozenset[str]
    inside: Field | None = None
    row_when: Node | None = None


@dataclass(frozen=True)
class Broken:
    """A rule that the record does not fulfil, if its condition holds for the record; `row` is the row's place."""

    rule: Rule
    pointer: str
    row: int | None = None

    @property
    def unsure(self) -> bool:
        """Whether its condition is still to be looked at, in the record as it is written."""
        return bool(self.rule.when) and self.row is None

    def faults(self) -> list[Fault]:
        """One fault at each field that the rule names, else one for the whole record or row."""
        said = self.rule.message
        message = (
            Text(label_text(said, "zh-CN"), label_text(said, "en"))
            if said
            else Text("不符合规则“{key}”", "Does not fulfil the rule “{key}”", key=self.rule.key)
        )
        places = list(dict.fromkeys(self._place(path) for path in self.rule.fields)) or [self._place("")]
        return [Fault(place, "rule", message, {"rule": self.rule.key}) for place in places]

    def _place(self, path: str) -> str:
        key, _, column = path.partition(".")
        inside = self.rule.inside
        if self.row is None or inside is None or path and key != inside.key:
            return f"{self.pointer}/{key}" if path else self.pointer
        row = f"{self.pointer}/{inside.key}/{self.row}"
        return f"{row}/{column}" if column else row


def rules(live: LiveApp, form_key: str) -> tuple[Rule, ...]:
    """The validation rules of a form, read once a version."""
    known: dict[str, tuple[Rule, ...]] = live.cache.setdefault("records.rules", {})
    found = known.get(form_key)
    if found is None:
        found = known[form_key] = tuple(_rules(live.form(form_key)))
    return found


def broken(
    tx: Transaction,
    form: Form,
    values: Mapping[str, Any],
    changed: Iterable[str] | None,
    pointer: str,
    faulty: Collection[str] = (),
) -> list[Broken]:
    """The rules whose formula is not true; `changed` limits them to those that read what changed.

    A rule that reads something `faulty` says nothing yet.
    """
    found: list[Broken] = []
    changed = None if changed is None else set(changed)
    for rule in rules(tx.live, form.key):
        if changed is not None and not (touches(rule.reads, changed) or touches(rule.fields, changed)):
            continue
        if not (faulty and touches(rule.reads, faulty)):
            found += broken_by(tx, form, values, rule, pointer)
    return found


def broken_by(
    tx: Transaction, form: Form, values: Mapping[str, Any], rule: Rule, pointer: str
) -> Iterator[Broken]:
    """The record if it does not fulfil the rule; for a rule over rows, each such row, its condition looked at."""
    if rule.inside is None:
        if not _true(tx, rule, RecordValues(form, values, tx)):
            yield Broken(rule, pointer)
        return
    for number, row in enumerate(values.get(rule.inside.key) or ()):
        reader = RecordValues(form, values, tx, rule.inside, row.values)
        if not _true(tx, rule, reader):
            if Held(tx, form, values, rule.inside, row.values).holds(rule.row_when):
                yield Broken(rule, pointer, number)


def _true(tx: Transaction, rule: Rule, values: RecordValues) -> bool:
    """Whether a rule's formula is true; one that fails to be worked out does not stand in the way.

    Of a list, every value has to be true.
    """
    try:
        value = evaluate(rule.formula, values, moment=tx.moment_of(rule.formula))
    except FormulaFault:
        return True
    return all(_holds(one) for one in value) if isinstance(value, list) else _holds(value)


def _holds(value: Value) -> bool:
    try:
        return isinstance(value, FormulaError) or to_boolean(value)
    except Failed:
        return True


def confirmed(tx: Transaction, form_key: str, record_id: int, found: list[Broken]) -> list[Broken]:
    """Those of the broken rules whose condition holds for the record as it is written now."""
    return confirmed_all(tx, form_key, {record_id: found})[record_id]


def confirmed_all(
    tx: Transaction, form_key: str, found: Mapping[int, Iterable[Broken]]
) -> dict[int, list[Broken]]:
    """The same for many records, asked in one statement."""
    by_record = {record_id: list(broken) for record_id, broken in found.items()}
    asked = list({one.rule: None for broken in by_record.values() for one in broken if one.unsure})
    if not asked:
        return by_record
    form = tx.live.form(form_key)
    concerned = [record_id for record_id, broken in by_record.items() if any(one.unsure for one in broken)]
    held = holding(tx.connection, tx.live, form, tx.viewer, [rule.when for rule in asked], concerned)
    apply = {
        (record_id, rule)
        for record_id, row in held.items()
        for rule, applies in zip(asked, row, strict=True)
        if applies
    }
    return {
        record_id: [one for one in broken if not one.unsure or (record_id, one.rule) in apply]
        for record_id, broken in by_record.items()
    }


def _rules(form: Form) -> Iterable[Rule]:
    time_zone = App("validation").time_zone
    for document in form.rules:
        if document.get("kind", "validation") != "validation" or not document.get("formula"):
            continue
        try:
            formula = parse(document["formula"])
        except FormulaFault:
            continue  # publishing refuses it
        inside = named.row_of(form, document)
        reads = {path for steps in formula.paths if (path := own_path(form, steps, inside))}
        # A rule that looks through a link depends on the link itself.
        reads |= {_first(form, steps[0], inside) for steps in formula.paths}
        reads |= named.own_reads(form, document.get("when"), inside)
        if inside is not None:
            reads.add(inside.key)  # a new row has to be looked at
        yield Rule(
            key=document.get("key", ""),
            must=document.get("level", "must") == "must",
            when=document.get("when"),
            formula=formula,
            message=document.get("message"),
            fields=tuple(document.get("fields", ())),
            reads=frozenset(with_inputs(form, reads)),
            inside=inside,
            row_when=read_condition(form, document.get("when"), inside, time_zone) if inside else None,
        )


def _first(form: Form, key: str, inside: Field | None) -> str:
    own = inside.child(key) if inside is not None else None
    return own.path if own is not None else key
