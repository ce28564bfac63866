"""Captions on disk and in batches: each row bears one of its own item's, chosen by seed and step alone."""

from __future__ import annotations

from dataclasses import replace

import torch
from plain_parts import Points, numbers_of, records_of

from anew.codecs.caption import Caption
from anew.contract import CondSpec
from anew.data.loader import Loader
from anew.data.records import Record
from anew.data.shards import Shards, write_shards

SAID = [
    ("red", "a red thing", f"thing {i}") if i % 3 else (f"blue {i}",) if i % 2 else () for i in range(24)
]  # fmt: skip


def shards(folder, said=SAID):
    caption = Caption(longest=8)
    caption.fit([one for captions in said for one in captions])
    rows = [Record.of(f"{i},{-i}", None, "test", None, captions=captions) for i, captions in enumerate(said)]

    def records(split):
        return iter(rows if split == "train" else rows[:5])

    spec = CondSpec(tokens=(8, caption.spec.vocab))
    codec = Points()
    write_shards(records, codec, caption, numbers_of, folder, spec=replace(codec.spec, cond=spec))
    return Shards(folder), caption


def test_each_row_bears_a_caption_of_its_own_item(tmp_path):
    made, caption = shards(tmp_path / "s")
    loader, heard = Loader(made, "train", 8, 3), {}
    for step in range(200):
        batch = loader.batch(step)
        for x, tokens, present in zip(batch.x, batch.cond.tokens_BL, batch.cond.present_B, strict=True):
            own = SAID[int(x[0])]
            (text,) = caption.decode([tokens])
            assert present == bool(own)
            assert text in own if own else text == ""
            heard.setdefault(int(x[0]), set()).add(text)
    assert all(heard[i] == set(own or [""]) for i, own in enumerate(SAID)), "every caption comes up"


def test_which_caption_is_a_function_of_seed_and_step(tmp_path):
    made, _ = shards(tmp_path / "s")
    one, jumping, other = (Loader(made, "train", 8, seed) for seed in (3, 3, 4))
    kept = [one.batch(step).cond.tokens_BL for step in range(300)]
    for step in (299, 0, 256):
        assert torch.equal(jumping.batch(step).cond.tokens_BL, kept[step])
    assert not torch.equal(torch.cat(kept[:9]), torch.cat([other.batch(step).cond.tokens_BL for step in range(9)]))


def test_scoring_takes_each_item_s_first_caption(tmp_path):
    made, caption = shards(tmp_path / "s")
    (batch,) = Loader(made, "train", 64, 0).windows()
    assert caption.decode(batch.cond.tokens_BL) == [own[0] if own else "" for own in SAID]
    (steering,) = Loader(made, "validation", 64, 0).windows()
    assert caption.decode(steering.cond.tokens_BL) == [own[0] if own else "" for own in SAID[:5]]


def test_another_vocabulary_makes_other_shards(tmp_path):
    made, _ = shards(tmp_path / "s")
    digest = made.manifest.digest
    again, _ = shards(tmp_path / "s")
    assert again.manifest.digest == digest
    changed, _ = shards(tmp_path / "s", [("zebra one", "zebra two"), *SAID[1:]])
    assert changed.manifest.digest != digest


def test_data_without_captions_have_none(tmp_path):
    write_shards(records_of(train=[("1,2", None)] * 4), Points(), None, numbers_of, tmp_path / "s")
    assert Loader(Shards(tmp_path / "s"), "train", 2, 0).batch(0).cond is None
