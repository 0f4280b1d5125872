"""A form drawn: its sections and controls, with values, faults and rights, for whoever fills or reads it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request, url_for
from markupsafe import Markup

from engine.fields.base import RowValues, masked
from engine.fields.button import ButtonField
from engine.fields.failed import Formerly, value_text
from engine.fields.form import SYSTEM_FIELDS, Field, Form
from engine.fields.references import Ref
from engine.fields.rich_text import safe
from engine.platform.errors import Fault
from engine.platform.i18n import current_language, label_text, say
from engine.web.import_table import MISSING_WORDS
from engine.web.lists import columns
from engine.web.record.codes import code_picture
from engine.web.record.story import story_lines

MOST_FIRST_ROWS = 20
WIDTHS = {"1/4": "w-quarter", "1/3": "w-third", "1/2": "", "1": "w-full"}


@dataclass
class Control:
    """One field on a page: what it is called, what it holds, whether it may be filled."""

    field: Field
    name: str
    value: Any = None
    titles: Mapping[int, str] = attribute(default_factory=dict)
    readonly: bool = False
    fault: str | None = None
    warning: str | None = None
    rows: list["Row"] = attribute(default_factory=list)
    columns: list[Field] = attribute(default_factory=list)
    unseen: Collection[str] = ()
    fixed_columns: Collection[str] = ()
    typed: str | None = None
    time_zone: str = "Asia/Shanghai"
    form_key: str = ""
    ruled_out: bool = False
    """Whether the form's rules hide it now; what follows is what they say besides."""
    demanded: bool = False
    locked: bool = False
    offered: Collection[str] | None = None

    @property
    def id(self) -> str:
        """The element's id."""
        return "field-" + self.name.replace(".", "-")

    @property
    def label(self) -> str:
        """The field's name in the reader's language."""
        return self.field.name()

    @property
    def hint(self) -> str:
        """What stands below the control."""
        return label_text(self.field.get("hint"))

    @property
    def placeholder(self) -> str:
        """What stands in the empty control."""
        return label_text(self.field.get("placeholder"))

    @property
    def required(self) -> bool:
        """Whether it must be filled."""
        return (self.field.required or self.demanded) and not self.readonly

    @property
    def width(self) -> str:
        """The class that gives the control its width."""
        width = WIDTHS[self.field.get("width") or ("1" if self.field.kind.wide else "1/2")]
        return f"{width} only-desk" if self.field.get("hidden_on_phone") else width

    @property
    def shown(self) -> str:
        """The value as people read it."""
        return self.field.kind.shown(self.value, self.field, current_language(), self.time_zone)

    @property
    def whole(self) -> str:
        """The same, though the field masks it."""
        return self.field.kind.display(self.value, self.field, current_language(), self.time_zone)

    @property
    def is_table(self) -> bool:
        """Whether it holds rows of its own: a subform, or a lookup by condition."""
        return self.field.type == "subform" or (self.field.type == "lookup" and not self.field.get("via"))

    @property
    def text(self) -> str:
        """What stands in the input: what was typed and refused, else the value as one would type it."""
        if self.typed is not None:
            return self.typed
        return typed_text(self.field, self.value, self.time_zone)

    @property
    def picked(self) -> list[tuple[Any, str]]:
        """Chosen records, members or options as (value, title)."""
        values = self.value if isinstance(self.value, (list, tuple)) else [self.value]
        return [(_id_of(one), self._title(one)) for one in values if one is not None]

    def _title(self, one: Any) -> str:
        title = getattr(one, "title", None)
        if title is not None:
            return str(title)
        if one in self.field.options:
            return label_text(self.field.options[one].get("label")) or str(one)
        return self.titles.get(one, str(one))


@dataclass
class Row:
    """A row of a subform."""

    number: int | str
    id: int | None
    cells: list[Control]


@dataclass
class Section:
    """A labelled run of controls."""

    key: str
    label: str
    controls: list[Control] = attribute(default_factory=list)
    tab: Field | None = None
    ruled_out: bool = False
    """Whether the form's rules hide all of it now."""

    @property
    def runs(self) -> list[list[Control]]:
        """The controls in their order: what is read side by side together, each table by itself; notes are left out."""
        found: list[list[Control]] = []
        for control in self.controls:
            if control.field.type == "note":
                continue
            if control.is_table or not found or found[-1][0].is_table:
                found.append([])
            found[-1].append(control)
        return found


