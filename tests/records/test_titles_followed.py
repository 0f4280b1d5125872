"""A title says today's words: of options, units and members."""

from typing import Any

from engine.access import people
from engine.access.member_values import MemberValues
from engine.platform.database import Database
from engine.platform.performing import run_due
from engine.records.reading.query import Query, query
from tests.records.making import ENGINE, add, field, form, live_of, make_app, person, republish, stored, text


def found(database: Database, app: str, words: str) -> list[int]:
    with database.connect() as connection:
        page = query(connection, live_of(database, app), "deal", ENGINE, Query(search=words))
    return [one.id for one in page.records]


def test_a_title_says_the_label_that_an_option_has_now(database: Database) -> None:
    def deal(label: str) -> dict[str, Any]:
        stage = field("stage", "select", options=[{"value": "won", "label": label}])
        return form("deal", text(), stage, title="{name} {stage}")

    app = make_app(database, deal("赢单"))
    one = add(database, app, "deal", name="大单", stage="won")
    republish(database, app, deal("成交"))
    run_due(database)
    assert stored(database, app, "deal", one).title == "大单 成交"
    assert found(database, app, "成交") == [one] and found(database, app, "赢单") == []


def test_a_title_says_a_number_as_its_field_does_now(database: Database) -> None:
    def deal(**more: Any) -> dict[str, Any]:
        return form("deal", text(), field("size", "number", **more), title="{name} {size}")

    app = make_app(database, deal(unit="kg"))
    one = add(database, app, "deal", name="大单", size="1234.5")
    republish(database, app, deal(unit="t", thousands=True))
    run_due(database)
    assert stored(database, app, "deal", one).title == "大单 1,234.5 t"


def test_a_title_follows_the_name_of_a_member(database: Database) -> None:
    app = make_app(
        database,
        form("deal", text(), field("who", "member"), title="{name} {who}"),
        form("note", text(), field("who", "member")),
    )
    with database.begin() as connection:
        seller = person(connection, f"阿强{app}").member_id
        friend = person(connection, f"小美{app}").member_id
    one, other = (add(database, app, "deal", name="大单", who=who) for who in (seller, friend))
    with database.begin() as connection:
        people.change(connection, seller, MemberValues.read({"name": f"王强{app}"}), author=ENGINE)
    run_due(database)
    assert stored(database, app, "deal", one).title == f"大单 王强{app}"
    assert stored(database, app, "deal", other).title == f"大单 小美{app}"
    assert found(database, app, f"王强{app}") == [one] and found(database, app, f"阿强{app}") == []
