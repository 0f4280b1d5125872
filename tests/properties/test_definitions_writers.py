"""Two people save one draft at the same moment: nothing is lost without being told."""

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from engine.definitions import drafts, store
from engine.definitions.model import App
from engine.platform.database import Database
from engine.platform.errors import Stale
from tests.properties.test_definitions_merge import edits, flat, keys, turned


@pytest.fixture(scope="module")
def app(database: Database) -> App:
    with database.begin() as connection:
        return store.create_app(connection, key_hint="writers", document={"name": "两个人"}, author=1)


def save(database: Database, app: App, key: str, document: Any, etag: str | None) -> drafts.Draft:
    with database.begin() as connection:
        sent = {**document, "key": key}
        return drafts.save(connection, app.key, "forms", key, sent, base_etag=etag, author=1)


numbers = iter(range(1_000_000))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits())
def test_of_two_writers_each_change_is_there_or_its_writer_was_told(
    database: Database, app: App, sides: Any
) -> None:
    base, *both = (plain(document) for document in sides)
    key = f"form_{next(numbers)}"
    etag = save(database, app, key, base, None).etag
    told: dict[int, Stale] = {}

    def write(number: int) -> None:
        try:
            save(database, app, key, both[number], etag)
        except Stale as stale:
            told[number] = stale

    threads = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.connect() as connection:
        document = drafts.get(connection, app.key, "forms", key).document
    result = flat(document)
    was = flat(base)
    assert len(told) < 2  # the first of the two always gets through
    for number, side in enumerate(both):
        if number in told:
            assert told[number].details["mine"]["fields"] == side["fields"]
            continue
        now = flat(side)
        for place in {*was, *now}:
            if was.get(place) != now.get(place) and place[-1] != "options":
                assert result.get(place) == now.get(place), place
        order = keys(document)
        for first, second in turned(base, side):
            assert not {first, second} <= set(order) or order.index(first) < order.index(second)


def test_who_moves_a_field_that_somebody_has_moved_elsewhere_is_told(database: Database, app: App) -> None:
    def ordered(*keys: str) -> Any:
        return {"key": "order", "name": "订单", "fields": [{"key": key, "type": "text"} for key in keys]}

    etag = save(database, app, "order", ordered("name", "city", "amt", "gone"), None).etag
    first = save(database, app, "order", ordered("gone", "name", "city", "amt"), etag)
    with pytest.raises(Stale) as told:
        save(database, app, "order", ordered("name", "gone", "city", "amt"), etag)
    assert told.value.details["pointers"] == ["/fields"]
    assert keys(told.value.details["mine"]) == ["name", "gone", "city", "amt"]
    assert keys(told.value.details["theirs"]) == ["gone", "name", "city", "amt"]
    assert told.value.details["etag"] == first.etag


def plain(document: Any) -> Any:
    """The random document as a form that its schema takes."""
    made = {"key": "form", "name": document["name"], "fields": []}
    for field in document["fields"]:
        kept = {"key": field["key"], "type": "select", "options": []}
        if isinstance(field.get("label"), (str, dict)):
            kept["label"] = field["label"]
        if isinstance(field.get("hint"), str):
            kept["hint"] = field["hint"]
        if isinstance(field.get("required"), bool):
            kept["required"] = field["required"]
        if isinstance(field.get("options"), list):
            kept["options"] = field["options"]
        made["fields"].append(kept)
    return made
