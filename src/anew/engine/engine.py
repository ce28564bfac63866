"""The loop: schedule -> run -> choose, step by step, for as many requests as there are.

In: requests, from any thread. Out: each one's tokens as they come. A request's tokens depend on itself alone: not on
its company, on what was cached, or on drafts; an error in one ends no other. It holds the locks; the scheduler and the
runner know of no threads.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Self

import torch
from torch import Tensor

from anew.contract import Likely
from anew.data.memory import free_bytes
from anew.engine.adapters import Adapter, Under
from anew.engine.budget import Budget
from anew.engine.lookup import Lookup
from anew.engine.prefix import PrefixCache
from anew.engine.requests import Answer, Finish, Instalment, Request
from anew.engine.runner import Memory, Runner, Span
from anew.engine.scheduler import Scheduler
from anew.errors import Refused
from anew.samplers.choice import Row, choose

SHARE = 0.75  # of the memory that is free: the rest is for weights that are laid out, and for others
PATIENCE = 0.005  # seconds until the engine looks again for memory that another one has


class Ticket:
    """A request that was taken: its instalments as they come, once. Iterating waits for them; whoever may not wait is
    woken by `wake`, which the engine's thread calls, and takes what is `ready`."""

    def __init__(self, engine: Engine, key: int, wake: Callable[[], None] | None = None) -> None:
        self.engine, self.key, self.cached, self.wake = engine, key, 0, wake
        self._came: SimpleQueue[Instalment | BaseException] = SimpleQueue()

    def put(self, what: Instalment | BaseException) -> None:
        self._came.put(what)
        if self.wake is not None:
            self.wake()

    def __iter__(self) -> Iterator[Instalment]:
        while True:
            instalment = self._came.get()
            if isinstance(instalment, BaseException):
                raise instalment
            yield instalment
            if instalment.finish is not None:
                return

    def ready(self) -> Iterator[Instalment]:
        """Those that have come by now, for whoever steps the engine in the same thread."""
        while not self._came.empty():
            instalment = self._came.get()
            if isinstance(instalment, BaseException):
                raise instalment
            yield instalment

    def cancel(self) -> None:
        """Stop; what it held is free for the next step. Nothing happens to one that is done."""
        self.engine.cancel(self)

    def answer(self) -> Answer:
        """Wait for the end."""
        came = list(self)
        tokens, likely = (
            tuple(itertools.chain.from_iterable(part))
            for part in zip(*((i.tokens, i.likely) for i in came), strict=True)
        )
        finish = came[-1].finish
        assert finish is not None
        return Answer(tokens, finish, likely, self.cached)


@dataclass
class Live:
    """A request between its admission and its end. `at`: positions that its memory holds; `token`: what comes next
    there."""

    request: Request
    ticket: Ticket
    row: Row
    limit: int
    lookup: Lookup | None
    under: Under = ()
    memory: Memory | None = None
    at: int = 0
    token: int = 0
    drafts: list[int] = field(default_factory=list)

    @property
    def prompt(self) -> Sequence[int]:
        return self.row.read  # as it was when it was submitted

    @property
    def way(self) -> tuple[tuple[int, float], ...]:
        """What reading its prompt depends on beside the prompt."""
        return tuple((adapter.number, weight) for adapter, weight in self.under)

    def guess(self, spare: int) -> list[int]:
        """Drafts for so many spare rows, never past what it may write."""
        self.drafts = (
            self.lookup.draft(min(spare, self.limit - len(self.row.said) - 1)) if self.lookup and spare else []
        )
        return self.drafts


