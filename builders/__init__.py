"""The designers: one folder each, with `routes.py`, `templates/` and `assets/`."""

import importlib
import pkgutil

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the blueprint of every builder in this folder."""
    for found in pkgutil.iter_modules(__path__):
        if found.ispkg:
            app.register_blueprint(importlib.import_module(f"{__name__}.{found.name}.routes").blueprint)
