"""Scores as words: exact on the grid, the same in every key, and some score whatever a model says."""

import random
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))
from anew.codecs.event_guide import Composing, Given
from anew.codecs.event_words import BEGIN, STEPS, shift_of
from anew.codecs.events import Events
from anew.codecs.outline import Outline, beneath, pitched
from anew.codecs.score import Key, Metre, Note, Part, Score
from anew.codecs.voices import parallels
from anew.errors import DataError
from small_scores import chorale, tune

PIECES = [chorale(i, 4, pickup=i % 2) for i in range(8)]


def fitted(**settings: float) -> Events:
    codec = Events(**settings)  # type: ignore[arg-type]
    codec.fit(PIECES)
    return codec


@pytest.mark.parametrize(
    "score", [*PIECES[:3], tune(), tune(1, (3, 8)), tune(2, (9, 8)), tune(3, (2, 2)), tune(4, (5, 4))]
)
def test_what_lies_on_the_grid_comes_back(score: Score) -> None:
    codec = fitted()
    placed = codec.snap(score)
    assert codec.decode(codec.encode([score])) == [placed]
    assert [(n.onset, n.duration, n.pitch, n.part) for n in placed.notes] == [
        (n.onset, n.duration, n.pitch, n.part) for n in score.notes
    ]
    assert codec.snap(placed) == placed


def test_upbeats_of_part_of_a_quarter_come_back() -> None:
    notes = [Note(Fraction(i, 2), Fraction(1, 2), 60 + i) for i in range(9)]
    for pickup in (Fraction(1, 2), Fraction(1, 4), Fraction(5, 2), Fraction(0)):
        score = Score.of(notes, metres=(Metre(Fraction(0), 3, 4),), pickup=pickup, key=Key(-3))
        codec = fitted()
        assert codec.decode(codec.encode([score]))[0].notes == codec.snap(score).notes
        assert codec.decode(codec.encode([score]))[0].pickup == pickup


def test_metres_may_change() -> None:
    metres = (Metre(Fraction(0), 4, 4), Metre(Fraction(4), 3, 4), Metre(Fraction(7), 6, 8))
    score = Score.of([Note(Fraction(i), Fraction(1), 60 + i) for i in range(12)], metres=metres)
    codec = fitted()
    made = codec.decode(codec.encode([score]))[0]
    assert made.metres == metres and made.notes == codec.snap(score).notes


def test_what_is_off_the_grid_moves_by_what_is_said() -> None:
    score = Score.of([Note(Fraction(0), Fraction(1), 60), Note(Fraction(49, 48), Fraction(1), 62)])
    codec = fitted()
    assert codec.timing(score) == (pytest.approx(1 / 96), pytest.approx(1 / 48))
    assert codec.decode(codec.encode([score]))[0].notes[1].onset == 1
    assert codec.timing(PIECES[0]) == (0, 0)


def test_chords_in_a_part_become_voices_and_too_many_are_refused() -> None:
    codec = Events(voices=3)
    codec.fit([tune()])
    chord = [Note(Fraction(0), Fraction(2), p) for p in (60, 64, 67)]
    made = codec.decode(codec.encode([Score.of(chord)]))[0]
    assert sorted(n.pitch for n in made.notes) == [60, 64, 67] and len(made.parts) == 3
    with pytest.raises(DataError, match="more than 3 voices"):
        codec.encode([Score.of([*chord, Note(Fraction(0), Fraction(2), 72)])])


def test_a_piece_in_another_key_differs_in_its_key_and_in_octaves_alone() -> None:
    codec = fitted()
    words = codec.told(PIECES[0])
    for by in (-3, 2, 5, 6):
        moved = codec.told(PIECES[0].transposed(by))
        key = PIECES[0].transposed(by).key
        octave = by - shift_of(key) + shift_of(PIECES[0].key)
        assert octave % 12 == 0
        assert [w for w in moved if w[0] != "key"] == [
            ("pitch", int(w[1]) + octave) if w[0] == "pitch" else w for w in words if w[0] != "key"
        ]


def test_relative_keys_are_told_in_the_same_pitches() -> None:
    piece, codec = chorale(1), fitted()
    major, minor = (codec.encode([replace(piece, key=Key(2, mode))])[0] for mode in ("major", "minor"))
    pitch = codec.words.kinds["pitch"]
    assert torch.equal(major[pitch[major]], minor[pitch[minor]])
    assert {codec.words.all[t][0] for t in major[major != minor].tolist()} == {"key", "beat", "final"}


