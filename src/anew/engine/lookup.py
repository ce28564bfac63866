"""Guessing what comes next from what was said before: where the newest tokens stood once already, what followed them
then.

In: the tokens of one sequence as they come. Out: drafts, which the model verifies; a wrong one costs nothing but a row
that was free. Prompt lookup, after Yang et al. 2023 (LLMA, arXiv:2304.04487, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable


class Lookup:
    """The sequence, and for each run of `longest` to `shortest` tokens in it where the run last ended."""

    def __init__(self, tokens: Iterable[int] = (), *, longest: int = 4, shortest: int = 2) -> None:
        self.tokens: list[int] = []
        self.sizes = range(longest, shortest - 1, -1)
        self._ended: dict[tuple[int, ...], int] = {}
        for token in tokens:
            self.add(token)

    def add(self, token: int) -> None:
        """One token more. The runs that end before it are known from now on, the newest ones not yet."""
        end = len(self.tokens)
        for size in self.sizes:
            if size <= end:
                self._ended[tuple(self.tokens[end - size :])] = end
        self.tokens.append(token)

    def draft(self, most: int) -> list[int]:
        """Up to `most` tokens that followed the longest run that ended as the sequence does."""
        for size in self.sizes:
            at = self._ended.get(tuple(self.tokens[-size:])) if size <= len(self.tokens) else None
            if at is not None:
                return self.tokens[at : at + most]
        return []
