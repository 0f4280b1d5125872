"""Whatever is sent as a definition: it is saved, or refused with places; nothing breaks, nothing hangs."""

from copy import deepcopy
from datetime import datetime, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definitions import checks
from engine.definitions.difference import difference
from engine.definitions.merge import merge
from engine.definitions.model import App, LiveApp
from engine.definitions.propose import propose
from engine.platform.errors import Refusal
from engine.platform.i18n import Text

CUSTOMER: dict[str, Any] = {
    "key": "customer",
    "name": {"zh-CN": "客户", "en": "Customer"},
    "title": "{name}",
    "fields": [
        {"key": "name", "type": "text", "label": "名称", "unique": "must", "required": True},
        {
            "key": "level",
            "type": "select",
            "options": [{"value": "A", "label": {"zh-CN": "重点"}}, {"value": "B"}],
        },
        {"key": "amount", "type": "money", "min": 0, "default": {"formula": "1 + 1"}},
        {
            "key": "parent",
            "type": "link",
            "form": "customer",
            "where": {"field": "level", "op": "eq", "value": "A"},
        },
        {"key": "trade", "type": "lookup", "via": "parent", "field": "level"},
        {"key": "sum", "type": "rollup", "form": "customer", "via": "parent", "fn": "sum", "field": "amount"},
        {"key": "lines", "type": "subform", "fields": [{"key": "qty", "type": "number"}]},
        {"key": "double", "type": "formula", "formula": "amount * 2 + SUM(lines.qty)", "result": "money"},
        {"key": "no", "type": "serial", "pattern": [{"text": "A"}, {"digits": 4}]},
    ],
    "views": [
        {"key": "all", "kind": "grid", "columns": ["name", {"field": "level"}], "sort": [{"field": "name"}]}
    ],
    "rules": [{"key": "r", "kind": "validation", "formula": "amount >= 0", "message": "负数"}],
    "layout": {"facts": ["level"], "card": {"badge": "level"}},
    "unique": [["name", "level"]],
}
ROLE: dict[str, Any] = {
    "key": "sales",
    "name": "销售",
    "grants": {
        "customer": {
            "read": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}},
            "fields": {"amount": "read"},
        }
    },
}
WORDS = [
    "customer",
    "name",
    "level",
    "amount",
    "sum",
    "lines",
    "lines.qty",
    "double",
    "trade",
    "parent.sum",
    "owner",
    "link",
    "formula",
    "lookup",
    "subform",
    "rollup",
    "text",
    "zh-CN",
    "key",
    "type",
    "fields",
    "where",
    "all",
    "a\x00",
    "\u202e",
    "\ud800",
    "x" * 300,
    "1; DROP TABLE x",
    "{name",
    "../..",
    "",
    " ",
]
leaf = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS),
    st.text(max_size=5),
)
anything = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)
    ),
    max_leaves=8,
)


def places(document: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [here]
    inner = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for name, value in inner:
        found.extend(places(value, (*here, name)))
    return found


@st.composite
def broken(draw: Any, document: Any) -> Any:
    made = deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(places(made)))
        if not way:
            return draw(anything)
        here = made
        for step in way[:-1]:
            here = here[step]
        if draw(st.booleans()):
            here[way[-1]] = draw(anything)
        elif isinstance(here, list):
            here.insert(way[-1], draw(anything))
        else:
            here[draw(st.sampled_from(WORDS))] = draw(anything)
    return made


@settings(max_examples=500, deadline=2000)
@given(broken(CUSTOMER), broken(ROLE))
def test_any_document_is_saved_or_refused_with_places(form: Any, role: Any) -> None:
    chosen = {}
    for kind, key, document in (("forms", "customer", form), ("roles", "sales", role)):
        try:
            chosen[(kind, key)] = checks.sound_document(kind, key, document)
        except Refusal as refusal:
            for fault in refusal.faults:
                assert fault.pointer == "" or fault.pointer.startswith("/")
                assert (
                    isinstance(fault.message, Text)
                    and fault.message.render("zh-CN")
                    and fault.message.render("en")
                )
    empty = LiveApp(App(1, "x", "app_1", 0, None, None, datetime.now(timezone.utc)), 0, {}, {})
    for fault in checks.faults(propose(empty, chosen), set(chosen)):
        assert fault.pointer.startswith(("/forms/customer", "/roles/sales"))
        assert fault.message and fault.code
    for (kind, _), document in chosen.items():
        original = CUSTOMER if kind == "forms" else ROLE
        assert all(change.render("en") for change in difference(original, document))
        merge(original, document, original)
