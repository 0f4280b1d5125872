"""Records chosen, sorted, paged and added up."""

from flask import Blueprint, Response

from engine.access.view_as import allowed
from engine.api.authentication import viewer
from engine.api.messages import answer, body_object, database
from engine.api.permitted import permission_first
from engine.definitions import live
from engine.records.reading.aggregate import Aggregation, aggregate
from engine.records.reading.query import Query, query

blueprint = Blueprint("api_record_queries", __name__)

QUERY: dict[str, type | tuple[type, ...]] = {
    "where": dict,
    "sort": list,
    "fields": list,
    "search": str,
    "limit": int,
    "cursor": str,
    "offset": int,
    "count": (bool, str),
}
AGGREGATION = {"where": dict, "group_by": list, "measures": list, "having": dict, "sort": list, "limit": int}


@blueprint.post("/apps/<app>/forms/<form>/records/query")
@allowed
def ask(app: str, form: str) -> Response:
    with permission_first(app, form, "read"):
        sent = Query.read(body_object(QUERY))
        with database().connect() as connection:
            page = query(connection, live.load(connection, app), form, viewer(), sent)
    content: dict[str, object] = {
        "records": [record.json() for record in page.records],
        "next_cursor": page.next_cursor,
    }
    if page.total is not None:
        content["total"] = page.total
    if page.estimated:
        content["estimated"] = True
    return answer(content)


@blueprint.post("/apps/<app>/forms/<form>/records/aggregate")
@allowed
def add_up(app: str, form: str) -> Response:
    with permission_first(app, form, "read"):
        sent = Aggregation.read(body_object(AGGREGATION))
        with database().connect() as connection:
            rows = aggregate(connection, live.load(connection, app), form, viewer(), sent)
    return answer({"rows": rows})
