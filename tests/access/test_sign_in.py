"""Signing in: by account, phone or e-mail; waiting after failures; nothing told about who is there."""

import threading
import time
from collections.abc import Callable

import pytest

from engine.access import api_keys, attempts, audit, colleagues, invitations, people, sessions, setup
from engine.access.member_values import MemberValues
from engine.access.sign_in import change_password, sign_in
from engine.access.viewer import App
from engine.platform.clock import StoppedClock
from engine.platform.database import Database
from engine.platform.errors import Conflict, Invalid, NotFound, NotSignedIn, TooMany
from tests.access.conftest import PASSWORD, Company


def member(database: Database, **sent: object) -> int:
    with database.begin() as connection:
        return people.create(connection, MemberValues.read({"name": "李想", **sent}), author=App("test")).id


def viewer_of(database: Database, token: str) -> int | None:
    with database.connect() as connection:
        opened = sessions.open_session(connection, token)
        return opened.viewer.member_id if opened else None


def test_one_signs_in_by_account_phone_or_email(empty_database: Database) -> None:
    li = member(
        empty_database, account="LiXiang", phone="13800138000", email="Li@Example.cn", password=PASSWORD
    )
    for typed in ("lixiang", " 138 0013 8000 ", "+8613800138000", "li@example.CN"):
        signed_in = sign_in(empty_database, typed, PASSWORD)
        assert (signed_in.member_id, viewer_of(empty_database, signed_in.token)) == (li, li)


