"""Which computed fields are kept, what each reads, and in which order they are worked out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.conditions import paths as condition_paths
from engine.definitions.model import LiveApp
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.fields.formula import tree
from engine.formulas.tree import Formula


@dataclass(frozen=True, eq=False)
class StoredFormula:
    """A formula whose value is kept, with the own paths that it reads."""

    field: Field
    formula: Formula
    reads: frozenset[str]

    @property
    def path(self) -> str:
        """The field's path."""
        return self.field.path


@dataclass(frozen=True, eq=False)
class Rollup:
    """A rollup of the form `parent` over the records of the form `child` that link to it by `via`."""

    parent: str
    field: Field
    child: str
    via: str
    source: str | None
    function: str
    where: Mapping[str, object] | None

    @property
    def path(self) -> str:
        """The rollup field's key."""
        return self.field.path

    @cached_property
    def reads(self) -> frozenset[str]:
        """The child's paths that the value depends on."""
        own = {self.via} | ({self.source} if self.source else set())
        return frozenset(own | condition_paths(self.where))


class Computations:
    """The computed fields of one form."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.rollups = tuple(_rollups(form))
        self.order = tuple(_in_order(form))

    def after(self, changed: Iterable[str]) -> tuple[StoredFormula, ...]:
        """The stored formulas that must be worked out again when these paths have changed, in order."""
        changed = set(changed)
        found: list[StoredFormula] = []
        for one in self.order:
            if one.path in changed or touches(one.reads, changed):
                found.append(one)
                changed.add(one.path)
        return tuple(found)


def computations(live: LiveApp, form_key: str) -> Computations:
    """The computed fields of a form; worked out once a version."""
    known: dict[str, Computations] = live.cache.setdefault("records.computed", {})
    found = known.get(form_key)
    if found is None:
        found = known[form_key] = Computations(live.form(form_key))
    return found


def rollups_over(live: LiveApp, child: str) -> tuple[Rollup, ...]:
    """All rollups of the app that count or sum the records of the form `child`."""
    known: dict[str, tuple[Rollup, ...]] | None = live.cache.get("records.rollups")
    if known is None:
        by_child: dict[str, list[Rollup]] = {}
        for key in live.forms:
            for one in computations(live, key).rollups:
                by_child.setdefault(one.child, []).append(one)
        known = live.cache["records.rollups"] = {key: tuple(found) for key, found in by_child.items()}
    return known.get(child, ())


def touches(reads: Iterable[str], changed: Iterable[str]) -> bool:
    """Whether something changed is read; a subform stands for all its columns, and each column for it."""
    known = set(reads)
    for path in changed:
        if path in known:
            return True
        subform, dot, _ = path.partition(".")
        if dot and subform in known:
            return True
        if not dot and any(read.startswith(path + ".") for read in known):
            return True
    return False


def own_path(form: Form, steps: tuple[str, ...], row: Field | None = None) -> str | None:
    """What a formula's path names inside the record: `amount` or `lines.sum`; None for what lies outside."""
    found = paths.resolve(form, ".".join(steps), row)
    if found is None or paths.outside(found):
        return None
    return found[-1].path


def with_inputs(form: Form, known: Iterable[str]) -> set[str]:
    """These paths, and those inside the record from which the live fields among them are worked out."""
    found = dict.fromkeys(known)
    waiting = list(found)
    for path in waiting:
        field = form.field(path)
        if field is None or not field.live:
            continue
        link = field.beside(field.get("via", "")) if field.type == "lookup" else None
        read = [link.path] if link is not None else []
        formula = tree(field) if field.type == "formula" else None
        for steps in formula.paths if formula else ():
            resolved = paths.resolve(form, ".".join(steps), field.parent) or ()
            read += [own for own in (own_path(form, steps, field.parent),) if own]
            read += [step.path for step in resolved[:1]]
        waiting += [one for one in read if one not in found]
        found |= dict.fromkeys(read)
    return set(found)


def _in_order(form: Form) -> Iterator[StoredFormula]:
    waiting: dict[str, StoredFormula] = {}
    for field in form.walk():
        formula = tree(field) if field.type == "formula" and not field.live else None
        if formula is not None:
            reads = (own_path(form, steps, field.parent) for steps in formula.paths)
            waiting[field.path] = StoredFormula(field, formula, frozenset(path for path in reads if path))
    while waiting:
        ready = [path for path, one in waiting.items() if not touches(one.reads, waiting.keys() - {path})]
        if not ready:  # a cycle, which publishing refuses
            return
        for path in ready:
            yield waiting.pop(path)


def _rollups(form: Form) -> Iterator[Rollup]:
    for one in form.fields:
        if one.type == "rollup":
            yield Rollup(
                parent=form.key,
                field=one,
                child=one.get("form", ""),
                via=one.get("via", ""),
                source=one.get("field"),
                function=one.get("fn", "count"),
                where=one.get("where"),
            )
