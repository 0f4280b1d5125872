"""A machine without a browser or a Redis, where nothing may be installed, hears what to install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.start.product import ROOT

WITHOUT = """
import os, sys
from tests import machine
os.geteuid = lambda: 1000  # somebody who may install nothing
machine.CHROMIUM_NAMES = ("a-browser-that-nobody-has",)
try:
    print(machine.chromium())
except machine.Missing as missing:
    sys.exit(str(missing))
"""


def test_where_chromium_is_missing_and_may_not_be_installed_it_is_said_what_to_install() -> None:
    asked = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert asked.returncode == 1
    assert "The tests need Chromium" in asked.stderr and "apt-get install chromium" in asked.stderr
    assert "Traceback" not in asked.stderr


@pytest.mark.parametrize("program", ["redis-server", "chromium"])
def test_what_the_machine_has_is_used(tmp_path: Path, program: str) -> None:
    """A program that stands first on the path is taken, and nothing is installed beside it."""
    own = tmp_path / program
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    name = program.replace("-", "_")
    asked = subprocess.run(
        [sys.executable, "-c", f"from tests import machine; print(machine.{name}())"],
        cwd=ROOT, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert asked.stdout.strip() == str(own), asked.stderr
