"""The import mapping: which column goes into which field, and how its values are to be understood."""

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from engine.exchange.targets import Targets
from engine.fields.form import Field
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text

Missing = Literal["empty", "create", "reject"]
Mode = Literal["create", "update", "upsert"]
MISSING: tuple[Missing, ...] = ("empty", "create", "reject")
MODES: tuple[Mode, ...] = ("create", "update", "upsert")
DATE_ORDERS = {"YYYY-MM-DD": "ymd", "MM/DD/YYYY": "mdy", "DD/MM/YYYY": "dmy"}
PERCENTS = ("fraction", "percent")
MEMBERS_OF = (
    "sheet",
    "header_row",
    "columns",
    "new_fields",
    "links",
    "values",
    "dates",
    "members",
    "choices",
    "percents",
)


@dataclass(frozen=True)
class Lookup:
    """How the records or members that a column names are found, and what happens when one is not there."""

    by: str
    missing: Missing


@dataclass(frozen=True)
class Replacement:
    """What a value of the file becomes: another text, nothing, something new, or its row is left out."""

    kind: Literal["text", "empty", "create", "skip"]
    text: str | None = None

    @classmethod
    def read(cls, sent: Any) -> "Replacement":
        """From the mapping's JSON: a text, null, `{"create": true}` or `{"skip": true}`."""
        if sent is None:
            return cls("empty")
        if isinstance(sent, MappingABC):
            return cls("skip" if sent.get("skip") else "create")
        return cls("text", str(sent))

    def json(self) -> Any:
        """As `read` takes it."""
        return {"text": self.text, "empty": None, "create": {"create": True}, "skip": {"skip": True}}[
            self.kind
        ]


@dataclass(frozen=True)
class ImportMapping:
    """A whole mapping, as the contract writes it; `columns` has headers as keys and field paths or None as values."""

    sheet: str | None = None
    header_row: int | None = None
    columns: MappingABC[str, str | None] = field(default_factory=dict)
    new_fields: MappingABC[str, MappingABC[str, Any]] = field(default_factory=dict)
    links: MappingABC[str, Lookup] = field(default_factory=dict)
    members: MappingABC[str, Lookup] = field(default_factory=dict)
    values: MappingABC[str, MappingABC[str, Replacement]] = field(default_factory=dict)
    dates: MappingABC[str, str] = field(default_factory=dict)
    choices: MappingABC[str, Missing] = field(default_factory=dict)
    """What becomes of a text that is no option of the field."""
    percents: MappingABC[str, str] = field(default_factory=dict)
    """Whether a bare 0.5 in a column of percentages is 50% (`fraction`) or 0.5% (`percent`)."""

    @classmethod
    def read(cls, sent: Any) -> "ImportMapping":
        """From JSON; raises Invalid that names each wrong place."""
        faults = list(_shape_faults(sent))
        if faults:
            raise Invalid(Text("导入的对应关系有误", "The import mapping is wrong"), faults)
        return cls(
            sheet=sent.get("sheet"),
            header_row=sent.get("header_row"),
            columns=dict(sent.get("columns") or {}),
            new_fields=dict(sent.get("new_fields") or {}),
            links={path: _lookup(one, "by") for path, one in (sent.get("links") or {}).items()},
            members={path: _lookup(one, "by") for path, one in (sent.get("members") or {}).items()},
            values={
                path: {text: Replacement.read(to) for text, to in pairs.items()}
                for path, pairs in (sent.get("values") or {}).items()
            },
            dates=dict(sent.get("dates") or {}),
            choices={
                path: one.get("missing") or "reject" for path, one in (sent.get("choices") or {}).items()
            },
            percents=dict(sent.get("percents") or {}),
        )

    def json(self) -> dict[str, Any]:
        """As `read` takes it."""
        return {
            "sheet": self.sheet,
            "header_row": self.header_row,
            "columns": dict(self.columns),
            "new_fields": dict(self.new_fields),
            "links": {path: {"by": one.by, "missing": one.missing} for path, one in self.links.items()},
            "members": {path: {"by": one.by, "missing": one.missing} for path, one in self.members.items()},
            "values": {
                path: {text: to.json() for text, to in pairs.items()} for path, pairs in self.values.items()
            },
            "dates": dict(self.dates),
            "choices": {path: {"missing": missing} for path, missing in self.choices.items()},
            "percents": dict(self.percents),
        }

    def with_columns(self, columns: MappingABC[str, str | None]) -> "ImportMapping":
        """The same with all columns decided."""
        return replace(self, columns=dict(columns))

    def check(self, targets: Targets, headers: list[str]) -> None:
        """Raise Invalid for targets that the form does not have and columns that the file does not have."""
        faults = []
        chosen = [target for target in self.columns.values() if target is not None]
        for header, target in self.columns.items():
            place = f"/mapping/columns/{header}"
            if header not in headers:
                said = Text("文件里没有“{name}”这一列", "The file has no column “{name}”", name=header)
                faults.append(Fault(place, "unknown_column", said))
            elif target is not None and (fault := self._target_fault(targets, target, place)):
                faults.append(fault)
            elif target is not None and chosen.count(target) > 1:
                said = Text("两列都对应到“{name}”", "Two columns go into “{name}”", name=target)
                faults.append(Fault(place, "duplicate_target", said))
        for name in ("links", "members", "values", "dates", "choices", "percents"):
            for path in getattr(self, name):
                if targets.find(path) is None and path not in self.new_fields:
                    faults.append(_unknown(f"/mapping/{name}/{path}", path))
        if faults:
            raise Invalid(Text("导入的对应关系有误", "The import mapping is wrong"), faults)

    def _target_fault(self, targets: Targets, target: str, place: str) -> Fault | None:
        field = targets.find(target)
        if field is None:
            return None if target in self.new_fields else _unknown(place, target)
        if not targets.opens(field):
            said = Text("您不能修改“{name}”", "You may not change “{name}”", name=field.name())
            return Fault(place, "not_editable", said)
        rule = self.links.get(target)
        if not targets.finds(field, rule.by if rule else None):
            return Fault(place, "cannot_look_up", not_found_by(field))
        return None


