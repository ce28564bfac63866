"""Stage 1. Sources -> records, each with its origin, licence and hash, in a folder of their own.

In: a file, folder or archive, or the name of a known data set. Out: records-*.parquet, removed.jsonl with what could
not be read and why, manifest.json. Everything streams, in a fixed order. One bad file among good ones is left out and
named; a source that gives no record at all is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import anew.data  # noqa: F401  before any library that allocates by itself
from anew.collect import datasets
from anew.collect.beside import Beside, without_suffix
from anew.collect.kinds import PLAIN, USABLE
from anew.collect.licences import Licences
from anew.collect.readers import Asked, read
from anew.collect.secrets import Secrets
from anew.collect.sources import Entry, File, entries, walk
from anew.data import manifest
from anew.data.files import atomic_folder, sha256_file, write_atomic
from anew.data.home import home
from anew.data.manifest import Manifest, fingerprint_of
from anew.data.progress import Progress, Report, silent
from anew.data.records import Record, RecordWriter
from anew.data.removals import NAME as REMOVED
from anew.data.removals import Removals, Removed
from anew.errors import DataError
from anew.recipe import Data

LISTING = "listing.json"
RECIPES = {
    "text": "text", "code": "code", "image": "images", "audio": "sounds", "table": "table", "chat": "chat-tune",
    "music": "chorales",
}  # fmt: skip
FEW_FILES = 10  # fewer texts are cut into pieces, or there would be too few to hold any out
FORMAT = 3  # of what collecting makes of a source; another number collects anew


@dataclass
class Source:
    """Where to read, and under which licence; and the tally of the last walk through it."""

    path: Path
    name: str
    licence: str | None
    modality: str
    split: str | None
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def alone(self) -> bool:
        return self.path.is_file()

    def files(self) -> Iterator[File | Removed]:
        self.skipped.clear()
        yield from walk(self.path, self.skipped, repository=self.modality == "code")

    def entries(self) -> Iterator[Entry | Removed]:
        plain = PLAIN[self.modality] if self.alone else None
        for file in self.files():
            if isinstance(file, Removed):
                yield file
            else:
                yield from entries(file, self.modality, self.skipped, plain)


def collect(data: Data, modality: str, folder: Path, report: Report = silent) -> Manifest:
    """Read the source into `folder`. DataError when it does not exist or gives no record.

    When nothing changed since the last time (settings; names, sizes and times of the source's files) this does nothing.
    """
    source = find(data, modality)
    settings = {"format": FORMAT, "modality": modality, **data.model_dump(), "source": source.name}
    settings["split"] = source.split
    listing, total = look(source, settings)
    if (fingerprint := listed(folder, listing)) and (found := manifest.load_current(folder, fingerprint)):
        return found
    with atomic_folder(folder) as made:
        with RecordWriter(made) as writer, Removals(made) as removals:
            facts = gather(source, data, writer, removals, total, report)
        if not writer.count:
            raise nothing(source, removals)
        counts = {"records": writer.count, **facts.counts, **removals.as_counts()}
        counts |= {f"skipped: {k}": n for k, n in sorted(source.skipped.items())}
        result = Manifest(
            stage="collect",
            fingerprint=fingerprint_of(settings=settings, records=facts.digest),
            inputs={"source": facts.digest},
            counts=counts,
            files={name: sha256_file(made / name) for name in (*writer.names, REMOVED)},
            facts={"source": source.name, "modality": modality, "licences": facts.licences, **removals.as_facts()}
            | ({"secrets": facts.secrets} if facts.secrets else {}),
        )
        write_atomic(made / LISTING, json.dumps({"fingerprint": result.fingerprint, "listing": listing}).encode())
        manifest.write(made, result)
    return result


def find(data: Data, modality: str) -> Source:
    """The source by its path or its known name; a known data set is fetched when it is not yet there."""
    if not data.source:
        raise DataError("no data is named", next_command="anew data list")
    if data.source in datasets.CATALOGUE:
        known = datasets.CATALOGUE[data.source]
        path, split = datasets.get(data.source, home()), data.split or known.split
        return Source(path, data.source, data.licence or known.licence, modality, split)
    path = Path(data.source).expanduser()
    if not path.exists():
        hint = "a link that leads nowhere" if path.is_symlink() else "no such file or folder"
        raise DataError(f"{data.source}: {hint}, nor a known data set", next_command="anew data list")
    return Source(path, path.resolve().name, data.licence, modality, data.split)


def modality_of(name: str) -> str:
    """What a source holds, by the look of it: a known data set's own word, else the modality that most of its files are
    for. DataError where nothing tells."""
    if name in datasets.CATALOGUE:
        return datasets.CATALOGUE[name].modality
    counts: Counter[str] = Counter()
    sources = {modality: find(Data(source=name), modality) for modality in PLAIN}
    seen = {m: [e for e in islice(s.entries(), 10_000) if isinstance(e, Entry)] for m, s in sources.items()}
    told = {
        without_suffix(e.name)
        for modality in ("image", "audio")
        for e in seen[modality]
        if e.kind == PLAIN[modality] and not sources[modality].alone
    }
    for modality, plain in PLAIN.items():
        plainly = [e for e in seen[modality] if e.kind == plain and not e.name.lower().endswith(".xml")]  # or anything
        # A text beside what it tells of is its caption.
        counts[modality] = sum(plain != "text" or without_suffix(e.name) not in told for e in plainly)
    best, files = counts.most_common(1)[0]
    if not files:
        what = f"{name}: no text, code, pictures, sounds or scores by which to tell what it is"
        raise DataError(what, next_command=f"the same with --modality, one of {', '.join(PLAIN)}")
    return best


def own_code(folder: Path) -> Iterator[Record]:
    """A repository's own source code, a file at a time, as collecting would read it; what it leaves out is left out."""
    source = Source(folder, folder.resolve().name, None, "code", None)
    asked = Asked("code", None, None, None, False, Beside((), None), secrets=Secrets())
    for entry in source.entries():
        if isinstance(entry, Entry) and entry.kind == "code":
            yield from (item for item in read(entry, asked) if isinstance(item, Record))


def look(source: Source, settings: dict[str, object]) -> tuple[str, int | None]:
    """A hash over the settings and the source's listing, and its size in bytes (None: unknown, for archives)."""
    digest, total, packed = hashlib.sha256(manifest.canonical(settings)), 0, False
    for file in source.files():
        if isinstance(file, File):
            digest.update(f"{file.name}\0{file.size}\0{file.mtime_ns}\n".encode())
            total += file.size
            packed |= file.path.suffix.lower() in (".gz", ".bz2", ".xz", ".zip", ".parquet", ".tgz", ".tbz2", ".txz")
    return digest.hexdigest(), None if packed else total


def listed(folder: Path, listing: str) -> str | None:
    """The fingerprint of what was collected from a source of this very listing."""
    try:
        known = json.loads((folder / LISTING).read_bytes())
        return str(known["fingerprint"]) if known["listing"] == listing else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass
class Gathered:
    counts: dict[str, int]
    digest: str  # over the records' origins, labels and hashes, in order
    licences: list[str]
    secrets: list[str] = field(default_factory=list)  # where some were, and of which kind


def gather(
    source: Source, data: Data, writer: RecordWriter, removals: Removals, total: int | None, report: Report
) -> Gathered:
    """Write every record, and everything that is not one."""
    spoken_of = source.modality in ("image", "audio")
    beside = Beside(source.entries() if spoken_of else (), data.label, data.captions, PLAIN[source.modality])
    plain = (e for e in source.entries() if isinstance(e, Entry) and e.kind == PLAIN[source.modality])
    cut = len(list(islice(plain, FEW_FILES))) < FEW_FILES
    asked = Asked(source.modality, data.column, data.label, source.licence, cut, beside, source.split)
    secrets, licences = Secrets(), {source.licence} if source.licence else set[str]()
    if source.modality == "code":
        known = Licences(source.entries(), source.licence)
        asked = replace(asked, licences=known, wanted=data.licences, secrets=secrets if data.secrets else None)
    digest, size, files, said = hashlib.sha256(), 0, Counter[str](), Counter[str]()

    def found() -> Iterator[Record | Removed]:
        for entry in source.entries():
            if isinstance(entry, Removed):
                yield entry
            elif entry.name in beside.sidecars:
                files["caption files"] += 1
            elif entry.name not in beside.tables:
                files["files" if entry.kind in USABLE[source.modality] else f"skipped: {entry.kind} files"] += 1
                yield from read(entry, asked)
        yield from beside.left()

    with asked.renderer:
        for item in limited(found(), data.limit):
            if isinstance(item, Removed):
                removals.write(item)
                continue
            writer.write(item)
            licences |= {item.licence} if item.licence else set()
            digest.update(manifest.canonical(told_of(item)))
            said += Counter(captions=len(item.captions), captioned=1) if item.captions else Counter()
            size += len(item.value)
            if writer.count % 500 == 0:
                report(
                    Progress("collect", size, None if total is None else max(total, size), f"{writer.count:,} records")
                )
    files += Counter({f"secrets: {kind}": n for kind, n in sorted(secrets.counts.items())})
    if said:
        files.update({"captions": said["captions"], "without a caption": writer.count - said["captioned"]})
    return Gathered({"bytes": size, **files}, digest.hexdigest(), sorted(licences), secrets.places)


def told_of(record: Record) -> list[object]:
    """All that the digest over the records knows of one."""
    said = [record.captions, dict(record.facts)] if record.captions or record.facts else []
    return [record.origin, record.label, record.hash, *([record.split] if record.split else []), *said]


def limited(found: Iterator[Record | Removed], limit: int | None) -> Iterator[Record | Removed]:
    """All of it, or up to the record that reaches the limit."""
    if limit is None:
        yield from found
        return
    for item in found:
        yield item
        limit -= isinstance(item, Record)
        if not limit:
            return


def nothing(source: Source, removals: Removals) -> DataError:
    """Why the source gave no record, in one line, and what to try instead."""
    why = removals.summary()
    kinds = Counter(e.kind for e in islice(source.entries(), 10_000) if isinstance(e, Entry))
    if not why:
        why = ", ".join(f"{n} {kind} file{'s' * (n > 1)}" for kind, n in kinds.most_common()) or "it holds no files"
    others = {m: kinds[kind] for m, kind in PLAIN.items() if m != source.modality}
    other = max(others, key=lambda m: others[m])
    what = source.path
    if source.modality == "chat":
        hint = f"anew run {RECIPES['chat']} --data FILE.jsonl --from MODEL, with a conversation a row"
    elif "wrong columns" in removals.counts:
        hint = f"anew run {RECIPES[source.modality]} --data {what} --data.column COLUMN --data.label COLUMN"
    elif others[other]:
        hint = f"anew run {RECIPES[other]} --data {what}"
    else:
        hint = f"anew run {RECIPES[source.modality]} --data FOLDER"
    return DataError(f"{what}: 0 usable records of {source.modality}: {why}", next_command=hint)
