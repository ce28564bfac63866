"""`anew generate`: samples from a stored model, streamed as text or written as pictures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from pydantic import ValidationError

from anew.cli.terminal import Json, columns, show, talk
from anew.errors import RecipeError
from anew.recipe import Sample, explain

if TYPE_CHECKING:
    from anew.artifact import Artifact
    from anew.engine.generate import Generated

Name = Annotated[str, Parameter(help="A name in the model store (anew models list), or a run's or a model's folder.")]
Adapters = Annotated[
    tuple[str, ...],
    Parameter(name="--adapter", help="An adapter of the model, or NAME=WEIGHT; several stack.", negative=""),
]
HELD_BACK = "\ufffd"  # what half a character looks like until the rest of its bytes come


def generate(
    model: Name,
    prompt: Annotated[str | None, Parameter(help="Text to continue.")] = None,
    /,
    *,
    n: Annotated[int, Parameter(name=["-n", "--n"], help="How many.")] = 1,
    seed: Annotated[int, Parameter(help="Sample i is drawn from seed + i alone.")] = 0,
    fill: Annotated[
        bool, Parameter(help="Fill the prompt's blanks: [[8]] is eight hidden tokens.", negative="")
    ] = False,
    prefix: Annotated[Path | None, Parameter(help="A file with what stands before the text to write.")] = None,
    suffix: Annotated[Path | None, Parameter(help="A file with what stands after it.")] = None,
    label: Annotated[str | None, Parameter(help="The label asked for; without it each label in turn.")] = None,
    where: Annotated[str | None, Parameter(help="What a table's rows are to be like: 'age > 60 and sex == F'.")] = None,
    out: Annotated[Path | None, Parameter(help="A file, or a folder with one file a sample.")] = None,
    temperature: Annotated[float | None, Parameter(help="Below 1: likelier; 0: the likeliest.")] = None,
    top_k: Annotated[int | None, Parameter(help="Only the k likeliest tokens.")] = None,
    top_p: Annotated[float | None, Parameter(help="Only the likeliest tokens that hold this probability.")] = None,
    min_p: Annotated[float | None, Parameter(help="Only tokens with this share of the likeliest one's.")] = None,
    max_new: Annotated[int | None, Parameter(help="At most so many tokens.")] = None,
    guidance: Annotated[float | None, Parameter(help="1 is the plain model; more holds closer to the label.")] = None,
    steps: Annotated[int | None, Parameter(help="Steps of the solver.")] = None,
    solver: Annotated[str | None, Parameter(help="The solver's name.")] = None,
    start: Annotated[Path | None, Parameter(help="A picture to make variations of.")] = None,
    strength: Annotated[float | None, Parameter(help="With --start: 0 gives it back, 1 forgets it.")] = None,
    inpaint: Annotated[Path | None, Parameter(help="A picture of which a part is to be made anew.")] = None,
    mask: Annotated[Path | None, Parameter(help="With --inpaint: a picture, white where to make it anew.")] = None,
    adapter: Adapters = (),
    as_json: Json = False,
) -> None:
    """Draw samples from a model. Text goes to stdout, as it grows where it does; a table's rows go there as a table;
    pictures go into a PNG.

    The same seed gives the same sample, alone or among others. What is left out is as the recipe's [sample] says.
    Every file says that a model made it: a picture in its own metadata, a text in FILE.json beside it."""
    from anew.deploy.lookup import open_adapted
    from anew.engine.generate import generate as draw

    given: dict[str, Any] = {
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "max_new": max_new,
    }
    given |= {"guidance": guidance, "steps": steps, "solver": solver}
    options = {name: value for name, value in given.items() if value is not None}
    check_request(n, seed, options)
    check_pictures(prompt, start, strength, inpaint, mask)
    artifact = open_adapted(model, weighted(adapter))
    if prefix is not None or suffix is not None:
        check_sides(prompt, fill, label, start or inpaint)
        made = between(artifact, prefix, suffix, n, seed, options)
        paths = made.save(out) if out is not None else []
        show(lines(made, paths), as_json, facts(made, paths))
        return
    grows = artifact.recipe.modality in ("text", "code", "chat") and artifact.model.streams == "append"
    if grows and n == 1 and out is None and not as_json and not fill and where is None:
        type_out(artifact, seed, prompt, label, options)
        return
    if start is not None or inpaint is not None:
        made = edit(artifact, n, seed, label, start, strength, inpaint, mask, options)
    else:
        made = draw(artifact, n, seed, prompt, label, fill, where=where, **options)
    if made.modality == "image" and out is None:
        out = Path(f"{artifact.recipe.name}-{seed}.png")
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
    paths = made.save(out) if out is not None else []
    show(lines(made, paths), as_json, facts(made, paths))


def weighted(adapters: Sequence[str]) -> list[tuple[str, float]]:
    """NAME or NAME=WEIGHT as pairs."""
    found = []
    for one in adapters:
        name, _, weight = one.partition("=")
        try:
            found.append((name, float(weight or 1)))
        except ValueError:
            what = f"--adapter {one}: {weight!r} is no weight"
            raise RecipeError(what, next_command=f"the same with --adapter {name}=0.5") from None
    return found


def check_request(n: int, seed: int, options: dict[str, Any]) -> None:
    """Refuse what no model could do, in the words that a recipe's [sample] is refused in."""
    if n < 1 or not 0 <= seed < 2**63:
        raise RecipeError("-n is 1 or more" if n < 1 else "--seed is 0 or more, and less than 2^63")
    try:
        Sample.model_validate(options)
    except ValidationError as error:
        raise RecipeError(explain(error, Sample), next_command="anew generate --help") from None


