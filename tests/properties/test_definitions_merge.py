"""Random pairs of edits: nothing that either side did is lost without being told."""

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definitions.merge import merge

KEYS = "abcdefgh"
PROPERTIES = ("label", "hint", "required", "options")
values = st.sampled_from(
    ["甲", "乙", True, 1, {"zh-CN": "丙"}, [{"value": "A"}, {"value": "B", "label": "乙"}]]
)
fields = st.builds(
    lambda key, properties: {"key": key, "type": "text", **properties},
    st.sampled_from(KEYS),
    st.dictionaries(st.sampled_from(PROPERTIES), values, max_size=3),
)
documents = st.builds(
    lambda name, found: {"key": "form", "name": name, "fields": found},
    st.sampled_from(["客户", "订单"]),
    st.lists(fields, max_size=6, unique_by=lambda one: one["key"]),
)


@st.composite
def edits(draw: Any) -> Any:
    """A base document and two edits of it: fields changed, added, removed, moved; the name changed."""
    base = draw(documents)
    return base, draw(edited(base)), draw(edited(base))


def edited(base: Any) -> Any:
    @st.composite
    def edit(draw: Any) -> Any:
        document = deepcopy(base)
        for _ in range(draw(st.integers(0, 4))):
            what = draw(st.sampled_from(["property", "add", "remove", "move", "name"]))
            found = document["fields"]
            if what == "name":
                document["name"] = draw(st.sampled_from(["客户", "订单", "合同"]))
            elif what == "add":
                new = draw(fields)
                if new["key"] not in {one["key"] for one in found}:
                    found.insert(draw(st.integers(0, len(found))), new)
            elif found and what == "remove":
                found.pop(draw(st.integers(0, len(found) - 1)))
            elif found and what == "move":
                one = found.pop(draw(st.integers(0, len(found) - 1)))
                found.insert(draw(st.integers(0, len(found))), one)
            elif found:
                one = draw(st.sampled_from(found))
                one[draw(st.sampled_from(PROPERTIES))] = draw(values)
        return document

    return edit()


def flat(document: Any) -> dict[tuple[str, ...], Any]:
    """Everything in a document by its place, fields and options by their keys."""
    found: dict[tuple[str, ...], Any] = {("name",): document["name"]}
    for one in document["fields"]:
        found[("fields", one["key"])] = "there"
        for name, value in one.items():
            found[("fields", one["key"], name)] = value
    return found


def below(place: tuple[str, ...], conflicts: list[str], document: Any) -> bool:
    """Whether a conflict was told at this place, above it or inside it."""
    pointers = {"/" + "/".join(place)}
    if place[0] == "fields":
        pointers = {"/fields"}
        for number, one in enumerate(document["fields"]):
            if one["key"] == place[1]:
                pointers |= {f"/fields/{number}", "/".join([f"/fields/{number}", *place[2:]])}
    return any(
        conflict == pointer or conflict.startswith(pointer + "/") and pointer != "/fields"
        for conflict in conflicts
        for pointer in pointers
    )


@settings(max_examples=400, deadline=None)
@given(edits())
def test_no_change_of_either_side_is_lost_without_a_word(sides: Any) -> None:
    base, mine, theirs = sides
    merged = merge(base, mine, theirs)
    was, result = flat(base), flat(merged.document)
    for side in (mine, theirs):
        now = flat(side)
        for place in {*was, *now}:
            if was.get(place) == now.get(place):
                continue
            if below(place, merged.conflicts, mine):
                continue
            options = place[-1] == "options"
            if options and isinstance(result.get(place), list):
                continue  # lists are merged one by one; the pure tests look at that
            assert result.get(place) == now.get(place), place


@settings(max_examples=400, deadline=None)
@given(edits())
def test_what_neither_side_changed_stays_as_it_was(sides: Any) -> None:
    base, mine, theirs = sides
    result = flat(merge(base, mine, theirs).document)
    was, here, there = flat(base), flat(mine), flat(theirs)
    for place in {*was, *here, *there}:
        if was.get(place) == here.get(place) == there.get(place):
            assert result.get(place) == was.get(place)


@settings(max_examples=400, deadline=None)
@given(edits())
def test_the_order_that_one_side_gave_is_taken_over_if_the_other_left_it(sides: Any) -> None:
    base, mine, theirs = sides
    result = [one["key"] for one in merge(base, mine, theirs).document["fields"]]
    assert len(result) == len(set(result))
    was, here, there = ([one["key"] for one in document["fields"]] for document in (base, mine, theirs))
    shared = [key for key in was if key in here and key in there and key in result]
    if [key for key in there if key in shared] == shared:
        assert [key for key in result if key in shared] == [key for key in here if key in shared]


def keys(document: Any) -> list[str]:
    return [one["key"] for one in document["fields"]]


def turned(base: Any, side: Any) -> set[tuple[str, str]]:
    """The pairs of elements that stand the other way round in `side`: the first before the second now."""
    was, now = keys(base), keys(side)
    shared = [key for key in was if key in now]
    pairs = ((first, second) for n, first in enumerate(shared) for second in shared[n + 1 :])
    return {(second, first) for first, second in pairs if now.index(first) > now.index(second)}


@settings(max_examples=400, deadline=None)
@given(edits())
def test_what_either_side_turned_round_stays_so_or_is_told(sides: Any) -> None:
    base, mine, theirs = sides
    merged = merge(base, mine, theirs)
    order = keys(merged.document)
    told = {clash.where.path[1] for clash in merged.clashes if len(clash.where.path) == 2}
    for side in (mine, theirs):
        for first, second in turned(base, side):
            if {first, second} <= set(order) - told and "/fields" not in merged.conflicts:
                assert order.index(first) < order.index(second), (first, second)


@st.composite
def moves(draw: Any) -> Any:
    """A form, and two people of whom each moves one field of it; answers who moved what, too."""
    base: Any = {
        "key": "form",
        "name": "客户",
        "fields": [{"key": key} for key in KEYS[: draw(st.integers(2, 8))]],
    }
    sides: list[Any] = []
    moved: list[str] = []
    for _ in range(2):
        one = deepcopy(base)
        field = one["fields"].pop(draw(st.integers(0, len(one["fields"]) - 1)))
        one["fields"].insert(draw(st.integers(0, len(one["fields"]))), field)
        sides.append(one)
        moved.append(field["key"])
    return base, sides, moved


def placed_as_in(side: Any, result: Any, key: str, apart: str) -> bool:
    """Whether the element stands behind and before the same others, `apart` from the one that the other moved."""
    before = [set(found[: found.index(key)]) - {apart} for found in (keys(side), keys(result))]
    return before[0] == before[1]


@settings(max_examples=400, deadline=None)
@given(moves())
def test_what_each_moved_stands_where_each_put_it_or_it_is_told(found: Any) -> None:
    base, (mine, theirs), (own, other) = found
    merged = merge(base, mine, theirs)
    if merged.conflicts:
        assert merged.conflicts == ["/fields"] and base != mine != theirs != base
        return
    if own == other:
        assert base in (mine, theirs) or mine == theirs, "one thing was moved to two places"
        return
    assert placed_as_in(mine, merged.document, own, other)
    assert placed_as_in(theirs, merged.document, other, own)


@given(documents, documents)
def test_merging_with_somebody_who_changed_nothing_gives_the_change(base: Any, mine: Any) -> None:
    assert merge(base, mine, base).document == mine
    assert merge(base, base, mine).document == mine
    assert not merge(base, mine, mine).conflicts
