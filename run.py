"""Jianflow: the application as a table of contents, and its command line."""

import os
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve()
ENVIRONMENT = PROGRAM.parent / ".venv"

if __name__ == "__main__" and Path(sys.prefix).resolve() != ENVIRONMENT.resolve():
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        sys.exit("Jianflow is not set up here yet. Run: make run")
    os.execv(python, [str(python), str(PROGRAM), *sys.argv[1:]])

import importlib  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import pkgutil  # noqa: E402
from typing import TYPE_CHECKING, Any  # noqa: E402

import click  # noqa: E402

from engine.platform.errors import Refusal, ServerFault  # noqa: E402
from engine.platform.settings import Settings  # noqa: E402

if TYPE_CHECKING:
    from flask import Flask

LARGEST_UPLOAD = 100 * 1024 * 1024
PARTS = ("definitions", "access", "records", "actions", "exchange")
"""The packages that register what they do: kinds of definitions, field types, jobs, subscribers."""


def create_app(settings: Settings) -> "Flask":
    """The web application: what it stands on, then its faces."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    import builders
    from engine import api, web
    from engine.platform.application import Application
    from engine.platform.database import Database
    from engine.platform.files import FileStore
    from engine.platform.web_process import answering_health

    app = Application("jianflow")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_UPLOAD,
        MAX_FORM_MEMORY_SIZE=16 * 1024 * 1024,  # a thousand fields and long subforms
        MAX_FORM_PARTS=50_000,
    )
    app.url_map.converters["int"] = web.security.RecordNumber
    app.extensions["jianflow.settings"] = settings
    app.extensions["jianflow.database"] = Database(
        settings.database_url or "", max_overflow=4, reading_seconds=settings.reading_seconds
    )
    app.extensions["jianflow.files"] = FileStore(settings.data)

    load_parts(settings)
    api.init_app(app)
    web.init_app(app)
    builders.init_app(app)

    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_port=proxies)  # type: ignore[method-assign]
    app.wsgi_app = answering_health(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def load_parts(settings: Settings) -> None:
    """Import everything that registers itself, and let every viewer of this process be in the right time zone."""
    for part in PARTS:
        package = importlib.import_module(f"engine.{part}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    importlib.import_module("engine.access.viewer").use_time_zone(settings.time_zone)


class Commands(click.Group):
    """Commands that answer a refusal with its sentences instead of a traceback."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(context)
        except Refusal as refusal:
            places = [f"  {fault.pointer}: {fault.message}" for fault in refusal.faults]
            raise click.ClickException("\n".join([str(refusal.message), *places])) from None
        except ServerFault as fault:
            raise click.ClickException(str(fault)) from None
        except Exception as error:
            known = _unreachable(error)
            if known is None:
                raise
            raise known from None


def _unreachable(error: Exception) -> click.ClickException | None:
    """A sentence for a server that can't be reached, in the place of fifty lines."""
    import redis.exceptions
    from sqlalchemy.exc import OperationalError

    if isinstance(error, OperationalError):
        return click.ClickException(f"The database can't be reached or refuses: {str(error.orig).strip()}")
    if isinstance(error, redis.exceptions.ConnectionError):
        return click.ClickException(f"Redis can't be reached: {error}")
    return None


