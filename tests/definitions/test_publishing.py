"""Drafts go live together, in one transaction with all that hangs on them, or nothing changes."""

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from engine.definitions import drafts, kinds, live, publish, references, store, tables
from engine.definitions.model import App, Change, LiveApp
from engine.platform.database import Database
from engine.platform.errors import Conflict, Fault, Invalid, NotFound
from tests.definitions.conftest import customer, order
from tests.statements import statements

Save = Callable[..., Any]


@pytest.fixture(autouse=True)
def own_hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[kinds.Hooks]:
    """Only what a test hooks in itself; no tables are made."""
    fresh = kinds.Hooks()
    monkeypatch.setattr(kinds, "hooks", fresh)
    yield fresh


def now_live(database: Database, app: App) -> LiveApp:
    with database.connect() as connection:
        return live.load(connection, app.key)


def test_a_new_app_has_its_name_and_the_role_everybody_has(database: Database, app: App) -> None:
    now = now_live(database, app)
    assert now.version == 1
    assert now.document["name"] == "试用"
    assert list(now.documents["roles"]) == ["everyone"]


def test_a_draft_is_not_live_until_it_is_published(database: Database, app: App, save: Save) -> None:
    save(app, customer())
    assert "customer" not in now_live(database, app).forms
    publication = publish.publish(database, app.key, author=1)
    assert publication.version == 2 and publication.published == [("forms", "customer")]
    now = now_live(database, app)
    assert [field.key for field in now.form("customer").fields] == ["name", "level", "amount"]
    assert now_live(database, app) is now  # from memory while the version is the same


def test_versions_that_are_no_longer_live_leave_the_memory(database: Database, app: App, save: Save) -> None:
    seen, etag = [], None
    for label in ("一", "二", "三", "四"):
        save(app, {**customer(), "name": label}, etag=etag)
        publish.publish(database, app.key, author=1)
        etag = now_live(database, app).etags[("forms", "customer")]
        seen.append(weakref.ref(now_live(database, app)))
    gc.collect()
    assert [one() is None for one in seen] == [True, True, True, False]


def test_reading_an_app_takes_one_small_query(database: Database, app: App, save: Save) -> None:
    save(app, customer())
    publish.publish(database, app.key, author=1)
    now_live(database, app)
    with statements(database) as sent:
        now_live(database, app)
    assert len(sent) == 1 and "definition" not in sent[0]


def test_every_fault_is_listed_and_nothing_changes(database: Database, app: App, save: Save) -> None:
    save(app, customer(views=[{"key": "all", "kind": "grid", "columns": ["name", "lvel"]}]))
    save(app, order({"key": "other", "type": "link", "form": "nowhere"}))
    with pytest.raises(Invalid) as refused:
        publish.publish(database, app.key, author=1)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/forms/customer/views/0/columns/1", "unknown_field"),
        ("/forms/order/fields/3/form", "unknown_form"),
    ]
    assert now_live(database, app).version == 1


def test_only_what_is_named_and_what_that_needs_goes_live(database: Database, app: App, save: Save) -> None:
    save(app, customer())
    save(app, order())
    save(app, customer(key="half_done", views=[{"key": "a", "kind": "grid", "columns": ["gone"]}]))
    publication = publish.publish(database, app.key, only=[("forms", "order")], author=1)
    assert sorted(publication.published) == [("forms", "customer"), ("forms", "order")]
    with database.connect() as connection:
        assert [draft.key for draft in drafts.all_drafts(connection, app.key)] == ["half_done"]


def test_what_is_live_already_is_not_taken_along(database: Database, app: App, save: Save) -> None:
    etag = save(app, customer()).etag
    publish.publish(database, app.key, author=1)
    save(app, customer(title="{level}"), etag=etag)  # a colleague's draft of a form that is live
    save(app, order())
    publication = publish.publish(database, app.key, only=[("forms", "order")], author=1)
    assert publication.published == [("forms", "order")]


def test_a_new_field_that_is_looked_up_is_taken_along(database: Database, app: App, save: Save) -> None:
    etag = save(app, customer()).etag
    publish.publish(database, app.key, author=1)
    save(app, customer({"key": "city", "type": "text"}), etag=etag)
    save(app, order({"key": "city", "type": "lookup", "via": "customer", "field": "city"}))
    publication = publish.publish(database, app.key, only=[("forms", "order")], author=1)
    assert len(publication.published) == 2


