"""Apps as packages: a zip, or a folder, of one JSON file per definition, in and out."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import orjson
from sqlalchemy import Connection

from engine.definitions import checks, kinds, live, store
from engine.definitions.model import App, Document, Publication
from engine.definitions.package_files import PackageFile, fault, files_of, refused
from engine.platform import clock
from engine.platform.database import Database
from engine.platform.errors import Fault, Refusal
from engine.platform.i18n import Text

SAMPLE_DATA = "sample_data"
IGNORED = re.compile(r"(^|/)(\.[^/]*|__MACOSX(/.*)?|README[^/]*|LICENSE[^/]*|[^/]*\.pyc?)$", re.IGNORECASE)
_PLACE_IN_TEXT = re.compile(r"line (\d+) column (\d+)")


@dataclass(frozen=True)
class Package:
    """What a package holds: its documents, and the files of sample data as they are."""

    documents: Mapping[tuple[str, str], Document]
    sample_data: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def app(self) -> Document:
        """The app's own document."""
        return self.documents[("app", "app")]

    @property
    def key(self) -> str | None:
        """The key under which the package is known, such as `crm`."""
        return (self.app.get("package") or {}).get("key")

    @property
    def version(self) -> str | None:
        """The package's version."""
        return (self.app.get("package") or {}).get("version")


def read_package(source: Path | str | bytes) -> Package:
    """The package in a zip (its path or bytes) or in a folder; `Invalid` with every fault, each with its file."""
    files = _without_outer_folder(files_of(source))
    faults: list[Fault] = []
    documents: dict[tuple[str, str], Document] = {}
    sample_data: dict[str, bytes] = {}
    for file in files:
        if IGNORED.search(file.path):
            continue
        parts = PurePosixPath(file.path).parts
        if parts[0] == SAMPLE_DATA and len(parts) > 1:
            sample_data["/".join(parts[1:])] = file.content
            continue
        place = _place_of(file, faults)
        document = _document(file, faults) if place else None
        if place is None or document is None:
            continue
        faults.extend(_sound(file, place, document))
        documents[place] = {"key": place[1], **document}
    if ("app", "app") not in documents and not faults:
        what = Text("缺少 app.json，这不是应用包。", "There is no app.json: this is not an app package.")
        faults.append(fault("app.json", "missing", what))
    if faults:
        raise refused(faults)
    return Package(documents, sample_data)


def export_app(connection: Connection, app_key: str) -> bytes:
    """The app's live definitions as a zip in the layout of a template's folder."""
    now_live = live.load(connection, app_key)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for kind in kinds.all_kinds():
            for key, document in sorted(now_live.documents.get(kind.name, {}).items()):
                name = f"{kind.name}.json" if kind.only_key else f"{kind.name}/{key}.json"
                info = zipfile.ZipInfo(name, clock.now().timetuple()[:6])
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    return written.getvalue()


@dataclass(frozen=True)
class Installed:
    """The new app, and what follows its first publication."""

    app: App
    publication: Publication


def install(
    database: Database,
    package: Package,
    *,
    name: str | Mapping[str, str] | None = None,
    author: int | None = None,
    template: tuple[str, str] | None = None,
) -> App:
    """A new app from a package, under the next free key (`crm`, `crm_2` …).

    `template` is the key and version it is remembered to come from, by default what the package says of itself.
    """

    def work(connection: Connection) -> App:
        return install_in(connection, package, name=name, author=author, template=template).app

    return database.run(work)


def install_in(
    connection: Connection,
    package: Package,
    *,
    name: str | Mapping[str, str] | None = None,
    author: int | None = None,
    template: tuple[str, str] | None = None,
) -> Installed:
    """The same in a transaction of the caller's, who may add sample data to it."""
    documents: dict[tuple[str, str], Document | None] = dict(package.documents)
    if name:
        documents[("app", "app")] = {**package.app, "name": name if isinstance(name, str) else dict(name)}
    own = (package.key, package.version) if package.key and package.version else None
    app, publication = store.create_with(
        connection,
        documents,
        key_hint=package.key,
        author=author,
        template=template or own,
        as_installed=package.documents,
    )
    return Installed(app, publication)


def _without_outer_folder(files: list[PackageFile]) -> list[PackageFile]:
    """The files as if packed from inside, where somebody packed the folder as a whole."""
    paths = [file.path for file in files if not IGNORED.search(file.path)]
    folders = {path.split("/")[0] for path in paths}
    outer = f"{next(iter(folders), '')}/"
    if len(folders) != 1 or f"{outer}app.json" not in paths:
        return files
    return [
        PackageFile(file.path.removeprefix(outer), file.content)
        for file in files
        if file.path.startswith(outer)
    ]


def _place_of(file: PackageFile, faults: list[Fault]) -> tuple[str, str] | None:
    parts = PurePosixPath(file.path).parts
    stem = parts[-1].removesuffix(".json")
    known = {kind.name: kind for kind in kinds.all_kinds()}
    if parts[-1].endswith(".json"):
        if len(parts) == 1 and stem in known and known[stem].only_key:
            return stem, known[stem].only_key or stem
        if len(parts) == 2 and parts[0] in known and not known[parts[0]].only_key:
            return parts[0], stem
    if len(parts) > 1 and parts[0] not in known:
        what = Text("这里不支持“{folder}”。", "“{folder}” is not supported here.", folder=parts[0][:60])
        faults.append(fault(file.path, "unknown_kind", what))
    else:
        faults.append(fault(file.path, "unknown_file", Text("不认识的文件。", "This file is not known.")))
    return None


def _document(file: PackageFile, faults: list[Fault]) -> Document | None:
    try:
        document = orjson.loads(file.content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        faults.append(fault(file.path, "invalid_json", _where(str(error))))
        return None
    if not isinstance(document, dict):
        faults.append(
            fault(
                file.path, "wrong_type", Text("内容应当是一个 JSON 对象。", "It should hold one JSON object.")
            )
        )
        return None
    return document


def _where(said: str) -> Text:
    found = _PLACE_IN_TEXT.search(said)
    if found:
        return Text(
            "第 {line} 行第 {column} 个字符处不是正确的 JSON。",
            "It is not JSON at line {line}, character {column}.",
            line=found[1],
            column=found[2],
        )
    return Text("不是正确的 JSON。", "It is not JSON.")


def _sound(file: PackageFile, place: tuple[str, str], document: Document) -> Iterator[Fault]:
    try:
        checks.sound_document(*place, document)
    except Refusal as refusal:
        for one in refusal.faults or [Fault("", refusal.code, refusal.message)]:
            yield fault(file.path, one.code, one.message, one.pointer)
