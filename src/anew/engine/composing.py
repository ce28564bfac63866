"""From what a piece is to be like to pieces: drawn by a model of events, under its grammar.

In: an artifact with an `Events` codec, and wishes: key, metre, tempo, bars, style, instruments; a score to go on with,
or a melody to be harmonised. Out: scores, each from its own seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import torch

from anew.artifact import Artifact
from anew.codecs.event_guide import RARE, Composing, Given
from anew.codecs.event_words import MOST_BARS, Word, shift_of
from anew.codecs.events import Asked, Events, asked_of
from anew.codecs.instruments import KEYBOARD, playable
from anew.codecs.key import detect_key
from anew.codecs.score import Key, Mode, Score
from anew.codecs.score_grid import LONGEST_BAR, tempo_band
from anew.contract import AppendOptions, Options, Prompt
from anew.errors import RecipeError, nearest

LONGEST = 20_000  # words of a piece
MOST_WRITTEN = 512  # bars that are written beside what is given
OCTAVE = 12  # semitones that a voice needs; where an instrument has fewer in common with it, it is not held to it
Watch = Callable[[float], None]
DRAWS, MOSTLY = 4, 0.5  # of a piece at most; of training pieces
APART = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: seeds of further draws lie far from any that people give
SAMPLING = ("temperature", "top_p", "min_p", "top_k")  # of the options, those that music is drawn by


@dataclass(frozen=True)
class Wish:
    """What is asked of a piece; None: as the training pieces have it. `programs`: of General MIDI, one a voice."""

    key: Key | None = None
    mode: Mode | None = None
    metre: tuple[int, int] | None = None
    bars: int | None = None
    tempo: float | None = None
    style: str | None = None
    programs: tuple[int, ...] | None = None
    strict: bool | None = None  # no parallel fifths and octaves, and no other key than its own is heard; None: where
    # training pieces hardly ever have them (`out_of_key`)


ANYTHING = Wish()


def events_of(artifact: Artifact) -> Events:
    """The model's codec. RecipeError for a model that writes no scores."""
    if not isinstance(artifact.codec, Events) or artifact.model.family != "autoregressive":
        what = f"{artifact.recipe.name} writes no scores"
        raise RecipeError(what, next_command="anew run chorales, then anew compose chorales")
    return artifact.codec


def compose(
    artifact: Artifact, n: int = 1, seed: int = 0, wish: Wish = ANYTHING, *, watch: Watch | None = None, **options: Any
) -> list[Score]:
    """`n` pieces, from the seeds that follow `seed`. `options`: of sampling."""
    return compose_each(artifact, [wish] * n, range(seed, seed + n), watch, **options)


def composed(
    artifact: Artifact, seeds: Sequence[int], options: Options, watch: Callable[..., None] | None
) -> list[Score]:
    """Pieces as the model has them, nothing asked for, from these seeds."""
    assert isinstance(options, AppendOptions)
    told = {name: getattr(options, name) for name in SAMPLING}
    heard = None if watch is None else lambda share: watch(share, list)
    return compose_each(artifact, [ANYTHING] * len(seeds), seeds, heard, **told)


def compose_each(
    artifact: Artifact, wishes: Sequence[Wish], seeds: Sequence[int], watch: Watch | None = None, **options: Any
) -> list[Score]:
    """A piece a wish, each from its own seed. One that is `out_of_key` is drawn again, up to DRAWS times in all."""
    codec = events_of(artifact)
    asked = [draw(codec, *one) for one in zip(wishes, map(seeded, seeds), strict=True)]

    def drawn(places: Sequence[int], seeds: Sequence[int], watch: Watch | None) -> list[Score]:
        words = [asked[i].words() for i in places]
        guides = [
            Composing(codec, own, ranges_of(codec, asked[i]), (), wishes[i].strict)
            for own, i in zip(words, places, strict=True)
        ]
        return written(artifact, words, guides, seeds, options, watch)

    made = drawn(range(len(asked)), seeds, watch)
    for number in range(1, DRAWS):
        again = [i for i, one in enumerate(made) if out_of_key(codec, one, wishes[i])]
        if not again:
            break
        others = drawn(again, [(seeds[i] + number * APART) % 2**63 for i in again], None)
        for i, other in zip(again, others, strict=True):
            made[i] = other
    return made


