"""Apps as files: taking one out, and installing one as a new app."""

from flask import Blueprint, Response, request

from engine.access.grants import require_administrator, require_design
from engine.api.apps import app_json, opened
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, database
from engine.definitions import live, package
from engine.platform.errors import Invalid
from engine.platform.i18n import Text

blueprint = Blueprint("api_packages", __name__)


@blueprint.get("/apps/<app_key>/package")
def download(app_key: str) -> Response:
    """The app's live definitions as a zip."""
    require_design(opened(app_key), viewer())
    with database().snapshot() as connection:
        packed = package.export_app(connection, app_key)
    response = Response(packed, mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{app_key}.zip"'
    return response


@blueprint.post("/apps/install")
@idempotent
def install() -> Response:
    """A new app from a zip: multipart `file` (and `name`), or the zip itself as the body."""
    require_administrator(viewer())
    sent = request.files.get("file")
    content = sent.read() if sent is not None else request.get_data()
    if not content:
        raise Invalid.at("/file", "required", Text("请选择应用包文件", "Send the package as file"))
    name = (request.form.get("name") or "").strip() or None
    app = package.install(database(), package.read_package(content), name=name, author=viewer().member_id)
    with database().connect() as connection:
        made = live.load(connection, app.key)
    return answer(app_json(made), 201, location=f"/api/v1/apps/{app.key}")
