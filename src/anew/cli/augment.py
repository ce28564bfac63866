"""`anew augment`: more items of a rare class, and whether they help a classifier."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from anew.cli.compare import source_of
from anew.cli.dotted import Overrides, pairs
from anew.cli.terminal import Json, Meter, columns, show, talk
from anew.collect import modality_of
from anew.errors import DataError, Interrupted, RecipeError
from anew.recipes.dotted import check_known

FLAGS = ("modality", "label", "rare", "keep", "recipe", "seeds", "minutes", "out", "json", "debug", "help")
RECIPES = {"table": "table", "image": "images"}

Data = Annotated[str, Parameter(help="A labelled table, pictures in sub-folders, or a known data set.")]
Label = Annotated[str | None, Parameter(help="The column of a table that holds the label.")]
Rare = Annotated[str | None, Parameter(help="The label to make more of. Default: the rarest.")]
Keep = Annotated[
    int | None, Parameter(help="Train on so many items of it alone, to see what would be if it were rare.")
]
RecipeName = Annotated[str | None, Parameter(help="What the model is trained by. Default: table or images.")]
Seeds = Annotated[int, Parameter(help="Rounds, each with a split, a model and classifiers of its own.")]
Minutes = Annotated[float, Parameter(help="CPU minutes of the model's training in a round.")]
Modality = Annotated[str | None, Parameter(help="table or image. Default: by the look of the data.")]
Out = Annotated[Path | None, Parameter(help="The folder. Default: one in ANEW_HOME/augment.")]


def augment(
    data: Data,
    /,
    *overrides: Overrides,
    label: Label = None,
    rare: Rare = None,
    keep: Keep = None,
    recipe: RecipeName = None,
    seeds: Seeds = 10,
    minutes: Minutes = 1.0,
    modality: Modality = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Make more items of a rare class, and measure whether a classifier gains by them.

    In each round a model learns from training items alone, and classifiers learn from them as they are, with
    oversampling, class weights, SMOTE and synthetic items; held-out real items judge. Typed again it goes on where it
    stopped. Every synthetic file says that a model made it."""
    changes = pairs(overrides)
    check_known(changes, FLAGS)
    if minutes <= 0 or seeds < 1 or (keep is not None and keep < 4):
        raise DataError("--minutes is above 0, --seeds 1 or more, --keep 4 or more", next_command="anew augment --help")
    source = source_of(data)
    kind = modality or modality_of(source)
    if kind not in RECIPES:
        raise RecipeError(f"{data} holds {kind}; tables and pictures have rare classes to make more of")
    if kind == "table" and label is None:
        raise RecipeError("which column holds the label?", next_command=f"anew augment {data} --label COLUMN")
    # imports torch, which a mistyped name need not wait for
    from anew.data.home import home
    from anew.data.manifest import fingerprint_of
    from anew.recipes.augment import Plan
    from anew.recipes.augment import augment as carry_out
    from anew.recipes.rounds import sentences

    whole, chosen = Path(source).expanduser(), recipe or RECIPES[kind]
    named = str(whole.resolve()) if whole.exists() else source
    settled = fingerprint_of(source=named, asked=[label, rare, keep, chosen, minutes], changes=changes)
    folder = out or home() / "augment" / f"{whole.stem}-{settled[:8]}"
    given = {"modality": modality, "label": label, "rare": rare, "keep": keep, "recipe": recipe, "out": out} | changes
    words = [f"--{name} {shlex.quote(str(value))}" for name, value in given.items() if value is not None]
    command = " ".join(["anew augment", shlex.quote(data), *words, f"--seeds {seeds} --minutes {minutes:g}"])
    talk(f"augment {data} in {folder}")
    plan = Plan(named, kind, chosen, folder, label, rare, keep, seeds, minutes, changes, command)
    try:
        with Meter() as meter:
            made = carry_out(plan, meter)
    except (Interrupted, KeyboardInterrupt):
        raise Interrupted("stopped; what was done is saved", next_command=command) from None
    rows = [
        (one.arm, f"{one.mean:.4f} [{one.low:.4f}, {one.high:.4f}]", f"{own.mean:.4f}")
        + (
            ("", "")
            if one.arm == "none"
            else (f"{one.gain:+.4f} [{one.gain_low:+.4f}, {one.gain_high:+.4f}]", f"{one.p:.4f}")
        )
        for one, own in zip(made.gains, made.rare, strict=True)
    ]
    near = [] if made.near_copies is None else [f"near-copies: {made.near_copies.text()} of {made.near_copies.n:,}"]
    left = [f"not measured: {what}: {why}" for what, why in made.left_out.items()]
    table = columns(rows, ("WITH", "MACRO-F1", f"F1 OF {made.label}", "GAIN", "P"))
    lines = [*table, "", *sentences(made), *near, *left, "", *columns(sorted(made.paths.items()))]
    facts = {"rare": made.label, "near_copies": made.near_copies and made.near_copies.to_json(), "paths": made.paths}
    facts |= {
        name: {one.arm: vars(one) for one in some} for name, some in (("macro_f1", made.gains), ("rare_f1", made.rare))
    }
    show(lines, as_json, facts | {"left_out": dict(made.left_out), "seeds": seeds})
