"""The inputs of a form as a browser would send them, read from its page."""

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict


class _Inputs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._templates = 0
        self._inside = False
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "template":
            self._templates += 1
        elif tag == "form" and "record-form" in (given.get("class") or ""):
            self._inside = True
        elif self._templates or not self._inside:
            return
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given and self._select:
            self.found.append((self._select, value))
        elif tag == "textarea":
            self._area = name
        elif (
            tag == "input" and name and (given.get("type") not in ("radio", "checkbox") or "checked" in given)
        ):
            self.found.append((name, value))

    def handle_data(self, data: str) -> None:
        if self._area and not self._templates:
            self.found.append((self._area, data))
            self._area = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._templates -= 1
        elif tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


def inputs(page: str) -> MultiDict[str, str]:
    """What the record's form on this page would send."""
    reader = _Inputs()
    reader.feed(page)
    return MultiDict(reader.found)
