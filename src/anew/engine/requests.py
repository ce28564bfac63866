"""What is asked of the engine and what it answers, as values.

In: token ids with a seed and sampling options. Out: instalments of token ids, the last of which says why it is the
last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from anew.contract import AppendOptions, Likely
from anew.samplers.choice import Guide

Finish = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True)
class Request:
    """A prompt to go on from, what begins a sequence included. `guide` steers it from outside of the model; `drafts`
    False forbids speculation, which changes no token. `adapters`: names of loaded ones, each with its weight. `owner`:
    owners are admitted by turns."""

    prompt: Sequence[int]
    options: AppendOptions = field(default_factory=AppendOptions)
    seed: int = 0
    guide: Guide | None = None
    drafts: bool = True
    adapters: tuple[tuple[str, float], ...] = ()
    owner: str = ""


@dataclass(frozen=True)
class Instalment:
    """Tokens that are new, and why they are the last ones: an end symbol or the guide, the length asked for, or the
    asker. `likely`: one a token, where log-probabilities were asked for."""

    tokens: tuple[int, ...]
    likely: tuple[Likely | None, ...] = ()
    finish: Finish | None = None


@dataclass(frozen=True)
class Answer:
    """All instalments of a request. `cached`: prompt tokens that did not have to be read."""

    tokens: tuple[int, ...]
    finish: Finish
    likely: tuple[Likely | None, ...] = ()
    cached: int = 0


def seed_of(seed: int, draw: int) -> int:
    """The item's own seed for its first draw."""
    if not draw:
        return seed
    return int.from_bytes(hashlib.sha256(f"{seed}/draw {draw}".encode()).digest()[:7], "big")
