"""How well a model predicts held-out samples under the grammar that it is sampled under.

In: a model that says what may follow what, its codec, samples, and what the grammar allows at each place. Out: nats of
each token, exact for the distribution that samples are drawn from: the model's own, renormalised at each token over
what may come next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from anew.contract import Model, Spec
from anew.validate.likelihood import cut
from anew.validate.metric import Unmeasured

Allowed = Callable[[Tensor], Tensor]  # a sample's tokens (T,) -> (T + 1, V) bool, its end included


class Tells(Protocol):
    """A codec of tokens, or a view of one."""

    @property
    def spec(self) -> Spec: ...

    def encode(self, samples: Sequence[Any]) -> Sequence[Tensor] | Tensor: ...


@torch.no_grad()
def token_nats(model: Model, codec: Tells, samples: Sequence[Any], allowed: Allowed) -> Iterator[Tensor]:
    """-ln p of each token of a sample and of its end, (T + 1,), sample by sample. A sample longer than the context is
    read in windows that overlap by half of it. Unmeasured for a model that is no chain of tokens, and where a sample
    says what the grammar does not allow."""
    extend: Any = getattr(model, "extend", None)
    if extend is None:
        raise Unmeasured(f"{type(model).__name__} does not say what follows what")
    context, end = model.spec.shape[0], codec.spec.end
    was_training = model.training
    model.eval()
    try:
        for sample in samples:
            tokens = codec.encode([sample])[0]
            whole = torch.cat([tokens.new_tensor([end]), tokens, tokens.new_tensor([end])])
            mask, found, done = allowed(tokens), [], 1
            for window in cut(0, whole, context, max(1, context // 2)):
                logits = extend(window.x[None, :-1])[0][0, -window.new :].double()
                own = mask[done - 1 : done - 1 + window.new]
                logp = torch.log_softmax(logits.masked_fill(~own, -torch.inf), -1)
                found.append(-logp.gather(1, window.x[-window.new :, None])[:, 0])
                done += window.new
            nats = torch.cat(found)
            if not torch.isfinite(nats).all():
                raise Unmeasured("a held-out piece is none by the grammar")
            yield nats
    finally:
        model.train(was_training)
