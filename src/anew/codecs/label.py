"""Labels <-> class ids.

In: label strings. Out: their places in sorted order, (B,) int64, for a model's condition; and the strings again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from anew.contract import Codec, Spec
from anew.errors import DataError, nearest


class Label(Codec):
    """`names` are the labels of the training data, sorted; a label's id is its place."""

    modality = "label"

    def fit(self, samples: Iterable[str]) -> None:
        names = sorted(set(samples))
        if not names:
            raise DataError("no labels to learn from")
        self.load({"names": names})

    def encode(self, samples: Sequence[str]) -> Tensor:
        """(B,) int64. DataError names an unknown label and the nearest known one."""
        return torch.tensor([self.id_of(name) for name in samples], dtype=torch.int64)

    def decode(self, data: Sequence[Tensor] | Tensor) -> list[str]:
        return [self.names[int(i)] for i in data]

    def id_of(self, name: str) -> int:
        if name not in self.ids:
            known = ", ".join(self.names[:20]) + (" …" if len(self.names) > 20 else "")
            raise DataError(f"no label is called {name!r}{nearest(name, self.names)}; there are: {known}")
        return self.ids[name]

    def state(self) -> dict[str, Any]:
        return {"names": self.names}

    def load(self, state: Mapping[str, Any]) -> None:
        self.names: list[str] = [str(name) for name in state["names"]]
        self.ids = {name: i for i, name in enumerate(self.names)}
        self.spec = Spec("tokens", (1,), vocab=len(self.names))
