"""Made pictures as files: one each, all on a sheet, or as they came about; and whatever was made on a notebook's page.

In: what `generate` gives, and where to. Out: files that say in themselves that a model made them, and how; HTML.
"""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from anew.codecs.image import Form, contact_sheet, write_image
from anew.codecs.show import write_gif
from anew.data.files import write_atomic
from anew.errors import RecipeError

if TYPE_CHECKING:
    from anew.engine.generated import Generated

FORMS: dict[str, Form] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
OTHERS = {".bmp", ".tif", ".tiff", ".avif", ".heic", ".svg", ".jxl", ".jp2", ".apng", ".mp4", ".webm"}  # no folders


def save_pictures(made: Generated, path: Path) -> list[Path]:
    """The files' paths. RecipeError: a form that pictures are not written in."""
    suffix = path.suffix.lower()
    if suffix in FORMS:
        alone = len(made.samples) == 1
        whole, notes = made.samples[0] if alone else contact_sheet(made.samples), made.notes()
        write_atomic(path, write_image(whole, made.source, FORMS[suffix], notes=notes))
        return [path]
    if suffix == ".gif":
        return save_moving(made, path)
    if suffix in OTHERS:
        what = f"{path}: pictures are written as PNG, JPEG, WebP or GIF"
        raise RecipeError(what, next_command=f"--out {path.with_suffix('.png')}")
    path.mkdir(parents=True, exist_ok=True)
    paths = [path / f"{seed}.png" for seed in made.seeds]
    for i, (one, picture) in enumerate(zip(paths, made.samples, strict=True)):
        write_atomic(one, write_image(picture, made.source, notes=made.notes(i)))
    return paths


def save_moving(made: Generated, path: Path) -> list[Path]:
    if not made.frames:
        what = f"{path}: a GIF shows how a picture came about, and nobody looked on"
        raise RecipeError(what, next_command=f"--out {path.with_suffix('.png')}")
    shown = [one[0] if len(one) == 1 else contact_sheet(one) for one in made.frames]
    write_atomic(path, write_gif(shown, made.source, hold=15))
    return [path]


def html_of(made: Generated) -> str:
    """Pictures on one sheet, sounds as players, scores as piano rolls, rows as a table, texts as they stand."""
    if made.modality == "table":
        from anew.engine.files import html_table

        return html_table(made.samples)
    if made.modality == "audio":
        from anew.codecs.sound_files import sound_file
        from anew.codecs.sound_show import MOST_PLAYED, players

        is_loop = made.how is not None and bool(made.how.options.get("loop"))
        shown = made.samples[:MOST_PLAYED]
        files = [sound_file(one, "wav", made.notes(i), made.source) for i, one in enumerate(shown)]
        return players(made.samples, made.labels, is_loop, files)
    if made.modality == "music":
        from anew.engine.score_saving import shown

        return shown(made.samples)
    if made.modality == "image":
        sheet = base64.b64encode(write_image(contact_sheet(made.samples))).decode()
        return f'<img alt="{len(made.samples)} samples, seed {made.seeds[0]}" src="data:image/png;base64,{sheet}">'
    return "".join(f"<pre>{escape(text)}</pre><hr>" for text in made.samples)


__all__ = ["html_of", "save_pictures"]
