"""The questions asked of a model that enlarges: is it truer to held-out pictures than plain interpolation?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anew.artifact import Artifact
from anew.codecs.image import contact_sheet, in_colour, write_image
from anew.contract import Model
from anew.data.progress import Progress, Report
from anew.engine.enlarge import FACTORS, Upscaler
from anew.recipes.encode import Codecs, Encoder
from anew.recipes.evaluate import Evidence
from anew.recipes.resolve import seed_for
from anew.validate.enlargement import PLAIN, fidelity, rebuilt
from anew.validate.metric import Unmeasured
from anew.validate.report import Figure
from anew.validate.verdict import Comparison

Picture = NDArray[np.uint8]
SHOWN = 8
INTENDED = (
    "To enlarge pictures of the kind that it learnt from, listed under Data. What it adds is likely and not known: not "
    "for reading what a small picture does not show, nor for decisions about people."
)


def examine(artifact: Artifact, encoder: Encoder, codecs: Codecs, judge: Model | None, report: Report) -> Evidence:
    """Each factor on its own, on the test split."""
    found, upscaler = Evidence(intended=INTENDED), Upscaler.of(artifact)
    settings = artifact.recipe.validation
    rng = np.random.default_rng(seed_for(artifact.recipe.seed, "validation"))
    grid = codecs.plain
    records = encoder.draw("test", settings.samples)
    real = [in_colour(one) for record in records for one in grid.decode(grid.encode([encoder.decode(record)]))]
    for done, times in enumerate(FACTORS):
        report(Progress("validate", done, len(FACTORS), f"{times} times as large"))
        made = rebuilt(real, times, lambda picture, times: upscaler.upscale(picture, times).samples[0])
        try:
            found.metrics += fidelity(made, times, rng, settings.bootstrap)
        except Unmeasured as why:
            found.unmeasured[f"psnr_{times}x"] = str(why)
            continue
        found.headline.append(f"psnr_{times}x")
        others = {f"psnr_{times}x_{way}": way for way in PLAIN}
        found.comparisons.append(Comparison(f"{times} times as large, dB", f"psnr_{times}x", others))
        rows = [one for way in ("bicubic", "model", "real") for one in made[way][:SHOWN]]
        caption = f"Made {times} times smaller, and enlarged by bicubic interpolation, by the model; and as they were."
        content = write_image(contact_sheet(rows, SHOWN))
        found.figures.append(Figure(f"{times} times as large", caption, content, caption, "samples"))
        if times == max(FACTORS):
            found.files["samples.png"] = content
    report(Progress("validate", len(FACTORS), len(FACTORS), "done"))
    found.limits.append(
        "Measured on pictures made small by a bicubic filter; blurred, noisy or packed ones are others."
    )
    return found


__all__ = ["examine"]
