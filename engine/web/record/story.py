"""What happened to a record: what people said and what was changed, in one stream, the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from engine.records.writing.comments import Comment
from engine.records.writing.history import Change

_EARLIEST = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Line:
    """A comment or a change, with who and when, as far as the reader may know."""

    at: datetime | None
    author: str | None
    comment: Comment | None = None
    change: Change | None = None


def story_lines(comments: Sequence[Comment], changes: Sequence[Change]) -> list[Line]:
    """Both in one stream; changes whose time is hidden stand below, for their place would tell it."""
    lines = [Line(one.at, str(one.author.title) if one.author else None, comment=one) for one in comments]
    lines += [Line(one.at, one.author_name, change=one) for one in changes]
    return sorted(lines, key=lambda one: one.at or _EARLIEST, reverse=True)
