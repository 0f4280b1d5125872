"""An app's navigation, looks and landing pages: drafted, merged, published, and then shown."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.platform.database import Database
from engine.web.shell.accents import ACCENTS, accent, tone
from tests.builders.office import CUSTOMER, ORDER, Browser, give, hire, role_documents
from tests.records.making import live_of, make_app

TOKENS = Path(__file__).resolve().parents[2] / "engine" / "web" / "assets" / "tokens.css"


@pytest.fixture
def app(database: Database) -> str:
    return make_app(database, CUSTOMER, ORDER, roles=role_documents())


@pytest.fixture(scope="module")
def boss(product: Flask, database: Database) -> Browser:
    return Browser(product, database, hire(database, "陈总", administrator=True).member_id)


def put(browser: Browser, app: str, document: dict[str, Any], etag: str) -> Any:
    return browser.send(
        f"/a/{app}/navigation/document", document, method="PUT", headers={"If-Match": f'"{etag}"'}
    )


def test_what_is_arranged_is_shown_once_it_is_published(
    product: Flask, database: Database, app: str, boss: Browser
) -> None:
    place = f"/a/{app}/navigation"
    opened = boss.get(f"{place}/document").json
    changed = {
        **opened["document"],
        "name": {"zh-CN": "设备租赁", "en": "Rental"},
        "icon": "truck",
        "accent": ACCENTS["green"],
        "navigation": [
            {"key": "daily", "label": {"zh-CN": "日常"}, "items": [{"form": "order", "icon": "package"}]}
        ],
        "landing": {"default": {"form": "customer"}, "chief": {"form": "order"}},
    }
    saved = put(boss, app, changed, opened["etag"])
    assert saved.status_code == 200 and saved.json["changes"] > 0
    before = boss.page(f"/a/{app}/customer")
    assert "设备租赁" not in before and "日常" not in before
    assert boss.send(f"{place}/publication").status_code == 200
    page = boss.page(f"/a/{app}/customer")
    assert 'data-accent="green"' in page and "设备租赁" in page and "日常" in page
    side = page.partition('class="side-list"')[2]
    assert side.index("/order") < side.index("/customer"), "forms in no group come last"
    assert "#package" in side.partition("/order")[2].partition("</a>")[0]
    chief = hire(database)
    give(database, app, "chief", chief.member_id)
    where = Browser(product, database, chief.member_id).get(f"/a/{app}").headers["Location"]
    assert where.endswith(f"/a/{app}/order")


def test_two_who_arrange_at_once_lose_nothing_and_are_told_of_a_conflict(app: str, boss: Browser) -> None:
    opened = boss.get(f"/a/{app}/navigation/document").json
    base, etag = opened["document"], opened["etag"]
    assert put(boss, app, {**base, "icon": "truck"}, etag).status_code == 200
    merged = put(boss, app, {**base, "accent": ACCENTS["red"]}, etag).json
    assert merged["merged"] and merged["document"]["icon"] == "truck"
    assert merged["document"]["accent"] == ACCENTS["red"]
    clash = put(boss, app, {**base, "icon": "box"}, etag)
    assert (clash.status_code, clash.json["code"], clash.json["pointers"]) == (412, "stale", ["/icon"])
    assert clash.json["places"][0]["place"].endswith("图标")


def test_what_cannot_be_is_refused_with_its_place_and_a_draft_can_be_discarded(
    database: Database, app: str, boss: Browser
) -> None:
    place = f"/a/{app}/navigation"
    opened = boss.get(f"{place}/document").json
    assert put(boss, app, {**opened["document"], "accent": "red"}, opened["etag"]).status_code == 422
    assert boss.send(f"{place}/document", opened["document"], method="PUT").status_code == 428
    wrong = {**opened["document"], "landing": {"default": {"form": "gone"}}}
    assert put(boss, app, wrong, opened["etag"]).status_code == 200, "a draft may be incomplete"
    refused = boss.send(f"{place}/publication")
    assert refused.status_code == 422 and "gone" in refused.json["errors"][0]["message"]
    assert boss.send(f"{place}/draft", method="DELETE").status_code == 200
    assert boss.get(f"{place}/document").json["document"] == opened["document"]
    assert boss.send(f"{place}/publication").json["version"] == live_of(database, app).version == 1


def test_only_who_may_change_the_app_arranges_it(product: Flask, database: Database, app: str) -> None:
    chief, designer = hire(database), hire(database)
    give(database, app, "chief", chief.member_id)
    give(database, app, "designer", designer.member_id)
    assert Browser(product, database, chief.member_id).get(f"/a/{app}/navigation").status_code == 403
    page = Browser(product, database, designer.member_id).page(f"/a/{app}/navigation")
    assert f'href="/a/{app}/navigation"' in page


def test_every_accent_is_a_colour_of_the_tokens_and_any_other_becomes_the_nearest() -> None:
    sheet = TOKENS.read_text(encoding="utf-8")
    for name, value in ACCENTS.items():
        assert re.search(rf"--{name}: light-dark\({value},", sheet), name
    assert (accent("#4557d6"), accent(None), accent("#ff0000"), accent("#00aa55")) == (
        "indigo",
        "indigo",
        "red",
        "green",
    )
    assert tone("#4557d6") == "blue"
