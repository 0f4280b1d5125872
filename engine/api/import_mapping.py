"""The import mapping as the API's description shows it: which column goes where, and what unknown names become."""

from engine.api.schemas import LABEL, STRING, Schema, closed

MISSING: Schema = {
    "enum": ["empty", "create", "reject"],
    "description": "What a name becomes that nothing has: left empty, made, or its row kept out",
}


def _by_field(schema: Schema) -> Schema:
    return {"type": "object", "additionalProperties": schema}


LOOKUP = _by_field(closed({"by": STRING, "missing": MISSING}))
REPLACEMENT: Schema = {
    "anyOf": [
        {"type": ["string", "null"]},
        closed({"create": {"const": True}}, "create"),
        closed({"skip": {"const": True}}, "skip"),
    ],
    "description": "Another text, null for empty, or that it is made or its row left out",
}
MAPPING: Schema = closed(
    {
        "sheet": {"type": ["string", "null"]},
        "header_row": {"type": ["integer", "null"], "minimum": 1},
        "columns": _by_field({"type": ["string", "null"]}),
        "new_fields": _by_field(
            {"type": "object", "required": ["type"], "properties": {"type": STRING, "label": LABEL}}
        ),
        "links": LOOKUP,
        "members": LOOKUP,
        "choices": _by_field(closed({"missing": MISSING})),
        "values": _by_field({"type": "object", "additionalProperties": REPLACEMENT}),
        "dates": _by_field({"enum": ["YYYY-MM-DD", "MM/DD/YYYY", "DD/MM/YYYY"]}),
        "percents": _by_field({"enum": ["fraction", "percent"]}),
    }
)
SENT: Schema = {
    "type": "string",
    "contentMediaType": "application/json",
    "contentSchema": MAPPING,
    "description": "What is left out is guessed; `columns` by header, all else by the path of the field",
}
