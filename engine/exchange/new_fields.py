"""Columns that become new fields of the form: published before the file is read."""

from typing import TYPE_CHECKING, Any

from engine.definitions import live as living
from engine.definitions import publish as publishing
from engine.definitions.model import Document
from engine.platform.database import Database

if TYPE_CHECKING:
    from engine.exchange.import_job import Order


def publish(database: Database, wanted: "Order", *, author: int | None) -> list[str]:
    """Publish the fields that the mapping asks for and the form does not have; answers their keys."""
    with database.connect() as connection:
        form = living.load(connection, wanted.app).form(wanted.form)
    headers = {target: header for header, target in wanted.mapping.columns.items() if target}
    added: list[dict[str, Any]] = [
        {"key": key, "label": headers.get(key, key), **document}
        for key, document in wanted.mapping.new_fields.items()
        if form.field(key) is None
    ]
    if added:

        def edit(document: Document) -> Document:
            return {**document, "fields": [*document["fields"], *added]}

        publishing.change(database, wanted.app, "forms", wanted.form, edit, author=author)
    return [str(one["key"]) for one in added]


def take_back(
    database: Database, app_key: str, form_key: str, keys: list[str], *, author: int | None
) -> None:
    """Remove fields that an import made; their values stay recoverable like those of any removed field."""
    gone = set(keys)

    def edit(document: Document) -> Document:
        return {**document, "fields": [field for field in document["fields"] if field["key"] not in gone]}

    publishing.change(database, app_key, "forms", form_key, edit, author=author)
