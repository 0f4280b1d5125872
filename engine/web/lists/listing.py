"""A list as somebody looks at it: its view, the views beside it, which columns it has."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
from flask import url_for
from sqlalchemy import Connection

from engine.access.grants import grants
from engine.access.viewer import Viewer
from engine.definitions import list_views
from engine.definitions.model import LiveApp
from engine.exchange import export_job
from engine.fields.form import Field, Form, whole_view
from engine.platform.i18n import label_text
from engine.records.reading import private_views
from engine.records.reading.query import Query, readable_fields
from engine.records.reading.rights import Rights
from engine.records.reading.visible import as_readable
from engine.records.writing.rules.choosable import differs
from engine.web.lists import columns

ICONS = {"grid": "table", "kanban": "layout-kanban", "calendar": "calendar"}
HEIGHTS = {"short": 30, "normal": 36, "tall": 56}
"""Pixels of a row; short for many, tall for texts of two lines."""


def import_id(address: Mapping[str, str]) -> str | None:
    """The import whose records alone are listed, if the address names one."""
    try:
        return str(UUID(address["import"])) if "import" in address else None
    except ValueError:
        return None


@dataclass(frozen=True)
class ViewTab:
    """A view as a tab above the list."""

    key: str
    name: str
    icon: str
    url: str
    private: bool
    active: bool


@dataclass(frozen=True)
class Asked:
    """What of a list is asked for: the view's conditions and order, as far as the address says nothing else."""

    where: Any
    sort: list[dict[str, Any]]
    search: str | None
    import_id: str | None

    def query(self, **more: Any) -> Query:
        """The same as a query."""
        read = Query.read({"where": self.where, "sort": self.sort, "search": self.search, **more})
        return replace(read, import_id=self.import_id)


