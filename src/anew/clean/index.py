"""What is known of each record that passed the rules: its place in the source, its hash; on the disk its features."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray


class Index:
    """Grows row by row; its file goes when the block ends. `features` is (count, width), mapped, not loaded."""

    def __init__(self, path: Path, width: int) -> None:
        self.path, self.width, self.count = path, width, 0
        self._positions: list[NDArray[np.int64]] = []
        self._hashes = bytearray()
        self._file = open(path, "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self.path.unlink()

    def add(self, positions: list[int], hashes: list[str], features: NDArray[np.uint16]) -> None:
        """Rows in the order of the source; `features` (n, width)."""
        self._file.write(np.ascontiguousarray(features).tobytes())
        self._positions.append(np.array(positions, dtype=np.int64))
        self._hashes += b"".join(bytes.fromhex(h) for h in hashes)
        self.count += len(positions)

    @property
    def positions(self) -> NDArray[np.int64]:
        return np.concatenate(self._positions)

    @property
    def hashes(self) -> NDArray[np.uint8]:
        """(count, 32)"""
        return np.frombuffer(bytes(self._hashes), dtype=np.uint8).reshape(-1, 32)

    @property
    def features(self) -> NDArray[np.uint16]:
        self._file.flush()
        return np.memmap(self.path, dtype=np.uint16, mode="r", shape=(self.count, self.width))
