"""Random pairs of edits with moves into and out of subforms: nothing is swallowed, and either choice is carried out."""

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.definitions.identity import at, identity
from engine.definitions.merge import Clash, Merged, Step, merge

TURN = ["set", "unset", "move", "drop", "sort"]
"""In which order the designer carries out what was chosen."""


def of(*keys: str) -> list[dict[str, Any]]:
    return [{"key": key, "type": "text", "label": key} for key in keys]


def form() -> dict[str, Any]:
    subforms = [
        {"key": one, "type": "subform", "fields": of(*inner)} for one, inner in (("t", "xy"), ("u", "z"))
    ]
    return {"key": "form", "fields": [*of("a", "b", "c"), *subforms, *of("d")]}


def lists(document: Any) -> dict[str, list[Any]]:
    return {"": document["fields"]} | {
        one["key"]: one["fields"] for one in document["fields"] if "fields" in one
    }


def places(document: Any) -> dict[str, list[str]]:
    """In which lists each field stands."""
    found: dict[str, list[str]] = {}
    for name, fields in lists(document).items():
        for one in fields:
            found.setdefault(one["key"], []).append(name)
    return found


@st.composite
def edited(draw: Any) -> Any:
    document = form()
    for _ in range(draw(st.integers(1, 3))):
        found = lists(document)
        here = found[draw(st.sampled_from(sorted(found)))]
        if not here:
            continue
        one = draw(st.sampled_from(here))
        what = draw(st.sampled_from(["move", "move", "into", "into", "remove", "rename"]))
        if what == "rename":
            one["label"] = draw(st.sampled_from(["一", "二", "三"]))
            continue
        here.remove(one)
        if what == "move" or what == "into" and "fields" in one:
            here.insert(draw(st.integers(0, len(here))), one)
        elif what == "into":
            there = draw(st.sampled_from([found[name] for name in sorted(found)]))
            there.insert(draw(st.integers(0, len(there))), one)
    return document


def told(merged: Merged, *names: str) -> bool:
    """Whether a clash is about the field, or about a subform that it stands in."""
    return any(set(names) & {*clash.where.path, *(clash.moved or ())} for clash in merged.clashes)


def settled(merged: Merged, side: str) -> Any:
    """The document with every clash decided for one side, as the designer does it."""
    document = deepcopy(merged.document)
    steps: list[Step] = [step for clash in merged.clashes for step in getattr(clash, side)]
    for step in sorted(steps, key=lambda one: TURN.index(one["do"])):
        carried_out(document, step)
    return document


def carried_out(document: Any, step: Step) -> None:
    holder, name = at(document, step["path"][:-1]), step["path"][-1]
    if step["do"] == "sort":
        there = [identity(one) for one in at(document, step["path"])]
        rank = {key: step["order"].index(key) if key in step["order"] else 99 for key in there}
        at(document, step["path"]).sort(key=lambda one: rank[one["key"]])
    elif step["do"] == "unset":
        holder.pop(name, None)
    elif isinstance(holder, dict):
        holder[name] = step["after"]
    elif holder is not None:
        one = next((one for one in holder if identity(one) == name), None)
        if one is None:
            return
        holder.remove(one)
        to = at(document, step["to"]) if step["do"] == "move" else None
        if to is not None:
            keys = [identity(other) for other in to]
            before = next((keys.index(key) for key in step["behind"] if key in keys), -1)
            to.insert(before + 1, one)


@settings(max_examples=400, deadline=None)
@given(edited(), edited())
def test_a_field_moved_or_removed_is_where_either_put_it_or_it_is_told(mine: Any, theirs: Any) -> None:
    base = form()
    merged = merge(base, mine, theirs)
    was, result = places(base), places(merged.document)
    assert all(len(found) == 1 for found in result.values()), "no field stands in two lists"
    for side in (mine, theirs):
        now = places(side)
        for key in was:
            if now.get(key) != was[key] and not told(merged, key, *was[key], *now.get(key, ())):
                assert result.get(key) == now.get(key), key


@settings(max_examples=400, deadline=None)
@given(edited(), edited())
def test_whichever_side_is_chosen_its_removals_and_moves_are_carried_out(mine: Any, theirs: Any) -> None:
    base = form()
    merged = merge(base, mine, theirs)
    was = places(base)
    for side, chosen in ((mine, "keep_mine"), (theirs, "take_theirs")):
        result, now = places(settled(merged, chosen)), places(side)
        for key in was:
            if now.get(key) != was[key]:
                assert result.get(key) == now.get(key), (key, chosen)


def clash(base: Any, mine: Any, theirs: Any) -> Clash:
    [found] = merge(base, mine, theirs).clashes
    return found


def moved(document: Any, key: str, to: str, index: int = 0) -> Any:
    result = deepcopy(document)
    found = lists(result)
    one = next(one for fields in found.values() for one in fields if one["key"] == key)
    next(fields for fields in found.values() if one in fields).remove(one)
    found[to].insert(index, one)
    return result


def test_one_removes_what_the_other_moves_into_a_subform_and_both_ways_it_is_told() -> None:
    gone, inside = form(), moved(form(), "b", "t")
    gone["fields"] = [one for one in gone["fields"] if one["key"] != "b"]
    for mine, theirs in ((gone, inside), (inside, gone)):
        merged = merge(form(), mine, theirs)
        assert clash(form(), mine, theirs).where.path == ("fields", "t", "fields", "b")
        for side, document in (("keep_mine", mine), ("take_theirs", theirs)):
            assert places(settled(merged, side)) == places(document)


def test_a_removed_field_that_the_other_only_put_higher_is_told() -> None:
    gone = form()
    gone["fields"] = [one for one in gone["fields"] if one["key"] != "d"]
    found = clash(form(), gone, moved(form(), "d", ""))
    assert found.keep_mine == [{"do": "drop", "path": ["fields", "d"]}] and not found.take_theirs


def test_one_field_moved_into_a_subform_and_to_the_end_is_told_once_and_stands_once() -> None:
    mine, theirs = moved(form(), "b", "", 5), moved(form(), "b", "t")
    merged = merge(form(), mine, theirs)
    assert len(merged.clashes) == 1 and places(merged.document)["b"] == ["t"]
    assert [one["key"] for one in settled(merged, "keep_mine")["fields"]] == ["a", "c", "t", "u", "d", "b"]


def test_what_the_other_changes_in_a_field_that_i_move_into_a_subform_goes_with_it() -> None:
    theirs = form()
    theirs["fields"][1]["label"] = "新名"
    merged = merge(form(), moved(form(), "b", "t"), theirs)
    assert not merged.clashes and at(merged.document, ["fields", "t", "fields", "b"])["label"] == "新名"
