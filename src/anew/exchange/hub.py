"""Fetches a model's files from Hugging Face, by plain https and only when a person asks for the model by its name.

In: ORG/NAME, or ORG/NAME@REVISION. Out: a folder of files as they lie there at one commit, each downloaded once; what
broke off goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

from anew.data.progress import Progress, Report, silent
from anew.errors import DataError, NotFound, Refused

SITE = "https://huggingface.co"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")  # a branch, a tag or a commit
COMMIT = re.compile(r"[0-9a-f]{40}")
INDEX = "model.safetensors.index.json"
BESIDE = (
    "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "README.md", "LICENSE",
    "vocab.txt", "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json",
)  # fmt: skip
POOLING = "1_Pooling/config.json"  # where modules.json of sentence-transformers has it
MOST_SMALL = 128 << 20  # bytes of a file that holds no weights
SPARE = 64 << 20  # of the disk, left free
PIECE = 1 << 20
SECONDS = 60  # of silence


def download(name: str, keep: Path, report: Report = silent) -> tuple[Path, str]:
    """The model's folder in `keep`, and the commit that all of it is from. NotFound: there is none of that name;
    DataError: no network; Refused: not open."""
    model, _, revision = name.partition("@")
    if not NAME.fullmatch(model) or not REVISION.fullmatch(revision or "main"):
        what = f"hf:{name}: not a name of the form ORG/NAME or ORG/NAME@REVISION"
        raise NotFound(what, next_command="anew models import --help")
    commit = revision if COMMIT.fullmatch(revision) else commit_of(model, revision or "main")
    folder, at = keep / f"{model.replace('/', '--')}@{commit}", f"{model}@{commit}"
    folder.mkdir(parents=True, exist_ok=True)
    if not fetch(at, "config.json", folder, report, MOST_SMALL):
        raise NotFound(f"hf:{name}: no model of that name has a config.json", next_command="anew models import --help")
    for file in BESIDE:
        fetch(at, file, folder, report, MOST_SMALL)
    if (folder / "modules.json").is_file():
        fetch(at, POOLING, folder, report, MOST_SMALL)
    if not fetch(at, "model.safetensors", folder, report):
        if not fetch(at, INDEX, folder, report, MOST_SMALL):
            raise Refused(f"hf:{name}: its weights are not in safetensors, the one form that runs no code")
        for file in parts_of(folder / INDEX):
            if not fetch(at, file, folder, report):
                raise DataError(f"hf:{name}: {file}, which its index names, is not there")
    return folder, commit


def commit_of(model: str, revision: str) -> str:
    """The commit that a branch or a tag stands at now, so that no two files are of different ones."""
    url = f"{SITE}/api/models/{model}/revision/{quote(revision, safe='')}"
    with explained(model, f"revision {revision}"), opened(model, url) as answer:
        try:
            said = json.loads(answer.read(MOST_SMALL))["sha"]
        except (ValueError, KeyError, TypeError, RecursionError):
            said = None
    if not isinstance(said, str) or not COMMIT.fullmatch(said):
        raise DataError(f"hf:{model}: the site names no commit of {revision}; try again")
    return said


def parts_of(index: Path) -> list[str]:
    try:
        where = json.loads(index.read_text("utf-8"))["weight_map"]
        files = sorted({str(file) for file in where.values()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"{index}: not an index of weights: {str(error)[:100]}") from None
    odd = [file for file in files if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\.safetensors", file)]
    if odd:
        raise Refused(f"{index}: {odd[0][:100]!r} is not a plain file name of safetensors")
    return files


def fetch(name: str, file: str, folder: Path, report: Report, most: int | None = None) -> bool:
    """Put one of the files of ORG/NAME@COMMIT into the folder; False where it has none of that name."""
    target = folder / file
    if target.is_file():
        return True
    target.parent.mkdir(exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    mark = target.with_name(f".{target.name}.mark")  # of the content that the partial file is a part of
    done = partial.stat().st_size if partial.is_file() and mark.is_file() else 0
    rest = {"Range": f"bytes={done}-", "If-Range": mark.read_text("utf-8")} if done else {}
    model, _, commit = name.partition("@")
    try:
        with explained(model, file), opened(model, f"{SITE}/{model}/resolve/{commit}/{file}", rest) as answer:
            done = done if answer.status == 206 else 0
            total = done + int(answer.headers.get("Content-Length") or 0)
            check_room(f"hf:{model}: {file}", total, done, folder, most)
            mark.write_text(answer.headers.get("ETag") or "", "utf-8")
            store(answer, partial, done, total, most, lambda n: report(Progress("download", n, total, file)))
    except NotFound:
        return False
    os.replace(partial, target)
    mark.unlink()
    return True


@contextmanager
def opened(model: str, url: str, headers: Mapping[str, str] | None = None) -> Iterator[Any]:
    """The site's answer. Refused where it leads away from https."""
    request = urllib.request.Request(url, headers={"User-Agent": "anew", **(headers or {})})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        if not answer.url.startswith(SITE.split("//")[0]):
            raise Refused(f"hf:{model}: {url} is offered over {answer.url.split(':')[0]} and not https")
        yield answer


@contextmanager
def explained(model: str, what: str) -> Iterator[None]:
    """What keeps a download from being made, in words. NotFound: the site has no such thing."""
    try:
        yield
    except urllib.error.HTTPError as error:
        if error.code == 404:
            none = f"hf:{model}: no model of that name has a {what}"
            raise NotFound(none, next_command="anew models import --help") from None
        if error.code in (401, 403):
            said = f"hf:{model}: {what} is not open to everybody (or there is no such model); download it by hand"
            raise Refused(said, next_command=f"anew models import FOLDER, from {SITE}/{model}") from None
        raise DataError(f"hf:{model}: {what}: the site answers {error.code} {error.reason}; try again") from None
    except (OSError, HTTPException) as error:
        why = getattr(error, "reason", error)
        said = f"hf:{model}: {what} cannot be downloaded ({why}); connect to a network and try again: it goes on"
        raise DataError(said, next_command="anew models import FOLDER, where the files are here already") from None


def check_room(what: str, total: int, done: int, folder: Path, most: int | None) -> None:
    if most is not None and total > most:
        raise Refused(f"{what} has {total:,} bytes, more than such a file has")
    free = shutil.disk_usage(folder).free - SPARE
    if total - done > free:
        raise Refused(f"{what} takes {total - done:,} bytes and the disk has {free:,}", next_command="anew models gc")


def store(answer: Any, partial: Path, done: int, total: int, most: int | None, told: Callable[[int], None]) -> None:
    """Append what comes to the partial file, until it is whole."""
    with open(partial, "ab" if done else "wb") as file:
        while piece := answer.read(PIECE):
            done += len(piece)
            if done > (total or most or done):
                raise Refused(f"{partial.name[1:-8]}: longer than the site said")
            file.write(piece)
            told(done)
    if total and done != total:
        raise OSError(f"it broke off after {done:,} of {total:,} bytes")
