"""What edits of a captioned model are worth: strength, negative prompts, outpainting, and style by example.

    python benchmarks/editing.py RUN [-n 64] [--only strength negative outpaint style] [--sheet FOLDER]

RUN: a run's folder of a captioned recipe (emoji, text-to-image), whose model carries its scorer. All is measured on
pictures of its test split, which neither has learnt from, by the scorer's features; intervals are 95 % bootstrap ones
over pictures, differences paired.

*Strength*: from one of 0, 0.2, …, 1 to the next a variation is further from its picture, in squared error and for the
scorer. *Negative*: "a car" drawn with and without a negative prompt, the colour it is drawn in, from the same seeds:
the agreement with the colour has to fall, that with the object's name by less than a fifth of what another object's
name agrees less, and at most a quarter may stay in that colour (`collect/recolour.py` reads it, and no network).
*Outpaint*: the middle of each picture goes on to the whole one, beside its edge repeated and mirrored: the Fréchet
distance to other held-out pictures has to be smaller in every re-draw. *Style*: another picture's style is taken on,
beside Reinhard et al. 2001, which gives the picture the mean and deviation of the example's colours in lαβ. Style is
what means and deviations of the scorer's feature planes tell, content the cosine of its vectors; both are dialled from
nothing to all, and at equal content (interpolated over the baseline's dial) ours has to be nearer to the example from
a share of a half on, as far as the baseline gets.

One line of JSON a figure, and a last one; exit code 1 unless all hold.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from anew.artifact import Artifact
from anew.codecs.caption import Caption
from anew.codecs.image import Picture, contact_sheet, in_colour, write_image
from anew.collect.recolour import main_fill, name_of
from anew.contract import Prompt
from anew.data.records import Record
from anew.deploy.lookup import open_model
from anew.engine.agreement import Scorer
from anew.engine.edit import begun, mend, vary
from anew.engine.generate import generate
from anew.engine.style import moved
from anew.recipe import parse, read
from anew.recipes.encode import Encoder
from anew.recipes.evaluate.captioned import caption_of
from anew.validate.fidelity import frechet
from anew.validate.interval import bootstrap

Floats = NDArray[np.float64]
STRENGTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SHARES = (0.25, 0.5, 0.75, 1.0)  # of a style
STYLE_STRENGTH = 0.15
REDRAWS = 20
EQUAL = 0.01  # of a cosine: what is left of the content counts as equal
TO_LMS = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
TO_LAB = np.diag([3**-0.5, 6**-0.5, 2**-0.5]) @ np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("-n", type=int, default=64)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--sheet", type=Path, help="a folder for a contact sheet of each part")
    asked = parser.parse_args()
    room = Room.of(asked.run, asked.n, asked.sheet)
    kept = {name: PARTS[name](room) for name in asked.only}
    print(json.dumps({"kept": all(kept.values()), "pictures": len(room.pictures)} | kept))
    return 0 if all(kept.values()) else 1


@dataclass(frozen=True)
class Room:
    """A model, its scorer, and held-out records with their pictures."""

    artifact: Artifact
    scorer: Scorer
    records: Sequence[Record]
    pictures: Sequence[Picture]
    n: int
    sheets: Path | None

    @classmethod
    def of(cls, run: Path, n: int, sheets: Path | None) -> Room:
        artifact = open_model(run / "model")
        encoder = Encoder(run, parse(read(run / "resolved.toml")), lambda progress: None)
        records = encoder.draw("test", 8 * n)
        pictures = [artifact.plain.canonical(encoder.decode(record)) for record in records]  # type: ignore[attr-defined]
        return cls(artifact, Scorer.of(artifact), records, pictures, n, sheets)

    @property
    def some(self) -> Sequence[Picture]:
        return self.pictures[: self.n]

    @cached_property
    def captions(self) -> list[str | None]:
        assert isinstance(self.artifact.label, Caption)
        return [caption_of(record, self.artifact.label) for record in self.records[: self.n]]

    def encoded(self, pictures: Sequence[Picture]) -> Tensor:
        found = self.artifact.codec.encode(list(pictures))
        assert isinstance(found, Tensor)
        return found

    def varied(self, start: Tensor, strength: float) -> list[Picture]:
        """As `vary` and `restyle` do it, a seed and a caption a picture, in one batch, which changes no bit."""
        prompt = Prompt(start=start, strength=strength)
        made: list[Picture] = begun(self.artifact, range(len(start)), prompt, self.captions, {}).samples
        return made

    def kept(self) -> list[Picture]:
        """At strength 0, which gives back the picture and not what the codec makes of it."""
        return [vary(self.artifact, picture, 0.0).samples[0] for picture in self.some]

    def vectors(self, pictures: Sequence[Picture]) -> Floats:
        return self.scorer.of_pictures(pictures).double().numpy()

    def show(self, name: str, rows: Sequence[Sequence[Picture]], columns: int = 12) -> None:
        if self.sheets is not None:
            self.sheets.mkdir(parents=True, exist_ok=True)
            sheet = contact_sheet([one for row in rows for one in row[:columns]], columns)
            (self.sheets / f"{name}.png").write_bytes(write_image(sheet))


def tell(part: str, figure: str, values: Floats | None = None, **more: object) -> tuple[float, float]:
    """One line; the interval of the values' mean."""
    low, high = (0.0, 0.0) if values is None else bootstrap(values, None, np.random.default_rng(0))
    told = {} if values is None else {"mean": float(values.mean()), "low": low, "high": high, "n": len(values)}
    print(json.dumps({"part": part, "figure": figure} | told | more), flush=True)
    return low, high


