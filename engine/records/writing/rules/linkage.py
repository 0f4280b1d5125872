"""数据联动 (field linkage): where a field that its condition names changes, values come from another form's record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.conditions import FormScope, to_words
from engine.conditions.paths import currents
from engine.definitions import form_checks, places, rule_kinds
from engine.definitions.form_references import condition, current_references, path_references
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.definitions.named_fields import name, unknown
from engine.definitions.rule_kinds import Effect, Opening
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.fields.schema import CONDITION, FIELD_PATH, FORM_KEY, SORT, asked
from engine.platform.errors import Fault
from engine.platform.i18n import Text, current_language, say
from engine.records.writing.rules import named


@rule_kinds.register
class LinkageRule(rule_kinds.RuleKind):
    """The kind of rule `linkage`."""

    name = "linkage"
    label = Text("数据联动", "Field linkage")
    hint = Text(
        "一个字段变化时，从另一张表单查到数据并填进来。",
        "When a field changes, values are looked up in another form and filled in.",
    )
    icon = "link"
    order = 40
    schema = {
        "properties": {
            "form": FORM_KEY,
            "inside": named.INSIDE,
            "where": CONDITION,
            "sort": SORT,
            "set": {
                "type": "object",
                "maxProperties": 200,
                "propertyNames": FIELD_PATH,
                "additionalProperties": FIELD_PATH,
            },
            "no_match": asked(
                {"enum": ["empty", "keep"]},
                "没有匹配时",
                "Where nothing matches",
                labels={"empty": ("清空", "Emptied"), "keep": ("保持不变", "Kept")},
            ),
            "rights": asked(
                {"enum": ["filler", "app"]},
                "查询用谁的权限",
                "Whose permissions look",
                labels={
                    "filler": ("填写人的权限", "Those of who fills it in"),
                    "app": ("应用的权限", "Those of the app"),
                },
            ),
        },
        "required": ["form", "where", "set"],
    }

    def check(self, form: Form, rule: rule_kinds.Rule, pointer: str, proposed: LiveApp) -> Iterator[Fault]:
        yield from named.check_inside(form, rule, pointer)
        other = proposed.forms.get(rule["form"])
        if other is None:
            said = Text("没有表单“{form}”。", "there is no form “{form}”.", form=rule["form"][:60])
            yield named.fault(form, f"{pointer}/form", "unknown_form", said)
            return
        row = named.row_of(form, rule)
        beside = row.children[0] if row is not None else None
        yield from form_checks.condition_faults(
            form, rule["where"], FormScope(other), f"{pointer}/where", form, beside
        )
        if not currents(rule["where"]):
            said = Text(
                "条件里要用到本表单的字段，这样它变化时才会联动。",
                "the condition has to use a field of this form, or nothing would ever set it off.",
            )
            yield named.fault(form, f"{pointer}/where", "no_current", said)
        for number, one in enumerate(rule.get("sort", ())):
            if paths.resolve(other, one["field"]) is None:
                at = f"{pointer}/sort/{number}/field"
                yield named.fault(form, at, "unknown_field", unknown(other, one["field"]))
        if not rule["set"]:
            said = Text("还没有选要填哪些字段。", "it does not say yet which fields it fills in.")
            yield named.fault(form, f"{pointer}/set", "required", said)
        yield from named.check_targets(form, rule, rule["set"], f"{pointer}/set")
        yield from self._check_pairs(form, other, rule, pointer)

    def _check_pairs(self, form: Form, other: Form, rule: rule_kinds.Rule, pointer: str) -> Iterator[Fault]:
        parents: set[tuple[str, str]] = set()
        for own_path, source_path in rule["set"].items():
            at = f"{pointer}/set/{own_path}"
            own, source = form.field(own_path), other.field(source_path)
            if source is None:
                yield named.fault(form, at, "unknown_field", unknown(other, source_path))
                continue
            if own is None:
                continue  # told already
            if own.kind.computed or own.kind.layout_only or own.children or own.kind.holds_files:
                said = Text("“{field}”不能由联动填写。", "“{field}” cannot be filled in.", field=name(own))
                yield named.fault(form, at, "not_writable", said)
            elif not fits(own, source):
                said = Text(
                    "“{source}”的值放不进“{own}”。",
                    "the value of “{source}” does not fit “{own}”.",
                    source=name(source),
                    own=name(own),
                )
                yield named.fault(form, at, "type_mismatch", said)
            parents.add((own.parent.key if own.parent else "", source.parent.key if source.parent else ""))
        inside = rule.get("inside", "")
        if len({one[0] for one in parents}) > 1 or len({one[1] for one in parents}) > 1:
            said = Text(
                "一条联动只能填记录本身，或同一个子表单的列。",
                "one linkage fills either the record itself or columns of one subform.",
            )
            yield named.fault(form, f"{pointer}/set", "wrong_field", said)
        elif any(source and (not own or inside) for own, source in parents):
            said = Text(
                "来自子表单的列只能填进子表单。",
                "columns of a subform can only be filled into a subform.",
            )
            yield named.fault(form, f"{pointer}/set", "wrong_field", said)

    def references(
        self, form: Form, rule: rule_kinds.Rule, pointer: str, proposed: LiveApp
    ) -> Iterator[Reference]:
        yield Reference(f"{pointer}/form", "forms", rule["form"])
        yield from condition(f"{pointer}/where", rule["form"], rule["where"], proposed)
        row = named.row_of(form, rule)
        beside = row.children[0] if row is not None else None
        yield from current_references(f"{pointer}/where", form.key, rule["where"], proposed, beside)
        for own, source in rule["set"].items():
            yield from path_references(f"{pointer}/set/{own}", form, form.key, own, None, proposed)
            yield from path_references(f"{pointer}/set/{own}", form, rule["form"], source, None, proposed)
        for number, one in enumerate(rule.get("sort", ())):
            at = f"{pointer}/sort/{number}/field"
            yield from path_references(at, form, rule["form"], one["field"], None, proposed)

    def effects(self, form: Form, rule: rule_kinds.Rule) -> Iterator[Effect]:
        for read in sorted(_reads(form, rule)):
            for written in rule["set"]:
                yield Effect(read, written)
                subform, dot, _ = written.partition(".")
                if dot and "inside" not in rule:
                    yield Effect(read, subform)

    def warnings(self, form: Form, rule: rule_kinds.Rule, proposed: LiveApp) -> Iterator[Text]:
        opened = list(self.opens(form, rule, proposed))
        if not opened:
            return
        other = opened[0].other
        shown = [places.spoken(one.source.label, one.source.key) for one in opened]
        yield Text(
            "“{form}”的联动以应用的权限读取“{other}”，会把这些字段填给没有查看权限的人：{fields}。",
            "A linkage of “{form}” reads “{other}” with the app's rights and fills these fields in for people who "
            "may not see them there: {fields}.",
            form=places.spoken(form.label, form.key),
            other=places.spoken(other.label, other.key),
            fields=places.listed(shown),
        )

    def opens(self, form: Form, rule: rule_kinds.Rule, proposed: LiveApp) -> Iterator[Opening]:
        other = proposed.forms.get(rule["form"])
        if rule.get("rights") != "app" or other is None:
            return
        for path, source_path in rule["set"].items():
            own, source = form.field(path), other.field(source_path)
            if own is not None and source is not None:
                yield Opening(own, other, source)

    def sentence(self, form: Form, rule: rule_kinds.Rule) -> str:
        other = form.other(rule["form"])
        language = current_language()
        inside = named.row_of(form, rule)

        def own(path: str) -> str:
            steps = paths.resolve(form, path, inside)
            return " · ".join(step.name() for step in steps) if steps else path

        words = to_words(rule["where"], FormScope(other), current_name=own) if other is not None else []
        where = " ".join(str(one) for one in words)
        row = say("{rows}的每一行，", "in each row of {rows}, ", rows=inside.name()) if inside else ""
        fields = named.spoken(form, rule["set"], language)
        found = say(
            "从“{other}”查 {where}，填入{fields}",
            "look in “{other}” where {where} and fill in {fields}",
            other=other.name() if other is not None else rule["form"],
            where=where,
            fields=fields,
        )
        if rule.get("no_match") == "keep":
            return row + found + say("；查不到时保持不变", "; kept where nothing is found")
        return row + found


@dataclass(frozen=True, eq=False)
class Linkage:
    """A linkage ready to be fired.

    With `inside` it looks at each row of that subform; with `makes` it puts rows into that subform, which are rows
    of the source's subform `source_rows` where that is named, else one for each record found.
    """

    key: str
    form: str
    where: Mapping[str, Any]
    sort: Sequence[Mapping[str, Any]]
    pairs: tuple[tuple[Field, str], ...]
    keeps: bool
    with_app: bool
    reads: frozenset[str]
    inside: Field | None
    makes: Field | None
    source_rows: str | None

    @property
    def writes(self) -> frozenset[str]:
        """The paths that it sets."""
        own = frozenset(field.path for field, _ in self.pairs)
        return own | {self.makes.key} if self.makes is not None else own


def read_rules(form: Form) -> list[Linkage]:
    """The linkages of a form, each after those that set what its condition reads."""
    waiting = list(_read(form))
    found: list[Linkage] = []
    while waiting:
        ready = [
            one
            for one in waiting
            if not any(other is not one and other.writes & one.reads for other in waiting)
        ] or waiting  # a circle, which publishing refuses
        found += ready
        waiting = [one for one in waiting if one not in ready]
    return found


def fits(own: Field, source: Field) -> bool:
    """Whether values of the source field can stand in the own one."""
    shown = source.value_field
    if shown.kind.layout_only or source.children or shown.kind.holds_files:
        return False
    refers = getattr(own.kind, "refers_to", None)
    if refers or getattr(shown.kind, "refers_to", None) and not _textual(own):
        same_kind = refers == getattr(shown.kind, "refers_to", None)
        return same_kind and own.kind.multiple == shown.kind.multiple and own.get("form") == shown.get("form")
    if own.kind.multiple or shown.kind.multiple:
        return own.kind.multiple and shown.kind.value_type(shown).removesuffix("[]") == "text"
    return _textual(own) or own.kind.value_type(own) == shown.kind.value_type(shown)


def _textual(field: Field) -> bool:
    return field.type in ("text", "textarea")


def _read(form: Form) -> Iterable[Linkage]:
    for rule in form.rules:
        if rule.get("kind") != LinkageRule.name:
            continue
        pairs = tuple(
            (field, source) for own, source in rule["set"].items() if (field := form.field(own)) is not None
        )
        if not pairs:
            continue
        inside = named.row_of(form, rule)
        parent = pairs[0][0].parent
        source_rows = pairs[0][1].partition(".")[0] if "." in pairs[0][1] else None
        yield Linkage(
            key=rule["key"],
            form=rule["form"],
            where=rule["where"],
            sort=rule.get("sort", ()),
            pairs=pairs,
            keeps=rule.get("no_match") == "keep",
            with_app=rule.get("rights") == "app",
            reads=frozenset(_reads(form, rule)),
            inside=inside,
            makes=parent if inside is None else None,
            source_rows=source_rows,
        )


def _reads(form: Form, rule: rule_kinds.Rule) -> set[str]:
    """The own fields whose change fires the rule."""
    row = named.row_of(form, rule)
    found = set()
    for path in currents(rule["where"]):
        steps = paths.resolve(form, path, row)
        if steps is not None:
            found.add(steps[0].path)
    return found
