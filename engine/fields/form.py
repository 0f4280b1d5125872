"""A form and its fields, read from the definition's document."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property
from typing import Any

from engine.fields import registry
from engine.fields.base import FieldType
from engine.platform.i18n import Text, label_text

Label = str | Mapping[str, str] | Text


@dataclass(eq=False)
class Field:
    """A field of a form, or a column of a subform (`parent` is then the subform's field)."""

    key: str
    type: str
    label: Label | None = None
    required: bool = False
    unique: str | None = None
    properties: Mapping[str, Any] = attribute(default_factory=dict, repr=False)
    parent: "Field | None" = attribute(default=None, repr=False)
    pointer: str = ""
    form: "Form | None" = attribute(default=None, repr=False)
    children: tuple["Field", ...] = attribute(default=(), repr=False)

    @cached_property
    def path(self) -> str:
        """The name inside the form: `amount`, or `lines.qty` for a subform's column."""
        return f"{self.parent.key}.{self.key}" if self.parent else self.key

    @cached_property
    def kind(self) -> FieldType:
        """The field type."""
        return registry.get(self.type)

    @cached_property
    def value_field(self) -> "Field":
        """The field by whose type values are shown: itself, or the result of what is computed."""
        return self.kind.value_field(self)

    @cached_property
    def live(self) -> bool:
        """Whether the value is worked out at every reading."""
        return self.kind.live(self)

    @cached_property
    def options(self) -> dict[str, Mapping[str, Any]]:
        """The options by value."""
        return {option["value"]: option for option in self.properties.get("options", ())}

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators of conditions that fit its values."""
        return self.value_field.kind.operators

    @property
    def system(self) -> bool:
        """Whether every record of every form has it."""
        return self.form is None or self.parent is None and self.key in SYSTEM_KEYS

    def child(self, key: str) -> "Field | None":
        """A subform's column."""
        return next((child for child in self.children if child.key == key), None)

    def beside(self, key: str) -> "Field | None":
        """What `key` means where this field stands: in a subform a column of the row, else of the record."""
        own = self.parent.child(key) if self.parent else None
        return own or (self.form.field(key) if self.form else None)

    def name(self, language: str | None = None) -> str:
        """The label in `language` (by default the current one), else the key."""
        return label_text(self.label, language) or self.key

    def get(self, name: str, default: Any = None) -> Any:
        """A property of the type."""
        return self.properties.get(name, default)

    @classmethod
    def read(
        cls,
        document: Mapping[str, Any],
        pointer: str = "",
        parent: "Field | None" = None,
        form: "Form | None" = None,
    ) -> "Field":
        """The field of a document that its JSON Schema accepts."""
        made = cls(
            key=document["key"],
            type=document["type"],
            label=document.get("label"),
            required=bool(document.get("required")),
            unique=document.get("unique"),
            properties=document,
            parent=parent,
            pointer=pointer,
            form=form,
        )
        made.children = tuple(
            cls.read(child, f"{pointer}/fields/{number}", made, form)
            for number, child in enumerate(document.get("fields", ()))
            if isinstance(child, Mapping)  # a lookup's `fields` are keys
        )
        return made


@dataclass(eq=False)
class Form:
    """A form; `find` gives the other forms of the same app by key."""

    key: str
    label: Label | None
    title: str
    fields: tuple[Field, ...]
    document: Mapping[str, Any] = attribute(repr=False)
    pointer: str = ""
    find: "Callable[[str], Form | None] | None" = attribute(default=None, repr=False)

    @classmethod
    def read(
        cls,
        document: Mapping[str, Any],
        pointer: str = "",
        find: "Callable[[str], Form | None] | None" = None,
    ) -> "Form":
        """The form of a document that its JSON Schema accepts."""
        form = cls(
            key=document["key"],
            label=document.get("name"),
            title=document.get("title", ""),
            fields=(),
            document=document,
            pointer=pointer,
            find=find,
        )
        form.fields = tuple(
            Field.read(one, f"{pointer}/fields/{number}", None, form)
            for number, one in enumerate(document.get("fields", ()))
        )
        return form

    def name(self, language: str | None = None) -> str:
        """The form's name in `language` (by default the current one), else its key."""
        return label_text(self.label, language) or self.key

    def field(self, path: str) -> Field | None:
        """The field at `amount` or `lines.qty`, or a system field; paths through links are not for here."""
        return self._by_path.get(path) or SYSTEM_FIELDS.get(path)

    def walk(self) -> Iterator[Field]:
        """All fields, subforms followed by their columns."""
        for one in self.fields:
            yield one
            if one.kind.stored:
                yield from one.children

    def stored(self) -> Iterator[Field]:
        """The fields that records keep a value for."""
        return (one for one in self.fields if one.kind.stored and not one.kind.layout_only)

    @property
    def views(self) -> list[Mapping[str, Any]]:
        """The published views; a form without any has one with all fields."""
        return list(self.document.get("views") or [whole_view(self)])

    @property
    def rules(self) -> list[Mapping[str, Any]]:
        """The rules that records are checked by."""
        return list(self.document.get("rules", ()))

    def other(self, key: str | None) -> "Form | None":
        """Another form of the same app."""
        if key is None or key == self.key:
            return self
        return self.find(key) if self.find else None

    @cached_property
    def _by_path(self) -> dict[str, Field]:
        return {one.path: one for one in self.walk()}


def whole_view(form: Form) -> Mapping[str, Any]:
    """The view with all fields, for whoever has no other."""
    shown = [one.key for one in form.fields if not one.kind.layout_only and not one.properties.get("hidden")]
    return {"key": "all", "name": {"zh-CN": "全部", "en": "All"}, "kind": "grid", "columns": shown}


def _system(key: str, kind: str, zh: str, en: str, **properties: Any) -> Field:
    document = {"key": key, "type": kind, "label": {"zh-CN": zh, "en": en}, **properties}
    return Field(key=key, type=kind, label=document["label"], properties=document)


SYSTEM_FIELDS: dict[str, Field] = {
    one.key: one
    for one in (
        _system("id", "count", "编号", "ID"),
        _system("version", "count", "版本", "Version"),
        _system("owner", "member", "负责人", "Owner"),
        _system("created_by", "member", "创建人", "Created by"),
        _system("created_at", "datetime", "创建时间", "Created at"),
        _system("updated_by", "member", "修改人", "Changed by"),
        _system("updated_at", "datetime", "修改时间", "Changed at"),
        _system(
            "flow_state",
            "select",
            "流程状态",
            "Approval state",
            options=[
                {"value": "draft", "label": {"zh-CN": "草稿", "en": "Draft"}, "color": "grey"},
                {"value": "running", "label": {"zh-CN": "审批中", "en": "Under approval"}, "color": "blue"},
                {"value": "approved", "label": {"zh-CN": "已通过", "en": "Approved"}, "color": "green"},
                {"value": "rejected", "label": {"zh-CN": "已拒绝", "en": "Rejected"}, "color": "red"},
                {"value": "withdrawn", "label": {"zh-CN": "已撤回", "en": "Withdrawn"}, "color": "grey"},
            ],
        ),
    )
}
SYSTEM_KEYS = frozenset(SYSTEM_FIELDS)
