"""Scores into files of the forms that their names ask for: notation, sound, a picture.

In: scores, a path, and notes of how they were made. Out: the paths written. Each file says that a model made it: MIDI
in a text event, MusicXML in a field, a drawing in its metadata, sounds and pictures as theirs do.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from anew.codecs.origin import IPTC, MADE
from anew.codecs.score import Score
from anew.codecs.score_files import WRITTEN, score_file
from anew.data.files import write_atomic
from anew.data.home import home
from anew.engine.sound_gallery import SUFFIXES
from anew.errors import DataError

MOST_PLAYED = 8  # on a page
FORMS = (*WRITTEN, *SUFFIXES, ".png", ".svg")


def save_scores(
    scores: Sequence[Score], path: Path, notes: Sequence[Mapping[str, str]], seeds: Sequence[int]
) -> list[Path]:
    """One score: the file. Several to FILE.mid: FILE-SEED.mid each. A path without a suffix is a folder, of SEED.mid
    each. `notes`: of each how it was made. DataError for a form that there is not."""
    if is_folder(path):
        paths = [path / f"{seed}.mid" for seed in seeds]
    else:
        paths = [path.with_stem(f"{path.stem}-{seed}") for seed in seeds] if len(scores) > 1 else [path]
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    for score, one, told in zip(scores, paths, notes, strict=True):
        write_atomic(one, content_of(score, one.suffix, told))
    return paths


def is_folder(path: Path) -> bool:
    """Whether pieces go into a folder of that name. DataError for a file of a form that there is not."""
    if path.is_dir() or not path.suffix:
        return True
    if path.suffix.lower() not in FORMS:
        raise DataError(f"{path.name}: a piece is written as one of {', '.join(FORMS)}", next_command="--out piece.mid")
    return False


def shown(scores: Sequence[Score]) -> str:
    """Piano rolls and players, as a notebook shows them; the first MOST_PLAYED can be played."""
    import base64

    cells = []
    for i, score in enumerate(scores):
        roll, player = base64.b64encode(content_of(score, ".png", {})).decode(), ""
        if score.notes and i < MOST_PLAYED:
            heard = base64.b64encode(content_of(score, ".mp3", {})).decode()
            told = f"piece {i + 1}, {score.metre}, {score.key}"
            player = f'<audio controls preload="none" title="{told}" src="data:audio/mpeg;base64,{heard}"></audio>'
        cells.append(f'<img alt="piano roll" src="data:image/png;base64,{roll}"><br>{player}')
    return "<br>".join(cells)


def content_of(score: Score, suffix: str, notes: Mapping[str, str]) -> bytes:
    """The bytes of a score's file of the form that the suffix names, with its dot."""
    suffix = suffix.lower()
    if suffix in SUFFIXES:
        from anew.codecs.sound_files import sound_file
        from anew.codecs.synthesis import play, sound_font

        return sound_file(play(score, sound_font(home() / "data" / "soundfont")), SUFFIXES[suffix], notes, MADE)
    if suffix == ".svg":
        from anew.codecs.score_engraving import engrave

        told = html.escape(json.dumps({**notes, "digitalSourceType": IPTC + MADE}, sort_keys=True))
        return engrave(score).replace("</svg>", f"<metadata>{told}</metadata></svg>").encode()
    if suffix == ".png":
        from anew.codecs.image import write_image
        from anew.codecs.score_picture import piano_roll

        return write_image(piano_roll(score), MADE, notes=notes)
    return score_file(score, f"score{suffix}", {**notes, "digitalSourceType": IPTC + MADE})
