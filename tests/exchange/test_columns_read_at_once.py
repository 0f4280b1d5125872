"""Columns that are read, ordered and compared as a whole come out as cell by cell."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.exchange.clean import ColumnReader
from engine.exchange.fast_columns import fast
from engine.exchange.problems import Problem
from engine.fields.base import ParseContext
from engine.fields.form import Field
from engine.records.storage.duplicates import Unique, fingerprint, fingerprints
from engine.records.storage.titles import sort_key, sort_keys

CONTEXT = ParseContext("en", "Asia/Shanghai", None, True)
NUMBERS = [
    {"type": "number"},
    {"type": "number", "decimals": 0},
    {"type": "number", "decimals": 5, "min": -10, "max": 1e6},
    {"type": "money"},
    {"type": "percent"},
]
CELLS = st.one_of(
    st.none(),
    st.floats(-1e15, 1e15).filter(lambda one: one == 0 or abs(one) > 1e-20),
    st.integers(-(10**7), 10**7).map(lambda n: n / 100),
    st.sampled_from([0.0, -0.0, float("nan"), 1.5e-05, 1e-05, 2.675, 1e15, 123456789012.125, "1.50", "-3", "1e5", "", True, "5%"]),
)  # fmt: skip
TEXTS = st.lists(
    st.one_of(
        st.none(),
        st.text(max_size=12),
        st.sampled_from(["B-0001", "b[1] x", "华东 订单", "ＡＢ（１）", "ß", "a" * 300]),
    ),
    max_size=8,
)


def as_field(**document: Any) -> Field:
    return Field.read({"key": "a", "label": "A", **document})


@pytest.mark.parametrize("document", NUMBERS)
@given(cells=st.lists(CELLS, max_size=8))
def test_numbers_of_a_column_are_those_of_its_cells(document: dict[str, Any], cells: list[Any]) -> None:
    field = as_field(**document)
    made = fast(field, cells)
    if made is None:
        return
    read = [None if cell is None else ColumnReader(field, CONTEXT).read(cell) for cell in cells]
    assert not any(isinstance(one, Problem) for one in read)
    assert made == read
    assert [str(abs(one)) for one in made if one is not None] == [
        str(abs(one)) for one in read if one is not None
    ]


def test_an_ordinary_column_of_numbers_is_read_as_a_whole() -> None:
    made = fast(as_field(type="money"), [650.37, 650.4, 7.0, None, "12.5", 650.37])
    assert made is not None
    assert [None if one is None else str(one) for one in made] == ["650.37", "650.40", "7.00", None, "12.50", "650.37"]  # fmt: skip
    assert fast(as_field(type="number", max=5), [4.0, 6.0]) is None
    assert fast(as_field(type="number"), [1.0, True]) is None


@settings(deadline=None)  # the first one loads how Chinese is read
@given(TEXTS)
def test_a_column_is_ordered_as_its_texts_are(texts: list[str | None]) -> None:
    assert sort_keys(texts) == [sort_key(one) for one in texts]


@given(TEXTS)
def test_a_column_is_compared_as_its_texts_are(texts: list[str | None]) -> None:
    unique = Unique("a", (as_field(type="text", unique="must"),), "must")
    assert fingerprints(unique, [texts]) == [fingerprint(unique, {"a": one}) for one in texts]
