"""What knows no network: the uniform code, interpolated n-grams, gzip and xz, all on the same held-out texts.

In: training texts and held-out texts. Out: bits per byte, one figure each. An n-gram model and a compressor that has
read the training text are what a model of text has to beat before it is worth its time.
"""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from anew.validate.interval import bootstrap, ratio_of_sums
from anew.validate.metric import Metric, Unmeasured

END = b"\xff"  # no byte of UTF-8: it parts documents, and ends each
READ_BYTES = 16 << 20  # of the training texts, the first: what order 6 and xz read in a minute
Keys = NDArray[np.uint64]


def baselines(
    train: Iterable[str],
    held_out: Sequence[str],
    rng: np.random.Generator,
    *,
    orders: Sequence[int] = (3, 6),
    draws: int = 1000,
) -> list[Metric]:
    """Bits per byte of `held_out` by each baseline; n-grams and compressors have read `train`. An order-k n-gram
    predicts a byte from the k - 1 before it and also pays for each end, as a model does."""
    learnt, cut = first_bytes(train, READ_BYTES)
    documents = [d.encode("utf-8", "surrogatepass") for d in held_out]
    size = sum(map(len, documents))
    if not learnt or not size:
        raise Unmeasured("no text to compare on")
    note = f"has read the first {READ_BYTES >> 20} MB of the training text" if cut else "has read the training text"
    made = [Metric("uniform_bits_per_byte", 8.0, n=len(documents), unit="bits per byte", kind="exact", better="lower")]
    for order in orders:
        bits = ngram_bits(learnt, documents, order)
        pairs = np.stack([bits, [len(d) for d in documents]], 1)
        low, high = bootstrap(pairs, ratio_of_sums, rng, draws)
        name = f"{'trigram' if order == 3 else f'ngram_{order}'}_bits_per_byte"
        made.append(
            Metric(name, ratio_of_sums(pairs), low, high, len(documents), "bits per byte", "exact", "lower", note)
        )
    text = END.join(documents)
    for name, code in (("gzip", gzip_size), ("xz", xz_size)):
        share = 8 * (code(learnt + END + text) - code(learnt)) / size
        made.append(
            Metric(f"{name}_bits_per_byte", share, None, None, len(documents), "bits per byte", "exact", "lower", note)
        )
    return made


def first_bytes(texts: Iterable[str], limit: int) -> tuple[bytes, bool]:
    """The texts, each followed by an end, up to `limit` bytes; whether that cut something off."""
    made = bytearray()
    for text in texts:
        made += text.encode("utf-8", "surrogatepass") + END
        if len(made) > limit:
            return bytes(made[:limit]), True
    return bytes(made), False


def gzip_size(content: bytes) -> int:
    return len(gzip.compress(content, 9, mtime=0))


def xz_size(content: bytes) -> int:
    """Bytes by LZMA at its strongest, with a window that holds all of `content`."""
    window = max(1 << 16, 1 << (len(content) - 1).bit_length())
    lzma2 = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": window}
    return len(lzma.compress(content, lzma.FORMAT_XZ, lzma.CHECK_NONE, filters=[lzma2]))


# ------------------------------------------------------------------------------------------------ n-grams


def ngram_bits(train: bytes, documents: Sequence[bytes], order: int) -> NDArray[np.float64]:
    """Bits of each document and its end under an interpolated Kneser-Ney n-gram of bytes with three discounts an
    order (Chen & Goodman 1999, section 3; doi:10.1006/csla.1999.0128).

    p_k(c | h) = (a(hc) - D(a(hc))) / a(h) + γ(h) p_{k-1}(c | h'), where a counts occurrences at the highest order and
    distinct bytes to the left below it, and γ(h) is the mass that the discounts took.
    """
    if not 1 <= order <= 8:
        raise ValueError(f"an n-gram of 1 to 8 bytes, not {order}: its bytes are packed into 64 bits")
    line = b"".join(END + d for d in documents) + END
    starts = np.cumsum([0] + [len(d) + 1 for d in documents])
    asked = packed(line, order)
    p = np.full(len(line), 1 / 256)
    for level in levels(train, order):
        p = level.given(p, asked)
    bits = -np.log2(p)
    return np.array([bits[a + 1 : b + 1].sum() for a, b in zip(starts[:-1], starts[1:], strict=True)])


def packed(content: bytes, order: int) -> Keys:
    """For each byte, it and the order - 1 before it as one number, the newest lowest; ends stand before the first."""
    symbols = np.frombuffer(END * (order - 1) + content, np.uint8).astype(np.uint64)
    keys = np.zeros(len(content), np.uint64)
    for back in range(order):
        keys |= symbols[order - 1 - back : len(symbols) - back] << np.uint64(8 * back)
    return keys


def lower(keys: Keys, k: int) -> Keys:
    """The newest k bytes."""
    return keys if k == 8 else keys & np.uint64((1 << (8 * k)) - 1)


def counted(learnt: Keys, k: int, order: int) -> tuple[Keys, NDArray[np.int64]]:
    """The k-grams, sorted, and how often each occurs; below the highest order, after how many different bytes."""
    if k == order:
        return np.unique(learnt, return_counts=True)
    return np.unique(lower(np.unique(lower(learnt, k + 1)), k), return_counts=True)


def levels(train: bytes, order: int) -> list[Level]:
    """The n-gram's levels from the lowest order up; p of `order` bytes is each one's in turn, from 1/256 on."""
    learnt = packed(END + train, order)
    return [Level(*counted(learnt, k, order), k) for k in range(1, order + 1)]


class Level:
    """p_k of the k-grams `seen` so many `times`: everything of it that does not depend on what is asked."""

    def __init__(self, seen: Keys, times: NDArray[np.int64], k: int) -> None:
        frequency = np.array([(times == n).sum() for n in (1, 2, 3, 4)], np.float64)
        y = frequency[0] / max(1.0, frequency[0] + 2 * frequency[1])
        steps = [n - (n + 1) * y * frequency[n] / max(1.0, frequency[n - 1]) for n in (1, 2, 3)]
        discounts = np.array([0.0, *(min(max(s, 0.1 * n), 0.95 * n) for n, s in zip((1, 2, 3), steps, strict=True))])
        self.k, self.seen = k, seen
        self.contexts, first = np.unique(seen >> np.uint64(8), return_index=True)
        taken = discounts[np.minimum(times, 3)]
        self.left = times - taken
        self.total, self.spread = np.add.reduceat(times, first), np.add.reduceat(taken, first)

    def given(self, below: NDArray[np.float64], asked: Keys) -> NDArray[np.float64]:
        """p_k of each n-gram asked for, given p_{k-1}."""
        keys = lower(asked, self.k)
        at, known = find(self.contexts, keys >> np.uint64(8))
        own, present = find(self.seen, keys)
        mine = np.where(present, self.left[own], 0.0)
        return np.where(known, (mine + self.spread[at] * below) / self.total[at], below)


def find(sorted_keys: Keys, asked: Keys) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each key stands, and whether it does."""
    at = np.minimum(np.searchsorted(sorted_keys, asked), len(sorted_keys) - 1)
    return at, sorted_keys[at] == asked
