"""Random definitions, one after the other, with data in them: nothing is lost without being told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql

from engine.platform import performing
from engine.platform.database import Database
from engine.platform.jobs import JobContext, get_job
from engine.platform.performing import run_due
from engine.records.structure import rebuild, rebuilding
from tests.records.making import add, change, field, form, live_of, make_app, republish, values

OPTIONS = [{"value": "a", "label": "甲"}, {"value": "b", "label": "乙"}, {"value": "c"}]
TYPES: dict[str, dict[str, Any]] = {
    "text": {},
    "textarea": {},
    "number": {},
    "money": {"decimals": 1},
    "date": {},
    "datetime": {},
    "switch": {},
    "select": {"options": OPTIONS},
    "multi_select": {"options": OPTIONS},
    "email": {},
    "link": {"form": "c"},
    "links": {"form": "c"},
    "percent": {},
    "subform": {"fields": [field("x", "text"), field("n", "number")]},
}
TEXTUAL, NUMERIC = ("text", "textarea", "email"), ("number", "money", "percent")
NAMES = ("甲", "乙")
"""The titles of the records that links lead to; 甲 is an option's label and a text too."""
TEXTS = st.sampled_from(
    ["12", "1.50", "zwölf", "2026-03-01", "2026-03-01T10:30:00Z", "甲", "a、b", "是", "a@b.cn", "x" * 300]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "textarea": TEXTS,
    "email": st.just("a@b.cn"),
    "number": st.decimals(-(10**9), 10**9, places=3).map(Decimal.normalize),
    "money": st.decimals(-(10**9), 10**9, places=1),
    "date": st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    "datetime": st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)).map(
        lambda one: one.replace(tzinfo=timezone.utc)
    ),
    "switch": st.booleans(),
    "select": st.sampled_from(["a", "b", "c"]),
    "multi_select": st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3, unique=True),
    "link": st.integers(0, 1),
    "links": st.lists(st.integers(0, 1), min_size=1, max_size=2, unique=True),
    "percent": st.decimals(-(10**3), 10**3, places=2),
    "subform": st.lists(st.fixed_dictionaries({"x": TEXTS, "n": st.integers(0, 9)}), min_size=1, max_size=2),
}
KEYS = ("f", "g", "h")
RECORDS = 3


