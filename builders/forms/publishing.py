"""Publishing a form: what else it needs, what would change, and who may use a new one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builders.forms.draft import KIND, Designed
from builders.permissions.scopes import OWN
from engine.access.grants import grants
from engine.access.viewer import EVERYONE
from engine.definitions import drafts, places, publish
from engine.definitions.difference import difference
from engine.definitions.model import Document, LiveApp, Publication
from engine.definitions.propose import Proposal
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text, label_text
from engine.records.structure.foretelling import Foretold, foretell
from engine.web.shell.opened import connection, database, viewer

Edit = Callable[[Document], Document]

OWN_ROWS = {"where": OWN}
ALL_ROWS: dict[str, Any] = {"read": True, "create": True, "update": True, "delete": True}


@dataclass(frozen=True)
class Audience:
    """Who may use a new form, as one choice."""

    key: str
    label: Text
    hint: Text
    grant: Mapping[str, Any]
    """What everybody, or each of the chosen roles, is granted."""


AUDIENCES = (
    Audience(
        "own",
        Text("全员可填、只看自己的", "Everybody fills it in and sees their own"),
        Text("每人看到并能修改自己新建的记录", "Each sees and may change what they made"),
        {"read": OWN_ROWS, "create": True, "update": OWN_ROWS},
    ),
    Audience(
        "all",
        Text("全员可看", "Everybody sees everything"),
        Text(
            "所有人都能看全部记录、新建，修改自己的",
            "Everybody sees all records, adds some and changes their own",
        ),
        {"read": True, "create": True, "update": OWN_ROWS},
    ),
    Audience(
        "roles",
        Text("按角色", "Only some roles"),
        Text(
            "选中的角色可以看、建、改、删全部记录", "The chosen roles see, add, change and delete all records"
        ),
        ALL_ROWS,
    ),
    Audience(
        "administrators",
        Text("仅管理员", "Administrators only"),
        Text("以后在“权限”里再开放", "Open it later under permissions"),
        {},
    ),
)


@dataclass(frozen=True)
class Companion:
    """Another draft that goes live too, since this form needs it."""

    kind: str
    key: str
    name: str
    changes: list[Text]


@dataclass(frozen=True)
class Outlook:
    """What the publish dialog shows."""

    changes: list[Text]
    companions: list[Companion]
    foretold: list[Foretold]
    faults: list[Fault]
    new_forms: list[str]
    """The keys of forms that go live for the first time."""
    readers: list[str]
    """The roles that see the form."""
    overruled: Sequence[Text] = ()
    """What was published since the draft was begun, and publishing it undoes."""


def outlook(designed: Designed) -> Outlook:
    """Everything that one should know before one publishes the form."""
    live, proposal = publish.chosen(connection(), designed.app_key, [(KIND, designed.key)])
    proposal = {**proposal, (KIND, designed.key): designed.current.document}
    companions = [
        _companion(live, kind, key, document)
        for (kind, key), document in proposal.items()
        if (kind, key) != (KIND, designed.key)
    ]
    new_forms = [key for kind, key in proposal if kind == KIND and key not in live.forms]
    try:
        publish.check(connection(), live, proposal, with_hooks=False)
    except Invalid as refusal:
        return Outlook(designed.changes, companions, [], refusal.faults, new_forms, [])
    return Outlook(
        designed.changes,
        companions,
        _foretold(live, proposal),
        [],
        new_forms,
        [] if designed.published is None else _readers(live, designed.key),
        designed.overruled,
    )


def publish_form(designed: Designed, audience: str | None, roles: Iterable[str]) -> Publication:
    """Make the form live with what it needs, and open a new one to those who were chosen, all in one publication."""
    live, proposal = publish.chosen(connection(), designed.app_key, [(KIND, designed.key)])
    fresh = [key for kind, key in proposal if kind == KIND and key not in live.forms]
    return publish.publish(
        database(),
        designed.app_key,
        only=[(KIND, designed.key)],
        author=viewer().member_id,
        also=_opened_to(live, fresh, audience, list(roles)) if fresh else None,
    )


def remove_form(designed: Designed) -> None:
    """Take the form away with its records; what still uses it is a fault, and then nothing has changed."""
    author = viewer().member_id
    place = (KIND, designed.key)
    if designed.published is None:
        with database().begin() as writing:
            drafts.discard(writing, designed.app_key, *place)
        return
    edits = {**_let_go(designed.live, designed.key), place: None}
    publish.change_all(database(), designed.app_key, edits, author=author)


def _let_go(live: LiveApp, form_key: str) -> dict[tuple[str, str], Edit]:
    """The edits by which roles and the navigation forget a form."""

    def of_role(role: Document) -> Document:
        return {**role, "grants": {key: one for key, one in role["grants"].items() if key != form_key}}

    def of_app(app: Document) -> Document:
        groups = [
            {**group, "items": [one for one in group.get("items", ()) if one.get("form") != form_key]}
            for group in app.get("navigation", ())
        ]
        landing = {role: one for role, one in app.get("landing", {}).items() if one.get("form") != form_key}
        return {**app, "navigation": groups, **({"landing": landing} if "landing" in app else {})}

    found: dict[tuple[str, str], Edit] = {
        ("roles", key): of_role
        for key, role in live.documents.get("roles", {}).items()
        if form_key in (role.get("grants") or {})
    }
    if live.document.get("navigation") or live.document.get("landing"):
        found[("app", "app")] = of_app
    return found


def _opened_to(
    live: LiveApp, forms: list[str], audience: str | None, roles: list[str]
) -> dict[tuple[str, str], Edit]:
    chosen = next((one for one in AUDIENCES if one.key == audience), None)
    if chosen is None:
        raise Invalid.at(
            "/audience", "required", Text("请选择谁可以用这个表单", "Choose who may use the form")
        )
    known = live.documents.get("roles", {})
    named = [EVERYONE] if chosen.key in ("own", "all") else roles if chosen.key == "roles" else []
    if chosen.key == "roles" and (not named or any(role not in known for role in named)):
        raise Invalid.at("/roles", "required", Text("请选择至少一个角色", "Choose at least one role"))
    return {("roles", role): _granting(forms, chosen.grant) for role in named}


def _granting(forms: list[str], grant: Mapping[str, Any]) -> Edit:
    def edit(role: Document) -> Document:
        given = role.get("grants") or {}
        return {**role, "grants": {**given, **{key: dict(grant) for key in forms if key not in given}}}

    return edit


def _companion(live: LiveApp, kind: str, key: str, document: Document | None) -> Companion:
    before = live.documents.get(kind, {}).get(key)
    return Companion(kind, key, str(places.name(kind, key, document or before)), difference(before, document))


def _foretold(live: LiveApp, proposal: Proposal) -> list[Foretold]:
    with database().begin() as reading:
        found = foretell(reading, live, proposal, viewer())
    return [one for one in found if one.kind != "form_added"]  # that it is new is what the dialog begins with


def _readers(live: LiveApp, form_key: str) -> list[str]:
    return [
        label_text(role.get("name")) or key
        for key, role in live.documents.get("roles", {}).items()
        if (role.get("grants") or {}).get(form_key, {}).get("read")
    ]


def may_be_seen(live: LiveApp, form_key: str) -> bool:
    """Whether the person who designs the form may open its list."""
    return bool(grants(live, viewer(), form_key, "read"))
