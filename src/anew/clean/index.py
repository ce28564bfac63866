"""What is known of each record that passed the rules: its place in the source, its hash; on the disk its features."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 17  # rows mapped at once


class Index:
    """Grows row by row, features (count, width) of 16 bits; its file goes when the block ends."""

    def __init__(self, path: Path, width: int) -> None:
        self.path, self.width, self.count = path, width, 0
        self._positions = array("q")
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
        self._positions.extend(positions)
        self._hashes += b"".join(bytes.fromhex(h) for h in hashes)
        self.count += len(positions)

    @property
    def positions(self) -> NDArray[np.int64]:
        return np.array(self._positions, dtype=np.int64)

    @property
    def hashes(self) -> NDArray[np.uint8]:
        """(count, 32)"""
        return np.frombuffer(self._hashes, dtype=np.uint8).reshape(-1, 32)

    def columns(self, band: slice) -> NDArray[np.uint16]:
        """Some columns of all features, (columns, count)."""
        made = np.empty((len(range(*band.indices(self.width))), self.count), dtype=np.uint16)
        for begin, block in self._blocks():
            made[:, begin : begin + len(block)] = block[:, band].T
        return made

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.uint16]:
        """The features of some rows, (rows, width)."""
        made = np.empty((len(rows), self.width), dtype=np.uint16)
        for begin, block in self._blocks(set((rows // BLOCK).tolist())):
            inside = (rows >= begin) & (rows < begin + len(block))
            made[inside] = block[rows[inside] - begin]
        return made

    def _blocks(self, wanted: set[int] | None = None) -> Iterator[tuple[int, NDArray[np.uint16]]]:
        """The features a block of rows at a time, mapped: the whole file might not fit into the address space."""
        self._file.flush()
        for number, begin in enumerate(range(0, self.count, BLOCK)):
            if wanted is None or number in wanted:
                shape = (min(BLOCK, self.count - begin), self.width)
                offset = 2 * begin * self.width
                yield begin, np.memmap(self.path, dtype=np.uint16, mode="r", offset=offset, shape=shape)
