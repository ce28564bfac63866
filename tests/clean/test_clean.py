"""Cleaning takes what it should, says why, keeps the rest to the byte, and no near-duplicate lies across the split."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anew.clean import clean, minhash, neighbours, passes, pictures
from anew.clean.fate import copies
from anew.clean.index import Index
from anew.data import manifest
from anew.data.manifest import Manifest
from anew.data.records import Record, RecordWriter, read_records
from anew.errors import DataError
from anew.recipe import Clean

WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("la", "ner", "sto", "vi", "ck")]


def prose(seed: int, length: int = 120) -> list[str]:
    return np.random.default_rng(seed).choice(WORDS, length).tolist()


def run(
    folder: Path, values: list, modality: str = "text", **settings: object
) -> tuple[list[Record], list[dict], Manifest]:
    """What is kept and what is removed of records with these values."""
    with RecordWriter(folder / "collect") as writer:
        for number, value in enumerate(values):
            writer.write(Record.of(value, None, f"in:{number}", None))
    manifest.write(folder / "collect", Manifest("collect", "", counts={"records": len(values)}))
    made = clean(Clean(**settings), modality, folder / "collect", folder / "clean")  # type: ignore[arg-type]
    removed = [json.loads(line) for line in (folder / "clean/removed.jsonl").read_text().splitlines()]
    kept = list(read_records(folder / "clean"))
    assert len(kept) + len(removed) == len(values) == made.counts["collected"]
    assert not (folder / "clean/.index").exists()
    return kept, removed, made


def png(values: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values.astype(np.uint8)).save(file, kind, **options)
    return file.getvalue()


def test_good_text_passes_unchanged(tmp_path: Path) -> None:
    values = [f"Zeile {i}: „Größe“ — naïve café…\n\n\tKeep  this\fas it is, {i} times. 東京 🙂\n" for i in range(5)]
    kept, removed, _ = run(tmp_path, values, duplicates="exact")
    assert [r.value for r in kept] == values and not removed
    assert all(
        r == Record(r.value, None, r.origin, None, Record.of(r.value, None, "", None).hash, r.split) for r in kept
    )


def test_broken_text_is_mended_and_hashed_anew(tmp_path: Path) -> None:
    broken = "Das ist schÃ¶n und grÃ¶ÃŸer\r\nals zuvor\x07 gedacht"
    kept, _, _ = run(tmp_path, [broken])
    assert kept[0].value == "Das ist schön und größer\nals zuvor gedacht"
    assert kept[0].hash == Record.of(kept[0].value, None, "", None).hash
    untouched, _, _ = run(tmp_path / "off", [broken], repair=False)
    assert untouched[0].value == broken


def test_each_rule_says_why(tmp_path: Path) -> None:
    text = " ".join(prose(1))
    _, removed, made = run(
        tmp_path, [text, "  \n", "too short", "\x01\x02\x03 and text" * 3, text + "\r\n", text.upper()]
    )
    assert {r["origin"]: (r["rule"], r["detail"].split(",")[0]) for r in removed} == {
        "in:1": ("empty", "nothing but white space"),
        "in:2": ("short", "9 characters"),
        "in:3": ("binary", "9 of 36 characters have no print"),
        "in:4": ("near duplicate", "of in:0"),
        "in:5": ("near duplicate", "of in:0"),
    }
    assert made.counts["removed: near duplicate"] == 2 and made.counts["records"] == 1
    assert made.facts["removed examples"]["short"] == ["in:2: 9 characters, fewer than 16"]


def test_what_counts_as_a_duplicate_is_a_setting(tmp_path: Path) -> None:
    words = prose(2)
    near = " ".join([*words[:60], "other", *words[61:]])
    values = [" ".join(words), near, " ".join(words), *(" ".join(prose(i)) for i in range(10, 40))]
    for setting, rules in (
        ("none", []),
        ("exact", ["exact duplicate"]),
        ("near", ["near duplicate", "exact duplicate"]),
    ):
        kept, removed, _ = run(tmp_path / setting, values, duplicates=setting)
        assert [r["rule"] for r in removed] == rules
        sides = {r.split for r in kept if r.origin in ("in:0", "in:1", "in:2")}
        assert len(sides) == 1, "near-duplicates lie on one side of the split, kept or not"


@pytest.mark.parametrize("cjk", [False, True])
def test_near_duplicates_are_found_and_half_alike_texts_stay(tmp_path: Path, cjk: bool) -> None:
    rng = np.random.default_rng(0)
    joint = "" if cjk else " "
    sign = [chr(0x4E00 + i) for i in range(2000)] if cjk else WORDS
    planted, decoys, values = set(), set(), []
    for number in range(400):
        words = rng.choice(sign, 200).tolist()
        values.append(joint.join(words))
        if number % 8 == 0:
            planted.add(f"in:{len(values)}")
            values.append(joint.join([*words[:99], sign[7], *words[100:]]))
        if number % 8 == 4:
            decoys.add(f"in:{len(values)}")
            values.append(joint.join([*words[:100], *rng.choice(sign, 100).tolist()]))
    kept, removed, _ = run(tmp_path, values)
    assert {r["origin"] for r in removed} == planted and len(planted) == 50
    assert decoys <= {r.origin for r in kept}


def test_no_near_duplicates_across_the_split(tmp_path: Path) -> None:
    values = []
    for seed in range(60):
        words = prose(seed, 200)
        values += [" ".join([*words[:i], "changed", *words[i + 1 :]]) for i in (20, 60, 100)]
    kept, _, made = run(tmp_path, values, duplicates="exact")
    side = {r.origin: r.split for r in kept}
    assert len(side) == 180 and made.counts["groups"] == 60
    assert all(len({side[f"in:{3 * i + j}"] for j in range(3)}) == 1 for i in range(60))
    assert {made.counts[s] for s in ("validation", "test")} == {18}


def test_pairs_just_too_unlike_to_be_removed_still_share_a_side(tmp_path: Path) -> None:
    values = []
    for seed in range(60):  # four changed words of 180 leave a similarity of 0.8
        words = prose(seed, 180)
        changed = {int(i) for i in np.linspace(10, 170, 4)}
        values += [" ".join(words), " ".join("changed" if i in changed else w for i, w in enumerate(words))]
    kept, _, _ = run(tmp_path, values)
    side = {r.origin: r.split for r in kept}
    both = [i for i in range(60) if f"in:{2 * i + 1}" in side]
    assert len(both) > 15 and all(side[f"in:{2 * i}"] == side[f"in:{2 * i + 1}"] for i in both)


def test_a_chain_keeps_what_is_not_near_to_a_kept_one(tmp_path: Path) -> None:
    words = prose(3, 200)
    chain = []
    for step in range(12):  # each is near to the one before, the last far from the first
        words = [*words[: step * 16], *prose(100 + step, 4), *words[step * 16 + 4 :]]
        chain.append(" ".join(words))
    kept, removed, made = run(tmp_path, chain)
    assert made.counts["groups"] == 1 or len(removed) < 12
    texts = {f"in:{i}": set(minhash.shingles(t)) for i, t in enumerate(chain)}
    assert 2 <= len(kept) < 12
    for row in removed:
        a, b = texts[row["origin"]], texts[row["detail"].removeprefix("of ")]
        assert len(a & b) / len(a | b) > 0.7


def test_language(tmp_path: Path) -> None:
    values = [
        "The quick brown fox jumps over the lazy dog and runs away from the big house.",
        "Der schnelle braune Fuchs springt über den faulen Hund und läuft vom großen Haus weg.",
    ]
    kept, removed, _ = run(tmp_path, values, languages=("en",))
    assert [r.origin for r in kept] == ["in:0"] and removed[0]["detail"] == "de, not en"


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    values = [" ".join(prose(i)) for i in range(20)]
    _, _, first = run(tmp_path, values)
    seen = {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in (tmp_path / "clean").iterdir()}
    assert clean(Clean(), "text", tmp_path / "collect", tmp_path / "clean") == first
    assert {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in (tmp_path / "clean").iterdir()} == seen
    assert clean(Clean(min_chars=17), "text", tmp_path / "collect", tmp_path / "clean").fingerprint != first.fingerprint


def test_batches_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = [" ".join(prose(i % 70, 40 + i)) for i in range(140)]
    one = run(tmp_path / "a", values)
    monkeypatch.setattr(passes, "BATCH", 1)
    assert run(tmp_path / "b", values) == one


def test_nothing_collected_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no collected records"):
        clean(Clean(), "text", tmp_path / "collect", tmp_path / "clean")


# ------------------------------------------------------------------------------------------------ pictures


def scene(seed: int, side: int = 96) -> np.ndarray:
    """A picture with detail at every scale, as photographs have."""
    rng, made = np.random.default_rng(seed), np.zeros((side, side, 3))
    for cells in (3, 6, 12, 24, 48):
        grid = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8)).resize(
            (side, side), Image.Resampling.BICUBIC
        )
        made += np.asarray(grid) / cells**0.7
    return ((made - made.min()) / np.ptp(made) * 255).astype(np.uint8)


def test_pictures_that_look_the_same_are_near_and_other_colours_are_not(tmp_path: Path) -> None:
    base = [scene(i) for i in range(12)]
    values = [png(p) for p in base]
    values += [
        png(base[0], "JPEG", quality=90),
        png(np.asarray(Image.fromarray(base[1]).resize((48, 48), Image.Resampling.LANCZOS))),
    ]
    values += [png(base[2][:, :, [2, 0, 1]]), png(255 - base[3]), png(base[4][::-1])]
    kept, removed, made = run(tmp_path, values, "image")
    assert {(r["origin"], r["rule"], r["detail"]) for r in removed} == {
        ("in:12", "near duplicate", "of in:0"),
        ("in:13", "near duplicate", "of in:1"),
    }
    assert [r.value for r in kept] == [v for i, v in enumerate(values) if i not in (12, 13)]
    assert min(made.counts[s] for s in ("train", "validation", "test")) >= 1


def test_different_small_digits_are_kept_and_noisy_copies_go(tmp_path: Path) -> None:
    """Perceptual hashes are made for photographs; on tiny pictures they must not call two threes the same."""
    digits = pytest.importorskip("sklearn.datasets").load_digits().images[:400] * 15
    noisy = (digits[:20] + np.random.default_rng(0).normal(0, 1, (20, 8, 8))).clip(0, 255)
    values = [png(d) for d in digits] + [png(d) for d in noisy]
    _, removed, _ = run(tmp_path, values, "image")
    assert {r["origin"] for r in removed} <= {f"in:{i}" for i in range(400, 420)} and len(removed) >= 18


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_pictures_of_every_mode_have_features(mode: str) -> None:
    colour = Image.fromarray(scene(1))
    made = (
        Image.fromarray(np.arange(96 * 96, dtype=np.uint16).reshape(96, 96)) if mode == "I;16" else colour.convert(mode)
    )
    assert pictures.features(made).shape == (pictures.WIDTH - pictures.SAID_WIDTH,)


# ------------------------------------------------------------------------------------------------ the index


def test_groups_are_those_of_all_pairs(tmp_path: Path) -> None:
    """Against the plain way: compare all pairs and follow the chains."""
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 1 << 16, (300, 128), dtype=np.uint16)
    for row in range(100, 300):  # crowds of likes, larger than the reach of one comparison
        rows[row] = rows[row % 4]
        rows[row, rng.choice(128, rng.integers(0, 18), replace=False)] = 7

    def near(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return minhash.near(a, b, 0.8)

    with Index(tmp_path / "i", 128) as index:
        for begin in range(0, 300, 70):
            part = rows[begin : begin + 70]
            index.add(list(range(begin, begin + len(part))), ["00" * 32] * len(part), part)
        root = neighbours.groups(index, minhash.bands(0.8), near, lambda part: None)
        stands = neighbours.represented(index, root, near)
    plain = np.arange(300)
    for _ in range(10):
        for i in range(300):
            plain[i] = plain[near(np.broadcast_to(rows[i], rows.shape), rows)].min()
    assert root.tolist() == plain.tolist()
    kept = np.flatnonzero(stands == np.arange(300))
    for i in range(300):
        assert near(rows[stands[i]][None], rows[i][None])[0]
        assert (
            i not in kept
            or not near(rows[kept[kept < i]], np.broadcast_to(rows[i], (int((kept < i).sum()), 128))).any()
        )


def test_bands_find_what_is_just_similar_enough() -> None:
    for similarity in (0.5, 0.7, 0.8, 0.95):
        bands = minhash.bands(similarity)
        rows = bands[0].stop
        assert 1 - (1 - similarity**rows) ** len(bands) >= 0.99 and rows * len(bands) <= minhash.WIDTH


def test_signatures_estimate_similarity() -> None:
    base = prose(5, 400)
    for changed, expected in ((0, 1.0), (40, 0.81), (200, 0.33)):
        other = [*prose(6, changed), *base[changed:]]
        a, b = set(minhash.shingles(" ".join(base))), set(minhash.shingles(" ".join(other)))
        truth = len(a & b) / len(a | b)
        first, second = minhash.signatures([" ".join(base), " ".join(other)])
        assert truth == pytest.approx(expected, abs=0.02)
        assert float(minhash.likeness(first, second)) == pytest.approx(truth, abs=0.13)


def test_copies_by_hash() -> None:
    hashes = np.frombuffer(b"".join(bytes([v]) * 32 for v in (5, 2, 5, 9, 2, 5)), dtype=np.uint8).reshape(-1, 32)
    first, rank = copies(hashes)
    assert first.tolist() == [0, 1, 0, 3, 1, 0]
    assert rank.tolist() == [2, 0, 3, 5, 1, 4]
