"""The templates as documents: what a user reads is there in both languages, and every key that is promised."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CRM = ROOT / "crm_template"
TEMPLATES = [CRM, *sorted(path.parent for path in (ROOT / "templates_gallery").glob("*/app.json"))]
LABELS = {"name", "description", "label", "hint", "placeholder", "message", "text"}

GROUPS = {
    "客户": ["customer", "contact", "lead", "follow_up"],
    "销售": ["opportunity", "quote", "contract", "visit", "competitor", "task"],
    "财务": ["order", "payment", "invoice"],
    "产品与市场": ["product", "campaign"],
    "服务": ["ticket"],
}
FIELDS = {
    "customer": "name level industry region phone website address source parent employees revenue founded_on "
    "last_followed_on next_follow_on",
    "product": "name series price",
    "opportunity": "name code customer product stage amount probability expected_on opened_on closed_on loss_reason",
    "contract": "name customer opportunity amount discount signed_on received outstanding",
    "order": "lines total",
    "payment": "contract amount received_on",
}
STAGES = [
    ("prospecting", "初步接洽"),
    ("engaging", "需求确认"),
    ("proposal", "方案报价"),
    ("negotiation", "商务谈判"),
    ("won", "赢单"),
    ("lost", "输单"),
]
ROLES = {"salesperson", "manager", "director", "finance", "support", "hr", "administrator", "everyone"}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def forms(template: Path = CRM) -> dict[str, dict[str, Any]]:
    return {path.stem: read(path) for path in sorted((template / "forms").glob("*.json"))}


def field(form: str, key: str) -> dict[str, Any]:
    return next(one for one in forms()[form]["fields"] if one["key"] == key)


def labels(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in LABELS and not (key == "text" and place.endswith("pattern")):
                yield f"{place}/{key}", inner
            elif key not in ("grants", "fill"):
                yield from labels(inner, f"{place}/{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from labels(inner, place if place.endswith("pattern") else f"{place}/{number}")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_text_is_there_in_chinese_and_english(template: Path) -> None:
    found = 0
    for path in template.rglob("*.json"):
        for place, label in labels(read(path), str(path)):
            found += 1
            assert set(label) == {"zh-CN", "en"}, place
            assert all(text.strip() for text in label.values()), place
            assert not any("\u4e00" <= sign <= "\u9fff" for sign in label["en"]), place
    assert found > 50


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_field_and_option_has_a_label_and_every_file_is_named_after_its_key(template: Path) -> None:
    for path in template.rglob("*.json"):
        assert read(path)["key"] == path.stem
    for key, form in forms(template).items():
        names = [one["key"] for one in form["fields"]]
        assert len(names) == len(set(names)), key
        inner = [column for one in form["fields"] if one["type"] == "subform" for column in one["fields"]]
        for one in [*form["fields"], *inner]:
            assert "label" in one, (key, one["key"])
            for option in one.get("options", ()):
                assert "label" in option, (key, one["key"])


def test_the_crm_has_all_forms_in_their_groups() -> None:
    app = read(CRM / "app.json")
    shown = {
        group["label"]["zh-CN"]: [item["form"] for item in group["items"]] for group in app["navigation"]
    }
    assert shown == GROUPS
    assert set(forms()) == {form for group in GROUPS.values() for form in group}
    assert app["languages"] == ["zh-CN", "en"]
    assert app["package"] == {"key": "crm", "version": "1.2.0"}


@pytest.mark.parametrize("form", FIELDS)
def test_the_crm_has_the_promised_fields(form: str) -> None:
    assert set(FIELDS[form].split()) <= {one["key"] for one in forms()[form]["fields"]}


def test_order_lines_have_product_quantity_price_and_sum() -> None:
    assert {"product", "quantity", "price", "sum"} <= {
        one["key"] for one in field("order", "lines")["fields"]
    }


def test_an_opportunity_goes_through_the_six_stages_in_order() -> None:
    stage = field("opportunity", "stage")
    assert [(option["value"], option["label"]["zh-CN"]) for option in stage["options"]] == STAGES
    assert stage["default"] == "prospecting"
    assert [option["label"]["en"] for option in stage["options"]] == [value.title() for value, _ in STAGES]


def test_only_three_fields_are_required_and_nothing_else_refuses() -> None:
    required = {
        f"{key}.{one['key']}"
        for key, form in forms().items()
        for one in form["fields"]
        if one.get("required")
    }
    columns = [
        column
        for form in forms().values()
        for one in form["fields"]
        for column in one.get("fields", ())
        if isinstance(column, dict)
    ]
    assert required == {"customer.name", "product.name", "opportunity.stage"}
    assert not any(column.get("required") or column.get("unique") == "must" for column in columns)
    for rule in (rule for form in forms().values() for rule in form["rules"]):
        assert rule["level"] == "remind" if rule["kind"] == "validation" else rule["kind"] == "display"
        assert not {"require", "lock", "empty_when_hidden"} & set(rule)
    must = {
        f"{key}.{one['key']}"
        for key, form in forms().items()
        for one in form["fields"]
        if one.get("unique") == "must"
    }
    assert must == {"opportunity.code"}
    assert not any("unique" in form for form in forms().values())


def test_the_promised_types_are_kept() -> None:
    for form, key in (
        ("product", "series"),
        ("customer", "industry"),
        ("customer", "region"),
        ("opportunity", "code"),
    ):
        assert field(form, key)["type"] == "text"
    assert field("customer", "address")["type"] == "address"
    assert field("contract", "received")["type"] == "rollup"
    assert field("opportunity", "name")["default"]["on_save"] is True


def test_a_duplicate_customer_tells_title_and_owner_and_no_other_form_tells_anything() -> None:
    assert {key: form["duplicates"] for key, form in forms().items() if "duplicates" in form} == {
        "customer": {"show": ["title", "owner"]}
    }


def test_the_crm_has_the_promised_roles_and_everyone_may_nothing() -> None:
    roles = {path.stem: read(path) for path in (CRM / "roles").glob("*.json")}
    assert set(roles) == ROLES
    assert roles["everyone"]["grants"] == {}
    assert [key for key, role in roles.items() if role["design"]] == ["administrator"]
    assert set(roles["administrator"]["grants"]) == set(forms())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_form_can_be_reached_and_every_landing_page_exists(template: Path) -> None:
    app, drawn = read(template / "app.json"), forms(template)
    assert {item["form"] for group in app["navigation"] for item in group["items"]} == set(drawn)
    for role, landing in app["landing"].items():
        assert landing["view"] in {view["key"] for view in drawn[landing["form"]]["views"]}, role
        assert role == "default" or (template / "roles" / f"{role}.json").exists()


def test_the_engine_knows_no_word_of_the_crm() -> None:
    """Keys that only a template may know; words of everyday language are left out."""
    words = (
        "opportunity",
        "商机",
        "salesperson",
        "赢单",
        "follow_up",
        "prospecting",
        "won_amount",
        "crm_template",
    )
    for path in (ROOT / "engine").rglob("*"):
        if path.suffix not in (".py", ".html", ".ts", ".css", ".json") or "node_modules" in path.parts:
            continue
        text = path.read_text(encoding="utf-8").lower()
        assert not [word for word in words if word in text], path


def test_a_real_customer_list_finds_its_fields_by_what_they_are_called_elsewhere() -> None:
    called = {
        "customer": {
            "account": "name",
            "sector": "industry",
            "office_location": "region",
            "subsidiary_of": "parent",
            "公司名称": "name",
            "revenue": "revenue",
            "employees": "employees",
        },
        "product": {"product": "name", "series": "series", "sales_price": "price"},
        "opportunity": {
            "opportunity_id": "code",
            "product": "product",
            "account": "customer",
            "deal_stage": "stage",
            "engage_date": "opened_on",
            "close_date": "closed_on",
            "close_value": "amount",
        },
    }
    for form, headers in called.items():
        names = {
            name: one["key"]
            for one in forms()[form]["fields"]
            for name in [one["key"], *one.get("aliases", ())]
        }
        assert {header: names.get(header) for header in headers} == headers
    assert "sales_agent" in forms()["opportunity"]["aliases"]["owner"]


def test_no_two_fields_of_a_form_are_called_the_same_elsewhere() -> None:
    for key, form in forms().items():
        aliases = [name for one in form["fields"] for name in one.get("aliases", ())]
        assert len(aliases) == len(set(aliases)), key
