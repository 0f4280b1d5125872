"""The names that a formula may use, with what finds them: labels, pinyin, keys; and all functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any
from unicodedata import normalize

from builders.formulas.places import Place
from engine.fields import path as paths
from engine.fields.form import SYSTEM_FIELDS, Field, Form
from engine.fields.formula_names import name_of
from engine.formulas import catalogue
from engine.platform import pinyin
from engine.platform.i18n import Text, label_text
from engine.records.storage.titles import sort_key
from engine.web.record.formula_words import BETWEEN_LABELS, labels

MOST = 1_000
"""So many names are sent at once; what lies behind further links is asked for with `under`."""
SYSTEM = ("owner", "created_at", "created_by", "updated_at", "updated_by", "flow_state", "id")


@dataclass(frozen=True)
class Named:
    """A field by its path, with the steps that lead to it."""

    path: str
    steps: tuple[Field, ...]
    group: str

    @property
    def label(self) -> str:
        """The labels of all steps."""
        return labels(self.steps)

    def json(self) -> dict[str, Any]:
        """As the editor takes it."""
        last = self.steps[-1]
        shown = last.value_field
        found: dict[str, Any] = {
            "path": self.path,
            "label": self.label,
            "type": shown.type,
            "kind": str(last.kind.label),
            "icon": last.kind.icon,
            "group": self.group,
            "spelled": spelled(self.label),
            "initials": initials(self.label),
            "leads": paths.target_form(last) is not None,
        }
        if shown.options:
            found["options"] = [
                {"value": value, "label": label_text(option.get("label")) or value}
                for value, option in shown.options.items()
            ]
        return found


def fields(place: Place) -> list[dict[str, Any]]:
    """The names of the form, nearest first; one step behind its links too, as far as there is room."""
    found = list(_near(place))
    for group in _linked(place):
        if len(found) + len(group) <= MOST:  # all that is behind a link, or nothing
            found += group
    return [one.json() for one in found]


def under(place: Place, path: str) -> list[dict[str, Any]]:
    """The names behind a link's path; none where it leads nowhere."""
    steps = paths.resolve(place.form, path, place.row)
    if steps is None or not place.known(steps):
        return []
    return [one.json() for one in islice(_behind(place, path, steps), MOST)]


def named(place: Place, path: str) -> dict[str, Any] | None:
    """One name by its path."""
    steps = paths.resolve(place.form, path, place.row)
    if steps is None or name_of(steps) is None or not place.known(steps):
        return None
    return Named(path, steps, "").json()


def by_label(place: Place, written: str) -> Named | None:
    """The nearest name whose label was written, with dots or as it is shown; else one whose last step is called so."""
    wanted = _dotted(written)
    near = list(_near(place))
    for group in (near, *_linked(place)):
        for one in group:
            if _dotted(one.label) == wanted:
                return one
    return next((one for one in near if one.steps[-1].name().casefold() == wanted), None)


def _dotted(label: str) -> str:
    return label.replace(BETWEEN_LABELS, ".").casefold()


def functions() -> list[dict[str, Any]]:
    """All functions, as the editor and its reference take them."""
    return [
        {
            "name": doc.name,
            "category": doc.category,
            "category_label": str(doc.category_label),
            "signature": doc.signature,
            "summary": str(doc.summary),
            "examples": [[formula, value or '""'] for formula, value in doc.examples],
            "volatile": doc.volatile,
            "in_bulk": doc.sql,
        }
        for doc in catalogue()
    ]


def _near(place: Place) -> Iterator[Named]:
    form = place.form
    own = form.name()
    if place.row is not None:
        for column in place.row.children:
            if _usable(place, (column,)):
                yield Named(column.key, (column,), place.row.name())
    taken = {column.key for column in place.row.children} if place.row is not None else set()
    beside = [one for one in form.fields if one.key not in taken]
    for field in beside:
        if _usable(place, (field,)):
            yield Named(field.key, (field,), own)
        for column in field.children if field.type == "subform" else ():
            if _usable(place, (field, column)):
                yield Named(f"{field.key}.{column.key}", (field, column), field.name())
    for key in SYSTEM:
        if (
            key not in taken
            and form.field(key) is SYSTEM_FIELDS[key]
            and _usable(place, (SYSTEM_FIELDS[key],))
        ):
            yield Named(key, (SYSTEM_FIELDS[key],), str(Text("系统字段", "System fields")))


def _linked(place: Place) -> Iterator[list[Named]]:
    """What lies one step behind each link."""
    columns = place.row.children if place.row is not None else ()
    taken = {column.key for column in columns}
    for field in (*columns, *place.form.fields, SYSTEM_FIELDS["owner"]):
        beside = field in columns or field.key not in taken
        if beside and paths.target_form(field) is not None and place.known((field,)):
            yield list(_behind(place, field.key, (field,)))


def _behind(place: Place, path: str, steps: tuple[Field, ...]) -> Iterator[Named]:
    """The fields of the form that a link leads to."""
    target = paths.target_form(steps[-1])
    if target is None or len(steps) >= paths.MOST_STEPS:
        return
    for field in _fields_of(target):
        further = (*steps, field)
        if _usable(place, further):
            yield Named(f"{path}.{field.key}", further, steps[-1].name())


def _fields_of(form: Form) -> Iterator[Field]:
    yield from form.fields
    if form not in (paths.MEMBERS, paths.DEPARTMENTS):
        yield SYSTEM_FIELDS["owner"]


def _usable(place: Place, steps: tuple[Field, ...]) -> bool:
    return name_of(steps) is not None and place.known(steps)


@lru_cache(maxsize=20_000)
def spelled(label: str) -> str:
    """The label's pinyin without spaces, so that `jine` finds 金额."""
    return "".join((sort_key(label) or "").split())


@lru_cache(maxsize=20_000)
def initials(label: str) -> list[str]:
    """For each character the letters that may begin it, so that `yh` and `yx` both find 银行."""
    found: list[str] = []
    for before, letter in zip(" " + label, label):
        readings = pinyin.readings().get(ord(letter))
        if readings:
            found.append("".join(sorted({normalize("NFD", one)[0] for one in readings.split(",")})))
        elif letter.isascii() and letter.isalnum() and not (before.isascii() and before.isalnum()):
            found.append(letter.lower())
    return found
