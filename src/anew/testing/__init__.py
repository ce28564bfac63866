"""The contract as a public test suite: is this model, codec or sampler what anew takes it for?

    from anew.testing import check_model
    report = check_model(lambda: MyModel(spec, width=8))

Each function runs every check that binds the part and returns a Report of the checks that ran, so that a test can
assert how many; ConformanceError tells all that failed. `waive` leaves a check out by name and takes the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from anew.contract import Model
from anew.testing import caching, sampling, scoring, training
from anew.testing.subject import Draw, Subject, patterns
from anew.testing.suite import ConformanceError, Report, run_checks


def check_model(
    make: Callable[[], Model] | Model, draw: Draw | None = None, waive: Mapping[str, str] | None = None
) -> Report:
    """`make()` builds the model with random weights (a built model is copied). `draw(n, rng)` gives n rows to learn
    from, with masks where the spec is of tokens; by default patterns that suit the spec. Small models, please: some
    hundred training steps are taken."""
    subject = Subject(make, draw)
    name = f"{subject.kind.__name__} of {subject.spec.kind} {subject.spec.shape}"
    return run_checks(name, subject, (training, sampling, scoring, caching), waive or {})


__all__ = ["ConformanceError", "Draw", "Report", "check_model", "patterns"]
