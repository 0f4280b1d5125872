"""A request that is repeated with its Idempotency-Key."""

import threading

import pytest
from sqlalchemy import text

from engine.platform.clock import StoppedClock
from engine.platform.database import Database
from engine.platform.errors import Conflict, Invalid
from engine.platform.idempotency import Answer, claim


def post(database: Database, key: str, body: bytes = b"{}", answer: str = "1", status: int = 201) -> Answer:
    with claim(database, 7, "POST /orders", key, body) as held:
        if held.answer is not None:
            return held.answer
        held.keep(status, {"ETag": answer}, answer.encode())
        return Answer(status, {"ETag": answer}, answer.encode())


def test_a_repeat_returns_the_first_answer(empty_database: Database) -> None:
    first = post(empty_database, "a", answer="1")
    assert post(empty_database, "a", answer="2") == first
    assert post(empty_database, "b", answer="2").body == b"2"


def test_a_repeat_with_another_body_is_refused(empty_database: Database) -> None:
    post(empty_database, "a", b"{}")
    with pytest.raises(Invalid) as refused:
        post(empty_database, "a", b"[]")
    assert refused.value.code == "idempotency_key_reused"


def test_a_repeat_while_the_first_is_at_work_is_told_so(empty_database: Database) -> None:
    with claim(empty_database, 7, "POST /orders", "a", b"{}"):
        seen = []

        def again() -> None:
            with pytest.raises(Conflict) as refused:
                post(empty_database, "a")
            seen.append(refused.value.code)

        thread = threading.Thread(target=again)
        thread.start()
        thread.join(10)
    assert seen == ["still_running"]
    assert post(empty_database, "a").status == 201


def test_after_a_day_the_key_is_free_again(empty_database: Database, clock: StoppedClock) -> None:
    post(empty_database, "a", answer="1")
    clock.advance(hours=23)
    assert post(empty_database, "a", answer="2").body == b"1"
    clock.advance(hours=2)
    assert post(empty_database, "a", b"[]", answer="2").body == b"2"


def test_a_server_fault_is_not_remembered(empty_database: Database) -> None:
    post(empty_database, "a", status=500)
    assert post(empty_database, "a").status == 201


def test_an_answer_kept_in_the_transaction_of_the_work_is_there_with_it_or_not_at_all(
    empty_database: Database,
) -> None:
    with pytest.raises(ZeroDivisionError), claim(empty_database, 7, "POST /orders", "a", b"{}") as held:
        with empty_database.begin() as connection:
            held.keep(201, {}, b"1", connection)
            raise ZeroDivisionError
    with empty_database.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM jianflow.answer")) == 0


def test_a_request_whose_process_died_after_its_commit_is_not_carried_out_again(
    empty_database: Database,
) -> None:
    with claim(empty_database, 7, "POST /orders", "a", b"{}"):
        with empty_database.begin() as connection:
            connection.execute(text("CREATE TABLE jianflow.ordered (n int)"))
        # and here the process dies: no answer is kept
    with pytest.raises(Conflict) as refused:
        post(empty_database, "a")
    assert refused.value.code == "answer_lost"


def test_a_refused_request_may_be_sent_again_under_its_key(empty_database: Database) -> None:
    with pytest.raises(Invalid), claim(empty_database, 7, "POST /orders", "a", b"{}"):
        with empty_database.begin() as connection:
            connection.execute(text("SELECT 1"))
        raise Invalid("no")
    assert post(empty_database, "a", b"[]").status == 201
