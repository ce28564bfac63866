"""Models that are open for many at once: a decoder behind one engine that all requests share, any other behind a lock.

In: what is asked of a text, from any thread. Out: the texts as they grow, and a call whenever there is more. What a
request gets is what it would get alone.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import torch

from anew.artifact import Artifact
from anew.contract import AppendOptions, Prompt
from anew.engine.engine import Engine, Ticket
from anew.engine.requests import Request, seed_of
from anew.engine.runner import Runner
from anew.engine.writing import Rows, Wishes, Written, guides_for, spoken, write
from anew.errors import RecipeError
from anew.models.autoregressive.decoder import Decoder

Wake = Callable[[], None]


@dataclass(frozen=True)
class Asked:
    """Texts that go on from `prompt`, tokens without what begins every sequence, one a seed. `answers`: they are read
    as texts of their own, not as what goes on with the prompt's."""

    prompt: Sequence[int]
    seeds: Sequence[int]
    options: AppendOptions = field(default_factory=AppendOptions)
    wishes: Wishes = field(default_factory=Wishes)
    answers: bool = False


class Texts(Protocol):
    """The texts of one request."""

    @property
    def cached(self) -> int:
        """Tokens of the prompt that did not have to be read."""

    def grown(self) -> Written | None:
        """How they stand, if there is more than last time. What went wrong is raised."""

    def cancel(self) -> None:
        """Nobody reads on."""


class Served:
    """An open model. `close` ends what its engine has under way; a text that a sampler writes is written to its end."""

    def __init__(self, artifact: Artifact, name: str, digest: str) -> None:
        self.artifact, self.name, self.digest, self.alone = artifact, name, digest, threading.Lock()
        self.engine: Engine | None = None
        if isinstance(artifact.model, Decoder) and artifact.model.labels is None:
            self.engine = Engine(Runner(artifact.model), artifact.model.spec.ends)
            self.engine.__enter__()

    @property
    def idle(self) -> bool:
        """Whether nobody waits for anything."""
        return not self.alone.locked() and (self.engine is None or self.engine.scheduler.idle)

    def close(self) -> None:
        if self.engine is not None:
            self.engine.__exit__()

    def texts(self, asked: Asked, wake: Wake) -> Texts:
        """Begin to write them. Refused, RecipeError: a prompt that leaves no room, too many who wait."""
        room = self.artifact.model.spec.shape[0] - len(asked.prompt) - len(self.artifact.model.spec.opening)
        if room < 1:
            what = f"the prompt has {len(asked.prompt):,} tokens, and {self.name} reads {room + len(asked.prompt):,}"
            raise RecipeError(f"{what} with what it writes", next_command="a shorter prompt")
        options = replace(asked.options, max_new=min(asked.options.max_new or room, room))
        if asked.wishes.best_of > 1 and options.logprobs is None:
            options = replace(options, logprobs=0)
        asked = replace(asked, options=options)
        if self.engine is None or options.guidance != 1 or asked.wishes.beams:
            return BySampler(self, asked, wake)
        return ByEngine(self.engine, self.artifact, asked, wake)


class ByEngine:
    """The rows of one request among those of all others."""

    def __init__(self, engine: Engine, artifact: Artifact, asked: Asked, wake: Wake) -> None:
        self.many = asked.wishes.best_of
        draws = [seed_of(seed, draw) for seed in asked.seeds for draw in range(self.many)]
        prompt = Prompt(torch.tensor([asked.prompt], dtype=torch.long)) if asked.prompt else None
        guides = guides_for(artifact, prompt, len(draws), asked.options, asked.wishes)
        reads = spoken(artifact, None if asked.answers else prompt)
        self.rows = Rows(artifact, guides, asked.wishes.stop, reads)
        read = (*artifact.model.spec.opening, *asked.prompt)
        self.tickets: list[Ticket] = []
        try:
            for seed, guide in zip(draws, guides, strict=True):
                self.tickets.append(engine.submit(Request(read, asked.options, seed, guide), wake))
        except Exception:
            self.cancel()
            raise

    @property
    def cached(self) -> int:
        return max(ticket.cached for ticket in self.tickets)

    def grown(self) -> Written | None:
        more = False
        for i, ticket in enumerate(self.tickets):
            for came in ticket.ready():
                more = True
                self.rows.take(i, came.tokens, came.likely, came.finish is not None)
        if not more or (self.many > 1 and not all(self.rows.done)):
            return None
        firsts = range(0, len(self.tickets), self.many)
        which = [max(range(i, i + self.many), key=self.rows.worth) if self.many > 1 else i for i in firsts]
        return self.rows.written(which)

    def cancel(self) -> None:
        for ticket in self.tickets:
            ticket.cancel()


class BySampler:
    """Texts that the model's own sampler writes, one request after the other, in a thread."""

    cached = 0

    def __init__(self, served: Served, asked: Asked, wake: Wake) -> None:
        self.served, self.asked, self.wake = served, asked, wake
        self.came = deque[Written | Exception]()
        self.left = threading.Event()
        threading.Thread(target=self._write, name=served.name, daemon=True).start()

    def _write(self) -> None:
        with self.served.alone:
            if self.left.is_set():
                return
            ids = torch.tensor([list(self.asked.prompt)] * len(self.asked.seeds), dtype=torch.long)
            prompt = Prompt(ids) if self.asked.prompt else None
            try:
                with torch.no_grad():
                    for written in write(
                        self.served.artifact, self.asked.seeds, None, prompt, self.asked.options, self.asked.wishes
                    ):
                        self.came.append(written)
                        self.wake()
                        if self.left.is_set():
                            return
            except Exception as error:
                self.came.append(error)
                self.wake()

    def grown(self) -> Written | None:
        last: Written | Exception | None = None
        while self.came:  # which the sampler's thread adds to
            last = self.came.popleft()
        if isinstance(last, Exception):
            raise last
        return last

    def cancel(self) -> None:
        self.left.set()
