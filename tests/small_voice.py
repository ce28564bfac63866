"""A voice of random weights, with the consent of nobody real: each phoneme lasts three frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from anew.artifact import Artifact
from anew.codecs.mel import Mel
from anew.codecs.sound import Sound
from anew.codecs.spoken.phonemes import Phonemes
from anew.codecs.spoken.transcript import Transcript
from anew.contract import CondSpec, Spec
from anew.models.diffusion.aligned import Aligned
from anew.recipe import override, parse
from anew.recipes import find
from anew.safety.borne import as_file
from anew.safety.consent import Signed, make_consent

WORDS = {"hello": ("HH", "AH0", "L", "OW1"), "world": ("W", "ER1", "L", "D")}


def small_voice(folder: Path, speakers: tuple[str, ...] = ()) -> tuple[Artifact, Signed]:
    """The model, and the record that it bears, of a recording in the folder."""
    codec, label = Mel(seconds=1.0), Transcript(longest=20)
    codec.fit([Sound(np.float32(0.1) * np.sin(np.arange(16_000, dtype=np.float32) / 9)[None], 16_000)])
    label.phonemes = Phonemes(WORDS, guess=lambda word: ("AH0",))  # type: ignore[misc]
    if speakers:
        label.fit(f"{name}\thello" for name in speakers)
    spec = Spec("grid", codec.spec.shape, cond=CondSpec(tokens=(20, label.spec.vocab)))
    settings = {"width": 32, "depth": 1, "reading": 32, "readers": 1, "steps": 2, "led": bool(speakers)}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Aligned(spec, **settings)  # type: ignore[arg-type]
        if model.lead is not None:
            torch.nn.init.normal_(model.lead.weight)
    torch.nn.init.zeros_(model.log_columns.weight)
    torch.nn.init.constant_(model.log_columns.bias, float(np.log(3)))
    model.lowest_M.fill_(-5.0)
    (folder / "one.wav").write_bytes(b"a recording")
    record = make_consent("Ada", "a test", [folder / "one.wav"])
    changes = {"codec.seconds": 1.0, **{f"model.{key}": value for key, value in settings.items()}}
    recipe = parse(override(find("voice"), changes))
    return Artifact(recipe, model.eval(), codec, label, consent=as_file([record])), record
