"""Members: who they are, whom they report to, and what becomes of them."""

import pytest

from engine.access import api_keys, audit, people, sessions
from engine.access.member_values import MemberValues
from engine.access.viewer import App, viewer_for
from engine.platform.errors import Conflict, Invalid, NotSignedIn
from tests.access.conftest import PASSWORD, Company


def codes(refusal: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in refusal.value.faults}


def test_who_comes_with_a_password_is_active_and_who_comes_without_is_invited(company: Company) -> None:
    assert people.get(company.connection, company.person("李想", password=PASSWORD)).state == "active"
    assert people.get(company.connection, company.person("王敏")).state == "invited"


def test_a_phone_number_is_the_same_however_it_is_written(company: Company) -> None:
    li = company.person("李想", phone="138 0013 8000")
    assert people.get(company.connection, li).phone == "+8613800138000"
    assert people.get(company.connection, li).written_phone == "13800138000"
    for typed in ("13800138000", "+86 138-0013-8000", "0086 13800138000"):
        assert people.by_sign_in_name(company.connection, typed) == li


def test_every_fault_of_a_member_is_told_with_its_place() -> None:
    with pytest.raises(Invalid) as refusal:
        MemberValues.read(
            {"name": " ", "phone": "12", "email": "a@b", "password": "short", "state": "gone", "x": 1}
        )
    assert codes(refusal) == {
        "/name": "required",
        "/phone": "invalid_phone",
        "/email": "invalid_email",
        "/password": "weak_password",
        "/state": "unknown_choice",
        "/x": "unknown_property",
    }


def test_nobody_takes_the_name_that_a_colleague_signs_in_with(company: Company) -> None:
    company.person("李想", account="lixiang", phone="13800138000", email="li@example.cn")
    for sent, place in (
        ({"account": "LiXiang"}, "/account"),
        ({"account": "13800138000"}, "/account"),
        ({"email": "LI@example.cn"}, "/email"),
        ({"phone": "+86 13800138000"}, "/phone"),
    ):
        with pytest.raises(Invalid) as refusal:
            company.person("另一个", **sent)
        assert codes(refusal) == {place: "taken"}


def test_the_number_of_somebody_who_left_can_be_used_again_and_then_not_taken_back(company: Company) -> None:
    gone = company.person("走了", phone="13800138000", password=PASSWORD)
    company.change(gone, state="left")
    company.person("来了", phone="13800138000")
    with pytest.raises(Invalid) as refusal:
        company.change(gone, state="active")
    assert codes(refusal) == {"/phone": "taken"}


def test_who_leaves_has_no_session_and_no_key_any_more(company: Company) -> None:
    li = company.person("李想", password=PASSWORD)
    token = sessions.begin(company.connection, li)
    key = api_keys.issue(company.connection, li)
    assert sessions.open_session(company.connection, token) is not None
    assert api_keys.authenticate(company.connection, key).member_id == li
    company.change(li, state="left")
    assert sessions.open_session(company.connection, token) is None
    with pytest.raises(NotSignedIn):
        api_keys.authenticate(company.connection, key)
    with pytest.raises(Conflict):
        api_keys.issue(company.connection, li)
    with pytest.raises(NotSignedIn):
        viewer_for(company.connection, li)


def test_an_invited_person_holds_no_key(company: Company) -> None:
    with pytest.raises(Conflict):
        api_keys.issue(company.connection, company.person("王敏"))


def test_a_new_password_signs_out_everywhere(company: Company) -> None:
    li = company.person("李想", password=PASSWORD)
    tokens = [sessions.begin(company.connection, li) for _ in range(2)]
    people.set_password(company.connection, li, "another rain 2027", author=App("test"))
    assert [sessions.open_session(company.connection, token) for token in tokens] == [None, None]


def test_the_last_administrator_stays_one(company: Company) -> None:
    company.connection.exec_driver_sql("UPDATE jianflow.member SET administrator = false")
    boss = company.person("老板", password=PASSWORD, administrator=True)
    for change in ({"administrator": False}, {"state": "left"}):
        with pytest.raises(Invalid) as refusal:
            company.change(boss, **change)
        assert codes(refusal) == {"/administrator": "last_administrator"}
    company.person("副手", password=PASSWORD, administrator=True)
    assert not company.change(boss, administrator=False).administrator


def test_the_superior_is_the_one_entered_else_the_nearest_head_above_who_is_not_oneself(
    company: Company,
) -> None:
    chief, head, li, wang = (company.person(name) for name in ("总", "经理", "李想", "王敏"))
    top = company.department("销售", head=chief)
    middle = company.department("华东", parent=top)
    team = company.department("上海", parent=middle, head=head)
    for person in (head, li, wang):
        company.change(person, department=team)
    company.change(chief, department=top)
    company.change(wang, superior=li)
    assert people.superior(company.connection, li) == head
    assert people.superior(company.connection, head) == chief
    assert people.superior(company.connection, chief) is None
    assert people.superiors(company.connection, wang) == [li, head, chief]
    company.change(head, state="left")
    assert people.superior(company.connection, li) == chief


def test_my_reports_are_everyone_under_me_through_any_number_of_steps(company: Company) -> None:
    chief = company.person("总", password=PASSWORD)
    above = chief
    chain = []
    for step in range(6):
        above = company.person(f"第{step}级", superior=above)
        chain.append(above)
    other = company.person("别处")
    assert viewer_for(company.connection, chief).reports() == frozenset(chain)
    company.change(chain[2], superior=other)
    assert viewer_for(company.connection, chief).reports() == frozenset(chain[:2])


def test_nobody_is_under_somebody_who_is_under_them(company: Company) -> None:
    one = company.person("甲")
    two = company.person("乙", superior=one)
    three = company.person("丙", superior=two)
    for superior in (three, one):
        with pytest.raises(Invalid) as refusal:
            company.change(one, superior=superior)
        assert codes(refusal) == {"/superior": "cycle"}


def test_a_head_is_not_put_under_somebody_who_reports_to_them_through_the_department(
    company: Company,
) -> None:
    chief, li = company.person("总"), company.person("李想")
    place = company.department("总部丁", head=chief)
    company.change(li, department=place)
    with pytest.raises(Invalid) as refusal:
        company.change(chief, superior=li)
    assert codes(refusal) == {"/superior": "cycle"}


def test_a_change_of_a_member_is_in_the_log_with_who_did_it(company: Company) -> None:
    boss = company.person("老板", password=PASSWORD)
    li = company.person("李想")
    people.change(
        company.connection, li, MemberValues(name="李小想"), author=viewer_for(company.connection, boss)
    )
    newest = audit.entries(company.connection, subject=("member", li))[0]
    assert (newest.actor_id, newest.action) == (boss, "member_changed")
    assert newest.details["name"] == ["李想", "李小想"]


def test_members_are_found_by_department_with_those_below_and_those_who_are_in_it_besides(
    company: Company,
) -> None:
    top = company.department("研发部甲")
    below = company.department("平台", parent=top)
    direct = company.person("直属", department=top)
    deeper = company.person("下级", department=below)
    besides = company.person("兼任", also_in=[below])
    found = people.members(company.connection, department_id=top)
    assert [one.id for one in found] == [direct, deeper, besides]
    assert people.count(company.connection, department_id=top, below=False) == 1
    assert [one.id for one in people.members(company.connection, department_id=top, search="兼")] == [besides]
