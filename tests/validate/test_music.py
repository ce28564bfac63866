"""What is planted in a piece is found in it, and what is not there is not."""

import math
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))
from anew.codecs.score import Key, Metre, Note, Score
from anew.codecs.voices import parallels, quarters
from anew.contract import Spec
from anew.validate.grammatical import token_nats
from anew.validate.harmony import Table, bigram_nats, bridge_nats
from anew.validate.metric import Unmeasured
from anew.validate.music import (
    copied,
    crossings,
    key_kept,
    last_on_tonic,
    out_of_range,
    phrase_ends,
    rates,
    settled_ends,
)  # fmt: skip
from small_scores import VOICES, chorale, tune


def choir(*chords: tuple[int, ...], **told: object) -> Score:
    """A chord a quarter."""
    notes = [Note(Fraction(i), Fraction(1), p, v) for i, chord in enumerate(chords) for v, p in enumerate(chord)]
    return Score.of(notes, VOICES[: len(chords[0])], **told)


def test_quarters_are_what_sounds_on_them() -> None:
    notes = [
        Note(Fraction(0), Fraction(3, 2), 60),
        Note(Fraction(3, 2), Fraction(1, 2), 62),
        Note(Fraction(3), Fraction(1), 64),
    ]
    assert quarters(Score.of(notes)) == [(60,), (60,), (None,), (64,)]
    upbeat = Score.of([Note(Fraction(i, 2), Fraction(1, 2), 60 + i) for i in range(5)], pickup=Fraction(1, 2))
    assert quarters(upbeat) == [(61,), (63,)]


@pytest.mark.parametrize(
    ("chords", "found"),
    [
        ([(67, 60), (69, 62)], 1),  # fifths, both up
        ([(72, 60), (74, 62)], 1),  # octaves
        ([(60, 60), (62, 62)], 1),  # unisons
        ([(67, 60), (67, 60)], 0),  # nobody moves
        ([(79, 60), (69, 62)], 0),  # fifths by contrary motion
        ([(67, 60), (71, 62)], 0),  # a fifth, then a sixth
        ([(64, 60), (66, 62)], 0),  # thirds
        ([(67, 60), (69, 62), (71, 64)], 2),
    ],
)
def test_parallels_are_found(chords: list[tuple[int, ...]], found: int) -> None:
    assert parallels(choir(*chords)) == (found, len(chords) - 1)


def test_parallels_planted_in_a_piece_raise_its_rate() -> None:
    fine = choir((72, 67, 64, 48), (71, 67, 62, 55), (72, 67, 64, 48))
    assert parallels(fine)[0] == 0
    bad = choir((72, 67, 64, 48), (74, 69, 66, 50), (72, 67, 64, 48))
    assert parallels(bad)[0] == 4  # soprano and bass, alto and bass, there and back


def test_crossings_are_found() -> None:
    assert crossings(choir((60, 64), (67, 60), (60, 60))) == (1, 3)


def test_notes_out_of_range_are_found() -> None:
    assert out_of_range(choir((60, 40), (90, 40)), [(57, 81), (36, 60)]) == (1, 4)


def test_phrase_ends_and_what_they_stand_on() -> None:
    score = choir((72, 67, 64, 48), (71, 67, 62, 55), (72, 65, 62, 50), (72, 67, 64, 52), pauses=(1, 2, 3))
    assert phrase_ends(score) == (3, 1)
    assert settled_ends(score) == (1, 3)  # G major; a seventh chord; C major on its third


def test_the_key_and_the_last_bass_note() -> None:
    score = chorale(0, 8)
    assert key_kept(score) == last_on_tonic(score) == (1, 1)
    wrong = replace(score, key=Key.read("Eb"))
    assert key_kept(wrong) == last_on_tonic(wrong) == (0, 1)
    assert key_kept(replace(score, key=None)) == (0, 0)


def test_rates_are_of_all_pieces_together_and_leave_out_what_says_nothing() -> None:
    pieces = [choir((67, 60), (69, 62)), choir((64, 60), (66, 62), (64, 60), (66, 62))]
    found = {m.name: m for m in rates(pieces, "_x", np.random.default_rng(0), 100)}
    assert found["parallels_x"].value == 0.25
    assert "settled_ends_x" not in found and "key_kept_x" not in found


