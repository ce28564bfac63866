"""`anew detect`: what is unlike the normal pictures, by how much, and where."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from anew.cli.generate import Name
from anew.cli.terminal import Json, Meter, columns, show, talk
from anew.errors import RecipeError

if TYPE_CHECKING:
    from anew.engine.anomaly import Found


def detect(
    model: Name,
    pictures: Annotated[str | None, Parameter(help="Pictures to look at: a folder, file, archive or data set.")] = None,
    /,
    *,
    fit: Annotated[str | None, Parameter(help="Normal pictures to learn from first; kept with the model.")] = None,
    false_positives: Annotated[
        float, Parameter(help="With --fit: share of normal pictures that may be flagged.")
    ] = 0.05,
    look: Annotated[
        Literal["whole", "parts", "both"],
        Parameter(help="With --fit: for pictures of another kind, for local defects, or for both."),
    ] = "both",
    out: Annotated[Path | None, Parameter(help="A folder for the heat maps of what was flagged.")] = None,
    as_json: Json = False,
) -> None:
    """Flag pictures that are unlike the normal ones, and show where.

    Once: anew detect MODEL --fit FOLDER_OF_NORMALS. Then: anew detect MODEL FOLDER --out heat/. A model without labels
    will do; sub-folders of the normals are taken as kinds of normal."""
    if fit is None and pictures is None:
        raise RecipeError("nothing to fit on and nothing to look at", next_command=f"anew detect {model} --fit FOLDER")
    from anew.codecs.image import write_image
    from anew.data.files import write_atomic
    from anew.recipes import detect as recipe

    with Meter() as meter:
        if fit is not None:
            detector = recipe.fit(model, fit, false_positives, look, meter)
            facts = detector.facts
            talk(f"fitted on {facts['fitted_on']:,} normal pictures, threshold by {facts['calibrated_on']:,} others")
        if pictures is None:
            show([f"threshold {detector.threshold:.3f}"], as_json, facts | {"threshold": detector.threshold})
            return
        detector = recipe.load(model)
        found: list[tuple[str, Found, Path | None]] = []
        for origin, picture, one in recipe.examine(detector, pictures, meter):
            path = None
            if out is not None and one.strange:
                out.mkdir(parents=True, exist_ok=True)
                path = out / f"{len(found):05}-{re.sub(r'[^A-Za-z0-9._-]+', '-', origin)[-80:]}.png"
                write_atomic(path, write_image(recipe.drawn(picture, one)))
            found.append((origin, one, path))
    rows = [
        (
            "strange" if one.strange else "-",
            f"{one.score:.2f}",
            max(one.views, key=lambda name: one.views[name]),
            origin,
        )
        for origin, one, _ in sorted(found, key=lambda each: -each[1].score)
    ]
    told = [
        {"picture": origin, "score": one.score, "strange": one.strange, "views": one.views, "heat_map": path}
        for origin, one, path in found
    ]
    share = sum(one.strange for _, one, _ in found) / len(found)
    talk(f"{share:.1%} of {len(found):,} are above the threshold of {detector.threshold:.2f}")
    facts = {"threshold": detector.threshold, "flagged": share, "pictures": told}
    show(columns(rows, ("", "SCORE", "BY ITS", "PICTURE")), as_json, facts)
