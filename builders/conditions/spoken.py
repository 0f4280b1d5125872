"""A condition as people read it: whole, part by part, and what is wrong with each part."""

from collections.abc import Mapping
from typing import Any

from engine.conditions import Chip, FormScope, check, to_words
from engine.conditions.paths import currents
from engine.conditions.words import top_parts
from engine.fields.base import Directory
from engine.fields.form import Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text


class Spoken:
    """Says conditions over a form; `current` is the form that is being filled while they are asked."""

    def __init__(
        self, form: Form, current: Form | None, inside: str | None, directory: Directory | None
    ) -> None:
        self.scope = FormScope(form)
        self.current = current
        self.row = current.field(inside) if current and inside else None
        self.directory = directory

    def say(self, where: Mapping[str, Any] | None) -> dict[str, Any]:
        """The sentence, its parts as they stand at the top of the condition, and the faults by place."""
        faults = [*check(where, self.scope), *self._unknown_currents(where)]
        return {
            "sentence": self._sentence(where),
            "parts": [self._part(part) for part in top_parts(where)[1]],
            "faults": [
                {"pointer": one.pointer, "code": one.code, "message": str(one.message)} for one in faults
            ],
        }

    def _sentence(self, where: Any) -> str:
        return " ".join(str(part) for part in self._words(where))

    def _words(self, where: Any) -> list[Chip | str]:
        return to_words(where, self.scope, None, self.directory, self._current_name)

    def _part(self, where: Any) -> dict[str, str]:
        words = self._words(where)
        if len(words) == 1 and isinstance(words[0], Chip):
            chip = words[0]
            return {"field": chip.field, "text": f"{chip.operator} {chip.value}".strip()}
        return {"field": "", "text": " ".join(map(str, words))}

    def _current_name(self, key: str) -> str:
        if self.current is None:
            return key
        if key == "id":
            return str(Text("本条记录", "this record"))
        steps = FormScope(self.current, self.row).resolve(key)
        return " · ".join(step.name() for step in steps) if steps else key

    def _unknown_currents(self, where: Any) -> list[Fault]:
        asked = sorted(currents(where)) if where else []
        if asked and self.current is None:
            message = Text("这里没有正在填写的表单", "No form is being filled here")
            return [Fault("", "no_current", message)]
        return [
            Fault("", "unknown_field", Text("没有字段“{path}”", "There is no field “{path}”", path=key[:100]))
            for key in asked
            if self.current and FormScope(self.current, self.row).resolve(key) is None
        ]
