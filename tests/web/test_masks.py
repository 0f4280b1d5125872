"""A masked value reaches the browser only in part, unless somebody who may read it asks, or may change it there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.access import audit
from engine.access.viewer import viewer_for
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.platform.settings import Settings
from engine.records.bulk.write import Row, loading
from engine.records.reading import unmasked
from run import create_app
from tests.builders.office import Browser, give, hire
from tests.records.making import ENGINE, add, change, field, form, make_app, republish, stored, text

PHONE, BEFORE, MAIL, CARD = "13812345678", "13900001111", "zhang@example.com", "62220000111122"
RAW = (PHONE, BEFORE, MAIL, CARD)
GUEST = {
    "key": "guest",
    "name": "Guest",
    "grants": {
        "person": {"read": True, "fields": {"mail": "hidden"}},
        "deal": {"read": True},
        "call": {"read": True},
    },
}


@dataclass(frozen=True)
class Office:
    app: str
    person: int
    deal: int
    boss: Browser
    guest: Browser
    database: Database


@pytest.fixture(scope="module")
def office(database: Database, data_folder: Path) -> Iterator[Office]:
    app = make_app(
        database,
        form(
            "person",
            text(),
            field("phone", "phone", masked=True),
            field("mail", "email", masked=True),
            field("cards", "subform", fields=[field("number", "text", masked=True)]),
            title="{name}",
        ),
        form(
            "deal",
            text(),
            field("who", "link", form="person"),
            field("call", "lookup", via="who", field="phone"),
            title="{name}",
        ),
        form(
            "call",
            text(),
            field("people", "lookup", form="person", where={"all": []}, fields=["name", "phone"]),
            title="{name}",
        ),
        roles=(GUEST,),
    )
    url = database.engine.url.render_as_string(hide_password=False)
    product = create_app(
        Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url)
    )
    boss = Browser(product, database, hire(database, "陈", administrator=True).member_id)
    guest = Browser(product, database, hire(database, "客").member_id)
    give(database, app, "guest", guest.member)
    with database.connect() as connection:
        me = viewer_for(connection, boss.member)
    cards = [{"number": CARD}]
    person = add(database, app, "person", me, name="张", phone=BEFORE, mail=MAIL, cards=cards)
    change(database, app, "person", person, me, phone=PHONE)
    deal = add(database, app, "deal", me, name="单", who=person)
    add(database, app, "call", me, name="呼")
    yield Office(app, person, deal, boss, guest, database)
    product.extensions["jianflow.database"].close()


def test_no_page_that_only_shows_has_the_whole_value(office: Office) -> None:
    place, deal = f"/a/{office.app}/person", f"/a/{office.app}/deal"
    pages = [
        f"{place}/{office.person}",
        f"{place}/{office.person}/panel",
        f"{place}/{office.person}/story",
        f"{place}/cards",
        f"{deal}/{office.deal}",
        f"{deal}/{office.deal}/panel",
        f"{deal}/{office.deal}/edit",
        f"/a/{office.app}/call/1",
    ]
    for browser in (office.boss, office.guest):
        for page in pages:
            if browser is office.guest and page.endswith("/edit"):
                continue
            shown = browser.page(page)
            assert not [raw for raw in RAW if raw in shown], page
        for asked, sent in (
            (f"{place}/grid/rows", {"fields": ["name", "phone", "mail"]}),
            (f"{deal}/grid/rows", {"fields": ["name", "call"]}),
            (f"{place}/grid/values", {"field": "phone"}),
            (f"{deal}/grid/values", {"field": "call"}),
            (f"{place}/grid/groups", {"groups": [{"field": "phone"}]}),
        ):
            said = json.dumps(browser.send(asked, sent).json)
            assert not [raw for raw in RAW if raw in said], (asked, said)
        found = json.dumps(browser.get(f"/search?q={PHONE[:7]}").json, ensure_ascii=False)
        assert "张" in found and PHONE not in found
    assert "138****5678" in json.dumps(
        office.boss.send(f"{deal}/grid/rows", {"fields": ["name", "call"]}).json
    )


def test_who_may_read_it_has_it_shown_by_a_click_and_that_is_written_down(office: Office) -> None:
    place = f"/a/{office.app}/person/{office.person}"
    assert office.guest.page(f"{place}/whole/phone") == PHONE
    [entry, *_] = read_entries(office)
    assert (entry.actor_id, entry.subject_id) == (office.guest.member, str(office.person))
    assert entry.details == {"app": office.app, "form": "person", "field": "phone"}
    assert PHONE in office.guest.page(f"{place}?show=phone"), "the link alone does it, before any script"
    assert office.guest.page(f"/a/{office.app}/deal/{office.deal}/whole/call") == PHONE
    shown = office.boss.page(place)
    path = shown.partition("/whole/cards.")[2].partition('"')[0]
    assert office.boss.page(f"{place}/whole/cards.{path}") == CARD


@pytest.mark.parametrize("path", ["mail", "name", "nothing", "cards", "cards.0.number", "cards..", "id"])
def test_what_is_hidden_or_not_masked_is_not_shown_by_the_click(office: Office, path: str) -> None:
    place = f"/a/{office.app}/person/{office.person}"
    count = len(read_entries(office))
    assert office.guest.client.get(f"{place}/whole/{path}").status_code == 404
    assert office.guest.client.get(f"{place}?show={path}").status_code == 404
    assert len(read_entries(office)) == count


def test_who_may_change_it_has_it_whole_in_the_input(office: Office) -> None:
    assert PHONE in office.boss.page(f"/a/{office.app}/person/{office.person}/edit")


def test_a_title_made_of_a_masked_field_is_masked_wherever_the_record_is_named(office: Office) -> None:
    database = office.database
    phone = field("phone", "phone", masked=True)
    code = text("code", masked=True, unique="must")
    note = form(
        "note",
        text(),
        field("about", "link", form="client"),
        field("card", "link", form="card"),
        title="{name}",
    )
    app = make_app(
        database,
        form("client", phone, text("town"), title="{phone} {town}"),
        form("card", code, text("town")),
        note,
    )
    client = add(database, app, "client", phone=PHONE, town="上海")
    with loading(database, app, "card", ENGINE) as under_way:
        under_way.stage([Row(1, {"code": CARD, "town": "北京"})])
        assert under_way.finish().created == 1
    card = 1
    about = add(database, app, "note", name="记", about=client, card=card)
    pages = [
        f"client/{client}",
        f"card/{card}",
        f"note/{about}",
        f"note/{about}/edit",
        "client/cards",
        "card/cards",
        "note/cards",
    ]
    shown = [office.boss.page(f"/a/{app}/{page}") for page in pages]
    for form_key, fields in (("client", ["town"]), ("card", ["town"]), ("note", ["about", "card"])):
        shown.append(office.boss.send(f"/a/{app}/{form_key}/grid/rows", {"fields": fields}).text)
    for asked in ("about", "card"):
        shown.append(office.boss.get(f"/a/{app}/note/grid/choices?field={asked}").text)
    shown += [office.boss.get(f"/search?q={raw}").text for raw in (PHONE, CARD)]
    assert not [page for page in shown if PHONE in page or CARD in page]
    assert "138****5678" in shown[0] and "138****5678 上海" in shown[2]
    with pytest.raises(Invalid) as refused:
        add(database, app, "card", code=CARD)
    assert CARD not in str(refused.value)


def test_a_title_follows_when_its_field_is_masked_and_when_it_is_not_any_more(database: Database) -> None:
    client = form("client", field("phone", "phone"), title="{phone}")
    hidden = form("client", field("phone", "phone", masked=True), title="{phone}")
    app = make_app(database, client)
    one = add(database, app, "client", phone=PHONE)
    for now, title in ((hidden, "138****5678"), (client, PHONE)):
        republish(database, app, now)
        assert stored(database, app, "client", one).title == title


def read_entries(office: Office) -> list[audit.Entry]:
    with office.database.connect() as connection:
        return audit.entries(connection, action=unmasked.SHOWN)
