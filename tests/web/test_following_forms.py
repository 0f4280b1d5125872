"""A new record's form follows the formulas that are its defaults, and lookups follow the link that was chosen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from json import loads
from pathlib import Path
from typing import Any

import pytest

from engine.access.viewer import Viewer
from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.builders.office import Browser, give, hire
from tests.records.making import add, field, form, make_app, text, values

CLERK = {
    "key": "clerk",
    "name": "Clerk",
    "grants": {
        "person": {"read": True, "fields": {"level": "hidden"}},
        "deal": {"read": True, "create": True},
    },
}


@dataclass(frozen=True)
class Office:
    app: str
    people: list[int]
    boss: Browser
    clerk: Browser
    me: Viewer
    database: Database

    @property
    def place(self) -> str:
        return f"/a/{self.app}/deal"

    def worked_out(self, browser: Browser | None = None, **typed: Any) -> str:
        """What a half-filled form is told."""
        fields = [("_field", key) for key in ("name", "greeting", "who")]
        data = [*fields, *typed.items()]
        answer = (browser or self.boss).send(f"{self.place}/compute", data=dict_of(data))
        assert answer.status_code == 200, answer.text
        return answer.text

    def made(self, **typed: Any) -> dict[str, Any]:
        """The record that a filled-in form makes."""
        data = dict_of([*[("_field", key) for key in ("name", "greeting")], *typed.items()])
        answer = self.boss.send(f"{self.place}/new", data=data)
        assert answer.status_code == 302, answer.text
        return values(self.database, self.app, "deal", int(answer.headers["Location"].rsplit("/", 1)[1]))


def dict_of(pairs: list[tuple[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(str(value))
    return found


@pytest.fixture(scope="module")
def office(database: Database, data_folder: Path) -> Iterator[Office]:
    app = make_app(
        database,
        form("person", text(), field("level", "text"), title="{name}"),
        form(
            "deal",
            text(),
            field("greeting", "text", default={"formula": 'name & "!"'}),
            field("loud", "formula", formula="UPPER(greeting)", result="text"),
            field("who", "link", form="person"),
            field("their_level", "lookup", via="who", field="level"),
            title="{name}",
        ),
        roles=(CLERK,),
    )
    url = database.engine.url.render_as_string(hide_password=False)
    product = create_app(
        Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url)
    )
    me = hire(database, "陈", administrator=True)
    clerk = hire(database, "客")
    give(database, app, "clerk", clerk.member_id)
    people = [
        add(database, app, "person", name=name, level=level)
        for name, level in (("张", "金牌"), ("李", "银牌"))
    ]
    boss, other = (Browser(product, database, one.member_id) for one in (me, clerk))
    yield Office(app, people, boss, other, me, database)
    product.extensions["jianflow.database"].close()


def test_a_default_by_formula_follows_what_is_typed_until_somebody_types_there(office: Office) -> None:
    assert re.search('name="greeting"[^>]* value="!"', office.boss.page(f"{office.place}/new"))
    told = office.worked_out(name="acme", greeting="!", _typed="name", _changed="name")
    assert "acme!" in told and "ACME!" in told and "defaults" in told
    own = office.worked_out(name="acme", greeting="mine", _typed="name greeting", _changed="name")
    assert "acme!" not in own and "MINE" in own
    assert "acme!" not in office.worked_out(name="acme", greeting="", _changed="name"), (
        "no script, no following"
    )


def test_what_is_saved_is_the_formula_unless_somebody_typed_there(office: Office) -> None:
    assert office.made(name="acme", greeting="ac!", _typed="name")["greeting"] == "acme!"
    assert office.made(name="acme", greeting="mine", _typed="name greeting")["greeting"] == "mine"
    assert office.made(name="acme", greeting="", _typed="name greeting")["greeting"] is None
    assert office.made(name="acme", greeting="early")["greeting"] == "early", (
        "typed before the script had come"
    )
    assert office.made(name="acme", greeting="")["greeting"] == "acme!"


def test_what_an_address_gives_is_not_taken_for_a_default(office: Office) -> None:
    page = office.boss.page(f"{office.place}/new?greeting=hello")
    assert 'typed="greeting"' in page and 'value="hello"' in page


def test_a_lookup_shows_what_stands_behind_the_link_that_was_just_chosen(office: Office) -> None:
    first, second = office.people
    record = add(office.database, office.app, "deal", office.me, name="单", who=first)
    assert "金牌" in office.boss.page(f"{office.place}/{record}/edit")
    changed = office.worked_out(name="单", who=second, _record=record, _changed="who")
    assert "银牌" in changed and "金牌" not in changed
    assert "银牌" in office.worked_out(name="新", who=second, _typed="who")
    assert "银牌" in office.boss.page(f"{office.place}/new?who={second}")
    assert "银牌" not in office.worked_out(office.clerk, name="新", who=second, _typed="who")
    assert "银牌" not in office.clerk.page(f"{office.place}/new?who={second}")


def test_a_subform_that_needs_rows_begins_with_them_and_untouched_they_count_for_nothing(
    office: Office,
) -> None:
    lines = field("lines", "subform", min_rows=2, fields=[field("item", "text", required=True)])
    app = make_app(office.database, form("order", text(), lines, title="{name}"))
    page = office.boss.page(f"/a/{app}/order/new")
    names = re.findall(r'name="(lines\.b\d+\.item)"', page)
    assert names == ["lines.b0.item", "lines.b1.item"]
    sent = {"_field": ["name", "lines"], "name": "x", names[0]: "a", names[1]: "", "_cell": names}
    answer = office.boss.send(f"/a/{app}/order/new", data=sent)
    assert answer.status_code == 422 and "至少 2 行" in answer.text
    answer = office.boss.send(f"/a/{app}/order/new", data={**sent, names[1]: "b"})
    assert answer.status_code == 302


@pytest.fixture(scope="module")
def orders(office: Office) -> str:
    """The address of a form whose rows have defaults."""
    product = form("item", text(), field("price", "number"), title="{name}")
    lines = field(
        "lines",
        "subform",
        fields=[
            field("item", "link", form="item", fill={"price": "price"}),
            field("qty", "number", default=1),
            field("price", "number", default={"formula": "7"}),
            field("twice", "number", default={"formula": "qty * 2 + rate"}),
            field("sum", "formula", formula="twice * 10", result="number"),
        ],
    )
    order = form("order", text(), field("rate", "number", default={"formula": "3"}), lines, title="{name}")
    return f"/a/{make_app(office.database, product, order)}/order"


def facts(answer: str) -> dict[str, Any]:
    """What a form under way is told, by input name."""
    found: dict[str, Any] = loads(
        unescape(re.findall(r"<hx-partial[^>]*form-facts[^>]*>(.*?)</hx-partial>", answer)[0])
    )
    return found


def posted(*typed: str, **cells: Any) -> dict[str, list[str]]:
    """A new row `n1` among what a form holds; `typed` are the inputs that somebody has typed into."""
    row = {f"lines.n1.{key}": cells.get(key, "") for key in ("item", "qty", "price", "twice")}
    fields = [("_field", key) for key in ("name", "rate", "lines")]
    above = [("name", cells.get("name", "x")), ("rate", cells.get("rate", "3")), ("_typed", " ".join(typed))]
    return dict_of([*fields, *above, *row.items()])


def test_a_new_row_shows_its_defaults_until_somebody_types_there(office: Office, orders: str) -> None:
    added = office.boss.send(f"{orders}/compute", data=posted()).text
    told = facts(added)
    assert told["values"] == {"lines.n1.qty": "1", "lines.n1.twice": "5"}
    assert {"lines.n1.qty", "lines.n1.twice"} <= set(told["defaults"])
    assert "50" in added, "what reads it follows"
    more = posted("lines.n1.qty", qty="4", twice="5")
    assert facts(office.boss.send(f"{orders}/compute", data=more).text)["values"] == {"lines.n1.twice": "11"}
    own = posted("lines.n1.qty", "lines.n1.twice", qty="4", twice="9")
    assert "values" not in facts(office.boss.send(f"{orders}/compute", data=own).text)


def test_what_a_row_shows_by_default_is_saved_and_a_row_of_nothing_else_is_none(
    office: Office, orders: str
) -> None:
    def saved(**sent: Any) -> list[dict[str, Any]]:
        answer = office.boss.send(f"{orders}/new", data=posted(*sent.pop("typed", ()), **sent))
        assert answer.status_code == 302, answer.text
        number = int(answer.headers["Location"].rsplit("/", 1)[1])
        return [
            dict(row.values)
            for row in values(office.database, orders.split("/")[2], "order", number)["lines"] or ()
        ]

    [row] = saved(typed=["lines.n1.price"], price="2", qty="1", twice="5")
    assert (row["qty"], row["price"], row["twice"], row["sum"]) == (1, 2, 5, 50)
    [row] = saved(typed=["lines.n1.qty", "lines.n1.twice"], qty="", twice="8")
    assert (row["qty"], row["twice"]) == (None, 8), "an emptied cell stays empty"
    assert saved(qty="1", twice="5") == []


def test_a_row_in_a_record_that_is_changed_shows_its_defaults_too(office: Office, orders: str) -> None:
    app = orders.split("/")[2]
    record = add(office.database, app, "order", office.me, name="old", lines=[{"qty": 2, "twice": None}])
    assert 'typed=""' in office.boss.page(f"{orders}/{record}/edit")
    told = facts(office.boss.send(f"{orders}/compute", data=posted() | {"_record": [str(record)]}).text)
    assert told["values"]["lines.n1.qty"] == "1"


def test_a_refused_form_keeps_what_was_typed_into_new_rows(office: Office, orders: str) -> None:
    sent = posted("lines.n1.qty", "lines.n1.price", qty="many", price="2", twice="5")
    answer = office.boss.send(f"{orders}/new", data=sent)
    assert answer.status_code == 422
    assert re.search('name="lines.0.qty"[^>]* value="many"', answer.text)
    assert 'typed="lines.0.qty lines.0.price"' in answer.text
