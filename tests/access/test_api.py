"""Members, departments, roles and keys over the REST API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.access import api_keys, people, setup
from engine.access.member_values import MemberValues
from engine.access.viewer import viewer_for
from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from templates_gallery import gallery
from tests.access.conftest import PASSWORD
from tests.builders.office import Browser


class Caller:
    """Somebody with a key."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}"}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        answer = self.client.open(
            f"/api/v1{path}", method=method, json=body, headers={**self.headers, **headers}
        )
        return answer.status_code, answer.get_json(silent=True)


@pytest.fixture
def client(empty_database: Database, tmp_path: Path) -> Iterator[FlaskClient]:
    url = empty_database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=tmp_path, secret_key="for tests only", database_url=url))
    yield app.test_client()
    app.extensions["jianflow.database"].close()


@pytest.fixture
def boss(client: FlaskClient, empty_database: Database) -> Caller:
    member = setup.set_up(empty_database, "晶创科技", "陈老板", "boss@example.cn", PASSWORD, "zh-CN")
    with empty_database.begin() as connection:
        return Caller(client, api_keys.issue(connection, member))


@pytest.fixture
def li(client: FlaskClient, boss: Caller, empty_database: Database) -> Caller:
    sent = {"name": "李想", "account": "lixiang", "phone": "13800138000", "password": PASSWORD}
    with empty_database.begin() as connection:
        made = people.create(connection, MemberValues.read(sent), author=viewer_for(connection, 1))
        return Caller(client, api_keys.issue(connection, made.id))


def places(problem: dict[str, Any]) -> dict[str, str]:
    return {one["pointer"]: one["code"] for one in problem["errors"]}


def test_an_administrator_makes_changes_and_lists_members(boss: Caller) -> None:
    _, department = boss("POST", "/departments", {"name": "销售部"})
    status, made = boss(
        "POST", "/members", {"name": "王敏", "phone": "139 0013 9000", "department": department["id"]}
    )
    assert status == 201
    assert made["state"] == "invited"
    assert made["phone"] == "13900139000"
    assert made["department"] == {"id": department["id"], "title": "销售部"}
    status, changed = boss(
        "PATCH", f"/members/{made['id']}", {"password": PASSWORD, "state": "active", "superior": {"id": 1}}
    )
    assert (status, changed["state"]) == (200, "active")
    assert changed["superior"] == {"id": 1, "title": "陈老板"}
    assert boss("GET", "/members?state=active")[1]["rows"][-1] == changed
    assert boss("GET", "/departments")[1] == {
        "rows": [{"id": department["id"], "name": "销售部", "parent": None, "head": None}]
    }


def test_who_may_not_is_told_so_before_what_is_wrong_with_the_body(li: Caller) -> None:
    for method, path in (
        ("POST", "/members"),
        ("PATCH", "/members/1"),
        ("POST", "/departments"),
        ("POST", "/members/1/api-keys"),
    ):
        assert li(method, path, {"nonsense": 1})[0] == 403, path
    assert "phone" not in li("GET", "/members/1")[1]
    assert li("GET", "/members/2")[1]["phone"] == "13800138000"


def test_every_fault_is_told_by_its_pointer(boss: Caller) -> None:
    status, problem = boss(
        "POST", "/members", {"phone": "12", "department": "x", "also_in": [True], "age": 3}
    )
    assert status == 422
    assert places(problem) == {
        "/phone": "invalid_phone",
        "/department": "wrong_type",
        "/also_in/0": "wrong_type",
        "/age": "unknown_property",
    }
    assert places(boss("POST", "/members", {})[1]) == {"/name": "required"}
    assert places(boss("POST", "/members", {"name": "王", "department": 9, "superior": 9})[1]) == {
        "/department": "unknown_department",
        "/superior": "unknown_member",
    }
    assert boss("PATCH", "/members/999999999999999999999", {"name": "王"})[0] == 404


def test_a_key_ends_when_its_member_leaves(boss: Caller, li: Caller) -> None:
    assert li("GET", "/members")[0] == 200
    assert boss("PATCH", "/members/2", {"state": "left"})[0] == 200
    assert li("GET", "/members")[0] == 401
    assert boss("POST", "/members/2/api-keys")[0] == 409


def test_an_administrator_makes_keys_for_anyone_and_everybody_for_themselves(
    boss: Caller, li: Caller
) -> None:
    status, made = boss("POST", "/members/2/api-keys", {"name": "财务"})
    assert status == 201
    assert Caller(boss.client, made["key"])("GET", "/members")[0] == 200
    assert li("POST", "/members/2/api-keys")[0] == 201
    assert made["key"] not in str(boss("GET", "/members/2/api-keys")[1])
    assert li("DELETE", f"/members/2/api-keys/{made['id']}")[0] == 204
    assert Caller(boss.client, made["key"])("GET", "/members")[0] == 401


def test_a_repeated_creation_with_the_same_key_makes_one_member(boss: Caller) -> None:
    answers = [boss("POST", "/members", {"name": "王敏"}, **{"Idempotency-Key": "once"}) for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(boss("GET", "/members")[1]["rows"]) == 2


def test_a_department_is_not_moved_below_itself(boss: Caller) -> None:
    top = boss("POST", "/departments", {"name": "总部"})[1]["id"]
    below = boss("POST", "/departments", {"name": "华东", "parent": top})[1]["id"]
    status, problem = boss("PATCH", f"/departments/{top}", {"parent": below})
    assert (status, places(problem)) == (422, {"/parent": "cycle"})


def test_a_role_is_given_to_exactly_those_who_are_named(
    boss: Caller, li: Caller, empty_database: Database
) -> None:
    with empty_database.connect() as connection:
        author = viewer_for(connection, 1)
    key = gallery.clone(empty_database, "project_tracking", author=author)
    place = f"/apps/{key}/roles/member/members"
    assert li("PUT", place, {"members": [2], "departments": []})[0] == 404, "an app one may not see"
    assert boss("PUT", place, {"members": [2], "departments": []}) == (
        200,
        {"members": [2], "departments": []},
    )
    assert li("PUT", place, {"nonsense": 1})[0] == 403
    assert boss("GET", place)[1] == {"members": [2], "departments": []}
    assert places(boss("PUT", place, {"members": [77]})[1]) == {"/members/0": "unknown_member"}
    assert boss("PUT", f"/apps/{key}/roles/nobody/members", {"members": []})[0] == 404
    assert boss("PUT", place, {"members": []})[0] == 200
    assert li("GET", place)[0] == 404


def test_only_an_administrator_finds_whose_a_phone_an_address_or_an_account_is(
    boss: Caller, li: Caller, empty_database: Database
) -> None:
    wang = {"name": "王机密", "phone": "13912345678", "email": "secret@example.cn", "account": "wangjm"}
    assert boss("POST", "/members", wang)[0] == 201

    def found(caller: Caller, search: str) -> list[str]:
        return [one["name"] for one in caller("GET", f"/members?search={search}")[1]["rows"]]

    for part in ("139123", "secret@", "wangjm", "机密"):
        assert found(boss, part) == ["王机密"]
        assert found(li, part) == (["王机密"] if part == "机密" else [])
    page = Browser(li.client.application, empty_database, 2).page
    assert "王机密" in page("/members?q=机密") and "王机密" not in page("/members?q=139123")
