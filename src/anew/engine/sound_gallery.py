"""Made sounds as files: one each, or what they look like on a sheet.

In: what `generate` gives, and where to. Out: files that say in themselves that a model made them, and how.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from anew.codecs.image import write_image
from anew.codecs.sound_files import FORMS, Form, sound_file
from anew.codecs.sound_show import sound_sheet
from anew.data.files import write_atomic
from anew.errors import RecipeError

if TYPE_CHECKING:
    from anew.engine.generated import Generated

SUFFIXES: dict[str, Form] = {f".{form}": form for form in FORMS} | {".oga": "ogg", ".wave": "wav"}
OTHERS = {".m4a", ".aac", ".wma", ".aif", ".aiff", ".mid", ".webm", ".mp4", ".jpg", ".jpeg", ".webp", ".gif"}


def save_sounds(made: Generated, path: Path) -> list[Path]:
    """The files' paths: of several to FILE.wav, FILE-SEED.wav each. RecipeError: a form that no sound is written in."""
    suffix = path.suffix.lower()
    if suffix == ".png":
        write_atomic(path, write_image(sound_sheet(made.samples, made.labels), made.source, notes=made.notes()))
        return [path]
    if suffix in OTHERS:
        what = f"{path}: sounds are written as WAV, FLAC, MP3, Ogg or Opus, and drawn as PNG"
        raise RecipeError(what, next_command=f"--out {path.with_suffix('.wav')}")
    form = SUFFIXES.get(suffix)
    if form is None:
        path.mkdir(parents=True, exist_ok=True)
        paths = [path / f"{seed}.wav" for seed in made.seeds]
    else:
        alone = len(made.samples) == 1
        paths = [path if alone else path.with_name(f"{path.stem}-{seed}{path.suffix}") for seed in made.seeds]
    for i, (one, sound) in enumerate(zip(paths, made.samples, strict=True)):
        write_atomic(one, sound_file(sound, form or "wav", made.notes(i), made.source))
    return paths


__all__ = ["save_sounds"]
