"""Scores into files of the forms that their names ask for: notation, sound, a picture.

In: scores, a path, and what is to be told of how they were made. Out: the paths written. Each file says that a model
made it: MIDI in a text event, MusicXML in a field, sounds and pictures as theirs do.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from anew.codecs.origin import IPTC, MADE
from anew.codecs.provenance import NOTE
from anew.codecs.score import Score
from anew.codecs.score_files import WRITTEN, score_file
from anew.data.files import write_atomic
from anew.data.home import home
from anew.engine.sound_gallery import SUFFIXES
from anew.errors import DataError

FORMS = (*WRITTEN, *SUFFIXES, ".png", ".svg")


def save_scores(scores: Sequence[Score], path: Path, told: Sequence[Mapping[str, Any]]) -> list[Path]:
    """One score: the file. Several: NAME-1.mid, NAME-2.mid. `told`: of each how it was made. DataError for a form that
    there is not."""
    if path.suffix.lower() not in FORMS:
        raise DataError(f"{path.name}: a piece is written as one of {', '.join(FORMS)}", next_command="--out piece.mid")
    path.parent.mkdir(parents=True, exist_ok=True)
    many = len(scores) > 1
    paths = [path.with_stem(f"{path.stem}-{i + 1}") if many else path for i in range(len(scores))]
    for score, one, how in zip(scores, paths, told, strict=True):
        write_atomic(one, content_of(score, one, how))
    return paths


def shown(scores: Sequence[Score]) -> str:
    """Piano rolls, as a notebook shows them."""
    import base64

    from anew.codecs.image import write_image
    from anew.codecs.score_picture import piano_roll

    rolls = [base64.b64encode(write_image(piano_roll(score))).decode() for score in scores]
    return "<br>".join(f'<img alt="piano roll" src="data:image/png;base64,{roll}">' for roll in rolls)


def content_of(score: Score, path: Path, how: Mapping[str, Any]) -> bytes:
    """The bytes of a score's file."""
    suffix = path.suffix.lower()
    notes = {NOTE: json.dumps(dict(how), sort_keys=True)}
    if suffix in SUFFIXES:
        from anew.codecs.sound_files import sound_file
        from anew.codecs.synthesis import play, sound_font

        return sound_file(play(score, sound_font(home() / "data" / "soundfont")), SUFFIXES[suffix], notes, MADE)
    if suffix == ".svg":
        from anew.codecs.score_engraving import engrave

        told = html.escape(json.dumps({**how, "digitalSourceType": IPTC + MADE}, sort_keys=True))
        return engrave(score).replace("</svg>", f"<metadata>{told}</metadata></svg>").encode()
    if suffix == ".png":
        from anew.codecs.image import write_image
        from anew.codecs.score_picture import piano_roll

        return write_image(piano_roll(score), MADE, notes=notes)
    return score_file(score, path.name, notes | {"digitalSourceType": IPTC + MADE})