def out_of_key(codec: Events, piece: Score, wish: Wish) -> bool:
    """Whether another key is heard in a piece than its own, and that is to count: where the keys of training pieces are
    nearly always heard, and where a key was asked for and theirs mostly are."""
    sure = codec.keys_heard > (1 - RARE if wish.key is None else MOSTLY)
    counts = sure if wish.strict is None else wish.strict
    return counts and piece.key is not None and bool(piece.notes) and detect_key(piece) != piece.key


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def go_on(
    artifact: Artifact, score: Score, bars: int, n: int = 1, seed: int = 0, watch: Watch | None = None, **options: Any
) -> list[Score]:
    """The score with so many bars more, in its own key, metre and instruments. The score itself stays as it is, on the
    codec's grid; of a last bar that is not full the rest is written."""
    codec = events_of(artifact)
    known = codec.snap(score)
    total = known.bars + bars
    asked = replace(asked_of(known), bars=min(total, MOST_BARS))
    words = asked.words() + list(retold(body_of(codec, known), bars, known.key.mode if known.key else ""))
    guides = [Composing(codec, words, ranges_of(codec, asked)) for _ in range(n)]
    return written(artifact, [words] * n, guides, range(seed, seed + n), options, watch)


def harmonise(
    artifact: Artifact, melody: Score, n: int = 1, seed: int = 0, wish: Wish = Wish(), watch: Watch | None = None,
    **options: Any,
) -> list[Score]:  # fmt: skip
    """The melody (the first part of the score) as the highest of the voices that the model writes. RecipeError for one
    that is longer than is written at once."""
    codec = events_of(artifact)
    told = replace(
        wish, key=wish.key or melody.key or detect_key(melody), metre=(melody.metre.beats, melody.metre.unit)
    )
    asked = draw(codec, told, seeded(seed))
    tune = codec.snap(replace(melody.with_parts([0]), key=asked.key))
    check_written(tune.bars)
    asked = replace(asked, bars=min(max(tune.bars, 1), MOST_BARS), tempo=tempo_band(tune.tempo))
    given = Given.of(codec.told(tune), [0])
    if len(tune.metres) > 1:
        raise RecipeError("a melody that changes its metre is not harmonised yet", next_command="one metre")
    guides = [Composing(codec, asked.words(), ranges_of(codec, asked), given, wish.strict) for _ in range(n)]
    return written(artifact, [asked.words()] * n, guides, range(seed, seed + n), options, watch)


# ------------------------------------------------------------------------------------------------ how it is done


def written(
    artifact: Artifact,
    words: Sequence[Sequence[Word]],
    guides: Sequence[Composing],
    seeds: Sequence[int],
    options: dict[str, Any],
    watch: Watch | None,
) -> list[Score]:
    """The pieces that begin with these words, one a guide."""
    return events_of(artifact).decode(told_by(artifact, words, guides, seeds, options, watch))


@torch.no_grad()
def told_by(
    artifact: Artifact,
    words: Sequence[Sequence[Word]],
    guides: Sequence[Composing],
    seeds: Sequence[int],
    options: dict[str, Any],
    watch: Watch | None,
) -> list[torch.Tensor]:
    """The same as tokens, what they begin with included."""
    codec, model = events_of(artifact), artifact.model
    defaults = {name: getattr(artifact.recipe.sample, name) for name in SAMPLING}
    given = {name: value for name, value in options.items() if value is not None}
    chosen = AppendOptions(max_new=LONGEST, **{**defaults, **given})
    tokens = [codec.words.tokens(own) for own in words]
    longest = max(map(len, tokens))
    values = torch.stack([torch.cat([t, t.new_zeros(longest - len(t))]) for t in tokens])
    known = torch.arange(longest) < torch.tensor([len(t) for t in tokens])[:, None]
    rngs = [seeded(one) for one in seeds]
    grown, over = [t.tolist() for t in tokens], [False] * len(tokens)
    was_training = model.training
    model.eval()
    try:
        for chunk in model.sample(rngs, None, Prompt(values, known), chosen, guides=guides):  # type: ignore[call-arg]
            for i, (row, done) in enumerate(zip(chunk.data.tolist(), chunk.done_B.tolist(), strict=True)):
                grown[i] += [] if over[i] else row
                over[i] = done
            if watch is not None:
                watch(min(share(guide) for guide in guides))
    finally:
        model.train(was_training)
    return [torch.tensor(row) for row in grown]


def share(guide: Composing) -> float:
    """How much of its bars a piece has."""
    bars = max(1, guide.grammar.bars)
    return 0.0 if not guide.grammar.left else 1 - (guide.grammar.left - 1) / bars


