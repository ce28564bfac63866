"""What a model is there for.

In: a model, or its class. Out: a word for it.
"""

from __future__ import annotations

from typing import Any, Literal

from anew.engine.agreement import scores
from anew.engine.enlarge import enlarges

Verb = Literal["make", "encode", "enlarge", "score"]


def verb_of(model: Any) -> Verb | None:
    """To make samples, to encode them for another model, to enlarge those that it is given, to score them by captions;
    None of a part of other models."""
    if model.streams is not None:
        return "encode" if getattr(model, "first_stage", False) else "make"
    return "enlarge" if enlarges(model) else "score" if scores(model) else None


__all__ = ["Verb", "verb_of"]
