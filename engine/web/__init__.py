"""The pages: server-rendered HTML, made alive by small custom elements."""

from pathlib import Path

from flask import Flask
from jinja2 import FileSystemLoader

from engine.web.shell import (
    accents,
    compression,
    failures,
    language,
    layout,
    security,
    session,
    static_files,
    times,
    toasts,
)

TEMPLATES = Path(__file__).parent / "templates"


def init_app(app: Flask) -> None:
    """Everything that pages need, then the pages themselves."""
    app.template_folder = str(Path(__file__).parent / "templates")
    app.jinja_loader = FileSystemLoader(TEMPLATES)

    static_files.init_app(app)
    security.init_app(app)
    compression.init_app(app)
    language.init_app(app)
    session.init_app(app)
    layout.init_app(app)
    times.init_app(app)
    accents.init_app(app)
    toasts.init_app(app)
    failures.init_app(app)

    from engine.web import pages
    from engine.web.record import rendering
    from engine.web.shell import frame

    rendering.init_app(app)
    frame.init_app(app)
    pages.init_app(app)
