"""The files of the product as they are on disk, without what is built or installed."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def files() -> Iterator[Path]:
    """Every file that belongs to the repository, or would with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in sorted(set(listed.stdout.decode().split("\0"))):
        if name and (ROOT / name).is_file():
            yield ROOT / name


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file with their numbers; nothing for other files."""
    try:
        content = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    yield from enumerate(content.splitlines(), 1)


def place(path: Path, number: int) -> str:
    """A line as an editor opens it."""
    return f"{path.relative_to(ROOT)}:{number}"
