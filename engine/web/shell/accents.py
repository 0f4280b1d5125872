"""The accent colours that an app may have: those whose contrast is right in light and dark, by the nearest hex value."""

from flask import Flask

DEFAULT = "indigo"
ACCENTS = {
    DEFAULT: "#4557d6",
    "blue": "#1d63c9",
    "cyan": "#0c7285",
    "green": "#10703f",
    "amber": "#a15c07",
    "red": "#c4302b",
    "violet": "#7343c4",
}


def init_app(app: Flask) -> None:
    """Give the templates the filter that makes a tile's colour of an accent."""
    app.jinja_env.filters["tone"] = tone


def accent(value: str | None) -> str:
    """The name of the accent that is nearest to a definition's hex value."""
    if not value:
        return DEFAULT
    wanted = _parts(value)
    return min(
        ACCENTS,
        key=lambda name: sum((a - b) ** 2 for a, b in zip(_parts(ACCENTS[name]), wanted, strict=True)),
    )


def tone(value: str | None) -> str:
    """The same as one of the tones that tiles and badges have."""
    found = accent(value)
    return "blue" if found == DEFAULT else found


def _parts(value: str) -> tuple[int, ...]:
    return tuple(int(value[at : at + 2], 16) for at in (1, 3, 5))
