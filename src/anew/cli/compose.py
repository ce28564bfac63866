"""`anew compose`: pieces of music by a model of scores, as notation, sound and picture."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from anew.cli.generate import Name
from anew.cli.terminal import Json, Meter, columns, show, talk
from anew.errors import RecipeError

WRITES = "The file: .mid, .musicxml, .wav, .flac, .mp3, .ogg, .opus, .svg or .png. Given twice: both."
Out = Annotated[list[Path] | None, Parameter(name="--out", negative="", help=WRITES)]


def compose(
    model: Name,
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
    n: Annotated[int, Parameter(name="-n", help="How many pieces.")] = 1,
    seed: Annotated[int, Parameter(help="The same seed, the same piece.")] = 0,
    temperature: Annotated[float | None, Parameter(help="Below 1 plainer, above 1 wilder.")] = None,
    top_p: Annotated[float | None, Parameter(help="Choose among the likeliest that make up so much.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Compose music, go on with a score, harmonise a melody: anew compose chorales --key Dm --bars 16 --out x.wav.

    Metre and length are kept exactly, voices stay within what training pieces have. Sound is played through a General
    MIDI sound font (anew data get soundfont, pip install 'anew[music]'), or where there is none by a plain organ."""
    from anew.codecs.score_files import score_in
    from anew.data.progress import Progress
    from anew.deploy.lookup import open_model
    from anew.engine.composing import compose as drawn
    from anew.engine.composing import go_on, harmonise
    from anew.engine.mending import fill as mend
    from anew.engine.score_saving import save_scores

    if n < 1 or not 0 <= seed < 2**48:
        raise RecipeError("-n is 1 or more, --seed 0 or more, and less than 2^48")
    if sum(one is not None for one in (begin, melody, fill)) > 1 or (fill is None) != (gap is None):
        raise RecipeError("one of --begin, --melody and --fill, the last one with --gap", next_command="--gap 5-8")
    artifact = open_model(model)
    wish = wished(artifact, key, mode, metre, bars, tempo, style, instruments)
    options: dict[str, Any] = {"temperature": temperature, "top_p": top_p}
    with Meter() as meter:

        def watch(share: float) -> None:
            meter(Progress("compose", round(100 * share), 100, "bars written"))

        if begin is not None:
            scores = go_on(artifact, score_in(begin), bars or 8, n, seed, watch, **options)
        elif fill is not None:
            bounds, voices = numbers(gap or "", "-"), [voice - 1 for voice in numbers(keep or "", ",")]
            scores = mend(artifact, score_in(fill), bounds[0], bounds[-1], n, seed, keep=voices, watch=watch, **options)
        elif melody is not None:
            scores = harmonise(artifact, score_in(melody), n, seed, wish, watch, **options)
        else:
            scores = drawn(artifact, n, seed, wish, watch=watch, **options)
    told = [how(artifact.recipe.name, seed + i, wish, options) for i in range(n)]
    paths = [
        str(p) for one in out or [Path(f"{artifact.recipe.name}-{seed}.mid")] for p in save_scores(scores, one, told)
    ]
    rows = [
        (str(s.key or "-"), str(s.metre), f"{s.bars} bars", f"{s.tempo:g}", f"{len(s.notes)} notes") for s in scores
    ]
    talk(*columns(rows))
    facts = [
        dict(
            zip(
                ("key", "metre", "bars", "tempo", "notes"),
                (str(s.key), str(s.metre), s.bars, s.tempo, len(s.notes)),
                strict=True,
            )
        )
        for s in scores
    ]
    show(paths, as_json, {"paths": paths, "pieces": facts, "made": told})


def wished(
    artifact: Any, key: str | None, mode: Any, metre: str | None, bars: int | None, tempo: float | None,
    style: str | None, instruments: str | None,
) -> Any:  # fmt: skip
    """The options as a wish. DataError, RecipeError for what none can be."""
    from anew.codecs.instruments import program_of
    from anew.codecs.score import Key
    from anew.engine.composing import Wish, events_of

    found = None if metre is None else re.fullmatch(r"(\d{1,2})/(\d{1,2})", metre.strip())
    if metre is not None and found is None:
        raise RecipeError(f"--metre {metre}: two numbers, as in 3/4", next_command="--metre 4/4")
    if tempo is not None and not 20 <= tempo <= 400:
        raise RecipeError(f"--tempo {tempo:g}: 20 to 400 quarters a minute", next_command="--tempo 90")
    programs = None if instruments is None else tuple(program_of(one) for one in instruments.split(","))
    if programs is not None and len(programs) == 1:
        voices = {len(asked.programs) for asked, _ in events_of(artifact).prefixes}
        programs = programs * max(voices)
    return Wish(
        None if key is None else Key.read(key), mode, None if found is None else (int(found[1]), int(found[2])),
        bars, tempo, style, programs,
    )  # fmt: skip


def numbers(said: str, between: str) -> list[int]:
    """ "5-8" as numbers. RecipeError where they are none."""
    try:
        return [int(one) for one in said.split(between) if one]
    except ValueError:
        raise RecipeError(f"{said!r}: whole numbers, such as 5{between}8", next_command="--gap 5-8 --keep 1") from None


def how(model: str, seed: int, wish: Any, options: dict[str, Any]) -> dict[str, Any]:
    """What makes a piece again."""
    asked = {name: value for name, value in vars(wish).items() if value is not None}
    asked |= {"key": str(wish.key)} if wish.key else {}
    return {"model": model, "seed": seed, **asked, **{k: v for k, v in options.items() if v is not None}}
