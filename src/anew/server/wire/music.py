"""/v1/anew/music: what is asked of a model of scores, in the words of `anew compose`, and how pieces are told."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from anew.codecs.score import Score
from anew.codecs.score_files import read_score
from anew.engine.commission import Commission
from anew.engine.score_saving import content_of
from anew.engine.settings import Worded
from anew.errors import DataError
from anew.server.errors import Problem
from anew.server.wire.own import ModelName, Own, Short, Told

MOST_PIECES = 16
MOST_FILE = 4 << 20  # characters of a score that is given
Format = Literal["mid", "musicxml", "svg", "png", "wav", "flac", "mp3", "ogg", "opus"]
MEDIA = {
    "mid": "audio/midi", "musicxml": "application/vnd.recordare.musicxml+xml", "svg": "image/svg+xml",
    "png": "image/png", "wav": "audio/wav", "flac": "audio/flac", "mp3": "audio/mpeg", "ogg": "audio/ogg",
    "opus": "audio/ogg",
}  # fmt: skip
assert tuple(MEDIA) == get_args(Format)
File = Annotated[
    str, Field(min_length=1, max_length=MOST_FILE, description="MusicXML or ABC as text, or any in base64.")
]
WAYS = ("begin", "melody", "fill")
WORDS = tuple(name for name in Worded.model_fields if name not in ("way", "source"))
SAMPLED = ("temperature", "top_k", "top_p", "min_p")


class Compose(Own):
    """At most one of `begin`, `melody` and `fill`: a score to go on with, to be harmonised, or whose bars `gap` are to
    be written anew but for the voices `keep`. `formats`: several files of each piece, in place of one `format`."""

    model: ModelName
    n: Annotated[int, Field(ge=1, le=MOST_PIECES)] = 1
    seed: Annotated[int, Field(ge=0, lt=2**48)] = 0
    key: Short | None = None
    mode: Literal["major", "minor"] | None = None
    metre: Short | None = None
    bars: int | None = None
    tempo: float | None = None
    style: Short | None = None
    instruments: Short | None = None
    begin: File | None = None
    melody: File | None = None
    fill: File | None = None
    gap: Short | None = None
    keep: Short | None = None
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    format: Format = "mid"
    formats: Annotated[list[Format], Field(min_length=1, max_length=len(MEDIA))] | None = None

    @property
    def forms(self) -> list[Format]:
        """What each piece is written as, the first of which is its own file. Problem: it is said twice."""
        if self.formats is None:
            return [self.format]
        if "format" in self.model_fields_set or len(set(self.formats)) < len(self.formats):
            what = "formats: each once, and no format beside it"
            raise Problem(400, what, param="formats", code="invalid_value")
        return self.formats

    def commission(self) -> Commission:
        """Problem: two scores, or one that is none. RecipeError: words that do not go together."""
        given = [name for name in WAYS if getattr(self, name) is not None]
        if len(given) > 1:
            raise Problem(400, f"{given[1]}: not with {given[0]}", param=given[1], code="invalid_value")
        way: Any = given[0] if given else None
        words = {name: getattr(self, name) for name in WORDS}
        options = {name: value for name in SAMPLED if (value := getattr(self, name)) is not None}
        score = None if way is None else score_of(getattr(self, way), way)
        return Commission(Worded(way=way, **words), self.n, self.seed, score, options)


class Render(Own):
    """A score as it is, in another form: to be heard, seen or opened elsewhere."""

    score: File
    format: Format = "wav"


class Rendered(Told):
    key: str | None
    metre: str
    bars: int
    tempo: float
    notes: int
    media_type: str
    b64: str


class PieceFile(Told):
    media_type: str
    b64: str


class Piece(Told):
    """`files`: by their formats, where several were asked for; `b64` is the first of them."""

    seed: int
    key: str | None
    metre: str
    bars: int
    tempo: float
    notes: int
    media_type: str
    b64: str
    files: dict[str, PieceFile] | None = None


class Pieces(Told):
    object: Literal["pieces"] = "pieces"
    model: str
    pieces: list[Piece]


def score_of(given: str, field: str) -> Score:
    """The first score of a file that is sent as text or in base64. Problem: there is none."""
    text = given.lstrip("\ufeff \t\r\n")
    try:
        content = given.encode() if text.startswith(("<", "X:", "**", "!!")) else base64.b64decode(given, validate=True)
        return read_score(content, field)
    except (binascii.Error, ValueError):
        what = f"{field}: neither base64 nor MusicXML, ABC or kern"
        raise Problem(400, what, param=field, code="invalid_value") from None
    except DataError as error:
        raise Problem(400, error.message, param=field, code="invalid_value") from None


def rendered(score: Score, form: Format) -> dict[str, Any]:
    return score.facts | {
        "media_type": MEDIA[form],
        "b64": base64.b64encode(content_of(score, f".{form}", {})).decode(),
    }


def pieces_of(
    scores: Sequence[Score], seed: int, notes: Sequence[dict[str, str]], forms: Sequence[Format]
) -> list[dict[str, Any]]:
    """Each as it is told, its bytes those of the file that `anew compose` writes."""
    found = []
    for i, (score, told) in enumerate(zip(scores, notes, strict=True)):
        files = {
            form: {"media_type": MEDIA[form], "b64": base64.b64encode(content_of(score, f".{form}", told)).decode()}
            for form in forms
        }
        several = {"files": files} if len(forms) > 1 else {}
        found.append({"seed": seed + i, **score.facts} | files[forms[0]] | several)
    return found
