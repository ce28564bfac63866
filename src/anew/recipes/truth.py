"""`anew truth`: the families on data whose density is known, beside models that are broken on purpose, on one page.

In: names of densities, CPU seconds an arm, a folder. Out: the studies, report.html and report.json.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anew.data.progress import Progress, Report
from anew.errors import NotFound, nearest
from anew.recipes.known import Arm, Items, Study, study
from anew.validate.known import KNOWN, EightGaussians, Known, Plane
from anew.validate.plots import Series, lines, sheet
from anew.validate.report import Facts, Figure, Text, write_report
from anew.validate.verdict import Comparison

SIDE = 120  # pixels of a picture of points


def one_mode(items: Items) -> Items:
    """The points about the mode at the right alone."""
    return items[(items[:, 0] > 1) & (np.abs(items[:, 1]) < 0.5)]


GAME = {"batch": 256, "betas": (0.0, 0.95), "lr": 1e-3, "ema": 0.99}
PLANE = (
    Arm("autoregressive", "transformer", {"ngrams": 2}, "xs", {"batch": 256, "optimiser": "muon"}),
    Arm("vae", "vae", {"latent": 2, "width": 16}, "s", {"batch": 256, "optimiser": "muon", "lr": 5e-3, "ema": 0.99}),
    Arm("gan", "gan", {"depth": 2, "width": 128}, "s", GAME),
    Arm("diffusion", "flow", {"depth": 3, "width": 128}, "s", {"ema": 0.998}),
)
CHAIN = (
    Arm("autoregressive", "transformer", {"ngrams": 3}, "s", {"batch": 32, "optimiser": "muon"}),
    Arm("autoregressive, recurrent", "rnn", {}, "s", {"batch": 32}),
    Arm("diffusion, masked", "masked", {}, "s", {"batch": 32, "optimiser": "muon"}),
)
BROKEN = (
    Arm("broken: one mode", "flow", {"depth": 3, "width": 128}, "s", only=one_mode),
    Arm("broken: learning rate", "gan", {"depth": 2, "width": 128}, "s", GAME | {"lr": 0.1}),
    Arm("broken: memoriser", "flow", {"depth": 3, "width": 128}, "s", items=40),
)


def arms_for(known: Known) -> tuple[Arm, ...]:
    if not isinstance(known, Plane):
        return CHAIN
    return PLANE + (BROKEN if isinstance(known, EightGaussians) else ())


def truth(names: Sequence[str], seconds: float, seed: int, folder: Path, report: Report) -> dict[str, Any]:
    """Every arm of each density named (all: none named) and the page; figures by density and arm."""
    for name in names:
        if name not in KNOWN:
            raise NotFound(f"no density is called {name!r}{nearest(name, KNOWN)}", next_command="anew truth --help")
    chosen = [KNOWN[name]() for name in names or KNOWN]
    total, studies = sum(len(arms_for(known)) for known in chosen), list[Study]()
    for known in chosen:
        for arm in arms_for(known):
            report(Progress("truth", len(studies), total, f"{known.name}: {arm.label}"))
            studies.append(study(known, arm, seconds, seed, folder / known.name / slug(arm.label), report))
    report(Progress("truth", total, total, "done"))
    page(studies, seconds, seed, folder)
    return {known.name: {s.arm.label: told(s) for s in studies if s.known.name == known.name} for known in chosen}


def slug(label: str) -> str:
    return label.replace(": ", "-").replace(", ", "-").replace(" ", "-")


def told(one: Study) -> dict[str, Any]:
    covered = one.known.covered(np.asarray(one.samples, np.float64)) if isinstance(one.known, EightGaussians) else None
    figures = {m.name: {"value": m.value, "low": m.low, "high": m.high, "kind": m.kind} for m in one.metrics}
    return figures | {"said": one.said, "curve": one.curve} | ({} if covered is None else {"modes": covered})


# ------------------------------------------------------------------------------------------------ the page


def page(studies: Sequence[Study], seconds: float, seed: int, folder: Path) -> None:
    """One page for all of them: points and their pictures, divergences with intervals, divergence over training."""
    figures, metrics, comparisons, texts = list[Figure](), [], list[Comparison](), list[Text]()
    for name in dict.fromkeys(s.known.name for s in studies):
        group = [s for s in studies if s.known.name == name]
        known = group[0].known
        if isinstance(known, Plane):
            truth_N2 = known.draw(2000, np.random.default_rng(seed))
            pictures = [dots(known, truth_N2)] + [dots(known, np.asarray(s.samples, np.float64)) for s in group]
            order = ", ".join(["the truth", *(s.arm.label for s in group)])
            content = sheet(pictures, 4, least=520)
            figures.append(
                Figure(f"{name}: samples", f"In this order: {order}.", content, f"Points of {order}.", "samples")
            )
        series = [Series(s.arm.label, *zip(*s.curve, strict=True)) for s in group if s.curve]
        for kind, some in by_measure(group, series).items():
            title = f"{name}: divergence over training, {kind}"
            content = lines(some, "step", kind)
            ends = "; ".join(f"{one.label} ends at {one.y[-1]:.3f}" for one in some)
            figures.append(Figure(title, f"{ends}.", content, f"Line chart: {ends}.", "learning"))
        for s in group:
            metrics += [replace(m, name=f"{name}: {s.arm.label}: {m.name}") for m in s.metrics]
        texts.append(Text(f"{name}: what is said of each", sentences(group), "By the figures and the samples alone."))
    facts = Facts(
        name="truth",
        about="Models of each family on data whose density is known, and models that are broken on purpose.",
        seed=seed,
        limits=[
            f"{seconds:g} CPU seconds a model; points of the plane and short sequences, not pictures and texts.",
            "A divergence by likelihood and one by counted samples do not compare with each other.",
            "Of a bound the divergence is a bound too: the model may be nearer to the truth than it says.",
        ],
    )
    write_report(folder, facts, metrics, figures, texts, comparisons)


def by_measure(group: Sequence[Study], series: Sequence[Series]) -> Mapping[str, list[Series]]:
    """Curves that compare with each other: nats by likelihood, and by counted samples."""
    tells = {s.arm.label: any(m.name == "divergence" for m in s.metrics) for s in group}
    made: dict[str, list[Series]] = {}
    for one in series:
        made.setdefault("nats by likelihood" if tells[one.label] else "nats by samples", []).append(one)
    return made


def sentences(group: Sequence[Study]) -> str:
    return "\n".join(f"{s.arm.label}: {' '.join(s.said) or 'Close to the truth; nothing found.'}" for s in group)


def dots(known: Plane, points_N2: NDArray[np.float64]) -> NDArray[np.uint8]:
    """uint8 (SIDE, SIDE, 1): the points, dark on white."""
    place = ((points_N2 + known.reach) / (2 * known.reach) * SIDE).astype(np.int64)
    place = place[((place >= 0) & (place < SIDE)).all(1)]
    count = np.bincount(place[:, 0] * SIDE + SIDE - 1 - place[:, 1], minlength=SIDE**2).reshape(SIDE, SIDE).T
    shade: NDArray[np.uint8] = (255 * np.exp(-0.8 * count)).astype(np.uint8)[:, :, None]
    return shade
