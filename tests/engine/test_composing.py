"""Composing with a small model that learnt nothing: what is asked is kept whatever the model would say."""

import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent.parent))
from anew.artifact import Artifact
from anew.codecs import synthesis
from anew.codecs.event_words import STEPS
from anew.codecs.events import Events
from anew.codecs.image import read_image
from anew.codecs.instruments import playable, program_of
from anew.codecs.key import detect_key
from anew.codecs.score import Key, Note, Part, Score
from anew.codecs.score_files import read_score
from anew.codecs.score_picture import piano_roll
from anew.codecs.sound_files import read_sound
from anew.codecs.sound_notes import notes_in
from anew.codecs.synthesis import organ, play, seconds_at, sound_font
from anew.engine.commission import Commission, again
from anew.engine.composing import Wish, body_of, compose, draw, go_on, harmonise
from anew.engine.mending import after, fill
from anew.engine.score_saving import FORMS, save_scores
from anew.engine.settings import Settings, Worded, made_by
from anew.errors import DataError, RecipeError
from small_composers import PIECES, composer
from small_scores import tune


@pytest.fixture(scope="module")
def artifact() -> Artifact:
    return composer()


def test_pieces_are_what_was_asked_for(artifact: Artifact) -> None:
    wish = Wish(key=Key.read("Bbm"), metre=(3, 4), bars=3, tempo=120, programs=(19, 19))
    made = compose(artifact, 3, 5, wish)
    for piece in made:
        assert (str(piece.key), str(piece.metre), piece.bars, piece.tempo) == ("Bbm", "3/4", 3, 120)
        assert [part.program for part in piece.parts] == [19, 19]
    assert len({piece.notes for piece in made}) == 3
    assert compose(artifact, 1, 6, wish)[0] == made[1]  # one of its own seed, whatever its company


