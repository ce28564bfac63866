"""Python's door: train -> generate -> validate -> save -> load. Results show themselves in a notebook."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from anew.artifact import Artifact, base_of
from anew.codecs.sound import Sound
from anew.data.manifest import NAME as MANIFEST
from anew.data.progress import Report, silent
from anew.deploy.lookup import locate, open_model, open_states
from anew.engine.asking import Filling, fillings, nats_of, next_tokens
from anew.engine.embed import Embedder
from anew.engine.generate import Generated, generate, label_names
from anew.engine.order import Axis, Order
from anew.engine.settings import Settings, made_by
from anew.engine.speaking import PAUSE, Speaking, Speech
from anew.engine.start import as_it_runs
from anew.engine.writing import Token
from anew.errors import NotFound, RecipeError, Refused
from anew.recipe import override, parse
from anew.recipes import find, pipeline
from anew.recipes.checkpoints import open_any
from anew.recipes.remake import again
from anew.recipes.voices import voice_called

if TYPE_CHECKING:
    from anew.tasks.model import Talking


class Trained:
    """A trained model: what it is, what it makes, what was measured of it."""

    def __init__(self, folder: Path, run: Path | None = None, *, floats: bool = False) -> None:
        self.folder, self.run = folder, run
        plain = floats or base_of(folder) is not None
        self.artifact: Artifact = open_model(folder) if plain else as_it_runs(folder)

    @property
    def labels(self) -> list[str]:
        """The labels that it can be asked for; empty without any."""
        return label_names(self.artifact)

    def generate(self, prompt: str | None = None, *, n: int = 1, seed: int = 0, **options: Any) -> Generated:
        """`n` samples, the same for the same seed. `label` and the sampling options of its family are keywords; of
        texts also `stop`, `json_schema`, `regex`, `grammar`, `best_of` and `beams`."""
        return generate(self.artifact, some(n), seed, prompt, **options)

    def film(self, prompt: str | None = None, *, n: int = 1, seed: int = 0, **options: Any) -> Generated:
        """Pictures with the estimates that led to them as `frames`: `film(seed=1).save("way.gif")`."""
        return Order(self.artifact, n, seed, prompt, options.pop("label", None), options).film()

    def cross(
        self, axes: Mapping[str, Sequence[Any]], prompt: str | None = None, *, seed: int = 0, **options: Any
    ) -> Generated:
        """One sheet of pictures over one setting or two, the first from left to right, with what each is beside it:
        `cross({"seed": [1, 2], "steps": [1, 4]}).save("grid.png")`. Models are other `Trained` ones, or names."""
        order = Order(self.artifact, 1, seed, prompt, options.pop("label", None), options)
        return order.cross([
            Axis.of_models(values, as_artifact) if name == "model" else Axis.of(name, values)
            for name, values in axes.items()
        ])  # fmt: skip

    def next(self, prompt: str = "", k: int = 10, *, label: str | None = None) -> list[Token]:
        """The k likeliest tokens after the prompt, each with ln p."""
        return next_tokens(self.artifact, prompt, k, label)

    def blank(self, text: str, among: Sequence[str]) -> list[Filling]:
        """What stands at `[[?]]` in the text, of the things named: each with its share and ln p of the whole text."""
        return fillings(self.artifact, text, among)

    def logp(self, text: str) -> float:
        """ln p of a text as the beginning of one; a bound, where the model's score is one."""
        return -nats_of(self.artifact, text)

    def score(
        self, pictures: Sequence[str | Path | bytes | NDArray[np.uint8]], captions: Sequence[str]
    ) -> NDArray[np.float32]:
        """(pictures, captions): how well each picture, a file or uint8 (H, W, C), agrees with each caption, as a cosine
        between -1 and 1; of a scorer, or of a model that carries one."""
        from anew.engine.agreement import Scorer

        scorer = Scorer.of(self.artifact)
        return scorer.agreements([as_picture(one) for one in pictures], list(captions)).numpy()

    def edit(
        self, picture: str | Path | bytes | NDArray[np.uint8] | Sound, prompt: str | None = None, *, n: int = 1,
        seed: int = 0, label: str | None = None, strength: float | None = None,
        mask: str | Path | bytes | NDArray[np.bool_ | np.uint8] | tuple[float, float] | None = None,
        margins: Sequence[float] | None = None, style: str | Path | bytes | NDArray[np.uint8] | None = None,
        share: float | None = None, **options: Any,
    ) -> Generated:  # fmt: skip
        """Pictures that begin from one, a file or uint8 (H, W, C): varied by `strength`, with `style` after taking on a
        `share` of another picture's, else all; or made anew where `mask`, a file or an array (H, W), is white or True;
        or going on beyond the edges by `margins`, pixels to the left, top, right and bottom. Of a model of sounds, it
        is a sound, its mask (begin, end) and its margins (before, after) are in seconds."""
        if sum(dial is not None for dial in (strength, mask, margins)) != 1:
            raise RecipeError("an edit takes one of strength, mask and margins", next_command="strength=0.4")
        if style is not None and strength is None:
            raise RecipeError("a style is taken on with some strength", next_command="strength=0.15")
        if share is not None and style is None:
            raise RecipeError("share is of a style", next_command="style=PICTURE")
        sounds = self.artifact.recipe.modality == "audio"
        if style is not None and sounds:
            raise RecipeError("style: of pictures, and this model makes sounds", next_command="leave the style out")
        if isinstance(mask, tuple) != sounds and mask is not None:
            raise RecipeError(
                "mask: of a sound (begin, end) in seconds, of a picture another", next_command="mask=(0.3, 0.6)"
            )
        begun: dict[str, Any] = {
            "start": as_sound(picture) if sounds or isinstance(picture, Sound) else as_picture(picture, alpha=True),
            "mask": mask if mask is None or isinstance(mask, tuple) else as_mask(mask),
            "margins": margins,
            "strength": strength,
        }
        begun |= {"style": None if style is None else as_picture(style, alpha=True), "share": share}
        return Order(self.artifact, some(n), seed, prompt, label, options, **begun).draw()

    def between(
        self, ends: Sequence[str], *, frames: int = 8, seed: int = 0, walk: bool = False, **options: Any
    ) -> Generated:
        """The way between captions, or labels: `frames` pictures from one to the next, all from one noise;
        `between(["a red heart", "a blue star"]).save("way.gif")`."""
        from anew.engine.blend import between

        return between(self.artifact, ends, frames, seed, walk, **options)

    def upscale(self, picture: str | Path | bytes | NDArray[np.uint8], times: int = 2) -> Generated:
        """The picture, a file or uint8 (H, W, C), 2 or 4 times as high and wide, grey and transparency kept; of a model
        that enlarges."""
        from anew.engine.enlarge import upscale

        return upscale(self.artifact, as_picture(picture, alpha=True), times)

    def chat(self) -> Talking:
        """The model as one that can be talked with and given the tasks of `anew.tasks`."""
        from anew.tasks.model import Talking

        return Talking(self.artifact)

    def validate(self, report: Report = silent) -> dict[str, float | None]:
        """The figures of the run that trained it, measured now if they were not yet."""
        if self.run is None:
            raise NotFound(
                f"{self.folder} was loaded without the run that trained it, which holds the data to judge by"
            )
        return pipeline.run(self.artifact.recipe, self.run, report, until="validate").figures

    def save(self, folder: str | Path) -> Path:
        """A copy of the model as a folder of its own."""
        target = Path(folder)
        if target.exists() and any(target.iterdir()):
            raise Refused(f"{target} is not empty", next_command="choose another folder")
        shutil.copytree(self.folder, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST))
        return target

    def __repr__(self) -> str:
        return f"<anew model {self.artifact.recipe.name!r} in {self.folder}>"

    def _repr_html_(self) -> str:
        if self.artifact.model.streams is None:  # it judges, and makes nothing
            return f"<code>{escape(repr(self))}</code>"
        asked = "Hello!" if self.artifact.recipe.modality == "chat" else None
        return generate(self.artifact, min(8, len(self.labels) or 4), 0, asked)._repr_html_()


