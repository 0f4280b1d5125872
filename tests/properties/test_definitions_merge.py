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


@given(documents, documents)
def test_merging_with_somebody_who_changed_nothing_gives_the_change(base: Any, mine: Any) -> None:
    assert merge(base, mine, base).document == mine
    assert merge(base, base, mine).document == mine
    assert not merge(base, mine, mine).conflicts
