"""Makes other records from this one, all or none, linked with each other and with it; what is there is not made again."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.access.grants import allows
from engine.access.viewer import App, Viewer
from engine.actions import values
from engine.actions.kind import Made, Outcome, Press, PressKind
from engine.conditions import FormScope
from engine.definitions import action_kinds, form_checks
from engine.definitions.action_kinds import Action
from engine.definitions.form_references import condition, path_references
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.definitions.named_fields import at as fault
from engine.definitions.named_fields import name, unknown
from engine.fields.form import Field, Form
from engine.fields.references import Ref
from engine.fields.schema import CONDITION, FIELD_KEY, FORM_KEY, KEY, asked
from engine.platform.errors import Conflict, Fault, Invalid
from engine.platform.i18n import Text
from engine.records.reading.condition_sql import holding
from engine.records.reading.record import Record
from engine.records.writing import write

RECORD: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "key": asked(
            KEY, "标识", "Key", hint=("后面的数据用它关联这一条", "By it later ones link to this one")
        ),
        "form": asked(FORM_KEY, "新建到", "Form"),
        "fill": asked(values.FILL, "填入", "Filled in", kind="sources", of="form"),
        "into": asked(
            FIELD_KEY,
            "存到这里的关联",
            "Kept in the link",
            kind="field",
            types=["link"],
            hint=("已有关联时不再新建", "Where that is filled, nothing is made"),
        ),
        "when": asked(CONDITION, "满足时才新建", "Only where", simple=False),
    },
    "required": ["key", "form"],
    "additionalProperties": False,
}


@action_kinds.register
class CreateRecords(PressKind):
    """The kind of action `create_records`."""

    name = "create_records"
    label = Text("新建其他数据", "Make other records")
    hint = Text(
        "从这条数据一次新建几条其他表单的数据并互相关联，如线索转客户。",
        "Makes records of other forms from this one, linked with each other, such as a customer from an enquiry.",
    )
    order = 40
    schema = {
        "properties": {
            "records": asked(
                {"type": "array", "minItems": 1, "maxItems": 10, "items": RECORD},
                "新建",
                "Made",
                kind="made_records",
            ),
            "set": asked(values.FILL, "这条数据改成", "Set here", kind="sources"),
        },
        "required": ["records"],
    }

    def check(self, button: Field, action: Action, pointer: str, proposed: LiveApp) -> Iterator[Fault]:
        form = button.form
        if form is None:
            return
        made: dict[str, str] = {}
        for number, one in enumerate(action["records"]):
            at = f"{pointer}/records/{number}"
            if one["key"] in made:
                said = Text("标识“{key}”出现了两次。", "the key “{key}” stands twice.", key=one["key"])
                yield fault(form, f"{at}/key", "duplicate_key", said)
            other = proposed.forms.get(one["form"])
            if other is None:
                yield values.unknown_form(form, f"{at}/form", one["form"])
                continue
            yield from values.check(form, other, one.get("fill", {}), f"{at}/fill", made)
            if "into" in one:
                yield from _check_into(form, one, f"{at}/into")
            if "when" in one:
                yield from form_checks.condition_faults(form, one["when"], FormScope(form), f"{at}/when")
            made[one["key"]] = one["form"]
        yield from values.check(form, form, action.get("set", {}), f"{pointer}/set", made)

    def references(
        self, button: Field, action: Action, pointer: str, proposed: LiveApp
    ) -> Iterator[Reference]:
        form = button.form
        if form is None:
            return
        for number, one in enumerate(action["records"]):
            at = f"{pointer}/records/{number}"
            yield Reference(f"{at}/form", "forms", one["form"])
            other = proposed.forms.get(one["form"])
            yield from values.references(form, other, one.get("fill", {}), f"{at}/fill", proposed)
            if "into" in one:
                yield from path_references(f"{at}/into", form, form.key, one["into"], None, proposed)
            if "when" in one:
                yield from condition(f"{at}/when", form.key, one["when"], proposed)
        yield from values.references(form, form, action.get("set", {}), f"{pointer}/set", proposed)

    def allowed(
        self, live: LiveApp, form: Form, viewer: Viewer | App, record: Record, action: Action
    ) -> bool:
        return record.editable.issuperset(_written_here(action)) and all(
            allows(live, viewer, one["form"], "create") for one in action["records"]
        )

    def press(self, press: Press) -> Outcome:
        tx, form, action = press.tx, press.form, press.action
        wanted = _wanted(press)
        known: dict[str, int | None] = {}
        made: list[Made] = []
        warnings: list[Fault] = []
        here: dict[str, Any] = {}
        for one, asked_for in zip(action["records"], wanted, strict=True):
            there = press.record.value(one["into"]) if "into" in one else None
            if there is not None:
                known[one["key"]] = there.id if isinstance(there, Ref) else None
            elif not asked_for:
                known[one["key"]] = None
            else:
                other = tx.live.form(one["form"])
                written = _create(press, other, values.work_out(press, other, one.get("fill", {}), known))
                known[one["key"]] = written.id
                made.append(Made(other.key, written.id))
                warnings += [_placed(other, warning) for warning in written.warnings]
                if "into" in one:
                    here[one["into"]] = written.id
        if not made:
            raise Conflict(
                Text("这条数据已经转过了", "This record has been turned into others already"),
                code="already_there",
            )
        here |= values.work_out(press, form, action.get("set", {}), known)
        if here:
            warnings += write.update(tx, form.key, press.record.id, here).warnings
        return Outcome(made=tuple(made), warnings=warnings)


def _check_into(form: Form, one: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    link = form.field(one["into"])
    if link is None:
        yield fault(form, pointer, "unknown_field", unknown(form, one["into"]))
    elif link.type != "link" or link.get("form") != one["form"]:
        said = Text(
            "“{field}”不是指向这张表单的关联数据。",
            "“{field}” is no link to this form.",
            field=name(link),
        )
        yield fault(form, pointer, "wrong_field", said)


def _written_here(action: Action) -> set[str]:
    return {one["into"] for one in action["records"] if "into" in one} | set(action.get("set", {}))


def _wanted(press: Press) -> tuple[bool, ...]:
    """For each of the records whether the record at hand asks for it."""
    tx = press.tx
    where = [one.get("when") for one in press.action["records"]]
    found = holding(tx.connection, tx.live, press.form, tx.viewer, where, [press.record.id])
    return found[press.record.id]


def _create(press: Press, form: Form, filled: Mapping[str, Any]) -> write.Written:
    """Write one of the records; what is refused in it is told with its form, for nobody sees that form now."""
    try:
        return write.create(press.tx, form.key, {key: one for key, one in filled.items() if one is not None})
    except Invalid as refusal:
        faults = [_placed(form, one) for one in refusal.faults]
        raise Invalid(faults[0].message if len(faults) == 1 else refusal.message, faults) from None


def _placed(form: Form, fault_: Fault) -> Fault:
    named = Text(
        "{form} · {said}",
        "{form} · {said}",
        form=Text(form.name("zh-CN"), form.name("en")),
        said=fault_.message,
    )
    return replace(fault_, pointer=f"/{form.key}{fault_.pointer.removeprefix('/values')}", message=named)