def some(n: int) -> int:
    """How many samples are asked for. RecipeError: none."""
    if n < 1:
        raise RecipeError(f"n is 1 or more, not {n}", next_command="n=1")
    return n


def as_picture(given: str | Path | bytes | NDArray[np.uint8], alpha: bool = False) -> NDArray[np.uint8]:
    """The array of a picture's file or its bytes, on white or with its `alpha`. RecipeError for an array of none."""
    from anew.codecs.image import read_image
    from anew.codecs.picture_files import read_file

    if isinstance(given, np.ndarray):
        picture = given[:, :, None] if given.ndim == 2 else given
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (1, 3, 4) or not picture.size:
            what = f"a picture is uint8 (H, W) or (H, W, 1, 3 or 4), not {given.dtype} {given.shape}"
            raise RecipeError(what, next_command="(255 * values).astype(np.uint8), of values from 0 to 1")
        return picture
    if isinstance(given, bytes):
        return read_image(given, alpha=alpha)
    try:
        return read_image(read_file(Path(given)), str(given), alpha=alpha)
    except OSError as error:
        raise NotFound(f"{given}: {error.strerror}") from None


def as_sound(given: str | Path | bytes | NDArray[np.uint8] | Sound) -> Sound:
    """The sound in a file or its bytes. RecipeError for an array, whose rate nobody knows."""
    from anew.codecs.sound_files import read_sound

    if isinstance(given, Sound):
        return given
    if isinstance(given, np.ndarray):
        raise RecipeError("an array says no rate", next_command="Sound(wave, rate), of anew.codecs.sound")
    return read_sound(given) if isinstance(given, bytes) else read_sound(Path(given), str(given))