def test_a_copy_in_another_key_is_found_at_its_length() -> None:
    training = [tune(seed, bars=8) for seed in range(6)]
    own = tune(77, bars=8)
    assert copied([training[2].transposed(5)], training).longest[0] == len(training[2].notes)
    assert copied([own], training).longest[0] < len(own.notes) // 2
    passage = [n for n in training[3].notes if 4 <= n.onset < 9]
    planted = Score.of(
        [*(n for n in own.notes if n.end <= 4), *(replace(n, pitch=n.pitch - 3) for n in passage)],
        metres=(Metre(Fraction(0), 6, 8),),
    )  # fmt: skip
    assert copied([planted], training).longest[0] >= len(passage)


def test_another_rhythm_is_no_copy() -> None:
    known = choir(*[(60 + i,) for i in range(12)])
    slower = Score.of([Note(2 * n.onset, 2 * n.duration, n.pitch) for n in known.notes])
    assert copied([known], [known]).longest[0] == 12
    assert copied([slower], [known]).longest[0] == 1


def test_copies_need_pieces() -> None:
    with pytest.raises(Unmeasured):
        copied([], [tune()])


def test_tables_that_know_more_predict_better() -> None:
    rng = np.random.default_rng(0)
    pieces = []
    for _ in range(30):  # a bass that is a tenth below the melody, and a middle voice that stays or moves by a step
        melody = [int(p) for p in 70 + rng.integers(-3, 4, 40)]
        middle = [int(p) for p in 64 + rng.integers(0, 2, 40).cumsum() % 4]
        pieces.append([(top, mid, top - 15) for top, mid in zip(melody, middle, strict=True)])
    known, held_out = pieces[:20], pieces[20:]
    alone, together = (sum(bigram_nats(known, held_out, above)) for above in (False, True))
    steps = 40 * len(held_out)
    assert 0.95 * math.log(2) < together / steps < alone / steps < math.log(2) + math.log(7) + 0.5
    assert together / steps < math.log(2) + 0.6


def test_a_pitch_that_was_never_seen_has_a_price() -> None:
    (nats,) = bigram_nats([[(60, 50)]], [[(60, 99)]])
    assert 2 < nats < 20


class Flat(torch.nn.Module):
    """Everything is as likely as anything."""

    spec = Spec("tokens", (64,), 10, 9)

    def extend(self, x_BT: torch.Tensor) -> tuple[torch.Tensor, None]:
        return torch.zeros(*x_BT.shape, 10), None


class Digits:
    spec = Flat.spec

    def encode(self, samples: list[list[int]]) -> list[torch.Tensor]:
        return [torch.tensor(sample) for sample in samples]


def test_nats_are_those_of_what_the_grammar_leaves() -> None:
    def allowed(tokens: torch.Tensor) -> torch.Tensor:
        mask = torch.zeros(len(tokens) + 1, 10, dtype=torch.bool)
        mask[::2, :4] = mask[1::2, 4:] = True  # below four and from four on by turns
        return mask

    samples = [[1, 5] * 50 + [2], [1]]  # the first one is longer than the context
    long, short = token_nats(Flat(), Digits(), samples, allowed)  # type: ignore[arg-type]
    assert len(long) == 102 and len(short) == 2
    assert torch.allclose(long[::2], torch.tensor(math.log(4)).double())
    assert torch.allclose(long[1::2], torch.tensor(math.log(6)).double())
    with pytest.raises(Unmeasured, match="grammar"):
        list(token_nats(Flat(), Digits(), [[7]], allowed))  # type: ignore[arg-type]


def test_a_gap_is_likelier_when_both_sides_are_known() -> None:
    """Against a sum over all ways, written out."""
    rng = np.random.default_rng(0)
    walk = [60]
    for _ in range(400):
        walk.append(int(np.clip(walk[-1] + rng.integers(-1, 2), 58, 62)))
    training = [[(pitch,) for pitch in walk]]
    piece = [(p,) for p in (60, 61, 62, 61, 60)]
    (found,) = bridge_nats(training, [piece], [range(1, 4)])
    table = Table()
    for a, b in zip(walk, walk[1:], strict=False):
        table.learn([(0, "last", a), (0, "any")], b)

    def p(a: int, b: int) -> float:
        return table.p([(0, "last", a), (0, "any")], b)

    ways = {way: p(60, way[0]) * p(way[0], way[1]) * p(way[1], way[2]) * p(way[2], 60)
            for way in product(range(58, 63), repeat=3)}  # fmt: skip
    assert found == pytest.approx(-math.log(ways[61, 62, 61] / sum(ways.values())))
    (blind,) = bridge_nats(training, [piece[:4]], [range(1, 4)])
    assert blind == pytest.approx(-math.log(p(60, 61) * p(61, 62) * p(62, 61))) and found < blind
