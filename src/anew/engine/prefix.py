"""What prompts begin with, kept: a beginning that many share (a system's instructions) is read once.

In: token ids and what reading a piece of them left behind, which is opaque here. Out: the same, for a prompt that
begins with the same pieces. Pieces lie on a fixed grid of positions and follow exactly the pieces before them, so that
what is taken from here has the bits that reading would give.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


Kept = TypeVar("Kept", bound=Sized)
Path = tuple[tuple[Hashable, tuple[int, ...]], ...]


class PrefixCache(Generic[Kept]):
    """Pieces of `piece` tokens by all the tokens up to their end; those used longest ago go first when `limit` bytes
    are full, the later ones of a prompt before the earlier."""

    def __init__(self, limit: int, piece: int) -> None:
        self.limit, self.piece, self.used = limit, piece, 0
        self._kept: OrderedDict[Path, Kept] = OrderedDict()

    def find(self, prompt: Sequence[int], under: Hashable = ()) -> list[Kept]:
        """The longest row of pieces that the prompt begins with; its last token is always left to be read. `under`:
        what else reading depends on, an adapter; what was read under another is not found."""
        found: list[Kept] = []
        path: Path = ()
        for start in range(0, len(prompt) - self.piece, self.piece):
            path = (*path, (under, tuple(prompt[start : start + self.piece])))
            if path not in self._kept:
                break
            found.append(self._kept[path])
        self._touch(path, len(found))
        return found

    def keep(self, prompt: Sequence[int], end: int, what: Kept, under: Hashable = ()) -> None:
        """Keep what reading the piece that ends at `end` left; a piece whose predecessors are gone is not kept."""
        path = tuple((under, tuple(prompt[start : start + self.piece])) for start in range(0, end, self.piece))
        orphan = len(path) > 1 and path[:-1] not in self._kept
        if end % self.piece or path in self._kept or orphan or what.nbytes > self.limit:
            return
        self._kept[path] = what
        self.used += what.nbytes
        self._touch(path, len(path))
        while self.used > self.limit:
            self.used -= self._kept.popitem(last=False)[1].nbytes

    def _touch(self, path: Path, length: int) -> None:
        """Mark the first `length` pieces as used now, the earliest last: it is the last to go."""
        for n in range(length, 0, -1):
            self._kept.move_to_end(path[:n])
