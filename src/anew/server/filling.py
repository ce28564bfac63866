"""What stands between two sides of a text, for the endpoints that ask for it: completions, fim and infill."""

from __future__ import annotations

from collections.abc import Sequence

from anew.engine.middle import gap, sees_after
from anew.engine.served import Served
from anew.engine.writing import writes
from anew.server.errors import Problem


def refuse_what_writes_none(served: Served) -> None:
    """Problem: a model that does not write from left to right."""
    if not writes(served.artifact):
        what = f"{served.name} does not write texts from left to right"
        raise Problem(400, what, param="model", code="unsupported_parameter")


def between(
    served: Served, before: str, after: str, most: int | None, field: str, others: Sequence[tuple[str, str]] = ()
) -> tuple[list[int], int]:
    """The tokens that show the model both sides, and how many it may write. Problem: it never learnt to look at what
    comes after, which is told of `field`."""
    refuse_what_writes_none(served)
    if not sees_after(served.artifact):
        what = f"{field}: {served.name} was not taught to fill in a middle, and looks at what comes before alone"
        raise Problem(400, what, param=field, code="unsupported_parameter")
    given, new = gap(served.artifact, before, after, 1, most, others)
    assert given.values is not None
    return given.values[0].tolist(), new
