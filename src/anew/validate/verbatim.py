"""Does generated text repeat its training text word for word? The longest copied spans, found exactly.

In come generated, training and held-out texts; out come the longest span copied, the share of windows that occur in
the training text less the same share of held-out human text (common phrases are nobody's copy), and a control: a
planted training passage that must be found. One suffix array and its LCP table answer every question.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydivsufsort import divsufsort, kasai

from anew.validate.interval import bootstrap, bootstrap_difference, clopper_pearson, ratio_of_sums
from anew.validate.metric import Metric, Unmeasured

LIMIT = 24_000_000  # characters of training text looked at; the tables take about 15 bytes for each
PIECE = 1_000_000  # longer documents are cut, so that one of them cannot fill the limit
WINDOW = 50  # characters, and tokens
TOKEN = re.compile(r"\w+|[^\w\s]")  # a token here is a word or a punctuation mark
Ids = NDArray[np.unsignedinteger]


@dataclass(frozen=True)
class Span:
    """A copied span: `length` characters of generated text number `sample`, from `start` on."""

    sample: int
    start: int
    length: int
    text: str


@dataclass(frozen=True)
class Copying:
    """`spans`: the longest copied span of each generated text, the longest of all first."""

    metrics: list[Metric]
    spans: list[Span]


def copied_spans(
    generated: Sequence[str],
    training: Iterable[str],
    held_out: Iterable[str],
    rng: np.random.Generator,
    limit: int = LIMIT,
    window: int = WINDOW,
    draws: int = 1000,
) -> Copying:
    """How much of the generated texts stands in the training text, beside the same of held-out passages that are as
    many and as long. Prompts must be cut off first. Unmeasured without texts.

    Training text beyond `limit` characters is left out by a rule: the documents of smallest SHA-256 are kept.
    """
    made = [text for text in generated if text]
    known, characters = smallest_hashes(training, limit)
    human = alike([len(t) for t in made], smallest_hashes(held_out, limit)[0], rng)
    if not made or not known or not human:
        raise Unmeasured("copied spans need generated, training and held-out text")
    seen = sum(map(len, known))
    looked = (
        f"against {seen:,} of {characters:,} training characters" if seen < characters else "against all training text"
    )
    passage, carrier = plant(made, known, rng)
    matches = longest_matches([*made, *human, carrier], known, as_characters)
    ours, theirs, planted = matches[: len(made)], matches[len(made) : -1], matches[-1]
    spans = sorted((span_of(i, made[i], m) for i, m in enumerate(ours)), key=lambda s: (-s.length, s.sample))
    human_longest = max(int(m.max(initial=0)) for m in theirs)
    metrics = [
        Metric(
            "longest_copied_span",
            spans[0].length,
            n=len(made),
            unit="characters",
            kind="exact",
            better="lower",
            note=looked,
        ),
        Metric(
            "longest_copied_span_held_out", human_longest, n=len(human), unit="characters", kind="exact", note=looked
        ),
        whole_copies(made, ours, looked),
        found_control(passage, planted),
        *window_shares(ours, theirs, window, "characters", rng, draws, looked),
    ]
    tokens = longest_matches([*made, *human], known, as_tokens)
    metrics += window_shares(tokens[: len(made)], tokens[len(made) :], window, "tokens", rng, draws, looked)
    return Copying(metrics, spans)


# ------------------------------------------------------------------------------------------------ matching


def longest_matches(
    queries: Sequence[str], training: Sequence[str], encode: Callable[[Sequence[str]], list[Ids]]
) -> list[NDArray[np.int64]]:
    """For each query and each position in it: how many symbols from there on stand somewhere in the training texts.

    All texts are joined by a symbol of their own. In the order of suffixes, the best match of a query's suffix is
    with the nearest training suffix above or below, and as long as the smallest LCP on the way there.
    """
    encoded = encode([*queries, *training])
    between = np.zeros(1, encoded[0].dtype)
    joined = np.concatenate([part for ids in encoded for part in (ids, between)])
    lengths = [len(ids) for ids in encoded[: len(queries)]]
    border = sum(lengths) + len(lengths)  # where training begins
    order = divsufsort(joined)
    lcp = kasai(joined, order).astype(np.int32)
    del joined, encoded
    asked = np.flatnonzero(order < border)  # ranks of the queries' suffixes
    longest = np.zeros(border, np.int64)
    size = len(order)
    above = np.where(asked > 0, lcp[asked - 1], 0)  # lcp[r] belongs to the ranks r and r + 1
    below = lcp[asked]
    backwards = run_minimum(below[::-1], np.diff(asked[::-1], prepend=-1) != -1, size)[::-1]
    longest[order[asked]] = np.maximum(run_minimum(above, np.diff(asked, prepend=-2) != 1, size), backwards)
    starts = np.cumsum([0, *[n + 1 for n in lengths]])[:-1]
    # a match ends where its query does: what comes after is the joining symbol, which no text holds
    return [np.minimum(longest[s : s + n], np.arange(n, 0, -1)) for s, n in zip(starts, lengths, strict=True)]


def run_minimum(values: NDArray[np.int32], begins: NDArray[np.bool_], size: int) -> NDArray[np.int64]:
    """The running minimum that starts anew where `begins` is True: each run lies below all earlier ones by an offset.

    A run that reaches the edge of all suffixes finds no training there, only the LCP of 0 beside the edge.
    """
    offset = np.cumsum(begins) * np.int64(size + 1)
    found: NDArray[np.int64] = np.minimum.accumulate(values - offset) + offset
    return found


def as_characters(texts: Sequence[str]) -> list[Ids]:
    """Code points renumbered from 1 on, so that they take as few bytes as can be; 0 is free to join texts by."""
    points = [np.frombuffer(t.encode("utf-32-le", "surrogatepass"), np.uint32) for t in texts]
    used = np.zeros(0x110000, bool)
    for ids in points:
        used[ids] = True
    number = np.cumsum(used)
    number = number.astype(np.min_scalar_type(number[-1]))
    return [number[ids] for ids in points]


def as_tokens(texts: Sequence[str]) -> list[Ids]:
    """Words and punctuation marks numbered from 1 on; white space does not count."""
    numbers: dict[str, int] = {}
    found = [[numbers.setdefault(t, len(numbers) + 1) for t in TOKEN.findall(text)] for text in texts]
    return [np.array(ids, np.min_scalar_type(len(numbers))) for ids in found]


# ------------------------------------------------------------------------------------------------ choosing text


def smallest_hashes(texts: Iterable[str], limit: int) -> tuple[list[str], int]:
    """Texts of at most `limit` characters together, those of smallest SHA-256, read in a stream; and how many
    characters there were."""
    kept: list[tuple[int, str]] = []  # a heap with the largest hash on top
    held = total = 0
    for text in texts:
        for piece in (text[i : i + PIECE] for i in range(0, len(text), PIECE)):
            total += len(piece)
            held += len(piece)
            rank = int.from_bytes(hashlib.sha256(piece.encode("utf-8", "surrogatepass")).digest()[:8])
            heapq.heappush(kept, (-rank, piece))
            while held > limit and len(kept) > 1:
                held -= len(heapq.heappop(kept)[1])
    return [piece for _, piece in sorted(kept, reverse=True)], total


def alike(lengths: Sequence[int], texts: Sequence[str], rng: np.random.Generator) -> list[str]:
    """A passage of each length from a place drawn evenly from the texts; the whole text where it is shorter."""
    if not texts:
        return []
    weights = np.array([len(t) for t in texts], np.float64)
    chosen = rng.choice(len(texts), len(lengths), p=weights / weights.sum())
    made = []
    for length, index in zip(lengths, chosen, strict=True):
        start = int(rng.integers(0, max(len(texts[index]) - length, 0) + 1))
        made.append(texts[index][start : start + length])
    return made


def plant(made: Sequence[str], known: Sequence[str], rng: np.random.Generator) -> tuple[str, str]:
    """A passage of the training text of up to 200 characters, and a generated text with it put into its middle."""
    passage = alike([200], known, rng)[0]
    carrier = made[int(rng.integers(0, len(made)))]
    return passage, carrier[: len(carrier) // 2] + passage + carrier[len(carrier) // 2 :]


# ------------------------------------------------------------------------------------------------ figures


def span_of(sample: int, text: str, matches: NDArray[np.int64]) -> Span:
    start = int(matches.argmax())
    return Span(sample, start, int(matches[start]), text[start : start + int(matches[start])])


def whole_copies(made: Sequence[str], matches: Sequence[NDArray[np.int64]], looked: str) -> Metric:
    """The share of generated texts that stand in the training text from beginning to end."""
    copies = sum(int(m[0]) == len(text) for text, m in zip(made, matches, strict=True))
    low, high = clopper_pearson(copies, len(made))
    return Metric("copied_whole", copies / len(made), low, high, len(made), "share", "exact", "lower", looked)


def found_control(passage: str, matches: NDArray[np.int64]) -> Metric:
    longest = int(matches.max(initial=0))
    note = f"a training passage of {len(passage)} characters put into a generated text; must be found whole"
    return Metric(
        "longest_copied_span_planted", longest, n=1, unit="characters", note=note, passed=longest >= len(passage)
    )


def window_shares(
    ours: Sequence[NDArray[np.int64]],
    theirs: Sequence[NDArray[np.int64]],
    window: int,
    unit: str,
    rng: np.random.Generator,
    draws: int,
    looked: str,
) -> list[Metric]:
    """The share of windows that occur in the training text: generated, held out, and the first less the second.
    Intervals re-draw whole texts. Nothing where no text is as long as a window."""
    groups = [counted(matches, window) for matches in (ours, theirs)]
    if any(len(group) == 0 for group in groups):
        return []
    name, note = f"copied_{window}_{unit}", f"windows of {window} {unit} that occur in the training text, {looked}"
    shares = [ratio_of_sums(group) for group in groups]
    metrics = []
    for suffix, group, share in zip(("", "_held_out"), groups, shares, strict=True):
        low, high = interval_of(group, rng, draws)
        metrics.append(Metric(name + suffix, share, low, high, int(group[:, 1].sum()), "share", "exact", note=note))
    low, high = bootstrap_difference(groups[0], groups[1], ratio_of_sums, rng, draws)
    if not groups[0][:, 0].any() and not groups[1][:, 0].any():
        low, high = -interval_of(groups[1], rng, draws)[1], interval_of(groups[0], rng, draws)[1]
    excess = shares[0] - shares[1]
    note = f"generated less held-out human text, {note}"
    return [*metrics, Metric(f"{name}_excess", excess, low, high, len(groups[0]), "share", "estimate", "lower", note)]


def interval_of(group: NDArray[np.float64], rng: np.random.Generator, draws: int) -> tuple[float, float]:
    """The interval of a share of windows; where none matches, re-drawing would claim certainty, so the bound on the
    share of texts with a match stands in."""
    return bootstrap(group, ratio_of_sums, rng, draws) if group[:, 0].any() else clopper_pearson(0, len(group))


def counted(matches: Sequence[NDArray[np.int64]], window: int) -> NDArray[np.float64]:
    """(texts, 2): windows that match, and windows. Texts shorter than a window are left out."""
    rows = [(np.count_nonzero(m >= window), len(m) - window + 1) for m in matches if len(m) >= window]
    return np.array(rows, np.float64).reshape(-1, 2)
