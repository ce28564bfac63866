import math

import numpy as np
import pytest
import torch
from plain_parts import Letters, Names, Points, numbers_of, records_of, value_of

from anew.contract import CondSpec, Spec
from anew.data.loader import Loader, shuffled
from anew.data.shards import Shards, write_shards
from anew.errors import DataError

TEXTS = ["abcdefghij", "klm", "nopqrstuvwxyz", "a"]
JOINED = [26]
for text in TEXTS:
    JOINED += [ord(c) - 97 for c in text] + [26]


def texts(folder, *values):
    write_shards(records_of(train=[(v, None) for v in values]), Letters(), None, value_of, folder)
    return Shards(folder)


def grid(folder, n):
    rows = [(f"{i},{-i}", ("left", "right", None)[i % 3]) for i in range(n)]
    write_shards(records_of(train=rows), Points(), Names(), numbers_of, folder)
    return Shards(folder)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 257, 4096, 10_001])
def test_shuffled_is_a_permutation_and_another_one_for_another_seed(n):
    orders = [shuffled(np.arange(n), n, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert sorted(orders[0].tolist()) == list(range(n))
    assert (orders[0] == orders[1]).all()
    if n > 10:
        assert (orders[0] != orders[2]).any()
        assert abs(np.corrcoef(orders[0], np.arange(n))[0, 1]) < 4 / math.sqrt(n)


def test_a_batch_depends_on_seed_and_step_alone(tmp_path):
    shards = texts(tmp_path / "s", *TEXTS)
    ahead, jumping, other = (Loader(shards, "train", 4, seed, 5) for seed in (3, 3, 4))
    batches = [ahead.batch(step).x for step in range(600)]
    for step in (599, 0, 300, 255, 256, 17):
        assert torch.equal(jumping.batch(step).x, batches[step])
    assert not torch.equal(torch.cat(batches[:9]), torch.cat([other.batch(step).x for step in range(9)]))
    assert not torch.equal(ahead.batch(0, draw=1).x, ahead.batch(0).x)


def test_an_epoch_predicts_every_token(tmp_path):
    shards = texts(tmp_path / "s", *TEXTS)
    loader = Loader(shards, "train", 1, 0, 5)
    ring = JOINED[:-1]
    windows = {tuple((ring * 3)[i : i + 6]): i for i in range(len(ring))}
    for epoch in range(3):
        begins = [windows[tuple(loader.batch(epoch * loader.items + i).x[0].tolist())] for i in range(loader.items)]
        predicted = {(b + 1 + k) % len(ring) for b in begins for k in range(5)}
        assert predicted == set(range(len(ring)))


def test_epochs_are_cut_and_ordered_anew(tmp_path):
    loader = Loader(texts(tmp_path / "s", *TEXTS), "train", 1, 0, 5)
    epochs = [torch.cat([loader.batch(e * loader.items + i).x for i in range(loader.items)]) for e in range(4)]
    assert len({e.numpy().tobytes() for e in epochs}) == 4


@pytest.mark.parametrize("values", [["a"], [""], ["ab", "c"]])
def test_texts_shorter_than_a_window(tmp_path, values):
    loader = Loader(texts(tmp_path / "s", *values), "train", 3, 0, 16)
    batch = loader.batch(0)
    assert batch.x.shape == (3, 17)
    assert batch.exists is None
    (window,) = loader.windows()
    length = sum(len(v) + 1 for v in values)
    assert window.exists.sum() == length + 1 and window.counts.sum() == length
    assert not window.counts[:, 0].any()


@pytest.mark.parametrize("context", [1, 3, 5, 8, 64])
def test_windows_predict_every_token_once_in_order(tmp_path, context):
    loader = Loader(texts(tmp_path / "s", *TEXTS), "train", 4, 0, context)
    seen, contexts = [], []
    for batch in loader.windows():
        counts = batch.counts if batch.counts is not None else torch.ones_like(batch.x, dtype=torch.bool)
        counts[:, 0] = False
        for row, mask in zip(batch.x, counts, strict=True):
            seen += row[mask].tolist()
            contexts.append(int(row[0]))
    assert seen == JOINED[1:]
    assert contexts == JOINED[:-1:context]
    assert sum(b.weight for b in loader.windows()) == len(JOINED) - 1


def test_windows_stop_at_a_limit_and_can_be_spread(tmp_path):
    loader = Loader(texts(tmp_path / "s", *TEXTS), "train", 2, 0, 4)
    first = torch.cat([b.x for b in loader.windows(limit=3)])
    assert first.shape == (3, 5)
    everything = torch.cat([b.x for b in loader.windows()])
    assert torch.equal(first, everything[:3])
    spread = torch.cat([b.x for b in loader.windows(limit=3, spread=True)])
    assert torch.equal(spread, everything[[0, loader.items // 3, loader.items * 2 // 3]])


def test_reading_from_disk_gives_the_same_batches(tmp_path, monkeypatch):
    shards = texts(tmp_path / "s", *TEXTS)
    held = Loader(shards, "train", 4, 0, 7)
    monkeypatch.setattr("anew.data.shards.RESIDENT_BYTES", 0)
    read = Loader(shards, "train", 4, 0, 7)
    assert read.data.resident is None
    for step in range(50):
        assert torch.equal(held.batch(step).x, read.batch(step).x)


def test_grid_rows_keep_their_labels(tmp_path):
    loader = Loader(grid(tmp_path / "s", 10), "train", 5, 0)
    rows = [loader.batch(step) for step in range(2)]
    x = torch.cat([b.x for b in rows])
    assert sorted(x[:, 0].tolist()) == list(range(10))
    assert torch.equal(x[:, 1], -x[:, 0])
    for batch in rows:
        number = batch.x[:, 0].long()
        assert torch.equal(batch.cond.present_B, number % 3 != 2)
        assert torch.equal(batch.cond.label_B[batch.cond.present_B], (number % 3)[number % 3 != 2])
    assert [len(b) for b in loader.windows(4)] == [4, 4, 2]
    assert torch.cat([b.x for b in loader.windows(4)])[:, 0].tolist() == list(range(10))


def test_a_row_of_whole_sequences_is_one_item_under_its_own_label(tmp_path):
    values = ["abc", "def", "ghi", "jkl", "mno", "pqr", "stu"]
    label_of = {value: ("left", "right", None)[i % 3] for i, value in enumerate(values)}
    spec = Spec("tokens", (4,), 27, 26, CondSpec(classes=2), whole=True)
    source = records_of(train=list(label_of.items()))
    write_shards(source, Letters(context=4, whole=True), Names(), value_of, tmp_path / "s", spec=spec)
    loader = Loader(Shards(tmp_path / "s"), "train", 7, 3)
    assert loader.items == 7
    for batch in (loader.batch(0), loader.batch(1), loader.batch(300), *loader.windows(7)):
        assert (batch.x[:, 0] == 26).all() and (batch.x[:, -1] == 26).all()
        assert batch.exists is None and batch.counts is None
        items = ["".join(chr(97 + t) for t in row[1:-1].tolist()) for row in batch.x]
        assert sorted(items) == values
        present, label = batch.cond.present_B.tolist(), batch.cond.label_B.tolist()
        told = [Names.names[i] if there else None for i, there in zip(label, present, strict=True)]
        assert told == [label_of[item] for item in items]
    orders = {loader.batch(step).x.numpy().tobytes() for step in range(5)}
    assert len(orders) == 5


def test_a_sequence_that_is_not_whole_is_refused(tmp_path):
    with pytest.raises(DataError, match="2 tokens of an item, not 3"):
        write_shards(records_of(train=[("ab", None)]), Letters(context=4, whole=True), None, value_of, tmp_path / "s")


def test_an_empty_split_is_refused(tmp_path):
    shards = grid(tmp_path / "s", 3)
    assert shards.count("test") == 0
    with pytest.raises(DataError, match="test split holds nothing"):
        Loader(shards, "test", 1, 0)


@pytest.mark.parametrize("begins", [(3, 26), ()])
def test_documents_with_a_beginning_of_their_own_are_joined_by_it_and_predicted_once(tmp_path, begins):
    codec = Letters()
    codec.spec = Spec("tokens", (8,), 27, 26, begins=begins, stops=(5,))
    write_shards(records_of(train=[(v, None) for v in TEXTS]), codec, None, value_of, tmp_path / "s")
    shards = Shards(tmp_path / "s")
    assert shards.spec == codec.spec
    line = [t for text in TEXTS for t in (*begins, *(ord(c) - 97 for c in text), 26)]
    assert shards.column("train", "tokens").read(0, 99).tolist() == line
    starts = shards.column("train", "starts").read(0, 9).tolist()
    assert [line[s] for s in starts] == [0, 10, 13, 0]
    predicted = []
    for batch in Loader(shards, "train", 2, 0, 5).windows():
        counts = torch.ones_like(batch.x, dtype=torch.bool) if batch.counts is None else batch.counts
        predicted += batch.x[:, 1:][counts[:, 1:]].tolist()
    assert predicted == line[1:]
