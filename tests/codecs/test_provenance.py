"""Notes in pictures' files: what was put in comes out, whatever stands there is read within bounds or refused."""

from __future__ import annotations

import io
import json
import resource
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
from bad_pictures import JPEG, PNG, chunk, saved

from anew.codecs.image import Form, write_image
from anew.codecs.provenance import MOST_EXIF, NOTE, PARAMETERS, notes_of
from anew.engine.settings import Settings, made_by
from anew.errors import DataError

PICTURE = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
WORDS = "a “green” heart, 心🙂\0, of\nthree lines\n"


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_settings_come_out_as_they_went_in(form: Form) -> None:
    labels = ["down", None, WORDS]
    told = Settings(
        model="emoji", seed=2**63 - 1, n=3, prompt=WORDS, labels=labels, options={"guidance": 2.1, "steps": 3}
    )
    content = write_image(PICTURE, "trainedAlgorithmicMedia", form, notes=told.notes("12x12"))
    assert made_by(content) == told and b"trainedAlgorithmicMedia" in content
    assert made_by(write_image(PICTURE, form=form)) is None
    shown = Image.open(io.BytesIO(content))
    assert shown.size == (12, 12) and (form != "png" or np.array_equal(np.asarray(shown), PICTURE))


def test_tools_find_the_line_of_parameters_where_they_look() -> None:
    told = Settings(
        model="emoji", seed=7, prompt="a green heart", options={"guidance": 2.5, "steps": 6, "solver": "heun"}
    )
    told = told.model_copy(
        update={"options": {**told.options, "negative": "blue"}, "weights": "0123456789" * 6 + "abcd"}
    )
    shown = Image.open(io.BytesIO(write_image(PICTURE, notes=told.notes("32x32"))))
    assert shown.text[PARAMETERS].splitlines() == [  # type: ignore[attr-defined]
        "a green heart", "Negative prompt: blue",
        "Steps: 6, Sampler: Heun, CFG scale: 2.5, Seed: 7, Size: 32x32, Model hash: 0123456789, Model: emoji",
    ]  # fmt: skip
    content = write_image(PICTURE, notes=told.notes("32x32"))
    assert b"iTXtanew\0" in content and b"tEXtparameters\0" in content, "as the documents say, and where tools look"
    assert PARAMETERS not in told.model_copy(update={"n": 2, "labels": ["a", "b"]}).notes("32x32")


def foreign(text: str) -> bytes:
    return PNG[:33] + chunk(b"tEXt", b"parameters\0" + text.encode("latin-1")) + PNG[33:]


