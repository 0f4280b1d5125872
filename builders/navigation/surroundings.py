"""What an app's navigation is made of: its forms with their views, its roles, and the icons and colours there are."""

from typing import Any

from builders.permissions.role_form import name_of
from builders.permissions.roles_shown import role_keys
from engine.access.viewer import EVERYONE
from engine.definitions.model import LiveApp
from engine.platform.i18n import label_text
from engine.web.shell.accents import ACCENTS

ICONS = (
    "table", "building", "users", "user", "address-book", "message", "target-arrow", "file-text", "file-invoice",
    "coin", "credit-card", "shopping-cart", "package", "box", "truck", "calendar-event", "checklist", "headset",
    "bell", "map-pin", "tool", "school", "heart", "star", "briefcase", "chart-bar", "chart-line", "wallet", "folder",
    "home", "bulb", "flag", "trophy", "gift", "phone", "mail", "world", "shield", "book", "calculator",
)  # fmt: skip


def surroundings(live: LiveApp) -> dict[str, Any]:
    """All of it, labelled in the language that is spoken."""
    roles = live.documents.get("roles", {})
    return {
        "forms": [
            {
                "key": form.key,
                "label": form.name(),
                "icon": form.document.get("icon", "table"),
                "views": [
                    {"key": view["key"], "label": label_text(view.get("name")) or view["key"]}
                    for view in form.document.get("views") or ()
                ],
            }
            for form in live.forms.values()
        ],
        "roles": [
            {"key": key, "label": name_of(roles[key], key)} for key in role_keys(live) if key != EVERYONE
        ],
        "icons": list(ICONS),
        "accents": [{"name": name, "value": value} for name, value in ACCENTS.items()],
    }
