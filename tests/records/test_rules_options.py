"""Option linkage: what may be chosen depends on what is chosen elsewhere."""

from typing import Any

import pytest

from engine.platform.database import Database
from engine.platform.errors import Invalid
from tests.records.making import add, change, field, form, make_app, republish, values

PROVINCE = field("province", "select", options=[{"value": one} for one in ("gd", "zj", "hk")])
CITY = field(
    "city",
    "select",
    options=[{"value": one, "label": one.title()} for one in ("shenzhen", "guangzhou", "hangzhou", "other")],
)
TAGS = field("tags", "multi_select", options=[{"value": one} for one in ("a", "b", "c")])
BY = {
    "key": "cities",
    "kind": "options",
    "field": "city",
    "by": "province",
    "allow": {"gd": ["shenzhen", "guangzhou", "other"], "zj": ["hangzhou", "other"]},
}


def place(*rules: dict[str, Any]) -> dict[str, Any]:
    return form(
        "place", PROVINCE, CITY, TAGS, field("lines", "subform", fields=[PROVINCE, CITY]), rules=list(rules)
    )


def refused(call: Any, *args: Any, **sent: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        call(*args, **sent)
    return {fault.pointer: fault.code for fault in refusal.value.faults}


def test_an_option_that_does_not_go_with_the_other_is_refused(database: Database) -> None:
    app = make_app(database, place(BY))
    made = add(database, app, "place", province="gd", city="shenzhen")
    assert refused(change, database, app, "place", made, province="zj") == {
        "/values/city": "option_not_offered"
    }
    change(database, app, "place", made, province="zj", city="other")
    change(database, app, "place", made, province="hk", city="hangzhou")
    change(database, app, "place", made, province=None, city="guangzhou")
    assert values(database, app, "place", made)["city"] == "guangzhou"


def test_each_row_has_its_own_options(database: Database) -> None:
    inside = {**BY, "inside": "lines", "field": "lines.city"}
    app = make_app(database, place(inside))
    lines = [{"province": "gd", "city": "shenzhen"}, {"province": "zj", "city": "shenzhen"}]
    assert refused(add, database, app, "place", province="zj", lines=lines) == {
        "/values/lines/1/city": "option_not_offered"
    }


def test_two_rules_narrow_together_and_a_condition_says_when(database: Database) -> None:
    only = {
        "key": "only", "kind": "options", "field": "tags", "allow": ["a", "b"],
        "when": {"field": "province", "op": "eq", "value": "gd"},
    }  # fmt: skip
    app = make_app(database, place(only, {**only, "key": "less", "allow": ["b", "c"]}))
    add(database, app, "place", province="zj", tags=["a", "c"])
    assert refused(add, database, app, "place", province="gd", tags=["a", "b"]) == {
        "/values/tags": "option_not_offered"
    }
    add(database, app, "place", province="gd", tags=["b"])


def test_a_record_that_broke_the_linkage_before_it_stays_editable(database: Database) -> None:
    app = make_app(database, place())
    made = add(database, app, "place", province="zj", city="shenzhen", tags=["a"])
    told = republish(database, app, place(BY)).warnings
    assert any("1" in str(one) for one in told)
    change(database, app, "place", made, tags=["b"])
    assert refused(change, database, app, "place", made, city="guangzhou") == {
        "/values/city": "option_not_offered"
    }


def test_a_linkage_of_options_that_are_not_there_is_refused_with_its_place(database: Database) -> None:
    app = make_app(database, place())
    wrong = {**BY, "allow": {"gd": ["paris"], "nowhere": ["other"]}}
    with pytest.raises(Invalid) as refusal:
        republish(database, app, place(wrong))
    assert [(one.pointer.removeprefix("/forms/place/rules/"), one.code) for one in refusal.value.faults] == [
        ("0/allow/gd/0", "unknown_option"),
        ("0/allow/nowhere", "unknown_option"),
    ]
    with pytest.raises(Invalid):
        republish(database, make_app(database, place()), place({**BY, "by": "city"}))


def test_a_third_level_goes_with_the_first_while_the_second_is_empty(database: Database) -> None:
    options = [{"value": one} for one in ("nanshan", "tianhe", "xihu")]
    district = field("district", "select", options=options)
    third = {
        "key": "districts",
        "kind": "options",
        "field": "district",
        "by": "city",
        "allow": {"shenzhen": ["nanshan"], "guangzhou": ["tianhe"], "hangzhou": ["xihu"], "other": []},
    }
    app = make_app(database, form("place", district, CITY, PROVINCE, rules=[third, BY]))
    made = add(database, app, "place", province="gd", city="shenzhen", district="nanshan")
    assert refused(change, database, app, "place", made, province="zj", city=None) == {
        "/values/district": "option_not_offered"
    }
    assert refused(add, database, app, "place", province="zj", district="tianhe") == {
        "/values/district": "option_not_offered"
    }
    add(database, app, "place", province="zj", district="xihu")
    change(database, app, "place", made, province="zj", city=None, district=None)
    change(database, app, "place", made, province=None, district="tianhe")