def test_removing_a_form_takes_along_the_draft_that_lets_go_of_it(
    database: Database, app: App, save: Save
) -> None:
    save(app, customer())
    etag = save(app, order()).etag
    publish.publish(database, app.key, author=1)
    without = order()
    del without["fields"][1]
    save(app, without, etag=etag)
    with database.begin() as connection:
        found = drafts.get(connection, app.key, "forms", "customer")
        drafts.remove(connection, app.key, "forms", "customer", base_etag=found.etag, author=1)
    publication = publish.publish(database, app.key, only=[("forms", "customer")], author=1)
    assert publication.published == [("forms", "order"), ("forms", "customer")]
    assert list(now_live(database, app).forms) == ["order"]


def test_naming_what_does_not_exist_is_a_fault_and_naming_what_has_no_draft_does_nothing(
    database: Database, app: App, save: Save
) -> None:
    save(app, customer())
    publish.publish(database, app.key, author=1)
    with pytest.raises(Invalid) as refused:
        publish.publish(database, app.key, only=[("forms", "gone")], author=1)
    assert refused.value.faults[0].pointer == "/only/0"
    assert publish.publish(database, app.key, only=[("forms", "customer")], author=1).published == []
    with pytest.raises(NotFound):
        publish.publish(database, app.key, only=[("nothings", "gone")], author=1)


def test_a_key_never_comes_back_as_something_else(database: Database, app: App, save: Save) -> None:
    etag = save(app, customer({"key": "grade", "type": "text", "label": "等级"})).etag
    publish.publish(database, app.key, author=1)
    etag = save(app, customer(), etag=etag).etag
    publish.publish(database, app.key, author=1)
    etag = save(app, customer({"key": "grade", "type": "number", "label": "分数"}), etag=etag).etag
    with pytest.raises(Invalid) as refused:
        publish.publish(database, app.key, author=1)
    fault = refused.value.faults[0]
    assert (fault.pointer, fault.code) == ("/forms/customer/fields/3", "key_was_used")
    assert "客户 › 字段“分数”：标识“grade”以前属于“等级”" in str(fault.message)
    save(app, customer({"key": "grade", "type": "text", "label": "新等级"}), etag=etag)
    publish.publish(database, app.key, author=1)


def test_a_field_may_change_its_type_while_it_lives(database: Database, app: App, save: Save) -> None:
    etag = save(app, customer({"key": "grade", "type": "text"})).etag
    publish.publish(database, app.key, author=1)
    save(app, customer({"key": "grade", "type": "number"}), etag=etag)
    assert publish.publish(database, app.key, author=1).version == 3


def test_adding_a_field_from_a_list_leaves_a_half_done_draft_half_done(
    database: Database, app: App, save: Save
) -> None:
    etag = save(app, customer()).etag
    publish.publish(database, app.key, author=1)
    save(app, customer(title="{name} · {gone}"), etag=etag)  # cannot be published yet

    def add(document: Any) -> Any:
        return {**document, "fields": [*document["fields"], {"key": "city", "type": "text"}]}

    publish.change(database, app.key, "forms", "customer", add, author=2)
    assert now_live(database, app).form("customer").field("city") is not None
    assert now_live(database, app).form("customer").title == "{name}"
    with database.connect() as connection:
        draft = drafts.get(connection, app.key, "forms", "customer")
    assert draft.document["title"] == "{name} · {gone}" and draft.document["fields"][-1]["key"] == "city"


def test_a_draft_tells_what_it_would_undo_of_what_was_published_meanwhile(
    database: Database, app: App, save: Save
) -> None:
    etag = save(app, customer()).etag
    publish.publish(database, app.key, author=1)

    def told() -> list[str]:
        with database.connect() as connection:
            return [str(one) for one in drafts.overruled(connection, app.key, "forms", "customer")]

    def titled(title: str) -> Callable[[Any], Any]:
        return lambda document: {**document, "title": title}

    etag = save(app, customer(title="{name} · {level}"), etag=etag).etag
    assert told() == []
    publish.change(database, app.key, "forms", "customer", titled("{level} {name}"), author=2)
    assert len(told()) == 1 and "标题" in told()[0]
    publish.change(database, app.key, "forms", "customer", titled("{name} {level}"), author=2)
    assert len(told()) == 1, "one place, once"
    etag = save(app, customer(title="{name} {level}", description="x"), etag=etag).etag
    assert told() == [], "they agree: it is settled"
    save(app, customer(title="{name}"), etag=etag)
    said = told()
    publication = publish.publish(database, app.key, author=1)
    assert [str(one) for one in publication.warnings] == said != []
    assert told() == []


