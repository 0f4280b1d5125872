"""The gallery of ready-made apps: what there is, cloning one, and its sample data in and out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sqlalchemy import Connection

import engine.actions  # noqa: F401 - buttons of a template name their kinds
from engine.access.viewer import App as Engine
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live, store
from engine.definitions.package import SAMPLE_DATA, Package, install, read_package
from engine.platform.database import Database
from engine.platform.errors import NotFound
from engine.platform.i18n import LANGUAGES, Text
from templates_gallery import sample_loading, sample_removal
from templates_gallery.sample_removal import Removal
from templates_gallery.sample_sheets import read_sheets

Label = str | Mapping[str, str]

ROOT = Path(__file__).parent
FOLDERS = (ROOT.parent / "crm_template", ROOT / "project_tracking")


@dataclass(frozen=True)
class Template:
    """A ready-made app; `forms` are the names of its forms in the order of its navigation."""

    key: str
    version: str
    name: Label
    description: Label
    icon: str
    accent: str | None
    forms: tuple[Label, ...]
    has_sample_data: bool
    folder: Path


@cache
def templates() -> tuple[Template, ...]:
    """All templates, in the order in which they are offered."""
    return tuple(_template(folder) for folder in FOLDERS)


def template(key: str) -> Template:
    """The template with this key, else `NotFound`."""
    found = next((one for one in templates() if one.key == key), None)
    if found is None:
        raise NotFound(Text("没有模板“{key}”。", "There is no template “{key}”.", key=key))
    return found


def clone(
    database: Database,
    template_key: str,
    *,
    name: Label | None = None,
    sample_data: bool = False,
    author: Viewer | int,
    language: str | None = None,
) -> str:
    """Make an app of one's own from a template and answer its key; nothing is left behind if that fails.

    `language` becomes the app's first one, in which titles are kept.
    """
    chosen = template(template_key)
    author = _viewer(database, author)
    package = _in_language(_package(chosen.folder), language)
    origin = (chosen.key, chosen.version)
    app = install(database, package, name=name, author=author.member_id, template=origin)
    if sample_data and chosen.has_sample_data:
        try:
            load(database, app.key, chosen, author=author)
        except BaseException:
            database.run(lambda connection: store.delete_app(connection, app.key))
            raise
    return app.key


def blank(database: Database, *, name: Label, author: Viewer | int) -> str:
    """An app with nothing in it; answers its key."""
    document = {"key": "app", "name": name, "languages": list(LANGUAGES)}
    author = _viewer(database, author)
    return database.run(
        lambda connection: store.create_app(connection, document=document, author=author.member_id).key
    )


def load(database: Database, app_key: str, chosen: Template, *, author: Viewer | int) -> None:
    """Put a template's sample data into an app that was cloned from it, in the app's first language if it has it."""
    author = _viewer(database, author)
    language = database.read(lambda connection: live.load(connection, app_key).languages[0])
    folder = chosen.folder / SAMPLE_DATA
    own = folder / language
    sample_loading.load(database, app_key, read_sheets(own if own.is_dir() else folder), author=author)


def has_sample_data(connection: Connection, app_key: str) -> bool:
    """Whether an app holds sample data."""
    return sample_removal.import_of(connection, live.load(connection, app_key).app) is not None


def remove_sample_data(database: Database, app_key: str, *, author: Viewer | int | None = None) -> Removal:
    """Take an app's sample data away: exactly its own rows, and its people where nobody else needs them."""
    return sample_removal.remove(
        database, app_key, author=Engine("sample data") if author is None else _viewer(database, author)
    )


def _template(folder: Path) -> Template:
    package = _package(folder)
    key, version, app = package.key, package.version, package.app
    assert key and version, folder
    shown = [item["form"] for group in app["navigation"] for item in group["items"]]
    return Template(
        key=key,
        version=version,
        name=app["name"],
        description=app["description"],
        icon=app["icon"],
        accent=app.get("accent"),
        forms=tuple(package.documents["forms", form]["name"] for form in shown),
        has_sample_data=bool(package.sample_data),
        folder=folder,
    )


@cache
def _package(folder: Path) -> Package:
    return read_package(folder)


def _in_language(package: Package, language: str | None) -> Package:
    languages = package.app.get("languages", [])
    if language not in languages or languages[0] == language:
        return package
    ordered = [language, *(one for one in languages if one != language)]
    return replace(
        package, documents={**package.documents, ("app", "app"): {**package.app, "languages": ordered}}
    )


def _viewer(database: Database, author: Viewer | int) -> Viewer:
    if isinstance(author, Viewer):
        return author
    return database.read(lambda connection: viewer_for(connection, author))
