import subprocess
import sys

import numpy as np
import pytest
import torch
from plain_parts import Letters, Names, Points, numbers_of, records_of, value_of

from anew.contract import CondSpec
from anew.data import manifest
from anew.data.shards import Column, ColumnWriter, Shards, write_shards
from anew.errors import Damaged, DataError

TEXTS = records_of(train=[("abc", None), ("", None), ("zz", None)], validation=[("q", None)])


def test_documents_are_joined_by_the_end_symbol(tmp_path):
    made = write_shards(TEXTS, Letters(), None, value_of, tmp_path / "shards")
    shards = Shards(tmp_path / "shards")
    tokens, starts = shards.column("train", "tokens"), shards.column("train", "starts")
    assert tokens.read(0, 99).tolist() == [26, 0, 1, 2, 26, 26, 25, 25]
    assert starts.read(0, 9).tolist() == [1, 5, 6]
    assert tokens.dtype == np.uint8
    assert made.counts == {
        "train_items": 3, "train_length": 8, "validation_items": 1, "validation_length": 2,
        "test_items": 0, "test_length": 0,
    }  # fmt: skip
    assert shards.spec == Letters().spec
    assert shards.column("train", "labels") is None


@pytest.mark.parametrize(("vocab", "dtype"), [(256, np.uint8), (257, np.uint16), (65537, np.uint32)])
def test_tokens_take_the_smallest_integer_that_fits(tmp_path, vocab, dtype):
    write_shards(TEXTS, Letters(vocab, vocab - 1), None, value_of, tmp_path / "shards")
    column = Shards(tmp_path / "shards").column("train", "tokens")
    assert column.dtype == dtype
    assert column.read(0, 1)[0] == vocab - 1


def test_plain_numpy_reads_the_files(tmp_path):
    write_shards(TEXTS, Letters(), None, value_of, tmp_path / "shards")
    assert np.load(tmp_path / "shards" / "train.tokens.npy").tolist() == [26, 0, 1, 2, 26, 26, 25, 25]


def test_grid_labels_and_unknown_ones(tmp_path):
    rows = [("1,2", "left"), ("3,4", None), ("5,6", "right"), ("7,8", "middle")]
    write_shards(records_of(train=rows), Points(), Names(), numbers_of, tmp_path / "s")
    shards = Shards(tmp_path / "s")
    assert shards.column("train", "grid").read(0, 9).tolist() == [[1, 2], [3, 4], [5, 6], [7, 8]]
    assert shards.column("train", "labels").read(0, 9).tolist() == [0, -1, 1, -1]
    assert shards.spec.cond == CondSpec(classes=2)


def test_a_second_run_does_nothing_and_a_changed_one_does_it_again(tmp_path):
    codec, again = Letters(), Letters()
    first = write_shards(TEXTS, codec, None, value_of, tmp_path / "s", inputs={"clean": "a"})
    assert codec.seen == 4
    assert write_shards(TEXTS, again, None, value_of, tmp_path / "s", inputs={"clean": "a"}) == first
    assert again.seen == 0
    write_shards(TEXTS, again, None, value_of, tmp_path / "s", inputs={"clean": "b"})
    assert again.seen == 4


def test_the_same_data_gives_the_same_bytes(tmp_path):
    digests = [write_shards(TEXTS, Letters(), None, value_of, tmp_path / n).digest for n in ("a", "b")]
    assert digests[0] == digests[1]


def test_copies_are_augmented_each_anew_and_only_to_train(tmp_path):
    rows = [("1,1", None), ("2,2", None)]

    def jitter(samples, rng):
        return torch.tensor(samples) + torch.rand(len(samples), 2, generator=rng) / 10

    write_shards(
        records_of(train=rows, validation=rows), Points(), None, numbers_of,
        tmp_path / "s", copies=3, augment=jitter, seed=7,
    )  # fmt: skip
    shards = Shards(tmp_path / "s")
    train = shards.column("train", "grid").read(0, 9)
    assert train.round().tolist() == [[1, 1], [2, 2]] * 3
    assert len(np.unique(train)) == 12
    assert shards.column("validation", "grid").read(0, 9).tolist() == [[1, 1], [2, 2]]
    assert shards.count("train") == 6


def test_nothing_to_train_on_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(DataError, match="no usable records"):
        write_shards(records_of(), Letters(), None, value_of, tmp_path / "s")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DataError, match="holds no encoded data"):
        Shards(tmp_path / "s")


def test_a_failing_codec_leaves_the_shards_before(tmp_path):
    before = write_shards(TEXTS, Letters(), None, value_of, tmp_path / "s")

    def fails(record):
        raise DataError("broken")

    with pytest.raises(DataError, match="broken"):
        write_shards(TEXTS, Letters(), None, fails, tmp_path / "s", inputs={"clean": "new"})
    assert manifest.load(tmp_path / "s") == before
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


def test_columns_read_the_same_from_memory_and_from_disk(tmp_path, monkeypatch):
    writer = ColumnWriter(tmp_path / "c.npy", np.float32, (3,))
    rows = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    writer.write(rows[:40])
    writer.write(rows[40:])
    writer.close()
    resident = Column(tmp_path / "c.npy")
    monkeypatch.setattr("anew.data.shards.RESIDENT_BYTES", 0)
    streamed = Column(tmp_path / "c.npy")
    assert resident.resident is not None and streamed.resident is None
    picked = np.array([5, 99, 0, 5])
    for column in (resident, streamed):
        assert (column.take(picked) == rows[picked]).all()
        assert (column.read(95, 10) == rows[95:]).all()


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
from pathlib import Path
import numpy as np, torch
from anew.data.loader import Loader
from anew.data.shards import Column, Shards
torch.set_num_threads(1)
loader = Loader(Shards(Path(sys.argv[1])), "train", 16, 0, 64)
assert loader.data.resident is None
assert len(loader.data) == 2_000_000_000
total = sum(int(loader.batch(step).x.sum()) for step in range(300))
print(total)
"""


def test_two_gigabytes_of_tokens_under_a_limit_on_the_address_space(tmp_path):
    """The file is sparse: it holds 2 GB of zeros and takes no space."""
    write_shards(TEXTS, Letters(), None, value_of, tmp_path / "s")
    path = tmp_path / "s" / "train.tokens.npy"
    writer = ColumnWriter(path, np.uint8)
    writer.length = 2_000_000_000
    writer.close()
    with open(path, "r+b") as file:
        file.truncate(path.stat().st_size + 2_000_000_000)
    run = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path / "s")], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) == 0


def test_a_file_that_was_cut_short_is_named(tmp_path):
    write_shards(TEXTS, Letters(), None, value_of, tmp_path / "s")
    path = tmp_path / "s" / "train.tokens.npy"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(Damaged, match="train.tokens.npy: shorter than it says"):
        Shards(tmp_path / "s").column("train", "tokens")
