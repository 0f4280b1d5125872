"""The OpenAPI document: valid in itself, and with each app's own fields."""

import json
import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator

from tests.api.caller import BASE, Caller

METHODS = ("get", "post", "put", "patch", "delete")
NOT_YET = {"/health"}


def document(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = caller.client.get(f"{BASE}/openapi.json", headers=caller.headers).json
    return found


def operations(found: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, place in found["paths"].items():
        for method in METHODS:
            if method in place:
                yield (
                    method,
                    path,
                    place[method]
                    | {"parameters": place.get("parameters", []) + place[method].get("parameters", [])},
                )


def test_the_document_is_whole(boss: Caller, shop: str) -> None:
    found = document(boss)
    assert found["openapi"].startswith("3.1.") and found["info"]["title"] and found["info"]["version"]
    for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(found)):
        here: Any = found
        for step in reference.removeprefix("#/").split("/"):
            here = here[step]
    for schema in found["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    ids = []
    for method, path, operation in operations(found):
        ids.append(operation["operationId"])
        assert {one["name"] for one in operation["parameters"] if one["in"] == "path"} == set(
            re.findall(r"{(\w+)}", path)
        )
        assert all(one["description"] for one in operation["responses"].values() if "$ref" not in one)
        assert "default" in operation["responses"] and ("requestBody" not in operation or method != "get")
        for content in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media in content.get("content", {}).values():
                Draft202012Validator.check_schema(media["schema"])
    assert len(ids) == len(set(ids))


def test_every_address_of_the_api_is_described_and_none_besides(
    boss: Caller, shop: str, flask_app: Flask
) -> None:
    served = set()
    for rule in flask_app.url_map.iter_rules():
        if rule.rule.startswith(BASE):
            path = re.sub(r"<(?:\w+:)?\w+>", "{}", rule.rule.removeprefix(BASE))
            served |= {(method.lower(), path) for method in rule.methods or () if method.lower() in METHODS}
    described = set()
    for method, path, _ in operations(document(boss)):
        general = re.sub(r"^/apps/[^{/]+/forms/[^{/]+", "/apps/{}/forms/{}", path)
        described.add((method, re.sub(r"{\w+}", "{}", general)))
    assert described == served


def test_a_forms_fields_are_described_with_their_types(boss: Caller, shop: str) -> None:
    found = document(boss)["components"]["schemas"]
    told = found[f"{shop[6:]}.customer"]["properties"]["values"]["properties"]
    sent = found[f"{shop[6:]}.customer.values"]["properties"]
    assert told["amount"]["type"] == ["string", "null"] and sent["amount"]["type"] == [
        "string",
        "number",
        "null",
    ]
    assert sent["level"]["enum"] == ["A", "B", "Key", "Ordinary", "普通", "重点", None]
    assert told["orders"] == {"title": "orders", "type": "integer"} or told["orders"]["anyOf"][0] == {
        "type": "integer"
    }
    assert told["level"]["title"] == "level" and "part" not in told
    assert not {"double", "bought", "recent", "code", "parent_level"} & set(sent) and "owner" in sent
    lines = found[f"{shop[6:]}.order"]["properties"]["values"]["properties"]["lines"]["items"]["properties"]
    assert set(lines) == {"id", "item", "qty", "price", "sum"}
