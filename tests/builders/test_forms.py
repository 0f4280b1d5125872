"""The form designer's door: drafts saved step by step, cards drawn by the real renderer, publishing, opening to people."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from engine.definitions import live as living
from engine.fields import palette
from engine.platform.embedded import EmbeddedServer
from engine.platform.performing import run_due
from engine.records.structure import rebuild
from tests.builders.designing import Person, copied, field, signed_in
from tests.journeys.sales import Sales, both, line, sales
from tests.records.making import add


@pytest.fixture(scope="module")
def office(postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as opened:
        yield opened


@pytest.fixture(scope="module")
def boss(office: Sales) -> Iterator[Person]:
    with signed_in(office) as person:
        yield person


@pytest.fixture(scope="module")
def li(office: Sales) -> Iterator[Person]:
    with signed_in(office, "lixiang") as person:
        yield person


def live_form(office: Sales, key: str) -> dict[str, Any]:
    with office.database.connect() as connection:
        return living.load(connection, office.app).documents["forms"][key]


def everyone(office: Sales, form: str) -> Any:
    with office.database.connect() as connection:
        roles = living.load(connection, office.app).documents["roles"]
        return roles["everyone"]["grants"].get(form)


def test_the_palette_offers_every_tile_and_the_canvas_every_field(boss: Person) -> None:
    page = boss.client.get(boss.design("deal"), headers={"Accept": "text/html"}).text
    tiles = re.findall(r'data-tile="([^"]+)"', page)
    assert tiles == [tile.key for group in palette.groups() for tile in group.tiles]
    paths = re.findall(r'class="design-c[^"]*" data-path="([^"]+)"', page)
    assert paths[:3] == ["name", "stage", "customer"]
    assert "lines.price" in paths


def test_every_tile_of_the_palette_is_drawn_by_the_real_templates(boss: Person) -> None:
    needs = {
        "form": "customer",
        "via": "customer",
        "fn": "count",
        "formula": "1",
        "action": "open",
        "url": "https://example.com",
    }
    kinds = boss.client.get(f"{boss.design('deal')}/types").json()["types"]
    for group in palette.groups():
        for tile in group.tiles:
            document = {"key": "fresh", "type": tile.type, "label": tile.label.zh, **tile.properties}
            for name in kinds[tile.type]["required"]:
                document.setdefault(name, needs.get(name))
            answer = boss.client.post(f"{boss.design('deal')}/cards", json={"fields": [document]})
            assert answer.status_code == 200, (tile.key, answer.text)
            assert 'data-path="fresh"' in answer.text, tile.key


def test_every_property_of_every_type_tells_the_panel_what_it_is_called(boss: Person) -> None:
    told = boss.client.get(f"{boss.design('deal')}/types").json()
    groups = {group["key"] for group in told["groups"]}
    for name, kind in told["types"].items():
        for key, schema in kind["properties"].items():
            assert schema.get("x-label"), (name, key)
            assert schema.get("x-group", "display") in groups, (name, key)


def test_a_step_is_saved_as_a_draft_and_the_live_form_stays(office: Sales, boss: Person) -> None:
    _, etag = boss.draft("visit")
    answer = boss.step("visit", etag, {"path": ["fields", "minutes", "label"], "after": both("用时", "Time")})
    assert answer.status_code == 200, answer.text
    assert answer.json()["changes"] == 1
    assert field(boss.draft("visit")[0], "minutes")["label"]["zh-CN"] == "用时"
    assert field(live_form(office, "visit"), "minutes")["label"]["zh-CN"] == "分钟"
    undone = boss.step(
        "visit",
        answer.headers["ETag"],
        {"path": ["fields", "minutes", "label"], "after": both("分钟", "Minutes")},
    )
    assert undone.json()["changes"] == 0


def test_steps_add_move_and_take_out_fields_also_of_a_subform(boss: Person) -> None:
    document, etag = boss.draft("deal")
    order = [one["key"] for one in document["fields"]]
    fresh = {"key": "colour", "type": "text", "label": "颜色"}
    answer = boss.step(
        "deal",
        etag,
        {"path": ["fields", "colour"], "after": fresh},
        {"path": ["fields", "note"]},
        {"path": ["fields", "lines", "fields", "price", "required"], "after": True},
        {"path": ["fields"], "order": ["colour", *(key for key in order if key != "note")]},
    )
    assert answer.status_code == 200, answer.text
    saved, etag = boss.draft("deal")
    assert [one["key"] for one in saved["fields"]] == ["colour", *(key for key in order if key != "note")]
    assert [one.get("required") for one in field(saved, "lines")["fields"]] == [None, None, True, None]
    assert boss.save("deal", document, etag).json()["changes"] == 0


def test_what_two_people_changed_in_different_places_is_merged(boss: Person) -> None:
    document, etag = boss.draft("contact")
    boss.step("contact", etag, {"path": ["fields", "name", "hint"], "after": both("全名", "Full name")})
    answer = boss.step("contact", etag, {"path": ["fields", "customer", "required"], "after": True})
    assert answer.json()["merged"] is True
    now = answer.json()["document"]
    assert field(now, "name")["hint"]["zh-CN"] == "全名"
    assert field(now, "customer")["required"] is True
    assert boss.save("contact", document, answer.headers["ETag"]).status_code == 200


def test_a_true_conflict_is_told_with_both_sides_and_nothing_is_overwritten(boss: Person) -> None:
    document, etag = boss.draft("contact")
    theirs = boss.step(
        "contact", etag, {"path": ["fields", "name", "label"], "after": both("姓名一", "Name 1")}
    )
    refused = boss.step(
        "contact", etag, {"path": ["fields", "name", "label"], "after": both("姓名二", "Name 1")}
    )
    assert refused.status_code == 412
    told = refused.json()
    assert told["code"] == "stale"
    [place] = told["places"]
    there = {"do": "set", "path": ["fields", "name", "label", "zh-CN"], "after": "姓名一"}
    assert (place["mine"], place["theirs"]) == ("姓名二", "姓名一")
    assert (place["keep_mine"], place["take_theirs"]) == ([], [there])
    assert "姓名" in place["place"]
    assert field(boss.draft("contact")[0], "name")["label"]["zh-CN"] == "姓名一"
    assert boss.save("contact", told["merged"], told["etag"]).status_code == 200
    assert field(boss.draft("contact")[0], "name")["label"]["zh-CN"] == "姓名二"
    assert theirs.status_code == 200
    assert boss.save("contact", document, boss.draft("contact")[1]).status_code == 200


def test_a_save_that_names_no_state_is_refused(boss: Person) -> None:
    document, _ = boss.draft("contact")
    answer = boss.client.put(f"{boss.design('contact')}/document", json=document)
    assert answer.status_code == 428


@pytest.mark.parametrize(
    "changes",
    [
        None,
        "all",
        [{"path": []}],
        [{"path": ["fields", 3]}],
        [{"path": ["nothing", "there", "label"], "after": 1}],
        [{"path": ["name"], "order": ["a"]}],
        [{"order": ["a"]}],
    ],
)
def test_steps_that_cannot_be_read_change_nothing(boss: Person, changes: Any) -> None:
    before, etag = boss.draft("contact")
    answer = boss.client.patch(
        f"{boss.design('contact')}/document", json={"changes": changes}, headers={"If-Match": etag}
    )
    assert answer.status_code == 422, answer.text
    assert boss.draft("contact") == (before, etag)


def test_an_unsound_step_is_refused_with_its_place(boss: Person) -> None:
    before, etag = boss.draft("deal")
    answer = boss.step("deal", etag, {"path": ["fields", "amount", "decimals"], "after": 99})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/fields/4/decimals"
    assert boss.draft("deal") == (before, etag)


def test_hostile_labels_are_shown_as_text(boss: Person) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    document = {"key": "bad", "type": "text", "label": hostile, "hint": hostile, "placeholder": hostile}
    answer = boss.client.post(f"{boss.design('deal')}/cards", json={"fields": [document]})
    assert hostile not in answer.text
    assert html.escape(hostile, quote=False) in html.unescape(answer.text).replace("<", "&lt;").replace(
        ">", "&gt;"
    )
    turned = {"key": "bad", "type": "text", "label": "amount\u202etxt"}
    assert boss.client.post(f"{boss.design('deal')}/cards", json={"fields": [turned]}).status_code == 422
    for fields in ("x", [7], [{"key": "x"}], [{"key": "x", "type": "nothing"}], None):
        assert boss.client.post(f"{boss.design('deal')}/cards", json={"fields": fields}).status_code == 422


def test_faults_name_the_field_that_they_are_about(boss: Person) -> None:
    document, etag = boss.draft("deal")
    changed = copied(document)
    field(changed, "weighted")["formula"] = "amount * nothing"
    field(changed, "lines")["fields"][3]["formula"] = "quantity * lost"
    changed["fields"].append({"key": "fresh", "type": "formula", "formula": "0", "label": "新公式"})
    assert boss.save("deal", changed, etag).status_code == 200
    faults = boss.client.get(f"{boss.design('deal')}/faults").json()["faults"]
    places = {(fault["path"], fault["property"]) for fault in faults}
    assert {("weighted", "formula"), ("lines.sum", "formula"), ("fresh", "formula")} <= places
    refused = boss.publish("deal")
    assert refused.status_code == 422
    assert any("nothing" in error["message"] for error in refused.json()["errors"])
    assert boss.save("deal", document, boss.draft("deal")[1]).status_code == 200


def test_where_a_field_is_used_is_told(boss: Person) -> None:
    uses = boss.client.get(f"{boss.design('deal')}/uses", params={"path": "amount"}).json()["uses"]
    said = " ".join(use["place"] for use in uses)
    assert "客户" in said, "the rollup of the customer sums it"
    assert "加权金额" in said
    own = next(use for use in uses if use["path"] == "weighted")
    assert own["url"] is None


def test_a_key_is_proposed_in_pinyin(boss: Person) -> None:
    answer = boss.client.get(f"{boss.design('deal')}/key", params={"name": "客户名称"})
    assert answer.json() == {"key": "ke_hu_ming_cheng"}


def test_a_new_form_is_designed_before_it_is_published(office: Sales, boss: Person) -> None:
    key = boss.new_form("维修单", line("title", "text", "故障", "Fault"))
    assert key == "wei_xiu_dan"
    with office.database.connect() as connection:
        assert key not in living.load(connection, office.app).forms
    page = boss.client.get(boss.design(key), headers={"Accept": "text/html"})
    assert "维修单" in page.text
    listed = boss.client.get(f"/a/{boss.app}/new-form", headers={"Accept": "text/html"}).text
    assert f"/a/{boss.app}/{key}/design" in listed, "one finds it again"
    assert boss.client.get(f"{boss.design(key)}/preview", headers={"Accept": "text/html"}).status_code == 200


def test_publishing_a_new_form_opens_it_to_everybody_for_their_own(
    office: Sales, boss: Person, li: Person
) -> None:
    key = boss.new_form(
        "报销单", line("title", "text", "事由", "Reason"), line("sum", "money", "金额", "Sum")
    )
    dialog = boss.client.get(f"{boss.design(key)}/publish").text
    assert re.findall(r'name="audience" value="(\w+)"( checked)?', dialog)[0] == ("own", " checked")
    done = boss.publish(key, audience="own")
    assert done.status_code == 200, done.text
    assert done.json()["url"] == f"/a/{boss.app}/{key}"
    boss.client.post(f"/a/{boss.app}/{key}/new", data={"title": "机票", "_field": "title"})
    li.client.post(f"/a/{boss.app}/{key}/new", data={"title": "打车", "_field": "title"})
    rows = li.client.post(
        f"/a/{li.app}/{key}/grid/rows", json={"where": None, "sort": [], "fields": ["title"]}
    )
    assert [row["cells"]["title"]["t"] for row in rows.json()["rows"]] == ["打车"]


@pytest.mark.parametrize(
    ("audience", "read"),
    [("all", True), ("administrators", None)],
)
def test_each_audience_grants_what_it_says(office: Sales, boss: Person, audience: str, read: Any) -> None:
    key = boss.new_form(f"表单{audience}", line("title", "text", "标题", "Title"))
    assert boss.publish(key, audience=audience).status_code == 200
    grant = everyone(office, key)
    assert (grant or {}).get("read") == read


def test_a_new_form_for_some_roles_is_opened_to_them_alone(office: Sales, boss: Person) -> None:
    key = boss.new_form("奖金", line("title", "text", "标题", "Title"))
    assert boss.publish(key, audience="roles").status_code == 422, "no role was chosen"
    assert boss.publish(key).status_code == 422, "nobody was chosen"
    assert boss.publish(key, audience="roles", role="seller").status_code == 200
    assert everyone(office, key) is None
    with office.database.connect() as connection:
        roles = living.load(connection, office.app).documents["roles"]
    assert roles["seller"]["grants"][key]["read"] is True
    assert roles["seller"]["grants"]["deal"]["read"] is True


def test_what_is_drafted_of_a_role_stays_a_draft_when_a_form_is_opened_to_it(
    office: Sales, boss: Person
) -> None:
    from engine.definitions import drafts

    with office.database.begin() as writing:
        before = drafts.get(writing, office.app, "roles", "everyone")
        half = {**before.document, "description": "未完成"}
        drafts.save(writing, office.app, "roles", "everyone", half, base_etag=before.etag, author=1)
    key = boss.new_form("点餐", line("title", "text", "菜名", "Dish"))
    assert boss.publish(key, audience="own").status_code == 200
    with office.database.connect() as connection:
        draft = drafts.get(connection, office.app, "roles", "everyone")
        published = drafts.get(connection, office.app, "roles", "everyone", state="live")
    assert key in published.document["grants"]
    assert "description" not in published.document
    assert draft.document["description"] == "未完成"
    assert key in draft.document["grants"]
    with office.database.begin() as writing:
        drafts.discard(writing, office.app, "roles", "everyone")


def test_the_dialog_says_what_will_change_and_what_else_it_publishes(office: Sales, boss: Person) -> None:
    office.deal("有备注", note="x")
    product = boss.new_form("品牌", line("name", "text", "名称", "Name"))
    document, etag = boss.draft("deal")
    changed = copied(document)
    changed["fields"] = [one for one in changed["fields"] if one["key"] != "note"]
    changed["fields"].append(line("brand", "link", "品牌", "Brand", form=product))
    assert boss.save("deal", changed, etag).status_code == 200
    dialog = boss.client.get(f"{boss.design('deal')}/publish").text
    assert "删除字段“备注”和它的 1 个值" in html.unescape(dialog)
    assert "新增字段“品牌”" in html.unescape(dialog)
    assert "同时发布它需要的草稿" in dialog
    assert "品牌" in dialog
    assert 'name="audience"' in dialog, "the form that comes along is new"
    assert boss.save("deal", document, boss.draft("deal")[1]).status_code == 200


def test_the_preview_works_out_formulas_of_the_draft(boss: Person) -> None:
    document, etag = boss.draft("deal")
    changed = copied(document)
    changed["fields"].append(line("twice", "formula", "两倍", "Twice", formula="amount * 2", result="money"))
    assert boss.save("deal", changed, etag).status_code == 200
    sent = {"_field": ["amount"], "amount": "21", "_at": "1"}
    answer = boss.client.post(f"{boss.design('deal')}/preview/compute", data=sent)
    assert "42" in answer.text
    assert boss.save("deal", document, boss.draft("deal")[1]).status_code == 200


def test_a_picker_of_the_preview_offers_what_one_may_see(boss: Person) -> None:
    answer = boss.client.get(
        f"{boss.design('deal')}/preview/choices", params={"field": "customer", "q": "晶"}
    )
    assert [one["label"] for one in answer.json()["choices"]] == ["晶创半导体"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/document"),
        ("PUT", "/document"),
        ("PATCH", "/document"),
        ("GET", "/types"),
        ("POST", "/cards"),
        ("GET", "/fields/customer"),
        ("GET", "/faults"),
        ("GET", "/uses"),
        ("GET", "/key"),
        ("GET", "/preview"),
        ("GET", "/preview/phone"),
        ("POST", "/preview/compute"),
        ("GET", "/preview/choices"),
        ("GET", "/publish"),
        ("POST", "/publish"),
        ("POST", "/removal"),
        ("GET", "/removed"),
        ("GET", "/kept"),
        ("POST", "/linked-form"),
    ],
)
def test_who_may_not_design_is_turned_away(li: Person, method: str, path: str) -> None:
    answer = li.client.request(method, li.design("deal") + path, json={} if method != "GET" else None)
    assert answer.status_code == 403, answer.text


def test_a_form_is_removed_unless_something_uses_it(office: Sales, boss: Person) -> None:
    begun = boss.new_form("半成品", line("title", "text", "标题", "Title"))
    assert boss.client.post(f"{boss.design(begun)}/removal", json={}).json()["url"] == f"/a/{boss.app}"
    assert boss.client.get(f"{boss.design(begun)}/document").status_code == 404
    key = boss.new_form("临时表", line("title", "text", "标题", "Title"))
    assert boss.publish(key, audience="own").status_code == 200
    before = boss.draft("customer")
    used = boss.client.post(f"{boss.design('customer')}/removal", json={})
    assert used.status_code == 422
    assert any("商机" in error["message"] for error in used.json()["errors"])
    assert boss.draft("customer") == before, "its draft is as it was"
    assert boss.client.post(f"{boss.design(key)}/removal", json={}).status_code == 200
    with office.database.connect() as connection:
        assert key not in living.load(connection, office.app).forms


def test_a_removed_field_can_be_brought_back_and_what_did_not_convert_is_listed(
    office: Sales, boss: Person
) -> None:
    key = boss.new_form("仓库", line("name", "text", "名称", "Name"), line("size", "text", "面积", "Size"))
    assert boss.publish(key, audience="all").status_code == 200
    boss.client.post(
        f"/a/{boss.app}/{key}/new", data={"name": "甲库", "size": "很大", "_field": ["name", "size"]}
    )
    document, etag = boss.draft(key)
    changed = copied(document)
    field(changed, "size")["type"] = "number"
    changed["fields"] = [one for one in changed["fields"] if one["key"] != "name"]
    assert boss.save(key, changed, etag).status_code == 200
    assert boss.publish(key).status_code == 200
    kept = boss.client.get(f"{boss.design(key)}/kept", params={"path": "size"}).json()["values"]
    assert [(one["value"], one["becomes"]) for one in kept] == [("很大", None)] or kept[0]["value"] == "很大"
    columns = boss.client.get(f"{boss.design('deal')}/kept", params={"path": "lines.price"})
    assert columns.json() == {"values": []}
    [removed] = boss.client.get(f"{boss.design(key)}/removed").json()["fields"]
    assert (removed["path"], removed["label"], removed["values"]) == ("name", "名称", 1)
    now, etag = boss.draft(key)
    assert boss.save(key, {**now, "fields": [*now["fields"], removed["field"]]}, etag).status_code == 200
    assert boss.client.get(f"{boss.design(key)}/removed").json()["fields"] == []
    assert boss.publish(key).status_code == 200
    rows = boss.client.post(
        f"/a/{boss.app}/{key}/grid/rows", json={"where": None, "sort": [], "fields": ["name"]}
    )
    assert [row["cells"]["name"]["t"] for row in rows.json()["rows"]] == ["甲库"]


def test_a_text_column_is_turned_into_a_form_by_a_job(boss: Person) -> None:
    key = boss.new_form("门店", line("name", "text", "名称", "Name"), line("city", "text", "城市", "City"))
    assert boss.publish(key, audience="all").status_code == 200
    address = f"{boss.design(key)}/linked-form"
    assert boss.client.post(address, json={"path": "city"}).status_code == 422, "a new form has a name"
    assert boss.client.post(address, json={"path": "nothing", "name": "城市"}).status_code in (404, 422)
    made = boss.client.post(address, json={"path": "city", "name": "城市"})
    assert made.status_code == 202, made.text
    assert boss.client.get(made.json()["job"]).json()["state"] in ("queued", "running", "succeeded")


def test_the_work_on_data_after_publishing_is_shown_to_who_designs_the_app_alone(
    office: Sales, boss: Person, li: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = boss.new_form("称重", line("weight", "text", "重量", "Weight"))
    assert boss.publish(key, audience="all").json()["jobs"] == []
    for weight in ("1", "2"):
        add(office.database, office.app, key, office.boss, weight=weight)
    monkeypatch.setattr(rebuild, "AT_ONCE", 1)
    document, etag = boss.draft(key)
    number = line("weight", "number", "重量", "Weight")
    assert boss.save(key, {**document, "fields": [number]}, etag).status_code == 200
    [job] = boss.publish(key).json()["jobs"]
    assert boss.client.get(job).json()["app_work"] is True
    assert li.client.get(job).status_code == 404
    run_due(office.database)
    assert boss.client.get(job).json()["state"] == "succeeded"


def test_before_a_column_becomes_a_form_it_is_said_who_will_not_see_it(boss: Person) -> None:
    lines = line("lines", "subform", "明细", "Lines", fields=[line("item", "text", "品名", "Item")])
    key = boss.new_form("领料", line("place", "text", "库位", "Place"), lines)
    assert boss.publish(key, audience="own").status_code == 200
    address = f"{boss.design(key)}/linked-form"
    for path in ("place", "lines.item"):
        [left_out] = boss.client.get(address, params={"path": path}).json()["roles"]
        assert left_out["key"] == "everyone" and left_out["label"]
    assert boss.client.get(address, params={"path": "nothing"}).status_code == 404
    assert boss.client.post(address, json={"path": "lines.item", "name": "品名"}).status_code == 202
    shared = boss.new_form("共用", line("place", "text", "库位", "Place"))
    assert boss.publish(shared, audience="all").status_code == 200
    address = f"{boss.design(shared)}/linked-form"
    assert boss.client.get(address, params={"path": "place"}).json()["roles"] == []


def test_designers_are_one_click_away_and_others_are_not(office: Sales, boss: Person, li: Person) -> None:
    record = office.deal("按钮")
    for path in (f"/a/{boss.app}/deal", f"/a/{boss.app}/deal/{record}"):
        link = f'href="/a/{boss.app}/deal/design"'
        assert link in boss.client.get(path, headers={"Accept": "text/html"}).text
        assert link not in li.client.get(path, headers={"Accept": "text/html"}).text
