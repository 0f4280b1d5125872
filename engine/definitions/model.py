"""What an app is: its row, its live documents, what is drafted, published and changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.fields.form import Form
from engine.platform.errors import NotFound
from engine.platform.i18n import DEFAULT_LANGUAGE, Text

Document = dict[str, Any]
Documents = Mapping[str, Mapping[str, Document]]
"""All documents of an app: kind → key → document."""


@dataclass(frozen=True)
class App:
    """An app as its row says."""

    id: int
    key: str
    schema: str
    live_version: int
    template_key: str | None
    template_version: str | None
    created_at: datetime


@dataclass(frozen=True, eq=False)
class LiveApp:
    """An app at one version: every live document, and the forms read from them. Immutable and shared.

    `cache` is for the layers above: what they derive from this version, they keep here.
    """

    app: App
    version: int
    documents: Documents
    etags: Mapping[tuple[str, str], str]
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def forms(self) -> "Forms":
        """The forms by key, in no particular order; each is read when it is first asked for."""
        forms = self.cache.get("forms")
        if forms is None:
            forms = self.cache["forms"] = Forms(self.documents.get("forms", {}))
        return forms  # type: ignore[no-any-return]

    def form(self, key: str) -> Form:
        """The form with this key."""
        return self.forms[key]

    @property
    def document(self) -> Document:
        """The app's own document: name, icon, navigation."""
        return self.documents.get("app", {}).get("app", {})

    @property
    def languages(self) -> list[str]:
        """The app's languages, the first one first."""
        return self.document.get("languages") or [DEFAULT_LANGUAGE]


class Forms(Mapping[str, Form]):
    """The forms read from documents, each when first asked for; an unknown key is `NotFound`."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents
        self._forms: dict[str, Form] = {}

    def __getitem__(self, key: str) -> Form:
        form = self._forms.get(key)
        if form is None:
            if key not in self._documents:
                raise NoSuchForm(key)
            form = self._forms[key] = Form.read(self._documents[key], find=self.get)
        return form

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, key: object) -> bool:
        return key in self._documents


class NoSuchForm(NotFound, KeyError):
    """There is no such form; a `KeyError` too, so that `forms.get` answers None."""

    def __init__(self, key: str) -> None:
        super().__init__(Text("没有表单“{key}”。", "There is no form “{key}”.", key=key))


@dataclass(frozen=True)
class Draft:
    """A saved document that is not live yet; without a document it removes the definition."""

    kind: str
    key: str
    document: Document | None
    etag: str | None
    base_etag: str | None
    author: int | None
    updated_at: datetime
    merged: bool = False
    overruled: Sequence[Sequence[str]] = ()
    """The places, by keys, at which it keeps its own against a later change of what is live."""


@dataclass(frozen=True)
class Current:
    """What a definition is now to the one who edits it: the draft, else the live document."""

    kind: str
    key: str
    document: Document
    etag: str
    state: str


@dataclass(frozen=True)
class Change:
    """One definition's step from one live state to the next; None means that there is none.

    `previous` and `live` are the whole app before and after; of a new app, `previous` has no documents.
    """

    app: App
    kind: str
    key: str
    before: Document | None
    after: Document | None
    documents: Documents
    live: LiveApp
    previous: LiveApp
    author: int | None = None


@dataclass(frozen=True)
class Publication:
    """What publishing did: the app's new version, what went live, the jobs that follow, what to know."""

    version: int
    published: list[tuple[str, str]]
    jobs: list[str]
    warnings: list[Any]
