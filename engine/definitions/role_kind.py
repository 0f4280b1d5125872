"""The kind `roles`: what the people of a role may do, per form with rows and fields."""

from functools import cache

from jsonschema import Draft202012Validator

from engine.definitions import kinds, role_checks, schema
from engine.definitions.kinds import Kind
from engine.definitions.model import Document
from engine.definitions.schema_files import documented, read
from engine.platform.errors import Fault
from engine.platform.i18n import Text

EVERYONE = "everyone"
"""The role that every member has; it cannot be removed."""


def schema_faults(document: Document) -> list[Fault]:
    """What is wrong with the document against its schema."""
    return schema.faults(_validator(), "roles", document)


def everyone() -> Document:
    """The role everybody has in a new app: granted nothing."""
    return {"key": EVERYONE, "name": {"zh-CN": "所有人", "en": "Everyone"}, "design": False, "grants": {}}


@cache
def _validator() -> Draft202012Validator:
    return schema.validator(read("role"))


KIND = kinds.register(
    Kind(
        name="roles",
        label=Text("角色", "role"),
        schema=lambda: documented(read("role")),
        schema_faults=schema_faults,
        check=role_checks.check,
        references=role_checks.references,
        warnings=role_checks.warnings,
        order=20,
        permanent=frozenset({EVERYONE}),
    )
)
