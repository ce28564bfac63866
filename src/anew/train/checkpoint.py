"""Checkpoints: all that a run needs to go on to the same bits, as folders that are whole or not there.

A folder step-00000042 holds safetensors files and state.json; manifest.json with the SHA-256 of each is written last,
and the folder takes its name only then. The newest two are kept; a damaged one is passed over for the one before.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from anew.data import manifest
from anew.data.files import atomic_folder, sha256_file, sync, sync_folder
from anew.data.manifest import Manifest
from anew.errors import Damaged, Refused

KEPT = 2
NAME = re.compile(r"step-(\d{8,})")


@dataclass(frozen=True)
class Checkpoint:
    """`tensors` by file, `state` in JSON values, after `step` steps."""

    step: int
    tensors: dict[str, dict[str, Tensor]]
    state: dict[str, Any]


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write it and drop the oldest. Refused on a full disk; what was there before stays loadable."""
    place = folder / f"step-{checkpoint.step:08}"
    for left in folder.glob(".step-*"):  # what a killed process began
        shutil.rmtree(left)
    try:
        with atomic_folder(place) as partial:
            for name, tensors in checkpoint.tensors.items():
                save_file(
                    {key: value.detach().contiguous() for key, value in tensors.items()},
                    partial / f"{name}.safetensors",
                )
            (partial / "state.json").write_text(json.dumps(checkpoint.state, sort_keys=True, indent=1))
            files = {path.name: sha256_file(path) for path in sorted(partial.iterdir())}
            manifest.write(partial, Manifest("checkpoint", str(checkpoint.step), files=files))
    except (OSError, SafetensorError) as error:
        raise cannot_write(place, error) from None
    keep_newest(folder, checkpoint.step)


def keep_newest(folder: Path, step: int) -> None:
    """Keep KEPT checkpoints up to `step`; a process killed before it came to that left more."""
    for old in [place for place in found(folder) if step_of(place) <= step][KEPT:]:
        shutil.rmtree(old)


def load_newest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that is whole, or None where there are none. Damaged when there are but none is whole."""
    places = found(folder)
    for place in places:
        if is_whole(place):
            tensors = {path.stem: load_file(path) for path in sorted(place.glob("*.safetensors"))}
            state = json.loads((place / "state.json").read_text())
            return Checkpoint(step_of(place), tensors, state)
    if places:
        raise Damaged(f"{folder}: no checkpoint is whole", next_command=f"rm -r {folder} to start again")
    return None


def is_whole(place: Path) -> bool:
    """Whether every file of the checkpoint is there with the bytes that were written."""
    try:
        written = manifest.load(place)
        return bool(written and written.files) and all(
            sha256_file(place / name) == digest for name, digest in written.files.items()
        )
    except (Damaged, OSError):
        return False


def found(folder: Path) -> list[Path]:
    """The checkpoints' folders, newest first."""
    places = [p for p in folder.iterdir() if NAME.fullmatch(p.name)] if folder.is_dir() else []
    return sorted(places, key=step_of, reverse=True)


def step_of(place: Path) -> int:
    return int(place.name.removeprefix("step-"))


def cannot_write(place: Path, error: Exception) -> Refused:
    return Refused(
        f"{place} cannot be written: {error}; the checkpoint before it is whole, and the run goes on from there",
        next_command=f"df -h {place.parent}",
    )


def write_weights(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """One safetensors file, put in place whole."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        save_file({key: value.detach().contiguous() for key, value in tensors.items()}, partial)
        sync(partial)
        os.replace(partial, path)
        sync_folder(path.parent)
    except (OSError, SafetensorError) as error:
        partial.unlink(missing_ok=True)
        raise cannot_write(path, error) from None


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """The model's weights by name, one name for those that are shared, none for those that never change."""
    seen: set[int] = set()
    frozen = {name for name, p in model.named_parameters() if not p.requires_grad}
    weights = {}
    for name, value in model.state_dict().items():
        place = value.data_ptr()
        if name in frozen or (value.numel() and place in seen):
            continue
        seen.add(place)
        weights[name] = value
    return weights


@torch.no_grad()
def put_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy saved weights into the model; a shared one arrives under its one name."""
    for name, value in model.state_dict().items():
        if name in weights:
            value.copy_(weights[name])