@click.group(cls=Commands, invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Jianflow 简流: without a command it serves."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if context.invoked_subcommand is None:
        context.invoke(serve)


@main.command()
def serve() -> None:
    """Serve the product, with everything that it needs."""
    from engine.platform.supervise import Supervisor

    sys.exit(Supervisor(Settings.from_environment(), PROGRAM).run())


@main.command()
def worker() -> None:
    """Do jobs, beside any number of other workers; needs JIANFLOW_REDIS_URL."""
    from engine.platform.job_process import work
    from engine.platform.opened import opened

    settings = Settings.from_environment()
    if settings.redis_url is None:
        raise click.ClickException(
            "worker needs JIANFLOW_REDIS_URL; without it `serve` has its own job process."
        )
    load_parts(settings)
    with opened(settings) as (database, found):
        work(database, found)


@main.command("web-process", hidden=True)
@click.argument("file_number", type=int)
def web_process(file_number: int) -> None:
    """The web server of `serve`."""
    from engine.platform.children import await_go, follow_supervisor

    follow_supervisor()
    from engine.platform.migrations import migrate
    from engine.platform.web_process import serve_web

    importlib.import_module("engine.web")
    importlib.import_module("engine.api")
    load_parts(Settings.from_environment())
    await_go()
    app = create_app(Settings.from_environment())
    database = app.extensions["jianflow.database"]
    migrate(database)
    serve_web(app, file_number, after_fork=database.begin_anew)


@main.command("job-process", hidden=True)
def job_process() -> None:
    """The job process of `serve`."""
    from engine.platform.children import await_go, follow_supervisor

    follow_supervisor()
    from engine.platform.database import Database
    from engine.platform.job_process import work

    load_parts(Settings.from_environment())
    await_go()
    settings = Settings.from_environment()
    work(Database(settings.database_url or "", pool_size=4, name="jianflow jobs"), settings)


@main.command()
@click.option("--email", required=True, help="What the administrator signs in with.")
@click.option("--password", required=True)
@click.option("--name", required=True, help="The administrator's name.")
@click.option("--company", default="我的公司", show_default=True)
@click.option("--language", default="zh-CN", show_default=True, type=click.Choice(["zh-CN", "en"]))
@click.option("--template", help="An app to begin with, such as crm.")
@click.option("--sample-data", is_flag=True)
def setup(
    email: str, password: str, name: str, company: str, language: str, template: str | None, sample_data: bool
) -> None:
    """Make the organisation and its administrator."""
    from engine.access.setup import set_up
    from engine.platform.opened import opened
    from templates_gallery.gallery import clone

    load_parts(Settings.from_environment())
    with opened(Settings.from_environment()) as (database, _):
        member_id = set_up(database, company, name, email, password, language)
        if template is not None:
            app_key = clone(database, template, sample_data=sample_data, author=member_id, language=language)
            click.echo(f"app: {app_key}")
    click.echo(f"administrator: {email}")


@main.command("api-key")
@click.argument("account")
def api_key(account: str) -> None:
    """Make an API key for a member; it is the last word printed."""
    from engine.access import api_keys
    from engine.platform.opened import opened

    with opened(Settings.from_environment()) as (database, _), database.begin() as connection:
        key = api_keys.issue(connection, _member(connection, account))
    click.echo(f"API key of {account}, shown only this once: {key}")


@main.command()
@click.argument("account")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
def password(account: str, password: str) -> None:
    """Give a member a new password."""
    from engine.access import people
    from engine.access.setup import Nobody
    from engine.platform.opened import opened

    with opened(Settings.from_environment()) as (database, _), database.begin() as connection:
        people.set_password(connection, _member(connection, account), password, author=Nobody())
    click.echo(f"{account} has a new password.")


@main.command("import")
@click.argument("app")
@click.argument("form")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", type=click.File("r"), help="A file of JSON with the mapping; the rest is guessed.")
@click.option(
    "--mode", default="create", show_default=True, type=click.Choice(["create", "update", "upsert"])
)
@click.option(
    "--match-on", multiple=True, help="A field by which records are found again; may be given twice."
)
@click.option("--dry-run", is_flag=True, help="Only check.")
@click.option("--as", "account", help="Whose import it is; by default the first administrator's.")
def import_file(
    app: str,
    form: str,
    file: Path,
    mapping: Any,
    mode: str,
    match_on: tuple[str, ...],
    dry_run: bool,
    account: str,
) -> None:
    """Import a sheet (.xlsx or .csv) into a form."""
    from engine.access.viewer import viewer_for
    from engine.exchange import import_job
    from engine.platform.files import FileStore
    from engine.platform.opened import finished, opened

    load_parts(Settings.from_environment())
    with opened(Settings.from_environment()) as (database, settings):
        with database.begin() as connection, file.open("rb") as stream:
            viewer = viewer_for(connection, _member(connection, account))
            stored = FileStore(settings.data).store(connection, stream, file.name, owner=viewer.member_id)
            wanted = import_job.order(
                app, form, stored, json.load(mapping) if mapping else None, mode, match_on
            )
            job_id = import_job.start(connection, wanted, viewer, dry_run=dry_run)
        ended = finished(database, settings, job_id)
    for error in ended.errors[:50]:
        click.echo(f"  {error['row'] or ''} {error['column'] or ''} {error['message']}", err=True)
    click.echo(json.dumps({"state": ended.state, "result": ended.result}, ensure_ascii=False, indent=2))
    sys.exit(0 if ended.state == "succeeded" else 1)


@main.command("export-app")
@click.argument("app")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_app(app: str, file: Path) -> None:
    """Write an app's definitions into a package."""
    from engine.definitions import package
    from engine.platform.opened import opened

    load_parts(Settings.from_environment())
    with opened(Settings.from_environment()) as (database, _), database.snapshot() as connection:
        packed = package.export_app(connection, app)
    file.write_bytes(packed)
    click.echo(f"Package written: {file}")


@main.command("install-app")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--name", help="What the app is called here.")
def install_app(file: Path, name: str | None) -> None:
    """Make a new app from a package: a zip, or a folder laid out like one."""
    from engine.definitions import package
    from engine.platform.opened import opened

    load_parts(Settings.from_environment())
    with opened(Settings.from_environment()) as (database, _):
        with database.connect() as connection:
            author = _member(connection, None)
        app = package.install(database, package.read_package(file), name=name, author=author)
    click.echo(f"app: {app.key}")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the database and all files into one file."""
    from engine.platform import backup as backups
    from engine.platform.opened import opened

    with opened(Settings.from_environment()) as (_, settings):
        backups.write(settings, file)
    click.echo(f"Backup written: {file} ({file.stat().st_size / 1_000_000:.1f} MB)")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace what is there.")
def restore(file: Path, replace: bool) -> None:
    """Bring back what `backup` wrote; nothing may serve this data folder meanwhile."""
    from engine.platform import backup as backups
    from engine.platform.opened import opened

    with opened(Settings.from_environment()) as (database, settings):
        backups.read(database, settings, file, replace=replace)
    click.echo("Restored.")


@main.command()
def doctor() -> None:
    """Look whether everything is in order, and say what is not."""
    from engine.platform.doctor import examine

    findings = list(examine(Settings.from_environment()))
    for finding in findings:
        click.echo(f"{'ok  ' if finding.good else 'BAD '} {finding.what}: {finding.words}")
    sys.exit(0 if all(finding.good for finding in findings) else 1)


def _member(connection: Any, account: str | None) -> int:
    """The member who signs in so; without an account the first administrator."""
    from engine.access import people

    if account is None:
        for member in people.members(connection, states=["active"]):
            if member.administrator:
                return member.id
        raise click.ClickException("There is no administrator yet. Run: python run.py setup")
    member_id = people.by_sign_in_name(connection, account)
    if member_id is None:
        raise click.ClickException(f"Nobody signs in as {account}.")
    return member_id


if __name__ == "__main__":
    main(prog_name="run.py")
