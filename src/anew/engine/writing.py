"""Texts as they are written: stop strings, forms, the likeliest of several, beams, and what each token was worth.

In: a model that appends, a condition and a prompt a row, options and wishes. Out: the texts as they stand after each
instalment, with why each ended and the log-probabilities that were asked for. The engine draws where it can, and the
model's own sampler where it cannot.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from anew.artifact import Artifact
from anew.codecs.text import Text, to_str
from anew.contract import AppendOptions, Chunk, Codec, Cond, Likely, Model, Prompt
from anew.engine.constraint import Constraint, Form, Grammar, Grammars
from anew.engine.engine import Engine, Ticket
from anew.engine.growing import Growing
from anew.engine.requests import Request, seed_of
from anew.engine.runner import Runner
from anew.engine.stops import Stops, Together, shown
from anew.engine.symbols import Symbols
from anew.errors import RecipeError
from anew.models.autoregressive.decoder import Decoder
from anew.models.autoregressive.family import prefixes
from anew.samplers.choice import Guide
from anew.samplers.tokens import beginning

MOST_CANDIDATES, MOST_LIKELY = 64, 1000
SHOWN_EVERY = 16  # tokens between two showings of several texts
QUEUED = 512  # requests that wait in the engine at a time
FORMS: dict[str, Form] = {"json_schema": "json", "regex": "regex", "grammar": "grammar"}

Finish = Literal["stop", "length", "limit"]


@dataclass(frozen=True)
class Wishes:
    """What a text is to be beyond one draw. `best_of`: of so many draws the likeliest a token; `beams`: what a beam
    search of this width finds, without any chance."""

    stop: tuple[str, ...] = ()
    constraint: Constraint | None = None
    best_of: int = 1
    beams: int = 0


class Token(NamedTuple):
    """A token, its bytes as text, ln p by the model itself, and the likeliest in its place with theirs."""

    id: int
    text: str
    logp: float
    best: tuple[tuple[int, str, float], ...] = ()


@dataclass(frozen=True)
class Written:
    """Texts as they stand. `finish`: "stop" (an end symbol, a stop string, a form that is whole), "length" or "limit"
    (its grammar became too costly); None goes on. `logp`: ln p of each, `tokens`: of its tokens, where asked for.
    `lengths`: in tokens."""

    texts: list[str]
    finish: list[Finish | None]
    logp: list[float | None]
    tokens: list[list[Token]]
    lengths: list[int]


def writes(artifact: Artifact) -> bool:
    """Whether the model writes texts from left to right."""
    return artifact.recipe.modality in ("text", "code", "chat") and artifact.model.streams == "append"


WISHES = ("stop", *FORMS, "best_of", "beams")


def wishes_of(given: Mapping[str, Any]) -> Wishes:
    """The wishes among a request's options, checked."""
    asked = {form: given[name] for name, form in FORMS.items() if given.get(name) is not None}
    if len(asked) > 1:
        raise RecipeError("a text has one form: a JSON schema, a regular expression or a grammar")
    constraint = None
    for form, text in asked.items():
        constraint = Constraint(form, text if isinstance(text, str) else json.dumps(text))
    stop = given.get("stop") or ()
    best_of, beams = given.get("best_of") or 1, given.get("beams") or 0
    for name, value in (("best_of", best_of), ("beams", beams or 1)):
        if not 1 <= value <= MOST_CANDIDATES:
            raise RecipeError(f"{name} is 1 to {MOST_CANDIDATES}, not {value}")
    if best_of > 1 and beams:
        raise RecipeError("best_of and beams exclude each other: a beam search draws nothing")
    return Wishes((stop,) if isinstance(stop, str) else tuple(stop), constraint, best_of, beams)


# ------------------------------------------------------------------------------------------------ drawing


