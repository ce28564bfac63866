"""The contract as a public test suite: is this model, codec or sampler what anew takes it for?

    from anew.testing import check_model
    report = check_model(lambda: MyModel(spec, width=8))

Each function runs every check that binds the part and returns a Report of the checks that ran, so that a test can
assert how many; ConformanceError tells all that failed. `waive` leaves a check out by name and takes the reason;
`only` runs the checks named, while one looks for the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from inspect import signature
from typing import Any

from anew.contract import Codec, Model
from anew.testing import caching, codecs, decoders, latents, sampling, scoring, solvers, steering, training, unmasking
from anew.testing.subject import Draw, Subject, patterns
from anew.testing.suite import ConformanceError, Report, run_checks

Waive = Mapping[str, str]  # name of a check -> the reason to leave it out
Only = Collection[str]


def check_model(
    make: Callable[[], Model] | Model,
    draw: Draw | None = None,
    waive: Waive | None = None,
    only: Only | None = None,
) -> Report:
    """`make()` builds the model with random weights (a built model is copied). `draw(n, rng)` gives n rows to learn
    from, with masks where the spec is of tokens; by default patterns that suit the spec. Small models, please: some
    hundred training steps are taken."""
    subject = Subject(make, draw)
    name = f"{subject.kind.__name__} of {subject.spec.kind} {subject.spec.shape}"
    return run_checks(name, subject, (training, sampling, steering, scoring, caching, latents), waive, only)


def check_codec(
    make: Callable[[], Codec],
    samples: Sequence[Any],
    hostile: Sequence[Any] | None = None,
    waive: Waive | None = None,
    only: Only | None = None,
) -> Report:
    """`make()` builds the codec before it is fitted; a dozen or more `samples` to fit; `hostile` samples must be taken
    or refused (by default strange strings, or pictures and sounds of strange sizes)."""
    return run_checks(type(make()).__name__, codecs.CodecSubject(make, samples, hostile), (codecs,), waive, only)


def check_sampler(
    sampler: Callable[..., Any],
    order: int | None = None,
    calls: Callable[[int], int] | None = None,
    waive: Waive | None = None,
    only: Only | None = None,
) -> Report:
    """A solver of dx/dt = v(x, t) with its `order` and `calls(steps)`, the network calls that so many steps take
    (default: one a step); without an order, a sampler of tokens: by what its first argument is called, of `denoise`,
    where hidden ones are revealed, or of `extend`."""
    name = getattr(sampler, "__name__", type(sampler).__name__)
    if next(iter(signature(sampler).parameters)) == "denoise":
        return run_checks(name, unmasking.UnmaskSubject(sampler), (unmasking,), waive, only)
    if order is None:
        return run_checks(name, decoders.DecoderSubject(sampler), (decoders,), waive, only)
    subject = solvers.SolverSubject(sampler, order, calls or (lambda steps: steps))
    return run_checks(name, subject, (solvers,), waive, only)


__all__ = ["ConformanceError", "Draw", "Report", "check_codec", "check_model", "check_sampler", "patterns"]
