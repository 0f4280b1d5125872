"""What the surroundings say: data folder, database, Redis, secret key, time zone, address."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PREFIX = "JIANFLOW_"
PROJECT_FOLDER = Path(__file__).resolve().parents[2]
DEFAULT_TIME_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Settings:
    """Everything that differs from one installation to the next; nothing else reads the environment."""

    data: Path
    secret_key: str
    database_url: str | None = None
    redis_url: str | None = None
    smtp_url: str | None = None
    time_zone: str = DEFAULT_TIME_ZONE
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_proxies: int = 0
    """How many reverse proxies stand before the web server, whose word on who calls and how is believed."""
    reading_seconds: int = 15
    """How long a question of a page or of the API may take in the database; 0 for as long as it likes."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """The settings of this process; makes the data folder and the secret key where they are missing.

        PORT, HOST and DATA are also known without the prefix, as `make run` takes them.
        """
        given = os.environ if environment is None else environment

        def read(name: str, *, bare: bool = False) -> str | None:
            return given.get(PREFIX + name) or (given.get(name) if bare else None) or None

        data = Path(read("DATA", bare=True) or PROJECT_FOLDER / "var").expanduser().resolve()
        data.mkdir(mode=0o711, parents=True, exist_ok=True)
        database_url = read("DATABASE_URL")
        return cls(
            data=data,
            secret_key=read("SECRET_KEY") or _kept_secret(data / "secret_key"),
            database_url=driver_url(database_url) if database_url else None,
            redis_url=read("REDIS_URL"),
            smtp_url=read("SMTP_URL"),
            time_zone=_known_zone(read("TIME_ZONE") or DEFAULT_TIME_ZONE),
            host=read("HOST", bare=True) or "127.0.0.1",
            port=_port(read("PORT", bare=True) or "8000"),
            trusted_proxies=_count("TRUSTED_PROXIES", read("TRUSTED_PROXIES") or "0", most=9),
            reading_seconds=_count("READING_SECONDS", read("READING_SECONDS") or "15", most=3600),
        )

    def on_database(self, url: str) -> "Settings":
        """The same settings with this database."""
        return replace(self, database_url=driver_url(url))

    def environment(self) -> dict[str, str]:
        """The variables that give a child process these settings."""
        values = {
            "DATA": str(self.data),
            "SECRET_KEY": self.secret_key,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SMTP_URL": self.smtp_url,
            "TIME_ZONE": self.time_zone,
            "HOST": self.host,
            "PORT": str(self.port),
            "TRUSTED_PROXIES": str(self.trusted_proxies),
            "READING_SECONDS": str(self.reading_seconds),
        }
        return {PREFIX + name: value for name, value in values.items() if value}


def driver_url(url: str) -> str:
    """The URL with the driver's name in it, so that `postgresql://…` works as well."""
    for short in ("postgresql://", "postgres://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url[len(short) :]
    return url


def _kept_secret(file: Path) -> str:
    if not file.exists():
        fresh = file.with_name(f"{file.name}.{os.getpid()}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
        try:
            os.link(fresh, file)  # of two processes that start together, one key wins for both
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text().strip()


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SystemExit(f"JIANFLOW_TIME_ZONE: {name!r} is not a time zone; try Asia/Shanghai.") from error
    return name


def _port(text: str) -> int:
    if not text.isdigit() or not 0 <= int(text) <= 65535:
        raise SystemExit(f"PORT: {text!r} is not a port number (1 to 65535).")
    return int(text)


def _count(name: str, text: str, *, most: int) -> int:
    if not text.isdigit() or int(text) > most:
        raise SystemExit(f"{PREFIX}{name}: {text!r} is not a number from 0 to {most}.")
    return int(text)
