"""The pages: server-rendered HTML, made alive by small custom elements."""

from flask import Flask

from engine.web import failures, language, layout, security, session, static_files, times


def init_app(app: Flask) -> None:
    """Everything that pages need, then the pages themselves."""
    static_files.init_app(app)
    security.init_app(app)
    language.init_app(app)
    session.init_app(app)
    layout.init_app(app)
    times.init_app(app)
    failures.init_app(app)

    from engine.web import frame, pages, rendering

    rendering.init_app(app)
    frame.init_app(app)
    pages.init_app(app)
