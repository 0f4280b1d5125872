"""Built scripts and styles: names with a content hash, cached for good."""

import functools
import json
from pathlib import Path

from flask import Flask, Response, abort, request, send_from_directory

BUILT = Path(__file__).parents[1] / "static" / "dist"
FOREVER = "public, max-age=31536000, immutable"


def init_app(app: Flask) -> None:
    """Serve `/assets/…` and offer `asset("main.js")` to the templates."""

    @app.get("/assets/<path:name>")
    def assets(name: str) -> Response:
        compressed = BUILT / f"{name}.gz"
        if "gzip" in request.headers.get("Accept-Encoding", "") and compressed.is_file() and ".." not in name:
            response = send_from_directory(BUILT, f"{name}.gz")
            response.mimetype = _media_type(name)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Vary"] = "Accept-Encoding"
        else:
            response = send_from_directory(BUILT, name)
        response.headers["Cache-Control"] = FOREVER
        return response

    app.jinja_env.globals["asset"] = asset_url


def asset_url(name: str) -> str:
    """The address of a built file by the name of its source (`main.css`, `sprite.svg`)."""
    manifest = _manifest(_manifest_file().stat().st_mtime_ns if _manifest_file().exists() else 0)
    if name not in manifest:
        abort(500, f"asset {name} is not built; run make assets")
    return "/assets/" + manifest[name]


def _manifest_file() -> Path:
    return BUILT / "manifest.json"


@functools.lru_cache(maxsize=2)
def _manifest(changed: int) -> dict[str, str]:
    if not changed:
        return {}
    content: dict[str, str] = json.loads(_manifest_file().read_text())
    return content


def _media_type(name: str) -> str:
    return {
        ".js": "text/javascript",
        ".css": "text/css",
        ".svg": "image/svg+xml",
        ".woff2": "font/woff2",
        ".json": "application/json",
    }.get(Path(name).suffix, "application/octet-stream")
