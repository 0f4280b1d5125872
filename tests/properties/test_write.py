"""Whatever is sent: a record or a clear refusal; and what a record gives can be sent back."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.records.writing import write
from tests.records.making import ENGINE, add, change, field, form, make_app, stored, text

OPTIONS = [{"value": "a", "label": {"zh-CN": "甲", "en": "Alpha"}}, {"value": "b"}]
EVERYTHING = form(
    "a",
    text(unique="remind"),
    field("long", "textarea"),
    field("n", "number", min=-1000, max=10**9),
    field("amount", "money"),
    field("rate", "percent"),
    field("day", "date"),
    field("at", "datetime"),
    field("one", "select", options=OPTIONS),
    field("some", "multi_select", options=OPTIONS),
    field("ticks", "checkboxes", options=OPTIONS),
    field("paid", "switch"),
    field("phone", "phone"),
    field("mail", "email"),
    field("site", "url"),
    field("who", "member"),
    field("mates", "members"),
    field("unit", "department"),
    field("parent", "link", form="a"),
    field("others", "links", form="a"),
    field("sum", "formula", formula="n / amount", result="number"),
    field("no", "serial", pattern=[{"digits": 3}]),
    field(
        "lines",
        "subform",
        fields=[
            text("x"),
            field("q", "number"),
            field("link", "link", form="a"),
            field("twice", "formula", formula="q * 2", result="number"),
        ],
    ),
    field("doc", "file"),
    field("pic", "image"),
    title="{name}",
)
KEYS = [one["key"] for one in EVERYTHING["fields"]]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        [
            "12",
            "1,234.5",
            "5%",
            "9" * 400,
            "1e400",
            "-0",
            "NaN",
            "2026-03-01",
            "0000-00-00",
            "2026-03-01T10:30:00Z",
            "甲",
            "alpha",
            "a",
            "13800138000",
            "x@y.cn",
            "https://a.cn",
            "\x00",
            "\ud800",
            "'; DROP TABLE x; --",
            "%s",
            "{name}",
        ]
    ),
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "title", "x", "q", "link", "y"]), inner, max_size=3),
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    app = make_app(database, EVERYTHING)
    for number in range(3):
        add(database, app, "a", name=str(number))
    return app


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    values=st.dictionaries(
        st.one_of(st.sampled_from([*KEYS, "owner", "id", "version"]), st.text(max_size=5)), JUNK, max_size=6
    ),
    as_text=st.booleans(),
)
def test_anything_sent_makes_a_record_or_a_refusal_that_names_its_places(
    database: Database, app: str, values: dict[str, Any], as_text: bool
) -> None:
    try:
        made = write.create_one(database, app, "a", ENGINE, values, text=as_text)
    except Invalid as refused:
        assert refused.faults
        for fault in refused.faults:
            assert fault.pointer.startswith("/values") and fault.code and str(fault.message)
        return
    before = stored(database, app, "a", made.id)
    again = made.record.json()["values"]
    written = change(database, app, "a", made.id, **again)
    assert written.version == 1, "what a record gives, sent back, changes nothing"
    assert stored(database, app, "a", made.id).values == before.values
