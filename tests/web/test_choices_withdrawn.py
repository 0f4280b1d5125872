"""A choice that another field has ruled out goes from the page at once, in rows of a subform as well."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser, hire
from tests.records.making import field, form, make_app

PROVINCE = field("province", "select", options=[{"value": "gd"}, {"value": "zj"}])
CITY = field("city", "select", options=[{"value": "sz"}, {"value": "hz"}])
SHOPS = field("shops", "multi_select", options=[{"value": "a"}, {"value": "b"}])
ALLOW = {"gd": ["sz"], "zj": ["hz"]}
PLACE = form(
    "place",
    PROVINCE,
    CITY,
    SHOPS,
    field("stops", "subform", fields=[PROVINCE, CITY]),
    rules=[
        {"key": "city", "kind": "options", "field": "city", "by": "province", "allow": ALLOW},
        {"key": "shop", "kind": "options", "field": "shops", "by": "province", "allow": {"zj": ["b"]}},
        {"key": "stop", "kind": "options", "inside": "stops", "field": "stops.city", "by": "province", "allow": ALLOW},
    ],
)  # fmt: skip


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


def test_what_is_no_longer_offered_is_taken_back_where_it_stands(product: Flask, database: Database) -> None:
    app = make_app(database, PLACE)
    boss = Browser(product, database, hire(database, "陈", administrator=True).member_id)

    def told(changed: str, **sent: Any) -> dict[str, Any]:
        data = {"_field": ["province", "city", "shops", "stops"], "_changed": changed, "_at": "1", **sent}
        answer = unescape(boss.send(f"/a/{app}/place/compute", data=data).text)
        facts = json.loads(re.search(r'hx-target="#form-facts"[^>]*>(.*?)</hx-partial>', answer).group(1))  # type: ignore[union-attr]
        assert set(facts.get("force", ())) == set(facts.get("values", {}))
        return dict(facts.get("values", {}))

    assert told("province", province="zj", city="sz", shops=["a", "b"]) == {"city": None, "shops": ["b"]}
    assert told("city", province="zj", city="sz") == {}, (
        "what one chooses oneself is said to be wrong, not taken away"
    )
    rows = {
        "stops.n1.province": "gd", "stops.n1.city": "sz", "stops.n2.province": "gd", "stops.n2.city": "hz",
        "stops.n3.province": "", "stops.n3.city": "hz",
    }  # fmt: skip
    assert told("stops.n2.province", **rows) == {"stops.n2.city": None}
    assert told("stops.n2.city", **rows) == {}
