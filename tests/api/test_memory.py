"""A process that runs for months does not keep what was once published."""

import gc
import weakref

from flask import Flask

from engine.definitions import live
from engine.platform.database import Database
from tests.api.caller import Caller
from tests.api.shop import field

IS_KEY = 'IF(level = "重点", 1, 0)'


def test_forms_that_were_published_over_leave_the_memory(boss: Caller, shop: str, flask_app: Flask) -> None:
    opened: Database = flask_app.extensions["jianflow.database"]
    place = f"{shop}/definitions/forms/customer"
    seen = []
    for label in ("一", "二", "三", "四"):
        now = boss("GET", place)
        fields = [one for one in now.json["fields"] if one["key"] != "key"] + [
            field("key", "formula", formula=IS_KEY)
        ]
        changed = {**now.json, "name": label, "fields": fields}
        boss.ok("PUT", place, changed, headers={"If-Match": now.headers["ETag"]})
        boss.ok("POST", f"{shop}/publish", {"only": [{"kind": "forms", "key": "customer"}]})
        records = f"{shop}/forms/customer/records"
        made = boss.ok("POST", records, {"values": {"name": f"客户{label}", "level": "A"}})
        boss.ok("PATCH", f"{records}/{made['id']}", {"values": {"name": f"改名{label}"}})
        boss.ok("POST", f"{records}/query", {"where": {"field": "level", "op": "eq", "value": "A"}})
        boss.ok("POST", f"{records}/aggregate", {"measures": [{"fn": "count", "as": "n"}]})
        with opened.begin() as connection:
            seen.append(weakref.ref(live.load(connection, shop.split("/")[-1]).form("customer")))
    gc.collect()
    assert [one() is None for one in seen] == [True, True, True, False]
