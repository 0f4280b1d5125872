"""Each kind's JSON Schema says what may be written; a new field type changes nothing but itself."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.definitions import checks, form_schema, kinds
from engine.fields import registry
from engine.fields.base import FieldType
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from tests.definitions.conftest import customer

TEMPLATES = sorted((Path(__file__).resolve().parents[2]).glob("crm_template/forms/*.json"))


@pytest.mark.parametrize("kind", [kind.name for kind in kinds.all_kinds()])
def test_every_kind_has_a_schema_that_is_one(kind: str) -> None:
    schema = kinds.get(kind).schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema" and schema["title"]
    json.dumps(schema)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_the_whole_schema_takes_what_the_template_has(file: Path) -> None:
    document = json.loads(file.read_text("utf-8"))
    assert Draft202012Validator(form_schema.whole()).is_valid(document)
    assert checks.sound_document("forms", file.stem, document) == document


def broken() -> Iterator[Any]:
    """Forms with one thing wrong each."""
    for change in (
        {"fields": [{"key": "a", "type": "nothing"}]},
        {"fields": [{"key": "A", "type": "text"}]},
        {"fields": [{"type": "text"}]},
        {"fields": [{"key": "a"}]},
        {"fields": [{"key": "a", "type": "number", "decimals": -1}]},
        {"fields": [{"key": "a", "type": "number", "options": []}]},
        {"fields": [{"key": "a", "type": "section", "required": True}]},
        {"fields": [{"key": "a", "type": "formula"}]},
        {"fields": [{"key": "a", "type": "select", "options": [{"label": "x"}]}]},
        {"fields": [{"key": "a", "type": "subform", "fields": []}]},
        {"fields": [{"key": "a", "type": "subform", "fields": [{"key": "b", "type": "number", "min": "x"}]}]},
        {"fields": [{"key": "a", "type": "serial", "pattern": [{"digits": 99}]}]},
        {"fields": [1]},
        {"fields": {}},
        {"views": [{"key": "a"}]},
        {"views": [{"key": "a", "kind": "moon"}]},
        {"rules": [{"key": "a", "kind": "validation"}]},
        {"more": 1},
        {"unique": [["name"]]},
    ):
        yield {**customer(), **change}


@pytest.mark.parametrize("document", [*broken()], ids=lambda document: json.dumps(document)[-60:])
def test_the_quick_check_and_the_whole_schema_agree(document: Any) -> None:
    assert not Draft202012Validator(form_schema.whole()).is_valid(document)
    with pytest.raises(Invalid):
        checks.sound_document("forms", "customer", document)


class StarsField(FieldType):
    """A type from outside."""

    name = "stars"
    label = Text("星级", "Stars")
    schema = {"properties": {"most": {"type": "integer", "maximum": 10}}, "required": ["most"]}


def test_a_field_type_from_outside_is_known_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with_stars = {**registry.all_types(), "stars": StarsField()}
    monkeypatch.setattr(registry, "all_types", lambda: with_stars)
    checks.forget()
    good = customer({"key": "rank", "type": "stars", "most": 5})
    bad = customer({"key": "rank", "type": "stars", "label": "星", "most": 50})
    assert checks.sound_document("forms", "customer", good) == good
    with pytest.raises(Invalid) as refused:
        checks.sound_document("forms", "customer", bad)
    assert str(refused.value.faults[0].message) == "客户 › 字段“星” › “most”：不能大于 10。"
    whole = Draft202012Validator(form_schema.whole())
    assert whole.is_valid(good) and not whole.is_valid(bad)


def test_a_condition_is_written_out_in_the_whole_schema() -> None:
    whole = Draft202012Validator(form_schema.whole())
    form = customer(
        views=[{"key": "a", "kind": "grid", "where": {"field": "name", "op": "eq", "value": "x"}}]
    )
    assert whole.is_valid(form)
    worse = deepcopy(form)
    worse["views"][0]["where"]["op"] = "like"
    assert not whole.is_valid(worse)
