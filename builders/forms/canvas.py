"""The canvas: the form as it will look, each field in a card of its own that can be taken hold of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any

from flask import g, render_template

from builders.forms.draft import KIND, Designed
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.definitions.propose import propose
from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field, Form
from engine.fields.references import Ref
from engine.platform.i18n import label_text
from engine.web.record.rendering import Control
from engine.web.shell.opened import viewer

MOST_CARDS = 1_000


@dataclass(frozen=True)
class Card:
    """A field on the canvas: its control as the form draws it; a subform has a card for each column."""

    path: str
    control: Control
    type_label: str
    columns: list["Card"] = attribute(default_factory=list)

    @property
    def field(self) -> Field:
        """The field."""
        return self.control.field

    @property
    def is_table(self) -> bool:
        """Whether the card holds the columns of a subform."""
        return self.field.type == "subform"


def of_form(designed: Designed) -> str:
    """The cards of the whole form."""
    form = designed.proposed.form(designed.key)
    return drawn(form, form.fields)


def of_fields(designed: Designed, documents: Iterable[Mapping[str, Any]]) -> str:
    """The cards of fields as the designer has them now, whatever of it is saved yet."""
    changed = [dict(one) for one in documents]
    app = with_fields(designed.proposed, designed.key, changed)
    form = app.form(designed.key)
    keys = {one["key"] for one in changed}
    return drawn(form, [one for one in form.fields if one.key in keys])


def with_fields(app: LiveApp, form_key: str, changed: list[dict[str, Any]]) -> LiveApp:
    """The app with fields of the form replaced by key, or added at its end."""
    document = app.documents[KIND][form_key]
    by_key = {one["key"]: one for one in changed}
    fields = [by_key.pop(one["key"], one) for one in document["fields"]]
    return propose(app, {(KIND, form_key): {**document, "fields": [*fields, *by_key.values()]}})


def drawn(form: Form, fields: Iterable[Field]) -> str:
    """The cards as HTML, one after the other."""
    g.form = form
    who = viewer()
    cards = [_card(field, field.key, form, who) for field in fields]
    return render_template("forms/cards.html", cards=cards)


def _card(field: Field, name: str, form: Form, who: Viewer) -> Card:
    control = Control(
        field,
        name,
        _value(field, who),
        readonly=field.kind.computed,
        time_zone=who.time_zone,
        form_key=form.key,
    )
    columns = []
    if field.type == "subform":
        columns = [
            replace(_card(child, f"{field.key}.NEW.{child.key}", form, who), path=child.path)
            for child in field.children
        ]
    return Card(field.path, control, called(field), columns)


def called(field: Field) -> str:
    """What the palette calls such a field: of a type with several tiles, the one that fits it best."""
    fitting = [
        preset
        for preset in field.kind.palette
        if all(field.get(name) == value for name, value in preset.properties.items())
    ]
    best = max(fitting, key=lambda preset: len(preset.properties), default=None)
    return label_text(best.label if best else field.kind.label)


def _value(field: Field, who: Viewer) -> Any:
    """What the control holds on the canvas: the default where it is plain or the person themselves."""
    default = field.get("default")
    if default is None or field.kind.computed:
        return None
    if isinstance(default, Mapping):
        mine = Ref(who.member_id, who.name) if default.get("me") and field.type == "member" else None
        return mine
    try:
        return field.kind.parse(default, field, ParseContext())
    except FieldFault:
        return None
