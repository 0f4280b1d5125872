"""The product over the shared database, as designers meet it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from engine.platform.database import Database
from engine.platform.settings import Settings
from run import create_app


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    """The application, without a port."""
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()
