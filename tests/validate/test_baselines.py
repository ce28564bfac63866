"""Baselines: real distributions, the right counts, compressors that have read the training text."""

import gzip
import math

import numpy as np
import pytest

from anew.validate.baselines import baselines, ngram_bits
from anew.validate.metric import Unmeasured

TRAIN = [f"the cat sat on the mat number {n}; the dog saw the cat.\n" * 3 for n in range(30)]
HELD = ["the dog sat on the cat.\n", "a mat saw the dog number 7;\n"]


def joined(texts):
    return b"".join(t.encode() + b"\xff" for t in texts)


@pytest.mark.parametrize("order", [1, 2, 3, 6, 8])
def test_an_n_gram_is_a_distribution(order):
    """The probabilities of all 256 next bytes sum to 1, after a known and after an unknown context."""
    for start in (b"the c", b"zzzzz"):
        with_each = [start + bytes([b]) for b in range(255)]
        end = 2 ** -(ngram_bits(joined(TRAIN), [start], order)[0] - bits_without_end(start, order))
        total = end + sum(2 ** -(bits_without_end(d, order) - bits_without_end(start, order)) for d in with_each)
        assert math.isclose(total, 1, rel_tol=1e-9)


def bits_without_end(document, order):
    """Bits of the bytes alone: those of the document and its end, less those of the end after it."""
    from anew.validate import baselines as module

    line = b"\xff" + document + b"\xff"
    asked = module.packed(line, order)
    p = np.full(len(line), 1 / 256)
    for level in module.levels(joined(TRAIN), order):
        p = level.given(p, asked)
    return float(-np.log2(p[1:-1]).sum())


def test_counts_at_order_one_by_hand():
    """Unigram counts with one discount rule, checked against plain Python."""
    from anew.validate import baselines as module

    seen, times = module.counted(module.packed(b"\xff" + b"abracadabra", 1), 1, 1)
    assert dict(zip(seen.tolist(), times.tolist(), strict=True)) == {97: 5, 98: 2, 99: 1, 100: 1, 114: 2, 255: 1}
    seen, times = module.counted(module.packed(b"abab", 2), 1, 2)
    assert dict(zip(seen.tolist(), times.tolist(), strict=True)) == {97: 2, 98: 1}  # left neighbours: end, b; a


def test_longer_contexts_and_more_text_help():
    held = [h.encode() for h in HELD]
    one, two, three = (ngram_bits(joined(TRAIN), held, k).sum() for k in (1, 2, 3))
    assert one > two > three
    assert three < ngram_bits(joined(TRAIN[:2]), held, 3).sum()
    with pytest.raises(ValueError, match="1 to 8"):
        ngram_bits(b"a", [b"a"], 9)


def test_the_figures():
    found = {m.name: m for m in baselines(TRAIN, HELD, np.random.default_rng(0))}
    assert set(found) == {f"{n}_bits_per_byte" for n in ("uniform", "trigram", "ngram_6", "gzip", "xz")}
    assert found["uniform_bits_per_byte"].value == 8
    assert found["ngram_6_bits_per_byte"].low <= found["ngram_6_bits_per_byte"].value
    size = sum(len(h) for h in HELD)
    text = "\xff".join(HELD).encode("latin-1")
    plain = len(gzip.compress(joined(TRAIN) + b"\xff" + text, 9, mtime=0)) - len(
        gzip.compress(joined(TRAIN), 9, mtime=0)
    )
    assert found["gzip_bits_per_byte"].value == 8 * plain / size
    assert 0 < found["xz_bits_per_byte"].value < 8
    with pytest.raises(Unmeasured):
        baselines([], HELD, np.random.default_rng(0))
