"""The search over everything one may see, for Ctrl K."""

from typing import Any

from flask import Blueprint, request, url_for

from engine.platform.i18n import label_text
from engine.records.reading.search import everywhere
from engine.web.lists import namesakes
from engine.web.shell.opened import connection, viewer
from engine.web.shell.visible_apps import visible_apps

blueprint = Blueprint("search", __name__)

MOST = 30


@blueprint.get("/search")
def find() -> Any:
    said = request.args.get("q", "").strip()[:100]
    groups: dict[str, list[dict[str, str]]] = {}
    if said:
        apps = visible_apps(viewer())
        for app in apps:
            hits = everywhere(connection(), app, viewer(), said, most=MOST)
            apart = namesakes.words(connection(), app, viewer(), hits)
            for hit in hits:
                address = url_for(
                    "record_pages.show", app_key=app.app.key, form_key=hit.form.key, record_id=hit.id
                )
                item = {
                    "title": str(hit.title),
                    "hint": " · ".join(filter(None, (hit.snippet, apart.get((hit.form.key, hit.id))))),
                    "url": address,
                    "icon": hit.form.document.get("icon", "table"),
                }
                name = hit.form.name()
                if len(apps) > 1:
                    name = f"{name} · {label_text(app.document.get('name')) or app.app.key}"
                groups.setdefault(name, []).append(item)
    return {"groups": [{"label": label, "items": items} for label, items in groups.items()]}
