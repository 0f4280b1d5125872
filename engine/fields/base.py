"""What every field type declares, and what it is given to read and show values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from sqlalchemy.types import TypeEngine

from engine.platform.errors import Fault
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.fields.form import Field, Form

GROUPS: Mapping[str, Text] = {
    "basic": Text("基础", "Basic"),
    "choice": Text("选择", "Choices"),
    "relation": Text("人员与关联", "People and relations"),
    "more": Text("增强", "More"),
}
"""The groups of the palette, in their order."""

# Operators of conditions, by what makes sense for a value; a type picks one of these or writes its own.
EMPTINESS = ("empty", "not_empty")
EQUALITY = ("eq", "ne", "in", "not_in", *EMPTINESS)
ORDER = ("eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in", *EMPTINESS)
TEXTUAL = ("eq", "ne", "in", "not_in", "contains", "not_contains", "starts_with", *EMPTINESS)
SEVERAL = ("contains", "not_contains", "contains_any", "contains_all", "in", "not_in", "eq", "ne", *EMPTINESS)

TOASTED = 24
"""The most that a column of variable length keeps in its row once PostgreSQL has moved out what it can."""


class Directory(Protocol):
    """Titles of and search for members, departments and records; given by the layers that know them."""

    def titles(self, kind: str, ids: Iterable[int], form: str | None = None) -> Mapping[int, str]:
        """The titles of `ids`; an id that does not exist (or may not be seen) is missing."""
        ...

    def find(self, kind: str, form: str | None, text: str) -> Sequence[int]:
        """The ids whose title is `text`; kinds are `member`, `department` and `record`."""
        ...


@dataclass(frozen=True)
class ParseContext:
    """How raw values are to be read.

    `text` says that strings were typed, pasted or imported (so "1,234.50" is a number and a label an option);
    `date_order` is "ymd", "mdy" or "dmy" where the sender knows it; `percents` is "percent" where a bare 5 is 5% and
    "fraction" where it is 500%, else each such text is read as it is typed.
    """

    language: str = "zh-CN"
    time_zone: str = "Asia/Shanghai"
    directory: Directory | None = None
    text: bool = False
    date_order: str | None = None
    percents: str | None = None


class FieldFault(Exception):
    """A value that a field cannot take, with a code and a sentence for the person who sent it."""

    def __init__(self, code: str, message: Text, *, pointer: str = "", **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.pointer = pointer  # below the field, such as "/2/qty" in a subform
        self.details = details
        self.others: list[FieldFault] = []
        self.sound: Any = None  # what of the value could be read: the other cells of a subform

    def all(self) -> "list[FieldFault]":
        """This fault and those found beside it (a subform has many places)."""
        return [self, *self.others]


@dataclass(frozen=True)
class Reference:
    """That a field's definition names another form or field; `form` None is the field's own form."""

    pointer: str
    form: str | None
    field: str | None = None


@dataclass(frozen=True)
class ConditionUse:
    """A property that is a condition over the records of `form`; `current` is the form that is being filled."""

    property: str
    form: str
    condition: Mapping[str, Any]
    current: str | None = None


@dataclass(frozen=True)
class FormulaUse:
    """A property that is a formula over the record (or, in a subform, the row) that holds the field."""

    property: str
    formula: str


@dataclass(frozen=True)
class RowValues:
    """A row of a subform: its id (None for a new one) and its values by column key."""

    id: int | None
    values: Mapping[str, Any] = attribute(default_factory=dict)


@dataclass(frozen=True)
class Preset:
    """One tile of the palette: a field type with the properties that a new field begins with."""

    key: str
    label: Text
    icon: str
    properties: Mapping[str, Any] = attribute(default_factory=dict)
    order: int | None = None


class FieldType:
    """A kind of field. One subclass a file; the registry finds it by that.

    A type is stateless: what differs between two fields of a type is in `Field.properties`.
    """

    name: ClassVar[str] = ""
    label: ClassVar[Text]
    icon: ClassVar[str] = "forms"
    group: ClassVar[str] = "basic"
    order: ClassVar[int] = 1000
    """Where it stands in its group of the palette."""
    starting: ClassVar[Mapping[str, Any]] = {}
    """The properties that a new field of this type begins with."""
    palette: ClassVar[Sequence[Preset]] = ()
    """Its tiles in the palette, where it is not one tile with its own name."""
    found_defaults: ClassVar[tuple[str, ...]] = ()
    """The defaults that are found when a record is made: `me`, `my_department`, `today`, `now`."""
    schema: ClassVar[Mapping[str, Any]] = {"properties": {}}
    """JSON Schema (`properties` and `required`) of what a field of this type has beside the common properties."""

    stored: ClassVar[bool] = True
    """Records keep a value for it (in a column, a link table or a subform's table)."""
    layout_only: ClassVar[bool] = False
    """Only structures the page; has no value at all."""
    withholdable: ClassVar[bool] = False
    """Though it has no value, a role may hide it."""
    multiple: ClassVar[bool] = False
    """Its value is a list."""
    computed: ClassVar[bool] = False
    """The engine makes the value; nobody sends one."""
    offered: ClassVar[bool] = True
    """People may choose it in a form; the types of the system columns are not offered."""
    wide: ClassVar[bool] = False
    """Takes the whole width of the form unless the field says otherwise."""

    holds_files: ClassVar[bool] = False
    """Its values are ids of stored files."""
    in_formulas: ClassVar[bool] = True
    """Formulas may read it."""
    grouped: ClassVar[bool] = False
    """Its input is a group of several controls, which takes its name as a whole."""
    typed: ClassVar[bool] = True
    """A cell of a list takes it as typed text."""
    read_template: ClassVar[str | None] = None
    """How pages show a value that is only read, where its text alone will not do; the template gets `c`, a control."""

    align: ClassVar[str] = "start"
    operators: ClassVar[tuple[str, ...]] = EQUALITY
    template: ClassVar[str] = "fields/text.html"
    summary_functions: ClassVar[tuple[str, ...]] = ()
    unique_possible: ClassVar[bool] = False
    sortable: ClassVar[bool] = True
    groupable: ClassVar[bool] = False

    # -- in the database -------------------------------------------------------------------------------

    def column(self, field: "Field") -> TypeEngine[Any] | None:
        """The column's type; None where the value is not a plain column of the record's table."""
        return None

    def inline_bytes(self, field: "Field") -> int:
        """What the column takes in a row at worst."""
        return TOASTED

    def value_type(self, field: "Field") -> str:
        """What formulas see: text, number, boolean, date, datetime; with "[]" behind it for several."""
        return "text"

    def live(self, field: "Field") -> bool:
        """Whether the value is not kept but worked out at every reading."""
        return False

    def value_field(self, field: "Field") -> "Field":
        """The field by whose type values are read and shown; a computed field answers with its result's."""
        return field

    # -- in a definition -------------------------------------------------------------------------------

    def check(self, field: "Field", forms: Mapping[str, "Form"]) -> Iterable[Fault]:
        """What is wrong with the field's properties beyond their JSON Schema."""
        return ()

    def references(self, field: "Field") -> Iterable[Reference]:
        """The forms and fields that the properties name."""
        return ()

    def conditions(self, field: "Field") -> Iterable[ConditionUse]:
        """The properties that are conditions."""
        return ()

    def formulas(self, field: "Field") -> Iterable[FormulaUse]:
        """The properties that are formulas."""
        return ()

    # -- values ----------------------------------------------------------------------------------------

    def parse(self, raw: Any, field: "Field", context: ParseContext) -> Any:
        """The Python value of what was sent or typed; None for empty; raises FieldFault."""
        if isinstance(raw, str):
            raw = raw.strip()
        if raw is None or raw == "" or raw == []:
            return None
        return self.read(raw, field, context)

    def read(self, raw: Any, field: "Field", context: ParseContext) -> Any:
        """Like `parse`, for something that is not empty."""
        raise FieldFault("not_writable", Text("这个字段不能填写", "This field cannot be filled in"))

    def check_new(self, value: Any, field: "Field", context: ParseContext) -> "FieldFault | None":
        """What is wrong with a value that is given anew; values that records already have may stay."""
        return None

    def to_json(self, value: Any, field: "Field") -> Any:
        """The value as programs get it."""
        if field.value_field.kind is not self:  # a computed field answers as its result does
            from engine.fields.failed import value_json

            return value_json(value, field)
        return value

    def display(self, value: Any, field: "Field", language: str, time_zone: str | None = None) -> str:
        """The value as people read it, without markup; "" for empty. What is computed reads as its result's type."""
        if value is None:
            return ""
        shown = field.value_field
        if hasattr(value, "code") or shown is field:
            return str(getattr(value, "code", None) or self.to_json(value, field))
        return shown.kind.display(value, shown, language, time_zone)

    def shown(self, value: Any, field: "Field", language: str, time_zone: str | None = None) -> str:
        """The value as pages and lists show it: as `display`, but masked where the field says so."""
        text = self.display(value, field, language, time_zone)
        return masked(text) if text and field.value_field.get("masked") else text

    def typed_text(self, value: Any, field: "Field", language: str, time_zone: str | None = None) -> str:
        """The value as one would type it into an input: figures bare, nothing masked."""
        if value is None:
            return ""
        if self.align == "end":
            return str(self.to_json(value, field))
        return self.display(value, field, language, time_zone)

    def value_schema(self, field: "Field", *, written: bool) -> dict[str, Any]:
        """JSON Schema of the value as programs get it or, `written`, as they may send it."""
        shown = field.value_field
        if shown is not field:
            inner = shown.kind.value_schema(shown, written=False)
            failed = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
            return {"anyOf": [inner, failed]}
        refers_to = getattr(self, "refers_to", None)
        if refers_to:
            return _reference_schema(self.multiple, written)
        kind = self.value_type(field)
        if kind == "number":
            return {
                "type": ["string", "number", "null"] if written else ["string", "null"],
                "format": "decimal",
            }
        if kind == "boolean":
            return {"type": ["boolean", "null"]}
        if kind in ("date", "datetime", "time"):
            return {"type": ["string", "null"], "format": {"datetime": "date-time"}.get(kind, kind)}
        if kind == "text[]":
            return {"type": ["array", "null"], "items": {"type": "string"}}
        return {"type": ["string", "null"]}

    def comparable(self, value: Any) -> Any:
        """The value so that equal ones are `==`."""
        return value

    def document_schema(self) -> dict[str, Any]:
        """The JSON Schema of a whole field of this type."""
        from engine.fields.schema import common_properties

        own = self.schema.get("properties", {})
        return {
            "type": "object",
            "properties": {**common_properties(self), **own},
            "required": ["key", "type", *self.schema.get("required", ())],
            "additionalProperties": False,
        }


def _reference_schema(several: bool, written: bool) -> dict[str, Any]:
    named = {
        "type": "object",
        "properties": {"id": {"type": ["integer", "null"]}, "title": {"type": "string"}},
        "required": ["id"],
    }
    one: dict[str, Any] = {"anyOf": [{"type": "integer"}, named]} if written else named
    if several:
        return {"type": ["array", "null"], "items": one}
    return {"anyOf": [one, {"type": "null"}]}


def wrong_type(wanted: Text) -> FieldFault:
    """The fault of a value that is not even of the right JSON type."""
    return FieldFault("wrong_type", Text("这里要填{wanted}", "This takes {wanted}", wanted=wanted))


def masked(text: str) -> str:
    """A text with its middle made stars, as on receipts: 138****5678, z***@example.com, 李**."""
    name, at, rest = text.partition("@")
    if at:
        return f"{name[:1]}{'*' * max(len(name) - 1, 3)}@{rest}"
    if len(text) >= 7:
        return f"{text[:3]}{'*' * (len(text) - 7) or '*'}{text[-4:]}"
    return text[:1] + "*" * (len(text) - 1)


def utc_text(moment: datetime) -> str:
    """RFC 3339 in UTC, with fractions of a second only where there are any."""
    moment = moment.astimezone(timezone.utc)
    shape = "%Y-%m-%dT%H:%M:%S" + (".%f" if moment.microsecond else "")
    return f"{moment:{shape}}Z" if moment.year >= 1000 else moment.isoformat().replace("+00:00", "Z")
