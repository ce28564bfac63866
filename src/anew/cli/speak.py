"""`anew speak`: a text, said by a voice, into a sound's file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from anew.cli.terminal import Flag, Json, Meter, read, show, talk
from anew.errors import RecipeError

if TYPE_CHECKING:
    from anew.engine.speaking import Said, Speaking, Speech
    from anew.engine.voices import Voice

HELP = "anew speak --help"


def speak(
    text: Annotated[
        str | None, Parameter(allow_leading_hyphen=True, help="What to say: English, or SSML; - reads it from stdin.")
    ] = None,
    /,
    *,
    file: Annotated[Path | None, Parameter(help="A file with what to say.")] = None,
    out: Annotated[Path, Parameter(help="The sound's file: .wav, .flac, .mp3, .ogg or .opus.")] = Path("speech.wav"),
    voice: Annotated[
        str | None, Parameter(help="Which voice says it; else hibari where it is installed, or anew's own.")
    ] = None,
    speaker: Annotated[str | None, Parameter(help="Which of the voice's speakers; else its first.")] = None,
    rate: Annotated[float, Parameter(help="How fast: 1 is the voice's own, 2 twice as fast; 0.25 to 4.")] = 1.0,
    pitch: Annotated[float, Parameter(help="How many semitones higher, or lower below 0.")] = 0.0,
    pause: Annotated[float, Parameter(help="Seconds of silence between two sentences.")] = 0.25,
    seed: Annotated[int, Parameter(help="The same seed, the same bytes.")] = 0,
    like: Annotated[
        tuple[Path, ...], Parameter(negative="", help="Recordings of another speaker to sound like; needs --consent.")
    ] = (),
    name: Annotated[str | None, Parameter(help="With --like: whose recordings they are.")] = None,
    consent: Annotated[
        Path | None, Parameter(help="With --like: that speaker's record, from anew consent make.")
    ] = None,
    words: Annotated[bool, Flag, Parameter(help="Say nothing; show the words as they would be said.")] = False,
    as_json: Json = False,
) -> None:
    """Say a text, into a sound's file: anew speak "Hello" --out hello.wav.

    Numbers, dates, abbreviations and the like are read out; long texts are said by sentences. Of SSML these tags are
    honoured: speak, p, s, break, prosody, say-as, sub, phoneme, emphasis. The file says how it was made."""
    given = text_of(text, file)
    if words:
        show_words(given, as_json)
        return
    from anew.engine.speaking import Speaking, form_of

    form_of(out)  # before anything is said
    said_by = chosen(voice, like, name, consent)
    if not 0 <= seed < 2**63:
        raise RecipeError("--seed is 0 or more, and less than 2^63", next_command=HELP)
    asked = Speaking(said_by, given, speaker, rate, pitch, pause, seed)
    tell_unread(given)
    speech = said(asked)
    speech.save(out)
    seconds = speech.sound.seconds
    if not as_json:
        talk(f"{seconds:.1f} seconds, said by {asked.voice.name} ({asked.speaker})")
    told = {"path": str(out), "seconds": seconds, "voice": asked.voice.name, "speaker": asked.speaker}
    show([str(out)], as_json, told)


def text_of(text: str | None, file: Path | None) -> str:
    """The argument, the file's text or stdin's."""
    if (text is None) == (file is None):
        raise RecipeError("anew speak takes a text, - for stdin, or --file FILE", next_command='anew speak "Hello"')
    if file is not None:
        return read(file.read_bytes(), str(file))
    return read(sys.stdin.buffer.read(), "stdin") if text == "-" else str(text)


def chosen(voice: str | None, like: tuple[Path, ...], name: str | None, consent: Path | None) -> Voice:
    """The voice; with recordings one that takes on their speaker's, who agreed to it."""
    from anew.contract import Unsupported
    from anew.engine.speaking import adapt
    from anew.engine.voices import READY
    from anew.recipes.voices import BETTER, at_hand, voice_called
    from anew.safety.consent import require_consent

    if not like and (name is not None or consent is not None):
        raise RecipeError("--name and --consent belong to --like", next_command=HELP)
    if like and name is None:
        raise RecipeError("--like needs --name: whose recordings they are", next_command=HELP)
    if like:  # before anything is opened: who has not agreed is not tried for
        require_consent(consent, speaker=str(name), purpose="adapt", recordings=like)
        require_consent(consent, speaker=str(name), purpose="speak")
    if voice is None and (voice := at_hand()) != READY:
        talk(f"no voice was named: {voice} says it; {BETTER}")
    opened = voice_called(voice)
    if not like:
        return opened
    try:
        return adapt(opened, str(name), like, consent)
    except Unsupported as error:
        raise RecipeError(str(error), next_command="anew speak TEXT without --like") from None


def said(asked: Speaking) -> Speech:
    """All of it, with a meter where there is much to say."""
    from anew.data.progress import Progress

    with Meter() as meter:

        def watch(one: Said) -> None:
            if len(asked.pieces) > 1:
                meter(Progress("speak", round(100 * one.share), 100, ""))

        return asked.whole(watch)


def tell_unread(text: str) -> None:
    from anew.codecs.spoken.words import unreadable

    if left := unreadable(text):
        some = " ".join(left[:20]) + (" …" if len(left) > 20 else "")
        talk(f"left out, since English has no reading for it: {some}")


def show_words(text: str, as_json: bool) -> None:
    from anew.codecs.spoken.ssml import pieces
    from anew.codecs.spoken.words import in_words

    said = [one.text if one.words else in_words(one.text) for one in pieces(text)]
    show(said, as_json, {"words": said})


__all__ = ["speak"]
