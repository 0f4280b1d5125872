"""Departments as pages show them: a tree, flattened in the order of reading."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from engine.access import departments, people
from engine.access.departments import Department

INDENT = "　"


@dataclass(frozen=True)
class Branch:
    """A department with its place in the tree, and how many people are in it and below."""

    id: int
    name: str
    depth: int
    head_id: int | None
    head: str | None
    parent_id: int | None
    people: int
    path: str


def tree(connection: Connection) -> list[Branch]:
    """All departments, each followed by those below it."""
    found = departments.all_departments(connection)
    heads = people.titles(connection, [one.head_id for one in found if one.head_id])
    below: dict[int | None, list[Department]] = {}
    for one in found:
        below.setdefault(one.parent_id, []).append(one)
    counts = _counts(connection, found)
    return list(_walk(below, None, 0, "", heads, counts))


def choices(branches: Iterable[Branch]) -> list[tuple[int, str]]:
    """The tree as the options of a select."""
    return [(one.id, INDENT * one.depth + one.name) for one in branches]


def _walk(
    below: dict[int | None, list[Department]],
    parent: int | None,
    depth: int,
    path: str,
    heads: dict[int, str],
    counts: Counter[int],
) -> Iterable[Branch]:
    for one in below.get(parent, []):
        full = f"{path} / {one.name}" if path else one.name
        head = heads.get(one.head_id) if one.head_id else None
        yield Branch(one.id, one.name, depth, one.head_id, head, one.parent_id, counts[one.id], full)
        yield from _walk(below, one.id, depth + 1, full, heads, counts)


def _counts(connection: Connection, found: list[Department]) -> Counter[int]:
    parents = {one.id: one.parent_id for one in found}
    counts: Counter[int] = Counter()
    for place, number in people.count_by_department(connection).items():
        at: int | None = place
        while at is not None:
            counts[at] += number
            at = parents.get(at)
    return counts
