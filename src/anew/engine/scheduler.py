"""Who runs next: sequences wait, are admitted when their memory fits, read their prompts in pieces, write, and leave.

In: keys, bytes and numbers of tokens. Out: plans. It knows no tensors, no tokens and no requests, so that it can be
tried out without a model.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass

from anew.engine.budget import Budget
from anew.engine.turns import Turns
from anew.errors import Refused

TOGETHER = 4  # pieces that a step reads while nobody waits for it to end


class Full(Refused):
    """Too many wait."""


@dataclass
class Place:
    """A sequence: the bytes it will ever need, how many tokens of its prompt it has not read, and whose it is."""

    key: int
    nbytes: int
    unread: int
    owner: str = ""


@dataclass(frozen=True)
class Plan:
    """One step: pieces of prompts, and a token for each sequence that writes."""

    read: Sequence[tuple[int, int]]  # key, tokens; of one sequence in their order
    write: Sequence[int]


class Scheduler:
    """Owners are admitted by turns, each owner's sequences in the order in which they came: whoever is too big for now
    holds up those behind, and so is never passed over for ever. `budget`: bytes, of its own or shared with others.

    Memory is counted before it exists: a sequence is admitted with all that it will ever need, or waits. Prompts are
    read in pieces, by turns, so that a short one never waits for a long one's end. While somebody writes, a step reads
    as many tokens as a piece has, however many prompts they are of; otherwise `TOGETHER` times as many.
    """

    def __init__(self, budget: int | Budget, *, piece: int, most: int = 64, waiting: int = 1024) -> None:
        self.budget = budget if isinstance(budget, Budget) else Budget(budget)
        self.piece, self.most, self.room = piece, most, waiting
        self._held = 0
        self._waiting: Turns[Place] = Turns()
        self._reading: deque[Place] = deque()
        self._writing: dict[int, Place] = {}

    @property
    def used(self) -> int:
        """Bytes promised to those who were admitted."""
        return sum(place.nbytes for place in (*self._reading, *self._writing.values()))

    @property
    def held(self) -> int:
        """Bytes of the budget that no sequence has: adapters."""
        return self._held

    @held.setter
    def held(self, nbytes: int) -> None:
        self.budget.give(self, self._held - nbytes)
        self._held = nbytes

    @property
    def counts(self) -> tuple[int, int]:
        """How many wait, and how many read or write."""
        return len(self._waiting), len(self._reading) + len(self._writing)

    @property
    def idle(self) -> bool:
        return not (self.reading or self._writing)

    @property
    def reading(self) -> bool:
        """Whether a prompt is not read yet."""
        return bool(self._waiting or self._reading)

    @property
    def full(self) -> bool:
        """Whether nobody more may wait."""
        return len(self._waiting) >= self.room

    def add(self, key: int, nbytes: int, unread: int, owner: str = "") -> None:
        """Queue up. Refused: more than there is at all, or too many are waiting."""
        if nbytes > self.budget.total - self.held:
            there = f"the engine may use {self.budget.total:,}" + (
                f", adapters {self.held:,} of them" if self.held else ""
            )
            what = f"the request needs {nbytes:,} bytes of memory, and {there}"
            raise Refused(what, next_command="the same with fewer new tokens, or a shorter prompt")
        if self.full:
            raise Full(f"{self.room} requests are waiting already")
        self._waiting.add(owner, Place(key, nbytes, unread, owner))

    def hold(self, nbytes: int) -> None:
        """So many more bytes are no sequence's. Refused where they are not free, or somebody waits who would then wait
        for ever."""
        largest = max((place.nbytes for place in self._waiting), default=0)
        free = self.budget.total - self.budget.used + self.used - max(self.used, largest)
        if nbytes > free:
            what = f"{nbytes:,} bytes of memory are needed"
            raise Refused(f"{what}, and of the engine's {self.budget.total:,} {free:,} are free")
        self.held += nbytes

    def admit(self) -> list[int]:
        """Those whose memory fits by now, in the order of their turns."""
        admitted = []
        under_way = Counter(place.owner for place in (*self._reading, *self._writing.values()))
        while under_way.total() < self.most:
            place = self._waiting.head(under_way)
            if place is None or not self.budget.take(self, place.nbytes):
                break
            self._waiting.take()
            self._reading.append(place)
            under_way[place.owner] += 1
            admitted.append(place.key)
        return admitted

    def plan(self) -> Plan:
        """The next step; whoever reads in it goes to the end of those who read."""
        left = self.piece * (1 if self._writing else TOGETHER)
        turns, read = deque((place, place.unread) for place in self._reading), list[tuple[int, int]]()
        while turns:
            place, unread = turns.popleft()
            tokens = min(self.piece, unread)
            if tokens > left:
                continue  # it stays ahead of those who read
            left -= tokens
            read.append((place.key, tokens))
            if unread > tokens:
                turns.append((place, unread - tokens))
        keys = {key for key, _ in read}
        self._reading = deque(sorted(self._reading, key=lambda place: place.key in keys))
        return Plan(read, list(self._writing))

    def has_read(self, key: int, tokens: int) -> None:
        """So much less of its prompt is unread; with nothing left it writes from the next step on."""
        place = next(place for place in self._reading if place.key == key)
        place.unread -= tokens
        if not place.unread:
            self._reading.remove(place)
            self._writing[key] = place

    def leave(self, key: int) -> None:
        """Done or cancelled, wherever it stands: its place and its bytes are free at once."""
        place = self._writing.pop(key, None) or next((place for place in self._reading if place.key == key), None)
        if place is not None:
            if place in self._reading:
                self._reading.remove(place)
            self.budget.give(self, place.nbytes)
        elif self._waiting.remove(lambda place: place.key == key):
            self.budget.forget(self)  # who is next now says anew what it wants