def draw(codec: Events, wish: Wish, rng: torch.Generator) -> Asked:
    """How a piece is to begin: as a training piece does that has most of what is wished, and with all that is wished.
    Wishes count in the order of style, instruments, metre, mode, key, bars, tempo."""
    check(codec, wish)
    mode = wish.mode or (wish.key.mode if wish.key else None)
    tests: list[Callable[[Asked], bool]] = [
        lambda a: wish.style is None or a.style == wish.style,
        lambda a: wish.programs is None or len(a.programs) == len(wish.programs),
        lambda a: wish.metre is None or a.metre == wish.metre,
        lambda a: mode is None or (a.key is not None and a.key.mode == mode),
        lambda a: wish.key is None or a.key == wish.key,
        lambda a: wish.bars is None or a.bars == wish.bars,
        lambda a: wish.tempo is None or a.tempo == tempo_band(wish.tempo),
    ]
    left = codec.prefixes
    for fits in tests:
        left = [(asked, count) for asked, count in left if fits(asked)] or left
    weights = torch.tensor([float(count) for _, count in left])
    found = left[int(torch.multinomial(weights, 1, generator=rng))][0]
    key = wish.key or found.key
    if wish.key is None and mode is not None and (key is None or key.mode != mode):
        key = Key.of(0 if mode == "major" else 9, mode)
    return replace(
        found, key=key, style=found.style if wish.style is None else wish.style, metre=wish.metre or found.metre,
        bars=min(wish.bars or found.bars, MOST_BARS), programs=wish.programs or found.programs,
        tempo=found.tempo if wish.tempo is None else tempo_band(wish.tempo),
    )  # fmt: skip


def check(codec: Events, wish: Wish) -> None:
    """RecipeError for what no piece can be."""
    if wish.style is not None and wish.style not in codec.styles:
        known = ", ".join(codec.styles) or "none at all"
        raise RecipeError(f"no style {wish.style!r}{nearest(wish.style, codec.styles)}; the model knows {known}")
    if wish.bars is not None and not 1 <= wish.bars <= MOST_BARS:
        raise RecipeError(f"a piece has 1 to {MOST_BARS} bars, not {wish.bars}", next_command="--bars 16")
    if wish.metre is not None and ("metre", *wish.metre) not in codec.words.number:
        beats, unit = wish.metre
        raise RecipeError(
            f"metre {beats}/{unit}: at most 16 beats and {LONGEST_BAR} quarters", next_command="--metre 3/4"
        )
    if wish.programs is not None and not 1 <= len(wish.programs) <= codec.most_voices:
        raise RecipeError(f"1 to {codec.most_voices} instruments, not {len(wish.programs)}")
    if wish.mode and wish.key and wish.mode != wish.key.mode:
        raise RecipeError(f"{wish.key} is not {wish.mode}")


def check_written(bars: int) -> None:
    """RecipeError for more bars than are written at once."""
    if bars > MOST_WRITTEN:
        what = f"{bars:,} bars: at most {MOST_WRITTEN} are written at once"
        raise RecipeError(what, next_command="the same with a part of it")


def ranges_of(codec: Events, asked: Asked) -> list[tuple[int, int]]:
    """What each voice has in the training pieces and its instrument can play, as told from the key."""
    shift, made = shift_of(asked.key), []
    known = codec.ranges.get(len(asked.programs), [KEYBOARD] * len(asked.programs))
    for (low, high), program in zip(known, asked.programs, strict=True):
        lowest, highest = playable(program)
        both = max(low, lowest), min(high, highest)
        made.append(both if both[1] - both[0] >= OCTAVE else (low, high))
    return [(low - shift, high - shift) for low, high in made]


def body_of(codec: Events, score: Score) -> list[Word]:
    """A score's words after what it begins with."""
    words = codec.told(score)
    return words[len(asked_of(score).words()) :]


def retold(words: Sequence[Word], more: int, mode: str) -> Iterator[Word]:
    """The words of a piece to which bars are added, so that what was its last bar is one among others."""
    final = 0
    for word in words:
        if word[0] == "final":
            yield ("beat", final, mode) if final else ("left", min(1 + more, MOST_BARS))
            final += 1
        else:
            yield ("left", min(int(word[1]) + more, MOST_BARS)) if word[0] == "left" else word


def bar_of(score: Score, number: int) -> Fraction:
    """Where the bar of that number ends, the first being 1."""
    lines = [line for line in score.bar_lines() if line >= score.pickup]
    return lines[number] if number < len(lines) else score.end
