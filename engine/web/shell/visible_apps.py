"""The apps in which somebody may see anything."""

from engine.access.grants import may_open
from engine.access.viewer import Viewer
from engine.definitions import live, store
from engine.definitions.model import LiveApp
from engine.web.shell.opened import connection


def visible_apps(who: Viewer) -> list[LiveApp]:
    """Those apps, in the order in which they were made."""
    loaded = [live.load(connection(), app.key) for app in store.apps(connection())]
    return [app for app in loaded if may_open(app, who)]