class Engine:
    """`budget` bytes for what requests remember, by default most of what the machine has free, or a share of what
    several engines have together; `prefix_bytes` beside
    them for beginnings that are kept (0: none). A request ends at one of `ends`, of which the first is what a row says
    that may say nothing."""

    def __init__(
        self,
        runner: Runner,
        ends: tuple[int, ...],
        *,
        budget: int | Budget | None = None,
        prefix_bytes: int = 1 << 28,
        most: int = 64,
        waiting: int = 1024,
    ) -> None:
        self.runner, self.ends = runner, ends
        budget = int(SHARE * free_bytes()) if budget is None else budget
        self.scheduler = Scheduler(budget, piece=runner.piece, most=most, waiting=waiting)
        self.prefixes: PrefixCache[Tensor] = PrefixCache(prefix_bytes, runner.piece)
        self.adapters: dict[str, Adapter] = {}
        self._keys, self._lives = itertools.count(), dict[int, Live]()
        self._changed, self._stepping = threading.Condition(), threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.stepped: Callable[[], None] | None = None  # called by its own thread after each step

    # -------------------------------------------------------------------------------------------- what others call

    def submit(self, request: Request, wake: Callable[[], None] | None = None) -> Ticket:
        """Queue up. Refused: no prompt, one that leaves no room, guidance, an adapter that is not loaded, more memory
        than there is, a full queue, an engine whose block has ended."""
        prompt, room = request.prompt, self.runner.context - len(request.prompt)
        if not prompt or room < 1:
            what = f"a prompt has 1 to {self.runner.context - 1} tokens, not {len(prompt)}"
            raise Refused(f"{what}: the model reads {self.runner.context}")
        if request.options.guidance != 1:
            raise Refused("guidance needs a condition, which the engine's models are made without")
        limit = min(request.options.max_new or room, room)
        rng = torch.Generator().manual_seed(request.seed)
        with self._changed:
            if self._closed:
                raise Refused("the engine has been closed")
            under = self._under(request.adapters)
            key = next(self._keys)
            row = Row(request.options, rng, tuple(prompt), request.guide)
            live = Live(request, Ticket(self, key, wake), row, limit, Lookup(prompt) if request.drafts else None, under)
            try:
                self.scheduler.add(key, self.runner.bytes_of(len(prompt) + limit), len(prompt), request.owner)
                self._lives[key] = live
                self._changed.notify()
                return live.ticket
            except BaseException:  # Ctrl-C comes between any two of these
                self._end(key, (), (), "cancelled")
                raise

    def cancel(self, ticket: Ticket) -> None:
        with self._changed:
            self._end(ticket.key, (), (), "cancelled")

    def load(self, name: str, weights: Mapping[str, Tensor], scale: float) -> None:
        """Requests may name this adapter from now on; one of the same name serves those who asked for it to their end.
        Refused: weights that are not this model's, or more than memory holds."""
        adapter = self.runner.adapter(name, weights, scale)
        with self._stepping, self._changed:  # the maps change between two steps, never within one
            self.scheduler.hold(adapter.nbytes)
            self.runner.ready()
            self.adapters[name] = adapter
            self._weigh()

    def unload(self, name: str) -> None:
        """No further request may name it; its memory is free when the last that did is done."""
        with self._changed:
            self._under(((name, 1.0),))
            del self.adapters[name]
            self._weigh()

    def run(self, requests: Sequence[Request]) -> list[Answer]:
        """All answers, in the caller's thread, which waits for no one else's. What goes wrong is raised, and leaves
        nothing of them behind."""
        tickets = list[Ticket]()
        try:
            for request in requests:
                while self.scheduler.full:
                    self.step()
                tickets.append(self.submit(request))
            own = {ticket.key for ticket in tickets}
            while not own.isdisjoint(self._lives):
                if not self.step():
                    time.sleep(PATIENCE)
            return [ticket.answer() for ticket in tickets]
        finally:
            for ticket in tickets:
                ticket.cancel()

    def __enter__(self) -> Self:
        """Step in a thread of its own until the block ends; who still waits then is cancelled."""
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        assert self._thread is not None
        self._thread.join()
        for live in list(self._lives.values()):
            live.ticket.cancel()

    def _under(self, asked: Sequence[tuple[str, float]]) -> Under:
        """Loaded adapters by name, in an order of their own. Refused for one that is not there."""
        weights: dict[str, float] = {}
        for name, weight in asked:
            if name not in self.adapters:
                there = ", ".join(sorted(self.adapters)) or "none is"
                raise Refused(f"no adapter called {name!r} is loaded; loaded: {there}")
            weights[name] = weights.get(name, 0.0) + weight
        return tuple((self.adapters[name], weight) for name, weight in sorted(weights.items()) if weight)

    def _weigh(self) -> None:
        """Count the adapters that are loaded or still asked for."""
        under = (adapter for live in self._lives.values() for adapter, _ in live.under)
        self.scheduler.held = sum(adapter.nbytes for adapter in {*self.adapters.values(), *under})

    # -------------------------------------------------------------------------------------------- the loop

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or not self.scheduler.idle)
                if self._closed:
                    return
            with self._ending(self._lives):
                if not self.step():
                    with self._changed:  # others have the memory that whoever is next waits for
                        self._changed.wait(PATIENCE)
            if self.stepped is not None:
                self.stepped()

    @contextmanager
    def _ending(self, keys: Collection[int]) -> Iterator[None]:
        """An error in here is told to those who wait for `keys`, and ends these and no others."""
        try:
            yield
        except Exception as error:
            with self._changed:
                for key in [key for key in keys if key in self._lives]:
                    self._lives[key].ticket.put(error)
                    self._end(key, (), (), "cancelled")  # for whoever reads on

    @torch.inference_mode()
    def step(self) -> bool:
        """One plan, from its making to its tokens; False when there was nothing that could be done. Threads take
        turns."""
        with self._stepping:
            if self.scheduler.idle:
                return False
            with self._changed:
                self._admit()
                plan = self.scheduler.plan()
                lives = {key: self._lives[key] for key in plan.write}
                rows = self._rows(list(lives.values()))
            if plan.read:
                with self._ending({key for key, _ in plan.read}):
                    self._read(plan.read)
            if lives:
                with self._ending(lives):
                    self._write(lives, self.runner.step(rows))
            return bool(plan.read or lives)

    def _admit(self) -> None:
        for key in self.scheduler.admit():
            with self._ending([key]):
                live = self._lives[key]
                live.memory = self.runner.open(len(live.prompt) + live.limit, live.under)
                for kept in self.prefixes.find(live.prompt, live.way):
                    live.memory.paste(live.at, kept)
                    live.at += self.runner.piece
                live.ticket.cached = live.at
                if live.at:
                    self.scheduler.has_read(key, live.at)

    def _read(self, pieces: Sequence[tuple[int, int]]) -> None:
        """Pieces of prompts; behind a prompt's last one its first token."""
        spans: list[tuple[int, Span]] = []
        with self._changed:
            reached: dict[int, int] = {}
            for key, tokens in pieces:
                live = self._lives.get(key)
                if live is not None and live.memory is not None:
                    start = reached.get(key, live.at)
                    end = reached[key] = start + tokens
                    what = live.prompt[start:end]
                    spans.append((key, Span(live.memory, start, what, end == len(live.prompt))))
        try:
            logits = self.runner.read([span for _, span in spans])
        except Exception:
            keys = {key for key, _ in spans}
            if len(keys) == 1:
                raise
            for key in keys:  # each by itself, so that an error is one sequence's own
                with self._ending([key]):
                    self._read([piece for piece in pieces if piece[0] == key])
            return
        for (key, span), logits_1V in zip(spans, logits, strict=True):
            with self._changed, self._ending([key]):
                self._has_read(key, span, logits_1V)

    def _has_read(self, key: int, span: Span, logits_1V: Tensor | None) -> None:
        live = self._lives.get(key)
        if live is None:
            return
        live.at = span.end
        if self.prefixes.limit and not span.end % self.runner.piece:
            self.prefixes.keep(live.prompt, span.end, span.memory.cut(span.start, span.end), live.way)
        self.scheduler.has_read(key, len(span.tokens))
        if logits_1V is not None:
            self._choose(key, live, logits_1V)

    def _rows(self, lives: Sequence[Live]) -> list[tuple[int, int, Memory]]:
        """Who writes, each with drafts in its share of the rows that would be padding."""
        spare = -len(lives) % self.runner.rows
        rows: list[tuple[int, int, Memory]] = []
        for i, live in enumerate(lives):
            drafts = live.guess(spare // (len(lives) - i))
            spare -= len(drafts)
            assert live.memory is not None
            rows += [(token, live.at + n, live.memory) for n, token in enumerate((live.token, *drafts))]
        return rows

    def _write(self, lives: Mapping[int, Live], logits_NV: Tensor) -> None:
        """A token for each, and what of its drafts proves right."""
        with self._changed:
            start = 0
            for key, live in lives.items():
                end = start + 1 + len(live.drafts)
                if key in self._lives:
                    live.at += 1
                    with self._ending([key]):
                        self._choose(key, live, logits_NV[start:end])
                start = end

    def _choose(self, key: int, live: Live, logits_NV: Tensor) -> None:
        """A token from the first row, and from each further row whose draft was the token before it."""
        drafts, said, told = live.drafts, list[int](), list[Likely | None]()
        live.drafts = []
        for n in range(len(logits_NV)):
            token_1, (likely,) = choose(logits_NV[n : n + 1], [live.row], self.ends[0])
            token = int(token_1)
            over = live.row.take(token, self.ends)
            said.append(token)
            told += [likely] if live.row.options.logprobs is not None else []
            live.at += n > 0
            if over or len(live.row.said) >= live.limit:
                self._end(key, said, told, "stop" if over else "length")
                return
            if live.lookup is not None:
                live.lookup.add(token)
            if n < len(drafts) and drafts[n] != token:
                break
        live.token = said[-1]
        live.ticket.put(Instalment(tuple(said), tuple(told)))

    def _end(self, key: int, said: Sequence[int], told: Sequence[Likely | None], finish: Finish) -> None:
        """Its place and its memory are free from here on."""
        self.scheduler.leave(key)
        live = self._lives.pop(key, None)
        if live is not None:
            live.memory = None
            self._weigh()
            live.ticket.put(Instalment(tuple(said), tuple(told), finish))
