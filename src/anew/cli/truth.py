"""`anew truth`: how far each family ends from data whose density is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from anew.cli.terminal import Json, Meter, columns, show
from anew.errors import Interrupted, RecipeError


def truth(
    *names: Annotated[str, Parameter(help="eight-gaussians, checkerboard, markov-chain; default: all.")],
    seconds: Annotated[float, Parameter(help="CPU seconds of training a model.")] = 60.0,
    seed: Annotated[int, Parameter(help="Of data, weights and samples.")] = 0,
    out: Annotated[Path | None, Parameter(help="The folder. Default: one in ANEW_HOME/truth.")] = None,
    as_json: Json = False,
) -> None:
    """Train each family on data whose density is known, and models broken on purpose: how far from the truth is each?

    A page with the samples, the divergences and their way down lies in the folder. Typed again, it goes on."""
    if seconds <= 0 or not 0 <= seed < 2**63:
        raise RecipeError("--seconds is more than 0" if seconds <= 0 else "--seed is 0 or more, and less than 2^63")
    from anew.data.home import home
    from anew.recipes.truth import truth as measure

    folder = out or home() / "truth" / f"{seconds:g}-seconds-seed-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with Meter() as meter:
            found = measure(names, seconds, seed, folder, meter)
    except (Interrupted, KeyboardInterrupt):
        again = " ".join(["anew truth", *names, f"--seconds {seconds:g} --seed {seed} --out {folder}"])
        raise Interrupted("stopped; what was done is saved", next_command=again) from None
    rows = [(name, label, figure(one), " ".join(one["said"]) or "close to the truth") for name, arms in found.items()
            for label, one in arms.items()]  # fmt: skip
    paths = {"report": folder / "report.html"}
    show([*columns(rows, ("data", "model", "nats from the truth", "what is said of it")), "", str(paths["report"])],
         as_json, {"truth": found, "paths": paths})  # fmt: skip


def figure(one: dict[str, Any]) -> str:
    """The divergence with its interval, and what kind of figure it is."""
    m = one.get("divergence") or one["divergence_of_samples"]
    kind = m["kind"] if "divergence" in one else "of samples"
    return f"{m['value']:.3f} [{m['low']:.3f}, {m['high']:.3f}] {kind}"