def test_hooks_see_every_change_and_may_leave_jobs(
    database: Database, app: App, save: Save, own_hooks: kinds.Hooks
) -> None:
    seen: list[Any] = []

    @kinds.on_publish("forms")
    def note(connection: Connection, change: Change) -> list[str]:
        seen.append((change.key, change.before is None, change.after is None, change.live.version))
        return [f"job-{change.key}"]

    @kinds.on_published
    def finish(connection: Connection, changes: list[Change], now: LiveApp) -> list[str]:
        seen.append([change.key for change in changes])
        return ["job-all"]

    save(app, customer())
    save(app, order())
    publication = publish.publish(database, app.key, author=1)
    assert seen == [("customer", True, False, 2), ("order", True, False, 2), ["customer", "order"]]
    assert publication.jobs == ["job-customer", "job-order", "job-all"]


def test_a_hook_that_fails_leaves_everything_as_it_was(
    database: Database, app: App, save: Save, own_hooks: kinds.Hooks
) -> None:
    @kinds.on_publish("forms")
    def fail(connection: Connection, change: Change) -> None:
        connection.execute(tables.retired.delete())
        raise RuntimeError("no room left")

    save(app, customer())
    with pytest.raises(RuntimeError):
        publish.publish(database, app.key, author=1)
    assert now_live(database, app).version == 1 and "customer" not in now_live(database, app).forms
    with database.connect() as connection:
        assert len(drafts.all_drafts(connection, app.key)) == 1
    kinds.hooks.publish.clear()
    publish.publish(database, app.key, author=1)
    assert "customer" in now_live(database, app).forms


def test_what_other_layers_find_wrong_is_a_fault_too(
    database: Database, app: App, save: Save, own_hooks: kinds.Hooks
) -> None:
    @kinds.on_check("flows")
    def look(connection: Connection, before: LiveApp, proposed: LiveApp) -> Iterator[Fault]:
        if "customer" in proposed.forms and "customer" not in before.forms:
            yield Fault("/forms/customer", "not_today", "今天不行")

    save(app, customer())
    with pytest.raises(Invalid) as refused:
        publish.publish(database, app.key, author=1)
    assert [fault.code for fault in refused.value.faults] == ["not_today"]


