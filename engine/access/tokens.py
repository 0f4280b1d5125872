"""Secrets that are shown once and stored only as a hash: sessions, keys, invitation links."""

import hashlib
import secrets


def fresh() -> str:
    """A new secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of it; with 256 random bits a plain SHA-256 can't be guessed back."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
