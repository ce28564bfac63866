"""Sets of captioned drawings, from packages' archives to one Parquet file each: (archive, folder, further archives) in,
drawings.parquet out, with the columns image (PNG), captions (a list) and facts (a JSON object).
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageOps

from anew.collect.deb import data_of
from anew.collect.emoji import SIDE, Drawing, Sign, drawing, names_in, png, repainted, sign_named, signs_in, vectors_in
from anew.collect.vector import NotDrawn, Renderer, harmless, local, render

CLIP_SIDE = 128
CLIP_DRAWN = 2 * CLIP_SIDE  # first, since many a drawing fills a corner of its page
LEAST_DRAWN = 0.005  # of the page; less is a drawing of letters alone, or of nothing
SHARED = 12  # a title that so many drawings bear, numbers apart, is that of a collection, and tells of none of them
OF_SETS = re.compile(r"^(clip ?art by .* - |various |openclipart )|\b(clip ?art|svg|icons?)\b|\d+\b", re.IGNORECASE)
MOST_KEYWORDS = 8
NO_KEYWORDS = {"clip art", "clipart", "externalsource", "image", "media", "png", "svg", "public domain", "unsorted",
    "hash", "hash(0x0)", "signs and symbols", "icon", "vector", "svg+xml"}  # fmt: skip
WORK = "{http://purl.org/dc/elements/1.1/}"
ITEM = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li"


def write_drawings(folder: Path, drawings: Iterable[Drawing]) -> None:
    made = list(drawings)
    facts = [json.dumps(one.facts, sort_keys=True, ensure_ascii=False) for one in made]
    table = {"image": [one.picture for one in made], "captions": [list(one.captions) for one in made], "facts": facts}
    pq.write_table(pa.table(table), folder / "drawings.parquet")


# ------------------------------------------------------------------------------------------------ emoji


def openmoji(wheel: Path, folder: Path, names: Path) -> None:
    """OpenMoji's drawings that bear a name, in every tone of skin."""
    vectors, named = vectors_in(wheel), names_in(names)
    with Renderer(SIDE) as renderer:
        signs = (sign_named(code, *named[code]) for code in vectors if code in named)
        write_drawings(folder, (drawing(s, "openmoji", render(vectors[s.code], renderer)) for s in signs))


def noto(package: Path, folder: Path, names: Path) -> None:
    write_drawings(folder, (drawing(*one) for one in in_style(package, names, "noto")))


def twemoji(package: Path, folder: Path, names: Path) -> None:
    write_drawings(folder, (drawing(*one) for one in in_style(package, names, "twemoji")))


def in_style(package: Path, names: Path, style: str) -> Iterator[tuple[Sign, str, bytes]]:
    for sign, picture in signs_in(package, names_in(names)):
        yield sign, style, picture


def emoji(wheel: Path, folder: Path, names: Path, noto: Path, twemoji: Path) -> None:
    """What all three styles draw, as they draw it, and the plain things of it in further colours."""
    plain = {
        style: {sign.name: (sign, picture) for sign, picture in signs_in(package, names_in(names))}
        for style, package in (("noto", noto), ("twemoji", twemoji))
    }
    vectors = vectors_in(wheel)
    with Renderer(SIDE) as renderer:
        plain["openmoji"] = {
            name: (sign, render(vectors[sign.code], renderer))
            for name, (sign, _) in plain["noto"].items()
            if sign.code in vectors
        }
    shared = [name for name in plain["openmoji"] if name in plain["noto"] and name in plain["twemoji"]]
    plain = {style: {name: drawings[name] for name in shared} for style, drawings in plain.items()}
    as_drawn = [drawing(sign, style, picture) for style in plain for sign, picture in plain[style].values()]
    write_drawings(folder, [*as_drawn, *repainted(plain)])


# ------------------------------------------------------------------------------------------------ clip art


def openclipart(package: Path, folder: Path) -> None:
    """The drawings that bear a title of their own, as far as they can be drawn."""
    write_drawings(folder, clip_art(package))


def clip_art(package: Path) -> Iterator[Drawing]:
    """From a Debian package; its SVG comes from anybody, so nothing of it is taken on trust."""
    titles = Counter(title_alone(title) for _, title, _ in described(package))
    with Renderer(CLIP_DRAWN) as renderer:
        for svg, title, keywords in described(package):
            said = title_alone(title)
            if not said or titles[said] > SHARED:
                continue
            try:
                picture = centred(renderer.draw(svg))
            except NotDrawn:
                continue
            told = NO_KEYWORDS | {said.lower()}
            words = [word for word in dict.fromkeys(keywords) if word.lower() not in told and not word.isdigit()]
            words = words[:MOST_KEYWORDS]
            captions = [said, *([f"{said}, {', '.join(words)}", ", ".join(words)] if words else [])]
            yield Drawing(picture, tuple(captions), {"style": "clip art"})


def centred(drawn: bytes) -> bytes:
    """PNG, CLIP_SIDE square: what is drawn on the page in the middle, as large as it may be. NotDrawn for next to
    nothing."""
    with Image.open(io.BytesIO(drawn), formats=["PNG"]) as opened:
        page = opened.convert("RGBA")
    if np.asarray(page.getchannel("A")).mean() < LEAST_DRAWN * 255:
        raise NotDrawn("next to nothing is drawn")
    page = page.crop(page.getchannel("A").getbbox())
    fitted = ImageOps.contain(page, (CLIP_SIDE, CLIP_SIDE), Image.Resampling.LANCZOS)
    made = Image.new("RGBA", (CLIP_SIDE, CLIP_SIDE))
    made.paste(fitted, ((CLIP_SIDE - fitted.width) // 2, (CLIP_SIDE - fitted.height) // 2))
    return png(np.asarray(made))


def described(package: Path) -> Iterator[tuple[str, str, list[str]]]:
    """The drawings with their title and keywords, "" and none where they have none."""
    with data_of(package) as data, tarfile.open(fileobj=data, mode="r|*") as archive:
        for member in archive:
            if not member.isfile() or PurePosixPath(member.name).suffix != ".svg":
                continue
            if (file := archive.extractfile(member)) is None:
                continue
            try:
                svg, root = harmless(file.read())
            except NotDrawn:
                continue
            yield svg, *metadata(root)


def metadata(root: ElementTree.Element) -> tuple[str, list[str]]:
    """Title and keywords (Dublin Core) of the work itself, not of those who made it."""
    work = next((element for element in root.iter() if local(element) == "Work"), None)
    if work is None:
        return "", []
    subject = work.find(f"{WORK}subject")
    words = (
        []
        if subject is None
        else [" ".join((item.text or "").replace("_", " ").split()) for item in subject.iter(ITEM)]
    )
    return work.findtext(f"{WORK}title") or "", list(filter(None, words))


def title_alone(title: str) -> str:
    """Without the collection's name, numbers and marks between words."""
    return " ".join(re.sub(r"[\s_#()\[\],.:/-]+", " ", OF_SETS.sub(" ", title.replace("_", " ").strip())).split())
