"""People to test with: each test has an organisation of its own in a database of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection

from engine.access import departments, people
from engine.access.departments import DepartmentValues
from engine.access.member_values import MemberValues
from engine.access.people import Member
from engine.access.viewer import App
from engine.platform.database import Database

PASSWORD = "spring rain 2026"


@dataclass
class Company:
    """A company in the making: short words for what tests need."""

    connection: Connection

    def person(self, name: str, **sent: object) -> int:
        return people.create(
            self.connection, MemberValues.read({"name": name, **sent}), author=App("test")
        ).id

    def change(self, member_id: int, **sent: object) -> Member:
        return people.change(self.connection, member_id, MemberValues.read(sent), author=App("test"))

    def department(self, name: str, parent: int | None = None, head: int | None = None) -> int:
        values = DepartmentValues(name=name, parent=parent, head=head)
        return departments.create(self.connection, values, author=App("test")).id

    def move(self, department_id: int, **sent: object) -> departments.Department:
        values = DepartmentValues.read(sent)
        return departments.change(self.connection, department_id, values, author=App("test"))


@pytest.fixture
def company(database: Database) -> Iterator[Company]:
    """A company whose every change is rolled back after the test."""
    with database.engine.connect() as connection:
        transaction = connection.begin()
        yield Company(connection)
        transaction.rollback()


@pytest.fixture
def unique() -> Callable[[str], str]:
    """A text that no other test uses."""
    counter = iter(range(1_000))
    stamp = __import__("uuid").uuid4().hex[:8]
    return lambda word: f"{word}{stamp}{next(counter)}"
