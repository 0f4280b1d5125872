"""Two people edit one document: both changes are kept, and only a true conflict is one."""

from typing import Any

import pytest

from engine.definitions.merge import merge


def field(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "type": "text", **more}


def keys(fields: list[dict[str, Any]]) -> str:
    return "".join(one["key"] for one in fields)


def of(order: str) -> dict[str, Any]:
    return {"fields": [field(key) for key in order]}


def test_changes_of_different_fields_are_both_kept() -> None:
    base = {"name": "客户", "fields": [field("a", label="甲"), field("b", label="乙")]}
    mine = {"name": "客户", "fields": [field("a", label="甲方"), field("b", label="乙")]}
    theirs = {"name": "客户档案", "fields": [field("a", label="甲"), field("b", label="乙", required=True)]}
    merged = merge(base, mine, theirs)
    assert not merged.conflicts
    assert merged.document == {
        "name": "客户档案",
        "fields": [field("a", label="甲方"), field("b", label="乙", required=True)],
    }


def test_different_properties_of_one_field_are_both_kept() -> None:
    base = {"fields": [field("a", label="甲")]}
    mine = {"fields": [field("a", label="甲方")]}
    theirs = {"fields": [field("a", label="甲", required=True)]}
    assert merge(base, mine, theirs).document == {"fields": [field("a", label="甲方", required=True)]}


def test_the_same_label_changed_twice_is_a_conflict_at_its_place() -> None:
    base, mine, theirs = ({"fields": [field("x"), field("a", label=label)]} for label in ("甲", "乙", "丙"))
    assert merge(base, mine, theirs).conflicts == ["/fields/1/label"]


def test_both_may_make_the_same_change() -> None:
    base, both = {"fields": [field("a")]}, {"fields": [field("a", label="甲"), field("b")]}
    merged = merge(base, both, both)
    assert merged.document == both and not merged.conflicts


def test_new_fields_of_both_stand_where_each_put_them() -> None:
    merged = merge(of("abc"), of("axbc"), of("abyc"))
    assert keys(merged.document["fields"]) == "axbyc" and not merged.conflicts


def test_a_field_moved_here_and_one_moved_there_both_move() -> None:
    merged = merge(of("abcde"), of("eabcd"), of("acbde"))
    assert keys(merged.document["fields"]) == "eacbd" and not merged.conflicts


def test_orders_turned_round_by_both_agree_where_they_can() -> None:
    merged = merge(of("abc"), of("bca"), of("cab"))
    assert keys(merged.document["fields"]) == "cba" and not merged.conflicts


def test_moves_that_contradict_each_other_are_a_conflict() -> None:
    # b before a, c before b, and a before c as it was: that goes round in a circle.
    merged = merge(of("abc"), of("bac"), of("acb"))
    assert merged.conflicts == ["/fields"] and keys(merged.document["fields"]) == "bac"


@pytest.mark.parametrize(
    ("base", "mine", "theirs"),
    [
        ("ncag", "ngca", "gnca"),
        ("ncag", "gnca", "ngca"),
        ("ncga", "ngca", "gnca"),
        ("abcdef", "bcadef", "bcdefa"),
    ],
)
def test_one_field_moved_to_two_places_is_a_conflict(base: str, mine: str, theirs: str) -> None:
    merged = merge(of(base), of(mine), of(theirs))
    assert merged.conflicts == ["/fields"] and keys(merged.document["fields"]) == mine


def test_one_field_moved_to_one_place_by_both_is_none() -> None:
    merged = merge(of("abcde"), of("bcdea"), of("cbdea"))
    assert not merged.conflicts and keys(merged.document["fields"]) == "cbdea"


def test_removing_what_the_other_did_not_touch_removes_it() -> None:
    merged = merge(of("abc"), of("ac"), {"fields": [field("a", label="甲"), field("b"), field("c")]})
    assert keys(merged.document["fields"]) == "ac" and not merged.conflicts


def test_removing_what_the_other_changed_is_a_conflict_and_nothing_is_lost() -> None:
    theirs = {"fields": [field("a"), field("b", label="乙"), field("c")]}
    merged = merge(of("abc"), of("ac"), theirs)
    assert merged.conflicts == ["/fields"]
    assert field("b", label="乙") in merged.document["fields"]


def test_a_field_that_both_made_a_different_thing_is_a_conflict() -> None:
    mine = {"fields": [field("a", label="甲"), {"key": "n", "type": "number"}]}
    theirs = {"fields": [field("a", label="甲"), {"key": "n", "type": "date", "label": "日期"}]}
    assert merge({"fields": [field("a", label="甲")]}, mine, theirs).conflicts == ["/fields/1"]


def test_options_merge_by_their_value() -> None:
    base = {"options": [{"value": "A", "label": "重点"}, {"value": "B"}]}
    mine = {"options": [{"value": "A", "label": "重点客户"}, {"value": "B"}]}
    theirs = {"options": [{"value": "C"}, {"value": "A", "label": "重点"}, {"value": "B"}]}
    assert merge(base, mine, theirs).document == {
        "options": [{"value": "C"}, {"value": "A", "label": "重点客户"}, {"value": "B"}]
    }


def test_a_condition_is_never_mixed_from_two() -> None:
    base = {"where": {"field": "stage", "op": "eq", "value": "won"}}
    mine = {"where": {"field": "stage", "op": "ne", "value": "won"}}
    theirs = {"where": {"field": "stage", "op": "eq", "value": "lost"}}
    assert merge(base, mine, theirs).conflicts == ["/where"]


def test_lists_of_plain_values_merge_as_sets_in_order() -> None:
    base = {"facts": ["a", "b", "c"]}
    merged = merge(base, {"facts": ["a", "x", "b", "c"]}, {"facts": ["a", "c"]})
    assert merged.document == {"facts": ["a", "x", "c"]} and not merged.conflicts


def test_true_is_not_one() -> None:
    assert merge({"a": 1}, {"a": True}, {"a": 1}).document == {"a": True}
    assert merge({"a": 1}, {"a": True}, {"a": 2}).conflicts == ["/a"]


def test_keys_with_slashes_are_escaped_in_pointers() -> None:
    base, mine, theirs = ({"a/b": {"c~d": value}} for value in (1, 2, 3))
    assert merge(base, mine, theirs).conflicts == ["/a~1b/c~0d"]
