"""Moments as people say them: 刚刚, 5 分钟前, 昨天, 11-18."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, g

from engine.platform import clock
from engine.platform.i18n import say
from engine.platform.settings import DEFAULT_TIME_ZONE


def init_app(app: Flask) -> None:
    """Offer `ago` and `local_time` to the templates."""
    app.jinja_env.globals.update(ago=ago, local_time=local_time)


def ago(moment: datetime) -> str:
    """How long ago, as short as is clear; the day itself from the day before yesterday on."""
    zone = _zone()
    now, then = clock.now().astimezone(zone), moment.astimezone(zone)
    seconds = (now - then).total_seconds()
    days = (now.date() - then.date()).days
    if seconds < 60:
        return say("刚刚", "just now")
    if seconds < 3600:
        return say("{n} 分钟前", "{n} min ago", n=int(seconds // 60))
    if days == 0:
        return f"{then:%H:%M}"
    if days == 1:
        return say("昨天 {time}", "yesterday {time}", time=f"{then:%H:%M}")
    return f"{then:%m-%d}" if then.year == now.year else f"{then:%Y-%m-%d}"


def local_time(moment: datetime) -> str:
    """The moment on the organisation's clocks."""
    return f"{moment.astimezone(_zone()):%Y-%m-%d %H:%M}"


def _zone() -> ZoneInfo:
    viewer = getattr(g, "viewer", None)
    return ZoneInfo(viewer.time_zone if viewer else DEFAULT_TIME_ZONE)
