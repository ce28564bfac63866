"""`anew generate`: samples from a stored model, streamed as text or written as pictures."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from pydantic import ValidationError

from anew.cli.opening import Floats, called, opened
from anew.cli.ordering import check_order, given_pictures, ordered
from anew.cli.terminal import Json, Typed, columns, read, show, talk, watching
from anew.errors import RecipeError
from anew.recipe import Sample, explain

if TYPE_CHECKING:
    from anew.artifact import Artifact
    from anew.engine.generated import Generated
    from anew.engine.writing import Token

Name = Annotated[str, Parameter(help="A name in the model store (anew models list), or a run's or a model's folder.")]
SUFFIX = {"image": ".png", "audio": ".wav", "music": ".mid"}  # of what is written where no file is named
Adapters = Annotated[
    tuple[str, ...],
    Parameter(name="--adapter", help="An adapter of the model, or NAME=WEIGHT; several stack.", negative=""),
]


def generate(
    model: Name | None = None,
    prompt: Annotated[str | None, Parameter(help="Text to continue, or a caption or label.")] = None,
    /,
    *,
    n: Annotated[int | None, Parameter(name=["-n", "--n"], help="How many; 1 where it is not said.")] = None,
    seed: Annotated[int | None, Parameter(help="Sample i is drawn from seed + i alone; else from 0 on.")] = None,
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
    typical: Annotated[float | None, Parameter(help="Only tokens as informative as the mean, with this mass.")] = None,
    repetition: Annotated[float | None, Parameter(help="Above 1: what was read or said comes less often.")] = None,
    presence: Annotated[float | None, Parameter(help="What a token's logit loses once it was said.")] = None,
    frequency: Annotated[float | None, Parameter(help="What it loses each time it was said.")] = None,
    bias: Annotated[list[str] | None, Parameter(help="TOKEN=AMOUNT, added to its logit; --next tells ids.")] = None,
    stop: Annotated[
        list[str] | None, Parameter(help="A string that ends the text and is not shown; may come again.")
    ] = None,
    json_schema: Annotated[str | None, Parameter(help="A file or text: a JSON schema that the text keeps to.")] = None,
    regex: Annotated[str | None, Parameter(help="A regular expression that the whole text matches.")] = None,
    grammar: Annotated[str | None, Parameter(help="A file or text: a grammar in Lark's notation.")] = None,
    best_of: Annotated[
        int | None,
        Parameter(help="Draw so many and keep the likeliest a token, or the picture that agrees best with the prompt."),
    ] = None,
    scorer: Annotated[
        str | None, Parameter(help="With --best-of: what judges pictures, in place of the model's own.")
    ] = None,
    beams: Annotated[int | None, Parameter(help="Search with so many beams; nothing is drawn.")] = None,
    logprobs: Annotated[int | None, Parameter(help="Tell ln p of each token and of so many likeliest.")] = None,
    next_k: Annotated[
        int | None, Parameter(name="--next", help="Draw nothing; tell the k likeliest next tokens.")
    ] = None,
    among: Annotated[str | None, Parameter(help="Draw nothing; which of a,b,c stands at the prompt's [[?]]?")] = None,
    max_new: Annotated[int | None, Parameter(help="At most so many tokens.")] = None,
    guidance: Annotated[float | None, Parameter(help="1 is the plain model; more holds closer to the label.")] = None,
    negative: Annotated[str | None, Parameter(help="With --guidance: the label or caption to steer away from.")] = None,
    size: Annotated[str | None, Parameter(help="A picture's WIDTHxHEIGHT, of models that can be asked for it.")] = None,
    steps: Annotated[int | None, Parameter(help="Steps of the solver.")] = None,
    solver: Annotated[str | None, Parameter(help="The solver's name.")] = None,
    start: Annotated[Path | None, Parameter(help="A picture or sound to make variations of.")] = None,
    strength: Annotated[float | None, Parameter(help="With --start: 0 gives it back, 1 forgets it.")] = None,
    style: Annotated[Path | None, Parameter(help="With --start: a picture whose style it takes on.")] = None,
    style_share: Annotated[float | None, Parameter(help="With --style: how far, 0 to 1; else 1.")] = None,
    inpaint: Annotated[Path | None, Parameter(help="A picture or sound of which a part is to be made anew.")] = None,
    mask: Annotated[
        Path | None,
        Parameter(help="With --inpaint: a picture, white where to make it anew; of a sound, seconds 0.3-0.6."),
    ] = None,
    outpaint: Annotated[Path | None, Parameter(help="A picture or sound to go on beyond its edges.")] = None,
    margins: Annotated[
        str | None, Parameter(help="With --outpaint: pixels LEFT,TOP,RIGHT,BOTTOM, or seconds BEFORE,AFTER a sound.")
    ] = None,
    seconds: Annotated[float | None, Parameter(help="How long a sound is, to a value.")] = None,
    loudness: Annotated[
        float | None, Parameter(help="How loud a sound is, in LUFS, as far as a peak of -1 dB allows.")
    ] = None,
    loop: Annotated[bool, Parameter(help="Sounds whose end goes on in their begin.", negative="")] = False,
    like: Annotated[
        Path | None,
        Parameter(help="A picture's or sound's file: what made it makes it again, but for what is said here."),
    ] = None,
    xy: Annotated[
        list[str] | None,
        Parameter(help="SETTING=A,B: a grid over it, or model=A,B; once, or twice for columns and rows."),
    ] = None,
    adapter: Adapters = (),
    floats: Floats = False,
    as_json: Json = False,
) -> None:
    """Draw samples from a model. Text goes to stdout, as it grows where it does; a table's rows go there as a table;
    pictures go into a PNG, sounds into a WAV each.

    The same seed gives the same sample, alone or among others. What is left out is as the recipe's [sample] says.
    Every file says that a model made it: a picture or a sound in its own metadata, where it also says how, a text in
    FILE.json beside it. Several pictures to one .png, .jpg or .webp are a contact sheet; a .gif shows how they came
    about. Several sounds to FILE.wav, .flac, .mp3, .ogg or .opus are FILE-SEED.wav each; a .png shows them."""
    from anew.engine.generate import generate as draw
    from anew.engine.generate import label_names, said_of
    from anew.engine.order import Order
    from anew.engine.writing import writes

    given: dict[str, Any] = {
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "min_p": min_p,
        "max_new": max_new,
    }
    given |= {"typical": typical, "repetition": repetition, "presence": presence, "frequency": frequency}
    given |= {"guidance": guidance, "steps": steps, "solver": solver}
    wishes: dict[str, Any] = {
        "stop": stop,
        "json_schema": content(json_schema),
        "regex": regex,
        "grammar": content(grammar),
    }
    wishes |= {"best_of": best_of, "beams": beams, "logprobs": logprobs, "bias": amounts(bias), "negative": negative}
    wishes |= {"size": size, "seconds": seconds, "loudness": loudness, "loop": loop or None}
    options = {name: value for name, value in given.items() if value is not None}
    check_request(1 if n is None else n, seed or 0, options)
    options |= {name: value for name, value in wishes.items() if value is not None}
    moving = out is not None and out.suffix.lower() == ".gif"
    pictures: dict[str, Any] = {
        "start": start,
        "strength": strength,
        "inpaint": inpaint,
        "mask": mask,
        "outpaint": outpaint,
    }
    pictures |= {"margins": margins, "style": style, "share": style_share, "like": like}
    pictures |= {"crossed": [one.partition("=")[0] for one in xy or []]}
    begun = given_pictures(pictures)
    if scorer is not None and best_of is None:
        raise RecipeError("--scorer belongs to --best-of", next_command="the same with --best-of 8")
    others = {"--fill": fill, "--where": where, "--prefix": prefix, "--suffix": suffix, "--next": next_k}
    check_order(others | {"--among": among}, pictures, xy, moving)
    if like is not None or xy or moving:
        changes = {"n": n, "seed": seed, "prompt": prompt, "label": label, "strength": strength, **options}
        order, axes = ordered(model, weighted(adapter), like, xy, changes, begun)
        order = replace(order, artifact=judged(order.artifact, scorer))
        with watching("draw") as watch:
            made = order.cross(axes, watch) if axes else order.film(watch) if moving else order.draw(watch)
        finish(model, made, out, as_json)
        return
    n, seed = n or 1, seed or 0
    artifact = judged(opened(named(model), weighted(adapter), floats), scorer)
    if prefix is not None or suffix is not None:
        check_sides(prompt, fill, label)
        made = between(artifact, prefix, suffix, n, seed, options)
    elif next_k is not None or among is not None:
        ask(artifact, prompt or "", next_k, among, label, options, as_json)
        return
    elif begun["start"] is not None:
        if prompt is not None:
            named_so = label is None and prompt in label_names(artifact)
            label = prompt if named_so else said_of(artifact, prompt, label)
        with watching("draw") as watch:
            made = Order(artifact, n, seed, None, label, options, strength=strength, **begun).draw(watch)
    elif writes(artifact) and n == 1 and not (as_json or fill) and out is None and where is None and logprobs is None:
        type_out(artifact, seed, prompt, label, options)
        return
    else:
        with watching("draw") as watch:
            made = draw(artifact, n, seed, prompt, label, fill, where=where, watch=watch, **options)
    talk(*otherwise(artifact, prompt or ""))
    finish(model, made, out, as_json)


def finish(model: str | None, made: Generated, out: Path | None, as_json: bool) -> None:
    """Write and tell what was made."""
    if made.modality in SUFFIX and out is None:
        out = Path(f"{called(model, made.model)}-{made.seeds[0]}{SUFFIX[made.modality]}")
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
    paths = made.save(out) if out is not None else []
    talk(*quieter(made))
    show(lines(made, paths), as_json, facts(made, paths))


def quieter(made: Generated) -> list[str]:
    """A line for each sound that is not as loud as was asked for."""
    if made.modality != "audio" or made.how is None or "loudness" not in made.how.options:
        return []
    from anew.engine.sound_dials import Dials

    dials = Dials(loudness=float(made.how.options["loudness"]))
    missed = zip(made.seeds, map(dials.missed, made.samples), strict=True)
    return [f"seed {seed}: {what}" for seed, what in missed if what is not None]


def otherwise(artifact: Artifact, prompt: str) -> list[str]:
    """A line where words of the prompt are read as others, and one where some are none of its captions'."""
    from anew.codecs.caption import Caption
    from anew.engine.generate import unheard

    found = artifact.label.otherwise(prompt) if isinstance(artifact.label, Caption) else {}
    told = {
        "read in the words of its captions": [f"{other} for {word}" for word, other in found.items()],
        "spelled in bytes, of which its captions have no letter": unheard(artifact, prompt),
    }
    return [f"{what}: {', '.join(words)}" for what, words in told.items() if words]


