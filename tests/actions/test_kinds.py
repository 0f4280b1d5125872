"""The kinds of actions: all found, all labelled for the designer's panel, one from outside as good as any."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import engine.actions  # noqa: F401 - makes the kinds known
from engine.access.viewer import App
from engine.actions.kind import Outcome, Press, PressKind
from engine.actions.pressing import press
from engine.definitions import action_kinds, checks
from engine.platform.database import Database
from engine.platform.i18n import LANGUAGES, Text
from engine.records.writing import write
from tests.records.making import add, field, form, make_app, stored, text

OWN = ("set_fields", "open_form", "open_address", "create_records")


def properties(schema: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, one in schema.get("properties", {}).items():
        yield f"{place}/{name}", one
        yield from properties(one.get("items", {}), f"{place}/{name}")


def test_every_kind_is_found_in_its_file_and_offered_in_order() -> None:
    assert tuple(one.name for one in action_kinds.all_kinds())[: len(OWN)] == OWN


@pytest.mark.parametrize("name", OWN)
def test_every_property_says_what_it_is_in_both_languages(name: str) -> None:
    kind = action_kinds.get(name)
    assert all(kind.label.render(one) and kind.hint.render(one) for one in LANGUAGES)
    for place, one in properties(kind.document_schema()):
        if place != "/kind":
            assert all(one.get("x-label", {}).get(language) for language in LANGUAGES), place


class Shout(PressKind):
    """Writes a record's name in capitals."""

    name = "shout"
    label = Text("大写", "Shout")
    hint = Text("把名称写成大写。", "Writes the name in capitals.")

    def press(self, press: Press) -> Outcome:
        write.update(press.tx, press.form.key, press.record.id, {"name": str(press.record.title).upper()})
        return Outcome()


def test_a_kind_from_outside_is_checked_and_pressed_like_any_other(database: Database) -> None:
    client = form("client", text(), field("louder", "button", action={"kind": "shout"}), title="{name}")
    checks.forget()
    assert [one.code for one in checks.schema_faults("forms", client)] == ["unknown_kind"]
    action_kinds.register(Shout)
    try:
        checks.forget()
        app = make_app(database, client)
        record = add(database, app, "client", name="acme")
        write.transact(database, app, App("test"), lambda tx: press(tx, "client", record, "louder"))
        assert stored(database, app, "client", record).values["name"] == "ACME"
    finally:
        del action_kinds._kinds["shout"]
        checks.forget()
