"""No file names a package registry or its mirror, so that an installation follows its machine's settings."""

import re
from collections.abc import Iterator

from checks.tree import files, lines, place

HOSTS = [
    "py" + "pi.org",
    "files.python" + "hosted.org",
    "registry.npm" + "js.org",
    "npm" + "mirror.com",
    "registry.yarn" + "pkg.com",
    "mirrors.ali" + "yun.com",
    "tuna.tsing" + "hua.edu.cn",
]
OPTIONS = re.compile(r"^\s*(--index-url|--extra-index-url|--find-links|-i\s|-f\s)")


def findings() -> Iterator[str]:
    """Where a registry's host or an index option stands."""
    named = re.compile("|".join(re.escape(host) for host in HOSTS))
    for path in files():
        for number, line in lines(path):
            if named.search(line):
                yield f"{place(path, number)}: names a package registry"
            elif path.name.startswith("requirements") and OPTIONS.match(line):
                yield f"{place(path, number)}: an option for one index"
            elif path.name == "package-lock.json" and '"resolved":' in line:
                yield f"{place(path, number)}: an address in the lock file"
