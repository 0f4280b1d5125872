"""Finds the header of a table under its title lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.exchange.sheet import Row

LOOKED_AT = 30


@dataclass(frozen=True)
class Header:
    """Where the header is: `row` counts from 1 as the sheet shows it; `names` has one entry a column."""

    row: int
    names: list[str]


def find_header(rows: Sequence[Row]) -> Header:
    """The header among the first rows: the first line that is nearly as wide as the table and all text.

    Title lines ("2026 年销售明细", "制表人：…") are narrow; data lines hold numbers, dates or repeat a text. A line that
    repeats a text is the header where no other line with data below it can be.
    """
    looked_at = rows[:LOOKED_AT]
    widest = max((_filled(row) for row in looked_at), default=0)
    wide = [
        (number, row)
        for number, row in enumerate(looked_at, 1)
        if _filled(row) >= max(1, 0.6 * widest) and _is_text(row)
    ]
    for number, row in wide:
        if _distinct(row) and (row is wide[0][1] or any(_filled(below) for below in rows[number:])):
            return Header(number, column_names(row))
    if wide:
        return Header(wide[0][0], column_names(wide[0][1]))
    for number, row in enumerate(looked_at, 1):
        if _filled(row):
            return Header(number, column_names(row))
    return Header(1, [])


def header_at(rows: Sequence[Row], row: int) -> Header:
    """The header in the line that somebody chose."""
    return Header(row, column_names(rows[row - 1]) if 0 < row <= len(rows) else [])


def column_names(row: Row) -> list[str]:
    """A name for each column: its header, "B 列" where it has none, "金额 (2)" where it repeats one."""
    names: dict[str, None] = {}
    repeated: dict[str, int] = {}
    for number, cell in enumerate(row):
        name = " ".join(str(cell).split()) if cell is not None else f"[{column_letters(number)}]"
        unique = name
        while unique in names:
            repeated[name] = repeated.get(name, 1) + 1
            unique = f"{name} ({repeated[name]})"
        names[unique] = None
    return list(names)


def column_letters(number: int) -> str:
    """A column's name as a spreadsheet shows it: 0 is A, 26 is AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _filled(row: Row) -> int:
    return sum(cell is not None for cell in row)


def _is_text(row: Row) -> bool:
    return all(
        cell is None or (isinstance(cell, str) and not cell.replace(".", "").isdigit()) for cell in row
    )


def _distinct(row: Row) -> bool:
    texts = [str(cell) for cell in row if cell is not None]
    return len(set(texts)) >= 0.8 * len(texts)
