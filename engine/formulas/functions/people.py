"""People: who looks at the record now. Values with these functions are worked out anew for each viewer."""

# The declaration above each function says what it does.
# ruff: noqa: D103

from typing import TYPE_CHECKING, Any

from engine.formulas.functions.base import declare
from engine.formulas.moment import MemberFacts
from engine.formulas.values import Value, folded
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.evaluate import Evaluator
    from engine.formulas.to_sql import Compiler

function = declare("people")


def _fixed_sql(read: Any) -> Any:
    """The SQL of a fact about the current person: a constant."""

    def compiled(c: "Compiler") -> Any:
        member = c.scope.moment.member
        return c.fixed(None if member is None else read(member))

    return compiled


def _fact(name: str, zh: str, en: str, read: Any) -> Any:
    def python(e: "Evaluator") -> Value:
        member = e.moment.member
        return None if member is None else read(member)

    return function(
        f"{name}() -> text",
        Text(zh, en),
        [(f"ISERROR({name}())", "FALSE")],
        volatile=True,
        context=True,
        sql=_fixed_sql(read),
    )(python)


ME = _fact(
    "ME",
    "当前用户的姓名，用来与成员字段比较：owner = ME()。",
    "The current person's name, to compare member fields with: owner = ME().",
    lambda m: m.name,
)
MYDEPARTMENT = _fact(
    "MYDEPARTMENT",
    "当前用户的部门名称，用来与部门字段比较。",
    "The name of the current person's department, to compare department fields with.",
    lambda m: m.department_name,
)
MYSUPERIOR = _fact(
    "MYSUPERIOR",
    "当前用户的上级姓名，用来与成员字段比较。",
    "The name of the current person's superior, to compare member fields with.",
    lambda m: m.superior_name,
)
MYEMAIL = _fact("MYEMAIL", "当前用户的邮箱。", "The current person's e-mail address.", lambda m: m.email)
MYPHONE = _fact("MYPHONE", "当前用户的手机号。", "The current person's phone number.", lambda m: m.phone)


def has_role(member: MemberFacts | None, role: str) -> bool:
    """Whether a person has a role, by its key."""
    return member is not None and any(folded(own) == folded(role) for own in member.roles)


@function(
    "HASROLE(role: text) -> boolean",
    Text(
        "当前用户是否有某个角色（写角色的标识）。", "Whether the current person has a role, named by its key."
    ),
    [('HASROLE("nobody")', "FALSE")],
    volatile=True,
    context=True,
    sql=lambda c, role: (
        c.fixed(has_role(c.scope.moment.member, role.constant))
        if isinstance(role.constant, str)
        else c.never()
    ),
)
def HASROLE(e: "Evaluator", role: str) -> bool:
    return has_role(e.moment.member, role)
