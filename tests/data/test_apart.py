"""Samples that stand apart: a row each, with what counts in it, and beside it what it is preferred to."""

import pytest
import torch
from plain_parts import Letters, records_of, value_of

from anew.contract import Spec
from anew.data.loader import Loader
from anew.data.shards import Shards, write_shards

ASKED = ["abc=xy", "d=z", "efgh=uvw", "ij=k"]


class Answers(Letters):
    """What stands after = counts, the end too."""

    apart = True

    def __init__(self, begins=None):
        super().__init__()
        self.spec = Spec("tokens", (8,), 27, 26, begins=begins)

    def encode(self, samples):
        return super().encode([s.replace("=", "q") for s in samples])

    def counted(self, samples):
        return [torch.arange(len(s) + 1) > s.index("=") for s in samples]


def shards(folder, *values, **changes):
    write_shards(records_of(train=[(v, None) for v in values]), Answers(**changes), None, value_of, folder)
    return Shards(folder)


def said(batch):
    """Each row's tokens that count, as letters; a full stop for the end."""
    letters = [chr(97 + i) for i in range(26)] + ["."]
    return ["".join(letters[t] for t in x[c].tolist()) for x, c in zip(batch.x, batch.counts, strict=True)]


def test_a_row_is_a_sample_and_its_answer_counts(tmp_path):
    loader = Loader(shards(tmp_path / "s", *ASKED), "train", 2, 0, 16)
    assert loader.items == 4
    seen = said(loader.batch(0)) + said(loader.batch(1))
    assert sorted(seen) == ["k.", "uvw.", "xy.", "z."]
    (batch,) = loader.windows(4)
    assert said(batch) == ["xy.", "z.", "uvw.", "k."]
    assert batch.x[:, 0].tolist() == [26] * 4 and batch.x.shape == (4, 10)
    assert batch.exists.sum(1).tolist() == [len(s) + 2 for s in ASKED]
    assert batch.x[~batch.exists].tolist() == [26] * int((~batch.exists).sum())


@pytest.mark.parametrize("begins", [(), (3, 4)])
def test_a_spec_may_begin_in_its_own_way(tmp_path, begins):
    loader = Loader(shards(tmp_path / "s", *ASKED, begins=begins), "train", 4, 0, 16)
    (batch,) = loader.windows(4)
    assert said(batch) == ["xy.", "z.", "uvw.", "k."]
    assert batch.x[:, : len(begins)].tolist() == [list(begins)] * 4
    assert batch.exists.sum(1).tolist() == [len(begins) + len(s) + 1 for s in ASKED]


def test_of_a_long_sample_the_end_is_kept(tmp_path):
    loader = Loader(shards(tmp_path / "s", "abcdefghijklm=xyz", "a=b"), "train", 2, 0, 5)
    (batch,) = loader.windows(2)
    assert batch.x.shape == (2, 6) and said(batch) == ["xyz.", "b."]


def test_rivals_come_with_their_rows(tmp_path):
    chosen, rejected = shards(tmp_path / "a", *ASKED), shards(tmp_path / "b", *[a.split("=")[0] + "=rr" for a in ASKED])
    loader = Loader(chosen, "train", 3, 0, 16, rejected)
    for step in range(3):
        batch = loader.batch(step)
        assert batch.weight == 3
        for own, other in zip(said(batch), said(batch.rival), strict=True):
            assert other == "rr." and own != other
        shared = min(batch.x.shape[1], batch.rival.x.shape[1])
        before = ~(batch.counts[:, :shared].cumsum(1) > 0) & batch.exists[:, :shared]
        assert torch.equal(batch.x[:, :shared][before], batch.rival.x[:, :shared][before])
    assert len(batch.take(slice(0, 2)).rival) == 2
