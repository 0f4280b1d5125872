"""Members taken away for good: only those who never became colleagues."""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from engine.access import audit, people

UNTOUCHED = """
    SELECT m.id FROM jianflow.member m WHERE m.id = ANY(:ids) AND m.state = 'invited' AND NOT m.administrator
        AND coalesce(m.account, m.phone, m.email, m.password_hash) IS NULL
        AND NOT EXISTS (SELECT 1 FROM jianflow.invitation i WHERE i.member_id = m.id)
        AND NOT EXISTS (SELECT 1 FROM jianflow.role_member r WHERE r.member_id = m.id)
        AND NOT EXISTS (SELECT 1 FROM jianflow.department d WHERE d.head_id = m.id)
        AND NOT EXISTS (SELECT 1 FROM jianflow.member below WHERE below.superior_id = m.id)
"""
"""Those whom nobody has invited, given a role or put above others since they were made."""


def remove_untouched(connection: Connection, ids: Iterable[int], *, author: audit.Actor) -> int:
    """Remove those of the members that are still as they were made; answers how many."""
    going = list(connection.scalars(text(UNTOUCHED), {"ids": sorted(ids)}))
    names = people.titles(connection, going)
    connection.execute(text("DELETE FROM jianflow.member WHERE id = ANY(:ids)"), {"ids": going})
    for member_id, name in sorted(names.items()):
        audit.note(connection, "member_removed", actor=author, subject=("member", member_id), name=name)
    return len(going)
