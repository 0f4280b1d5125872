"""Rows that a linkage makes on a page keep the columns that their filler may not fill in, or not even see."""

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
from tests.builders.office import Browser, give, hire
from tests.records.making import add, field, form, make_app, text, values

PACK = form(
    "pack", text("product"),
    field("parts", "subform", fields=[text("part"), field("qty", "number"), field("cost", "money"), text("note")]),
    title="{product}",
)  # fmt: skip
FILL = {"key": "parts", "kind": "linkage", "form": "pack", "rights": "app",
        "where": {"field": "product", "op": "eq", "value": {"current": "product"}},
        "set": {f"lines.{key}": f"parts.{key}" for key in ("part", "qty", "cost", "note")}}  # fmt: skip
ORDER = form(
    "order", text("product"),
    field("lines", "subform", fields=[
        text("part"), field("qty", "number"), field("cost", "money"), text("note"),
        field("sum", "formula", formula="qty * cost", result="money"),
    ]),
    field("total", "formula", formula="SUM(lines.sum)", result="money"),
    rules=[FILL],
)  # fmt: skip
GRANTS = {
    "order": {"read": True, "create": True, "update": True, "fields": {"lines.cost": "hidden", "lines.note": "read",
              "lines.sum": "hidden", "total": "hidden"}},
}  # fmt: skip


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    app = make_app(database, PACK, ORDER, roles=({"key": "clerk", "name": "文员", "grants": GRANTS},))
    parts = [
        {"part": one, "qty": n, "cost": 10 * n, "note": f"备注{n}"}
        for n, one in enumerate(("帽", "芯", "壳"), 1)
    ]
    add(database, app, "pack", product="笔", parts=parts)
    return app


@pytest.fixture(scope="module")
def clerk(product: Flask, database: Database, app: str) -> Browser:
    member = hire(database, "小文").member_id
    give(database, app, "clerk", member)
    return Browser(product, database, member)


def filled_in(clerk: Browser, app: str) -> list[dict[str, Any]]:
    """What the page is told to put in when the product is chosen."""
    sent = {"_field": ["product", "lines"], "product": "笔", "_changed": "product", "_at": "1"}
    told = unescape(clerk.send(f"/a/{app}/order/compute", data=sent).text)
    facts = json.loads(re.search(r'hx-target="#form-facts"[^>]*>(.*?)</hx-partial>', told).group(1))  # type: ignore[union-attr]
    rows: list[dict[str, Any]] = facts["rows"]["lines"]["add"]
    return rows


def posted(rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {"_field": ["product", "lines"], "product": "笔", **more}
    for number, row in enumerate(rows):
        sent[f"_made.lines.n{number}"] = row["made"]
        sent |= {f"lines.n{number}.{key}": str(row["values"][key]) for key in ("part", "qty")}
    return sent


def lines(database: Database, app: str, record: int) -> list[tuple[Any, ...]]:
    rows = values(database, app, "order", record)["lines"] or ()
    return [tuple(row.values[key] for key in ("part", "qty", "cost", "note")) for row in rows]


def save(clerk: Browser, path: str, sent: dict[str, Any]) -> int:
    answer = clerk.send(path, data={"csrf": clerk.csrf, **sent})
    assert answer.status_code == 302, answer.text
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def test_the_page_is_not_told_what_its_filler_may_not_see(clerk: Browser, app: str) -> None:
    assert [set(row["values"]) for row in filled_in(clerk, app)] == [{"part", "qty", "note"}] * 3


def test_what_the_filler_has_no_cell_for_is_stored_beside_what_they_typed(
    clerk: Browser, app: str, database: Database
) -> None:
    rows = filled_in(clerk, app)
    rows[1]["values"]["qty"] = 9
    made = save(clerk, f"/a/{app}/order/new", posted([rows[2], rows[1]]))
    assert lines(database, app, made) == [("壳", 3, 30, "备注3"), ("芯", 9, 20, "备注2")]
    assert values(database, app, "order", made)["total"] == 270, "formulas know them too"


def test_the_same_when_a_record_is_changed(clerk: Browser, app: str, database: Database) -> None:
    made = add(database, app, "order", lines=[{"part": "own", "qty": 1, "cost": 5}])
    own = values(database, app, "order", made)["lines"][0].id
    rows = posted(
        filled_in(clerk, app)[:1], **{"lines.0.id": str(own), "lines.0.part": "own", "lines.0.qty": "1"}
    )
    save(clerk, f"/a/{app}/order/{made}/edit", {**rows, "_version": "1"})
    assert sorted(lines(database, app, made)) == [("own", 1, 5, None), ("帽", 1, 10, "备注1")]


@pytest.mark.parametrize("mark", ["parts:999999", "other:1", "parts", "parts:x"])
def test_a_row_of_one_s_own_gets_nothing_by_a_false_mark(
    clerk: Browser, app: str, database: Database, mark: str
) -> None:
    row = {"made": mark, "values": {"part": "mine", "qty": 1}}
    made = save(clerk, f"/a/{app}/order/new", posted([row]))
    assert lines(database, app, made) == [("mine", 1, None, None)]


def test_a_row_of_another_product_gets_nothing(clerk: Browser, app: str, database: Database) -> None:
    made = save(clerk, f"/a/{app}/order/new", {**posted(filled_in(clerk, app)), "product": "墨"})
    assert {one[2] for one in lines(database, app, made)} == {None}
