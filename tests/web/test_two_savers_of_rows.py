"""Two people change the rows of one record: rows are known by what they are, and nobody's are lost."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser, hire, line
from tests.records.making import add, change, form, make_app, text, values
from tests.web.filled_forms import inputs

GOODS = form("goods", text(), title="{name}")
ORDER = form(
    "order", text(), text("note"),
    line("lines", "subform", "明细", "Lines", fields=[
        line("goods", "link", "货品", "Goods", form="goods"),
        line("qty", "number", "数量", "Quantity"),
        line("price", "money", "单价", "Price"),
        line("sum", "formula", "小计", "Sum", formula="qty * price", result="money"),
    ]),
)  # fmt: skip


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


class Desk:
    """An order of three lines, open in my browser."""

    def __init__(self, product: Flask, database: Database) -> None:
        self.database = database
        self.app = make_app(database, GOODS, ORDER)
        self.goods = [
            add(database, self.app, "goods", name=name) for name in ("AOI-300", "AOI-200", "AXI-100")
        ]
        lines = [{"goods": one, "qty": n, "price": 10} for n, one in enumerate(self.goods, 1)]
        self.record = add(database, self.app, "order", name="单", lines=lines)
        self.ids = [row.id for row in self.rows()]
        self.boss = Browser(product, database, hire(database, administrator=True).member_id)
        self.place = f"/a/{self.app}/order/{self.record}/edit"
        self.mine = inputs(self.boss.page(self.place))

    def rows(self) -> list[Any]:
        return list(values(self.database, self.app, "order", self.record)["lines"] or ())

    def stored(self) -> list[tuple[str, int, int]]:
        names = dict(zip(self.goods, "abc", strict=True))
        return [
            (names[row.values["goods"]], int(row.values["qty"]), int(row.values["price"]))
            for row in self.rows()
        ]

    def they(self, *lines: dict[str, Any]) -> None:
        """The other one saves these lines."""
        change(self.database, self.app, "order", self.record, lines=list(lines))

    def line(self, number: int, **sent: Any) -> dict[str, Any]:
        return {"id": self.ids[number], **sent}

    def leave_out(self, number: int) -> None:
        """I delete one of my rows."""
        for name in [one for one in self.mine if one.startswith(f"lines.{number}.")]:
            self.mine.pop(name)

    def save(self) -> tuple[int, str]:
        answer = self.boss.send(self.place, data=self.mine)
        if answer.status_code == 412:
            self.mine = inputs(answer.text)
        return answer.status_code, unescape(answer.text)


@pytest.fixture
def desk(product: Flask, database: Database) -> Desk:
    return Desk(product, database)


def clashes(page: str) -> list[tuple[str, str, str]]:
    """Of each clash its place, their version and mine, as one reads them."""
    body = re.search(r'<table class="table merge">.*?<tbody>(.*?)</tbody>', page, re.S)
    assert body is not None, page
    return [
        tuple(re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S))  # type: ignore[misc]
        for row in re.findall(r"<tr.*?</tr>", body[1], re.S)
    ]


def test_different_rows_and_columns_and_a_new_row_of_each_merge_by_themselves(desk: Desk) -> None:
    desk.they(
        desk.line(0, qty=7), desk.line(1), desk.line(2, price=30),
        {"goods": desk.goods[0], "qty": 100, "price": 1},
    )  # fmt: skip
    desk.mine["lines.1.price"] = "20"
    desk.mine["lines.2.qty"] = "9"
    desk.mine["lines.n1.goods"] = str(desk.goods[1])
    desk.mine["lines.n1.qty"], desk.mine["lines.n1.price"] = "200", "1"
    assert desk.save()[0] == 302
    first, new = desk.stored()[:3], desk.stored()[3:]
    assert first == [("a", 7, 10), ("b", 2, 20), ("c", 9, 30)]
    assert sorted(new) == [("a", 100, 1), ("b", 200, 1)]
    assert [row.id for row in desk.rows()][:3] == desk.ids


def test_a_row_that_the_other_deleted_goes_if_i_left_it_alone_and_no_other_does(desk: Desk) -> None:
    desk.they(desk.line(0), desk.line(2))
    desk.mine["lines.2.qty"] = "77"
    assert desk.save()[0] == 302
    assert desk.stored() == [("a", 1, 10), ("c", 77, 10)]


@pytest.mark.parametrize("take", ["mine", "theirs"])
def test_what_i_typed_into_a_row_that_the_other_deleted_stays_with_it(desk: Desk, take: str) -> None:
    desk.they(desk.line(0), desk.line(2))
    desk.mine["lines.1.qty"] = "77"
    status, page = desk.save()
    assert status == 412
    ((place, theirs, mine),) = clashes(page)
    assert place == "明细 第 2 行"
    assert theirs.endswith("已删除这一行") and "货品 AOI-200，数量 77" in mine
    assert [desk.mine[f"lines.{n}.qty"] for n in range(3)] == ["1", "77", "3"]
    assert [desk.mine.get(f"lines.{n}.id") for n in range(3)] == [str(desk.ids[0]), None, str(desk.ids[2])]
    desk.mine["_take.lines.1"] = take
    assert desk.save()[0] == 302
    kept = [("b", 77, 10)] if take == "mine" else []
    assert desk.stored() == [("a", 1, 10), *kept, ("c", 3, 10)]


@pytest.mark.parametrize("take", ["mine", "theirs"])
def test_one_cell_that_both_changed_shows_both_rows_in_words(desk: Desk, take: str) -> None:
    desk.they(desk.line(0), desk.line(1, qty=5, price=99), desk.line(2))
    desk.mine["lines.1.qty"] = "6"
    desk.mine["lines.0.price"] = "11"
    status, page = desk.save()
    assert status == 412
    ((place, theirs, mine),) = clashes(page)
    assert place == "明细 第 2 行"
    assert "货品 AOI-200，数量 5，单价 ¥99.00" in theirs and "货品 AOI-200，数量 6，单价 ¥99.00" in mine
    assert (desk.mine["lines.1.qty"], desk.mine["lines.0.price"]) == ("6", "11")
    desk.mine["_take.lines.1"] = take
    assert desk.save()[0] == 302
    assert desk.stored() == [("a", 1, 11), ("b", 6 if take == "mine" else 5, 99), ("c", 3, 10)]


@pytest.mark.parametrize("take", ["mine", "theirs"])
def test_a_row_that_i_deleted_and_the_other_changed_is_asked_about(desk: Desk, take: str) -> None:
    desk.they(desk.line(0), desk.line(1, qty=5), desk.line(2))
    desk.leave_out(1)
    status, page = desk.save()
    assert status == 412
    ((place, theirs, mine),) = clashes(page)
    assert place == "明细 第 2 行" and "AOI-200，数量 5" in theirs and mine.endswith("已删除这一行")
    desk.mine[f"_take.lines.id{desk.ids[1]}"] = take
    assert desk.save()[0] == 302
    assert sorted(desk.stored()) == [
        ("a", 1, 10), *([("b", 5, 10)] if take == "theirs" else []), ("c", 3, 10),
    ]  # fmt: skip


def test_what_cannot_be_read_stays_as_it_was_typed_beside_the_other_s_changes(desk: Desk) -> None:
    desk.they(desk.line(0, qty=4), desk.line(2), desk.line(1, price=8))
    desk.mine["lines.1.qty"] = "viele"
    answer = desk.boss.send(desk.place, data=desk.mine)
    assert answer.status_code == 422
    again: MultiDict[str, str] = inputs(answer.text)
    assert [again[f"lines.{n}.id"] for n in range(3)] == [str(desk.ids[n]) for n in (0, 2, 1)]
    assert [again[f"lines.{n}.qty"] for n in range(3)] == ["4", "3", "viele"]
    assert again["lines.2.price"] == "8.00"
