"""An app that a program makes over the API is worked on with the builders, and what they do the API tells."""

from collections.abc import Iterator

import httpx
import pytest

from engine.access import api_keys
from engine.platform.embedded import EmbeddedServer
from tests.builders.designing import Person, signed_in
from tests.journeys.order_forms import company
from tests.journeys.sales import Sales

SUPPLIER = {
    "key": "supplier",
    "name": {"zh-CN": "供应商", "en": "Supplier"},
    "title": "{name}",
    "fields": [
        {"key": "name", "type": "text", "label": "名称", "required": True},
        {"key": "price", "type": "money", "label": "单价"},
        {"key": "twice", "type": "formula", "formula": "price * 2", "result": "money", "label": "两倍"},
    ],
    "layout": {},
    "rules": [
        {
            "key": "positive",
            "kind": "validation",
            "level": "must",
            "formula": "price > 0",
            "message": "要大于零",
        }
    ],
    "views": [{"key": "all", "name": "全部", "kind": "grid", "columns": ["name", "price", "twice"]}],
}
BUYER = {
    "key": "buyer",
    "name": "采购",
    "grants": {"supplier": {"read": True, "create": True, "fields": {"price": "read"}}},
}
NAVIGATION = [{"key": "buying", "label": "采购", "items": [{"form": "supplier"}]}]


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with company(postgres, tmp_path_factory.mktemp("data")) as served:
        yield served


@pytest.fixture
def program(office: Sales) -> Iterator[httpx.Client]:
    """A program with the key of the administrator."""
    with office.database.begin() as connection:
        key = api_keys.issue(connection, office.boss.member_id, author=office.boss)
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{office.url}/api/v1", headers=headers, timeout=60) as client:
        yield client


def made(program: httpx.Client, method: str, path: str, **sent: object) -> httpx.Response:
    answer = program.request(method, path, **sent)  # type: ignore[arg-type]
    assert answer.is_success, answer.text
    return answer


def test_an_app_made_by_a_program_opens_in_every_builder_and_goes_on_in_them(
    office: Sales, program: httpx.Client
) -> None:
    app = made(program, "POST", "/apps", json={"name": "采购管理"}).json()["key"]
    place = f"/apps/{app}/definitions"
    made(program, "PUT", f"{place}/forms/supplier", json=SUPPLIER)
    made(program, "PUT", f"{place}/roles/buyer", json=BUYER)
    now = made(program, "GET", f"{place}/app/app")
    arranged = {**now.json(), "navigation": NAVIGATION, "accent": "#0f766e"}
    made(program, "PUT", f"{place}/app/app", json=arranged, headers={"If-Match": now.headers["ETag"]})
    made(program, "POST", f"/apps/{app}/publish", json={})

    with signed_in(office) as boss:
        person = Person(boss.client, app)
        document, etag = person.draft("supplier")
        assert [one["key"] for one in document["fields"]] == ["name", "price", "twice"]
        shown = {
            "supplier/design": 'data-path="twice"',
            "supplier/design/rules": "rule-builder",
            "supplier/design/views": "view-builder",
            "supplier/design/permissions": "采购",
            "roles/buyer": "供应商",
            "navigation": "app-navigation",
        }
        for address, holds in shown.items():
            answer = person.client.get(f"/a/{app}/{address}", headers={"Accept": "text/html"})
            assert answer.status_code == 200 and holds in answer.text, address

        put = {"key": "phone", "type": "phone", "label": {"zh-CN": "电话"}}
        document["fields"].append(put)
        assert person.save("supplier", document, etag).status_code == 200
        assert person.publish("supplier").status_code == 200
    told = made(program, "GET", f"{place}/forms/supplier").json()
    assert told["fields"][-1] == put and told["rules"] == SUPPLIER["rules"]
    record = made(
        program, "POST", f"/apps/{app}/forms/supplier/records", json={"values": {"name": "宏远", "price": 3}}
    ).json()
    assert record["values"]["twice"] == "6.00"