def write(
    artifact: Artifact,
    seeds: Sequence[int],
    cond: Cond | None,
    prompt: Prompt | None,
    options: AppendOptions,
    wishes: Wishes,
    growing: bool = True,
) -> Iterator[Written]:
    """A text a seed, as it grows, a single one token by token; with `best_of`, `beams` and not `growing` once, at the
    end."""
    if wishes.beams:
        yield from_beams(artifact, len(seeds), cond, prompt, options, wishes)
        return
    many = wishes.best_of
    draws = [seed_of(seed, draw) for seed in seeds for draw in range(many)]
    again = torch.arange(len(seeds)).repeat_interleave(many)
    if many > 1:
        cond = None if cond is None else cond.take(again)
        prompt = None if prompt is None else repeated(prompt, again)
        options = replace(options, logprobs=options.logprobs or 0)
    guides = guides_for(artifact, prompt, len(draws), options, wishes)
    rows = Rows(artifact, guides, wishes.stop, spoken(artifact, prompt))
    prompts = by_engine(artifact.model, cond, prompt, options, len(draws))
    if prompts is not None:
        steps = engine_steps(artifact.model, draws, prompts, options, rows)
    else:
        steps = sampler_steps(artifact.model, draws, cond, prompt, options, rows)
    every, seen = 1 if len(seeds) == 1 else SHOWN_EVERY, 0
    for _ in steps:
        if growing and many == 1 and rows.length >= seen + every and not all(rows.done):
            seen = rows.length
            yield rows.written(range(len(seeds)))
    best = [max(range(i, i + many), key=rows.worth) if many > 1 else i for i in range(0, len(draws), many)]
    yield rows.written(best)


def by_engine(
    model: Model, cond: Cond | None, prompt: Prompt | None, options: AppendOptions, rows: int
) -> list[list[int]] | None:
    """What the engine reads for each row; None where it cannot draw them: it runs decoders on the processor, without a
    condition, and never beyond their context."""
    if not isinstance(model, Decoder) or model.labels is not None or cond is not None or options.guidance != 1:
        return None
    if model.turn_F.device.type != "cpu":
        return None
    read = [beginning(own.tolist(), model.end, model.spec.begins) for own in prefixes(prompt, rows)]
    return read if max(map(len, read)) + (options.max_new or 1) <= model.context else None


def engine_steps(
    model: Model, seeds: Sequence[int], prompts: Sequence[Sequence[int]], options: AppendOptions, rows: Rows
) -> Iterator[None]:
    """Fill the rows by the engine, a step at a time. The first one reads alone, so that the others find what it read of
    a prompt that they share."""
    assert isinstance(model, Decoder)
    runner, left, tickets, room = Runner(model), deque(range(len(seeds))), dict[int, Ticket](), 1
    engine = Engine(runner, model.spec.ends, **({} if len(seeds) > 1 else {"prefix_bytes": 0}))
    try:
        while left or tickets:
            if not engine.scheduler.reading:
                for i in [left.popleft() for _ in range(min(room, len(left)))]:
                    tickets[i] = engine.submit(Request(prompts[i], options, seeds[i], rows.guides[i]))
                room = QUEUED
            engine.step()
            for i, ticket in tickets.items():
                for came in ticket.ready():
                    rows.take(i, came.tokens, came.likely, came.finish is not None)
            tickets = {i: ticket for i, ticket in tickets.items() if not rows.done[i]}
            yield
    finally:
        for ticket in tickets.values():
            ticket.cancel()


def sampler_steps(
    model: Model, seeds: Sequence[int], cond: Cond | None, prompt: Prompt | None, options: AppendOptions, rows: Rows
) -> Iterator[None]:
    """Fill the rows by the model's own sampler, a token each at a time."""
    rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
    chunks: Iterator[Chunk] = model.sample(rngs, cond, prompt, options, guides=rows.guides)  # type: ignore[call-arg]
    for chunk in chunks:
        tokens, done = chunk.data[:, 0].tolist(), chunk.done_B.tolist()
        for i in [i for i, over in enumerate(rows.done) if not over]:
            rows.take(i, tokens[i : i + 1], chunk.likely[i : i + 1], done[i])
        yield


def from_beams(
    artifact: Artifact, n: int, cond: Cond | None, prompt: Prompt | None, options: AppendOptions, wishes: Wishes
) -> Written:
    """The n likeliest texts that the search finds; all of one prompt and condition."""
    if n > wishes.beams:
        raise RecipeError(f"{wishes.beams} beams find at most as many texts, not {n}")
    if options.bias or options.logprobs is not None:
        what = "bias" if options.bias else "logprobs"
        raise RecipeError(f"a beam search knows no {what}: it goes by the model's own probabilities")
    (guide,) = guides_for(artifact, prompt, 1, options, wishes)
    one = torch.zeros(1, dtype=torch.long)
    first = None if prompt is None else repeated(prompt, one)
    found = artifact.model.likeliest(wishes.beams, None if cond is None else cond.take(one), first, options, guide)
    if len(found) < n:
        raise RecipeError(f"the search found {len(found)} texts where {n} were asked for", next_command="--beams 16")
    texts = spoken(artifact, prompt)([torch.tensor(one.tokens) for one in found[:n]])
    ended: list[Finish | None] = ["stop" if one.ended else "length" for one in found[:n]]
    whole = [shown(text, wishes.stop, True) for text in texts]
    return Written(
        whole, ended, [one.logp for one in found[:n]], [[] for _ in whole], [len(one.tokens) for one in found[:n]]
    )


