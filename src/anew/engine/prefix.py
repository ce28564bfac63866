"""What prompts begin with, kept: a beginning that many share (a system's instructions) is read once.

In: token ids and what reading a piece of them left behind, which is opaque here. Out: the same, for a prompt that
begins with the same pieces. Pieces lie on a fixed grid of positions and follow exactly the pieces before them, so that
what is taken from here has the bits that reading would give.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


Kept = TypeVar("Kept", bound=Sized)
Key = tuple[int, Hashable, tuple[int, ...]]  # the number of the piece before it, what else reading depends on, tokens


class PrefixCache(Generic[Kept]):
    """Pieces of `piece` tokens, each behind the one that it follows; those used longest ago go first when `limit` bytes
    are full, the later ones of a prompt before the earlier."""

    def __init__(self, limit: int, piece: int) -> None:
        self.limit, self.piece, self.used = limit, piece, 0
        self._kept: OrderedDict[Key, tuple[int, Kept]] = OrderedDict()
        self._numbers = itertools.count(1)  # no two pieces ever have one, and the first of a prompt follow none

    def find(self, prompt: Sequence[int], under: Hashable = ()) -> list[Kept]:
        """The longest row of pieces that the prompt begins with; its last token is always left to be read. `under`:
        what else reading depends on, an adapter; what was read under another is not found."""
        there = [key for key in self._keys(prompt, len(prompt) - 1, under) if key in self._kept]
        self._touch(there)
        return [self._kept[key][1] for key in there]

    def keep(self, prompt: Sequence[int], end: int, what: Kept, under: Hashable = ()) -> None:
        """Keep what reading the piece that ends at `end` left; a piece whose predecessors are gone is not kept."""
        keys = list(self._keys(prompt, end, under))
        orphan = len(keys) * self.piece < end
        if end % self.piece or orphan or keys[-1] in self._kept or what.nbytes > self.limit:
            return
        self._kept[keys[-1]] = next(self._numbers), what
        self.used += what.nbytes
        self._touch(keys)
        while self.used > self.limit:
            self.used -= self._kept.popitem(last=False)[1][1].nbytes

    def _keys(self, prompt: Sequence[int], end: int, under: Hashable) -> Iterator[Key]:
        """Of the prompt's whole pieces up to `end`, as far as they are kept, and of the first that is not."""
        before = 0
        for start in range(0, end - self.piece + 1, self.piece):
            key = before, under, tuple(prompt[start : start + self.piece])
            yield key
            if key not in self._kept:
                return
            before = self._kept[key][0]

    def _touch(self, keys: Sequence[Key]) -> None:
        """Mark them as used now, the earliest last: it is the last to go."""
        for key in reversed(keys):
            self._kept.move_to_end(key)
