"""What a run wrote down: metrics.jsonl, one line a step, a validation and a diagnosis, and the figures for TensorBoard.

A checkpoint remembers how long the file was. Going on from it cuts the file back to there, and TensorBoard's is made
anew from what is left: so neither has a step twice, and neither misses one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tensorboardX import SummaryWriter

SHOWN = 1000  # points of a curve in TensorBoard, about
TRAIN, HELD_OUT, DIAGNOSIS = "train", "held_out", "diagnosis"


class Journal:
    """The journal of a run of `steps` steps, cut back to `length` bytes."""

    def __init__(self, folder: Path, steps: int, length: int) -> None:
        self.every = max(1, steps // SHOWN)
        path, board = folder / "metrics.jsonl", folder / "tensorboard"
        self._file = open(path, "ab")
        self._file.truncate(min(length, path.stat().st_size))
        self._file.seek(0, os.SEEK_END)
        shutil.rmtree(board, ignore_errors=True)
        self._board = SummaryWriter(str(board))
        for line in read_journal(path):
            self._show(line)

    def write(self, kind: str, step: int, values: Mapping[str, float | str]) -> None:
        line = {"kind": kind, "step": step, **values}
        self._file.write((json.dumps(line) + "\n").encode())
        self._show(line)

    def publish(self) -> None:
        """Let whoever watches the file see what was written; `flush` tells of a full disk, when all has to be there."""
        with suppress(OSError):
            self._file.flush()

    def _show(self, line: Mapping[str, Any]) -> None:
        kind, step = line["kind"], line["step"]
        if kind == DIAGNOSIS or (kind == TRAIN and step % self.every):
            return
        for name, value in line.items():
            if name not in ("kind", "step"):
                self._board.add_scalar(f"{kind}/{name}", value, step)

    def flush(self) -> int:
        """Put all on disk; how long the file is now."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._board.flush()
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        self._board.close()


def read_journal(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a metrics.jsonl, a last half one left out."""
    if not path.is_file():
        return
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)
