"""Drafts: saved, merged, removed, thrown away."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from engine.definitions import drafts, live, publish, versions
from engine.definitions.model import App
from engine.platform.database import Database
from engine.platform.errors import Conflict, Invalid, NotFound, PreconditionRequired, Stale
from engine.platform.i18n import speaking
from tests.definitions.conftest import customer, order

Save = Callable[..., Any]


def get(database: Database, app: App, key: str = "customer", **state: str) -> Any:
    with database.connect() as connection:
        return drafts.get(connection, app.key, "forms", key, **state)


def test_what_was_read_can_be_saved_again(database: Database, app: App, save: Save) -> None:
    saved = save(app, customer())
    read = get(database, app)
    assert read.document == customer() and read.etag == saved.etag and read.state == "draft"
    assert list(read.document) == list(customer())  # in the order in which it was written
    again = save(app, read.document, etag=read.etag)
    assert again.etag == read.etag and not again.merged


def test_an_existing_definition_is_only_changed_by_somebody_who_says_which_one_was_read(
    app: App, save: Save
) -> None:
    save(app, customer())
    with pytest.raises(PreconditionRequired):
        save(app, customer(title="{name} {level}"))


def test_two_people_edit_different_fields_and_both_are_kept(database: Database, app: App, save: Save) -> None:
    etag = save(app, customer()).etag
    save(app, customer({"key": "phone", "type": "phone", "label": "电话"}), etag=etag)
    mine = customer()
    mine["fields"][0]["label"] = "名称"
    saved = save(app, mine, etag=etag)
    assert saved.merged
    assert [field["key"] for field in saved.document["fields"]] == ["name", "level", "amount", "phone"]
    assert saved.document["fields"][0]["label"] == "名称"
    assert get(database, app).etag == saved.etag


def test_two_people_change_the_same_label_and_the_second_sees_both(
    database: Database, app: App, save: Save
) -> None:
    etag = save(app, customer()).etag
    theirs, mine = customer(), customer()
    theirs["fields"][1]["options"][1]["label"] = "普通"
    mine["fields"][1]["options"][1]["label"] = "一般"
    save(app, theirs, etag=etag)
    with pytest.raises(Stale) as stale:
        save(app, mine, etag=etag)
    assert [fault.pointer for fault in stale.value.faults] == ["/fields/1/options/1/label"]
    assert str(stale.value.faults[0].message) == (
        "客户 › 字段“级别” › 选项“一般” › 名称：别人也改了这里。别人：普通；您：一般。"
    )
    with speaking("en"):
        assert str(stale.value.faults[0].message).startswith(
            "Customer › field “Level” › option “一般” › label:"
        )
    assert stale.value.details["mine"] == mine and stale.value.details["theirs"] == theirs
    assert get(database, app).document == theirs  # nothing was overwritten


def test_a_base_that_nobody_knows_is_stale(app: App, save: Save) -> None:
    save(app, customer())
    with pytest.raises(Stale):
        save(app, customer(title="{name} {level}"), etag="0" * 32)


def test_together_they_would_not_be_sound_so_a_person_decides(app: App, save: Save) -> None:
    base = customer({"key": "note_text", "type": "text", "label": "备注"})
    etag = save(app, base).etag
    theirs = customer({"key": "note_text", "type": "text", "label": "备注", "max_length": 20})
    save(app, theirs, etag=etag)
    mine = customer({"key": "note_text", "type": "date", "label": "备注"})
    with pytest.raises(Stale):
        save(app, mine, etag=etag)


def test_a_save_against_the_published_state_is_merged_into_it(
    database: Database, app: App, save: Save
) -> None:
    etag = save(app, customer()).etag
    save(app, customer({"key": "phone", "type": "phone"}), etag=etag)
    publish.publish(database, app.key, author=1)
    saved = save(app, customer(title="{name} {level}"), etag=etag)
    assert saved.merged and saved.document["title"] == "{name} {level}"
    assert saved.document["fields"][-1]["key"] == "phone"


def test_an_edit_that_is_taken_back_leaves_no_draft(database: Database, app: App, save: Save) -> None:
    etag = save(app, customer()).etag
    publish.publish(database, app.key, author=1)
    changed = save(app, customer(title="{name} {level}"), etag=etag)
    with database.connect() as connection:
        assert len(drafts.all_drafts(connection, app.key)) == 1
    save(app, customer(), etag=changed.etag)
    with database.connect() as connection:
        assert drafts.all_drafts(connection, app.key) == []


def test_a_removed_form_is_gone_for_the_editor_but_live_until_published(
    database: Database, app: App, save: Save
) -> None:
    etag = save(app, customer()).etag
    publish.publish(database, app.key, author=1)
    with pytest.raises(PreconditionRequired), database.begin() as connection:
        drafts.remove(connection, app.key, "forms", "customer", base_etag=None, author=1)
    with database.begin() as connection:
        drafts.remove(connection, app.key, "forms", "customer", base_etag=etag, author=1)
    with pytest.raises(NotFound):
        get(database, app)
    assert get(database, app, state="live").document == customer()
    publish.publish(database, app.key, author=1)
    with database.connect() as connection:
        assert "customer" not in live.load(connection, app.key).forms


def test_what_others_use_cannot_be_removed(database: Database, app: App, save: Save) -> None:
    etag = save(app, customer()).etag
    save(app, order())
    publish.publish(database, app.key, author=1)
    with database.begin() as connection:
        drafts.remove(connection, app.key, "forms", "customer", base_etag=etag, author=1)
    with pytest.raises(Invalid) as refused:
        publish.publish(database, app.key, author=1)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/forms/order/fields/1/form", "unknown_form")
    ]


def test_the_role_everybody_has_and_the_app_itself_cannot_be_removed(database: Database, app: App) -> None:
    for kind, key in (("roles", "everyone"), ("app", "app")):
        with pytest.raises(Invalid), database.begin() as connection:
            etag = drafts.get(connection, app.key, kind, key).etag
            drafts.remove(connection, app.key, kind, key, base_etag=etag, author=1)


def test_a_draft_that_was_thrown_away_is_gone(database: Database, app: App, save: Save) -> None:
    save(app, customer())
    with database.begin() as connection:
        drafts.discard(connection, app.key, "forms", "customer")
    with pytest.raises(NotFound):
        get(database, app)
    with pytest.raises(NotFound), database.begin() as connection:
        drafts.discard(connection, app.key, "forms", "customer")


def test_an_older_version_comes_back_as_a_draft(database: Database, app: App, save: Save) -> None:
    etag = save(app, customer({"key": "phone", "type": "phone"})).etag
    publish.publish(database, app.key, author=1)
    etag = save(app, customer(), etag=etag).etag
    publish.publish(database, app.key, author=2)
    with database.begin() as connection:
        draft = versions.restore(connection, app.key, "forms", "customer", 1, author=1)
    assert draft.document is not None and draft.document["fields"][-1]["key"] == "phone"
    with database.connect() as connection:
        assert live.load(connection, app.key).form("customer").field("phone") is None
    publish.publish(database, app.key, author=1)  # a key may come back as what it was
    with database.connect() as connection:
        found = versions.versions(connection, app.key, "forms", "customer")
    assert [one.number for one in found] == [3, 2, 1]
    assert [one.author for one in found] == [1, 2, 1]
    assert [str(change) for change in found[1].changes] == ["删除字段“phone”"]


def test_restoring_does_not_overwrite_an_open_draft(database: Database, app: App, save: Save) -> None:
    etag = save(app, customer()).etag
    publish.publish(database, app.key, author=1)
    etag = save(app, customer(title="{name} {level}"), etag=etag).etag
    publish.publish(database, app.key, author=1)
    open_draft = save(app, customer(title="{level}"), etag=etag)
    with pytest.raises(Conflict) as refused, database.begin() as connection:
        versions.restore(connection, app.key, "forms", "customer", 1, author=2)
    assert refused.value.code == "draft_exists"
    with database.begin() as connection:
        versions.restore(connection, app.key, "forms", "customer", 1, base_etag=open_draft.etag, author=2)
    assert get(database, app).document["title"] == "{name}"


def test_eight_people_add_a_field_at_once_and_all_eight_are_there(
    database: Database, app: App, save: Save
) -> None:
    etag = save(app, customer()).etag
    failed = []

    def add(number: int) -> None:
        try:
            save(app, customer({"key": f"extra_{number}", "type": "text"}), etag=etag, author=number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    found = {field["key"] for field in get(database, app).document["fields"]}
    assert {f"extra_{number}" for number in range(8)} < found
