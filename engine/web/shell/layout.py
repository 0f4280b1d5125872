"""What the layout templates ask of Python: icons, preloading, theme, faces of people, a phone's bottom bar."""

import functools
import json
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Flask, current_app, g, request
from markupsafe import Markup, escape

from engine.web.shell.static_files import BUILT, asset_url

THEMES = ("auto", "light", "dark")
FACES = 6
BOTTOM_PLACES = 4


def init_app(app: Flask) -> None:
    """Give the templates their words for the layout."""
    app.jinja_env.globals.update(
        icon=icon,
        preload=preload,
        page_theme=page_theme,
        time_zone=time_zone,
        folded_navigation=folded_navigation,
        face=face,
        initial=initial,
        bottom_places=bottom_places,
    )


def icon(name: str, kind: str = "") -> Markup:
    """An icon of the sheet, as decoration (its meaning stands in the text beside it)."""
    extra = f" {kind}" if kind else ""
    sheet = asset_url("icons.svg")
    return Markup('<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
        extra, sheet, name
    )


def preload(*names: str) -> Markup:
    """Links that fetch scripts and all they import at once, instead of one after the other."""
    imports_file = BUILT / "imports.json"
    if not imports_file.exists():
        return Markup("")
    imports = _imports(imports_file.stat().st_mtime_ns)
    files = dict.fromkeys(file for name in names for file in imports.get(f"{name}.js", ()))
    return Markup("\n  ".join(f'<link rel="modulepreload" href="/assets/{escape(file)}">' for file in files))


def page_theme() -> str:
    """What to look like: what this browser was told, else what the member chose, else as the system."""
    theme = request.cookies.get("theme") or getattr(getattr(g, "viewer", None), "theme", None)
    return theme if theme in THEMES else "auto"


def time_zone() -> str:
    """The organisation's time zone, by which the page knows what day it is."""
    found: str = current_app.extensions["jianflow.settings"].time_zone
    return found


def folded_navigation() -> bool:
    """Whether this browser keeps the navigation folded."""
    return request.cookies.get("navigation") == "folded"


def face(name: str | None) -> int:
    """The ground of a person's avatar, the same everywhere (assets/base/person.ts counts alike)."""
    return sum(map(ord, name or "")) % FACES + 1


def initial(name: str | None) -> str:
    """The character that stands for a person."""
    return (name or "").strip()[:1].upper() or "?"


def bottom_places(groups: Iterable[Any]) -> Sequence[Any]:
    """The places a phone's bottom bar shows: the first ones, always with the one we are in."""
    items = [item for group in groups for item in group.items]
    places = items[:BOTTOM_PLACES]
    here = next((item for item in items if item.active), None)
    if here is not None and here not in places:
        places = [*places[: BOTTOM_PLACES - 1], here]
    return places


@functools.lru_cache(maxsize=2)
def _imports(changed: int) -> dict[str, list[str]]:
    content: dict[str, list[str]] = json.loads((BUILT / "imports.json").read_text())
    return content
