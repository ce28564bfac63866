"""Codecs of a few lines, for tests of what happens between records and batches."""

from typing import ClassVar

import numpy as np
import torch

from anew.contract import Codec, CondSpec, Spec
from anew.data.records import Record
from anew.errors import DataError


class Letters(Codec):
    """26 letters and the end; `seen` counts what was encoded."""

    modality, unit = "text", "byte"

    def __init__(self, vocab=27, end=26, context=8, whole=False):
        self.spec, self.seen = Spec("tokens", (context,), vocab, end, whole=whole), 0

    def fit(self, samples):
        pass

    def encode(self, samples):
        self.seen += len(samples)
        return [torch.tensor([ord(c) - 97 for c in s], dtype=torch.int64) for s in samples]

    def decode(self, data):
        return ["".join(chr(97 + int(t)) for t in row if t < 26) for row in data]

    def state(self):
        return {"weight": torch.arange(3.0)}

    def load(self, state):
        pass


class Points(Letters):
    """Vectors, written as numbers with commas between."""

    modality = "point"

    def __init__(self, width=2, classes=2):
        self.spec, self.seen = Spec("grid", (width,), cond=CondSpec(classes=classes)), 0

    def encode(self, samples):
        self.seen += len(samples)
        return torch.tensor(np.array(samples), dtype=torch.float32)

    def decode(self, data):
        return list(data.numpy())


class Names(Letters):
    """Labels by their place in `names`."""

    modality = "label"
    names: ClassVar = ("left", "right")

    def __init__(self):
        self.spec = Spec("tokens", (1,), vocab=len(self.names))

    def encode(self, samples):
        if unknown := set(samples) - set(self.names):
            raise DataError(f"no label is called {unknown}")
        return torch.tensor([self.names.index(s) for s in samples])


def records_of(**splits):
    """The function that streams a split's records, of (value, label) pairs."""

    def records(split):
        return (Record.of(value, label, str(i), None) for i, (value, label) in enumerate(splits.get(split, [])))

    return records


def value_of(record):
    return record.value


def numbers_of(record):
    return [float(v) for v in record.value.split(",")]
