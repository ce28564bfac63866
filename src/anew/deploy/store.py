"""The model store: every model that anew keeps, by name, each file stored once by the SHA-256 of its content.

    blobs/ab/ab12…           a file's bytes                manifests/12cd….json   a model: relative name -> blob
    names/digits.json        a name -> its model, and the models it named before; or an alias of a name
    folders/12cd…/           a model laid out for reading, its files linked to the blobs
    digests.json             blobs that were found whole, and how they looked then: see data/digests.py

Blobs are written first, then the manifest, the name last, each by temp + fsync + rename: a killed process leaves at
most bytes that nothing names, which `gc` frees. A model's id is the SHA-256 of its manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from anew.data.digests import Digests
from anew.data.files import atomic_folder, sync_folder, write_atomic
from anew.data.home import home
from anew.data.manifest import canonical
from anew.deploy.blobs import DIGEST, PIECE, Blobs, is_file_value
from anew.deploy.intake import Offer, check_name, offers_of, open_plain
from anew.deploy.publishing import require_to_publish
from anew.errors import AnewError, Damaged, NotFound, Refused, nearest
from anew.recipe import NAME

try:
    import fcntl
except ImportError:  # Windows: one writer at a time is then up to the person
    fcntl = None  # type: ignore[assignment]

SPARE = 64 << 20  # bytes of disk left free


@dataclass(frozen=True)
class Entry:
    """A stored model as lists show it. `versions`: ids that the name stood for, the present one first."""

    name: str
    id: str
    bytes: int
    files: dict[str, dict[str, Any]]
    aliases: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Problem:
    """Something in the store that is not as it was written."""

    model: str
    file: str
    what: str


Entries: TypeAlias = list[Entry]  # in Store, `list` is the verb
Problems: TypeAlias = list[Problem]
Refs: TypeAlias = list[str]


class Store:
    """A model store in a folder; by default that of ANEW_HOME."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or home() / "models"
        self.blobs, self.manifests = Blobs(self.root / "blobs"), self.root / "manifests"
        self.names, self.folders = self.root / "names", self.root / "folders"
        self.digests = Digests(self.root / "digests.json")

    # -------------------------------------------------------------------------------------------- putting in

    def add(self, source: Path, name: str | None = None) -> Entry:
        """Take in a model's folder or zip under a name (its recipe's by default). What the name stood for before
        stays as an older version. Refused for anything that is not plainly a model."""
        with offers_of(source) as offers, self._lock(shared=True):
            model, recipe = self._take(offers)
            named = str(recipe.get("name", "")) if name is None else name
            self._name(check(named), model)
        return self.show(named)

    def pull(self, ref: str, source: Path | str, name: str | None = None) -> Entry:
        """Take a model from elsewhere on this machine: another store (or its ANEW_HOME), an exported folder or a zip;
        a path or a file: URL. Each blob is checked against the manifest that names it. NoConsent: a voice that the
        other store may not give away."""
        path = local_path(source)
        other = next((Store(p) for p in (path, path / "models") if (p / "names").is_dir()), None)
        if other is None:
            return self.add(path, name or ref)
        entry = other.show(ref)
        require_to_publish(lambda file: other._file(entry, file), entry.name)
        for file in entry.files:
            check_name(file, str(source))
        offers = {f: Offer(v["bytes"], lambda v=v: open_plain(other.blobs.path(v))) for f, v in entry.files.items()}  # type: ignore[misc]
        with self._lock(shared=True):
            model, _ = self._take(offers)
            if model != entry.id:
                problems = other.verify(ref)
                raise Damaged(f"{path}: {ref} is damaged: {problems[0].file if problems else 'its manifest'}")
            self._name(check(name or entry.name), model)
        return self.show(name or entry.name)

    def alias(self, ref: str, alias: str) -> Entry:
        """A further name for a name: it follows when the name gets a new version."""
        entry = self.show(ref)
        known = self._names().get(check(alias))
        if known is not None and "alias_of" not in known:
            raise Refused(f"{alias!r} is a model's own name", next_command=f"anew models rm {alias}")
        if alias != entry.name:
            with self._lock("names.lock"):
                self._write(self.names / f"{alias}.json", {"alias_of": entry.name})
        return self.show(alias)

    def _take(self, offers: Mapping[str, Offer]) -> tuple[str, dict[str, Any]]:
        """Blobs and manifest of the files on offer; the model's id and its recipe."""
        import tomllib

        declared = sum(offer.size for offer in offers.values())
        self.root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.root).free - SPARE
        if declared > free:
            raise Refused(
                f"the model takes {declared:,} bytes and the disk has {free:,}", next_command="anew models gc"
            )
        files = {name: self.blobs.put(name, offer) for name, offer in sorted(offers.items())}
        content = canonical({"files": files, "format": 1})
        model = hashlib.sha256(content).hexdigest()
        self.manifests.mkdir(parents=True, exist_ok=True)
        write_atomic(self.manifests / f"{model}.json", content)
        return model, tomllib.loads(self.blobs.path(files["recipe.toml"]).read_text("utf-8"))

    def _name(self, name: str, model: str) -> None:
        with self._lock("names.lock"):
            known = self._names().get(name, {})
            if "alias_of" in known:
                raise Refused(
                    f"{name!r} is an alias of {known['alias_of']!r}", next_command=f"anew models rm {name}, then again"
                )
            versions = [model, *(v for v in known.get("versions", []) if v != model)]
            self._write(self.names / f"{name}.json", {"versions": versions})

    # -------------------------------------------------------------------------------------------- looking up

    def list(self) -> Entries:
        """Every named model; one that cannot be read is left to `verify`."""
        made = []
        for name, values in self._names().items():
            if "versions" in values:
                try:
                    made.append(self.show(name))
                except Damaged:
                    continue
        return made

    def show(self, ref: str) -> Entry:
        """The model that a name, an alias, NAME@ID or an id's beginning (8 letters or more) stands for."""
        names = self._names()
        wanted, _, version = ref.partition("@")
        name = names.get(wanted, {}).get("alias_of", wanted)
        versions: Refs = names.get(name, {}).get("versions", [])
        if not versions and re.fullmatch(r"[0-9a-f]{8,64}", wanted):
            name, version = next(((n, wanted) for n, v in names.items() if any_of(v, wanted)), (name, ""))
            versions = names.get(name, {}).get("versions", [])
        found = [v for v in versions if v.startswith(version)]
        if not found:
            raise NotFound(f"no model is called {ref!r}{nearest(wanted, names)}", next_command="anew models list")
        files = self._manifest(found[0], name)
        aliases = sorted(n for n, v in names.items() if v.get("alias_of") == name)
        return Entry(name, found[0], sum(f["bytes"] for f in files.values()), files, aliases, versions)

    def read(self, entry: Entry, file: str) -> bytes:
        """One file of a model, checked; NotFound when the model has none of that name."""
        if file not in entry.files:
            raise NotFound(f"{entry.name} has no {file}", next_command=f"anew models show {entry.name}")
        content = self.blobs.read(entry.files[file])
        if content is None:
            raise damaged(entry, file)
        return content

    def _file(self, entry: Entry, file: str) -> bytes:
        return self.read(entry, file) if file in entry.files else b""

    def folder(self, ref: str) -> Path:
        """The model laid out as a folder, whose files are links to the blobs (copies where the disk has no links).
        Damaged names a file whose content has changed; one that nobody touched since it was read is not read again."""
        entry = self.show(ref)
        path = self.folders / entry.id
        for file, value in entry.files.items():
            if self.blobs.fault(value, self.digests.of) is not None:
                raise damaged(entry, file)
        if not self._laid_out(entry, path):
            with self._lock(shared=True), self._lock("folders.lock"), atomic_folder(path) as made:
                self._lay_out(entry, made, os.link)
        return path

    def export(self, ref: str, target: Path) -> Path:
        """Copy a model out: to a folder or, where the name ends in .zip, to a zip, whose bytes are always the same.
        NoConsent: a voice that may not be given to others."""
        from zipfile import ZIP_STORED, ZipFile, ZipInfo

        entry, source = self.show(ref), self.folder(ref)
        require_to_publish(lambda file: self._file(entry, file), entry.name)
        if target.exists() and (target.is_file() or any(target.iterdir())):
            raise Refused(f"{target} is there already", next_command=f"anew models export {ref} ANOTHER")
        if target.suffix != ".zip":
            with atomic_folder(target) as made:
                self._lay_out(entry, made, shutil.copyfile)
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.partial")
        with ZipFile(partial, "w", ZIP_STORED) as archive:
            for file in sorted(entry.files):
                info = ZipInfo(file, (1980, 1, 1, 0, 0, 0))
                info.external_attr = 0o644 << 16
                with open(source / file, "rb") as origin, archive.open(info, "w", force_zip64=True) as copy:
                    shutil.copyfileobj(origin, copy, PIECE)
        os.replace(partial, target)
        return target

    # -------------------------------------------------------------------------------------------- keeping whole

    def verify(self, ref: str | None = None) -> Problems:
        """Hash every blob of a model, or of all models and versions; each that is missing or changed is named."""
        problems = []
        names = self._names()
        wanted = (
            [(e.name, [e.id]) for e in [self.show(ref)]]
            if ref
            else [(name, values["versions"]) for name, values in names.items() if "versions" in values]
        )
        for name, versions in wanted:
            for version in versions:
                try:
                    files = self._manifest(version, name)
                except Damaged as error:
                    problems.append(Problem(name, f"manifests/{version}.json", error.message))
                    continue
                states = ((file, self.blobs.fault(value)) for file, value in files.items())
                problems += [Problem(name, file, state) for file, state in states if state is not None]
        if ref is None:
            lost = [(n, v["alias_of"]) for n, v in names.items() if "alias_of" in v and v["alias_of"] not in names]
            problems += [Problem(n, f"names/{n}.json", f"an alias of {of!r}, which is not there") for n, of in lost]
        return problems

    def remove(self, ref: str) -> Refs:
        """Forget an alias, a version (NAME@ID) or a model with its aliases; what went. `gc` frees the bytes."""
        with self._lock("names.lock"):
            if "alias_of" in self._names().get(ref, {}):
                gone = [ref]
            else:
                entry = self.show(ref)
                rest = [v for v in entry.versions if v != entry.id] if "@" in ref else []
                if rest:
                    self._write(self.names / f"{entry.name}.json", {"versions": rest})
                    return [ref]
                gone = [*entry.aliases, entry.name]
            for name in gone:
                (self.names / f"{name}.json").unlink(missing_ok=True)
            sync_folder(self.names)
        return gone

    def gc(self) -> int:
        """Free what no name leads to: manifests, blobs, folders and leftovers of killed writers. Bytes freed. Waits
        for writers that are under way."""
        freed = 0
        if not self.root.is_dir():
            return 0
        with self._lock(), self._lock("names.lock"):
            for path in [*self.names.glob(".*.partial")] if self.names.is_dir() else []:
                path.unlink()
            kept = {v for values in self._names().values() for v in values.get("versions", [])}
            blobs = {f["sha256"] for v in kept for f in self._manifest(v, v).values()}
            for path in [*self.folders.glob("*")] if self.folders.is_dir() else []:
                if path.name not in kept:
                    shutil.rmtree(path, ignore_errors=True)
            for folder, keep in ((self.manifests, {f"{v}.json" for v in kept}), (self.blobs.root, blobs)):
                for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
                    if path.is_file() and path.name not in keep:
                        freed += path.stat().st_size
                        path.unlink()
        return freed

    # -------------------------------------------------------------------------------------------- inside

    def _manifest(self, model: str, name: str) -> dict[str, dict[str, Any]]:
        path = self.manifests / f"{model}.json"
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != model:
            what = "has changed" if content else "is missing"
            raise Damaged(f"{name}: its manifest {path} {what}", next_command=f"anew models rm {name}")
        values = json.loads(content)
        files: dict[str, dict[str, Any]] = values.get("files", {}) if isinstance(values, dict) else {}
        if not files or not all(is_file_value(value) for value in files.values()):
            raise Damaged(f"{name}: {path} is not a model's manifest", next_command=f"anew models rm {name}")
        return files

    def _names(self) -> dict[str, dict[str, Any]]:
        """name -> {"versions": […]} or {"alias_of": name}, sorted."""
        made: dict[str, dict[str, Any]] = {}
        for path in sorted(self.names.glob("*.json")) if self.names.is_dir() else []:
            try:
                values = json.loads(path.read_bytes())
            except FileNotFoundError:
                continue  # removed meanwhile
            except ValueError:
                values = None
            if not is_name_value(values):
                raise Damaged(f"{path}: does not name a model", next_command=f"rm {path}, then import the model again")
            made[path.stem] = values
        return made

    def _laid_out(self, entry: Entry, path: Path) -> bool:
        """Whether the folder holds just the model's files, as links or as copies that are still the same."""
        there = {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()} if path.is_dir() else None
        if there != set(entry.files):
            return False
        pairs = ((path / file, self.blobs.path(v), v["sha256"]) for file, v in entry.files.items())
        return all(os.path.samefile(a, b) or self.digests.of(a) == digest for a, b, digest in pairs)

    def _lay_out(self, entry: Entry, folder: Path, put: Any) -> None:
        for file, value in entry.files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            try:
                put(self.blobs.path(value), folder / file)
            except OSError:
                shutil.copyfile(self.blobs.path(value), folder / file)

    def _write(self, path: Path, values: Any) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, canonical(values))

    @contextmanager
    def _lock(self, name: str = "lock", shared: bool = False) -> Iterator[None]:
        """Hold the store's lock; the system lets go of it when a process dies."""
        self.root.mkdir(parents=True, exist_ok=True)
        with open(self.root / name, "ab") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            yield


