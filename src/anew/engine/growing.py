"""A text as its tokens come: what they say so far, of which only a tail is read anew each time.

In: tokens, a few at a time. Out: the text, as if all of them had been read at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from anew.contract import Codec

HALF = "\ufffd"  # what a character looks like of which some bytes have not come


class Growing:
    """`read`: how tokens are made into texts, where not by the codec's `decode`.

    What came before `_end` is settled: it says `_settled`, and ends with a whole character. Reading begins one
    instalment earlier, at `_begin`: a vocabulary may treat a text's beginning in a way of its own, and this one is
    known. Where what was known reads otherwise now (a run of bytes turned out to be none of UTF-8), all is read."""

    def __init__(self, codec: Codec, read: Callable[[Sequence[Tensor]], list[str]] | None = None) -> None:
        self._read, self._halves = read or codec.decode, getattr(codec, "spelled", 0)
        self.tokens = list[int]()
        self._begin = self._end = 0
        self._settled = self._known = ""
        self._last: tuple[int, bool, str] = (0, False, "")

    def add(self, tokens: Sequence[int]) -> None:
        self.tokens += tokens

    def text(self, whole: bool = False) -> str:
        """What the tokens say. `whole`: all read at once, for the last time."""
        if self._last[:2] != (len(self.tokens), whole):
            self._last = len(self.tokens), whole, self._said(0) if whole else self._grown()
        return self._last[2]

    def _grown(self) -> str:
        tail = self._said(self._begin)
        text = self._settled + tail[len(self._known) :] if tail.startswith(self._known) else self._said(0)
        self._settle(text, tail != self._known)
        return text

    def _said(self, start: int) -> str:
        (text,) = self._read([torch.tensor(self.tokens[start:], dtype=torch.long)])
        return text

    def _settle(self, text: str, more: bool) -> None:
        """Where something came and is whole, it is what the next reading begins with."""
        if more and not text.endswith(HALF) and self.tokens[-1] >= self._halves and (new := self._said(self._end)):
            self._settled, self._known = text, new
            self._begin, self._end = self._end, len(self.tokens)
