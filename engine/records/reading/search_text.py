"""Texts as the search sees them: evened out, cut into words, and the words into what the side table holds."""

import unicodedata
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.fields.form import Field
from engine.formulas.values import folded

MOST_WORDS = 8


def words_of(said: str) -> list[str]:
    """The words of a search, evened out as the texts are."""
    clean = "".join(
        character for character in said if character >= " " and not "\ud800" <= character <= "\udfff"
    )
    return list(dict.fromkeys(plain(clean[:200]).split()))[:MOST_WORDS]


def plain(text: str) -> str:
    """A text evened out: full-width letters narrow, all in lower case."""
    return folded(unicodedata.normalize("NFKC", text))


def even(column: ColumnElement[Any]) -> ColumnElement[str]:
    """The same in SQL: full-width letters narrow, ASCII in lower case."""
    return sa.func.lower(sa.collate(sa.func.normalize(column, sa.literal_column("NFKC")), "C"))


def holds(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """That a word stands in a text."""
    return sa.func.strpos(even(column), sa.literal(word, sa.Text())) > 0


def is_markup(field: Field) -> bool:
    """Whether the field holds text with markup, of which only the words are searched."""
    return field.value_field.kind.value_type(field.value_field) == "html"


def words_in(field: Field, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The text of a column as one reads it."""
    return sa.func.jianflow.markup_text(column) if is_markup(field) else column


def tsquery(words: Iterable[str]) -> str:
    """The words as pieces: pairs of neighbours, a single character as the beginning of a pair."""
    pieces: list[str] = []
    for word in words:
        if len(word) == 1:
            pieces.append(f"{_quoted(word)}:*")
        pieces += [_quoted(word[at : at + 2]) for at in range(len(word) - 1)]
    return " & ".join(dict.fromkeys(pieces))


def _quoted(piece: str) -> str:
    return "'" + piece.replace("\\", "\\\\").replace("'", "''") + "'"
