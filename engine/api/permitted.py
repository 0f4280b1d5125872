"""Permission before the body: what is wrong with a request is told only to those who may make it."""

from collections.abc import Iterator
from contextlib import contextmanager

from engine.access.grants import allows, require
from engine.api.authentication import viewer
from engine.api.messages import database
from engine.definitions import live
from engine.platform.errors import Forbidden, NotFound, Refusal


@contextmanager
def permission_first(app_key: str, form_key: str, *operations: str) -> Iterator[None]:
    """Look at the permission for one of `operations` before a refusal of the block is told.

    It costs a look at the app only where something is refused: what the block does judges permission itself.
    """
    try:
        yield
    except (Forbidden, NotFound):
        raise
    except Refusal:
        who = viewer()
        with database().connect() as connection:
            opened = live.load(connection, app_key)
        opened.form(form_key)
        if not any(allows(opened, who, form_key, operation) for operation in operations):
            require(opened, who, form_key, operations[0])
        raise
