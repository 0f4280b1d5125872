"""A new record's form follows the formulas that are its defaults, and lookups follow the link that was chosen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
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
