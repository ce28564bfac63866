"""A request for pieces as a value: what is asked in a person's words, carried out, and noted in what comes of it.

In: the words (`Asked`), a score where the piece begins from one, and an open model of scores. Out: scores, and the
settings that make each of them again. The command line, HTTP and `--like` all come through here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from anew.artifact import Artifact
from anew.codecs.event_words import MOST_BARS
from anew.codecs.instruments import program_of
from anew.codecs.score import Key, Score
from anew.engine.composing import SAMPLING, Wish, compose, events_of, go_on, harmonise
from anew.engine.generate import options_for
from anew.engine.mending import fill
from anew.engine.settings import Settings, Worded, settings_of
from anew.errors import RecipeError
from anew.recipe import explain

MORE = 8  # bars that a piece goes on for where nothing is said
MOST_SEED = 2**48
HEEDED = {
    "begin": ("bars",),
    "melody": ("key", "mode", "style", "instruments"),
    "fill": ("gap", "keep"),
    None: ("key", "mode", "metre", "bars", "tempo", "style", "instruments"),
}  # by what a piece begins from: the words that it heeds
INSTEAD = {"begin": "the score that it goes on with", "melody": "the melody", "fill": "the score that is filled"}


@dataclass(frozen=True)
class Commission:
    """`n` pieces, from the seeds that follow `seed`. `given`: the score that `asked.way` begins from. `options`: of
    sampling."""

    asked: Worded = field(default_factory=Worded)
    n: int = 1
    seed: int = 0
    given: Score | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """RecipeError for what no request can be."""
        if self.n < 1 or not 0 <= self.seed < MOST_SEED:
            raise RecipeError("-n is 1 or more, --seed 0 or more, and less than 2^48")
        asked, way = self.asked, self.asked.way
        if (self.given is None) != (way is None):
            what = f"it was made from a score that its file does not hold (--{way})"
            raise RecipeError(what, next_command=f"the same with --{way} SCORE")
        for name in {*HEEDED[None], *HEEDED["fill"]} - {*HEEDED[way]}:
            if getattr(asked, name) is not None:
                what = f"--{name} belongs to --fill" if way is None else f"--{name}: that is as {INSTEAD[way]} has it"
                raise RecipeError(what, next_command="anew compose --help")
        if way == "fill" and asked.gap is None:
            raise RecipeError("--fill needs the bars to be written anew", next_command="--gap 5-8")

    def write(self, artifact: Artifact, watch: Callable[[float], None] | None = None) -> list[Score]:
        """The pieces. DataError, RecipeError: what no piece of this model can be."""
        asked, given = self.asked, self.given
        wish = wish_of(artifact, asked)
        rest: dict[str, Any] = {"n": self.n, "seed": self.seed, "watch": watch, **self.drawn_by(artifact)}
        if given is None:
            return compose(artifact, wish=wish, **rest)
        if asked.way == "begin":
            return go_on(artifact, given, MORE if asked.bars is None else asked.bars, **rest)
        if asked.way == "melody":
            return harmonise(artifact, given, wish=wish, **rest)
        bars = numbers(asked.gap or "", "-", 2)
        voices = [voice - 1 for voice in numbers(asked.keep, ",")] if asked.keep is not None else []
        return fill(artifact, given, bars[0], bars[-1], keep=voices, **rest)

    def drawn_by(self, artifact: Artifact) -> dict[str, Any]:
        """The sampling options, the recipe's where nothing is said. RecipeError for those that draw no music."""
        for name in self.options:
            if name not in SAMPLING:
                raise RecipeError(f"{name}: music is drawn by {', '.join(SAMPLING)}")
        chosen = options_for(artifact, dict(self.options))
        return {name: getattr(chosen, name) for name in SAMPLING}

    def settings(self, artifact: Artifact) -> Settings | None:
        """What makes the pieces again; `Settings.of` a seed, one of them."""
        chosen = options_for(artifact, dict(self.options))
        made = settings_of(artifact, None, self.seed, [None] * self.n, chosen, self.options)
        source = None if self.given is None else digest_of(self.given)
        worded = self.asked.model_copy(update={"source": source})
        return made and made.model_copy(update={"score": None if worded == Worded() else worded})

    def notes(self, artifact: Artifact) -> list[dict[str, str]]:
        """What each piece's file says of how it was made."""
        made = self.settings(artifact)
        return [{} if made is None else made.of([self.seed + i], [None]).notes("") for i in range(self.n)]


def again(told: Settings, changes: Mapping[str, Any], given: Score | None) -> Commission:
    """The request that a file tells of, but for `changes`: of `Worded`, `n`, `seed` and the sampling options.
    RecipeError where it was made from a score, and none or another is given."""
    before = told.score or Worded()
    if given is not None and before.source not in (None, digest_of(given)):
        raise RecipeError("it was made from another score", next_command="anew compose, without --like")
    fresh = {name: value for name, value in changes.items() if value is not None}
    words = {name: fresh.pop(name) for name in Worded.model_fields if name in fresh}
    which = {name: fresh.pop(name, getattr(told, name)) for name in ("n", "seed")}
    options = {name: value for name, value in told.options.items() if name in SAMPLING}
    way = words.get("way", before.way)
    try:
        asked = Worded(**{"way": way, **{name: getattr(before, name) for name in HEEDED[way]}, **words})
    except ValidationError as error:
        raise RecipeError(explain(error, Worded), next_command="anew compose --help") from None
    return Commission(asked, given=given, options={**options, **fresh}, **which)


def digest_of(score: Score) -> str:
    return sha256(score.dumps().encode()).hexdigest()


def wish_of(artifact: Artifact, asked: Worded) -> Wish:
    """The words as a wish. DataError, RecipeError for what none can be."""
    metre = None if asked.metre is None else re.fullmatch(r"(\d{1,2})/(\d{1,2})", asked.metre.strip())
    if asked.metre is not None and metre is None:
        raise RecipeError(f"--metre {asked.metre[:20]}: two numbers, as in 3/4", next_command="--metre 4/4")
    if asked.tempo is not None and not 20 <= asked.tempo <= 400:
        raise RecipeError(f"--tempo {asked.tempo:g}: 20 to 400 quarters a minute", next_command="--tempo 90")
    if asked.bars is not None and not 1 <= asked.bars <= MOST_BARS:
        raise RecipeError(f"a piece has 1 to {MOST_BARS} bars, not {asked.bars}", next_command="--bars 16")
    programs = None if asked.instruments is None else tuple(map(program_of, asked.instruments.split(",")))
    if programs is not None and len(programs) == 1:
        programs *= events_of(artifact).usual_voices
    return Wish(
        None if asked.key is None else Key.read(asked.key), asked.mode,
        None if metre is None else (int(metre[1]), int(metre[2])), asked.bars, asked.tempo, asked.style, programs,
    )  # fmt: skip


def numbers(said: str, between: str, most: int = 100) -> list[int]:
    """ "5-8" as numbers, `most` at most. RecipeError where they are none."""
    try:
        found = [int(one) for one in said.split(between)]
    except ValueError:
        found = []
    if not 0 < len(found) <= most:
        what = f"{said[:40]!r}: whole numbers, such as 5{between}8"
        raise RecipeError(what, next_command="--gap 5-8 --keep 1")
    return found


__all__ = ["Commission", "again", "wish_of"]
