"""A shelf of tiny models of random weights: what writes and has room for talk, what fills, what makes vectors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
from small_writers import writer

from anew.artifact import Artifact, Encoder, Pooling
from anew.codecs.text import Bytes
from anew.codecs.vocabulary import Vocabulary
from anew.engine.pool import Listed
from anew.models.autoregressive.decoder import Decoder
from anew.models.encoders.bert import Bert
from anew.recipe import parse
from anew.testing.suite import seeded

NAMES = ("decoder", "rnn", "filler", "encoder")


def random(network: Any) -> Any:
    with seeded(1):
        for p in network.parameters():
            torch.nn.init.normal_(p, std=0.3)
    return network.eval()


@lru_cache
def filler() -> Artifact:
    codec = Bytes(context=600, fim=0.5)
    codec.fit([])
    sizes = {"width": 32, "layers": 1, "heads": 2}
    recipe = {"name": "filler", "modality": "code", "codec": {"name": "bytes", "context": 600, "fim": 0.5}}
    network = random(Decoder(codec.spec, **sizes))
    return Artifact(parse(recipe | {"model": {"name": "decoder", **sizes}}), network, codec)


@lru_cache
def encoder() -> Encoder:
    plain = writer("byte letters").codec
    spec = Vocabulary.of(
        json.loads(plain.state()["table"]), 300, vocab=plain.spec.vocab, end=plain.spec.end, begins=[1]
    )
    network = random(Bert(spec.spec, width=32, layers=2, heads=4, inner=48))
    return Encoder(writer("byte letters").recipe, network, spec, Pooling("mean", 290, True))


class Several:
    def listed(self) -> Sequence[Listed]:
        return [Listed(name, f"{i:064x}", 1000, 1_700_000_000, "text") for i, name in enumerate(NAMES)]

    def open(self, name: str) -> Artifact | Encoder:
        if name in ("decoder", "rnn"):
            return writer("bytes", name, 4000)
        return filler() if name == "filler" else encoder()
