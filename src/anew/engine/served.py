"""Models that are open for many at once: a decoder behind one engine that all requests share, any other behind a lock.

In: what is asked of a text, from any thread. Out: the texts as they grow, and a call whenever there is more. What a
request gets is what it would get alone.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol, TypeVar

import torch

from anew.artifact import Artifact, Encoder
from anew.codecs.text import Text
from anew.contract import AppendOptions, Prompt
from anew.engine.budget import Budget
from anew.engine.embed import Embedder
from anew.engine.engine import Engine, Ticket
from anew.engine.requests import Request, seed_of
from anew.engine.runner import PAGE, Runner
from anew.engine.turns import Worker
from anew.engine.writing import Rows, Wishes, Written, guides_for, write
from anew.errors import RecipeError, Refused
from anew.models.autoregressive.decoder import Decoder

Wake = Callable[[], None]
Result = TypeVar("Result")
PREFIXES = 1 << 28  # bytes of beginnings that a model keeps, at most
AMPLE, LEAST = 1024, 256  # tokens that a text may have whose length nobody said, and may have anyway


@dataclass(frozen=True)
class Asked:
    """Texts that go on from `prompt`, tokens without what begins every sequence, one a seed. `answers`: they are read
    as texts of their own, not as what goes on with the prompt's. `owner`: owners are served by turns."""

    prompt: Sequence[int]
    seeds: Sequence[int]
    options: AppendOptions = field(default_factory=AppendOptions)
    wishes: Wishes = field(default_factory=Wishes)
    answers: bool = False
    owner: str = ""


class Texts(Protocol):
    """The texts of one request."""

    @property
    def cached(self) -> int:
        """Tokens of the prompt that did not have to be read."""

    def grown(self) -> Written | None:
        """How they stand, if there is more than last time. What went wrong is raised."""

    def cancel(self) -> None:
        """Nobody reads on."""


class Elsewhere(Protocol):
    """Where texts are written in this one's stead. `counts`: texts that wait and are under way; `kept`: bytes of
    beginnings that it may keep; `dead`: it has ended, and writes no more."""

    counts: tuple[int, int]
    kept: int
    dead: bool

    def texts(self, asked: Asked, wake: Wake) -> Texts: ...
    def close(self) -> None: ...