def test_what_another_tool_wrote_is_honoured_as_far_as_it_can_be() -> None:
    line = (
        "Steps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 32x32, Model hash: ab12, Model: My Model, Version: v1"
    )
    found = made_by(foreign(f"two\nlines\nNegative prompt: blue,\nred\n{line}"))
    options = {"steps": 20, "solver": "euler", "guidance": 7.0, "negative": "blue,\nred"}
    assert found == Settings(model="my-model", seed=1, prompt="two\nlines", options=options, size="32x32")
    assert made_by(foreign(f"Negative prompt: blue\n{line}")).prompt is None  # type: ignore[union-attr]
    comment = b"UNICODE\0" + f"héart\n{line}".encode("utf-16-be")
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    assert made_by(saved(Image.fromarray(PICTURE), "JPEG", exif=exif)).prompt == "héart"  # type: ignore[union-attr]
    for odd, named in (
        (f'{line}, Clip skip: 2, Lora hashes: "a: 1, b: 2", ENSD: 31337', "Clip skip, ENSD, Lora hashes"),
        ("Steps: many", "Steps is 'many'"), ("Steps: 3, Seed: -1", "'seed'"), ("a heart", "Steps:"),
        ("Steps: 3, Size: big", "'size'"), ("Steps: 3, CFG scale: nan", "guidance"),
        ("Steps: 99999999", "10,000 steps"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=named) as refusal:
            made_by(foreign(odd), "a.png")
        assert refusal.value.message.startswith("a.png: ")


def noted(text: bytes, kind: bytes = b"tEXt", head: bytes = b"anew\0") -> bytes:
    return PNG[:33] + chunk(kind, head + text) + PNG[33:]


BOMB = zlib.compress(bytes(256 << 20), 9)
HOSTILE = {
    "bomb in zTXt": (noted(BOMB, b"zTXt", b"anew\0\0"), "longer than"),
    "bomb in iTXt": (noted(BOMB, b"iTXt", b"anew\0\1\0\0\0"), "longer than"),
    "long": (noted(b" " * (2 << 20)), "longer than"),
    "cut short": (noted(zlib.compress(b"{}" * 99)[:-9], b"zTXt", b"anew\0\0"), "damaged"),
    "no zlib": (noted(b"hello", b"zTXt", b"anew\0\0"), "damaged"),
    "no end of its head": (noted(b"", b"iTXt", b"anew\0\0\0"), "damaged"),
    "odd flag": (noted(b"\0\0{}", b"iTXt", b"anew\0\7\0"), "damaged"),
    "no UTF-8": (noted(b"\xff\xfe", b"iTXt", b"anew\0\0\0\0\0"), "UTF-8"),
    "no JSON": (noted(b"hello \x1b[31m\nthere"), "not JSON"),
    "deep": (noted(b"[" * 500_000), "not JSON"),
    "not a number": (noted(b'{"seed": NaN}'), "not JSON"),
    "digits": (noted(b'{"seed": 1' + b"0" * 9000 + b"}"), "not JSON"),
    "a list": (noted(b"[]"), "what cannot be"),
    "negative": (noted(b'{"seed": -1}'), "'seed'"),
    "a seed in words": (noted(b'{"seed": "\\u001b[2J\\n"}'), "'seed'"),
    "a broken seed": (noted(b'{"seed": 1.5}'), "'seed'"),
    "too many": (noted(b'{"n": 1000000000}'), "'n'"),
    "an unknown key": (noted(b'{"sede": 1}'), "did you mean 'seed'"),
    "a path": (noted(b'{"model": "../../etc/passwd"}'), "'model'"),
    "options nested": (noted(b'{"options": {"steps": {"a": 1}}}'), "options"),
    "options of no recipe": (noted(b'{"options": {"bias": "7=1"}}'), "unknown key 'bias'"),
    "steps without end": (noted(b'{"options": {"steps": 1000000000}}'), "10,000 steps"),
    "more samples than seeds": (noted(b'{"n": 3, "seeds": [1, 5]}'), "2 seeds for 3 samples"),
    "another format": (noted(b'{"format": 2}'), "'format'"),
    "a long prompt": (noted(json.dumps({"prompt": "a" * 99_999}).encode()), "'prompt'"),
    "no picture": (b"hello", "nothing says how"),
    "a damaged JPEG": (JPEG[:30], "nothing says how"),
    "a GIF": (b"GIF89a" + bytes(20), "nothing says how"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_stands_there_is_refused_at_once_in_one_line(what: str) -> None:
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    content, why = HOSTILE[what]
    with pytest.raises(DataError, match=why) as refusal:
        made_by(content, "a.png")
    assert refusal.value.message.startswith("a.png: ") and refusal.value.message.isprintable()
    assert len(refusal.value.message) < 350 and time.monotonic() - begun < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10, "KiB"


def test_files_cut_anywhere_or_with_any_byte_changed_are_read_or_refused() -> None:
    rng = np.random.default_rng(0)
    for form in ("png", "jpeg", "webp"):
        whole = write_image(PICTURE, "made", form, notes=Settings(model="emoji", prompt="a heart").notes("12x12"))  # type: ignore[arg-type]
        for place in rng.integers(0, len(whole), 150).tolist():
            for content in (whole[:place], whole[:place] + bytes([rng.integers(256)]) + whole[place + 1 :]):
                try:
                    made_by(content)
                except DataError as error:
                    assert error.message.isprintable()


def test_a_jpeg_has_no_room_for_a_long_note_and_a_png_has() -> None:
    told = Settings(model="emoji", prompt="é" * (MOST_EXIF // 6))
    files = {form: write_image(PICTURE, form=form, notes=told.notes("12x12")) for form in ("png", "jpeg")}  # type: ignore[arg-type]
    assert made_by(files["png"]) == told and made_by(files["jpeg"]) is None


def test_chunks_without_end_are_not_read_without_end() -> None:
    many = PNG[:33] + chunk(b"tEXt", b"a\0b") * 120_000 + PNG[33:]
    with pytest.raises(DataError, match="100,000 chunks"):
        notes_of(many)
    assert notes_of(noted(b"x", b"teXt")) == {} and NOTE == "anew"