def test_a_codec_whose_pitches_were_told_otherwise_is_refused() -> None:
    state = fitted().state()
    with pytest.raises(DataError, match="of an earlier version; learn it anew"):
        Events().load({name: value for name, value in state.items() if name != "pitches"})


def test_copies_are_told_in_keys_that_keep_the_ranges() -> None:
    codec = fitted(copies=4, outlines=0.0)
    ranges = codec.ranges[4]
    rng, seen = torch.Generator().manual_seed(0), set()
    for _ in range(20):
        for score, tokens in zip(PIECES, codec.rearrange(PIECES, rng), strict=True):
            made = codec.decode([tokens])[0]
            assert made.key is not None
            seen.add(made.key)
            assert all(ranges[n.part][0] <= n.pitch <= ranges[n.part][1] for n in made.notes)
            assert codec.encode([made])[0].tolist() == tokens.tolist()
            assert len(made.notes) == len(score.notes)
    wide = Events()
    wide.fit([*PIECES, *(p.transposed(by) for p in PIECES for by in (-6, 5))])
    rng = torch.Generator().manual_seed(0)
    keys = {wide.decode([t])[0].key for _ in range(40) for t in wide.rearrange(PIECES[:1], rng)}
    assert len(keys) == 12


def test_an_outline_has_the_pitches_on_each_quarter() -> None:
    codec = fitted()
    outline = Outline(codec)
    score = PIECES[1]
    words = codec.words.read(outline.encode([score])[0])
    body = words[words.index(BEGIN) + 1 :]
    assert outline.size(score) == 17 and len(body) == 5 * 17
    for step in range(17):
        told = [int(w[1]) + shift_of(score.key) for w in body[5 * step + 1 : 5 * step + 5]]
        sounding = [next(n.pitch for n in score.of_part(v) if n.onset <= step < n.end) for v in range(4)]
        assert told == sounding


def test_the_usual_number_of_voices_is_that_of_most_pieces() -> None:
    codec = Events()
    codec.fit([*PIECES[:2], tune(), tune(1), tune(2)])
    assert (codec.usual_voices, fitted().usual_voices) == (1, 4)


def test_the_order_of_samples_does_not_matter_to_fitting() -> None:
    other = Events()
    other.fit(reversed(PIECES))
    assert other.state() == fitted().state()
    assert Events.restore({}, fitted().state()).encode(PIECES[:1])[0].equal(fitted().encode(PIECES[:1])[0])


def test_some_score_comes_out_whatever_is_said() -> None:
    codec, rng = fitted(), random.Random(0)
    for _ in range(50):
        tokens = torch.tensor([rng.randrange(len(codec.words)) for _ in range(200)])
        assert isinstance(codec.decode([tokens])[0], Score)


def test_chance_under_the_grammar_is_a_piece_of_the_length_and_metre_asked_for() -> None:
    codec, rng = fitted(), torch.Generator().manual_seed(0)
    for i, (asked, _) in enumerate(codec.prefixes * 3):
        words = replace(asked, bars=3, metre=((4, 4), (3, 4), (6, 8), (3, 8))[i % 4]).words()
        piece = wander(codec, Composing(codec, words, [(50, 70)] * 4), words, rng)
        assert piece.bars == 3 and piece.metres == (Metre(Fraction(0), *words[3][1:]),)  # type: ignore[arg-type]
        assert all(50 + shift_of(asked.key) <= n.pitch <= 70 + shift_of(asked.key) for n in piece.notes)
        assert codec.decode(codec.encode([piece]))[0] == codec.snap(piece)


def wander(codec: Events, guide: Composing, words: list, rng: torch.Generator) -> Score:  # type: ignore[type-arg]
    """A piece of nothing but chance."""
    tokens = codec.words.tokens(words).tolist()
    for _ in range(20_000):
        allowed = guide.allowed()
        assert allowed.any()
        weights = allowed.double() * torch.where(codec.words.kinds["event"] | codec.words.kinds["hold"], 0.01, 1.0)
        token = int(torch.multinomial(weights, 1, generator=rng))
        if guide.took(token):
            return codec.decode([torch.tensor(tokens)])[0]
        tokens.append(token)
    raise AssertionError("it never ended")


def test_a_guide_keeps_a_melody_and_takes_back_what_it_took() -> None:
    codec, rng = fitted(), torch.Generator().manual_seed(1)
    melody = PIECES[3].with_parts([0])
    told = codec.told(replace(melody, style="school"))
    asked = replace(next(a for a, _ in codec.prefixes), bars=4, key=melody.key).words()
    guide = Composing(codec, asked, [(40, 80)] * 4, Given.of(told, [0]))
    before = guide.allowed()
    copied = guide.copy()
    guide.took(int(before.nonzero()[0]))
    guide.rewind(1)
    assert guide.allowed().equal(before) and copied.allowed().equal(before)
    piece = wander(codec, guide, asked, rng)
    assert [(n.onset, n.duration, n.pitch) for n in piece.of_part(0)] == [
        (n.onset, n.duration, n.pitch) for n in melody.notes
    ]
    assert piece.pauses == melody.pauses and piece.pickup == melody.pickup


