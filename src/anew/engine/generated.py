"""Samples with all that is needed to make them again, and how they become files and show themselves in a notebook."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anew.codecs.origin import IPTC, MADE
from anew.contract import Options
from anew.engine.settings import Settings
from anew.engine.text_files import save_texts
from anew.engine.writing import Token


@dataclass(frozen=True)
class Generated:
    """Samples with what is needed to make each of them again: of pictures, `how`. `frames`: the samples as they stood,
    time after time. `finish`, `logp`, `tokens` of texts: see `Written`."""

    samples: list[Any]
    seeds: list[int]
    labels: list[str | None]
    modality: str
    options: Options
    model: str = ""
    source: str = MADE
    where: str | None = None
    finish: list[str | None] = field(default_factory=list)
    logp: list[float | None] = field(default_factory=list)
    tokens: list[list[Token]] = field(default_factory=list)
    how: Settings | None = None
    frames: list[list[Any]] = field(default_factory=list)

    def save(self, path: Path) -> list[Path]:
        """One sample: the file. Several pictures to a .png, .jpg or .webp: one contact sheet; to a .gif: how they came
        about, where `frames` show it; sounds to a .png: what they look like; scores: a file each, of the form that
        the suffix names; anything else: a folder. Every file says that a model made it: a picture, sound or score in
        its own metadata, where it also says how, a text in FILE.json beside it."""
        if self.modality == "image":
            return self._save_pictures(path)
        if self.modality == "audio":
            from anew.engine.sound_gallery import save_sounds

            return save_sounds(self, path)
        if self.modality == "table":
            return self._save_rows(path)
        if self.modality == "music":
            from anew.engine.score_saving import save_scores

            return save_scores(self.samples, path, [self.notes(i) for i in range(len(self.samples))], self.seeds)
        told = {"digitalSourceType": IPTC + self.source, "model": self.model}
        return save_texts(self.samples, self.seeds, path, told)

    def _save_pictures(self, path: Path) -> list[Path]:
        from anew.engine.gallery import save_pictures

        return save_pictures(self, path)

    def notes(self, i: int | None = None) -> dict[str, str]:
        """What the file of sample i says of how it was made; without `i`, that of all of them on one sheet."""
        if self.how is None:
            return {}
        some = slice(None) if i is None else slice(i, i + 1)
        size = "x".join(map(str, self.samples[i or 0].shape[1::-1])) if self.modality == "image" else ""
        return self.how.of(self.seeds[some], self.labels[some]).notes(size)

    def _save_rows(self, path: Path) -> list[Path]:
        """The rows in the form that the suffix names, and beside them a file that says that they are synthetic."""
        from anew.engine.files import write_rows

        told = {"digitalSourceType": IPTC + self.source, "model": self.model, "seeds": self.seeds}
        facts = told | ({"where": self.where} if self.where else {})
        return write_rows(self.samples, path, facts)

    def _repr_html_(self) -> str:
        """The samples, as a notebook shows them."""
        from anew.engine.gallery import html_of

        return html_of(self)
