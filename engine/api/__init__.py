"""The REST API: one module a resource, each with a `blueprint`; none has rules of its own."""

import importlib
import pkgutil

from flask import Blueprint, Flask

from engine.api import authentication, problems

PREFIX = "/api/v1"


def init_app(app: Flask) -> None:
    """Put every resource below `/api/v1`, behind the key check, with problem documents as errors."""
    for blueprint in resources():
        app.register_blueprint(blueprint, url_prefix=PREFIX)
    authentication.init_app(app, PREFIX)
    problems.init_app(app, PREFIX)


def resources() -> list[Blueprint]:
    """The blueprints of all modules in this package, in the order of their names."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    )
    return [module.blueprint for module in modules if hasattr(module, "blueprint")]