def spoken(artifact: Artifact, prompt: Prompt | None) -> Callable[[Sequence[Tensor]], list[str]]:
    """How new tokens are read: after a text as what goes on with it, else, and as an answer, as a text."""
    codec, told = artifact.codec, prompt is not None and artifact.recipe.modality != "chat"
    return codec.goes_on if told and isinstance(codec, Text) else codec.decode


def repeated(prompt: Prompt, rows: Tensor) -> Prompt:
    """The prompt's rows, in this order."""
    return Prompt(*(None if v is None else v[rows] for v in (prompt.values, prompt.known)))


def guides_for(
    artifact: Artifact, prompt: Prompt | None, rows: int, options: AppendOptions, wishes: Wishes
) -> list[Guide | None]:
    """What steers each row: its form and its stop strings."""
    if not wishes.stop and wishes.constraint is None:
        return [None] * rows
    known = 0 if prompt is None or prompt.values is None else prompt.values.shape[1]
    context, opening = artifact.model.spec.shape[0], len(artifact.model.spec.opening)
    limit = options.max_new or max(1, context - known - opening)
    made = list[Guide | None]()
    for _ in range(rows):
        own = list[Guide]()
        if wishes.constraint is not None:
            own.append(grammars_of(artifact.codec).guide(wishes.constraint, limit))
        if wishes.stop:
            own.append(Stops(symbols_of(artifact.codec), wishes.stop))
        made.append(own[0] if len(own) == 1 else Together(own))
    return made


@lru_cache(4)
def symbols_of(codec: Codec) -> Symbols:
    return Symbols(codec)


@lru_cache(4)
def grammars_of(codec: Codec) -> Grammars:
    """A codec's grammars: its vocabulary is taken apart once."""
    return Grammars(symbols_of(codec))


class Rows:
    """What the rows have said so far."""

    def __init__(
        self,
        artifact: Artifact,
        guides: list[Guide | None],
        stop: Sequence[str],
        spoken: Callable[[Sequence[Tensor]], list[str]],
    ) -> None:
        self.codec, self.ends, self.guides, self.stop = artifact.codec, artifact.model.spec.ends, guides, stop
        self.said = [Growing(artifact.codec, spoken) for _ in guides]
        self.told: list[list[Token]] = [[] for _ in guides]
        self.done = [False] * len(guides)

    def take(self, i: int, tokens: Sequence[int], likely: Sequence[Likely | None], done: bool) -> None:
        """Row i goes on with these, and ends with them where it is `done`."""
        self.said[i].add(tokens)
        pairs = zip(tokens, likely, strict=False)
        self.told[i] += [told(self.codec, token, found) for token, found in pairs if found is not None]
        self.done[i] = done

    @property
    def length(self) -> int:
        """Tokens of the longest."""
        return max(len(text.tokens) for text in self.said)

    def worth(self, i: int) -> float:
        """ln p a token."""
        return sum(token.logp for token in self.told[i]) / len(self.told[i])

    def finish(self, i: int) -> Finish | None:
        if not self.done[i]:
            return None
        guide = self.guides[i]
        parts = guide.guides if isinstance(guide, Together) else [guide]
        if any(isinstance(part, Grammar) and part.broken for part in parts):
            return "limit"
        ended = any(getattr(part, "ended", False) for part in parts)
        return "stop" if ended or self.said[i].tokens[-1] in self.ends else "length"

    def written(self, which: Sequence[int]) -> Written:
        texts = [shown(self.said[i].text(self.done[i]), self.stop, self.done[i]) for i in which]
        logp = [sum(token.logp for token in self.told[i]) if self.told[i] else None for i in which]
        lengths = [len(self.said[i].tokens) for i in which]
        return Written(texts, [self.finish(i) for i in which], logp, [list(self.told[i]) for i in which], lengths)


def told(codec: Codec, token: int, found: Likely) -> Token:
    """A token as people read it."""
    logp, best = found
    return Token(token, spelling(codec, token), logp, tuple((i, spelling(codec, i), p) for i, p in best))


def spelling(codec: Codec, token: int) -> str:
    """The token's bytes as text; the end and other signs have none."""
    return to_str(symbols_of(codec).pieces[token]) if isinstance(codec, Text) else ""
