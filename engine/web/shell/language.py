"""Which language a page speaks: the member's own, else what the browser prefers."""

from flask import Flask, g, request

from engine.platform.i18n import current_language, label_text, say, speaking


def init_app(app: Flask) -> None:
    """Speak the reader's language during each request, and offer `t` and `label` to the templates."""

    @app.before_request
    def speak() -> None:
        if request.path.startswith("/api/"):
            return
        viewer = getattr(g, "viewer", None)
        g.language_block = speaking(viewer.language if viewer else preferred_language())
        g.language_block.__enter__()

    @app.teardown_request
    def fall_silent(error: BaseException | None) -> None:
        block = g.pop("language_block", None)
        if block is not None:
            block.__exit__(None, None, None)

    app.jinja_env.globals.update(t=say, label=label_text, language=current_language)


def preferred_language() -> str:
    """What a browser asks for before anybody is signed in: a chosen one (cookie), else its own."""
    chosen = request.cookies.get("language")
    if chosen in ("zh-CN", "en"):
        return chosen
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"])
    return "en" if best == "en" else "zh-CN"
