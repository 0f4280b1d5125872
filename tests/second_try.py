"""Tries once more, alone, what failed in the browser beside other tests: what fails twice fails the run.

A journey waits for a page on a machine that does other work too, and can run out of patience without any fault
of the page. Nothing else gets a second try, and both outputs stay in the log, so that a journey which often needs
one is seen and mended.
"""

import json
import os
import sys
from pathlib import Path

FAILED = Path(".pytest_cache/v/cache/lastfailed")
FEW = 3
"""More than these is no bad luck."""


def main() -> int:
    """Run the failed journeys alone in place of this process; 1 at once where something else failed too."""
    failed = list(json.loads(FAILED.read_text())) if FAILED.exists() else []
    if not failed or len(failed) > FEW or not all(one.startswith("tests/journeys/") for one in failed):
        return 1
    print(f"Second try, alone: {', '.join(failed)}", flush=True)
    alone = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:xdist",
        "--last-failed",
        "--last-failed-no-failures",
        "none",
    ]
    os.execv(sys.executable, alone)


if __name__ == "__main__":
    sys.exit(main())
