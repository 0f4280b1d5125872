"""Many writes that stand each for itself go in portions; what is refused refuses nothing else."""

from sqlalchemy import event

from engine.platform.database import Database
from engine.records.writing import write
from tests.records.making import ENGINE, add, field, form, make_app, stored, text, values


def commits(database: Database) -> list[int]:
    counted: list[int] = []
    event.listen(database.engine, "commit", lambda connection: counted.append(1))
    return counted


def test_of_many_writes_those_that_are_refused_leave_the_others_alone(database: Database) -> None:
    app = make_app(
        database,
        form(
            "a",
            text("name", unique="must"),
            field("n", "number"),
            field("no", "serial", pattern=[{"digits": 4}]),
        ),
    )
    first = [add(database, app, "a", name=str(at), n=at) for at in range(120)]
    operations = [
        {"op": "update", "id": one, "version": 1, "values": {"n": "x" if at % 40 == 7 else at + 1}}
        for at, one in enumerate(first)
    ]
    operations += [{"op": "create", "values": {"name": "0"}}, {"op": "create", "values": {"name": "new"}}]
    operations += [{"op": "delete", "id": first[0]}, {"op": "delete", "id": 10**9}]
    answers = write.batch(database, app, "a", ENGINE, operations, atomic=False)
    assert len(answers) == len(operations)
    for at, one in enumerate(first):
        if at % 40 == 7:
            assert answers[at]["status"] == 422 and stored(database, app, "a", one).version == 1
            assert answers[at]["errors"][0]["pointer"] == f"/operations/{at}/values/n"
        else:
            assert answers[at] == {"id": one, "version": 2}
            assert values(database, app, "a", one)["n"] == at + 1
    assert [one.get("status") for one in answers[120:]] == [422, None, None, 404]
    assert values(database, app, "a", answers[121]["id"])["no"] == "0121", (
        "no number is lost to a refused write"
    )


def test_a_thousand_that_all_go_well_take_few_transactions(database: Database) -> None:
    app = make_app(database, form("a", field("n", "number")))
    operations = [{"op": "create", "values": {"n": at}} for at in range(1000)]
    counted = commits(database)
    answers = write.batch(database, app, "a", ENGINE, operations, atomic=False)
    assert [values(database, app, "a", answers[at]["id"])["n"] for at in (0, 499, 999)] == [0, 499, 999]
    assert len([one for one in answers if "id" in one]) == 1000
    assert len(counted) <= 1000 / write.PORTION + 10
