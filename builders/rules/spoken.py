"""The rules of a form under design as sentences, each with what keeps it from being published."""

from collections.abc import Mapping
from typing import Any

from builders.forms.draft import Designed
from engine.definitions import form_checks, form_schema, rule_kinds, texts
from engine.definitions.propose import propose
from engine.platform.errors import Fault
from engine.platform.i18n import current_language

KIND = "forms"


def offered() -> list[dict[str, str]]:
    """The kinds of rules that one can choose from."""
    return [
        {"kind": one.name, "label": str(one.label), "hint": str(one.hint), "icon": one.icon}
        for one in rule_kinds.all_kinds()
    ]


def spoken(designed: Designed, rules: list[Any]) -> list[dict[str, Any]]:
    """Each rule in words with its faults; `rules` are as they stand in the browser, saved or not."""
    document = {**designed.current.document, "rules": rules}
    texts.check_size(document)
    faults: dict[int, list[dict[str, str]]] = {}
    unreadable = form_schema.faults(document)
    proposed = None
    if not any(_number(one) is None for one in unreadable):
        proposed = propose(designed.proposed, {(KIND, designed.key): document})
    found = list(unreadable)
    if proposed is not None and not unreadable:
        found = list(form_checks.check(designed.key, proposed))
    for fault in found:
        number = _number(fault)
        if number is not None:
            faults.setdefault(number, []).append(_told(fault))
    return [
        {**_said(designed, proposed, rule), "faults": faults.get(number, [])}
        for number, rule in enumerate(rules)
    ]


def _said(designed: Designed, proposed: Any, rule: Any) -> dict[str, str]:
    """The rule as a sentence, and what stands in small below."""
    sentence = detail = ""
    if proposed is not None and isinstance(rule, Mapping):
        try:
            kind, form = rule_kinds.get(str(rule.get("kind"))), proposed.form(designed.key)
            sentence, detail = kind.sentence(form, rule), kind.detail(form, rule)
        except (KeyError, LookupError, TypeError, AttributeError):
            pass  # not yet a whole rule
    return {"sentence": _begun(sentence), "detail": _begun(detail)}


def _begun(sentence: str) -> str:
    """A sentence with a capital at its beginning, where the language has any."""
    return sentence[:1].upper() + sentence[1:] if current_language() == "en" else sentence


def _number(fault: Fault) -> int | None:
    """Which rule the fault is about; None where it is about something else."""
    parts = fault.pointer.split("/")
    return int(parts[2]) if len(parts) > 2 and parts[1] == "rules" and parts[2].isdigit() else None


def _told(fault: Fault) -> dict[str, str]:
    return {
        "pointer": "/" + "/".join(fault.pointer.split("/")[3:]),
        "code": fault.code,
        "message": str(fault.message),
    }