def sent(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def seen(value: Any) -> Any:
    if isinstance(value, list) and value and hasattr(value[0], "values"):
        return [{key: one.values.get(key) for key in ("x", "n")} for one in value]
    return value


def told(database: Database, app: str, key: str) -> int:
    """How many values of a field are said to be kept aside."""
    with database.connect() as connection:
        return connection.execute(
            sql(
                "SELECT coalesce(sum(kept), 0) FROM jianflow.column_storage c JOIN jianflow.form_storage f"
                " ON f.id = c.form_id WHERE f.app_id = :app AND c.field_key = :key"
            ),
            {"app": live_of(database, app).app.id, "key": key},
        ).scalar_one()


def says_all(then: str, value: Any, kind: str, now: Any, named: list[int]) -> bool | None:
    """Whether a value of a new type is what was entered, by rules of this test's own; None where it has none."""
    labels = {"a": "甲", "b": "乙", "c": "c"}
    if now is None:
        return False
    if then in TEXTUAL and kind in TEXTUAL:
        return bool(now == value)
    if then in TEXTUAL and kind in NUMERIC:
        return kind != "percent" and format(now, "f") == value
    if then in NUMERIC and kind in NUMERIC:
        return bool(now == value)
    if then == "number" and kind in TEXTUAL:
        return bool(now == format(value, "f"))
    if then in TEXTUAL and kind == "date":
        return bool(now.isoformat() == value)
    if then == "date" and kind in TEXTUAL:
        return bool(now == value.isoformat())
    if then == "datetime" and kind == "date":
        here = value.astimezone(ZoneInfo("Asia/Shanghai"))
        return bool(now == here.date()) and (here.hour, here.minute, here.second, here.microsecond) == (
            0,
            0,
            0,
            0,
        )
    if then == "date" and kind == "datetime":
        return bool(now.astimezone(ZoneInfo("Asia/Shanghai")).date() == value)
    if then == "select" and kind == "multi_select":
        return bool(now == [value])
    if then == "multi_select" and kind == "select":
        return bool(value == [now])
    if then == "select" and kind in TEXTUAL:
        return bool(now == labels[value])
    if then == "switch" and kind in TEXTUAL:
        return bool(now == ("是" if value else "否"))
    if then == "link" and kind == "links":
        return bool(now == [value])
    if then == "links" and kind == "link":
        return bool(value == [now])
    if then == "link" and kind in TEXTUAL:
        return bool(now == NAMES[named.index(value)])
    if then in TEXTUAL and kind == "link":
        return value in NAMES and bool(now == named[NAMES.index(value)])
    return None


def definition(types: dict[str, str]) -> dict[str, Any]:
    return form(
        "a", field("fixed", "text"), *(field(key, kind, **TYPES[kind]) for key, kind in sorted(types.items()))
    )


TYPE = st.sampled_from(sorted(TYPES))


# Each example publishes several times; making a found one smaller would take minutes.
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_random_definitions_lose_nothing_without_saying_so(database: Database, data: st.DataObject) -> None:
    there_and_back(database, data, lambda app, document: republish(database, app, document))


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_nor_do_they_where_a_job_that_is_killed_now_and_then_does_the_work(
    database: Database, data: st.DataObject
) -> None:
    def publish(app: str, document: dict[str, Any]) -> None:
        kills = data.draw(st.lists(st.integers(1, 8), max_size=2), "batches until it is killed")
        with one_record_a_batch():
            publication = republish(database, app, document)
            for number in [*kills, 10_000]:
                with killed_in(number):
                    run_due(database)
                for job in publication.jobs:
                    with database.begin() as connection:
                        performing.give_back(connection, job, get_job(connection, job).attempts)
        with database.connect() as connection:
            assert {get_job(connection, job).state for job in publication.jobs} <= {"succeeded"}

    there_and_back(database, data, publish)


@contextmanager
def one_record_a_batch() -> Iterator[None]:
    """As if there were very many records: everything goes to the job, which takes them one by one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebuild, "AT_ONCE", 0)
        for name in ("FIRST", "FEWEST", "MOST", "MOST_VALUES"):
            patch.setattr(rebuilding, name, 1)
        yield


@contextmanager
def killed_in(number: int) -> Iterator[None]:
    """The worker dies in this batch, with everything written but the commit."""
    left = [number]
    usual = JobContext.remember

    class Killed(BaseException):
        pass

    def dying(context: JobContext, connection: Any, at: Any) -> None:
        usual(context, connection, at)
        left[0] -= 1
        if not left[0]:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JobContext, "remember", dying)
        try:
            yield
        except Killed:
            pass


def there_and_back(
    database: Database, data: st.DataObject, publish: Callable[[str, dict[str, Any]], object]
) -> None:
    """Change types, remove and bring back fields, fill them meanwhile; after each step look at everything."""
    types = {key: data.draw(TYPE, key) for key in KEYS}
    other = form("c", field("name", "text"), title="{name}")
    app = make_app(database, other, definition(types))
    named = [add(database, app, "c", name=name) for name in NAMES]
    made = [add(database, app, "a", fixed=str(number)) for number in range(RECORDS)]
    entered: dict[tuple[int, str], tuple[str, Any]] = {}
    first, before = dict(types), dict(types)
    for step in range(data.draw(st.integers(1, 4), "steps")):
        for record in made:
            for key in data.draw(
                st.sets(st.sampled_from(sorted(types)), max_size=3) if types else st.just(set()), "filled"
            ):
                value = data.draw(VALUES[types[key]], f"{key} of {record}")
                if types[key] in ("link", "links"):
                    value = named[value] if types[key] == "link" else [named[one] for one in value]
                change(database, app, "a", record, **{key: sent(value)})
                entered[record, key] = (types[key], value)
        before |= types
        gone = set(KEYS) - set(types)
        types = {}
        for key in KEYS:
            # What was removed comes back as it was: a key never means something else.
            kinds = st.just(before[key]) if key in gone else TYPE if step % 2 == 0 else st.just(first[key])
            kind = data.draw(st.one_of(kinds, kinds, st.none()), f"{key} becomes")
            if kind is not None:
                types[key] = kind
        publish(app, definition(types))
        wrong = dict.fromkeys(KEYS, 0)
        for record in made:
            now = values(database, app, "a", record)
            assert now["fixed"] == str(made.index(record))
            for key, kind in types.items():
                then, value = entered.get((record, key), (kind, None))
                if then == kind:
                    assert seen(now[key]) == value, (key, kind)
                elif "subform" not in (then, kind):
                    wrong[key] += says_all(then, value, kind, now[key], named) is False
        for key, count in wrong.items():
            # Lost or altered, each of them is said to be kept aside.
            assert told(database, app, key) >= count, (key, types.get(key), entered)


SAMPLES: dict[str, list[Any]] = {
    "text": ["12", "1.50", "zwölf", "2026-03-01", "甲", "a@b.cn"],
    "textarea": ["12", "0.10", "甲", "是", "x" * 600, "2026-3-1"],
    "email": ["a@b.cn", "c@d.cn", "e@f.cn"],
    "number": [Decimal("1.234"), Decimal(5), Decimal("-0.5"), Decimal(10**9)],
    "money": [Decimal("1.5"), Decimal(5), Decimal("-0.1")],
    "percent": [Decimal("0.05"), Decimal("1.25"), Decimal(-3)],
    "date": [date(2026, 3, 1), date(1999, 12, 31)],
    "datetime": [
        datetime(2026, 3, 1, 10, 30, tzinfo=timezone.utc),
        datetime(2026, 2, 28, 16, tzinfo=timezone.utc),
    ],
    "switch": [True, False],
    "select": ["a", "b", "c"],
    "multi_select": [["a"], ["a", "b"], ["c"]],
    "link": [0, 1],
    "links": [[0], [1, 0]],
}


def test_every_type_that_becomes_another_tells_each_value_that_says_less(database: Database) -> None:
    """All pairs of types at once, each a field of its own with some values in it."""
    pairs = [(then, kind) for then in SAMPLES for kind in SAMPLES if then != kind]
    other = form("c", field("name", "text"), title="{name}")

    def all_as(place: int) -> dict[str, Any]:
        fields = [field(f"f{at}", pair[place], **TYPES[pair[place]]) for at, pair in enumerate(pairs)]
        return form("a", field("fixed", "text"), *fields, title="{fixed}")

    app = make_app(database, other, all_as(0))
    named = [add(database, app, "c", name=name) for name in NAMES]
    entered: dict[int, dict[str, Any]] = {}
    for number in range(max(len(one) for one in SAMPLES.values())):
        chosen = {
            f"f{at}": SAMPLES[then][number]
            for at, (then, _) in enumerate(pairs)
            if number < len(SAMPLES[then])
        }
        for at, (then, _) in enumerate(pairs):
            if then in ("link", "links") and (key := f"f{at}") in chosen:
                value = chosen[key]
                chosen[key] = named[value] if then == "link" else [named[one] for one in value]
        made = add(
            database, app, "a", fixed=str(number), **{key: sent(value) for key, value in chosen.items()}
        )
        entered[made] = chosen
    republish(database, app, all_as(1))
    untold = []
    for at, (then, kind) in enumerate(pairs):
        key = f"f{at}"
        judged = [
            says_all(then, one[key], kind, values(database, app, "a", record)[key], named)
            for record, one in entered.items()
            if key in one
        ]
        kept = told(database, app, key)
        if kept < judged.count(False) or (None not in judged and kept > judged.count(False)):
            untold.append((then, kind, judged, kept))
    assert untold == []
    republish(database, app, all_as(0))
    for record, one in entered.items():
        now = values(database, app, "a", record)
        assert {key: now[key] for key in one} == one, "everything comes back"
