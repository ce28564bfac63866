"""From a request for a job to the recipe that its process runs.

In: what was asked, the model or recipe of that name, the training file. Out: a recipe whose paths are those of the
job's folder, and the name of the model to come. Problem and RecipeError: what is asked for cannot be.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import tomli_w

from anew.collect.kinds import ARCHIVE, COMPRESSED, TABLE, TEXT, kind_of
from anew.data.files import write_atomic
from anew.deploy.lookup import pinned
from anew.deploy.store import Store
from anew.engine.pool import Pool
from anew.errors import NotFound, nearest
from anew.recipe import START, Recipe, Train, override, parse
from anew.recipes import find, ready
from anew.server.contents import put
from anew.server.errors import Problem
from anew.server.wire.fine_tuning import NewJob, Preferring
from anew.server.work.process import RECIPE

TEXTS = ("text", "code", "chat")
RATES = ("lr", "lr_matrix", "lr_table")
SPLIT = "anew:split"  # the column that says which file a row is of
OURS = {"data.source", "data.split", "adapt.keep"}  # which a request does not turn
TURNED = ("size", "data.", "clean.", "codec.", "model.", "train.", "judge.", "adapt.", "sample.", "validation.")
LOOK = 1 << 20  # bytes of the first row
LINES = (".jsonl", ".ndjson")


def suffix_of(filename: str) -> str:
    """By which the file's content is read. What says nothing is JSONL."""
    found = PurePosixPath(filename.lower()).suffixes[-2:]
    if len(found) == 2 and found[1] in COMPRESSED and found[0] in TABLE | TEXT | {".tar"}:
        return "".join(found)
    known = found and (found[-1] in TABLE | TEXT | ARCHIVE or kind_of(f"x{found[-1]}", "image") != "other")
    return found[-1] if known else ".jsonl"


def columns_of(content: Path, suffix: str) -> set[str]:
    """The columns of the first row of JSONL; none where there is no telling."""
    if suffix not in LINES:
        return set()
    with open(content, "rb") as file:
        try:
            row = json.loads(file.readline(LOOK))
        except (ValueError, RecursionError):
            return set()
    return set(row) if isinstance(row, dict) else set()


def named(asked: NewJob, id: str) -> str:
    """The name of the model to come: ft-BASE-SUFFIX-ID, as the store allows it."""
    parts = [re.sub(r"[^a-z0-9._]+", "-", part.lower()).strip("-") for part in (asked.model, asked.suffix or "")]
    return "-".join(["ft", parts[0][:50].rstrip("-"), *([parts[1][:30]] if parts[1] else []), id[-8:]])


def recipe_of(asked: NewJob, pool: Pool, id: str, seed: int, source: str, suffix: str | None) -> Recipe:
    """The job's recipe: its data where `lay` puts an upload's content, which is read by its `suffix`, or `source`."""
    columns = set[str]() if suffix is None else columns_of(Path(source), suffix)
    values, start = values_of(asked, pool, columns)
    changes: dict[str, Any] = dict(asked.overrides)
    for key in changes:
        if key in OURS or not key.startswith(TURNED):
            raise Problem(400, f"overrides: {key!r} is not for a request to turn", param="overrides")
    usual = {key: Train.model_fields[key].default for key in RATES}
    rates = {f"train.{key}": rate for key, rate in (usual | values.get("train", {})).items() if key in RATES}
    dials = asked.dials
    if dials.n_epochs != "auto":
        changes["train.epochs"] = dials.n_epochs
    if dials.batch_size != "auto":
        changes["train.batch"] = dials.batch_size
    if dials.learning_rate_multiplier != "auto":
        changes |= {key: rate * dials.learning_rate_multiplier for key, rate in rates.items() if rate is not None}
    if isinstance(dials, Preferring) and dials.beta != "auto":
        changes["adapt.objective.beta"] = dials.beta
    given = {
        "data.source": source if suffix is None else f"{id}{suffix}",
        "deploy.name": named(asked, id),
        "seed": seed,
    }
    if asked.validation_file is not None:
        given |= {"data.source": id, "data.split": SPLIT}
    if start is not None:
        given["start"] = start
    return parse(override(override(values, changes), given, typed=True), asked.model)


def values_of(asked: NewJob, pool: Pool, columns: set[str]) -> tuple[dict[str, Any], str | None]:
    """A recipe's values, and the model that it goes on from: the ready recipe of that name, or what fits the model."""
    if asked.model in ready():
        values = find(asked.model)
        if "adapt" in values or values["codec"]["name"] == START:
            what = f"model: {asked.model} starts from a model; name that one, and it is what becomes of it"
            raise Problem(400, what, param="model", code="invalid_value")
        if asked.way != "supervised":
            what = f"method: {asked.way} needs a model to go on from, and {asked.model} is a recipe"
            raise Problem(400, what, param="method", code="invalid_value")
        return values, None
    try:
        one = pool.find(asked.model)
    except NotFound as error:
        what = f"{error.message}, and no recipe{nearest(asked.model, ready())}"
        raise Problem(404, what, param="model", code="model_not_found") from None
    start = pinned(asked.model)
    if asked.way == "dpo":
        return find("preference-tune"), start
    if one.modality in TEXTS and "text" not in columns:
        return find("chat-tune"), start
    store = Store()
    values = tomllib.loads(store.read(store.show(start), "recipe.toml").decode())
    if values.get("adapt") is not None:
        what = f"model: {asked.model} was adapted to conversations, and goes on from such alone"
        raise Problem(400, what, param="model", code="invalid_value")
    kept = {key: value for key, value in values.items() if key not in ("machine", "start", "words", "deploy", "data")}
    return kept | {"data": {k: v for k, v in values.get("data", {}).items() if k in ("column", "label")}}, start


def lay(folder: Path, recipe: Recipe, suffix: str | None, training: str, validation: Path | None) -> None:
    """A job's folder: its recipe, and the data where they are an upload's, which have a suffix: under names that no
    other job has. A validation file's rows are told from the others by a column more; the numbers of lines stay."""
    folder.mkdir(parents=True)
    source = folder / recipe.data.source
    if validation is None and suffix is not None:
        put(Path(training), source)
    elif validation is not None:
        source.mkdir()
        for split, content in (("train", Path(training)), ("validation", validation)):
            mark_rows(content, source / f"{split}{suffix}", split)
    values = recipe.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    write_atomic(folder / RECIPE, tomli_w.dumps(values).encode())


def mark_rows(content: Path, target: Path, split: str) -> None:
    mark = json.dumps({SPLIT: split}).encode()[:-1] + b", "
    with open(content, "rb") as rows, open(target, "wb") as file:
        for row in rows:
            bare = row.lstrip()
            whole = bare.startswith(b"{") and bare[1:].lstrip()[:1] == b'"'
            file.write(mark + bare[1:] if whole else row)
        file.flush()
        os.fsync(file.fileno())
