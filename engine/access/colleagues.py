"""Colleagues pasted as lines of text: name, phone number or e-mail, department."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from engine.access import audit, departments, invitations, people, phones
from engine.access.member_values import EMAIL, MemberValues
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text

MOST = 500
BETWEEN = re.compile(r"[\t,，;；、|\u3000]+| {2,}")
HAN = re.compile(r"[\u3400-\u9fff]")
PHONE_SPACES = re.compile(r"(?<=\d)[ -](?=\d)")
HEADINGS = {"姓名", "名字", "name", "成员"}


@dataclass(frozen=True)
class Colleague:
    """What was understood of a line."""

    line: int
    name: str
    phone: str | None = None
    email: str | None = None
    department: tuple[str, ...] = ()

    @property
    def written_phone(self) -> str | None:
        """The phone number as one writes it here."""
        return phones.written(self.phone)


@dataclass(frozen=True)
class Invited:
    """A colleague who was taken in, with the token of their link."""

    member_id: int
    name: str
    token: str


@dataclass(frozen=True)
class Reading:
    """What was made of a pasted text; the faults' pointers are lines (`/3`), "" for the whole."""

    colleagues: list[Colleague]
    faults: list[Fault]

    def of_line(self, line: int) -> list[Fault]:
        """What is wrong with a line."""
        return [fault for fault in self.faults if fault.pointer == f"/{line}"]

    @property
    def of_all(self) -> list[Fault]:
        """What is wrong with no line alone."""
        return [fault for fault in self.faults if not fault.pointer]


def reading(pasted: str, connection: Connection | None = None) -> Reading:
    """The colleagues of a pasted text and what is wrong with them; with `connection` also who is here already."""
    found: list[Colleague] = []
    faults: list[Fault] = []
    for line, written in enumerate(pasted.splitlines(), start=1):
        parts = _parts(written)
        if not parts or (line == 1 and parts[0].lower() in HEADINGS):
            continue
        colleague = _read(line, parts)
        faults += _faults(colleague)
        found.append(colleague)
        if len(found) > MOST:
            message = Text("一次最多 {n} 位同事", "At most {n} colleagues at once", n=MOST)
            faults.append(Fault("", "too_many", message))
            break
    faults += _repeated(found)
    if connection is not None:
        faults += _here_already(connection, found)
    return Reading(found, faults)


def understood(pasted: str) -> list[Colleague]:
    """The colleagues of a pasted text; raises Invalid with a fault for each line that is not understood."""
    made = reading(pasted)
    if made.faults:
        raise Invalid(Text("有几行没有看懂", "Some lines were not understood"), made.faults)
    return made.colleagues


def _faults(colleague: Colleague) -> Iterator[Fault]:
    line = colleague.line
    if not colleague.name:
        yield Fault(
            f"/{line}", "required", Text("第 {line} 行没有姓名", "Line {line} has no name", line=line)
        )
    elif len(colleague.name) > 60:
        message = Text("第 {line} 行的姓名太长", "The name in line {line} is too long", line=line)
        yield Fault(f"/{line}", "too_long", message)
    for word in " ".join([colleague.name, *colleague.department]).split():
        if "@" in word or sum(sign.isdigit() for sign in word) >= 7 and not HAN.search(word):
            message = Text(
                "第 {line} 行的“{word}”不是电话号码或邮箱",
                "“{word}” in line {line} is no phone number or e-mail",
                line=line,
                word=word,
            )
            yield Fault(f"/{line}", "not_a_phone", message)


def _repeated(found: Iterable[Colleague]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for one in found:
        for contact in (one.phone, one.email and one.email.lower()):
            if contact and first.setdefault(contact, one.line) != one.line:
                message = Text(
                    "第 {line} 行和第 {other} 行的电话或邮箱相同",
                    "Line {line} has the same phone number or e-mail as line {other}",
                    line=one.line,
                    other=first[contact],
                )
                yield Fault(f"/{one.line}", "taken", message)


def _here_already(connection: Connection, found: Sequence[Colleague]) -> Iterator[Fault]:
    taken = people.taken(
        connection, [contact for one in found for contact in (one.phone, one.email) if contact]
    )
    for one in found:
        for contact, shown in ((one.phone, one.written_phone), (one.email, one.email)):
            if contact and contact.lower() in taken:
                message = Text(
                    "第 {line} 行：“{given}”已被其他成员使用",
                    "Line {line}: “{given}” is used by another member",
                    line=one.line,
                    given=shown,
                )
                yield Fault(f"/{one.line}", "taken", message)


def invite_all(
    connection: Connection, colleagues: Iterable[Colleague], *, author: audit.Actor
) -> list[Invited]:
    """Take all of them in as invited, with departments made where they are missing; all or none."""
    invited: list[Invited] = []
    faults: list[Fault] = []
    for colleague in colleagues:
        place = (
            departments.ensure_path(connection, colleague.department, author=author)
            if colleague.department
            else None
        )
        values = MemberValues(
            name=colleague.name,
            phone=colleague.phone,
            email=colleague.email,
            department=place,
            state="invited",
        )
        try:
            made = people.create(connection, values, author=author)
        except Invalid as refusal:
            said = [
                Text(
                    "第 {line} 行：{message}",
                    "Line {line}: {message}",
                    line=colleague.line,
                    message=fault.message,
                )
                for fault in refusal.faults
            ]
            faults += [
                Fault(f"/{colleague.line}{fault.pointer}", fault.code, message)
                for fault, message in zip(refusal.faults, said, strict=True)
            ]
            continue
        invited.append(Invited(made.id, made.name, invitations.invite(connection, made.id, author=author)))
    if faults:
        raise Invalid(Text("没有邀请任何人", "Nobody was invited"), faults)
    return invited


def _parts(written: str) -> list[str]:
    """What stands in a line: a lone space parts off phone numbers and e-mails, and Chinese words where all is in them."""
    parts = [part.strip() for part in BETWEEN.split(written.replace("\u00a0", " ")) if part.strip()]
    found: list[str] = []
    for part in parts:
        words: list[str] = []
        for word in PHONE_SPACES.sub("", part).split(" "):
            if not words or _apart(words[-1], word, chinese=len(parts) == 1):
                words.append(word)
            else:
                words[-1] = f"{words[-1]} {word}"
        found += words
    return found


def _apart(before: str, word: str, *, chinese: bool) -> bool:
    both = chinese and HAN.search(before) is not None and HAN.search(word) is not None
    return both or _is_contact(before) or _is_contact(word)


def _is_contact(word: str) -> bool:
    return EMAIL.fullmatch(word) is not None or phones.looks_like_phone(word)


def _read(line: int, parts: list[str]) -> Colleague:
    phone = email = None
    rest: list[str] = []
    for part in parts:
        if email is None and EMAIL.fullmatch(part):
            email = part
        elif phone is None and phones.looks_like_phone(part):
            phone = phones.normalized(part)
        else:
            rest.append(part)
    # What stands after the phone number or e-mail is the department; “Anna Li 138… Sales” keeps both names.
    reached = next((place for place, part in enumerate(parts) if part not in rest), None)
    if reached is None:
        names, places = rest[:1], rest[1:]
    else:
        names = [part for part in parts[:reached] if part in rest]
        places = rest[len(names) :]
        if not names:
            names, places = rest[:1], rest[1:]
    path = tuple(
        name.strip()[: departments.NAME_LENGTH]
        for name in re.split(r"[/／>]", " ".join(places))
        if name.strip()
    )
    return Colleague(line, " ".join(names), phone, email, path)