def test_a_write_sees_the_version_that_was_published_while_it_waited(
    database: Database, app: App, save: Save, own_hooks: kinds.Hooks
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    @kinds.on_publish("forms")
    def wait(connection: Connection, change: Change) -> None:
        inside.set()
        go_on.wait(10)

    save(app, customer())
    publishing = threading.Thread(target=publish.publish, args=(database, app.key), kwargs={"author": 1})
    publishing.start()
    assert inside.wait(10)
    versions: list[int] = []

    def write() -> None:
        with database.begin() as connection:
            versions.append(live.lock_and_load(connection, app.key).version)

    writing = threading.Thread(target=write)
    writing.start()
    time.sleep(0.2)
    assert versions == [] and now_live(database, app).version == 1  # the write waits, a read does not
    go_on.set()
    writing.join(10)
    publishing.join(10)
    assert versions == [2]


def test_publishing_waits_for_a_write_and_comes_after_it(
    database: Database, app: App, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "LOCK_TIMEOUT", "100ms")
    save(app, customer())
    with database.begin() as connection:
        live.lock_and_load(connection, app.key)
        publishing = threading.Thread(target=publish.publish, args=(database, app.key), kwargs={"author": 1})
        publishing.start()
        time.sleep(0.5)
        assert now_live(database, app).version == 1
    publishing.join(20)
    assert now_live(database, app).version == 2


def test_publishing_gives_up_with_a_word_when_somebody_writes_for_ever(
    database: Database, app: App, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(publish, "GIVE_UP_AFTER", 0.2)
    save(app, customer())
    with database.begin() as connection:
        live.lock_and_load(connection, app.key)
        with pytest.raises(Conflict) as refused:
            publish.publish(database, app.key, author=1)
    assert refused.value.code == "busy"


def test_two_people_who_publish_at_once_publish_once(database: Database, app: App, save: Save) -> None:
    save(app, customer())
    published: list[Any] = []

    def press() -> None:
        published.append(publish.publish(database, app.key, author=1).published)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(published) == [[], [], [], [("forms", "customer")]]
    assert now_live(database, app).version == 2


def test_the_publisher_is_told_who_learns_what_and_what_a_role_no_longer_sees(
    database: Database, app: App, save: Save
) -> None:
    save(
        app,
        customer(
            {"key": "cost", "type": "money", "label": "成本"},
            {
                "key": "profit",
                "type": "formula",
                "label": "毛利",
                "formula": "amount - cost",
                "result": "money",
            },
            {
                "key": "rate",
                "type": "formula",
                "label": "毛利率",
                "formula": "profit / amount",
                "result": "percent",
            },
            duplicates={"show": ["title", "owner"]},
        ),
    )
    role = {
        "key": "sales",
        "name": "销售",
        "grants": {"customer": {"read": True, "fields": {"cost": "hidden", "rate": "read"}}},
    }
    save(app, role, kind="roles")
    warnings = [str(warning) for warning in publish.publish(database, app.key, author=1).warnings]
    assert warnings == [
        "“客户”查到重复时会告诉填写的人已有数据的：标题、负责人，即使他没有查看权限。",
        "角色“销售”能看到“客户”的“毛利率”，虽然它由看不到的“成本”算出：权限里写明了这个字段。",
        "角色“销售”看不到“客户”的“毛利”，因为它由看不到的“成本”算出；要让他看到，请在权限里写明这个字段。",
    ]


def test_where_a_field_is_used_is_told_in_words(database: Database, app: App, save: Save) -> None:
    save(
        app,
        customer(
            {
                "key": "sum",
                "type": "rollup",
                "form": "order",
                "via": "customer",
                "fn": "sum",
                "field": "total",
                "label": "总额",
            },
            views=[{"key": "all", "kind": "grid", "name": "全部", "columns": ["name", "sum"]}],
        ),
    )
    save(
        app,
        order(
            {"key": "double", "type": "formula", "label": "两倍", "formula": "total * 2", "result": "money"}
        ),
    )
    save(
        app,
        {"key": "sales", "name": "销售", "grants": {"order": {"read": True, "fields": {"total": "read"}}}},
        kind="roles",
    )
    publish.publish(database, app.key, author=1)
    now = now_live(database, app)
    assert [str(use.place) for use in references.uses(now, "forms", "order", "total")] == [
        "客户 › 字段“总额” › 字段",
        "订单 › 字段“两倍” › 公式",
        "销售 › 表单“order” › 字段 › “total”",
    ]
    assert {use.key for use in references.uses(now, "forms", "customer")} == {"order"}


def test_a_deleted_app_is_gone_with_everything_in_it(
    database: Database, app: App, save: Save, own_hooks: kinds.Hooks
) -> None:
    seen: list[str] = []
    kinds.on_app_deleted(lambda connection, gone: seen.append(gone.key))
    save(app, customer())
    publish.publish(database, app.key, author=1)
    with database.begin() as connection:
        store.delete_app(connection, app.key)
    assert seen == [app.key]
    with pytest.raises(NotFound):
        now_live(database, app)
    with database.connect() as connection:
        for table in (tables.content, tables.live, tables.version, tables.draft):
            assert connection.scalar(sa.select(sa.func.count()).where(table.c.app_id == app.id)) == 0
    with pytest.raises(NotFound), database.begin() as connection:
        store.delete_app(connection, app.key)


def test_apps_get_keys_made_of_their_names(database: Database) -> None:
    def key(hint: str) -> str:
        return store.key_from(hint, "app")

    assert key("客户管理") == "ke_hu_guan_li"
    assert key("CRM 2.0 系统!") == "crm_2_0_xi_tong"
    assert key("2026") == "app_2026" and key("！！") == "app" and key("") == "app"
    assert len(key("很" * 300)) <= 50
