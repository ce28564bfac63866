"""Texts as requests hold them: a string, its tokens, or a list of either."""

from __future__ import annotations

from anew.engine.served import Served
from anew.server.errors import Problem

Texts = str | list[str] | list[int] | list[list[int]]


def each_of(given: Texts, field: str, most: int) -> list[str | list[int]]:
    """Each text or its tokens. Problem: none, or more than `most`."""
    if isinstance(given, str):
        return [given]
    if not given:
        raise Problem(400, f"{field}: a list holds at least one", param=field, code="invalid_value")
    if isinstance(given[0], int):
        return [given]
    if len(given) > most:
        raise Problem(400, f"{field}: at most {most:,} of them, not {len(given):,}", param=field, code="invalid_value")
    return given  # type: ignore[return-value]


def refuse_unknown(tokens: list[int], vocab: int, field: str) -> None:
    """Problem: tokens that the model does not have."""
    if not all(0 <= token < vocab for token in tokens):
        raise Problem(400, f"{field}: tokens are 0 to {vocab - 1}", param=field, code="invalid_value")


def refuse_too_long(served: Served, tokens: int, field: str) -> None:
    """Problem: a prompt that leaves no room for a token."""
    spec = served.artifact.model.spec
    most = spec.shape[0] - len(spec.opening) - 1
    if tokens > most:
        what = f"{field}: {tokens:,} tokens, and {served.name} reads {most:,} and writes one more"
        raise Problem(400, what, param=field, code="context_length_exceeded")