@dataclass(frozen=True)
class Listing:
    """A form's list for one person."""

    live: LiveApp
    form: Form
    viewer: Viewer
    view: Mapping[str, Any]
    views: list[Mapping[str, Any]]

    @classmethod
    def open(
        cls, connection: Connection, live: LiveApp, form: Form, viewer: Viewer, view_key: str | None
    ) -> "Listing":
        """With the view that is asked for, else the first."""
        own = private_views.private_views(connection, live.app, form.key, viewer.member_id)
        views = [one for one in form.views if may_see(live, viewer, one)] + own or [whole_view(form)]
        chosen = next((view for view in views if view["key"] == view_key), views[0])
        return cls(live, form, viewer, as_readable(live, form, viewer, chosen), views)

    def asked(self, address: Mapping[str, str]) -> Asked:
        """What an address such as `?where={…}&sort=-amount&search=…` asks for (assets/grid/view.ts writes it)."""
        where, sort = self.view.get("where"), list(self.view.get("sort") or ())
        only = import_id(address)
        if only:
            where = None
        if "where" in address:
            try:
                where = orjson.loads(address["where"])
            except ValueError:
                pass  # an address that somebody shortened: the view's own conditions stand
        if "sort" in address:
            keys = [one for one in address["sort"].split(",") if one.strip("-")]
            sort = [{"field": one.removeprefix("-"), "desc": one.startswith("-")} for one in keys]
        return Asked(where, sort, address.get("search") or None, only)

    @property
    def kind(self) -> str:
        """How the view looks: `grid`, `kanban` or `calendar`."""
        kind: str = self.view.get("kind", "grid")
        return kind

    @property
    def own(self) -> bool:
        """Whether the view is the viewer's own."""
        key: str = self.view["key"]
        return key.startswith(private_views.PREFIX)

    @property
    def tabs(self) -> list[ViewTab]:
        """All views, the published ones first."""
        return [
            ViewTab(
                key=view["key"],
                name=label_text(view.get("name")) or view["key"],
                icon=ICONS.get(view.get("kind", "grid"), "table"),
                url=url_for(
                    "lists.show", app_key=self.live.app.key, form_key=self.form.key, view=view["key"]
                ),
                private=view["key"].startswith(private_views.PREFIX),
                active=view["key"] == self.view["key"],
            )
            for view in self.views
        ]

    @property
    def fields(self) -> list[Field]:
        """The fields that may be columns."""
        return columns.possible(readable_fields(self.live, self.form.key, self.viewer))

    @property
    def title_key(self) -> str:
        """The column that opens the record: the first field of the form's title that is a column."""
        keys = {field.key for field in self.fields}
        named = (part.split("}")[0] for part in self.form.title.split("{")[1:])
        shown = columns.shown_keys(self.view, self.fields)
        return next((key for key in named if key in keys), shown[0] if shown else "id")

    def may(self, operation: str) -> bool:
        """Whether the viewer has a grant for `operation` on the form."""
        return bool(grants(self.live, self.viewer, self.form.key, operation))

    @property
    def functions(self) -> dict[str, str]:
        """How the columns are summed up: as the view says, else as their fields do."""
        said = self.view.get("summary") or {}
        named = {field.key: said.get(field.key) or columns.summary(field) for field in self.fields}
        return {key: function for key, function in named.items() if function and function != "none"}

    def config(self, import_id: str | None = None) -> dict[str, Any]:
        """What the grid is told before it asks for rows; with `import_id`, only that import's records."""
        said = self.view.get("summary") or {}
        shown = columns.shown_keys(self.view, self.fields)
        stated = columns.widths(self.view)
        changing = Rights(grants(self.live, self.viewer, self.form.key, "update"))
        by_key = {field.key: field for field in self.fields}
        ordered = [*shown, *(key for key in by_key if key not in shown)]
        return {
            "name": self.form.name(),
            "columns": [
                columns.column(
                    by_key[key],
                    editable=self.may("update") and changing.opens(by_key[key]),
                    hidden=key not in shown,
                    width=stated.get(key),
                    title=key == self.title_key,
                    function=said.get(key),
                    by_record=differs(self.live, self.form, by_key[key], self.viewer.time_zone),
                )
                for key in ordered
            ],
            "title_key": self.title_key,
            "freeze": self.view.get("freeze", 1),
            "row_heights": HEIGHTS,
            "can": {name: self.may(name) for name in ("create", "update", "delete", "export", "import")}
            | {
                "update_view": self.own or self.viewer.designs(self.live),
                "design": self.viewer.designs(self.live),
            },
            "urls": self.urls(import_id),
            "state": self.state(import_id),
        }

    def state(self, import_id: str | None = None) -> dict[str, Any]:
        """What the view itself says: the part of a list that one may arrange otherwise for oneself."""
        view, known = self.view, {field.key for field in self.fields}
        stated = columns.widths(view)
        return {
            "where": None if import_id else view.get("where"),
            "sort": [
                {"field": one["field"], "desc": bool(one.get("desc"))} for one in view.get("sort") or ()
            ],
            "columns": [
                {"key": key, "width": stated.get(key)} for key in columns.shown_keys(view, self.fields)
            ],
            "freeze": view.get("freeze", 1),
            "groups": [dict(one) for one in list_views.groups(view) if one.get("field") in known]
            if self.kind == "grid"
            else [],
            "colors": [dict(one) for one in view.get("colors") or ()],
            "height": view.get("row_height", "normal"),
            "summary": {key: fn for key, fn in (view.get("summary") or {}).items() if key in known},
            "search": "",
        }

    def tables(self) -> list[Field]:
        """The subforms whose lines may be exported."""
        return export_job.tables_of(self.live, self.form, self.viewer)

    def urls(self, import_id: str | None = None) -> dict[str, str]:
        """Where the grid asks."""
        base = f"/a/{self.live.app.key}/{self.form.key}"
        only = f"?import={import_id}" if import_id else ""
        return {
            "rows": f"{base}/grid/rows{only}",
            "groups": f"{base}/grid/groups{only}",
            "totals": f"{base}/grid/totals{only}",
            "values": f"{base}/grid/values",
            "cells": f"{base}/grid/cells",
            "choices": f"{base}/grid/choices",
            "panel": f"{base}/{{id}}/panel",
            "record": f"{base}/{{id}}",
            "delete": f"{base}/grid/deletion",
            "views": f"{base}/views?view={self.view['key']}",
            "selection": f"{base}/grid/selection",
            "formulas": f"{base}/formulas",
            "export": f"{base}/exports",
        } | ({"fields": f"{base}/quick-field"} if self.viewer.designs(self.live) else {})


def may_see(live: LiveApp, viewer: Viewer, view: Mapping[str, Any]) -> bool:
    """Whether a published view is for this person: for everybody, for one of their roles, or they design it."""
    roles = view.get("roles")
    return not roles or viewer.designs(live) or not viewer.role_keys(live).isdisjoint(roles)
