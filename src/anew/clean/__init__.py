"""Stage 2. Records -> the records that are fit to learn from, each in its split.

In: a folder of collected records. Out: records-*.parquet with their split, removed.jsonl with every record that went,
the rule that took it and why, manifest.json. Two passes over the records and an index on the disk between them, so
that memory holds some hundred bytes a record and never their values.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import anew.data  # noqa: F401  before any library that allocates by itself
from anew.clean import captions, sounds, text
from anew.clean.fate import Held, decide, with_held_out
from anew.clean.index import Index
from anew.clean.passes import first_pass, index_width, refuse_unknown, second_pass
from anew.data import manifest
from anew.data.files import atomic_folder, sha256_file
from anew.data.manifest import Manifest, fingerprint_of
from anew.data.progress import Progress, Report, silent
from anew.data.records import Record, RecordWriter, read_batches
from anew.data.removals import NAME as REMOVED
from anew.data.removals import Removals
from anew.data.split import SPLITS
from anew.errors import DataError, RecipeError
from anew.recipe import Clean

FORMAT = 3  # of what cleaning makes of records; another number cleans anew


def clean(settings: Clean, modality: str, source: Path, folder: Path, report: Report = silent) -> Manifest:
    """Clean the records in `source` into `folder`. DataError when there are none, or none is left; RecipeError for
    facts to leave out that no record has.

    When neither the settings nor the records changed since the last time this does nothing.
    """
    collected = manifest.load(source)
    if collected is None:
        raise DataError(f"{source}: holds no collected records", next_command="anew collect RECIPE --data FOLDER")
    if settings.leave_out and modality not in ("image", "audio"):
        what = f"clean.leave_out is of pictures and sounds, and these records are {modality}"
        raise RecipeError(what, next_command="anew run RECIPE --clean.leave_out '[]'")
    asked = settings.model_dump(mode="json")
    fingerprint = fingerprint_of(format=FORMAT, modality=modality, settings=asked, source=collected.digest)
    if (found := manifest.load_current(folder, fingerprint)) is not None:
        return found
    if settings.leave_out:
        refuse_unknown(settings.leave_out, source)
    total = collected.counts["records"]

    def share(begin: float, width: float, note: str) -> Callable[[float], None]:
        return lambda part: report(Progress("clean", total * (begin + width * part), total, note))

    with atomic_folder(folder) as made:
        with Removals(made) as removals, Index(made / ".index", index_width(modality)) as index:
            for removed in first_pass(settings, modality, source, index, total, share(0, 0.6, "records judged")):
                removals.write(removed)
            if not index.count:
                message = f"{source}: none of {total} records is left after cleaning: {removals.summary()}"
                raise DataError(message, next_command="anew run RECIPE --clean.min_chars 1 --clean.min_pixels 1")
            given = given_splits(source)[index.positions]
            fate = decide(settings, modality, index, given, share(0.6, 0.2, "duplicates"))
            held: Held = {}
            if settings.hold_out:
                fate, held = with_held_out(settings, fate, facts_of(source, fate.positions))
            counts, said, done, writer = Counter[str](), Counter[str](), Counter[str](), RecordWriter(made)
            mend = mending(settings, modality, said, done)
            with writer:
                for item in second_pass(mend, source, fate, total, share(0.8, 0.2, "records written")):
                    if isinstance(item, Record):
                        writer.write(item)
                        counts[item.split or ""] += 1
                        counts["captions"] += len(item.captions)
                        counts["captioned"] += bool(item.captions)
                    else:
                        removals.write(item)
        result = Manifest(
            stage="clean",
            fingerprint=fingerprint,
            inputs={"collect": collected.digest},
            counts={"collected": total, "records": writer.count, "groups": fate.groups}
            | {name: counts[name] for name in SPLITS}
            | ({"held out": sum(map(len, held.values()))} if settings.hold_out else {})
            | counts_of_captions(counts, said, writer.count)
            | {f"sounds: {what}": n for what, n in sorted(done.items()) if n}
            | removals.as_counts(),
            files={name: sha256_file(made / name) for name in (*writer.names, REMOVED)},
            facts={"modality": modality, "licences": collected.facts.get("licences", []), **removals.as_facts()}
            | ({"held out": held} if settings.hold_out else {}),
        )
        manifest.write(made, result)
    return result


def mending(settings: Clean, modality: str, said: Counter[str], done: Counter[str]) -> Callable[[Record], Record]:
    """What is done to each record that is kept; `said` counts what went of captions, `done` what became of sounds."""
    if modality == "image":
        return partial(captions.tidied, tally=said)
    if modality == "audio":
        return lambda record: sounds.mended(captions.tidied(record, said), settings, done)
    return text.repair if settings.repair and modality not in ("table", "music") else lambda record: record


def counts_of_captions(counts: Counter[str], said: Counter[str], records: int) -> dict[str, int]:
    """How many captions there are and how many pictures have none, where any has one; and what went and why."""
    if not counts["captioned"] and not said.total():
        return {}
    made = {"captions": counts["captions"], "without a caption": records - counts["captioned"]}
    return made | {f"captions: {reason}": n for reason, n in sorted(said.items()) if n}


def facts_of(source: Path, positions: NDArray[np.int64]) -> list[dict[str, str]]:
    """What is known of the records at these positions."""
    found = [facts for batch in read_batches(source, ("facts",)) for facts in batch["facts"].to_pylist()]
    return [json.loads(found[position]) for position in positions]


def given_splits(source: Path) -> NDArray[np.int8]:
    """By record of the source the split that it came with, as an index into SPLITS, or -1."""
    number = {name: place for place, name in enumerate(SPLITS)}
    found = (number.get(name, -1) for batch in read_batches(source, ("split",)) for name in batch["split"].to_pylist())
    return np.fromiter(found, dtype=np.int8)
