"""The import wizard: choose a file, correct what was understood, import, see the result, undo."""

from typing import IO, Any, cast

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from engine.definitions.model import LiveApp
from engine.exchange import import_job, undo_job, upload
from engine.exchange.mapping import ImportMapping
from engine.exchange.targets import Targets
from engine.exchange.understanding import Understanding, understand
from engine.fields.form import Form
from engine.platform import jobs
from engine.platform.errors import Invalid, NotFound
from engine.platform.files import StoredFile
from engine.platform.i18n import Text
from engine.records.reading.visible import access_for
from engine.web import import_table
from engine.web.shell.opened import connection, database, open_form, viewer
from engine.web.shell.sent import body

blueprint = Blueprint("imports", __name__, url_prefix="/a/<app_key>/<form_key>")


@blueprint.get("/import")
def choose(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key, "import")
    return render_template("pages/import_choose.html", **_place(live, form), step=1, refusal=None)


@blueprint.post("/import")
def take(app_key: str, form_key: str) -> Any:
    """Keep the file; one that can't be read is refused with the place where it breaks."""
    live, form = open_form(app_key, form_key, "import")
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise Invalid.at("/file", "required", Text("请选择文件", "Choose a file"))
        store = current_app.extensions["jianflow.files"]
        with database().begin() as writing:
            file = store.store(writing, cast(IO[bytes], sent.stream), sent.filename, owner=viewer().member_id)
            understand(upload.preview_of(store, file), Targets.of(live, form, viewer()), ImportMapping())
    except Invalid as refusal:
        return render_template("pages/import_choose.html", **_place(live, form), step=1, refusal=refusal), 422
    return redirect(url_for("imports.correct", app_key=app_key, form_key=form_key, file_id=file.id))


@blueprint.get("/import/<file_id>")
def correct(app_key: str, form_key: str, file_id: str) -> Any:
    live, form = open_form(app_key, form_key, "import")
    file, understood = _understood(live, form, file_id, {})
    mapping = _mapping(understood)
    if viewer().administrator:
        # Whoever works here but is no member yet: the page proposes to add them, and says how many.
        mapping["members"] = {path: rule | {"missing": "create"} for path, rule in mapping["members"].items()}
    return render_template(
        "pages/import_correct.html",
        **_place(live, form),
        step=2,
        file=file,
        understood=understood,
        table=import_table.table(live, viewer(), form, understood),
        result=None,
        mapping=mapping,
        match_fields=_match_fields(live, form),
    )


@blueprint.post("/import/<file_id>/check")
def check(app_key: str, form_key: str, file_id: str) -> Any:
    """The table for a changed mapping, and a dry run of it."""
    live, form = open_form(app_key, form_key, "import")
    sent = body()
    file, understood = _understood(live, form, file_id, sent.get("mapping") or {})
    wanted = import_job.order(
        app_key, form_key, file, _mapping(understood), sent.get("mode"), sent.get("match_on")
    )
    with database().begin() as writing:
        job_id = import_job.start(writing, wanted, viewer(), dry_run=True)
    html = render_template(
        "parts/import_table.html",
        **_place(live, form),
        file=file,
        understood=understood,
        table=import_table.table(live, viewer(), form, understood),
        result=None,
    )
    return {"job": f"/jobs/{job_id}", "id": job_id, "html": html, "mapping": _mapping(understood)}


@blueprint.get("/import/<file_id>/checked/<job_id>")
def checked(app_key: str, form_key: str, file_id: str, job_id: str) -> Any:
    """The table with what the dry run found."""
    live, form = open_form(app_key, form_key, "import")
    job = _own(jobs.get_job(connection(), job_id))
    if (job.name, job.app_key, job.payload.get("file")) != (import_job.CHECK, app_key, file_id):
        raise NotFound(Text("没有这次检查", "There is no such check"))
    if job.result is None:
        message = (
            job.errors[0]["message"] if job.errors else str(Text("没有检查完", "The check did not finish"))
        )
        raise Invalid.at("", "not_checked", message)
    file, understood = _understood(live, form, file_id, job.result["mapping"])
    html = render_template(
        "parts/import_table.html",
        **_place(live, form),
        file=file,
        understood=understood,
        table=import_table.table(live, viewer(), form, understood, job.result, job.errors),
        result=job.result,
    )
    return {"html": html, "ready": job.result["ready"], "mapping": job.result["mapping"]}


@blueprint.post("/import/<file_id>/start")
def start(app_key: str, form_key: str, file_id: str) -> Any:
    live, form = open_form(app_key, form_key, "import")
    sent = body()
    file, understood = _understood(live, form, file_id, sent.get("mapping") or {})
    wanted = import_job.order(
        app_key, form_key, file, _mapping(understood), sent.get("mode"), sent.get("match_on")
    )
    with database().begin() as writing:
        job_id = import_job.start(writing, wanted, viewer(), dry_run=False)
    address = url_for("imports.result", app_key=app_key, form_key=form_key, job_id=job_id)
    return {
        "job": f"/jobs/{job_id}",
        "url": address,
        "title": str(Text("导入{form}", "Import: {form}", form=form.name())),
    }


@blueprint.get("/imports/<job_id>")
def result(app_key: str, form_key: str, job_id: str) -> Any:
    """How far the import is, and what came of it."""
    live, form = open_form(app_key, form_key, "import")
    job = _own(jobs.get_job(connection(), job_id))
    if job.payload.get("form") != form_key or job.app_key != app_key:
        raise NotFound(Text("没有这次导入", "There is no such import"))
    asked = request.args.get("undoing")
    undoing = _own(jobs.get_job(connection(), asked)) if asked else None
    return render_template(
        "pages/import_result.html",
        **_place(live, form),
        step=3,
        job=job,
        result=job.result or {},
        undoing=undoing,
    )


@blueprint.post("/imports/<job_id>/undo")
def undo(app_key: str, form_key: str, job_id: str) -> Any:
    open_form(app_key, form_key, "import")
    with database().begin() as writing:
        undoing = undo_job.start(writing, app_key, job_id, viewer())
    return redirect(
        url_for("imports.result", app_key=app_key, form_key=form_key, job_id=job_id, undoing=undoing)
    )


def _place(live: LiveApp, form: Form) -> dict[str, Any]:
    return {
        "live": live,
        "form": form,
        "base": f"/a/{live.app.key}/{form.key}",
        "designs": viewer().designs(live),
    }


def _understood(
    live: LiveApp, form: Form, file_id: str, mapping: dict[str, Any]
) -> tuple[StoredFile, Understanding]:
    store = current_app.extensions["jianflow.files"]
    file = upload.own_file(connection(), store, file_id, viewer().member_id)
    targets = Targets.of(live, form, viewer())
    return file, understand(upload.preview_of(store, file), targets, ImportMapping.read(mapping))


def _mapping(understood: Understanding) -> dict[str, Any]:
    return understood.mapping.json() | {"sheet": understood.sheet, "header_row": understood.header.row}


def _match_fields(live: LiveApp, form: Form) -> list[tuple[str, str]]:
    """What existing records may be found by, as far as it may be read: unique fields first."""
    seen, targets = access_for(live, form, viewer()).fields(), Targets.of(live, form, viewer())
    fields = [
        one for one in seen if one.kind.unique_possible and not one.kind.computed and targets.finds(one)
    ]
    return [(one.key, one.name()) for one in sorted(fields, key=lambda one: one.unique is None)]


def _own(job: jobs.Job) -> jobs.Job:
    if job.member_id != viewer().member_id and not viewer().administrator:
        raise NotFound(Text("没有这次导入", "There is no such import"))
    return job