# ------------------------------------------------------------------------------------------------ strength, negative


def strength(room: Room) -> bool:
    """Each variation from its own seed, the same at every strength."""
    apart, unlike, rows = [], [], []
    own = room.vectors(room.some)
    for turned in STRENGTHS:
        made = room.varied(room.encoded(room.some), turned) if turned else room.kept()
        apart.append(np.array([squared(a, b) for a, b in zip(made, room.some, strict=True)]))
        unlike.append(1 - (room.vectors(made) * own).sum(1))
        tell("strength", f"squared error at {turned}", apart[-1], unlike=float(unlike[-1].mean()))
        rows.append(made)
    room.show("strength", rows)
    steps = [
        tell("strength", f"further at {after} than at {before}, {name}", of[i + 1] - of[i])[0]
        for name, of in (("squared error", apart), ("scorer", unlike))
        for i, (before, after) in enumerate(zip(STRENGTHS, STRENGTHS[1:], strict=False))
    ]
    return not apart[0].any() and min(steps) > 0


def squared(a: Picture, b: Picture) -> float:
    return float(np.square(a.astype(np.float64) - b).mean())


def negative(room: Room) -> bool:
    """Objects that come in colours, each drawn as its name alone has it and then with that colour unwanted."""
    told = [record.facts for record in room.records if {"object", "colour"} <= record.facts.keys()][: room.n]
    objects = [f"a {one['object']}" for one in told]
    guidance = max(room.artifact.recipe.sample.guidance, 2.0)
    first = generate(room.artifact, len(told), 0, label=objects, guidance=guidance).samples
    coloured = [i for i, hue in enumerate(map(hue_of, first)) if hue is not None]
    plain, things, hues = [first[i] for i in coloured], [objects[i] for i in coloured], list[str]()
    steered = list(plain)
    for hue in sorted(set(hues := [str(hue_of(one)) for one in plain])):
        places = [i for i, one in enumerate(hues) if one == hue]
        said, seeds = [things[i] for i in places], [coloured[i] for i in places]
        made = generate(room.artifact, len(places), seeds, label=said, guidance=guidance, negative=hue).samples
        for place, picture in zip(places, made, strict=True):
            steered[place] = picture
    room.show("negative", [plain, steered])

    def agrees(pictures: Sequence[Picture], said: Sequence[str]) -> Floats:
        return room.scorer.agreements(pictures, list(said)).double().numpy().diagonal()

    lower = tell("negative", "agreement with the colour, lower by", agrees(plain, hues) - agrees(steered, hues))
    _, most = tell("negative", "agreement with the object, lower by", agrees(plain, things) - agrees(steered, things))
    scale = agrees(plain, things) - agrees(plain, [*things[7:], *things[:7]])
    tell("negative", "agreement with the object rather than with another", scale)
    still = np.array([hue_of(one) == hue for one, hue in zip(steered, hues, strict=True)], float)
    _, left = tell("negative", "still in that colour", still)
    return lower[0] > 0 and most < 0.2 * float(scale.mean()) and left < 0.25


