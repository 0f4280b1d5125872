"""What a designer shows of the field types: a tile to choose each, and a label for every property."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.definitions import form_schema
from engine.fields import palette, registry
from engine.fields.schema import PROPERTY_GROUPS
from engine.platform.i18n import LANGUAGES
from engine.platform.settings import Settings
from run import load_parts

OFFERED = [name for name, kind in registry.all_types().items() if kind.offered]
NEEDS_A_FORM = {"link", "links", "lookup", "rollup"}


@pytest.fixture(autouse=True, scope="module")
def whole_product(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What buttons do and rules say is declared by layers above, and is part of a form's schema."""
    load_parts(
        Settings(data=tmp_path_factory.mktemp("data"), secret_key="a secret for tests only, long enough")
    )


def properties(schema: Any, place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every property of a schema, those of inner objects included, with its place."""
    if isinstance(schema, Mapping):
        for name, one in (schema.get("properties") or {}).items():
            yield f"{place}/{name}", one
            yield from properties(one, f"{place}/{name}")
        for inner in (schema.get("items"), *schema.get("oneOf", ())):
            yield from properties(inner, place)


def both(label: Any) -> bool:
    return isinstance(label, Mapping) and all(label.get(language) for language in LANGUAGES)


@pytest.mark.parametrize("name", OFFERED)
def test_every_property_of_every_type_says_what_it_is_in_both_languages(name: str) -> None:
    kind = registry.get(name)
    schema = kind.document_schema()
    for place, one in properties(schema):
        assert both(one.get("x-label")), place
        assert "x-hint" not in one or both(one["x-hint"]), place
        values = one.get("enum", ())
        assert not values or all(both(one.get("x-labels", {}).get(value)) for value in values), place
    for key, one in schema["properties"].items():
        assert one.get("x-group") in PROPERTY_GROUPS, key
        for other in (*one.get("x-with", ()), *one.get("x-without", ())):
            assert other in schema["properties"], key
        if one.get("x-of"):
            assert one["x-of"] in schema["properties"], key


def test_a_property_that_nobody_labelled_is_noticed() -> None:
    bare = {"properties": {"a": {"type": "array", "items": {"oneOf": [{"properties": {"b": {}}}]}}}}
    assert [place for place, one in properties(bare) if not both(one.get("x-label"))] == ["/a", "/a/b"]


def test_the_palette_has_every_type_in_the_groups_and_order_of_the_design() -> None:
    shown = {group.key: [tile.key for tile in group.tiles] for group in palette.groups()}
    assert list(shown) == ["basic", "choice", "relation", "more"]
    assert shown["choice"] == ["radio", "checkboxes", "select", "multi_select", "switch"]
    relation = ["member", "members", "department", "departments", "link", "link_fill", "links"]
    assert shown["relation"][: len(relation)] == relation
    assert shown["relation"][len(relation) :] == ["lookup", "lookup_table", "rollup", "formula", "subform"]
    assert shown["basic"][:2] == ["text", "textarea"] and shown["more"][:2] == ["image", "file"]
    assert {tile.type for group in palette.groups() for tile in group.tiles} == set(OFFERED)
    names = [tile.label.render("zh-CN") for group in palette.groups() for tile in group.tiles]
    assert {"选择数据", "引用字段", "关联查询", "关联数据", "汇总"} <= set(names)
    assert len(names) == len(set(names))


def test_a_new_field_is_sound_as_it_comes_from_the_palette() -> None:
    for group in palette.groups():
        for tile in group.tiles:
            field = {"key": "new", "type": tile.type, "label": tile.label.render(), **tile.properties}
            if tile.type in NEEDS_A_FORM:
                field |= {"form": "f"} | ({"via": "new", "fn": "count"} if tile.type == "rollup" else {})
            document = {"key": "f", "name": "F", "title": "{new}", "fields": [field]}
            assert not form_schema.faults(document), tile.key


@pytest.mark.parametrize("name", OFFERED)
def test_the_schema_of_a_field_still_is_one_with_its_annotations(name: str) -> None:
    whole = form_schema.whole()["$defs"][f"field_{name}"]
    Draft202012Validator.check_schema(whole)
    for one in whole["properties"].values():
        assert one["x-label"]["en"] and one.get("$ref", "#/$defs/condition") == "#/$defs/condition"