def named(model: str | None) -> str:
    if model is None:
        raise RecipeError("anew generate takes the name of a model", next_command="anew models list")
    return model


def judged(artifact: Artifact, scorer: str | None) -> Artifact:
    """The model with what is to judge its pictures. RecipeError for one that is told no prompt to judge them by."""
    from anew.engine.generate import reads_captions

    if scorer is None:
        return artifact
    if not reads_captions(artifact):
        what = f"--scorer judges pictures by their prompt, and {artifact.recipe.name} draws none from prompts"
        raise RecipeError(what, next_command="the same without --scorer")
    return replace(artifact, scorer=opened(scorer))


def weighted(adapters: Sequence[str]) -> list[tuple[str, float]]:
    """NAME or NAME=WEIGHT as pairs."""
    found = []
    for one in adapters:
        name, _, weight = one.partition("=")
        try:
            found.append((name, float(weight or 1)))
            if not math.isfinite(found[-1][1]):
                raise ValueError
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


def content(given: str | None) -> str | None:
    """What is in the file of that name, or the text itself."""
    if given is None or given.lstrip().startswith("{") or "\n" in given or not os.path.isfile(given):
        return given
    return read(Path(given).read_bytes(), given)


def amounts(given: list[str] | None) -> dict[int, float] | None:
    """`["7=-2"]` as token and amount."""
    try:
        return None if given is None else {int(token): float(by) for token, by in (one.split("=") for one in given)}
    except ValueError:
        raise RecipeError("--bias is TOKEN=AMOUNT, two numbers", next_command="anew generate --help") from None


