"""Texts in both languages: written side by side where they are used, rendered in the reader's language."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

LANGUAGES = ("zh-CN", "en")
DEFAULT_LANGUAGE = "zh-CN"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


class Text:
    """A sentence in Chinese and English, with `{name}` places, rendered late.

    Parameters may be texts themselves; they are rendered in the same language.
    """

    __slots__ = ("en", "params", "zh")

    def __init__(self, zh: str, en: str, **params: object) -> None:
        self.zh = zh
        self.en = en
        self.params = params

    def render(self, language: str | None = None) -> str:
        """The sentence in `language`, by default the current one."""
        language = language or current_language()
        pattern = self.en if language == "en" else self.zh
        if not self.params:
            return pattern
        return pattern.format_map({name: _render(value, language) for name, value in self.params.items()})

    def __str__(self) -> str:
        return self.render()

    def __repr__(self) -> str:
        return f"Text({self.render('en')!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.zh, self.en, self.params) == (
            other.zh,
            other.en,
            other.params,
        )

    def __hash__(self) -> int:
        return hash((self.zh, self.en))


def say(zh: str, en: str, **params: object) -> str:
    """The sentence in the current language, at once."""
    return Text(zh, en, **params).render()


def current_language() -> str:
    """The language of the person who is served now."""
    return _language.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Serve somebody in `language` inside the block; an unknown one falls back to Chinese."""
    token = _language.set(language if language in LANGUAGES else DEFAULT_LANGUAGE)
    try:
        yield
    finally:
        _language.reset(token)


def label_text(
    label: str | Mapping[str, str] | Text | None,
    language: str | None = None,
    app_language: str = DEFAULT_LANGUAGE,
) -> str:
    """A definition's label in `language`; a missing language falls back to the app's first, then to any."""
    if label is None:
        return ""
    language = language or current_language()
    if isinstance(label, Text):
        return label.render(language)
    if isinstance(label, str):
        return label
    return (
        label.get(language) or label.get(app_language) or next((text for text in label.values() if text), "")
    )


def _render(value: object, language: str) -> object:
    return value.render(language) if isinstance(value, Text) else value
