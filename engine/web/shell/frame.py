"""The frame around each page: the app's navigation, the person, unread notices."""

from dataclasses import dataclass, field

from flask import Flask, g, request, url_for

from engine.access.grants import grants
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.platform import notices
from engine.platform.i18n import Text, label_text
from engine.web.shell.accents import DEFAULT, accent
from engine.web.shell.opened import close_connection, connection
from templates_gallery import gallery


@dataclass(frozen=True)
class Item:
    """One place in the navigation."""

    key: str
    label: str
    icon: str
    url: str
    active: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Group:
    """A labelled run of items."""

    label: str
    items: list[Item]


@dataclass(frozen=True)
class Frame:
    """What layout/base.html draws around a page."""

    member: Viewer | None
    app: LiveApp | None = None
    app_name: str = ""
    app_url: str = "/"
    navigation: list[Group] = field(default_factory=list)
    unread: int = 0
    can_design: bool = False
    links: list[Item] = field(default_factory=list)
    sample_data: bool = False
    accent: str | None = None


def init_app(app: Flask) -> None:
    """Offer `frame` to every template."""

    @app.context_processor
    def offer() -> dict[str, Frame]:
        return {"frame": current_frame()}

    app.teardown_request(close_connection)


def current_frame() -> Frame:
    """The frame of this request; made once."""
    if "frame" not in g:
        g.frame = _frame()
    return g.frame


def _frame() -> Frame:
    viewer = getattr(g, "viewer", None)
    if viewer is None:
        return Frame(None)
    unread = 0 if viewer.lent else notices.unread(connection(), viewer.member_id)
    live = getattr(g, "live", None)
    if live is None:
        return Frame(viewer, navigation=organization_navigation(), unread=unread, links=links())
    document = live.documents["app"]["app"]
    designs = viewer.designs(live)
    return Frame(
        viewer,
        app=live,
        app_name=label_text(document["name"]),
        app_url=url_for("apps.landing", app_key=live.app.key),
        navigation=[*([] if viewer.lent else [Group("", [home()])]), *navigation(live, viewer)],
        unread=unread,
        can_design=designs,
        accent=None if accent(document.get("accent")) == DEFAULT else accent(document.get("accent")),
        sample_data=designs
        and bool(live.app.template_key)
        and gallery.has_sample_data(connection(), live.app.key),
        links=[*app_links(live, viewer), *links()],
    )


def app_links(live: LiveApp, viewer: Viewer) -> list[Item]:
    """What one who may change the app finds in one's menu while in it."""
    if not viewer.designs(live):
        return []
    base = f"/a/{live.app.key}"
    return [
        _place("new_form", Text("新建表单", "New form"), "plus", f"{base}/new-form"),
        _place("roles", Text("角色与权限", "Roles and permissions"), "user-shield", f"{base}/roles"),
        _place(
            "navigation", Text("导航与外观", "Navigation and looks"), "layout-sidebar", f"{base}/navigation"
        ),
    ]


def organization_navigation() -> list[Group]:
    """What stands at the left outside any app."""
    return [Group("", [home(), *links()])]


def home() -> Item:
    """The page that all apps are reached from; on a phone nothing else leads there."""
    return _place("home", Text("工作台", "Home"), "home", "/")


def links() -> list[Item]:
    """What one's own menu leads to, wherever one is."""
    return [
        _place("members", Text("成员", "Members"), "users", "/members"),
        _place("departments", Text("部门", "Departments"), "building", "/departments"),
        _place("me", Text("我的设置", "My settings"), "settings", "/me"),
    ]


def navigation(live: LiveApp, viewer: Viewer) -> list[Group]:
    """The app's groups with the forms that this viewer may read; forms in no group come last."""
    readable = {key for key in live.forms if grants(live, viewer, key, "read")}
    groups: list[Group] = []
    seen: set[str] = set()
    for group in live.documents["app"]["app"].get("navigation", []):
        items = [item for item in group.get("items", []) if item.get("form") in readable]
        seen.update(item["form"] for item in items)
        if items:
            shown = [_item(live, item["form"], item.get("icon")) for item in items]
            groups.append(Group(label_text(group.get("label")), shown))
    rest = [key for key in live.forms if key in readable - seen]
    if rest:
        groups.append(Group("", [_item(live, key) for key in rest]))
    return groups


def _place(key: str, label: Text, icon: str, url: str) -> Item:
    active = request.path == url or (url != "/" and request.path.startswith(f"{url}/"))
    return Item(key, str(label), icon, url, active)


def _item(live: LiveApp, form_key: str, icon: str | None = None) -> Item:
    form = live.form(form_key)
    return Item(
        key=form_key,
        label=form.name(),
        icon=icon or form.document.get("icon", "table"),
        url=f"/a/{live.app.key}/{form_key}",
        active=(request.view_args or {}).get("form_key") == form_key,
    )