def is_name_value(values: Any) -> bool:
    """Whether a name's file says what the name stands for."""
    if not isinstance(values, dict):
        return False
    versions = values.get("versions", [])
    listed = isinstance(versions, list) and all(isinstance(v, str) and DIGEST.fullmatch(v) for v in versions)
    return listed and (bool(versions) or isinstance(values.get("alias_of"), str))


def check(name: str) -> str:
    """The name, or Refused when it is not one."""
    if not re.fullmatch(NAME, name):
        raise Refused(f"{name!r} is no name for a model: lower-case letters, digits, '.', '_' and '-'")
    return name


def local_path(source: Path | str) -> Path:
    """The path that a path or a file: URL names. Refused for any other URL, since anew fetches nothing by itself."""
    from urllib.parse import unquote, urlsplit

    if isinstance(source, Path) or "://" not in source:
        return Path(source).expanduser()
    parts = urlsplit(source)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        raise Refused(f"{source}: models come from a path or a file: URL, not over a network")
    return Path(unquote(parts.path))


def any_of(values: Mapping[str, Any], beginning: str) -> bool:
    return any(v.startswith(beginning) for v in values.get("versions", []))


def damaged(entry: Entry, file: str) -> AnewError:
    return Damaged(f"{entry.name}: {file} is damaged in the store", next_command=f"anew models verify {entry.name}")