def test_a_wrong_password_and_an_unknown_account_are_refused_with_the_same_words(
    empty_database: Database,
) -> None:
    member(empty_database, account="lixiang", password=PASSWORD)
    gone = member(empty_database, account="gone", password=PASSWORD)
    member(empty_database, account="invited")
    with empty_database.begin() as connection:
        people.change(connection, gone, MemberValues(state="left"), author=App("test"))
    said = set()
    for typed, password in (("lixiang", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("invited", "")):
        with pytest.raises(NotSignedIn) as refusal:
            sign_in(empty_database, typed, password)
        said.add((refusal.value.code, str(refusal.value)))
    assert len(said) == 1


def test_refusing_an_unknown_account_takes_as_long_as_refusing_a_known_one(empty_database: Database) -> None:
    member(empty_database, account="lixiang", password=PASSWORD)

    def taken(typed: str, attempt: int) -> float:
        begun = time.perf_counter()
        with pytest.raises(NotSignedIn):
            sign_in(empty_database, typed, "wrong", address=f"{typed}{attempt}")
        return time.perf_counter() - begun

    # In turns, so that what else the machine does strikes both.
    pairs = [(taken("lixiang", attempt), taken("nobody", attempt)) for attempt in range(12)]
    known, unknown = (min(times) for times in zip(*pairs, strict=True))
    assert 0.5 < known / unknown < 2


def test_after_five_failures_one_waits_and_longer_each_time(
    empty_database: Database, clock: StoppedClock
) -> None:
    member(empty_database, account="lixiang", password=PASSWORD)
    for typed in ("lixiang", "nobody"):
        for _ in range(5):
            with pytest.raises(NotSignedIn):
                sign_in(empty_database, typed, "wrong", address="1.2.3.4")
        with pytest.raises(TooMany) as refusal:
            sign_in(empty_database, typed, PASSWORD, address="1.2.3.4")
        assert refusal.value.details["retry_after"] == 30
        assert "30 秒" in str(refusal.value)
    clock.advance(seconds=31)
    with pytest.raises(NotSignedIn):
        sign_in(empty_database, "lixiang", "wrong", address="1.2.3.4")
    with pytest.raises(TooMany) as refusal:
        sign_in(empty_database, "lixiang", PASSWORD, address="1.2.3.4")
    assert refusal.value.details["retry_after"] == 60
    clock.advance(seconds=61)
    sign_in(empty_database, "lixiang", PASSWORD, address="1.2.3.4")
    with pytest.raises(NotSignedIn):
        sign_in(empty_database, "lixiang", "wrong", address="1.2.3.4")


def test_somebody_elsewhere_does_not_lock_me_out_by_failing_a_few_times(empty_database: Database) -> None:
    li = member(empty_database, account="lixiang", password=PASSWORD)
    for _ in range(7):
        with pytest.raises((NotSignedIn, TooMany)):
            sign_in(empty_database, "lixiang", "wrong", address="6.6.6.6")
    assert sign_in(empty_database, "lixiang", PASSWORD, address="1.2.3.4").member_id == li


def test_many_attempts_at_once_gain_nothing(empty_database: Database) -> None:
    refused: list[type] = []

    def attempt() -> None:
        try:
            with empty_database.begin() as connection:
                attempts.take(connection, attempts.counters("lixiang", "1.2.3.4"))
            refused.append(type(None))
        except TooMany:
            refused.append(TooMany)

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (refused.count(type(None)), refused.count(TooMany)) == (5, 7)


def test_changing_the_password_needs_the_old_one_and_signs_out_everywhere(empty_database: Database) -> None:
    li = member(empty_database, account="lixiang", password=PASSWORD)
    token = sign_in(empty_database, "lixiang", PASSWORD).token
    with pytest.raises(NotSignedIn):
        change_password(empty_database, li, "wrong", "another rain 2027")
    assert viewer_of(empty_database, token) == li
    change_password(empty_database, li, PASSWORD, "another rain 2027")
    assert viewer_of(empty_database, token) is None
    assert sign_in(empty_database, "lixiang", "another rain 2027").member_id == li


def test_a_session_ends_after_a_week_unused(empty_database: Database, clock: StoppedClock) -> None:
    li = member(empty_database, account="lixiang", password=PASSWORD)
    token = sign_in(empty_database, "lixiang", PASSWORD).token
    clock.advance(days=6)
    assert viewer_of(empty_database, token) == li
    clock.advance(days=6)
    assert viewer_of(empty_database, token) == li
    clock.advance(days=8)
    assert viewer_of(empty_database, token) is None


def test_when_rights_change_the_session_gets_another_token_and_the_former_one_ends(
    empty_database: Database, clock: StoppedClock
) -> None:
    li = member(empty_database, account="lixiang", password=PASSWORD)
    token = sign_in(empty_database, "lixiang", PASSWORD).token
    assert viewer_of(empty_database, token) == li
    with empty_database.begin() as connection:
        people.change(connection, li, MemberValues(administrator=True), author=App("test"))
    with empty_database.connect() as connection:
        opened = sessions.open_session(connection, token)
    assert opened is not None and opened.new_token and opened.viewer.administrator
    assert viewer_of(empty_database, token) == li, "what was on its way must not be signed out"
    clock.advance(minutes=2)
    assert viewer_of(empty_database, token) is None
    assert viewer_of(empty_database, opened.new_token) == li


def test_only_the_hash_of_a_token_or_key_is_stored(empty_database: Database) -> None:
    li = member(empty_database, account="lixiang", password=PASSWORD)
    token = sign_in(empty_database, "lixiang", PASSWORD).token
    with empty_database.begin() as connection:
        key = api_keys.issue(connection, li)
        link = invitations.invite(connection, li, author=App("test"))
        stored = [
            str(row)
            for table in ("session", "api_key", "invitation", "member", "audit_entry")
            for row in connection.exec_driver_sql(f"SELECT to_jsonb(t) FROM jianflow.{table} t")
        ]
    for secret in (token, key, link, PASSWORD):
        assert not any(secret in row for row in stored)


def test_sign_ins_and_failures_are_in_the_log(empty_database: Database) -> None:
    li = member(empty_database, account="lixiang", password=PASSWORD)
    sign_in(empty_database, "lixiang", PASSWORD, address="1.2.3.4")
    with pytest.raises(NotSignedIn):
        sign_in(empty_database, "lixiang", "wrong", address="6.6.6.6")
    with empty_database.connect() as connection:
        found = [(one.action, one.actor_id, one.address) for one in audit.entries(connection)[:2]]
    assert found == [("sign_in_failed", None, "6.6.6.6"), ("signed_in", li, "1.2.3.4")]


def test_the_first_administrator_is_made_once(empty_database: Database) -> None:
    boss = setup.set_up(empty_database, "晶创科技", "老板", "13800138000", PASSWORD, "zh-CN")
    assert sign_in(empty_database, "138 0013 8000", PASSWORD).member_id == boss
    with pytest.raises(Conflict):
        setup.set_up(empty_database, "另一家", "别人", "other", PASSWORD, "zh-CN")
    with empty_database.connect() as connection:
        assert people.get(connection, boss).administrator
        assert people.count(connection) == 1


def test_set_up_tells_everything_that_is_missing_and_makes_nothing(empty_database: Database) -> None:
    with pytest.raises(Invalid) as refusal:
        setup.set_up(empty_database, " ", "", "", "123", "zh-CN")
    assert {fault.pointer for fault in refusal.value.faults} == {"/company", "/name", "/account", "/password"}
    with empty_database.connect() as connection:
        assert not setup.is_set_up(connection)


def test_two_people_setting_up_at_once_make_one_organisation(empty_database: Database) -> None:
    made: list[object] = []

    def attempt(name: str) -> None:
        try:
            made.append(setup.set_up(empty_database, name, name, name, PASSWORD, "zh-CN"))
        except Conflict:
            made.append(None)

    threads = [threading.Thread(target=attempt, args=(name,)) for name in ("甲公司", "乙公司")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one is None for one in made) == [False, True]


def test_an_invited_colleague_joins_by_the_link_once(empty_database: Database, clock: StoppedClock) -> None:
    wang = member(empty_database, phone="13900139000")
    with empty_database.begin() as connection:
        first = invitations.invite(connection, wang, author=App("test"))
        second = invitations.invite(connection, wang, author=App("test"))
    with empty_database.begin() as connection:
        with pytest.raises(NotFound):
            invitations.join(connection, first, PASSWORD)
        assert invitations.join(connection, second, PASSWORD) == wang
        with pytest.raises(NotFound):
            invitations.join(connection, second, PASSWORD)
    assert sign_in(empty_database, "13900139000", PASSWORD).member_id == wang


def test_a_link_is_too_old_after_two_weeks(empty_database: Database, clock: StoppedClock) -> None:
    wang = member(empty_database)
    with empty_database.begin() as connection:
        link = invitations.invite(connection, wang, author=App("test"))
        clock.advance(days=15)
        with pytest.raises(NotFound):
            invitations.invited(connection, link)


def test_pasted_colleagues_are_understood_however_they_are_separated() -> None:
    pasted = (
        "姓名\t手机\t部门\n李想\t138 0013 8000\t销售部/华东\n王敏, wang@example.cn\n\n"
        "赵启明 13900139000 技术部\nAnna Li 13700137000 Sales Team\n孙悦，研发部"
    )
    found = [(one.name, one.phone, one.email, one.department) for one in colleagues.understood(pasted)]
    assert found == [
        ("李想", "+8613800138000", None, ("销售部", "华东")),
        ("王敏", None, "wang@example.cn", ()),
        ("赵启明", "+8613900139000", None, ("技术部",)),
        ("Anna Li", "+8613700137000", None, ("Sales Team",)),
        ("孙悦", None, None, ("研发部",)),
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Moses Frase", ("Moses Frase", None, ())),
        ("Mary Jane O'Neil  Sales/East", ("Mary Jane O'Neil", None, ("Sales", "East"))),
        ("Anna Li\t138 0013 8000\tSales Team", ("Anna Li", "+8613800138000", ("Sales Team",))),
        ("王敏 13800138000、财务部", ("王敏", "+8613800138000", ("财务部",))),
        ("李想 销售部/华东", ("李想", None, ("销售部", "华东"))),
        ("李想 Leo", ("李想 Leo", None, ())),
        ("李想 Leo 13800138000", ("李想 Leo", "+8613800138000", ())),
        ("赵启明\u3000技术部", ("赵启明", None, ("技术部",))),
    ],
)
def test_a_single_space_tears_no_name_apart(
    line: str, found: tuple[str, str | None, tuple[str, ...]]
) -> None:
    [one] = colleagues.understood(line)
    assert (one.name, one.phone, one.department) == found