def ask(
    artifact: Artifact, prompt: str, k: int | None, among: str | None, label: str | None, options: dict[str, Any],
    as_json: bool,
) -> None:  # fmt: skip
    """Tell the next tokens' probabilities, or what a blank holds."""
    from anew.engine.asking import fillings, next_tokens

    if options or (k is not None and among is not None):
        others = ", ".join(f"--{name.replace('_', '-')}" for name in options) or "--among"
        raise RecipeError(f"the model's own probabilities know no {others}", next_command="anew generate --help")
    if among is not None:
        found = fillings(artifact, prompt, among.split(","))
        table = columns([(repr(f.text), f"{f.share:.2%}", f"{f.logp:.3f}") for f in found], ("BLANK", "SHARE", "LN P"))
        show(table, as_json, {"among": [f._asdict() for f in found], "score": artifact.model.score_kind})
        return
    assert k is not None
    tokens = next_tokens(artifact, prompt, k, label)
    rows = [(str(t.id), repr(t.text), f"{math.exp(t.logp):.2%}", f"{t.logp:.3f}") for t in tokens]
    facts = [{"id": t.id, "text": t.text, "logp": t.logp, "p": math.exp(t.logp)} for t in tokens]
    show(columns(rows, ("ID", "TOKEN", "P", "LN P")), as_json, {"next": facts})


