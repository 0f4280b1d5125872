"""Everything a user makes: documents, drafts, versions, publishing, packages. Its own kinds register themselves."""

from engine.definitions import app_kind, form_kind, role_kind

__all__ = ["app_kind", "form_kind", "role_kind"]
