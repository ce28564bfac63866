"""How answers are drawn: a decoder's by the engine, which reads a prompt without padding and its beginning once; any
other model's by its own sampler.

In: conversations as tokens, with what their answers have to be. Out: the answers, growing or whole. Either way an
answer depends on its own conversation alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from anew.artifact import Artifact
from anew.contract import AppendOptions, Prompt
from anew.engine import served
from anew.engine.engine import Engine
from anew.engine.generate import options_for
from anew.engine.runner import Runner
from anew.engine.served import Asked
from anew.engine.writing import Wishes, write
from anew.models.autoregressive.decoder import Decoder
from anew.tasks.chat import Ask, Said

TOGETHER = 8  # conversations: as many as the rows of a block, so that what they remember stays bounded


class Drawing(Protocol):
    def grow(self, ask: Ask, read_T: Tensor) -> Iterator[Said]: ...
    def whole(self, asks: Sequence[Ask], read: Sequence[Tensor]) -> list[Said]: ...


def drawing_of(artifact: Artifact, stops: tuple[str, ...]) -> Drawing:
    """`stops`: strings that end an answer, unless a constraint does."""
    engines = isinstance(artifact.model, Decoder) and artifact.model.labels is None
    return ByEngine(artifact, stops) if engines else BySampler(artifact, stops)


class Ways:
    """What both ways know of a request."""

    def __init__(self, artifact: Artifact, stops: tuple[str, ...]) -> None:
        self.artifact, self.stops = artifact, stops

    def options(self, ask: Ask) -> AppendOptions:
        given: dict[str, Any] = {"max_new": ask.max_new, "temperature": ask.temperature}
        options = options_for(self.artifact, {name: value for name, value in given.items() if value is not None})
        assert isinstance(options, AppendOptions)
        return options

    def wishes(self, ask: Ask) -> Wishes:
        return Wishes(stop=() if ask.constraint else self.stops, constraint=ask.constraint)


class ByEngine(Ways):
    def __init__(self, artifact: Artifact, stops: tuple[str, ...]) -> None:
        super().__init__(artifact, stops)
        assert isinstance(artifact.model, Decoder)
        self.engine = Engine(Runner(artifact.model), artifact.model.spec.ends)

    def texts(self, ask: Ask, read_T: Tensor) -> served.ByEngine:
        asked = Asked(read_T.tolist(), [ask.seed], self.options(ask), self.wishes(ask), answers=not ask.begun)
        return served.ByEngine(self.engine, self.artifact, asked, lambda: None)

    def grow(self, ask: Ask, read_T: Tensor) -> Iterator[Said]:
        texts, said = self.texts(ask, read_T), Said("", None)
        try:
            while said.finish is None:
                self.engine.step()  # another thread's may have been the one that brought these
                if (written := texts.grown()) is not None:
                    said = Said(written.texts[0], written.finish[0])
                    yield said
        finally:
            texts.cancel()

    def whole(self, asks: Sequence[Ask], read: Sequence[Tensor]) -> list[Said]:
        waiting, found = list[served.ByEngine](), dict[int, Said]()
        try:
            for ask, read_T in zip(asks, read, strict=True):
                while self.engine.scheduler.full:
                    self.engine.step()
                waiting.append(self.texts(ask, read_T))
            while len(found) < len(asks):
                self.engine.step()
                for i in [i for i in range(len(asks)) if i not in found]:
                    written = waiting[i].grown()
                    if written is not None and written.finish[0] is not None:
                        found[i] = Said(written.texts[0], written.finish[0])
            return [found[i] for i in range(len(asks))]
        finally:
            for texts in waiting:
                texts.cancel()


class BySampler(Ways):
    def grow(self, ask: Ask, read_T: Tensor) -> Iterator[Said]:
        return (one for (one,) in self.drawn([ask], [read_T]))

    def whole(self, asks: Sequence[Ask], read: Sequence[Tensor]) -> list[Said]:
        groups: dict[object, list[int]] = {}
        for i, ask in enumerate(asks):  # those that want the same of their answers
            groups.setdefault((ask.max_new, ask.temperature, ask.constraint), []).append(i)
        found: dict[int, Said] = {}
        for which in (part[i : i + TOGETHER] for part in groups.values() for i in range(0, len(part), TOGETHER)):
            *_, last = self.drawn([asks[i] for i in which], [read[i] for i in which])
            found |= dict(zip(which, last, strict=True))
        return [found[i] for i in range(len(asks))]

    @torch.no_grad()
    def drawn(self, asks: Sequence[Ask], read: Sequence[Tensor]) -> Iterator[list[Said]]:
        values_BT = torch.nn.utils.rnn.pad_sequence(list(read), batch_first=True)
        known_BT = torch.arange(values_BT.shape[1]) < torch.tensor([[len(ids_T)] for ids_T in read])
        seeds, options, wishes = [ask.seed for ask in asks], self.options(asks[0]), self.wishes(asks[0])
        for written in write(self.artifact, seeds, None, Prompt(values_BT, known_BT), options, wishes):
            yield [Said(*one) for one in zip(written.texts, written.finish, strict=True)]
