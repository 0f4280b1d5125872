"""The roles of an app as the pages show them: their order, and each as it is in effect."""

from builders.permissions.role_form import name_of
from engine.access.viewer import EVERYONE
from engine.definitions import drafts
from engine.definitions.model import Current, LiveApp
from engine.platform.errors import NotFound
from engine.platform.i18n import Text
from engine.web.shell.opened import connection

KIND = "roles"


def role_keys(live: LiveApp) -> list[str]:
    """The keys of the roles, by name; the one that everybody has comes last."""
    documents = live.documents.get(KIND, {})
    return sorted(documents, key=lambda key: (key == EVERYONE, in_pinyin(name_of(documents[key], key))))


def current_role(live: LiveApp, role: str) -> Current:
    """A role to edit: as it is in effect; what somebody drafted of it stays theirs."""
    if role not in live.documents.get(KIND, {}):
        raise NotFound(Text("没有角色“{role}”", "There is no role “{role}”", role=role))
    return drafts.get(connection(), live.app.key, KIND, role, state="live")


def drafted(live: LiveApp) -> set[str]:
    """The keys of the roles of which somebody has an open draft."""
    return {one.key for one in drafts.all_drafts(connection(), live.app.key) if one.kind == KIND}


def in_pinyin(name: str) -> list[str]:
    """A name as it is spelled, syllable by syllable."""
    from pypinyin import lazy_pinyin  # only here: its tables would be loaded at every start

    return lazy_pinyin(name)
