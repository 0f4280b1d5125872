"""A template becomes an app of one's own: its key, its origin, its definitions, and what its fields do."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from engine.access.viewer import Viewer
from engine.definitions import content, live, store, tables
from engine.definitions.package import read_package
from engine.platform.database import Database
from engine.platform.errors import Invalid, NotFound
from engine.records.writing.preview import preview
from engine.records.writing.write import create_one, update_one
from templates_gallery import gallery
from tests.templates.conftest import administrator_of, records_of


@pytest.fixture(scope="module")
def owner(database: Database) -> Viewer:
    return administrator_of(database)


@pytest.fixture(scope="module")
def crm(database: Database, owner: Viewer) -> str:
    return gallery.clone(database, "crm", author=owner)


def make(database: Database, app: str, who: Viewer, form: str, **values: Any) -> dict[str, Any]:
    written = create_one(database, app, form, who, values)
    return records_of(database, app, form)[written.id]


def test_the_gallery_offers_the_crm_first_and_more_than_one_template() -> None:
    found = gallery.templates()
    assert found[0].key == "crm" and found[0].has_sample_data
    assert len(found) >= 2 and len({one.key for one in found}) == len(found)
    assert [name["zh-CN"] for name in found[0].forms][:4] == ["客户", "联系人", "线索", "跟进记录"]


def test_a_second_clone_gets_a_key_of_its_own(empty_database: Database, administrator: Viewer) -> None:
    keys = [gallery.clone(empty_database, "crm", author=administrator) for _ in range(2)]
    assert keys == ["crm", "crm_2"]


def test_a_template_that_does_not_exist_is_refused_and_makes_nothing(
    database: Database, owner: Viewer
) -> None:
    with database.connect() as connection:
        before = len(store.apps(connection))
    with pytest.raises(NotFound):
        gallery.clone(database, "crm_deluxe", author=owner)
    with database.connect() as connection:
        assert len(store.apps(connection)) == before


@pytest.mark.parametrize("template", [one.key for one in gallery.templates()])
def test_a_clone_holds_the_templates_definitions_and_remembers_where_they_come_from(
    database: Database, owner: Viewer, template: str
) -> None:
    key = gallery.clone(database, template, name="我们的应用", author=owner, language="en")
    package = read_package(gallery.template(template).folder)
    with database.connect() as connection:
        now = live.load(connection, key)
        installed = {
            (row.kind, row.key): row.etag
            for row in connection.execute(
                sa.select(tables.installed).where(tables.installed.c.app_id == now.app.id)
            )
        }
        kept = content.fetch(connection, now.app.id, installed.values())
    assert (now.app.template_key, now.app.template_version) == (template, package.version)
    assert now.document["name"] == "我们的应用"
    assert now.languages == ["en", "zh-CN"]
    for (kind, one), document in package.documents.items():
        if kind != "app":
            assert now.documents[kind][one] == document
            assert kept[installed[kind, one]] == document


def test_an_opportunity_without_a_name_is_called_by_customer_and_product_else_by_its_code(
    database: Database, crm: str, owner: Viewer
) -> None:
    customer = create_one(database, crm, "customer", owner, {"name": "无锡晶创"}).id
    product = create_one(database, crm, "product", owner, {"name": "检测设备"}).id
    both = make(database, crm, owner, "opportunity", customer=customer, product=product, code="A1")
    code = make(database, crm, owner, "opportunity", product=product, code="A2")
    own = make(database, crm, owner, "opportunity", customer=customer, product=product, name="年度框架")
    assert [both["name"], code["name"], own["name"]] == ["无锡晶创 · 检测设备", "A2", "年度框架"]
    assert both["title"] == "无锡晶创 · 检测设备"
    assert both["stage"] == "prospecting"


def test_a_name_that_is_cleared_is_filled_again_when_it_is_saved(
    database: Database, crm: str, owner: Viewer
) -> None:
    made = create_one(database, crm, "opportunity", owner, {"name": "临时", "code": "B7"})
    update_one(database, crm, "opportunity", owner, made.id, {"name": None})
    assert records_of(database, crm, "opportunity")[made.id]["name"] == "B7"


def test_only_a_repeated_code_and_the_three_required_fields_refuse(
    database: Database, crm: str, owner: Viewer
) -> None:
    create_one(database, crm, "opportunity", owner, {"code": "ONCE"})
    create_one(database, crm, "opportunity", owner, {})
    create_one(database, crm, "opportunity", owner, {})
    for form, values in (
        ("opportunity", {"code": "once"}),
        ("opportunity", {"stage": None}),
        ("customer", {}),
        ("product", {}),
    ):
        with pytest.raises(Invalid):
            create_one(database, crm, form, owner, values)
    with database.connect() as connection:
        forms = set(live.load(connection, crm).forms) - {"customer", "product"}
    for form in forms:
        create_one(database, crm, form, owner, {})


SHOWN_WHEN = [
    ("opportunity", "loss_reason", {"stage": "negotiation"}, {"stage": "lost"}),
    ("lead", "invalid_reason", {"status": "contacting"}, {"status": "invalid"}),
    ("ticket", "satisfaction", {"status": "open"}, {"status": "closed"}),
    ("invoice", "tax_no", {"kind": "none"}, {"kind": "special"}),
]


@pytest.mark.parametrize(("form", "field", "hiding", "showing"), SHOWN_WHEN)
def test_what_makes_no_sense_yet_is_not_asked_for(
    database: Database,
    crm: str,
    owner: Viewer,
    form: str,
    field: str,
    hiding: dict[str, str],
    showing: dict[str, str],
) -> None:
    with database.connect() as connection:
        opened = live.load(connection, crm)
        for sent, hidden in ((hiding, True), (showing, False)):
            found = preview(connection, opened, form, owner, sent, new=True)
            assert found.states.hides(opened.form(form).field(field)) == hidden  # type: ignore[arg-type]


def test_a_lost_deal_without_its_reason_is_reminded_of_and_kept(
    database: Database, crm: str, owner: Viewer
) -> None:
    written = create_one(database, crm, "opportunity", owner, {"name": "丢", "stage": "lost"})
    assert any("输单原因" in one.message.render("zh-CN") for one in written.warnings)  # type: ignore[union-attr]


def test_a_repeated_customer_is_reminded_of_and_not_refused(
    database: Database, crm: str, owner: Viewer
) -> None:
    create_one(database, crm, "customer", owner, {"name": "苏州联拓（集团）"})
    again = create_one(database, crm, "customer", owner, {"name": "苏州联拓(集团)"})
    assert any(fault.pointer.endswith("/name") for fault in again.warnings)


def test_the_weighted_amount_follows_probability_and_stage(
    database: Database, crm: str, owner: Viewer
) -> None:
    made = make(
        database, crm, owner, "opportunity", amount="2080000", probability="0.75", stage="negotiation"
    )
    assert made["weighted"] == Decimal("1560000.00")
    by_stage = make(database, crm, owner, "opportunity", amount="1000", stage="engaging")
    assert (by_stage["probability"], by_stage["weighted"]) == (Decimal("0.25"), Decimal("250.00"))
    lost = make(database, crm, owner, "opportunity", amount="1000", stage="lost")
    assert lost["weighted"] == 0 and lost["closed_on"] is not None


def test_money_that_comes_in_is_added_up_at_the_contract_and_the_customer(
    database: Database, crm: str, owner: Viewer
) -> None:
    customer = create_one(database, crm, "customer", owner, {"name": "常州恒泰"}).id
    deal = create_one(
        database, crm, "opportunity", owner, {"customer": customer, "amount": "500", "stage": "won"}
    ).id
    contract = create_one(database, crm, "contract", owner, {"opportunity": deal}).id
    for amount in ("120.50", "79.50"):
        create_one(database, crm, "payment", owner, {"contract": contract, "amount": amount})
    signed = records_of(database, crm, "contract")[contract]
    assert (signed["customer"], signed["amount"]) == (customer, Decimal("500.00"))
    assert (signed["received"], signed["outstanding"]) == (Decimal("200.00"), Decimal("300.00"))
    at_customer = records_of(database, crm, "customer")[customer]
    assert at_customer["won_amount"] == 500 and at_customer["received"] == 200
    assert at_customer["outstanding"] == 300 and at_customer["open_opportunities"] == 0


def test_an_order_line_takes_the_products_price_and_the_order_its_total(
    database: Database, crm: str, owner: Viewer
) -> None:
    product = create_one(database, crm, "product", owner, {"name": "网关", "price": "12800"}).id
    lines = [{"product": product, "quantity": 3}, {"product": product, "quantity": 2, "price": "10000"}]
    order = make(database, crm, owner, "order", lines=lines)
    assert [row.values["sum"] for row in order["lines"]] == [Decimal("38400.00"), Decimal("20000.00")]
    assert order["total"] == Decimal("58400.00")


def test_contracts_orders_quotes_and_tickets_are_numbered_by_month(
    database: Database, crm: str, owner: Viewer
) -> None:
    for form, prefix in (
        ("contract", "HT"),
        ("order", "DD"),
        ("quote", "BJ"),
        ("ticket", "GD"),
        ("payment", "HK"),
    ):
        made = make(database, crm, owner, form)
        month = made["created_at"].astimezone(ZoneInfo(owner.time_zone)).strftime("%Y%m")
        assert made["code"] == f"{prefix}-{month}-{len(records_of(database, crm, form)):04d}"
