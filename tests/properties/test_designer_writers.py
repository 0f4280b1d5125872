"""Two people design one form at once, by the designer's own door: what either did is there, or somebody is told."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.platform.embedded import EmbeddedServer
from tests.builders.designing import Person, signed_in
from tests.journeys.sales import sales

KEYS = ("a", "b", "c", "d")
BEGUN = {
    "fields": [{"key": key, "type": "text", "label": key.upper()} for key in KEYS]
    + [{"key": "t", "type": "subform", "label": "T", "fields": [{"key": "x", "type": "text", "label": "X"}]}]
}
LABELS = st.sampled_from(["one", "two", "three"])


@st.composite
def edits(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to three changes that a person makes before the page saves."""
    found: dict[str, dict[str, Any]] = {}
    for _ in range(draw(st.integers(1, 3))):
        what = draw(
            st.sampled_from(["label", "required", "width", "add", "remove", "order", "column", "name"])
        )
        key = draw(st.sampled_from(KEYS))
        change: dict[str, Any]
        if what == "label":
            change = {"path": ["fields", key, "label"], "after": draw(LABELS)}
        elif what == "required":
            change = {"path": ["fields", key, "required"], "after": True}
        elif what == "width":
            change = {"path": ["fields", key, "width"], "after": draw(st.sampled_from(["1", "1/3"]))}
        elif what == "add":
            new = draw(st.sampled_from(["n", "m"]))
            change = {"path": ["fields", new], "after": {"key": new, "type": "text", "label": draw(LABELS)}}
        elif what == "remove":
            change = {"path": ["fields", key]}
        elif what == "order":
            change = {"path": ["fields"], "order": draw(st.permutations([*KEYS, "t"]))}
        elif what == "column":
            change = {"path": ["fields", "t", "fields", "x", "label"], "after": draw(LABELS)}
        else:
            change = {"path": ["name"], "after": draw(LABELS)}
        found["/".join(change["path"])] = change
    removed = {one["path"][1] for one in found.values() if len(one["path"]) == 2 and "after" not in one}
    return [one for one in found.values() if len(one["path"]) < 3 or one["path"][1] not in removed]


@pytest.fixture(scope="module")
def designer(
    postgres: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Person, str]]:
    with sales(postgres, tmp_path_factory.mktemp("data")) as office, signed_in(office) as person:
        yield person, person.new_form("写作", *BEGUN["fields"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mine=edits(), theirs=edits())
def test_nothing_that_either_of_two_designers_did_is_lost_without_being_told(
    designer: tuple[Person, str], mine: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> None:
    person, form = designer
    now, etag = person.draft(form)
    begun = {**now, **BEGUN, "name": "写作"}
    etag = person.save(form, begun, etag).headers["ETag"]
    first = person.step(form, etag, *theirs)
    assert first.status_code == 200, first.text
    after_them, etag_of_theirs = person.draft(form)
    second = person.step(form, etag, *mine)
    merged, _ = person.draft(form)
    if second.status_code == 412:
        told = second.json()
        assert told["pointers"], "a conflict says where"
        assert merged == after_them, "a conflict changes nothing"
        assert told["etag"] == etag_of_theirs.strip('"')
        return
    assert second.status_code == 200, second.text
    for side in (mine, theirs):
        for change in side:
            assert holds(merged, change, begun), (change, merged)


def holds(document: dict[str, Any], change: dict[str, Any], begun: dict[str, Any]) -> bool:
    """Whether a change is to be seen in the document."""
    if "order" in change:
        # What one side put in order and the other took out or moved too may stand otherwise; it is all there.
        return {one["key"] for one in document["fields"]} <= {*KEYS, "t", "n", "m"}
    found: Any = document
    for name in change["path"]:
        if isinstance(found, list):
            found = next((one for one in found if one["key"] == name), None)
        else:
            found = (found or {}).get(name)
    wanted = change.get("after")
    if isinstance(wanted, dict):
        return isinstance(found, dict) and wanted.items() <= found.items()
    return json.dumps(found) == json.dumps(wanted)
