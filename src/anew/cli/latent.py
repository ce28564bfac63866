"""`anew interpolate` and `anew map`: the ways through a model's latent space, and a flat map of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from anew.cli.generate import Name
from anew.cli.opening import called
from anew.cli.terminal import Flag, Json, show, watching
from anew.errors import RecipeError

if TYPE_CHECKING:
    from torch import Tensor

    from anew.artifact import Artifact
    from anew.engine.latent import Space, Which

STOPS = 5  # seeds of a walk that names none
Spaces = Annotated[Literal["model", "codec"], Parameter(help="The model's own latent space, or its learned codec's.")]


def interpolate(
    model: Name,
    /,
    *ends: Annotated[str, Parameter(help="Files or seeds, or captions (labels), two or more.", show_default=False)],
    frames: Annotated[int, Parameter(help="Pictures or sounds from one end to the next, both counted.")] = 12,
    walk: Annotated[bool, Flag, Parameter(help="Go on to where it began, so that the GIF is a loop.")] = False,
    label: Annotated[str | None, Parameter(help="The label or caption of every picture on the way.")] = None,
    space: Spaces = "model",
    seed: Annotated[int | None, Parameter(help="Between captions: the noise that all are drawn from; else 0.")] = None,
    guidance: Annotated[float | None, Parameter(help="Between captions: as anew generate has it.")] = None,
    steps: Annotated[int | None, Parameter(help="Between captions: steps of the solver.")] = None,
    out: Annotated[Path | None, Parameter(help="The strip's file; the GIF, or a WAV each, beside it.")] = None,
    as_json: Json = False,
) -> None:
    """Show the way between pictures, seeds or captions, as a strip (PNG) and as a moving picture (GIF); of sounds, as
    files in their order (FILE-00.wav) and as a strip of what they look like.

    Between pictures or seeds the way is along a sphere of the latent space, on which the latents of a standard normal
    lie. Between captions one noise is drawn under what goes from one to the next. --walk without ends goes through
    five seeds."""
    from anew.deploy.lookup import open_model

    named = list(ends) or [str(seed) for seed in range(STOPS)] * walk
    if len(named) < 2 or frames < 2:
        what = "two ends or more, and two frames or more"
        raise RecipeError(f"a way has {what}", next_command=f"anew interpolate {model} 1 2, or one --walk")
    if out is not None and out.suffix.lower() != ".png":
        raise RecipeError(f"{out}: a strip is written as PNG", next_command=f"--out {out.with_suffix('.png')}")
    artifact = open_model(model)
    out = out or Path(f"{called(model, artifact.recipe.name)}-way.png")
    dials: dict[str, Any] = {
        name: value for name, value in (("seed", seed), ("guidance", guidance), ("steps", steps)) if value is not None
    }
    if said(artifact, model, named):
        from anew.engine.blend import between

        if label is not None:
            raise RecipeError("--label is of a way between pictures or seeds", next_command="leave --label out")
        with watching("draw") as watch:
            pictures, which = between(artifact, named, frames, walk=walk, watch=watch, **dials).samples, "prompts"
    elif dials:
        flags = " and ".join(f"--{name}" for name in dials)
        raise RecipeError(f"{flags} belong to a way between captions", next_command=f"anew interpolate {model} 1 2")
    else:
        pictures, which = through_space(artifact, named, frames, walk, label, space)
    columns = frames - (len(named) > 2 or walk)  # a row from each stop to the next
    write = write_sounds if artifact.recipe.modality == "audio" else write_way
    paths = write(out, pictures, columns, walk)
    facts = {"frames": len(pictures), "space": which, "ends": named, "paths": [str(path) for path in paths]}
    show([str(path) for path in paths], as_json, facts)


def said(artifact: Artifact, model: str, ends: Sequence[str]) -> bool:
    """Whether the ends are captions or labels. RecipeError where some are, and others are not."""
    from anew.collect.kinds import PICTURE
    from anew.engine.generate import label_names, reads_captions, said_of
    from anew.engine.sound_gallery import SUFFIXES

    files = [Path(end).is_file() or Path(end).suffix.lower() in {*PICTURE, *SUFFIXES} for end in ends]
    told = [not end.isdecimal() and not file for end, file in zip(ends, files, strict=True)]
    if not any(told) or not (reads_captions(artifact) or set(ends) & set(label_names(artifact))):
        return False
    if not all(told):
        what = "the ends of a way are all captions, or all pictures and seeds"
        raise RecipeError(what, next_command=f'anew interpolate {model} "one caption" "another one"')
    for end in ends if reads_captions(artifact) else ():
        said_of(artifact, end, None)
    return True


def through_space(
    artifact: Artifact, named: Sequence[str], frames: int, walk: bool, label: str | None, space: Which
) -> tuple[list[Any], str]:
    """The pictures on the way through a latent space, and whose that is."""
    from anew.cli.ordering import whole
    from anew.engine.generate import labels_for
    from anew.engine.latent import space_of
    from anew.engine.latent import walk as way

    where = space_of(artifact, space)
    labels_for(artifact, 1, label)  # refuses a label that is none, before the work
    seeds = [end.isdecimal() and not Path(end).exists() for end in named]
    files = [whole(Path(end)) for end, seed in zip(named, seeds, strict=True) if not seed]
    with watching("draw", quiet=0 if where.which == "model" else 1) as watch:
        watch(0)
        placed = iter(where.encode(files, [label] * len(files)) if files else ())
        stops = [at_seed(where, end) if seed else next(placed) for end, seed in zip(named, seeds, strict=True)]
        z_FZ, made = way(stops + stops[:1] * walk, frames), list[Any]()
        for some in z_FZ.split(artifact.model.rows):  # type: ignore[no-untyped-call]
            watch((len(files) + len(made)) / (len(files) + len(z_FZ)))
            made += where.decode(some, [label] * len(some))
    return made, where.which


def write_way(out: Path, pictures: Sequence[Any], columns: int, walk: bool) -> list[Path]:
    """The strip and, beside it, the moving picture."""
    from anew.codecs.image import contact_sheet, write_image
    from anew.codecs.origin import MADE
    from anew.codecs.show import write_gif
    from anew.data.files import write_atomic

    out.parent.mkdir(parents=True, exist_ok=True)
    paths = [out, out.with_suffix(".gif")]
    write_atomic(paths[0], write_image(contact_sheet(pictures, columns), MADE))
    write_atomic(paths[1], write_gif(pictures[:-1] if walk else pictures, MADE, hold=1 if walk else 5))
    return paths


def write_sounds(out: Path, sounds: Sequence[Any], columns: int, walk: bool) -> list[Path]:
    """The strip and, beside it, each sound; of a walk not the first one again."""
    from anew.codecs.image import write_image
    from anew.codecs.origin import MADE
    from anew.codecs.sound_files import sound_file
    from anew.codecs.sound_show import sound_sheet
    from anew.data.files import write_atomic

    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(out, write_image(sound_sheet(sounds, columns=columns), MADE))
    told = sounds[:-1] if walk else sounds
    paths = [out.with_name(f"{out.stem}-{i:02}.wav") for i in range(len(told))]
    for path, sound in zip(paths, told, strict=True):
        write_atomic(path, sound_file(sound, "wav", source=MADE))
    return [out, *paths]


def at_seed(where: Space, seed: str) -> Tensor:
    """The place of a seed's sample."""
    if int(seed) >= 2**63:
        raise RecipeError(f"a seed is less than 2^63, not {seed}")
    return where.at_seed(int(seed))[0]


