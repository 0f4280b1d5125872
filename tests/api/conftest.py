"""The API over a real database, an administrator with a key, and an app with every type of field."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from engine.access import api_keys, people
from engine.access.member_values import MemberValues
from engine.access.viewer import App as Engine
from engine.platform import performing
from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app
from tests.api.caller import Caller
from tests.api.shop import open_shop

Hire = Callable[..., Caller]


@pytest.fixture(scope="module")
def api_settings(database: Database, data_folder: Path) -> Settings:
    url = database.engine.url.render_as_string(hide_password=False)
    return Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url)


@pytest.fixture(scope="module")
def flask_app(api_settings: Settings) -> Iterator[Flask]:
    app = create_app(api_settings)
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def hire(flask_app: Flask, database: Database) -> Hire:
    """Takes somebody in and gives them a key."""

    def take_in(name: str = "阿强", **sent: object) -> Caller:
        values = {"name": name, "account": f"a{uuid4().hex[:10]}", "password": "spring rain 2026", **sent}
        with database.begin() as connection:
            member = people.create(connection, MemberValues.read(values), author=Engine("test"))
            key = api_keys.issue(connection, member.id, author=Engine("test"))
        return Caller(flask_app.test_client(), key, member.id)

    return take_in


@pytest.fixture(scope="module")
def boss(hire: Hire) -> Caller:
    """An administrator."""
    return hire("陈总", administrator=True)


@pytest.fixture(scope="module")
def shop(boss: Caller) -> Iterator[str]:
    """The path of an app of the module's own."""
    place = open_shop(boss)
    yield place
    boss("DELETE", place)


@pytest.fixture(scope="module")
def customers(shop: str) -> str:
    return f"{shop}/forms/customer/records"


@pytest.fixture(scope="module")
def orders(shop: str) -> str:
    return f"{shop}/forms/order/records"


@pytest.fixture
def work(database: Database, api_settings: Settings) -> Callable[[], object]:
    """Does the jobs that wait."""
    return lambda: performing.run_due(database, api_settings)


@pytest.fixture
def name() -> str:
    """A name that nothing else has."""
    return f"名{uuid4().hex[:12]}"
