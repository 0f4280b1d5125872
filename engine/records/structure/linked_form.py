"""A text column becomes a form of its own: its different values become records, and the column links to them.

The way back is a change of type like any other: the links become their titles, and what was there before comes back.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.access.grants import of_role
from engine.access.viewer import App, Viewer
from engine.definitions import drafts, publish
from engine.definitions import live as living
from engine.definitions.model import Document, LiveApp, Publication
from engine.definitions.propose import Proposal
from engine.fields.form import Field, Form
from engine.formulas.values import folded
from engine.platform.errors import Conflict, Invalid, NotFound
from engine.platform.i18n import Text
from engine.platform.jobs import JobContext, enqueue, job
from engine.records.bulk.write import Row, loading
from engine.records.reading.visible import Access
from engine.records.storage import titles
from engine.records.storage.tables import form_table
from engine.records.writing import following, write
from engine.records.writing.transaction import Transaction

JOB = "records.linked_form"
NAME = "name"
TEXTS = ("text", "phone", "email", "url")
SHARED = ("key", "label", "hint", "required", "width", "hidden", "placeholder")
"""What the link keeps of the text field's properties."""


@dataclass(frozen=True)
class Order:
    """Which column becomes a link to which form; `readers`: the roles that see all of the column see the new records."""

    app: str
    form: str
    field: str
    target: str
    name: Any = None
    readers: bool = True

    def payload(self) -> dict[str, Any]:
        """As the job takes it."""
        return {one: getattr(self, one) for one in self.__dataclass_fields__}


def start(connection: Connection, live: LiveApp, order: Order, viewer: Viewer | App) -> str:
    """Look whether it can be done, and have a job do it; answers its id. Refuses with every fault, by its place."""
    field = _text_field(connection, live, order)
    target = live.forms.get(order.target)
    if target is not None:
        _named_by_one_text(target)
    publish.check(connection, live, {**_forms(live, order, field), **_roles(live, order, field)})
    return enqueue(connection, JOB, order.payload(), member_id=viewer.member_id, app_key=order.app)


