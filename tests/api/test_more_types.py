"""Ratings, times, addresses, places and texts with formats over the API, as OpenAPI describes them."""

from typing import Any

import pytest

from tests.api.caller import Caller
from tests.api.shop import field

FORM = {
    "key": "visit",
    "name": {"zh-CN": "拜访", "en": "Visit"},
    "title": "{name}",
    "fields": [
        field("name", "text"),
        field("stars", "rating"),
        field("at", "time"),
        field("place", "address"),
        field("here", "location"),
        field("code", "barcode"),
        field("story", "rich_text"),
        field("page", "tab"),
        field("city", "select", options_from={"form": "visit", "field": "name"}),
    ],
}


@pytest.fixture(scope="module")
def visits(boss: Caller) -> str:
    app = boss.ok("POST", "/apps", {"name": "拜访"})["key"]
    boss.ok("PUT", f"/apps/{app}/definitions/forms/visit", FORM)
    boss.ok("POST", f"/apps/{app}/publish", {})
    return f"/apps/{app}/forms/visit/records"


@pytest.mark.parametrize(
    ("key", "sent", "kept"),
    [
        ("stars", 4, "4"),
        ("stars", None, None),
        ("at", "9:05", "09:05:00"),
        (
            "place",
            "江苏省无锡市长江路 1 号",
            {
                "province": "江苏省",
                "city": "无锡市",
                "detail": "长江路 1 号",
                "text": "江苏省无锡市长江路 1 号",
            },
        ),
        (
            "place",
            {"province": "北京市", "district": "东城区"},
            {"province": "北京市", "district": "东城区", "text": "北京市东城区"},
        ),
        (
            "here",
            {"lat": 31.5, "lng": 120.25, "text": "厂区"},
            {"lat": "31.500000", "lng": "120.250000", "text": "厂区"},
        ),
        ("code", "SN-1", "SN-1"),
        ("story", "<p>好<img src=x onerror=alert(1)></p>", "<p>好</p>"),
    ],
)
def test_a_value_comes_back_in_its_one_shape(
    boss: Caller, visits: str, key: str, sent: Any, kept: Any
) -> None:
    made = boss.ok("POST", visits, {"values": {key: sent}})
    values = boss.ok("GET", f"{visits}/{made['id']}")["values"]
    assert values[key] == kept and "page" not in values
    boss.ok("PATCH", f"{visits}/{made['id']}", {"values": {key: values[key]}}, headers={"If-Match": "*"})
    assert boss.ok("GET", f"{visits}/{made['id']}")["values"][key] == kept


def test_faults_name_the_field(boss: Caller, visits: str) -> None:
    values = {"stars": 6, "at": "soon", "place": 5, "here": "there", "story": 1, "city": "nowhere"}
    assert boss.refused("POST", visits, {"values": values}) == {
        "/values/stars": "too_large",
        "/values/at": "not_a_time",
        "/values/place": "wrong_type",
        "/values/here": "not_a_location",
        "/values/story": "wrong_type",
        "/values/city": "unknown_option",
    }