def as_mask(given: str | Path | bytes | NDArray[np.bool_ | np.uint8]) -> NDArray[np.bool_]:
    """(H, W): where the array is True, or the picture rather white than black."""
    from anew.codecs.image import on_white

    picture: Any = given
    if isinstance(given, np.ndarray) and given.dtype == np.bool_:
        picture = given.astype(np.uint8) * np.uint8(255)
    whole: NDArray[np.bool_] = on_white(as_picture(picture)).mean(2) >= 128
    return whole


def train(recipe: str, data: str | Path | None = None, *, out: str | Path | None = None, report: Report = silent,
          minutes: float | None = None, **overrides: Any) -> Trained:  # fmt: skip
    """Run a recipe up to its trained model. Overrides are dotted keys: `train(..., **{"train.lr": 1e-3})`."""
    given = {"data.source": None if data is None else str(data), "train.minutes": minutes, **overrides}
    chosen = parse(override(find(recipe), {k: v for k, v in given.items() if v is not None}, typed=True), recipe)
    folder = Path(out) if out is not None else pipeline.default_folder(chosen)
    pipeline.claim(chosen, folder)
    pipeline.run(chosen, folder, report, until="train")
    return Trained(folder / "model", folder)


def load(name: str | Path, *, floats: bool = False) -> Trained:
    """A model by its name in the store, or a folder that `save` or a run made. A large decoder runs in eight bits if
    the guard allows that (`engine.start`), unless it is to run in `floats`."""
    folder = locate(str(name))
    run = folder.parent if folder.name == "model" and (folder.parent / "resolved.toml").is_file() else None
    return Trained(folder, run, floats=floats)


def speak(
    text: str, *, voice: str | None = None, speaker: str | None = None, rate: float = 1.0, pitch: float = 0.0,
    pause: float = PAUSE, seed: int = 0,
) -> Speech:  # fmt: skip
    """A text or SSML, said: `speak("Hello").save(Path("hello.wav"))`. `rate`: 2 is twice as fast; `pitch`: semitones;
    `pause`: seconds between sentences. `voice`: else the ready one, or where it is not installed the one that comes
    with anew. Refused: no voice is installed."""
    return Speaking(voice_called(voice), text, speaker, rate, pitch, pause, seed).whole()


def as_artifact(model: Trained | str | Path) -> Artifact:
    return model.artifact if isinstance(model, Trained) else open_any(model)


def embedder(name: str | Path) -> Embedder:
    """An encoder, or any model with states, as one that makes vectors: `embedder(NAME).embed(texts).values`."""
    return Embedder.of(open_states(str(name)))


__all__ = ["Settings", "Trained", "again", "embedder", "load", "made_by", "speak", "train"]
