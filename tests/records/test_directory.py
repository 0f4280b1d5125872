"""Whom a typed text names: a phone number or an address tells nobody but an administrator whose it is."""

from typing import Any

import pytest

from engine.access.viewer import Viewer
from engine.exchange.mapping import Lookup
from engine.exchange.names import MemberNames
from engine.platform.database import Database
from engine.records.reading.directory import directory_for
from tests.records.making import person

KNOWN = {"phone": "13911119876", "email": "zhou@example.cn"}


@pytest.fixture(scope="module")
def zhou(database: Database) -> Viewer:
    with database.begin() as connection:
        return person(connection, "周一敏", account="zhouyimin1", **KNOWN)


@pytest.mark.parametrize("administrator", [True, False])
def test_only_an_administrator_finds_people_by_phone_and_address(
    database: Database, zhou: Viewer, administrator: bool
) -> None:
    more: dict[str, Any] = {"administrator": True} if administrator else {}
    with database.begin() as connection:
        asker = person(connection, f"问的人{administrator}", account=f"asker{administrator}", **more)
        directory = directory_for(connection, None, asker)
        names = MemberNames(connection, asker, Lookup("name", "reject"))
        names.learn(["周一敏", "zhouyimin1", *KNOWN.values()])
        for text in ("周一敏", "zhouyimin1"):
            assert list(directory.find("member", None, text)) == [zhou.member_id]
            assert names.find(text) == zhou.member_id
        for text in KNOWN.values():
            if administrator:
                assert names.find(text) == zhou.member_id
            else:
                assert list(directory.find("member", None, text)) == []
                assert names.find(text) != zhou.member_id
