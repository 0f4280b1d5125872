"""A board: each lane with its own first cards, as its viewer may read them, all asked for at once."""

from typing import Any

import pytest

from engine.access.viewer import Viewer, viewer_for
from engine.platform.database import Database
from engine.web.lists import kanban
from engine.web.lists.listing import Asked, Listing
from tests.builders.office import give, hire
from tests.records.making import add, field, form, live_of, make_app, text
from tests.statements import all_statements

OPTIONS = [{"value": f"s{n}", "label": f"阶段{n}"} for n in range(12)]
BOARD = {
    "key": "board",
    "name": "看板",
    "kind": "kanban",
    "group_by": "stage",
    "sort": [{"field": "amount", "desc": True}],
}
PEOPLE = {"key": "people", "name": "按人", "kind": "kanban", "group_by": "seller"}
DEAL = form(
    "deal", text(), field("stage", "select", options=OPTIONS), field("amount", "money"), field("seller", "member"),
    field("tags", "multi_select", options=OPTIONS[:3]), title="{name}", views=[BOARD, PEOPLE],
)  # fmt: skip
LARGE = {"field": "amount", "op": "gte", "value": 20}
ROLES = (
    {"key": "some", "name": "some", "grants": {"deal": {"read": {"where": LARGE}, "fields": {"seller": "hidden"}}}},
)  # fmt: skip


@pytest.fixture(scope="module")
def boss(database: Database) -> Viewer:
    return hire(database, "陈", administrator=True)


@pytest.fixture(scope="module")
def app(database: Database, boss: Viewer) -> str:
    made = make_app(database, DEAL, roles=ROLES)
    for n in range(140):
        stage = None if n % 10 == 9 else f"s{n % 3 if n < 110 else n % 12}"
        amount = None if n % 7 == 0 else str(n)
        add(database, made, "deal", name=f"单{n}", stage=stage, amount=amount, tags=["s1"],
            seller=boss.member_id if n % 2 else None)  # fmt: skip
    return made


def opened(database: Database, app: str, viewer: Viewer, view: str, connection: Any) -> Listing:
    live = live_of(database, app)
    return Listing.open(connection, live, live.form("deal"), viewer, view)


@pytest.mark.parametrize("view", ["board", "people"])
@pytest.mark.parametrize("role", ["", "some"])
@pytest.mark.parametrize("where", [None, {"field": "name", "op": "contains", "value": "1"}])
def test_each_lane_of_a_board_has_the_cards_that_it_has_alone(
    database: Database, app: str, boss: Viewer, view: str, role: str, where: Any
) -> None:
    member = boss.member_id if not role else hire(database).member_id
    if role:
        give(database, app, role, member)
    with database.connect() as connection:
        who = viewer_for(connection, member)
        listing = opened(database, app, who, view, connection)
        asked = Asked(where, list(listing.view.get("sort") or ()), None, None)
        board = kanban.board(connection, listing, asked)
        if role and view == "people":
            assert board is None  # its field is hidden
            return
        assert board is not None
        for lane in board.lanes:
            alone = kanban.lane_cards(connection, listing, asked, lane.value, 0) if lane.count else []
            assert [card.id for card in lane.cards] == [card.id for card in alone]
            assert len(lane.cards) == min(lane.count, kanban.CARDS)
        assert max(len(lane.cards) for lane in board.lanes) == kanban.CARDS or where or role


def test_a_board_of_many_lanes_takes_no_more_statements_than_one_of_few(
    database: Database, app: str, boss: Viewer
) -> None:
    counted = {}
    with database.connect() as connection:
        listing = opened(database, app, boss, "board", connection)
        for most in (1, 12):
            where = {"field": "stage", "op": "in", "value": [f"s{n}" for n in range(most)]}
            kanban.board(connection, listing, Asked(where, [], None, None))
            with all_statements(connection) as sent:
                board = kanban.board(connection, listing, Asked(where, [], None, None))
            assert board is not None and sum(bool(lane.cards) for lane in board.lanes) == most
            counted[most] = len(sent)
    assert counted[12] == counted[1], counted
