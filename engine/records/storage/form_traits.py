"""What of a form concerns writing, found once: which fields have defaults, copy values, name others, hold files."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.conditions.paths import currents
from engine.fields.form import Field, Form


@dataclass(frozen=True, eq=False)
class FormTraits:
    """The fields (of the record, subforms among them) that a step of writing has to look at."""

    defaults: tuple[Field, ...]
    formula_defaults: tuple[Field, ...]
    row_formula_defaults: tuple[Field, ...]
    """The subforms with columns whose default is a formula."""
    filling: tuple[Field, ...]
    naming: frozenset[str]
    holding: frozenset[str]
    demanding: tuple[Field, ...]
    serials: tuple[Field, ...]
    narrowing: frozenset[str]
    conditional: frozenset[str]

    @classmethod
    def of(cls, form: Form) -> "FormTraits":
        """The traits of a form."""

        def fields(concerns: Callable[[Field], object]) -> tuple[Field, ...]:
            return tuple(one for one in form.fields if concerns(one) or any(map(concerns, one.children)))

        def keys(concerns: Callable[[Field], object]) -> frozenset[str]:
            return frozenset(one.key for one in fields(concerns))

        return cls(
            defaults=fields(lambda one: one.get("default") is not None or one.get("default_from")),
            formula_defaults=tuple(one for one in form.fields if by_formula(one)),
            row_formula_defaults=tuple(one for one in form.fields if any(map(by_formula, one.children))),
            filling=fields(lambda one: one.get("fill")),
            naming=keys(lambda one: getattr(one.kind, "refers_to", None)) | {"owner"},
            holding=keys(lambda one: one.kind.holds_files),
            demanding=fields(lambda one: one.required or one.unique or one.get("min_rows")),
            narrowing=keys(narrowed),
            conditional=keys(conditional),
            serials=tuple(one for one in form.fields if one.type == "serial"),
        )


def traits(form: Form) -> FormTraits:
    """The traits of a form; worked out once."""
    found: FormTraits | None = form.__dict__.get("_traits")
    if found is None:
        found = form.__dict__["_traits"] = FormTraits.of(form)
    return found


def narrowed(field: Field) -> bool:
    """Whether what a field offers is looked up: in another form's column, or among the people of departments."""
    return bool(field.get("options_from") or (field.get("scope") or {}).get("departments"))


def conditional(field: Field) -> bool:
    """Whether a condition, which may read the record itself, says what the field offers."""
    if getattr(field.kind, "refers_to", None) == "record":
        return bool(field.get("where"))
    return bool(currents((field.get("options_from") or {}).get("where")))


def by_formula(field: Field) -> bool:
    """Whether a field's default is a formula."""
    given = field.get("default")
    return isinstance(given, dict) and "formula" in given
