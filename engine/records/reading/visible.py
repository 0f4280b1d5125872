"""Which rows and fields of a form a viewer may read: grants stay pairs of condition and fields."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from engine.access import grants as access
from engine.access.grants import Grant
from engine.access.viewer import App, Viewer
from engine.conditions.paths import paths as read_paths
from engine.definitions.model import LiveApp
from engine.fields import formula as formulas
from engine.fields import path as paths
from engine.fields.base import RowValues
from engine.fields.failed import Formerly
from engine.fields.form import Field, Form
from engine.fields.lookup import is_table, lookup_target
from engine.fields.rollup import rollup_source
from engine.records.storage.titles import title_fields

TITLE = "{title}"
"""The record's title among the paths of fields; no field can have this key."""


def seen_rows(access: "Access", subform: Field, rows: Iterable[RowValues] | Formerly | None) -> Any:
    """A subform's rows without the columns that are hidden in any row that may be read."""
    if rows is None or isinstance(rows, Formerly):
        return rows
    open_columns = {one.key for one in subform.children if access.always(one.path)}
    return [
        RowValues(row.id, {key: value for key, value in row.values.items() if key in open_columns})
        for row in rows
    ]


class Access:
    """What a set of grants shows of a form's records."""

    def __init__(self, live: LiveApp, form: Form, grants: tuple[Grant, ...]) -> None:
        self.live = live
        self.form = form
        self.grants = grants
        self.nothing = not grants
        self.whole = any(grant.where is None for grant in grants)
        """Every row may be read."""
        self._shows: dict[str, tuple[Grant, ...]] = {}

    def shows(self, path: str) -> tuple[Grant, ...]:
        """The grants that show a field in the rows they match; `path` may be TITLE."""
        found = self._shows.get(path)
        if found is None:
            found = self._shows[path] = tuple(
                grant for grant in self.grants if self._grant_shows(grant, path)
            )
        return found

    def never(self, path: str) -> bool:
        """Whether no row shows the field."""
        return not self.shows(path)

    def always(self, path: str) -> bool:
        """Whether every row that may be read shows the field."""
        shows = self.shows(path)
        return len(shows) == len(self.grants) or any(grant.where is None for grant in shows)

    def fields(self) -> tuple[Field, ...]:
        """The fields that some row may show, in the form's order."""
        return tuple(one for one in self.form.fields if not one.kind.layout_only and not self.never(one.path))

    def _grant_shows(self, grant: Grant, path: str) -> bool:
        if not grant.fields and grant.role is None:
            return True  # an administrator, or the engine itself
        if path == TITLE:
            return all(self._grant_shows(grant, key) for key in title_fields(self.form))
        field = self.form.field(path)
        return field is not None and shown_by(self.live, grant, field, frozenset())


def shown_by(live: LiveApp, grant: Grant, field: Field, above: frozenset[int]) -> bool:
    """Whether a grant shows a field: it does not hide it, and a computed one reads nothing that it hides."""
    for key in {field.path, field.parent.key if field.parent else field.path}:
        if grant.hides(key):
            return False
    if not field.kind.computed or grant.names(field.path) or id(field) in above:
        return True
    above = above | {id(field)}
    return all(
        _role_shows(live, grant, read, above) if other else shown_by(live, grant, read, above)
        for read, other in reads(field)
    )


def reads(field: Field) -> Iterable[tuple[Field, bool]]:
    """The fields of which a computed field's value tells something, each with whether it is in another record."""
    form = field.form
    if form is None:
        return
    if field.type == "formula":
        formula = formulas.tree(field)
        for steps in formula.paths if formula else ():
            yield from _steps(paths.resolve(form, ".".join(steps), field.parent) or (), False)
    elif field.type == "rollup":
        other = form.other(field.get("form"))
        link = other.field(field.get("via")) if other else None
        for one in (link, rollup_source(field)):
            if one is not None:
                yield from _read_by_the_app(one, True)
        for path in _condition_paths(field.get("where")):
            yield from _steps(paths.resolve(other, path) or () if other else (), True)
    elif field.type == "lookup":
        link = None if is_table(field) else field.beside(field.get("via"))
        if link is not None:
            yield link, False  # the other record itself is read with the viewer's rights
    else:
        for reference in field.kind.references(field):
            holder = form.other(reference.form) if reference.form else form
            named = holder.field(reference.field) if holder and reference.field else None
            if named is not None:
                yield named, bool(reference.form)


