"""Captions are tidied and counted; what is alike and said to be something else stays; whole pairs are held out."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anew.clean import clean
from anew.clean.captions import MOST_CAPTIONS, MOST_CHARS, digest, tidied
from anew.codecs.markup import tidy
from anew.data import manifest
from anew.data.manifest import Manifest
from anew.data.records import Record, RecordWriter, read_records
from anew.errors import DataError, RecipeError
from anew.recipe import Clean

KINDS = ("object*colour",)


def png(seed: int, shade: int = 0) -> bytes:
    """A picture of its own for each seed; another shade of it is near to it."""
    coarse = np.random.default_rng(seed).integers(0, 248, (6, 6, 3), dtype=np.uint8) + np.uint8(shade)
    file = io.BytesIO()
    Image.fromarray(coarse).resize((48, 48), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def run(folder: Path, records: list[Record], **settings: object) -> tuple[list[Record], list[dict], Manifest]:
    with RecordWriter(folder / "collect") as writer:
        for record in records:
            writer.write(record)
    manifest.write(folder / "collect", Manifest("collect", "", counts={"records": len(records)}))
    made = clean(Clean(**settings), "image", folder / "collect", folder / "clean")  # type: ignore[arg-type]
    removed = [json.loads(line) for line in (folder / "clean/removed.jsonl").read_text().splitlines()]
    return list(read_records(folder / "clean")), removed, made


def drawn(seed: int, *captions: str, shade: int = 0, **facts: str) -> Record:
    return Record.of(png(seed, shade), None, f"in:{seed}+{shade} {captions[:1]}", None, None, captions, facts)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("a  green\theart\r\n", "a green heart"),
        ("<b>Fish</b> &amp; chips<br/>", "Fish & chips"),
        ("&lt;i&gt;red&lt;/i&gt; &amp;amp; blue", "red & blue"),
        ("<script>alert('x')</script>sun<!-- no -->", "sun"),
        ("a < b and c > d, 2 <3", "a < b and c > d, 2 <3"),
        ("soft\u00adly\u200b \ufeffhid\u202eden\x00\x07", "softly hidden"),
        ("cafe\u0301", "café"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ein „grünes“ Herz — 緑の心 💚", "ein „grünes“ Herz — 緑の心 💚"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_tidy(given: str, made: str) -> None:
    assert tidy(given) == made and tidy(made) == made


def test_what_goes_of_captions_is_counted_by_reason() -> None:
    many = [f"caption {i}" for i in range(MOST_CAPTIONS + 2)]
    long = "word " * 100
    record = Record.of(b"", None, "", None, None, ("a sun", " A  SUN", "", "...", "<br>", long, *many[2:]))
    tally: Counter[str] = Counter()
    kept = tidied(record, tally).captions
    assert kept[:2] == ("a sun", ("word " * 60).strip()) and len(kept) == MOST_CAPTIONS
    assert all(len(caption) <= MOST_CHARS for caption in kept) and "caption 2" in kept
    assert tally == {"empty": 3, "said twice": 1, f"cut at {MOST_CHARS} characters": 1, "more than 32 of a picture": 2}
    unspaced = tidied(Record.of(b"", None, "", None, None, ("緑" * 400,)), tally).captions
    assert unspaced == ("緑" * MOST_CHARS,)


def test_what_is_said_tells_records_apart_but_not_its_order() -> None:
    one, other = drawn(1, "a sun", "sun", object="sun"), drawn(1, "Sun", "a sun", object="sun")
    assert digest(one) == digest(other) != digest(drawn(1, "a sun", "sun", object="star"))
    assert digest(drawn(1)) == b""


def test_captions_reach_the_cleaned_records_and_the_manifest(tmp_path: Path) -> None:
    records = [drawn(i, f"<b>thing</b> {i}", f"Thing {i}", "") for i in range(8)] + [drawn(8), drawn(9)]
    kept, removed, made = run(tmp_path, records)
    assert not removed and [r.captions for r in kept] == [*((f"thing {i}",) for i in range(8)), (), ()]
    counts = {k: n for k, n in made.counts.items() if "caption" in k}
    assert counts == {"captions": 8, "without a caption": 2, "captions: empty": 8, "captions: said twice": 8}
    assert not any("caption" in name for name in run(tmp_path / "none", [drawn(i) for i in range(4)])[2].counts)


def test_near_pictures_go_only_where_they_say_the_same(tmp_path: Path) -> None:
    records = [
        drawn(1, "a heart"), drawn(1, "a heart", shade=2), drawn(1, "a green heart", shade=3),
        drawn(2, "a sun"), drawn(2, "a sun"), drawn(2, "a star"),
        drawn(3), drawn(3, shade=2), drawn(4, "a bell", style="ink"), drawn(4, "a bell", style="oil", shade=2),
        *(drawn(i, f"thing {i}") for i in range(10, 30)),
    ]  # fmt: skip
    kept, removed, _ = run(tmp_path, records)
    assert [r["rule"] for r in removed] == ["near duplicate", "exact duplicate", "near duplicate"]
    assert [r.captions for r in kept[:7]] == [
        ("a heart",), ("a green heart",), ("a sun",), ("a star",), (), ("a bell",), ("a bell",)
    ]  # fmt: skip
    side = [r.split for r in kept]
    assert side[0] == side[1] and side[2] == side[3] and side[5] == side[6], (
        "what is near lies on one side of the split"
    )


def test_the_hold_out_goes_before_the_groups_of_near_pictures(tmp_path: Path) -> None:
    things, colours = [f"thing {i}" for i in range(8)], ["red", "green", "blue", "grey"]
    records = [
        drawn(i, f"a {colour} {thing}", shade=2 * j, object=thing, colour=colour)
        for i, thing in enumerate(things)
        for j, colour in enumerate(colours)
    ]
    kept, _, made = run(tmp_path, records, hold_out=KINDS, hold_out_share=0.2)
    held = {tuple(pair) for pair in made.facts["held out"]["object*colour"]}
    assert 2 <= len(held) == made.counts["held out"] <= 7
    sides = {(r.facts["object"], r.facts["colour"]): r.split for r in kept}
    assert {sides[pair] for pair in held} == {"test"} and len(sides) == 32
    for thing, _ in held:
        assert sum(sides[thing, colour] == "train" for colour in colours) >= 2
    again = run(tmp_path / "again", records, hold_out=KINDS, hold_out_share=0.2)[2]
    assert again.facts == made.facts and again.files == made.files
    assert "held out" not in run(tmp_path / "not", records)[2].counts


def test_pictures_of_facts_that_are_not_wanted_are_left_out_and_counted(tmp_path: Path) -> None:
    records = [drawn(i, f"thing {i}", group="Flags" if i % 3 else "Food", size="Flags") for i in range(9)]
    kept, removed, made = run(tmp_path, records, leave_out=("group=Flags",))
    assert len(kept) == 3 and all(r.facts["group"] == "Food" for r in kept)
    assert [(r["rule"], r["detail"]) for r in removed] == [("not wanted", "group=Flags")] * 6
    assert any("not wanted" in name and n == 6 for name, n in made.counts.items())


def test_leaving_out_by_facts_is_refused_where_no_record_has_any(tmp_path: Path) -> None:
    run(tmp_path, [drawn(i, f"thing {i}") for i in range(3)])
    with pytest.raises(RecipeError, match=r"clean\.leave_out is of pictures and sounds, and these records are text"):
        clean(Clean(leave_out=("group=Flags",)), "text", tmp_path / "collect", tmp_path / "clean")


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("group=Flgas", r"no record has 'group=Flgas' \(did you mean 'Flags'\?\); group is one of: Flags, Food"),
        ("gruop=Flags", r"of no record 'gruop' is known \(did you mean 'group'\?\); known are: group, size"),
        ("group=flags", "no record has 'group=flags'"),
    ],
)
def test_a_mistyped_fact_is_not_left_out_in_silence(tmp_path: Path, fact: str, said: str) -> None:
    records = [drawn(i, f"thing {i}", group="Flags" if i % 3 else "Food", size="4") for i in range(9)]
    with pytest.raises(RecipeError, match=said) as refused:
        run(tmp_path, records, leave_out=("size=4", fact))
    assert """--clean.leave_out '["size=4"]'""" in (refused.value.next_command or "")
    with pytest.raises(RecipeError, match="known are: none"):
        run(tmp_path / "bare", [drawn(i, f"thing {i}") for i in range(3)], leave_out=(fact,))


def test_facts_that_no_record_has_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no record has both 'object' and 'size' for facts; there are colour, object"):
        run(tmp_path, [drawn(i, object=str(i), colour="red") for i in range(4)], hold_out=("object*size",))
