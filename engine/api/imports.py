"""Imports over the API: a file and how to read it, a dry run, undoing a whole import."""

from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request
from sqlalchemy import Connection

from engine.access.grants import require
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, database
from engine.definitions import live
from engine.exchange import import_job, undo_job, upload
from engine.exchange.targets import Targets
from engine.exchange.understanding import understand
from engine.platform import jobs
from engine.platform.errors import Invalid
from engine.platform.i18n import Text

blueprint = Blueprint("api_imports", __name__)


@blueprint.post("/apps/<app>/forms/<form>/imports")
@idempotent
def start(app: str, form: str) -> Response:
    with database().connect() as connection:
        opened = live.load(connection, app)
        opened.form(form)
        require(opened, viewer(), form, "read")
        require(opened, viewer(), form, "import")
    sent = request.files.get("file")
    if sent is None:
        raise Invalid.at(
            "/file", "required", Text("请附上文件（multipart 的 file）", "Send the file as multipart “file”")
        )
    dry_run = request.args.get("dry_run", "").lower() in ("true", "1")
    with database().begin() as connection:
        store = current_app.extensions["jianflow.files"]
        file = store.store(connection, sent.stream, sent.filename or "", owner=viewer().member_id)
        mode, match_on = request.form.get("mode"), _json("match_on")
        wanted = import_job.order(app, form, file, _json("mapping"), mode, match_on)
        targets = Targets.of(opened, opened.form(form), viewer())
        understand(upload.preview_of(store, file), targets, wanted.mapping)
        return _job(connection, import_job.start(connection, wanted, viewer(), dry_run=dry_run))


@blueprint.post("/apps/<app>/imports/<job>/undo")
@idempotent
def undo(app: str, job: str) -> Response:
    with database().begin() as connection:
        return _job(connection, undo_job.start(connection, app, job, viewer()))


def _job(connection: Connection, job_id: str) -> Response:
    return answer(jobs.get_job(connection, job_id).json(), 202, location=f"/api/v1/jobs/{job_id}")


def _json(name: str) -> Any:
    raw = request.form.get(name)
    if raw is None or raw == "":
        return None
    try:
        found = orjson.loads(raw)
    except ValueError as error:
        if name == "match_on":
            return [part.strip() for part in raw.split(",")]
        said = Text("“{name}”不是有效的 JSON", "“{name}” is not valid JSON", name=name)
        raise Invalid.at(f"/{name}", "malformed_json", said) from error
    if name == "mapping" and not isinstance(found, dict):
        said = Text("对应关系应是一个 JSON 对象", "The mapping is a JSON object")
        raise Invalid.at("/mapping", "wrong_type", said)
    if name == "match_on" and not (isinstance(found, list) and all(isinstance(one, str) for one in found)):
        raise Invalid.at(
            "/match_on", "wrong_type", Text("应是字段标识的列表", "This is a list of field keys")
        )
    return found