@pytest.mark.parametrize(
    ("pasted", "faults"),
    [
        ("李想 13800138000\n王敏 +86 138 0013 8000", {"/2": "taken"}),
        ("李想 li@x.cn\n王敏\n赵启明 LI@x.cn", {"/3": "taken"}),
        ("13800138000 销售部\n李想 li@x.cn", {}),
        ("李想 li@ 销售部", {"/1": "not_a_phone"}),
        ("李想 138001380001234567 销售部", {"/1": "not_a_phone"}),
        ("李想 10023 销售部", {}),
        ("13800138000", {"/1": "required"}),
        ("李" * 61, {"/1": "too_long"}),
        ("李想\n" * 501, {"": "too_many"}),
    ],
)
def test_what_is_wrong_with_pasted_colleagues_is_told_line_by_line_beside_the_others(
    pasted: str, faults: dict[str, str]
) -> None:
    made = colleagues.reading(pasted)
    assert {fault.pointer: fault.code for fault in made.faults} == faults
    assert len(made.colleagues) == min(501, len(pasted.splitlines()))


def test_who_is_here_already_is_told_before_anybody_is_invited(company: Company) -> None:
    company.person("老赵", phone="13800138777", email="Zhao@example.cn")
    made = colleagues.reading("李想 13900139111\n王敏 13800138777\n孙悦 zhao@EXAMPLE.cn", company.connection)
    assert [(fault.pointer, fault.code) for fault in made.faults] == [("/2", "taken"), ("/3", "taken")]
    assert "13800138777" in str(made.of_line(2)[0].message)


