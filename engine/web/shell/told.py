"""What a page says about a refused form: the sentence on top, and the faults beside their inputs."""

from dataclasses import dataclass, field

from engine.platform.errors import Refusal


@dataclass(frozen=True)
class Told:
    """A refusal as a page shows it."""

    message: str = ""
    faults: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, refusal: Refusal) -> "Told":
        """The faults by the name of their input (`/also_in/0` belongs to `also_in`)."""
        faults: dict[str, list[str]] = {}
        for fault in refusal.faults:
            faults.setdefault(fault.pointer.strip("/").partition("/")[0], []).append(str(fault.message))
        return cls(str(refusal.message), faults)
