"""What happened to a record: what people said and what was changed, in one stream, the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.records.writing.comments import Comment
from engine.records.writing.history import Change


@dataclass(frozen=True)
class Line:
    """A comment or a change, with who and when."""

    at: datetime
    author: str | None
    comment: Comment | None = None
    change: Change | None = None


def story_lines(comments: Sequence[Comment], changes: Sequence[Change]) -> list[Line]:
    """Both in one stream."""
    lines = [Line(one.at, str(one.author.title) if one.author else None, comment=one) for one in comments]
    lines += [Line(one.at, one.author_name, change=one) for one in changes]
    return sorted(lines, key=lambda one: one.at, reverse=True)
