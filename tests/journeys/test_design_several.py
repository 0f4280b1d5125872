"""Several fields of a form at once in the designer: selected, set, moved, copied, deleted, and one step back each."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.definitions import drafts
from engine.platform.embedded import EmbeddedServer
from tests.journeys.designing import card, design
from tests.journeys.order_forms import company
from tests.journeys.sales import Sales, both, line, page_for
from tests.journeys.serving import faults_of
from tests.records.making import form


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    fields = [line(key, "text", zh, zh) for key, zh in zip("abcdef", "甲乙丙丁戊己", strict=True)]
    lines = line(
        "lines",
        "subform",
        "明细",
        "Lines",
        fields=[line("x", "text", "子", "X"), line("y", "text", "丑", "Y"), line("z", "text", "寅", "Z")],
    )
    forms = [
        form(key, *fields, lines) | {"name": both(name, name)} for key, name in (("one", "一"), ("two", "二"))
    ]
    with company(postgres, tmp_path_factory.mktemp("data"), *forms) as served:
        yield served


@pytest.fixture
def page(browser: Browser, office: Sales) -> Iterator[Page]:
    with page_for(browser, office) as opened:
        yield opened


def order(page: Page) -> str:
    cards = page.locator("[data-canvas] > .design-card").all()
    return " ".join(str(one.get_attribute("data-path")) for one in cards)


def selected(page: Page) -> list[str]:
    return [str(one.get_attribute("data-path")) for one in page.locator("[data-canvas] .selected").all()]


def draft(page: Page, office: Sales, key: str) -> list[dict[str, Any]]:
    expect(page.locator("[data-save-state]")).to_contain_text("已保存")
    with office.database.connect() as connection:
        return list(drafts.get(connection, office.app, "forms", key).document["fields"])


def test_several_fields_are_set_moved_and_deleted_with_one_step_back_each(page: Page, office: Sales) -> None:
    design(page, office, "one")
    panel = page.locator("[data-properties]")
    card(page, "a").click()
    card(page, "c").click(modifiers=["Shift"])
    expect(panel.get_by_role("heading")).to_have_text("已选 3 个字段")
    card(page, "e").click(modifiers=["Control"])
    card(page, "b").click(modifiers=["Control"])
    assert selected(page) == ["a", "c", "e"]
    expect(panel).to_contain_text("甲、丙、戊")
    panel.get_by_role("switch", name="必填").check()
    panel.get_by_role("button", name="⅓").click()
    fields = draft(page, office, "one")
    assert [one["key"] for one in fields if one.get("required")] == ["a", "c", "e"]
    assert [one["key"] for one in fields if one.get("width") == "1/3"] == ["a", "c", "e"]
    expect(panel.get_by_role("button", name="⅓")).to_have_attribute("aria-pressed", "true")
    card(page, "b").click(modifiers=["Control"])
    assert panel.get_by_role("switch", name="必填").evaluate("one => one.indeterminate")

    card(page, "a").click()
    card(page, "b").click(modifiers=["Shift"])
    box, there = card(page, "a").bounding_box(), card(page, "f").bounding_box()
    assert box is not None and there is not None
    page.mouse.move(box["x"] + 20, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 34, box["y"] + 24, steps=3)
    expect(page.locator(".sortable-fallback")).to_have_attribute("data-count", "2")
    page.mouse.move(there["x"] + there["width"] / 2, there["y"] + there["height"] * 0.95, steps=6)
    expect(page.locator(".drop-mark")).to_be_visible()
    page.mouse.up()
    expect(page.locator("[data-announce]")).to_contain_text("2 个字段已移到第 5 位")
    assert order(page) == "c d e f a b lines"
    assert selected(page) == ["a", "b"]
    page.keyboard.press("Delete")
    expect(card(page, "a")).to_have_count(0)
    assert order(page) == "c d e f lines"
    for expected in ("c d e f a b lines", "a b c d e f lines"):
        page.keyboard.press("Control+z")
        assert order(page) == expected
    for _ in range(2):  # the width, the switch
        page.keyboard.press("Control+z")
    expect(page.locator("[data-publish]")).to_be_disabled()
    assert faults_of(page) == []


def test_by_keyboard_several_are_selected_moved_as_they_stand_doubled_and_copied_to_another_form(
    page: Page, office: Sales
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    design(page, office, "one")
    keys = page.keyboard
    card(page, "c").focus()
    keys.press("Shift+ArrowDown")
    assert selected(page) == ["c", "d"]
    keys.press("Alt+ArrowUp")
    assert order(page) == "c d a b e f lines"
    expect(card(page, "d")).to_be_focused()
    keys.press("Alt+ArrowRight")
    assert [one.get("width") for one in draft(page, office, "one")[:3]] == ["1", "1", None]
    keys.press("Alt+ArrowLeft")
    assert {one["key"]: one.get("width") for one in draft(page, office, "one")} == dict.fromkeys(
        ["c", "d", "a", "b", "e", "f", "lines"]
    )
    keys.press("Control+d")
    expect(card(page, "d_2")).to_be_visible()
    assert order(page) == "c d c_2 d_2 a b e f lines"
    keys.press("m")
    page.get_by_role("menuitem", name="移入“明细”").press("Enter")
    expect(card(page, "lines.d_2")).to_be_focused()
    assert selected(page) == ["lines.c_2", "lines.d_2"]
    keys.press("Control+a")
    keys.press("Delete")
    expect(page.locator("jf-toast")).to_contain_text("至少要有一列")
    keys.press("Escape")
    assert selected(page) == ["lines.d_2"]
    keys.press("Shift+ArrowUp")
    keys.press("Control+c")
    design(page, office, "two")
    card(page, "f").focus()
    keys.press("Control+v")
    expect(card(page, "d_2")).to_be_visible()
    assert order(page) == "a b c d e f c_2 d_2 lines"
    keys.press("Control+z")
    assert order(page) == "a b c d e f lines"
    assert faults_of(page) == []
