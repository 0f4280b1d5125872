"""The first steps in a new app: what to do next, ticked as it is done, until it is put away."""

from dataclasses import dataclass

from flask import Response, after_this_request, request

from engine.access import first_steps
from engine.exchange.import_job import IMPORT
from engine.platform.i18n import Text
from engine.web.shell.frame import current_frame, navigation
from engine.web.shell.opened import connection
from templates_gallery import gallery

SEEN = "first_steps"
"""The cookie with the apps whose checklist this browser has shown unfolded."""
SEEN_FOR = 365 * 86400
APPS_SEEN = 30


@dataclass(frozen=True)
class Step:
    """One thing to do: a place to go to, or (`posts`) something done by pressing."""

    label: str
    icon: str
    url: str
    done: bool
    posts: bool = False


@dataclass(frozen=True)
class Checklist:
    """What is left to do in an app."""

    app_key: str
    steps: list[Step]
    unfolded: bool = False


def checklist() -> Checklist | None:
    """The checklist of the app one is in, until it is put away or all is done; unfolded the first time only."""
    frame = current_frame()
    if frame.member is None or frame.app is None or not frame.member.administrator:
        return None
    app = frame.app.app
    if not first_steps.are_open(connection(), app.id, frame.member.member_id):
        return None
    steps = []
    items = [item for group in navigation(frame.app, frame.member) for item in group.items]
    if items:
        label = Text("导入{form}", "Import: {form}", form=items[0].label)
        done = first_steps.has_succeeded(connection(), app.key, IMPORT)
        steps.append(Step(str(label), "upload", f"{items[0].url}/import", done))
    invited = first_steps.has_invited(connection(), frame.member)
    steps.append(Step(str(Text("邀请同事", "Invite colleagues")), "user-plus", "/members/invite", invited))
    if items and frame.can_design:
        added = first_steps.has_added_field(connection(), frame.app)
        steps.append(Step(str(Text("加字段", "Add a field")), "forms", f"{items[0].url}/design", added))
    if app.template_key and gallery.has_sample_data(connection(), app.key):
        label = Text("清除示例数据", "Remove the sample data")
        steps.append(Step(str(label), "trash", f"/a/{app.key}/sample-data/removal", False, posts=True))
    if all(step.done for step in steps):
        return None
    return Checklist(app.key, steps, _first_time(app.key))


def _first_time(app_key: str) -> bool:
    seen = [one for one in request.cookies.get(SEEN, "").split(".") if one]
    if app_key in seen:
        return False

    @after_this_request
    def remember(response: Response) -> Response:
        kept = ".".join([*seen, app_key][-APPS_SEEN:])
        response.set_cookie(SEEN, kept, max_age=SEEN_FOR, httponly=True, samesite="Lax")
        return response

    return True
