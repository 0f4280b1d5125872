"""Fields that were removed: which can still come back, drafting one back, and the values that a new type left aside."""

from typing import Any

from flask import Blueprint, Response

from engine.access.grants import require_design
from engine.api.apps import opened
from engine.api.authentication import viewer
from engine.api.idempotent import idempotent
from engine.api.messages import answer, database
from engine.definitions import drafts
from engine.definitions import live as living
from engine.definitions.model import Draft
from engine.fields.base import utc_text
from engine.platform.errors import NotFound
from engine.platform.i18n import Text
from engine.records.structure.removed_fields import RemovedField, brought_back, kept_values, removed_fields

blueprint = Blueprint("api_removed_fields", __name__)

PLACE = "/apps/<app_key>/definitions/forms/<key>"


@blueprint.get(f"{PLACE}/removed-fields")
def index(app_key: str, key: str) -> Response:
    """The fields that can come back with their values, those removed last first."""
    app = opened(app_key)
    require_design(app, viewer())
    with database().connect() as connection:
        found = removed_fields(connection, app, key)
    return answer({"rows": [_json(one) for one in found]})


@blueprint.post(f"{PLACE}/removed-fields/<path>/restoration")
@idempotent
def restore(app_key: str, key: str, path: str) -> Response:
    """Put a removed field back into the form's draft; publishing brings its values back."""
    require_design(opened(app_key), viewer())
    author = viewer().member_id

    def work(connection: Any) -> Draft:
        live = living.load(connection, app_key)
        field = next((one for one in removed_fields(connection, live, key) if one.path == path), None)
        if field is None:
            raise NotFound(
                Text("没有可恢复的字段“{key}”", "There is no field “{key}” that could come back", key=path)
            )
        current = drafts.get(connection, app_key, "forms", key)
        document = brought_back(current.document, field)
        return drafts.save(connection, app_key, "forms", key, document, base_etag=current.etag, author=author)

    saved = database().run(work)
    return answer(saved.document, 201, etag=saved.etag)


@blueprint.get(f"{PLACE}/fields/<path>/kept-values")
def kept(app_key: str, key: str, path: str) -> Response:
    """Values that the field's new type could not take over wholly, with the records they belong to."""
    app = opened(app_key)
    require_design(app, viewer())
    with database().connect() as connection:
        found = kept_values(connection, app, key, path, viewer())
    rows = [{"id": x.record_id, "title": x.title, "value": x.value, "becomes": x.becomes} for x in found]
    return answer({"rows": rows})


def _json(one: RemovedField) -> dict[str, Any]:
    return {
        "path": one.path,
        "field": one.document,
        "removed_at": utc_text(one.removed_at),
        "until": utc_text(one.until),
        "values": one.values,
    }
