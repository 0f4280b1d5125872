"""Serial numbers: drawn last, from one counter row, so that none is lost and none comes twice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from engine.fields.form import Field

_RESETS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}
_DATES = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d"}


def bucket(field: Field, moment: datetime, time_zone: str) -> str:
    """What the counter is counted within: a day, month or year where the pattern resets, else everything."""
    reset = next(
        (part.get("reset", "never") for part in field.get("pattern", ()) if "digits" in part), "never"
    )
    shape = _RESETS.get(reset)
    return f"{moment.astimezone(ZoneInfo(time_zone)):{shape}}" if shape else ""


def draw(
    connection: Connection, schema: str, form_id: int, field_key: str, within: str, count: int = 1
) -> int:
    """Draw `count` numbers that follow each other; answers the first. Held until the transaction ends."""
    last = connection.exec_driver_sql(
        f"INSERT INTO {schema}.counter AS c (form_id, field_key, bucket, last) VALUES (%s::bigint, %s, %s, %s::bigint)"
        " ON CONFLICT (form_id, field_key, bucket) DO UPDATE SET last = c.last + EXCLUDED.last RETURNING last",
        (form_id, field_key, within, count),
    ).scalar_one()
    return int(last) - count + 1


def written(
    field: Field,
    number: int,
    moment: datetime,
    time_zone: str,
    values: Mapping[str, Any],
    shown: Mapping[str, str],
) -> str:
    """The number as its pattern writes it; `shown` are values of the record's other fields as people read them."""
    local = moment.astimezone(ZoneInfo(time_zone))
    said: list[str] = []
    for part in field.get("pattern", ()):
        if "text" in part:
            said.append(part["text"])
        elif "date" in part:
            said.append(_date(part["date"], local))
        elif "field" in part:
            said.append(shown.get(part["field"], ""))
        elif "digits" in part:
            said.append(str(number + part.get("start", 1) - 1).zfill(part["digits"]))
    return "".join(said)


def _date(shape: str, local: datetime) -> str:
    for name, code in _DATES.items():
        shape = shape.replace(name, f"{local:{code}}")
    return shape
