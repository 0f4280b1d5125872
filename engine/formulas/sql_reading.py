"""Reads text as a number in SQL, as `reading` does in Python: numbers, dates with the year, times of day.

Month names, 上午 and 下午 and dates without a year are read in Python only.
"""

from typing import Any

from sqlalchemy import case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.visitors import InternalTraversal

from engine.formulas.reading import NUMBER
from engine.formulas.sql_words import NUMERIC, ZERO, Sql, code
from engine.formulas.values import VALUE


def read_text(value: Sql, blank: bool) -> tuple[Sql, Sql]:
    """The text as a number, and the error where it is none; a blank field is 0."""
    read: Sql = TextAsNumber(value)
    error = case((value.is_not(None) & read.is_(None), code(VALUE)))
    return (case((value.is_(None), ZERO), else_=read) if blank else read), error


class TextAsNumber(ColumnElement[Any]):
    """A text read as a number, NULL where it is none. Whole numbers are read at once, all else in a subquery whose
    steps have names, so that the text stands in it once."""

    inherit_cache = True
    _traverse_internals = [("text", InternalTraversal.dp_clauseelement)]

    def __init__(self, text: Sql) -> None:
        self.text = text
        self.type = NUMERIC

    @property
    def _from_objects(self) -> list[Any]:
        return self.text._from_objects


_DAY = "|".join(
    [
        *(f"[0-9]{{4}}{mark}[0-9]{{1,2}}{mark}[0-9]{{1,2}}" for mark in ("-", "/", "[.]")),
        "[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日",
        "[0-9]{4}[-/][0-9]{1,2}",
        "[0-9]{4}年[0-9]{1,2}月",
        *(f"[0-9]{{1,2}}{mark}[0-9]{{1,2}}{mark}[0-9]{{4}}" for mark in "-/"),
    ]
)
# No percent sign stands in it, which drivers would take for a parameter: \x25 and chr(37) instead.
_TEMPLATE = r"""(CASE WHEN length({text}) <= 60 AND {text} ~ '^-?[0-9]+([.][0-9]*)?$' THEN ({text})::numeric ELSE (
SELECT CASE WHEN length(q1.t) > 255 THEN NULL WHEN q3.ok THEN q3.sign *
  CASE WHEN abs(q3.bare::numeric) >= 1e308 THEN NULL
  WHEN q2.inner ~ '\x25$'
  THEN round(round(q3.bare::numeric, 40) / 100, 40) ELSE q3.bare::numeric END
 WHEN q4.day IS NULL AND q5.clock <> '' THEN q7.share
 WHEN q4.day IS NOT NULL AND (q5.rest = '' OR q5.rest ~ '^[ tT]' OR q4.day ~ '日$')
  THEN q6.serial + CASE WHEN q5.clock = '' THEN 0 ELSE q7.share END END
FROM (SELECT btrim({text}, E' \u3000\u00a0\t\r\n') AS t OFFSET 0) q1
CROSS JOIN LATERAL (SELECT t ~ '^[(][^-+].*[)]$' AS bracketed,
  CASE WHEN t ~ '^[(][^-+].*[)]$' THEN substr(t, 2, length(t) - 2) ELSE t END AS inner OFFSET 0) q2
CROSS JOIN LATERAL (SELECT CASE WHEN q2.bracketed THEN -1 ELSE 1 END AS sign, translate(q2.inner, ',¥￥' || chr(37), '') AS bare,
  q2.inner ~ '{number}' AND q2.inner ~ '[0-9]' AND q2.inner !~ '[$]'
  AND pg_input_is_valid(translate(q2.inner, ',¥￥' || chr(37), ''), 'numeric') AS ok OFFSET 0) q3
CROSS JOIN LATERAL (SELECT substring(q1.t from '{day}') AS day OFFSET 0) q4
CROSS JOIN LATERAL (SELECT substr(q1.t, coalesce(length(q4.day), 0) + 1) AS rest,
  btrim(substr(q1.t, coalesce(length(q4.day), 0) + 1), ' tT') AS clock,
  regexp_replace(regexp_replace(regexp_replace(q4.day, '^([0-9]{{4}})[^0-9]([0-9]+)[^0-9]([0-9]+).?$', '\1-\2-\3'),
   '^([0-9]{{1,2}})[-/]([0-9]{{1,2}})[-/]([0-9]{{4}})$', '\3-\1-\2'),
   '^([0-9]{{4}})[-/年]([0-9]{{1,2}})月?$', '\1-\2-1') AS even OFFSET 0) q5
CROSS JOIN LATERAL (SELECT CASE WHEN left(q5.even, 4) >= '1900' AND pg_input_is_valid(q5.even, 'date')
  THEN (q5.even::date - date '1899-12-30') - CASE WHEN q5.even::date < date '1900-03-01' THEN 1 ELSE 0 END END AS serial OFFSET 0) q6
CROSS JOIN LATERAL (SELECT CASE WHEN q5.clock ~ '^[0-9]{{1,2}}:[0-9]{{1,2}}(:[0-9]{{1,2}})?$'
  AND pg_input_is_valid(q5.clock, 'time') AND q5.clock !~ '^24|:60' THEN
  round(round(extract(epoch from q5.clock::time)::numeric, 40) / 86400, 20) END AS share OFFSET 0) q7) END)"""


@compiles(TextAsNumber)
def _text_as_number(element: TextAsNumber, compiler: Any, **kw: Any) -> str:
    text = compiler.process(element.text.self_group(), **kw)
    return _TEMPLATE.format(text=f"({text})", day=f"^(?:{_DAY})", number=NUMBER.replace("%", r"\x25"))
