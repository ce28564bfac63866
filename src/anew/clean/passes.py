"""The two passes over the records: the first judges each by itself and indexes it, the second writes what is kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anew.clean import captions, minhash, pictures, scores, sounds, text
from anew.clean.fate import Fate
from anew.clean.index import Index
from anew.codecs.conversations import spoken
from anew.data.records import Record, read_batches, read_records
from anew.data.removals import Removed
from anew.data.split import SPLITS
from anew.errors import RecipeError, nearest
from anew.recipe import Clean

BATCH = 64  # texts whose signatures are made at once (more would start threads, which take address space),
BATCH_CHARS = 1 << 18  # or as many as hold so many characters
EVERY = 512  # records between two reports
SHOWN = 20  # values of a fact, to whoever mistyped one

Decoder = Callable[[Record, Clean], tuple[Record, NDArray[np.uint16]] | Removed]
DECODERS: dict[str, Decoder] = {"image": pictures.decode, "audio": sounds.decode}
WIDTHS = {
    "image": pictures.WIDTH,
    "audio": sounds.WIDTH,
    "table": 0,
}  # of what is indexed of a record; rows of tables are told by their hash


def index_width(modality: str) -> int:
    return WIDTHS.get(modality, minhash.WIDTH)


def first_pass(
    settings: Clean, modality: str, source: Path, index: Index, total: int, report: Callable[[float], None]
) -> Iterator[Removed]:
    """Yields what a rule takes; indexes the rest."""
    passing: Callable[[Clean, Path, Index], Iterator[tuple[int, Removed | None]]] = texts_passing
    if modality in DECODERS:
        passing = partial(decoded_passing, decode=DECODERS[modality])
    elif modality in ("chat", "table"):
        passing = rows_passing if modality == "table" else partial(texts_passing, shown=spoken)
    elif modality == "music":
        passing = partial(texts_passing, shown=scores.melodies, judge=lambda record, _: scores.fitting(record))
    for position, removed in passing(settings, source, index):
        if removed is not None:
            yield removed
        if position % EVERY == 0:
            report(position / total)


def rows_passing(settings: Clean, source: Path, index: Index) -> Iterator[tuple[int, Removed | None]]:
    """Every row of a table: an odd one is true as well."""
    for position, record in enumerate(read_records(source)):
        index.add([position], [record.hash], np.zeros((1, 0), np.uint16))
        yield position, None


def decoded_passing(
    settings: Clean, source: Path, index: Index, decode: Decoder
) -> Iterator[tuple[int, Removed | None]]:
    """Pictures and sounds."""
    for position, record in enumerate(read_records(source)):
        judged = unwanted(record, settings.leave_out) or decode(captions.tidied(record, Counter()), settings)
        if isinstance(judged, Removed):
            yield position, judged
        else:
            index.add([position], [captions.hash_with(judged[0])], judged[1][None])
            yield position, None


def refuse_unknown(facts: Sequence[str], source: Path) -> None:
    """RecipeError for facts, each KIND=VALUE, of which one is true of no record at all."""
    there: dict[str, set[str]] = {}
    for batch in read_batches(source, ("facts",)):
        for told in set(batch["facts"].to_pylist()):
            for kind, value in json.loads(told).items():
                there.setdefault(kind, set()).add(str(value))
    known = [fact for fact in facts if any(fact == f"{kind}={one}" for kind in there for one in there[kind])]
    for fact in (fact for fact in facts if fact not in known):
        kind, _, value = fact.partition("=")
        if kind in there:
            near, listed = nearest(value, there[kind]), sorted(there[kind])
            listed = [*listed[:SHOWN], "…"] if len(listed) > SHOWN else listed
            what = f"no record has {fact!r}{near}; {kind} is one of: {', '.join(listed)}"
        else:
            what = (
                f"of no record {kind!r} is known{nearest(kind, there)}; known are: {', '.join(sorted(there)) or 'none'}"
            )
        way = f"anew run RECIPE --clean.leave_out '{json.dumps(known, ensure_ascii=False)}', with what there is"
        raise RecipeError(f"clean.leave_out: {what}", next_command=way)


def unwanted(record: Record, facts: Sequence[str]) -> Removed | None:
    """The record's removal where one of the facts, each KIND=VALUE, is true of it."""
    own = {f"{kind}={value}" for kind, value in record.facts.items()}
    found = next((fact for fact in facts if fact in own), None)
    return None if found is None else Removed(record.origin, "not wanted", found)


def texts_passing(
    settings: Clean,
    source: Path,
    index: Index,
    shown: Callable[[str], str] = str,
    judge: Callable[[Record, Clean], Record | Removed] | None = None,
) -> Iterator[tuple[int, Removed | None]]:
    """`shown`: what of a record's value is compared with others; `judge`: the rules, those of texts as a rule."""
    held: list[tuple[int, Record]] = []
    chars = 0
    for position, record in enumerate(read_records(source)):
        judged = (judge or judge_text)(record, settings)
        if isinstance(judged, Removed):
            yield position, judged
            continue
        held.append((position, judged))
        chars += len(judged.value)
        if len(held) >= BATCH or chars >= BATCH_CHARS:
            index_texts(held, index, shown)
            held, chars = [], 0
        yield position, None
    index_texts(held, index, shown)


def judge_text(record: Record, settings: Clean) -> Record | Removed:
    judged = text.binary(record)
    if isinstance(judged, Record) and settings.repair:
        judged = text.repair(judged)
    if isinstance(judged, Record):
        judged = text.short(judged, settings.min_chars)
    if isinstance(judged, Record) and settings.languages:
        judged = text.foreign(judged, settings.languages)
    return judged


def index_texts(held: list[tuple[int, Record]], index: Index, shown: Callable[[str], str]) -> None:
    if held:
        signatures = minhash.signatures([shown(str(record.value)) for _, record in held])
        index.add([position for position, _ in held], [record.hash for _, record in held], signatures)


def second_pass(
    mend: Callable[[Record], Record], source: Path, fate: Fate, total: int, report: Callable[[float], None]
) -> Iterator[Record | Removed]:
    """The kept records with their split, and the duplicates of others. Mends again what the first pass mended."""
    itself = np.arange(len(fate.positions))
    named = {*fate.first[fate.first != itself].tolist(), *fate.stands[fate.stands != itself].tolist()}
    origins: dict[int, str] = {}
    rows = enumerate(map(int, fate.positions))
    row, expected = next(rows, (-1, -1))
    for position, record in enumerate(read_records(source)):
        if position % EVERY == 0:
            report(position / total)
        if position != expected:
            continue
        if row in named:
            origins[row] = record.origin
        if (other := int(fate.first[row])) != row:
            yield Removed(record.origin, "exact duplicate", f"of {origins[other]}")
        elif (other := int(fate.stands[row])) != row:
            yield Removed(record.origin, "near duplicate", f"of {origins[other]}")
        else:
            yield replace(mend(record), split=SPLITS[fate.split[row]])
        row, expected = next(rows, (-1, -1))
