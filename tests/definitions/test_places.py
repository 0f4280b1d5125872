"""Faults and previews call every part of a definition by words, never by its property's name in English."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from engine.definitions import form_schema, kinds, places, rule_kinds
from engine.platform.i18n import speaking
from engine.platform.settings import Settings
from run import load_parts


@pytest.fixture(autouse=True, scope="module")
def whole_product(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What rules and buttons say is declared by layers above."""
    load_parts(
        Settings(data=tmp_path_factory.mktemp("data"), secret_key="a secret for tests only, long enough")
    )


def properties(part: Any) -> Iterator[str]:
    """The names of all properties of a schema, wherever they stand."""
    if isinstance(part, Mapping):
        declared = part.get("properties")
        if isinstance(declared, Mapping):
            yield from declared
        for name, inner in part.items():
            if not name.startswith("x-"):
                yield from properties(inner)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from properties(inner)


def test_every_property_that_can_be_written_has_a_name_in_both_languages() -> None:
    schemas = [form_schema.whole(), *(one.schema() for one in kinds.all_kinds())]
    schemas += [one.schema for one in rule_kinds.all_kinds()]
    assert sorted({name for name in properties(schemas) if name not in places.PROPERTIES}) == []


def test_a_field_that_a_rule_names_is_counted_in_words() -> None:
    document = {"name": "单", "rules": [{"key": "r3", "kind": "display", "require": ["x"], "set": {}}]}
    with speaking("zh-CN"):
        said = str(places.place("forms", document, "/rules/0/require/0"))
    assert said == "单 › 规则 1（显示规则） › 必填的字段 1"
    with speaking("en"):
        said = str(places.place("forms", document, "/rules/0/require/0"))
    assert said == "单 › rule 1 (Show or hide) › field required 1"
