"""What members may see of opportunities, worked out in plain Python from the roles' documents alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

FIELDS = (
    "name",
    "code",
    "stage",
    "amount",
    "probability",
    "weighted",
    "customer",
    "next_step",
    "remark",
    "attachments",
)
READ_BY = {"weighted": ("amount", "stage", "probability")}
"""What the formula reads: hidden with any of it, unless a role names the formula itself."""


@dataclass(frozen=True, repr=False)
class Person:
    """A member of the model: where they are, whom they lead, what roles they have."""

    id: int
    department: int | None
    reports: frozenset[int]
    roles: tuple[Mapping[str, Any], ...]

    def grants(self, form: str, operation: str) -> list[tuple[Any, Mapping[str, str]]]:
        """The condition (None for all rows) and the fields of each role that allows this."""
        found = []
        for role in self.roles:
            given = role["grants"].get(form, {})
            allowed = given.get(operation)
            if allowed:
                found.append((None if allowed is True else allowed["where"], given.get("fields", {})))
        return found


@dataclass(frozen=True, repr=False)
class World:
    """Everybody's department, which conditions ask for; departments have none below them here."""

    departments: Mapping[int, int | None]

    def holds(self, where: Any, row: Mapping[str, Any], who: Person) -> bool:
        """Whether a condition holds for a row and a person."""
        if where is None:
            return True
        if "any" in where:
            return any(self.holds(one, row, who) for one in where["any"])
        if "all" in where:
            return all(self.holds(one, row, who) for one in where["all"])
        value = row["owner"] if where["field"].startswith("owner") else row[where["field"]]
        if where["field"] == "owner.department":
            value = self.departments.get(value)
        wanted = where["value"]
        if wanted == {"me": True}:
            return bool(value == who.id)
        if wanted == {"my_department": True, "below": True}:
            return value is not None and value == who.department
        if wanted == {"my_reports": True}:
            return value in who.reports
        if where["op"] == "gte":
            return value is not None and value >= Decimal(wanted)
        assert where["op"] == "eq", where
        return bool(value == wanted)

    def seen(self, row: Mapping[str, Any], who: Person, operation: str = "read") -> dict[str, Any] | None:
        """The fields of a row that a person sees (or exports); None if they do not see the row."""
        matching = [
            fields for where, fields in who.grants("opportunity", operation) if self.holds(where, row, who)
        ]
        if not matching:
            return None
        return {key: row[key] for key in FIELDS if any(shows(fields, key) for fields in matching)}


def shows(fields: Mapping[str, str], key: str) -> bool:
    """Whether one role shows a field."""
    if key in fields:
        return fields[key] != "hidden"
    return all(shows(fields, read) for read in READ_BY.get(key, ()))


def never(who: Person) -> set[str]:
    """The fields that no grant shows in any row."""
    grants = who.grants("opportunity", "read")
    return {key for key in FIELDS if not any(shows(fields, key) for _, fields in grants)}


def weighted(row: Mapping[str, Any]) -> Decimal:
    """The formula of the template: the amount in full when won, nothing when lost, else by probability."""
    share = {"won": Decimal(1), "lost": Decimal(0)}.get(row["stage"], row["probability"])
    return ((row["amount"] or Decimal(0)) * share).quantize(Decimal("0.01"))