def test_what_people_wrote_is_allowed_and_what_nobody_may_say_is_not() -> None:
    codec = fitted()
    metres = (Metre(Fraction(0), 4, 4), Metre(Fraction(4), 3, 4))
    changing = Score.of([Note(Fraction(i), Fraction(1), 60 + i) for i in range(10)], metres=metres)
    late = Score.of([Note(Fraction(i, 2), Fraction(1, 2), 60) for i in range(15)], pickup=Fraction(7, 2))
    for score in (*PIECES, changing, late, tune(1, (3, 8))):
        for view in (codec.encode, codec.outline):
            (tokens,) = view([score])
            allowed = codec.allowed(tokens)
            assert allowed[range(len(tokens)), tokens].all() and allowed[-1, codec.words.end]
    words = codec.told(PIECES[0])
    place = words.index(BEGIN) + 2
    wrong = codec.words.tokens([*words[:place], ("beat", 1, "major"), *words[place:]])
    assert not codec.allowed(wrong)[place, wrong[place]]


def test_no_parallels_where_training_pieces_have_none() -> None:
    codec, found = fitted(), {}
    assert codec.parallels == pytest.approx(sum(parallels(p)[0] for p in PIECES) / sum(parallels(p)[1] for p in PIECES))
    asked = replace(codec.prefixes[0][0], bars=4).words()
    for strict in (True, False):
        rng = torch.Generator().manual_seed(0)
        pieces = [wander(codec, Composing(codec, asked, [(58, 66)] * 4, strict=strict), asked, rng) for _ in range(12)]
        found[strict] = sum(parallels(piece)[0] for piece in pieces)
    assert found[True] == 0 and found[False] > 3
    for rate, rule in ((0.01, True), (0.2, False)):
        codec.parallels = rate
        assert Composing(codec, asked).strict == rule


def test_the_last_bar_counts_down_and_beats_say_the_mode() -> None:
    codec, minor = fitted(), replace(PIECES[0], key=Key(0, "minor"))
    words = codec.told(minor)
    steps = [word for word in words if word[0] in STEPS]
    assert steps[:2] == [("left", 4), ("beat", 1, "minor")]
    assert steps[-5:] == [("beat", 3, "minor"), *(("final", n, "minor") for n in (4, 3, 2, 1))]
    assert ("beat", 1, "") in codec.told(replace(PIECES[0], key=None))
    (tokens,) = codec.outline([minor])
    allowed = codec.allowed(tokens)
    told = codec.words.read(tokens)
    for last, after in ((("final", 3, "minor"), ("final", 2, "minor")), (("final", 1, "minor"), ("end",))):
        place = told.index(last) + 5  # after the pitches of the step
        assert allowed[place].nonzero()[:, 0].tolist() == codec.words.tokens([after]).tolist()
    short = minor.until(Fraction(14))  # two quarters of the last bar
    assert [word for word in codec.told(short) if word[0] == "final"] == [("final", 2, "minor"), ("final", 1, "minor")]
    assert codec.decode(codec.encode([short]))[0] == codec.snap(short)


def test_drums_keep_their_pitches_in_every_key() -> None:
    codec = fitted()
    drums = Score.of([Note(Fraction(0), Fraction(1), 36)], [Part("", 0, True)], key=Key(3))
    assert codec.keys(drums) == [0]
    assert codec.decode(codec.encode([drums]))[0].notes == drums.notes


@pytest.mark.parametrize("settings", [{"context": 1}, {"voices": 0}, {"ticks": 0}, {"copies": 0}, {"outlines": 2}])
def test_settings_that_make_no_codec_are_refused(settings: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(DataError):
        Events(**settings)


def test_what_sounds_beneath_the_melody_is_told_from_the_rest() -> None:
    codec = fitted()
    (tokens,) = Outline(codec).encode(PIECES[:1])
    below = beneath(codec, tokens)
    assert int(below.sum()) == 3 * 16 and int(pitched(codec, tokens).sum()) == 4 * 16
    words = codec.words.read(tokens)
    first = words.index(BEGIN) + 2  # after the step's word
    assert below[first : first + 4].tolist() == [False, True, True, True]