def draw_map(
    model: Name,
    /,
    *,
    data: Annotated[str | None, Parameter(help="Pictures to place. Default: the data that the recipe names.")] = None,
    n: Annotated[int, Parameter(name=["-n", "--n"], help="At most so many pictures.")] = 1000,
    space: Spaces = "codec",
    out: Annotated[Path | None, Parameter(help="The map's file.")] = None,
    as_json: Json = False,
) -> None:
    """Draw a flat map of a latent space: pictures at their places, framed in their label's colour.

    The two axes are the principal ones of the latents, or of the labels' means where there are three labels or more."""
    from anew.codecs.image import write_image
    from anew.codecs.show import thumbnail_map
    from anew.data.files import write_atomic
    from anew.deploy.lookup import open_model
    from anew.engine.edit import grid_of
    from anew.engine.latent import flatten, space_of
    from anew.recipes.pictures import read_pictures

    if n < 3:
        raise RecipeError("-n is 3 or more: a map of fewer pictures shows nothing")
    artifact = open_model(model)
    grid_of(artifact)
    where = space_of(artifact, space)
    found = read_pictures(data or artifact.recipe.data.source, n)
    pictures, labels = [one.picture for one in found], [one.label for one in found]
    flat_N2, share = flatten(where.encode(pictures), labels)
    out = out or Path(f"{called(model, artifact.recipe.name)}-map.png")
    out.parent.mkdir(parents=True, exist_ok=True)
    title = f"{called(model, artifact.recipe.name)}: {len(found):,} pictures in the latent space of its {where.which}, "
    title += f"two axes with {share:.0%} of the variance"
    write_atomic(out, write_image(thumbnail_map(flat_N2.numpy(), pictures, labels, title)))
    facts: dict[str, Any] = {"pictures": len(found), "space": where.which, "variance": share, "paths": [str(out)]}
    show([str(out)], as_json, facts)