def test_a_colleague_who_is_there_already_is_told_by_line_and_nobody_is_invited(company: Company) -> None:
    company.person("老王", phone="13800138000")
    before = people.count(company.connection)
    lines = colleagues.understood("李想 13900139111\n王敏 13800138000")
    point = company.connection.begin_nested()
    with pytest.raises(Invalid) as refusal:
        colleagues.invite_all(company.connection, lines, author=App("test"))
    point.rollback()
    assert [fault.pointer for fault in refusal.value.faults] == ["/2/phone"]
    assert people.count(company.connection) == before


def test_invited_colleagues_get_a_department_and_a_link_each(
    company: Company, unique: Callable[[str], str]
) -> None:
    place = unique("部")
    lines = colleagues.understood(f"李想 13900139112 {place}\n王敏 13900139113 {place}")
    invited = colleagues.invite_all(company.connection, lines, author=App("test"))
    assert [invitations.invited(company.connection, one.token).name for one in invited] == ["李想", "王敏"]
    assert len({people.get(company.connection, one.member_id).department_id for one in invited}) == 1


def test_two_administrators_changing_people_at_once_both_succeed(empty_database: Database) -> None:
    one, two = member(empty_database, account="one"), member(empty_database, account="two")
    others = [member(empty_database, account=f"person{number}") for number in range(8)]
    failed: list[BaseException] = []

    def change(chosen: list[int], superior: int) -> None:
        try:
            for person in chosen:
                with empty_database.begin() as connection:
                    people.change(connection, person, MemberValues(superior=superior), author=App("test"))
        except BaseException as error:
            failed.append(error)

    threads = [
        threading.Thread(target=change, args=([*others[:4], two], one)),
        threading.Thread(target=change, args=([*others[4:], *others[:4]], two)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