class Served:
    """An open model. `sequences`: the memory that its engine shares with others'. `apart`: opens its engine elsewhere.
    `close` ends what it has under way; what a sampler writes at that moment is left off."""

    def __init__(
        self,
        artifact: Artifact | Encoder,
        name: str,
        digest: str,
        sequences: Budget | None = None,
        apart: Callable[[], Elsewhere] | None = None,
    ) -> None:
        self.opened, self.name, self.digest = artifact, name, digest
        self.worker = Worker(name)
        self.engine: Engine | None = None
        self.apart: Elsewhere | None = None
        if not isinstance(artifact, Artifact) or not isinstance(artifact.model, Decoder):
            return
        if artifact.model.labels is None and apart is not None:
            self.begin, self.apart = apart, apart()
        elif artifact.model.labels is None:
            kept: dict[str, Any] = {"waiting": sys.maxsize}  # who opened it bounds how many ask
            if sequences is not None:
                kept |= {"budget": sequences, "prefix_bytes": min(PREFIXES, sequences.total // 8)}
            self.engine = Engine(Runner(artifact.model), artifact.model.spec.ends, **kept)
            self.engine.__enter__()

    @property
    def artifact(self) -> Artifact:
        """Refused for an encoder, which makes nothing but vectors."""
        if isinstance(self.opened, Encoder):
            raise Refused(f"{self.name} makes vectors of texts and writes none", next_command="POST /v1/embeddings")
        return self.opened

    @cached_property
    def embedder(self) -> Embedder:
        """Refused for a model that makes no vectors of texts."""
        return Embedder.of(self.opened)

    def run(self, owner: str, work: Callable[[], Result]) -> Future[Result]:
        """What it computes beside texts, when it is the owner's turn."""
        future = Future[Result]()

        def carried_out() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except BaseException as error:
                    future.set_exception(error)

        self.worker.submit(owner, carried_out)
        return future

    @property
    def nbytes(self) -> int:
        """Of its weights in memory, and of the beginnings that it may keep. Apart, floats lie in both processes; what
        has eight bits is mapped from one file."""
        networks: list[Any] = [self.opened.network if isinstance(self.opened, Encoder) else self.opened.model]
        for codec in (self.opened.codec, getattr(self.opened, "label", None)):
            networks += getattr(codec, "networks", ())  # of codecs that are as large as models
        tensors = [one for network in networks for one in (*network.parameters(), *network.buffers())]
        both = self.apart is not None
        return sum(one.nbytes * (1 + (both and one.is_floating_point())) for one in tensors) + self._kept

    @property
    def _kept(self) -> int:
        if self.apart is not None:
            return self.apart.kept
        return self.engine.prefixes.limit if self.engine else 0

    @property
    def dead(self) -> bool:
        """Its process has ended, and it writes no texts until it is begun again."""
        return self.apart is not None and self.apart.dead

    def begin_again(self) -> None:
        """In another process; whatever else it does goes on meanwhile."""
        self.apart = self.begin()

    @property
    def counts(self) -> tuple[int, int]:
        """How many texts wait, and how many are under way."""
        if self.apart is not None:
            waiting, running = self.apart.counts
        else:
            waiting, running = (0, 0) if self.engine is None else self.engine.scheduler.counts
        return waiting + self.worker.waiting, running + self.worker.busy

    def close(self) -> None:
        self.worker.close()
        if self.apart is not None:
            self.apart.close()
        if self.engine is not None:
            self.engine.__exit__()

    def texts(self, asked: Asked, wake: Wake) -> Texts:
        """Begin to write them. Refused, RecipeError: a prompt that leaves no room, too many who wait."""
        if self.apart is not None:
            return self.apart.texts(asked, wake)
        room = self.artifact.model.spec.shape[0] - len(asked.prompt) - len(self.artifact.model.spec.opening)
        if room < 1:
            what = f"the prompt has {len(asked.prompt):,} tokens, and {self.name} reads {room + len(asked.prompt):,}"
            raise RecipeError(f"{what} with what it writes", next_command="a shorter prompt")
        options = replace(asked.options, max_new=min(asked.options.max_new or self._ample(asked), room))
        if asked.wishes.best_of > 1 and options.logprobs is None:
            options = replace(options, logprobs=0)
        asked = replace(asked, options=options)
        if self.engine is None or self.samples(asked):
            return BySampler(self, asked, wake)
        return ByEngine(self.engine, self.artifact, asked, wake)

    def samples(self, asked: Asked) -> bool:
        """Whether the model's own sampler writes them."""
        return self.engine is None or asked.options.guidance != 1 or asked.wishes.beams > 0

    def _ample(self, asked: Asked) -> int:
        """How many tokens a text may have whose length nobody said: an answer's worth, and no more than lets eight of
        its kind be under way."""
        if self.engine is None:
            return AMPLE
        most = self.engine.scheduler.budget.total // 8 // self.engine.runner.bytes_of(1) * PAGE
        return min(AMPLE, max(LEAST, most - len(asked.prompt)))


class ByEngine:
    """The rows of one request among those of all others."""

    def __init__(self, engine: Engine, artifact: Artifact, asked: Asked, wake: Wake) -> None:
        self.many = asked.wishes.best_of
        draws = [seed_of(seed, draw) for seed in asked.seeds for draw in range(self.many)]
        prompt = Prompt(torch.tensor([asked.prompt], dtype=torch.long)) if asked.prompt else None
        guides = guides_for(artifact, prompt, len(draws), asked.options, asked.wishes)
        goes_on = asked.prompt and not asked.answers and isinstance(artifact.codec, Text)
        reads = artifact.codec.goes_on if goes_on else artifact.codec.decode
        self.rows = Rows(artifact, guides, asked.wishes.stop, reads)
        read = (*artifact.model.spec.opening, *asked.prompt)
        self.tickets: list[Ticket] = []
        try:
            for seed, guide in zip(draws, guides, strict=True):
                request = Request(read, asked.options, seed, guide, owner=asked.owner)
                self.tickets.append(engine.submit(request, wake))
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
    """Texts that the model's own sampler writes, one request after the other."""

    cached = 0

    def __init__(self, served: Served, asked: Asked, wake: Wake) -> None:
        self.served, self.asked, self.wake = served, asked, wake
        self.came = deque[Written | Exception]()
        self.left = threading.Event()
        served.worker.submit(asked.owner, self._write)

    def _write(self) -> None:
        asked = self.asked
        ids = torch.tensor([list(asked.prompt)] * len(asked.seeds), dtype=torch.long)
        prompt = Prompt(ids) if asked.prompt else None
        try:
            with torch.no_grad():
                for written in write(self.served.artifact, asked.seeds, None, prompt, asked.options, asked.wishes):
                    if self.left.is_set() or self.served.worker.closed:
                        return
                    self.came.append(written)
                    self.wake()
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
