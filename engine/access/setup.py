"""Setting up an empty installation: the organisation and its first administrator."""

from sqlalchemy import Connection, exc, insert

from engine.access import audit, organization, people
from engine.access.bodies import text
from engine.access.member_values import MemberValues, at_account, sign_in_name
from engine.access.sign_in import Myself
from engine.access.tables import organization as organization_table
from engine.platform import clock
from engine.platform.database import Database
from engine.platform.errors import Conflict, Fault, Invalid
from engine.platform.i18n import DEFAULT_LANGUAGE, LANGUAGES, Text


def is_set_up(connection: Connection) -> bool:
    """Whether there is an organisation already."""
    return organization.read(connection) is not None


def set_up(
    database: Database,
    company: str,
    name: str,
    account: str,
    password: str,
    language: str = DEFAULT_LANGUAGE,
    *,
    email: str | None = None,
) -> int:
    """Make the organisation and its administrator; answers the member. `account` may be a phone number or e-mail."""
    names = sign_in_name(account.strip()) if account and account.strip() else {}
    if email:
        names["email"] = email
    faults: list[Fault] = []
    company_name = text(
        company, "/company", Text("公司名称", "company name"), faults, required=True, longest=100
    )
    if not names:
        faults.append(Fault("/account", "required", Text("请填写账号", "Enter an account")))
    values = _values(
        {"name": name, "password": password, "language": language, "administrator": True, **names}, faults
    )
    if not password:
        faults.append(Fault("/password", "required", Text("请填写密码", "Enter a password")))
    if faults or values is None:
        raise Invalid(Text("还差一点", "Something is missing"), faults)
    return database.run(lambda connection: _make(connection, company_name or "", language, values))


def _make(connection: Connection, company: str, language: str, values: MemberValues) -> int:
    row = {
        "single": True,
        "name": company,
        "language": language if language in LANGUAGES else DEFAULT_LANGUAGE,
        "created_at": clock.now(),
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(organization_table).values(row))
    except exc.IntegrityError:
        raise Conflict(
            Text("已经设置过了，请登录", "It is set up already; please sign in"), code="set_up"
        ) from None
    made = people.create(connection, values, author=Nobody())
    audit.note(connection, "set_up", actor=Myself(made.id), subject=("member", made.id), company=company)
    return made.id


def _values(sent: dict[str, object], faults: list[Fault]) -> MemberValues | None:
    try:
        return MemberValues.read(sent)
    except Invalid as refusal:
        faults += at_account(refusal.faults)
        return None


class Nobody:
    """Who acts before there is anybody."""

    member_id = None