def not_found_by(field: Field) -> Text:
    """Why nothing can be imported into a link: its records are found by what the person may not read."""
    return Text(
        "您看不到“{name}”所关联的数据，无法按名称找到它们，所以这一列不能导入",
        "You cannot see the records that “{name}” links to; they cannot be found by name, so this column cannot be imported",
        name=field.name(),
    )


def _unknown(place: str, name: str) -> Fault:
    said = Text("“{name}”不是可以导入的字段", "“{name}” is not a field that can be imported", name=name)
    return Fault(place, "unknown_field", said)


def _lookup(sent: MappingABC[str, Any], by: str) -> Lookup:
    return Lookup(sent.get(by) or "name", sent.get("missing") or "empty")


def _shape_faults(sent: Any) -> list[Fault]:
    if not isinstance(sent, MappingABC):
        return [
            Fault(
                "/mapping",
                "wrong_type",
                Text("对应关系应是一个 JSON 对象", "The mapping must be a JSON object"),
            )
        ]
    faults = [
        Fault(
            f"/mapping/{name}",
            "unknown_property",
            Text("没有“{name}”这一项", "Unknown property “{name}”", name=name),
        )
        for name in sent
        if name not in MEMBERS_OF
    ]
    for name in MEMBERS_OF[2:]:
        if sent.get(name) is not None and not isinstance(sent[name], MappingABC):
            faults.append(
                Fault(
                    f"/mapping/{name}",
                    "wrong_type",
                    Text("这里应是一个 JSON 对象", "A JSON object is expected here"),
                )
            )
    return faults or _part_faults(sent)


def _part_faults(sent: MappingABC[str, Any]) -> list[Fault]:
    """What is wrong inside the parts, which are known to be objects."""
    faults: list[Fault] = []
    row = sent.get("header_row")
    if row is not None and (not isinstance(row, int) or isinstance(row, bool) or row < 1):
        faults.append(
            Fault(
                "/mapping/header_row",
                "wrong_type",
                Text("表头行应是正整数", "The header row is a whole number from 1"),
            )
        )
    for header, target in (sent.get("columns") or {}).items():
        if target is not None and not isinstance(target, str):
            said = Text("应是字段的标识或 null", "This is a field’s key or null")
            faults.append(Fault(f"/mapping/columns/{header}", "wrong_type", said))
    for name in ("links", "members", "choices"):
        for path, one in (sent.get(name) or {}).items():
            if not isinstance(one, MappingABC) or one.get("missing", "empty") not in MISSING:
                said = Text("“missing”应是 empty、create 或 reject", "“missing” is empty, create or reject")
                faults.append(Fault(f"/mapping/{name}/{path}", "wrong_value", said))
    for path, shape in (sent.get("dates") or {}).items():
        if shape not in DATE_ORDERS:
            said = Text("日期顺序应是 {all}", "The date order is one of {all}", all=", ".join(DATE_ORDERS))
            faults.append(Fault(f"/mapping/dates/{path}", "wrong_value", said))
    for path, reading in (sent.get("percents") or {}).items():
        if reading not in PERCENTS:
            said = Text("百分比应是 {all}", "Percentages are {all}", all="fraction, percent")
            faults.append(Fault(f"/mapping/percents/{path}", "wrong_value", said))
    for path, pairs in (sent.get("values") or {}).items():
        if not isinstance(pairs, MappingABC):
            faults.append(
                Fault(
                    f"/mapping/values/{path}",
                    "wrong_type",
                    Text("这里应是一个 JSON 对象", "A JSON object is expected here"),
                )
            )
    for key, document in (sent.get("new_fields") or {}).items():
        if not isinstance(document, MappingABC) or not isinstance(document.get("type"), str):
            said = Text("新字段要有“type”", "A new field needs a “type”")
            faults.append(Fault(f"/mapping/new_fields/{key}", "required", said))
    return faults
