"""`anew compose`: pieces of music by a model of scores, as notation, sound and picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from anew.cli.generate import Name
from anew.cli.terminal import Json, Meter, columns, show, talk
from anew.errors import RecipeError

WRITES = (
    "The file: .mid, .musicxml, .wav, .flac, .mp3, .ogg, .opus, .svg or .png; or a folder. Given twice: both. Several "
    "pieces are FILE-SEED.mid each."
)
Out = Annotated[list[Path] | None, Parameter(name="--out", negative="", help=WRITES)]
ONE = "one of --begin, --melody and --fill"


def compose(
    model: Name | None = None,
    /,
    *,
    key: Annotated[str | None, Parameter(help="Such as C, Dm, F# or 'Bb minor'.")] = None,
    mode: Annotated[Literal["major", "minor"] | None, Parameter(help="Where no key is asked for.")] = None,
    metre: Annotated[str | None, Parameter(help="Such as 4/4 or 3/4.")] = None,
    bars: Annotated[
        int | None, Parameter(help="How long, from 1 to 64; of a piece that goes on, how many more.")
    ] = None,
    tempo: Annotated[float | None, Parameter(help="Quarters a minute.")] = None,
    style: Annotated[str | None, Parameter(help="One of those that the model knows: composers, kinds of tune.")] = None,
    instruments: Annotated[
        str | None, Parameter(help="One a voice, or one for all: 'organ', 'violin,viola,cello'.")
    ] = None,
    begin: Annotated[Path | None, Parameter(help="A score to go on with.")] = None,
    melody: Annotated[Path | None, Parameter(help="A score whose first part is to be harmonised.")] = None,
    fill: Annotated[Path | None, Parameter(help="A score of which --gap is to be written anew.")] = None,
    gap: Annotated[str | None, Parameter(help="Its bars, from 1 on, such as 5-8; with --fill.")] = None,
    keep: Annotated[str | None, Parameter(help="Voices that stay in the gap, from 1 on, such as 1 or 1,4.")] = None,
    like: Annotated[
        Path | None, Parameter(help="A piece's file: what made it makes it again, but for what is said here.")
    ] = None,
    n: Annotated[int | None, Parameter(name="-n", help="How many pieces; 1 where it is not said.")] = None,
    seed: Annotated[int | None, Parameter(help="The same seed, the same piece; else 0.")] = None,
    temperature: Annotated[float | None, Parameter(help="Below 1 plainer, above 1 wilder.")] = None,
    top_p: Annotated[float | None, Parameter(help="Choose among the likeliest that make up so much.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Compose music, go on with a score, harmonise a melody: anew compose bach --key Dm --bars 16 --out x.wav.

    Metre and length are kept exactly, voices stay within what training pieces have. Sound is played through a General
    MIDI sound font (anew data get soundfont, pip install 'anew[music]'), or where there is none by a plain organ."""
    from anew.codecs.score_files import score_in
    from anew.data.progress import Progress
    from anew.deploy.lookup import open_model
    from anew.engine.commission import again
    from anew.engine.score_saving import is_folder, save_scores
    from anew.engine.settings import Settings

    begun = {name: path for name, path in (("begin", begin), ("melody", melody), ("fill", fill)) if path is not None}
    if len(begun) > 1:
        raise RecipeError(ONE, next_command="anew compose --help")
    for one in out or []:  # before anything is written
        is_folder(one)
    told, artifact = (Settings(), None) if like is None else made_like(like, open_it=model is None)
    if artifact is None:
        if model is None:
            raise RecipeError("anew compose takes the name of a model", next_command="anew compose bach")
        artifact = open_model(model)
    changes: dict[str, Any] = {
        "key": key, "mode": mode, "metre": metre, "bars": bars, "tempo": tempo, "style": style,
        "instruments": instruments, "gap": gap, "keep": keep, "n": n, "seed": seed, "temperature": temperature,
        "top_p": top_p, "way": next(iter(begun), None),
    }  # fmt: skip
    asked = again(told, changes, next(map(score_in, begun.values()), None))
    with Meter() as meter:
        scores = asked.write(
            artifact, lambda share: meter(Progress("compose", round(100 * share), 100, "bars written"))
        )
    notes, seeds = asked.notes(artifact), range(asked.seed, asked.seed + asked.n)
    files = out or [Path(f"{artifact.recipe.name}-{asked.seed}.mid")]
    paths = [str(path) for one in files for path in save_scores(scores, one, notes, seeds)]
    facts = [{"seed": one, **score.facts} for one, score in zip(seeds, scores, strict=True)]
    talk(*columns([[str(value) for value in one.values()] for one in facts], [*map(str.upper, facts[0])]))
    show(paths, as_json, {"paths": paths, "pieces": facts})


def made_like(path: Path, open_it: bool) -> tuple[Any, Any]:
    """What the file says of how it was made, and the model that made it."""
    from anew.codecs.picture_files import read_file
    from anew.recipes.remake import maker_of, told_by

    told = told_by(read_file(path), str(path))
    return told, maker_of(told, str(path)) if open_it else None