def check_sides(prompt: str | None, fill: bool, label: str | None) -> None:
    """Refuse what does not go together with two sides of a text."""
    wrong = {"a prompt": prompt is not None, "--fill": fill, "--label": label is not None}
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


def type_out(artifact: Artifact, seed: int, prompt: str | None, label: str | None, options: dict[str, Any]) -> None:
    """One text, printed as it grows."""
    from anew.engine.generate import stream

    with Typed() as typed:
        for (text,) in stream(artifact, 1, seed, prompt, label, **options):
            typed(text)


def lines(made: Generated, paths: list[Path]) -> list[str]:
    """The paths written, or the texts with a line of talk between them."""
    if paths:
        return [str(path) for path in paths]
    if made.modality == "table":
        cells = [["" if value is None else str(value) for value in row.values()] for row in made.samples]
        return columns([list(made.samples[0]), *cells])
    if any(made.tokens):
        return [line for text, tokens in zip(made.samples, made.tokens, strict=True) for line in [text, *worth(tokens)]]
    if sys.stderr.isatty():
        talk(f"{len(made.samples)} samples, seeds {made.seeds[0]} to {made.seeds[-1]}, a line of dashes between two")
    return ["\n----\n".join(made.samples)]


def worth(tokens: list[Token]) -> list[str]:
    """Each token with ln p, and the likeliest in its place."""
    rows = [
        (repr(t.text), f"{t.logp:.3f}", "  ".join(f"{text!r} {logp:.3f}" for _, text, logp in t.best)) for t in tokens
    ]
    return columns(rows, ("TOKEN", "LN P", "LIKELIEST"))


def facts(made: Generated, paths: list[Path]) -> dict[str, Any]:
    """For programs: texts themselves, pictures, sounds and scores by their paths."""
    found: dict[str, Any] = {"seeds": made.seeds, "labels": made.labels, "paths": [str(path) for path in paths]}
    if made.finish:
        tokens = [[t._asdict() for t in own] for own in made.tokens]
        found |= {"finish": made.finish, "logp": made.logp, "tokens": tokens}
    return found | ({} if made.modality in SUFFIX else {"samples": made.samples})