@dataclass
class Part:
    """The sections of one tab; those before the first tab stand in one of their own, without a key."""

    key: str
    label: str
    sections: list[Section]
    open: bool = False

    @property
    def faulty(self) -> bool:
        """Whether something in it was refused."""
        return any(
            control.fault or any(cell.fault for row in control.rows for cell in row.cells)
            for section in self.sections
            for control in section.controls
        )


def parts(sections: Iterable[Section]) -> list[Part]:
    """The sections by tabs, of which the first with a fault is open, else the first."""
    found: list[Part] = []
    for section in sections:
        key = section.tab.key if section.tab else ""
        if not found or found[-1].key != key:
            found.append(Part(key, section.tab.name() if section.tab else "", []))
        found[-1].sections.append(section)
    tabs = [part for part in found if part.key]
    for part in [part for part in tabs if part.faulty][:1] or tabs[:1]:
        part.open = True
    return found


def init_app(app: Flask) -> None:
    """Give the field templates their words."""
    app.jinja_env.globals.update(
        choices_url=choices_url,
        address=address,
        inner=inner,
        depends_on=depends_on,
        story_lines=story_lines,
        blank_row=blank_row,
        sections_by_tab=parts,
        code_picture=code_picture,
        map_url=map_url,
        rich=rich,
        difference_text=difference_text,
        suggestion_label=suggestion_label,
        column_heading=columns.heading,
        bare=columns.bare,
        missing_words=lambda: MISSING_WORDS,
    )


def rich(text: str) -> Markup:
    """The markup of a rich text, made safe once more: an older record or a hand in the database is not trusted."""
    return Markup(safe(text))


def map_url(place: Mapping[str, Any]) -> str:
    """A map that shows the place, in the reader's language."""
    if current_language() == "en":
        return f"https://www.openstreetmap.org/?mlat={place['lat']}&mlon={place['lng']}&zoom=16"
    return "https://uri.amap.com/marker?" + urlencode(
        {"position": f"{place['lng']},{place['lat']}", "name": place.get("text") or "", "coordinate": "wgs84"}
    )


def inner(name: str) -> str:
    """A form's or field's name inside a sentence: “New deal”, but “New CRM note”."""
    if current_language() != "en" or not name[1:2].islower():
        return name
    return name[0].lower() + name[1:]


def address(**changed: Any) -> str:
    """The query of the present address with some of it changed."""
    return urlencode({**request.args.to_dict(), **changed})


def choices_url(control: Control) -> str:
    """Where a picker of records or people asks for choices."""
    return url_for(
        "grid.choices",
        app_key=g.live.app.key,
        form_key=control.form_key or g.form.key,
        field=control.field.path,
    )


def depends_on(control: Control) -> list[str]:
    """The other fields of the form that narrow a picker's choices, such as the customer whose contacts are offered."""
    found: dict[str, None] = {}

    def look(where: Any) -> None:
        if isinstance(where, Mapping):
            if isinstance(where.get("current"), str):
                found[where["current"]] = None
            for one in where.values():
                look(one)
        elif isinstance(where, list):
            for one in where:
                look(one)

    look(control.field.get("where"))
    look((control.field.get("options_from") or {}).get("where"))
    return list(found)


def suggestion_label(form: Form, path: str, suggestion: str) -> str:
    """What an import suggests, as people call it."""
    field = form.field(path)
    option = field.options.get(suggestion) if field is not None else None
    return (label_text(option.get("label")) or suggestion) if option else suggestion


def difference_text(field: Field, value: Any) -> str:
    """A value in the history, as people read it."""
    if value is None or value == []:
        return say("空", "empty")
    if isinstance(value, Formerly):
        told = value_text(value, field, current_language())
        return masked(told) if told and field.get("masked") else told
    return field.kind.shown(value, field, current_language())


