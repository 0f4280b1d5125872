"""The one place of a form: a top bar with its tabs, around whatever the chosen tab shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for

from builders.forms.draft import Designed
from engine.platform.i18n import Text, label_text
from engine.web.shell.opened import viewer

Count = Callable[[Mapping[str, Any]], int]


@dataclass(frozen=True)
class Tab:
    """A tab of the place: `endpoint` is a page that takes `app_key` and `form_key`; `count` goes behind the label."""

    key: str
    label: Text
    icon: str
    endpoint: str
    order: int
    count: Count | None = None


TABS: dict[str, Tab] = {}


def register_tab(
    key: str, label: Text, icon: str, endpoint: str, order: int, *, count: Count | None = None
) -> None:
    """Hang a tab into the designer; the same key again replaces it."""
    TABS[key] = Tab(key, label, icon, endpoint, order, count)


def tabs() -> list[Tab]:
    """The tabs from left to right."""
    return sorted(TABS.values(), key=lambda tab: (tab.order, tab.key))


def counts(document: Mapping[str, Any]) -> dict[str, int]:
    """What stands behind the labels of the tabs that count something."""
    return {tab.key: tab.count(document) for tab in tabs() if tab.count}


def page(template: str, designed: Designed, tab: str, **more: Any) -> str:
    """A tab's page: a template that extends `forms/shell.html` and fills its block `designer`."""
    document = designed.current.document
    base = f"/a/{designed.app_key}/{designed.key}"
    counted = counts(document)
    shown = [
        {
            "key": one.key,
            "label": str(one.label),
            "icon": one.icon,
            "url": url_for(one.endpoint, app_key=designed.app_key, form_key=designed.key),
            "count": counted.get(one.key, 0),
        }
        for one in tabs()
    ]
    return render_template(
        template,
        live=designed.live,
        designed=designed,
        form_key=designed.key,
        form_name=label_text(document.get("name")) or designed.key,
        base=base,
        design_url=f"{base}/design",
        back_url=base if designed.published is not None else f"/a/{designed.app_key}",
        tabs=shown,
        tab=tab,
        change_count=len(designed.changes),
        is_new=designed.published is None,
        designer=viewer(),
        **more,
    )
