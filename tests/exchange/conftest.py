"""An administrator who imports."""

import pytest

import run  # noqa: F401 - declares jobs and kinds
from engine.access.viewer import Viewer
from engine.platform.database import Database
from tests.templates.conftest import administrator_of


@pytest.fixture(scope="module")
def me(database: Database) -> Viewer:
    return administrator_of(database, "陈思")
