"""What is checked before a form is published, beyond its definition: the records that are there."""

from collections.abc import Iterable

from sqlalchemy import Connection

from engine.definitions import kinds
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text
from engine.records.storage import duplicates
from engine.records.storage.duplicates import Unique
from engine.records.storage.tables import FormTable, form_table

BATCH = 20_000
SHOWN = 3


@kinds.on_check("forms")
def repeated(connection: Connection, live: LiveApp | None, proposed: LiveApp) -> Iterable[Fault]:
    """Faults for what must not repeat from now on, but does in the records that are there."""
    if live is None:
        return
    for key in proposed.forms:
        if key not in live.forms or live.documents["forms"][key] is proposed.documents["forms"][key]:
            continue
        form, before = proposed.form(key), live.form(key)
        known = {_identity(one) for one in duplicates.uniques(before)}
        for unique in duplicates.uniques(form):
            if unique.must and _identity(unique) not in known:
                table = form_table(connection, live, key)
                if all(_kept(table, before, field.key, field.type) for field in unique.fields):
                    yield from _repeated(connection, table, form, unique)


@kinds.on_check("forms")
def converting(connection: Connection, live: LiveApp | None, proposed: LiveApp) -> Iterable[Fault]:
    """Faults for fields that go or change their type while values are still on their way into them."""
    if live is None:
        return
    for key, form in live.forms.items():
        document = proposed.documents["forms"].get(key)
        if live.documents["forms"][key] is document:
            continue
        after = None if document is None else proposed.form(key)
        for path in sorted(form_table(connection, live, key).building):
            field = form.field(path)
            if field is None or field.kind.computed:
                continue
            now = None if after is None else after.field(path)
            if now is None or now.type != field.type or now.get("form") != field.get("form"):
                yield Fault(
                    f"/forms/{key}{'' if now is None else now.pointer}",
                    "building",
                    Text(
                        "“{field}”的数据还在转换，完成后才能删除或再改类型",
                        "The values of “{field}” are still being converted; it can go or change again once that is done",
                        field=Text(field.name("zh-CN"), field.name("en")),
                    ),
                )


def _identity(unique: Unique) -> tuple[object, ...]:
    return (unique.must, *((field.key, field.type) for field in unique.fields))


def _kept(table: FormTable, before: Form, key: str, kind: str) -> bool:
    old = before.field(key)
    return old is not None and table.has(key)


def _repeated(connection: Connection, table: FormTable, form: Form, unique: Unique) -> Iterable[Fault]:
    seen: dict[object, str] = {}
    repeated: list[str] = []
    count = 0
    columns = [table.column(field.key) for field in unique.fields]
    chosen = ", ".join(f"{column.table.schema}.{column.table.name}.{column.name}" for column in columns)  # type: ignore[attr-defined]
    main = table.stored.qualified()
    joins = "".join(
        f" LEFT JOIN {table.stored.qualified(part)} ON {table.stored.qualified(part)}.id = {main}.id"
        for part in range(2, table.stored.parts + 1)
    )
    found = connection.exec_driver_sql(
        f"SELECT {main}.title, {chosen} FROM {main}{joins} WHERE {main}.deleted_at IS NULL ORDER BY {main}.id"
    )
    for row in found.yield_per(BATCH):
        values = {field.key: value for field, value in zip(unique.fields, row[1:])}
        hashed = duplicates.fingerprint(unique, values)
        if hashed is None:
            continue
        if hashed in seen:
            count += 1
            if len(repeated) < SHOWN:
                repeated.append(seen[hashed])
        else:
            seen[hashed] = row[0]
    if count:
        names = Text(
            "、".join(one.name("zh-CN") for one in unique.fields),
            ", ".join(one.name("en") for one in unique.fields),
        )
        pointer = unique.fields[0].pointer if len(unique.fields) == 1 else f"{form.pointer}/unique"
        yield Fault(
            f"/forms/{form.key}{pointer}{'/unique' if len(unique.fields) == 1 else ''}",
            "repeated_values",
            Text(
                "“{names}”不能设为唯一：已有 {n} 条数据重复，例如“{examples}”",
                "“{names}” cannot be made unique: {n} records repeat a value, such as “{examples}”",
                names=names,
                n=count,
                examples=Text("”、“".join(repeated), "”, “".join(repeated)),
            ),
            {"count": count},
        )
