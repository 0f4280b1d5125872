"""What is to be written about a member, read and checked place by place."""

import re
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from typing import Any

from engine.access import passwords, phones
from engine.access.bodies import UNSET, Unset, ids, known, one_of, optional_id, text
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import LANGUAGES, Text

STATES = ("active", "invited", "left")
THEMES = ("light", "dark", "auto")
EMAIL = re.compile(r"[^@\s\"<>()\\,;:]{1,64}@[^@\s\"<>()\\,;:]+\.[^@\s\"<>()\\,;:.]{2,}")


@dataclass(frozen=True)
class MemberValues:
    """What is to be written; what is unset stays as it is."""

    name: str | Unset = UNSET
    account: str | Unset | None = UNSET
    phone: str | Unset | None = UNSET
    email: str | Unset | None = UNSET
    password: str | Unset | None = UNSET
    department: int | Unset | None = UNSET
    also_in: tuple[int, ...] | Unset = UNSET
    superior: int | Unset | None = UNSET
    state: str | Unset = UNSET
    administrator: bool | Unset = UNSET
    language: str | Unset | None = UNSET
    theme: str | Unset | None = UNSET

    @classmethod
    def read(cls, body: object) -> "MemberValues":
        """From what a person or program sent; raises Invalid with every fault."""
        faults: list[Fault] = []
        sent = known(body, {field.name for field in dataclass_fields(cls)}, faults)
        values = {name: _read(name, value, faults) for name, value in sent.items()}
        if faults:
            raise Invalid(Text("成员没有保存", "The member was not saved"), faults)
        return cls(**values)


def sign_in_name(typed: str) -> dict[str, str]:
    """What somebody entered as the name to sign in with: an e-mail, a phone number or an account."""
    if "@" in typed:
        return {"email": typed}
    if phones.looks_like_phone(typed):
        return {"phone": typed}
    return {"account": typed}


def at_account(faults: list[Fault]) -> list[Fault]:
    """The faults of a form that has one place for whatever one signs in with."""
    return [
        replace(fault, pointer="/account") if fault.pointer in ("/phone", "/email") else fault
        for fault in faults
    ]


def _read(name: str, value: object, faults: list[Fault]) -> Any:
    pointer = f"/{name}"
    match name:
        case "name":
            return text(value, pointer, Text("姓名", "name"), faults, required=True, longest=60)
        case "account":
            return _account(value, faults)
        case "phone":
            return _phone(value, faults)
        case "email":
            return _email(value, faults)
        case "password":
            if value is None or value == "":
                return None
            faults.extend(passwords.faults(value))
            return value
        case "department" | "superior":
            return optional_id(value, pointer, faults)
        case "also_in":
            return ids(value, pointer, faults)
        case "state":
            return one_of(value, pointer, STATES, faults)
        case "administrator":
            if isinstance(value, bool):
                return value
            faults.append(Fault(pointer, "wrong_type", Text("需要 true 或 false", "true or false is needed")))
            return None
        case "language":
            return None if value in (None, "") else one_of(value, pointer, LANGUAGES, faults)
        case "theme":
            return None if value in (None, "") else one_of(value, pointer, THEMES, faults)
    raise AssertionError(name)


def _account(value: object, faults: list[Fault]) -> str | None:
    account = text(value, "/account", Text("账号", "account"), faults, longest=100)
    if account and (" " in account or len(account) < 2):
        message = Text("账号至少 2 个字符，不含空格", "An account has at least 2 characters and no spaces")
        faults.append(Fault("/account", "invalid_account", message))
        return None
    return account


def _phone(value: object, faults: list[Fault]) -> str | None:
    typed = text(value, "/phone", Text("手机号", "phone number"), faults, longest=40)
    if typed is None:
        return None
    stored = phones.normalized(typed)
    if stored is None:
        message = Text("“{typed}”不是有效的手机号", "“{typed}” is not a valid phone number", typed=typed)
        faults.append(Fault("/phone", "invalid_phone", message))
    return stored


def _email(value: object, faults: list[Fault]) -> str | None:
    typed = text(value, "/email", Text("邮箱", "e-mail address"), faults, longest=254)
    if typed is not None and not EMAIL.fullmatch(typed):
        message = Text("“{typed}”不是有效的邮箱", "“{typed}” is not a valid e-mail address", typed=typed)
        faults.append(Fault("/email", "invalid_email", message))
        return None
    return typed