def hue_of(picture: Picture) -> str | None:
    """The colour of a drawing's main fill; None where it has none with a name."""
    fill = main_fill(np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]))
    return None if fill is None else name_of(fill.colour)


# ------------------------------------------------------------------------------------------------ outpainting


def outpainting(room: Room) -> bool:
    real = room.pictures[: 2 * room.n]
    side = real[0].shape[0]
    by = side // 5
    middles = [picture[by : side - by, by : side - by] for picture in real]
    assert isinstance(room.artifact.label, Caption)
    captions = [caption_of(record, room.artifact.label) for record in room.records[: len(real)]]
    margins = ((by, by), (by, by), (0, 0))
    edges = [np.pad(middle, margins, "edge") for middle in middles]
    unknown = np.pad(np.zeros((*middles[0].shape[:2], 1), bool), margins, constant_values=True)
    made = {
        "ours": mend(room.artifact, edges, unknown, range(len(real)), captions, None, {}).samples,
        "edge": edges,
        "mirror": [np.pad(middle, margins, "symmetric") for middle in middles],
    }
    exact = all(np.array_equal(a[by:-by, by:-by], b) for a, b in zip(made["ours"], middles, strict=True))
    room.show("outpaint", [real, *made.values()])
    own, words = room.vectors(real), room.scorer.of_captions([one or "" for one in captions]).double().numpy()
    agreement = {}
    for name, pictures in {"real": list(real), **made}.items():
        vectors = room.vectors(pictures)
        agreement[name] = (vectors * words).sum(1)
        tell("outpaint", f"agreement with the caption, {name}", agreement[name])
        tell("outpaint", f"cosine to the whole picture, {name}", (vectors * own).sum(1))
    for name in ("edge", "mirror"):
        tell("outpaint", f"agreement with the caption, more than {name}", agreement["ours"] - agreement[name])
    return exact and nearer(room, real, made)


