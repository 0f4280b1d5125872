"""Passwords: what is good enough, and their argon2 hashes."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.platform.errors import Fault
from engine.platform.i18n import Text

SHORTEST, LONGEST = 8, 200
COMMON = {"password", "passw0rd", "12345678", "123456789", "1234567890", "87654321", "qwertyui", "qwertyuiop"}

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_at_once = threading.BoundedSemaphore(4)  # each takes 19 MiB; a flood of sign-ins must not take the memory
# Of a password that nobody knows, with the settings above; made at each start it would cost the start 70 ms.
_nobody = "$argon2id$v=19$m=19456,t=2,p=1$EZcPjqJxEffIHb8ssdwcsA$s/8bMgRRBoW0VYrh7ZEBXPfaq8kI5WbbVJMTj/DNjuU"


def hashed(password: str) -> str:
    """The hash that is stored."""
    with _at_once:
        return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether it is the password; without a hash it takes just as long and is not."""
    with _at_once:
        try:
            _hasher.verify(password_hash or _nobody, password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with weaker settings than today's."""
    return _hasher.check_needs_rehash(password_hash)


def faults(password: object, pointer: str = "/password") -> list[Fault]:
    """What is wrong with a new password."""
    if not isinstance(password, str) or not password:
        return [Fault(pointer, "required", Text("请填写密码", "Enter a password"))]
    if len(password) < SHORTEST:
        message = Text("密码至少 {n} 个字符", "A password has at least {n} characters", n=SHORTEST)
        return [Fault(pointer, "weak_password", message)]
    if len(password) > LONGEST:
        message = Text("密码最多 {n} 个字符", "A password has at most {n} characters", n=LONGEST)
        return [Fault(pointer, "too_long", message)]
    if password.lower() in COMMON or len(set(password)) == 1:
        message = Text("这个密码太容易猜到，请换一个", "This password is too easy to guess; choose another")
        return [Fault(pointer, "weak_password", message)]
    return []
