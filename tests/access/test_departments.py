"""Departments: a tree with heads."""

import pytest

from engine.access import departments
from engine.access.viewer import App, viewer_for
from engine.platform.errors import Conflict, Invalid
from tests.access.conftest import PASSWORD, Company


def test_a_department_is_never_moved_below_itself(company: Company) -> None:
    top = company.department("总部甲")
    middle = company.department("华东", parent=top)
    bottom = company.department("上海", parent=middle)
    for parent in (top, middle, bottom):
        with pytest.raises(Invalid) as refusal:
            company.move(top, parent=parent)
        assert [(fault.pointer, fault.code) for fault in refusal.value.faults] == [("/parent", "cycle")]
    assert company.move(bottom, parent=top).parent_id == top


def test_a_name_comes_once_in_a_place_and_again_elsewhere(company: Company) -> None:
    east, west = company.department("东区"), company.department("西区")
    company.department("销售", parent=east)
    company.department("销售", parent=west)
    with pytest.raises(Invalid) as refusal:
        company.department("销售", parent=east)
    assert refusal.value.faults[0].code == "taken"


def test_only_an_empty_department_is_removed(company: Company) -> None:
    place = company.department("要撤的")
    li = company.person("李想", department=place)
    with pytest.raises(Conflict):
        departments.remove(company.connection, place, author=App("test"))
    company.change(li, department=None)
    departments.remove(company.connection, place, author=App("test"))
    assert place not in departments.titles(company.connection, [place])


def test_my_department_and_below_and_the_departments_i_head_are_known_to_conditions(company: Company) -> None:
    top = company.department("总部乙")
    east = company.department("东", parent=top)
    shanghai = company.department("沪", parent=east)
    west = company.department("西", parent=top)
    li = company.person("李想", password=PASSWORD, department=east, also_in=[west])
    company.move(top, head=li)
    viewer = viewer_for(company.connection, li)
    assert viewer.departments() == {east, west}
    assert viewer.departments(below=True) == {east, west, shanghai}
    assert viewer.headed_departments() == {top, east, west, shanghai}


def test_a_path_of_names_makes_only_what_is_missing(company: Company) -> None:
    first = departments.ensure_path(company.connection, ["销售部丙", "华东"], author=App("test"))
    second = departments.ensure_path(company.connection, ["销售部丙", "华南"], author=App("test"))
    assert departments.ensure_path(company.connection, ["销售部丙", "华东"], author=App("test")) == first
    assert (
        departments.get(company.connection, first).parent_id
        == departments.get(company.connection, second).parent_id
    )
