"""`python -m checks.lock`: writes the lock files of Python's packages, for every system and for Python 3.11 and newer."""

import subprocess
import sys

from checks.tree import ROOT

for name in ("requirements", "requirements-dev"):
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version",
        "3.11.0",
    ]
    command += ["--generate-hashes", "--no-annotate", "--custom-compile-command", "make lock"]
    subprocess.run([*command, f"{name}.in", "--output-file", f"{name}.txt"], cwd=ROOT, check=True)