def nearer(room: Room, real: Sequence[Picture], made: dict[str, list[Picture]]) -> bool:
    """Whether ours is nearer in the scorer's features than each baseline in every re-draw: of half the pictures, what
    was made of them beside the other half's real ones."""

    def features(pictures: Sequence[Picture]) -> Floats:
        with torch.no_grad():
            found: Tensor = room.scorer.model.features(room.scorer.codec.encode(list(pictures)))
        return found.double().numpy()

    known = {name: features(pictures) for name, pictures in {"real": list(real), **made}.items()}
    rng, found = np.random.default_rng(0), {name: list[float]() for name in known}
    for _ in range(REDRAWS):
        here, there = np.array_split(rng.permutation(len(real)), 2)
        for name, rows in known.items():
            found[name].append(frechet(rows[here], known["real"][there]))
    for name, values in found.items():
        less = np.array(values) - found["ours"]
        tell("outpaint", f"Frechet distance, {name}", None, mean=float(np.mean(values)), least_more=float(less.min()),
             most_more=float(less.max()), n=len(real) // 2)  # fmt: skip
    return all(min(np.array(found[name]) - found["ours"]) > 0 for name in ("edge", "mirror"))


# ------------------------------------------------------------------------------------------------ style


def style(room: Room) -> bool:
    """Each picture and an example of another style, or else of another object."""
    content, examples = room.some, room.pictures[room.n : 2 * room.n]
    if all("style" in record.facts for record in room.records):
        kinds, left = [record.facts["style"] for record in room.records], list(range(room.n, len(room.records)))
        examples = [
            room.pictures[left.pop(next(at for at, k in enumerate(left) if kinds[k] != kinds[i]))]
            for i in range(room.n)
        ]
    ours, theirs = [], []
    for share in SHARES:
        pairs = zip(room.encoded(content), room.encoded(examples), strict=True)
        ours.append(room.varied(torch.stack([moved(a, b, share) for a, b in pairs]), STYLE_STRENGTH))
        theirs.append([recoloured(one, example, share) for one, example in zip(content, examples, strict=True)])
    room.show("style", [content, examples, *ours, *theirs])
    planes = Planes(room, room.pictures)
    own = room.vectors(content)
    kept = [[(room.vectors(some) * own).sum(1) for some in way] for way in (ours, theirs)]
    far = [[planes.apart(some, examples) for some in way] for way in (ours, theirs)]
    before = planes.apart(content, examples)
    tell("style", "distance to the example, untouched", before)
    for name, cosines, gaps in zip(("ours", "reinhard"), kept, far, strict=True):
        for share, cosine, gap in zip(SHARES, cosines, gaps, strict=True):
            tell("style", f"distance to the example, {name} at {share}", gap, content=float(cosine.mean()))
    return nearer_at_equal_content(kept, far, before)


def nearer_at_equal_content(kept: list[list[Floats]], far: list[list[Floats]], before: Floats) -> bool:
    """Whether, at each of our shares, the baseline with its dial turned until as much content is left (in the mean) is
    further from the examples, by an interval over pictures."""
    dial = [1.0, *(float(one.mean()) for one in kept[1])]  # falls as more is taken on
    gaps, holds = [before, *far[1]], []
    for share, cosine, gap in zip(SHARES, kept[0], far[0], strict=True):
        level = float(cosine.mean())
        if level < min(dial) - EQUAL:
            tell("style", f"beyond what reinhard changes, share {share}", None, content=level)
            continue
        level = max(level, min(dial))
        at = next(i for i in range(1, len(dial)) if dial[i] <= level)
        weight = (dial[at - 1] - level) / (dial[at - 1] - dial[at])
        low, _ = tell("style", f"nearer than reinhard at equal content, share {share}",
                      (1 - weight) * gaps[at - 1] + weight * gaps[at] - gap, content=level)  # fmt: skip
        holds += [low > 0] if share >= 0.5 else []
    return bool(holds) and all(holds)


class Planes:
    """Means and deviations of the scorer's feature planes down to 8 × 8, in deviations over held-out pictures."""

    def __init__(self, room: Room, pictures: Sequence[Picture]) -> None:
        self.room = room
        self.scale = [one.std(0) + 1e-6 for one in self.of(pictures)]

    @torch.no_grad()
    def of(self, pictures: Sequence[Picture]) -> list[Tensor]:
        h_BCHW, found = self.room.scorer.codec.encode(list(pictures)), list[Tensor]()
        body: nn.Sequential = self.room.scorer.model.body
        for layer in body:
            h_BCHW = layer(h_BCHW)
            found.append(torch.cat([h_BCHW.mean((2, 3)), h_BCHW.std((2, 3))], 1))
            if h_BCHW.shape[-1] <= 8:
                break
        return found

    def apart(self, pictures: Sequence[Picture], examples: Sequence[Picture]) -> Floats:
        pairs = zip(self.of(pictures), self.of(examples), self.scale, strict=True)
        return torch.stack([(((a - b) / scale) ** 2).mean(1) for a, b, scale in pairs]).mean(0).double().numpy()


def recoloured(picture: Picture, example: Picture, share: float) -> Picture:
    """Reinhard et al. 2001, "Color transfer between images", as far as `share` says."""
    x, y = (lab(in_colour(one)) for one in (picture, example))
    moved = (x - x.mean(0)) / (x.std(0) + 1e-6) * y.std(0) + y.mean(0)
    lms = 10 ** (((1 - share) * x + share * moved) @ np.linalg.inv(TO_LAB).T)
    rgb = np.clip(lms @ np.linalg.inv(TO_LMS).T, 0, 1)
    return (255 * rgb).round().astype(np.uint8).reshape(*picture.shape[:2], 3)


def lab(picture: Picture) -> Floats:
    """(N, 3): lαβ of each pixel."""
    return np.log10(np.maximum(picture.reshape(-1, 3) / 255 @ TO_LMS.T, 1e-3)) @ TO_LAB.T


PARTS: dict[str, Callable[[Room], bool]] = {
    "strength": strength, "negative": negative, "outpaint": outpainting, "style": style,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
