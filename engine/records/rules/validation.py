"""Rules that a form's author wrote: a formula that must be true, always or only where a condition holds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.formulas.coerce import to_boolean
from engine.formulas.evaluate import evaluate
from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse
from engine.formulas.tree import Formula
from engine.formulas.values import Failed, FormulaError
from engine.platform.errors import Fault
from engine.platform.i18n import Text, label_text
from engine.records.computed import condition_paths, own_path, touches
from engine.records.condition_sql import holding
from engine.records.formula_values import RecordValues
from engine.records.transaction import Transaction


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule ready to be checked."""

    key: str
    must: bool
    when: Mapping[str, Any] | None
    formula: Formula
    message: Any
    fields: tuple[str, ...]
    reads: frozenset[str]


@dataclass(frozen=True)
class Broken:
    """A rule that the record does not fulfil, if its condition holds for the record."""

    rule: Rule
    pointer: str

    def faults(self) -> list[Fault]:
        """One fault at each field that the rule names, else one for the whole record."""
        said = self.rule.message
        message = (
            Text(label_text(said, "zh-CN"), label_text(said, "en"))
            if said
            else Text("不符合规则“{key}”", "Does not fulfil the rule “{key}”", key=self.rule.key)
        )
        places = [f"{self.pointer}/{key.split('.')[0]}" for key in self.rule.fields] or [self.pointer]
        return [Fault(place, "rule", message, {"rule": self.rule.key}) for place in places]


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
        if changed is not None and not (touches(rule.reads, changed) or changed & set(rule.fields)):
            continue
        if not (faulty and touches(rule.reads, faulty)) and not holds(tx, form, values, rule):
            found.append(Broken(rule, pointer))
    return found


def holds(tx: Transaction, form: Form, values: Mapping[str, Any], rule: Rule) -> bool:
    """Whether a rule's formula is true; one that fails to be worked out does not stand in the way."""
    try:
        value = evaluate(rule.formula, RecordValues(form, values, tx), moment=tx.moment_of(rule.formula))
        return isinstance(value, FormulaError) or to_boolean(value)
    except (FormulaFault, Failed):
        return True


def confirmed(tx: Transaction, form_key: str, record_id: int, found: list[Broken]) -> list[Broken]:
    """Those of the broken rules whose condition holds for the record as it is written now."""
    return confirmed_all(tx, form_key, {record_id: found})[record_id]


def confirmed_all(
    tx: Transaction, form_key: str, found: Mapping[int, Iterable[Broken]]
) -> dict[int, list[Broken]]:
    """The same for many records, asked in one statement."""
    by_record = {record_id: list(broken) for record_id, broken in found.items()}
    asked = list({one.rule: None for broken in by_record.values() for one in broken if one.rule.when})
    if not asked:
        return by_record
    form = tx.live.form(form_key)
    concerned = [record_id for record_id, broken in by_record.items() if any(one.rule.when for one in broken)]
    held = holding(tx.connection, tx.live, form, tx.viewer, [rule.when for rule in asked], concerned)
    apply = {
        (record_id, rule)
        for record_id, row in held.items()
        for rule, applies in zip(asked, row, strict=True)
        if applies
    }
    return {
        record_id: [one for one in broken if not one.rule.when or (record_id, one.rule) in apply]
        for record_id, broken in by_record.items()
    }


def _rules(form: Form) -> Iterable[Rule]:
    for document in form.rules:
        if document.get("kind", "validation") != "validation" or not document.get("formula"):
            continue
        try:
            formula = parse(document["formula"])
        except FormulaFault:
            continue  # publishing refuses it
        reads = {path for steps in formula.paths if (path := own_path(form, steps))}
        # A rule that looks through a link depends on the link itself.
        reads |= {steps[0] for steps in formula.paths}
        reads |= {path.split(".")[0] for path in condition_paths(document.get("when"))}
        yield Rule(
            key=document.get("key", ""),
            must=document.get("level", "must") == "must",
            when=document.get("when"),
            formula=formula,
            message=document.get("message"),
            fields=tuple(document.get("fields", ())),
            reads=frozenset(reads),
        )