def test_a_piece_that_sounds_in_another_key_is_drawn_again(artifact: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(wish: Wish, heard: float) -> tuple[list[Score], list[bool]]:
        monkeypatch.setattr(artifact.codec, "keys_heard", heard)
        made = compose(artifact, 24, 0, wish)
        return made, [detect_key(piece) == wish.key for piece in made]

    wishes = (Wish(key=Key(fifths, mode), bars=1) for fifths in range(-5, 7) for mode in ("major", "minor"))
    wish, first, kept = next((w, *found) for w in wishes if sum((found := drawn(w, 0.5))[1]) > 1)
    made, now = drawn(wish, 1.0)
    assert [a == b for a, b in zip(first, made, strict=True)] == kept, "what is in its key stays"
    assert sum(now) > sum(kept)
    alone = next(i for i, one in enumerate(now) if one and not kept[i])
    assert compose(artifact, 1, alone, wish) == [made[alone]]


def test_voices_stay_within_what_training_pieces_have(artifact: Artifact) -> None:
    codec = artifact.codec
    assert isinstance(codec, Events)
    for piece in compose(artifact, 2, 0, Wish(bars=4)):
        assert len(piece.parts) == 4
        assert all(codec.ranges[4][n.part][0] <= n.pitch <= codec.ranges[4][n.part][1] for n in piece.notes)
    low, high = playable(program_of("violin"))
    (piece,) = compose(artifact, 1, 0, Wish(bars=4, programs=(40,)))
    assert piece.notes and all(low <= n.pitch <= high for n in piece.notes)


@pytest.mark.parametrize("wish", [
    Wish(bars=0), Wish(bars=65), Wish(metre=(17, 4)), Wish(metre=(4, 3)), Wish(style="jazz"), Wish(programs=(0,) * 9),
    Wish(key=Key.read("C"), mode="minor"),
])  # fmt: skip
def test_what_no_piece_can_be_is_refused(artifact: Artifact, wish: Wish) -> None:
    with pytest.raises(RecipeError):
        compose(artifact, 1, 0, wish)


def test_a_piece_begins_like_a_training_piece_that_has_most_of_what_is_wished(artifact: Artifact) -> None:
    codec = artifact.codec
    assert isinstance(codec, Events)
    rng = torch.Generator().manual_seed(0)
    asked = draw(codec, Wish(key=Key.read("G"), bars=4), rng)
    assert asked in [known for known, _ in codec.prefixes]
    assert draw(codec, Wish(mode="minor"), rng).key == Key.read("Am")


def test_a_score_goes_on_from_where_it_ends(artifact: Artifact) -> None:
    score = PIECES[0].until(Fraction(8))
    (made,) = go_on(artifact, score, 2, seed=3)
    assert made.bars == 4 and made.key == score.key
    before = [n for n in made.notes if n.onset < 8]
    assert [(n.onset, n.pitch, n.part) for n in before] == [(n.onset, n.pitch, n.part) for n in score.notes]
    assert [n for n in made.notes if n.onset >= 8]


def test_a_melody_is_kept_when_it_is_harmonised(artifact: Artifact) -> None:
    for melody in (PIECES[1].with_parts([0]), PIECES[4]):
        (made,) = harmonise(artifact, melody, seed=1)
        assert len(made.parts) == 4 and made.metre == melody.metre and made.pickup == melody.pickup
        kept = [(n.onset, n.duration, n.pitch) for n in made.of_part(0)]
        assert kept == [(n.onset, n.duration, n.pitch) for n in melody.of_part(0)]
        assert made.of_part(1) and made.of_part(3)


def test_a_gap_is_filled_and_what_is_around_it_stays(artifact: Artifact) -> None:
    score = PIECES[1]
    codec = artifact.codec
    assert isinstance(codec, Events)
    for keep in ((), (0,)):
        (made,) = fill(artifact, score, 2, 3, seed=1, keep=keep, tries=4)
        begin, end = score.bar_lines()[2], score.bar_lines()[4]
        for part in range(4):
            sung = [[(n.onset, n.end, n.pitch) for n in s.of_part(part)] for s in (made, codec.snap(score))]
            outside = [{o for o in own if o[1] <= begin or o[0] >= end} for own in sung]
            assert outside[0] == outside[1]
            inside = [{o for o in own if begin <= o[0] < end} for own in sung]
            assert (inside[0] == inside[1]) == (part in keep)
        assert made.end == score.end and made.pauses == score.pauses
    with pytest.raises(RecipeError, match="bars 3 to 9"):
        fill(artifact, score, 3, 9)


def test_the_filling_that_leads_on_is_likelier(artifact: Artifact) -> None:
    codec = artifact.codec
    assert isinstance(codec, Events)
    tokens = codec.encode([PIECES[0]])[0]
    words = codec.words.read(tokens)
    steps = sum(word[0] in STEPS for word in words)
    whole, half = after(artifact, tokens, 0), after(artifact, tokens, steps // 2)
    assert 0 < half < whole and after(artifact, tokens, steps) == 0


def test_a_piece_longer_than_the_context_keeps_its_length(artifact: Artifact) -> None:
    codec = artifact.codec
    assert isinstance(codec, Events)
    (made,) = compose(artifact, 1, 0, Wish(bars=24, metre=(4, 4)))
    assert made.bars == 24 and len(body_of(codec, made)) > codec.context


def test_files_of_every_form(artifact: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    pieces = compose(artifact, 2, 0, Wish(bars=1))
    asked = Commission(Worded(bars=1, key="Dm"), n=2)
    told, seeds = asked.notes(artifact), (0, 1)
    paths = save_scores(pieces, tmp_path / "a.mid", told, seeds)
    assert [p.name for p in paths] == ["a-0.mid", "a-1.mid"]
    assert read_score(paths[1].read_bytes()).notes == pieces[1].notes
    assert [p.name for p in save_scores(pieces, tmp_path / "folder", told, seeds)] == ["0.mid", "1.mid"]
    assert (tmp_path / "folder" / "1.mid").read_bytes() == paths[1].read_bytes()
    for suffix in FORMS:
        (path,) = save_scores(pieces[1:], tmp_path / f"e{suffix}", told[1:], [1])
        found = made_by(path.read_bytes(), path.name)
        assert found is not None and (found.seed, found.n, found.score) == (1, 1, asked.asked)
    for suffix in (".wav", ".flac", ".mp3"):
        (path,) = save_scores(pieces[:1], tmp_path / f"b{suffix}", told[:1], [0])
        sound = read_sound(path.read_bytes())
        assert sound.peak > 0.5 and sound.seconds > float(pieces[0].end) * 60 / pieces[0].tempo - 0.1
        assert notes_in(path.read_bytes())["anew"] == told[0]["anew"]
    (path,) = save_scores(pieces[:1], tmp_path / "c.png", told[:1], [0])
    assert read_image(path.read_bytes(), "c.png").shape[2] == 3
    with pytest.raises(DataError, match="one of"):
        save_scores(pieces, tmp_path / "a.pdf", told, seeds)


def test_a_request_is_read_out_of_what_came_of_it(artifact: Artifact) -> None:
    asked = Commission(Worded(key="Gm", metre="3/4", bars=2, instruments="19"), 2, 7, options={"temperature": 0.7})
    made = asked.write(artifact)
    told = asked.settings(artifact)
    assert told is not None and again(told, {}, None).write(artifact) == made
    assert again(told.of([8], [None]), {}, None).write(artifact) == made[1:]
    other = again(told, {"key": "C", "n": 1}, None).write(artifact)
    assert len(other) == 1 and str(other[0].key) == "C" and str(other[0].metre) == "3/4"
    filled = Commission(Worded(way="fill", gap="2-3"), seed=1, given=PIECES[1])
    found = filled.settings(artifact)
    assert found is not None and again(found, {}, PIECES[1]).write(artifact) == filled.write(artifact)
    with pytest.raises(RecipeError, match="does not hold"):
        again(found, {}, None)
    of_words = again(told, {"way": "fill", "gap": "2"}, PIECES[1])  # which heeds no key, metre or length
    assert of_words.asked == Worded(way="fill", gap="2") and of_words.seed == 7
    with pytest.raises(RecipeError, match="another score"):
        again(found, {}, PIECES[2])


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (Worded(way="begin", key="C"), PIECES[0]), (Worded(way="melody", tempo=90), PIECES[0]), (Worded(gap="1"), None),
        (Worded(way="fill"), PIECES[0]), (Worded(way="begin"), None), (Worded(keep="1"), None),
    ],
)  # fmt: skip
def test_words_that_would_not_be_heeded_are_refused(words: Worded, given: Score | None) -> None:
    with pytest.raises(RecipeError):
        Commission(words, given=given)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"gap": ""}, "whole numbers"), ({"gap": "2-3-4"}, "whole numbers"), ({"gap": "2-"}, "whole numbers"),
        ({"gap": "2", "keep": "0"}, "voices 0: the piece has 4"), ({"gap": "2", "keep": "1,5"}, "voices 1, 5"),
        ({"gap": "2", "keep": ""}, "whole numbers"), ({"gap": "9"}, "bars 9 to 9: the piece has 4"),
        ({"tempo": float("nan"), "way": None}, "finite number"), ({"key": "C" * 99, "way": None}, "at most 40"),
    ],
)  # fmt: skip
def test_words_that_say_nothing_are_refused(artifact: Artifact, changes: dict[str, Any], why: str) -> None:
    told = {"way": "fill"} | changes
    with pytest.raises(RecipeError, match=why):
        again(Settings(), told, PIECES[1] if told["way"] else None).write(artifact)


