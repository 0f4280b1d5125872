"""Importing this makes every kind of rule known that has a file here."""

import importlib
import pkgutil
from pathlib import Path

for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
    if module.name != "every":
        importlib.import_module(f"engine.records.writing.rules.{module.name}")