def sections(
    form: Form,
    values: Mapping[str, Any],
    *,
    readable: Iterable[str] | None = None,
    editable: Iterable[str] | None = None,
    faults: Sequence[Fault] = (),
    warnings: Sequence[Fault] = (),
    typed: Mapping[str, str] | None = None,
    time_zone: str = "Asia/Shanghai",
    unseen: Collection[str] = (),
    fixed_columns: Collection[str] = (),
    buttons: Collection[str] = (),
) -> list[Section]:
    """The form's sections in order; fields that are hidden from the viewer are not there at all.

    `readable` and `editable` are field keys (None: all); `typed` holds texts that were refused, by input name.
    `unseen` and `fixed_columns` are the subform columns (`lines.cost`) that are not there, or only to be read;
    `buttons` the keys of the buttons that are.
    """
    may_read = None if readable is None else set(readable)
    may_edit = None if editable is None else set(editable)
    by_place = _by_place(faults)
    remarks = _by_place(warnings)
    found = [Section("", "")]
    for field in form.fields:
        if field.type in ("section", "tab"):
            tab = field if field.type == "tab" else found[-1].tab
            section = field.type == "section"
            found.append(Section(field.key if section else "", field.name() if section else "", tab=tab))
            continue
        if field.get("hidden") or (
            may_read is not None and not field.kind.layout_only and field.key not in may_read
        ):
            continue
        if isinstance(field.kind, ButtonField) and field.key not in buttons:
            continue
        fixed = field.kind.computed or (may_edit is not None and field.key not in may_edit)
        control = Control(
            field,
            field.key,
            values.get(field.key),
            readonly=fixed,
            fault=by_place.get(field.key),
            warning=remarks.get(field.key),
            typed=(typed or {}).get(field.key),
            time_zone=time_zone,
        )
        if field.type == "subform":
            control.columns = _columns(field, unseen)
            control.unseen, control.fixed_columns = unseen, fixed_columns
            control.rows = _rows(control, fixed, by_place, typed or {})
        control.form_key = form.key
        found[-1].controls.append(control)
    filled = [section for section in found if section.controls]
    if "owner" in values and filled:
        fixed = may_edit is not None and "owner" not in may_edit
        filled[0].controls.append(_owner(values["owner"], fixed, by_place.get("owner"), time_zone))
    return filled


def _owner(value: Any, fixed: bool, fault: str | None, time_zone: str) -> Control:
    owner = SYSTEM_FIELDS["owner"]
    return Control(owner, owner.key, value, readonly=fixed, fault=fault, time_zone=time_zone)


def blank_row(control: Control) -> Row:
    """The row that is cloned when somebody adds one."""
    return Row("NEW", None, _cells(control, "NEW", {}, False, {}, {}))


def first_rows(control: Control) -> list[Row]:
    """The empty rows with which a new record's subform begins where it needs some; untouched they count for nothing."""
    fewest = min(control.field.get("min_rows", 0), MOST_FIRST_ROWS)
    return [
        Row(f"b{number}", None, _cells(control, f"b{number}", {}, False, {}, {})) for number in range(fewest)
    ]


def _columns(subform: Field, unseen: Collection[str]) -> list[Field]:
    return [child for child in subform.children if not child.get("hidden") and child.path not in unseen]


def typed_text(field: Field, value: Any, time_zone: str = "Asia/Shanghai") -> str:
    """A value as one would type it into an input: no thousands, ISO dates, percent as a person writes it."""
    return field.kind.typed_text(value, field, current_language(), time_zone)


def input_value(field: Field, value: Any, time_zone: str = "Asia/Shanghai") -> Any:
    """A value as a script puts it into an input: a picker's with its title, a choice's own value, else the text."""
    if value is None:
        return None
    if isinstance(value, list):
        return [str(_id_of(one)) for one in value]
    if isinstance(value, Ref):
        return {"value": str(value.id), "title": str(value.title)}
    if isinstance(value, bool) or field.options:
        return value
    return typed_text(field, value, time_zone)


def _rows(control: Control, readonly: bool, faults: Mapping[str, str], typed: Mapping[str, str]) -> list[Row]:
    found = []
    for number, row in enumerate(control.value or ()):
        values = row.values if isinstance(row, RowValues) else row
        identity = row.id if isinstance(row, RowValues) else row.get("id")
        found.append(Row(number, identity, _cells(control, number, values, readonly, faults, typed)))
    return found


def _cells(
    control: Control,
    number: int | str,
    values: Mapping[str, Any],
    readonly: bool,
    faults: Mapping[str, str],
    typed: Mapping[str, str],
) -> list[Control]:
    subform = control.field
    return [
        Control(
            child,
            f"{subform.key}.{number}.{child.key}",
            values.get(child.key),
            readonly=readonly or child.kind.computed or child.path in control.fixed_columns,
            fault=faults.get(f"{subform.key}/{number}/{child.key}"),
            typed=typed.get(f"{subform.key}.{number}.{child.key}"),
            time_zone=control.time_zone,
        )
        for child in _columns(subform, control.unseen)
    ]


def _by_place(faults: Sequence[Fault]) -> dict[str, str]:
    found: dict[str, str] = {}
    for fault in faults:
        place = fault.pointer.removeprefix("/values/").lstrip("/")
        found.setdefault(place, str(fault.message))
    return found


def _id_of(one: Any) -> Any:
    return getattr(one, "id", one)