@job(JOB)
def _make(context: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    order = Order(**{name: payload[name] for name in Order.__dataclass_fields__})
    database, author = context.database, context.member_id
    with database.connect() as connection:
        live = living.load(connection, order.app)
    field = live.form(order.form).field(order.field)
    if field is not None and field.type == "link":
        return {"form": order.target, "created": 0}  # done before this worker died
    if order.target not in live.forms:
        publish.between_writes(database, lambda connection: _publish_target(connection, order, author))
    context.check_cancelled()
    with database.connect() as connection:
        live = living.load(connection, order.app)
        missing = list(_missing(connection, live, order))
    without = roles_without(live, order)
    with loading(database, order.app, order.target, App("linked form")) as under_way:
        key = _named_by_one_text(live.form(order.target))
        for start_at in range(0, len(missing), 2000):
            portion = missing[start_at : start_at + 2000]
            under_way.stage(Row(start_at + at, {key: value}) for at, value in enumerate(portion))
            context.progress(start_at + len(portion), len(missing))
        made = under_way.finish().created

    def within(connection: Connection, now: LiveApp) -> None:
        tx = Transaction(connection, now, App("linked form"), "engine")
        for value in _missing(connection, now, order):  # what was typed meanwhile
            write.create(tx, order.target, {_named_by_one_text(now.form(order.target)): value})
        following.finish(tx)

    publication = publish.change(
        database,
        order.app,
        "forms",
        order.form,
        lambda document: linked(document, order),
        author=author,
        within=within,
    )
    return {
        "form": order.target,
        "created": made,
        "jobs": [str(one) for one in publication.jobs],
        "roles_without": without,
    }


def linked(document: Document, order: Order) -> Document:
    """The form's document with the text field, of the form or of a subform's rows, as a link to the other form."""
    key, _, column = order.field.partition(".")

    def now(field: Document) -> Document:
        if field["key"] != key:
            return field
        return linked(field, replace(order, field=column)) if column else _link(field, order)

    return {**document, "fields": [now(one) for one in document["fields"]]}


def _link(field: Mapping[str, Any], order: Order) -> dict[str, Any]:
    kept = {name: field[name] for name in SHARED if name in field}
    return {**kept, "type": "link", "form": order.target, "on_delete": "refuse"}


def _text_field(connection: Connection, live: LiveApp, order: Order) -> Field:
    field = live.form(order.form).field(order.field)
    if field is None:
        raise NotFound(Text("没有字段“{key}”", "There is no field “{key}”", key=order.field))
    if field.type not in TEXTS:
        said = Text("只有文本字段可以变成关联表单", "Only a text field can become a form of its own")
        raise Invalid.at("/field", "wrong_type", said)
    if order.field in form_table(connection, live, order.form).building:
        raise Conflict(
            Text("正在转换，稍后再试", "Is being converted; try again in a moment"), code="building"
        )
    return field


def _named_by_one_text(target: Form) -> str:
    """The field that is the title of a form's records; refuses a form whose title is made of more."""
    keys = titles.title_fields(target)
    field = target.field(keys[0]) if len(keys) == 1 else None
    plain = field is not None and field.type == "text" and not field.get("masked")
    if field is None or not plain or titles.template(target) != f"{{{field.key}}}":
        said = Text(
            "“{form}”的标题要正好是一个文本字段，并且不打星号",
            "The title of “{form}” must be one text field that is not masked",
            form=target.name(),
        )
        raise Invalid.at("/form/key", "title_not_one_text", said)
    return field.key


def _forms(live: LiveApp, order: Order, field: Field) -> dict[tuple[str, str], Document | None]:
    document = live.documents["forms"][order.form]
    proposal: dict[tuple[str, str], Document | None] = {("forms", order.form): linked(document, order)}
    if order.target not in live.forms:
        proposal["forms", order.target] = _target(order, field)
    return proposal


def _target(order: Order, field: Field) -> Document:
    label = field.label or field.key
    name = {"key": NAME, "type": "text", "label": label, "required": True}
    return {"key": order.target, "name": order.name or label, "title": f"{{{NAME}}}", "fields": [name]}


def _roles(live: LiveApp, order: Order, field: Field) -> Proposal:
    """The roles that read the whole column, with the right to read what it links to from now on.

    Who sees it in some records only would be shown the values of all the others.
    """
    if not order.readers or order.target in live.forms:
        return {}
    found: dict[tuple[str, str], Document | None] = {}
    form = live.form(order.form)
    for key, document in live.documents.get("roles", {}).items():
        if not _reads_it_all(live, form, key, field):
            continue
        grants = {**document.get("grants", {}), order.target: {"read": True}}
        found["roles", key] = {**document, "grants": grants}
    return found


def _reads_it_all(live: LiveApp, form: Form, role: str, field: Field) -> bool:
    access = Access(live, form, of_role(live, role, form.key, "read"))
    return access.whole and access.always(field.path)


def roles_without(live: LiveApp, order: Order) -> list[str]:
    """The roles that read the column in some records, and are not given the new form's: somebody has to decide that."""
    form = live.form(order.form)
    field = form.field(order.field)
    if field is None or not order.readers:
        return []
    given = _roles(live, order, field)
    return [
        key
        for key in live.documents.get("roles", {})
        if not (access := Access(live, form, of_role(live, key, form.key, "read"))).nothing
        and not access.never(field.path)
        and ("roles", key) not in given
        and not (order.target in live.forms and of_role(live, key, order.target, "read"))
    ]


def _publish_target(connection: Connection, order: Order, author: int | None) -> Publication:
    live = publish.lock_alone(connection, order.app)
    field = _text_field(connection, live, order)
    roles = _roles(live, order, field)
    chosen: Proposal = {("forms", order.target): _target(order, field), **roles}
    publication = publish.make_live(connection, live, chosen, author)
    for (kind, key), document in roles.items():
        if (
            document is not None
        ):  # in an open draft of the role too, whose publication would take it away again
            drafts.rebase(connection, live.app, kind, key, live.documents[kind][key], document)
    return publication


def _missing(connection: Connection, live: LiveApp, order: Order) -> Iterator[str]:
    """The different values of the column that no record of the other form is called by, each in one spelling."""
    table, target = form_table(connection, live, order.form), form_table(connection, live, order.target)
    column = table.column(order.field)
    known = {
        _even(one)
        for one in connection.execute(
            sa.select(target.main.c.title).where(target.main.c.deleted_at.is_(None))
        ).scalars()
        if one
    }
    values = (
        sa.select(column).where(column.is_not(None)).group_by(column).order_by(sa.func.count().desc(), column)
    )
    yield from _fresh(connection.execute(values).scalars(), known)


def _fresh(values: Iterable[str], known: set[str]) -> Iterator[str]:
    for value in values:
        named = _even(value)
        if named and named not in known:
            known.add(named)
            yield " ".join(value.split())


def _even(title: str) -> str:
    return folded(" ".join(title.split()))
