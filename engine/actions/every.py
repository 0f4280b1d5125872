"""Importing this makes every kind of action known that has a file here."""

import importlib
import pkgutil
from pathlib import Path

for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
    if module.name != "every":
        importlib.import_module(f"engine.actions.{module.name}")