def check_pictures(
    prompt: str | None, start: Path | None, strength: float | None, inpaint: Path | None, mask: Path | None
) -> None:
    """Refuse dials that do not belong together."""
    wrong = {
        "a text to continue and a picture exclude each other": prompt is not None and (start or inpaint) is not None,
        "--start and --inpaint exclude each other": start is not None and inpaint is not None,
        "--strength belongs to --start": strength is not None and start is None,
        "--start needs --strength, from 0 (as it is) to 1 (forgotten)": start is not None and strength is None,
        "--inpaint and --mask belong together": (inpaint is None) != (mask is None),
    }
    for what, holds in wrong.items():
        if holds:
            raise RecipeError(what, next_command="anew generate --help")


def check_sides(prompt: str | None, fill: bool, label: str | None, picture: Path | None) -> None:
    """Refuse what does not go together with two sides of a text."""
    wrong = {
        "a prompt": prompt is not None,
        "--fill": fill,
        "--label": label is not None,
        "a picture": picture is not None,
    }
    for what, holds in wrong.items():
        if holds:
            raise RecipeError(f"--prefix and --suffix exclude {what}", next_command="anew generate --help")


def between(
    artifact: Artifact, prefix: Path | None, suffix: Path | None, n: int, seed: int, options: dict[str, Any]
) -> Generated:
    """What stands between the texts of two files."""
    from anew.engine.middle import fill_middle

    before, after = ("" if path is None else path.read_text("utf-8", "replace") for path in (prefix, suffix))
    return fill_middle(artifact, before, after, n, seed, **options)


def edit(
    artifact: Artifact, n: int, seed: int, label: str | None, start: Path | None, strength: float | None,
    inpaint: Path | None, mask: Path | None, options: dict[str, Any],
) -> Generated:  # fmt: skip
    """Variations of the picture in a file, or of its masked part."""
    from anew.codecs.image import read_image
    from anew.engine.edit import inpaint as mend
    from anew.engine.edit import vary

    if start is not None and strength is not None:
        return vary(artifact, read_image(start.read_bytes(), str(start)), strength, n, seed, label, **options)
    assert inpaint is not None and mask is not None
    unknown = read_image(mask.read_bytes(), str(mask)).mean(2) >= 128
    return mend(artifact, read_image(inpaint.read_bytes(), str(inpaint)), unknown, n, seed, label, **options)


def type_out(artifact: Artifact, seed: int, prompt: str | None, label: str | None, options: dict[str, Any]) -> None:
    """One text, shown as it grows; characters that are not whole yet wait."""
    from anew.engine.generate import stream

    shown = ""
    for (text,) in stream(artifact, 1, seed, prompt, label, **options):
        ready = text.rstrip(HELD_BACK)
        if ready.startswith(shown):
            print(ready[len(shown) :], end="", flush=True)
            shown = ready
    print(text[len(shown) :], flush=True)


def lines(made: Generated, paths: list[Path]) -> list[str]:
    """The paths written, or the texts with a line of talk between them."""
    if paths:
        return [str(path) for path in paths]
    if made.modality == "table":
        cells = [["" if value is None else str(value) for value in row.values()] for row in made.samples]
        return columns([list(made.samples[0]), *cells])
    if sys.stderr.isatty():
        talk(f"{len(made.samples)} samples, seeds {made.seeds[0]} to {made.seeds[-1]}, a line of dashes between two")
    return ["\n----\n".join(made.samples)]


def facts(made: Generated, paths: list[Path]) -> dict[str, Any]:
    """For programs: texts themselves, pictures by their paths."""
    found: dict[str, Any] = {"seeds": made.seeds, "labels": made.labels, "paths": [str(path) for path in paths]}
    return found | ({} if made.modality == "image" else {"samples": made.samples})
