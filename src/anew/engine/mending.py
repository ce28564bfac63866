"""Bars of a piece written anew: what stands before them and after them stays, and what is written leads into it.

A model that writes from left to right does not see what comes after. Several fillings are drawn, and one of them is
taken by chance in proportion to how likely the model finds what follows it (sampling by importance, which with ever
more fillings comes to drawing from the model given both sides; Rubin 1987).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import torch

from anew.artifact import Artifact
from anew.codecs.event_guide import Composing, Given
from anew.codecs.event_words import STEPS, Word
from anew.codecs.events import Events, asked_of
from anew.codecs.score import Note, Score
from anew.contract import Batch
from anew.engine.composing import Watch, body_of, check_written, events_of, ranges_of, told_by
from anew.errors import RecipeError

FOLLOWING = 2  # bars after the gap, by which a filling is judged
TRIES = 16


def fill(
    artifact: Artifact, score: Score, first: int, last: int, n: int = 1, seed: int = 0, *, keep: Sequence[int] = (),
    tries: int = TRIES, watch: Watch | None = None, **options: Any,
) -> list[Score]:  # fmt: skip
    """The piece with its bars `first` to `last` (from 1) written anew in all voices but those of `keep`. RecipeError
    for bars or voices that there are not, and for more bars than are written at once."""
    codec = events_of(artifact)
    known = codec.snap(score)
    if not 1 <= first <= last <= known.bars:
        raise RecipeError(f"bars {first} to {last}: the piece has {known.bars}", next_command=f"--gap 1-{known.bars}")
    if not {*keep} <= {*range(len(known.parts))}:
        what = f"voices {', '.join(str(voice + 1) for voice in keep)}: the piece has {len(known.parts)}"
        raise RecipeError(what, next_command="--keep 1")
    check_written(last - first + 1)
    begun, words = asked_of(known), body_of(codec, known)
    begin, end, until = (step_of(words, known.bars, bar) for bar in (first, last + 1, last + 1 + FOLLOWING))
    prompt = begun.words() + words[: place_of(words, begin)]
    open_steps = Given.of(words, range(len(known.parts)))
    free = [replace(kept(g, keep), pause=g.pause) if begin <= i < end else g for i, g in enumerate(open_steps)]
    guides = [Composing(codec, prompt, ranges_of(codec, begun), free[:until]) for _ in range(n * tries)]
    seeds = [seed * tries + i for i in range(n * tries)]
    made = told_by(artifact, [prompt] * len(guides), guides, seeds, options, watch)
    return [chosen(artifact, known, made[i * tries : (i + 1) * tries], (begin, end), seed + i) for i in range(n)]


def kept(given: Given, voices: Sequence[int]) -> Given:
    """Of a step these voices alone."""
    pitches = {voice: pitch for voice, pitch in given.pitches.items() if voice in voices}
    inside = {place: pitch for place, pitch in given.inside.items() if place[1] in voices}
    return Given(given.step, given.pause, pitches, inside)


def chosen(artifact: Artifact, known: Score, drawn: Sequence[torch.Tensor], gap: tuple[int, int], seed: int) -> Score:
    """The piece with one of the fillings, by how likely what follows each of them is."""
    codec = events_of(artifact)
    nats = torch.tensor([after(artifact, tokens, gap[1]) for tokens in drawn], dtype=torch.float64)
    weights = torch.softmax(-nats, 0)
    taken = int(torch.multinomial(weights, 1, generator=torch.Generator().manual_seed(seed)))
    return joined(known, codec.decode([drawn[taken]])[0], times(codec, known, gap))


@torch.no_grad()
def after(artifact: Artifact, tokens: torch.Tensor, step: int) -> float:
    """-ln p of the words from a step on, the last context's worth of them."""
    codec, model = events_of(artifact), artifact.model
    body = codec.words.read(tokens)
    begins = len(body) - len(only_body(body)) + place_of(only_body(body), step)
    whole = torch.cat([torch.tensor([codec.words.end]), tokens])[-codec.context - 1 :]
    counts = torch.zeros(1, len(whole), dtype=torch.bool)
    counts[0, begins - len(tokens) :] = begins < len(tokens)
    was_training = model.training
    model.eval()
    found = float(model.score(Batch(whole[None], counts=counts), torch.Generator()))
    model.train(was_training)
    return found


def only_body(words: Sequence[Word]) -> Sequence[Word]:
    return words[words.index(("begin",)) + 1 :]


def step_of(words: Sequence[Word], bars: int, bar: int) -> int:
    """Which step begins a bar, from 1 on; all of them where the piece has no such bar."""
    steps = [word for word in words if word[0] in STEPS]
    begins = [i for i, word in enumerate(steps) if word[0] == "left"]
    begins += [i for i, word in enumerate(steps) if word[0] == "final"][:1]
    return begins[bar - 1] if bar <= len(begins) else len(steps)


def place_of(words: Sequence[Word], step: int) -> int:
    """Where a step's words begin, a change of metre before it included."""
    places = [i for i, word in enumerate(words) if word[0] in STEPS]
    if step >= len(places):
        return len(words)
    place = places[step]
    return place - 1 if place and words[place - 1][0] == "metre" else place


def times(codec: Events, score: Score, gap: tuple[int, int]) -> tuple[Fraction, Fraction]:
    """Where the gap begins and ends, in quarters."""
    lines = [line for line in score.bar_lines() if line >= score.pickup] + [score.end]
    words = body_of(codec, score)
    starts = [step_of(words, score.bars, bar + 1) for bar in range(len(lines) - 1)] + [step_of(words, 0, len(lines))]
    return lines[starts.index(gap[0])], lines[starts.index(gap[1])] if gap[1] in starts else score.end


def joined(known: Score, made: Score, gap: tuple[Fraction, Fraction]) -> Score:
    """What was made up to the end of the gap, and the piece from there on; a note that is held over the end goes on
    where what was made holds it, and begins again where it does not."""
    begin, end = gap
    notes = {(n.part, n.end, n.pitch): n for n in cut(made.notes, Fraction(0), end)}
    for note in cut(known.notes, end, known.end):
        before = notes.get((note.part, end, note.pitch)) if note.onset == end else None
        lapped = before is not None and any(n.onset < end < n.end and n.pitch == note.pitch and n.part == note.part
                                            for n in known.notes)  # fmt: skip
        if before is not None and lapped:
            note = replace(before, duration=note.end - before.onset)
            del notes[note.part, end, note.pitch]
        notes[note.part, note.end, note.pitch] = note
    pauses = {p for p in known.pauses if not begin <= p < end} | {p for p in made.pauses if begin <= p < end}
    return Score.of([*notes.values()], known.parts, **known.told() | {"pauses": tuple(sorted(pauses))})


def cut(notes: Sequence[Note], low: Fraction, high: Fraction) -> list[Note]:
    """What of the notes sounds between two times."""
    spans = [(n, max(n.onset, low), min(n.end, high)) for n in notes]
    return [replace(n, onset=start, duration=stop - start) for n, start, stop in spans if stop > start]
