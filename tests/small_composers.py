"""A small model of scores that learnt nothing."""

from __future__ import annotations

import torch

from anew.artifact import Artifact
from anew.codecs.events import Events
from anew.codecs.score import Key
from anew.models.autoregressive.transformer import Transformer
from anew.recipe import parse
from small_scores import chorale

PIECES = [
    chorale(i, 4, Key.read(("C", "Dm", "G")[i % 3]) if i % 3 != 1 else Key.read("F"), pickup=i % 2) for i in range(6)
]


def composer() -> Artifact:
    codec = Events(context=256)
    codec.fit(PIECES)
    torch.manual_seed(0)
    model = Transformer(codec.spec, width=16, layers=1, heads=2, ngrams=1)
    with torch.no_grad():
        model.head.weight.normal_(0, 0.5, generator=torch.Generator().manual_seed(0))
        for kind in ("event", "hold"):
            model.head.weight[codec.words.kinds[kind]] = 0  # else chance says little beside them
    values = {"name": "school", "modality": "music", "codec": {"name": "events", "context": 256}}
    part = {"name": "transformer", "width": 16, "layers": 1, "heads": 2, "ngrams": 1}
    return Artifact(parse(values | {"model": part}), model, codec, None)