def _steps(steps: Sequence[Field], elsewhere: bool) -> Iterable[tuple[Field, bool]]:
    outside = False
    for step in steps:
        if step.form is not None or not outside:
            yield from _read_by_the_app(step, elsewhere or outside)
        outside = outside or paths.target_form(step) is not None


def _read_by_the_app(field: Field, elsewhere: bool) -> Iterable[tuple[Field, bool]]:
    """A field that is read with the app's rights: of a lookup, which one's own would empty, all that it leads to."""
    seen: set[int] = set()
    at: Field | None = field
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at, elsewhere
        target = lookup_target(at) if at.type == "lookup" else None
        link = at.beside(at.get("via")) if target is not None else None
        if link is not None:
            yield link, elsewhere
        at, elsewhere = target, True


def along(steps: Sequence[Field], access: Access, access_to: Callable[[Form], Access]) -> bool:
    """Whether every step of a path may be read, the rows that it leads through included."""
    here: Access | None = access
    for step in steps:
        if here is not None and step.key != "id" and here.never(step.path):
            return False
        form = paths.target_form(step)
        if form is not None:
            here = None if form in (paths.MEMBERS, paths.DEPARTMENTS) else access_to(form)
            if step is not steps[-1] and here is not None and here.nothing:
                return False
    return True


def as_readable(
    live: LiveApp, form: Form, viewer: Viewer | App, view: Mapping[str, Any]
) -> Mapping[str, Any]:
    """A view without the parts of its condition and order that the viewer may not read.

    Without a part it shows more of the rows that one may read anyway, but tells nothing of the field.
    """

    def may(path: Any) -> bool:
        return readable(live, form, viewer, path)

    shown = dict(view)
    if view.get("sort"):
        shown["sort"] = [one for one in view["sort"] if may(one.get("field"))]
    if view.get("where"):
        shown["where"] = _without(view["where"], may)
    if view.get("colors"):
        # Without a part of its condition a rule would colour other rows: it goes as a whole.
        shown["colors"] = [one for one in view["colors"] if all(map(may, read_paths(one["when"])))]
    return shown


def readable(live: LiveApp, form: Form, viewer: Viewer | App, path: Any) -> bool:
    """Whether the viewer may read at the end of a path in some row; what there is not is no secret."""
    steps = paths.resolve(form, path) if isinstance(path, str) else None
    return steps is None or along(
        steps, access_for(live, form, viewer), lambda other: access_for(live, other, viewer)
    )


def _without(where: Any, readable: Callable[[Any], bool]) -> Any:
    if not isinstance(where, Mapping):
        return where
    for kind in ("all", "any"):
        if isinstance(where.get(kind), list):
            parts = [part for one in where[kind] if (part := _without(one, readable)) is not None]
            return {kind: parts} if parts or not where[kind] else None
    if "not" in where:
        inner = _without(where["not"], readable)
        return None if inner is None else {"not": inner}
    return where if all(map(readable, read_paths(where))) else None


def _role_shows(live: LiveApp, grant: Grant, field: Field, above: frozenset[int]) -> bool:
    """Whether the role behind a grant shows a field of another form."""
    form = field.form
    if form is None or form in (paths.MEMBERS, paths.DEPARTMENTS):
        return True
    given = live.documents.get("roles", {}).get(grant.role or "", {}).get("grants", {}).get(form.key) or {}
    if not given.get("read"):
        return False
    return shown_by(live, Grant(None, dict(given.get("fields") or {}), grant.role), field, above)


def _condition_paths(where: object) -> Iterable[str]:
    return sorted(read_paths(where)) if where else ()


def access_for(live: LiveApp, form: Form, viewer: Viewer | App, operation: str = "read") -> Access:
    """The viewer's access to a form; what a set of grants shows is worked out once a version."""
    return access_of(live, form, access.grants(live, viewer, form.key, operation))


def access_of(live: LiveApp, form: Form, grants: tuple[Grant, ...]) -> Access:
    """The access that these grants give."""
    known: dict[tuple[str, bytes], Access] = live.cache.setdefault("records.visible", {})
    place = (form.key, grants_key(grants))
    found = known.get(place)
    if found is None:
        if len(known) > 2000:
            known.clear()
        found = known[place] = Access(live, form, grants)
    return found


def grants_key(grants: tuple[Grant, ...]) -> bytes:
    """What makes two sets of grants the same."""
    return fingerprint([[grant.where, grant.fields, grant.role] for grant in grants])


def fingerprint(parts: Any) -> bytes:
    """What makes two requests the same."""
    try:
        return orjson.dumps(parts, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS)
    except TypeError:  # numbers beyond 64 bits, broken characters: refused later, with their place
        return json.dumps(parts, default=str).encode()
