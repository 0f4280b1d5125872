"""What buttons do: each kind of action a file; importing this makes all of them known."""

from engine.actions import every

__all__ = ["every"]
