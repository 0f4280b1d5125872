"""What happened to a record: its history, its comments, how a figure came about."""

from flask import Blueprint, Response

from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, body_object, database
from engine.api.permitted import permission_first
from engine.definitions import live
from engine.records.explanation import explain
from engine.records.writing import comments, history, write

blueprint = Blueprint("api_record_stories", __name__)

RECORD = "/apps/<app>/forms/<form>/records/<int:record>"


@blueprint.get(f"{RECORD}/history")
def changes(app: str, form: str, record: int) -> Response:
    with database().connect() as connection:
        rows = history.history(connection, live.load(connection, app), form, viewer(), record)
    return answer({"rows": [change.json() for change in rows]})


@blueprint.get(f"{RECORD}/comments")
def said(app: str, form: str, record: int) -> Response:
    with database().connect() as connection:
        rows = comments.comments(connection, live.load(connection, app), form, viewer(), record)
    return answer({"rows": [comment.json() for comment in rows]})


@blueprint.post(f"{RECORD}/comments")
@idempotent
def say(app: str, form: str, record: int) -> Response:
    with permission_first(app, form, "read"):
        sent = body_object({"text": str}, required=("text",))
    return write.transact(
        database(),
        app,
        viewer(),
        lambda tx: answer(comments.add(tx, form, record, sent["text"]).json(), 201),
        door="api",
    )


@blueprint.get(f"{RECORD}/explain/<field>")
def why(app: str, form: str, record: int, field: str) -> Response:
    with database().connect() as connection:
        step = explain.explain(connection, live.load(connection, app), form, viewer(), record, field)
    return answer(step.json())