def test_no_more_bars_are_written_at_once_than_end(artifact: Artifact) -> None:
    long = Score.of([Note(Fraction(i), Fraction(1), 60) for i in range(4 * 513)])
    for write in (lambda: harmonise(artifact, long), lambda: fill(artifact, long, 1, 513)):
        with pytest.raises(RecipeError, match="513 bars: at most 512"):
            write()


# ------------------------------------------------------------------------------------------------ sound and picture


def test_the_organ_sounds_at_the_pitch_and_when_it_should() -> None:
    score = Score.of([Note(Fraction(1), Fraction(1), 69)], tempi=((Fraction(0), 60.0),))
    sound = organ(score)
    rate = sound.rate
    assert np.abs(sound.wave[0, : rate - 1]).max() == 0
    heard = sound.wave[0, rate + rate // 10 : 2 * rate - rate // 10]
    loudest = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))).argmax() * rate / len(heard)
    assert abs(loudest - 440) < 3


def test_changes_of_tempo_are_heard() -> None:
    score = Score.of([Note(Fraction(0), Fraction(8), 60)], tempi=((Fraction(0), 60.0), (Fraction(4), 120.0)))
    assert seconds_at(score, Fraction(6)) == 5 and seconds_at(score, score.end) == 6
    with pytest.raises(DataError, match="seconds"):
        play(Score.of([Note(Fraction(0), Fraction(5000), 60)]))
    with pytest.raises(DataError, match="without notes"):
        play(Score.of([], [Part()]))


def test_a_sound_font_that_cannot_be_played_leaves_the_organ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    font = tmp_path / "a.sf2"
    font.write_bytes(b"RIFF nothing")
    monkeypatch.delenv("ANEW_SOUNDFONT", raising=False)
    monkeypatch.setattr(synthesis, "SYSTEM", ())
    assert sound_font(tmp_path) == font and sound_font(tmp_path / "none") is None
    assert play(tune(), font) == organ(tune())


def test_a_piano_roll_shows_each_note_in_its_place() -> None:
    score = Score.of([Note(Fraction(0), Fraction(2), 60), Note(Fraction(2), Fraction(2), 72, 1)], [Part(), Part()])
    roll = piano_roll(score)
    assert tuple(roll[4 * 16 + 1, 5]) == (31, 119, 180) and tuple(roll[4 * 4 + 1, 30]) == (255, 127, 14)
    assert tuple(roll[4 * 16 + 1, 30]) != (31, 119, 180)
    assert replace(score, notes=()).end == 0 and piano_roll(replace(score, notes=())).size
