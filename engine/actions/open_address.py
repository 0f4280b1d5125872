"""Opens an address into which values of the record are put: a map, a mail, a page of another system."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from engine.actions.kind import Outcome, Press, PressKind
from engine.definitions import action_kinds
from engine.definitions.action_kinds import Action
from engine.definitions.form_references import path_references
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.definitions.named_fields import at as fault
from engine.definitions.named_fields import unknown
from engine.fields.failed import Failed, value_text
from engine.fields.form import Field
from engine.fields.schema import asked
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text

ALLOWED = re.compile(r"(https?://[^/\s{]|mailto:|tel:)", re.IGNORECASE)
PLACE = re.compile(r"\{([^{}]*)\}")
UNSAFE = re.compile(r"[\x00-\x20\x7f]")
CODED = ("select", "radio", "multi_select", "checkboxes", "number", "money", "date", "datetime", "count")
"""Types whose value stands in the address as programs write it."""

_ONLY = Text(
    "地址要以 https://、http://、mailto: 或 tel: 开头。",
    "the address begins with https://, http://, mailto: or tel:.",
)


@action_kinds.register
class OpenAddress(PressKind):
    """The kind of action `open_address`."""

    name = "open_address"
    label = Text("打开网址", "Open an address")
    hint = Text(
        "打开网页、写邮件或拨电话；花括号里写字段。",
        "Opens a page, a mail or a call; fields stand in braces.",
    )
    order = 30
    writes = False
    schema = {
        "properties": {
            "address": asked(
                {"type": "string", "minLength": 1, "maxLength": 2000},
                "地址",
                "Address",
                hint=("如 https://example.com/?q={name}", "such as https://example.com/?q={name}"),
            )
        },
        "required": ["address"],
    }

    def check(self, button: Field, action: Action, pointer: str, proposed: LiveApp) -> Iterator[Fault]:
        form, address, place = button.form, action["address"].strip(), f"{pointer}/address"
        if form is None:
            return
        for path in PLACE.findall(address):
            field = form.field(path)
            if field is None or field.parent is not None or field.kind.layout_only:
                yield fault(form, place, "unknown_field", unknown(form, path))
        if not address.startswith("{") and not ALLOWED.match(address):
            yield fault(form, place, "address_not_allowed", _ONLY)

    def references(
        self, button: Field, action: Action, pointer: str, proposed: LiveApp
    ) -> Iterator[Reference]:
        if button.form is not None:
            for path in dict.fromkeys(PLACE.findall(action["address"])):
                at = f"{pointer}/address"
                yield from path_references(at, button.form, button.form.key, path, None, proposed)

    def press(self, press: Press) -> Outcome:
        template = press.action["address"].strip()

        def put(found: re.Match[str]) -> str:
            said = _said(press, found[1])
            return said.strip() if found.start() == 0 else quote(said, safe="")

        address = PLACE.sub(put, template)
        if not ALLOWED.match(address) or UNSAFE.search(address):
            raise Invalid.at(
                "",
                "address_not_allowed",
                Text(
                    "“{button}”没有可以打开的地址",
                    "“{button}” has no address that can be opened",
                    button=press.button.name(),
                ),
            )
        return Outcome(address=address)


def _said(press: Press, path: str) -> str:
    field, value = press.form.field(path), press.record.value(path)
    if field is None or value is None or isinstance(value, Failed):
        return ""
    shown = field.value_field
    if shown.type in CODED:
        made = shown.kind.to_json(value, shown)
        return ",".join(map(str, made)) if isinstance(made, list) else str(made)
    return value_text(value, field, press.tx.language, press.tx.viewer.time_zone)
