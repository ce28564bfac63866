"""One autoencoder's network, trained by Pythae and by anew's loop."""

from __future__ import annotations

import contextlib
import io
import logging
from typing import Any

import torch
from torch import Tensor

from anew.contract import Batch, Model, Phase, Spec, by_role
from anew.recipe import Train
from anew.train.build import build_model
from peer.pairs import BATCH, SCRATCH, SIDE, beside, in_memory, size_of, trained_by_anew


def pythae(pairs: int, promised: float, digits: Tensor, own: bool) -> dict[str, Any]:
    """The network of `autoencoder`, or Pythae's `own` default one, in both, under one loss; Pythae's pictures are read
    by its own trainer, an epoch at a time."""
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    logging.disable(logging.INFO)
    spec, epochs = Spec("grid", (1, SIDE, SIDE)), 60 if own else 10

    class Encoder(BaseEncoder):  # type: ignore[misc]
        def __init__(self, network: Any) -> None:
            super().__init__()
            self.body, self.narrow = network.encoder, network.narrow

        def forward(self, x: Tensor) -> Any:
            mean, logvar = self.narrow(self.body(x)).chunk(2, -1)
            return ModelOutput(embedding=mean, log_covariance=logvar)

    class Decoder(BaseDecoder):  # type: ignore[misc]
        def __init__(self, network: Any) -> None:
            super().__init__()
            self.widen, self.body, self.deepest = network.widen, network.decoder, network.deepest

        def forward(self, z: Tensor) -> Any:
            return ModelOutput(reconstruction=self.body(self.widen(z).unflatten(1, self.deepest)))

    def network() -> Any:
        torch.manual_seed(0)
        config = VAEConfig(input_dim=spec.shape, latent_dim=24)
        if own:
            return VAE(config)
        made = build_model("autoencoder", spec, {}, 0)
        return VAE(config, Encoder(made), Decoder(made))

    some, peer, twin = digits[: BATCH * epochs], network(), Twin(spec, network())
    config = BaseTrainerConfig(output_dir=str(SCRATCH), per_device_train_batch_size=BATCH, learning_rate=1e-3)
    trainer = BaseTrainer(peer, BaseDataset(some, torch.zeros(len(some))), training_config=config)
    trainer.prepare_training()
    trainer.callback_handler.on_train_begin(training_config=config, model_config=peer.model_config)

    def theirs() -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            trainer.callback_handler.on_epoch_begin(
                training_config=config, epoch=1, train_loader=trainer.train_loader, eval_loader=None
            )
            trainer.train_step(1)

    settings = Train(steps=10**6, batch=BATCH, ema=0.99, threads=1)
    batches = in_memory(digits, torch.zeros(len(digits), dtype=torch.int64))
    step = trained_by_anew(twin, settings, (Batch(batch.x) for batch in batches), SCRATCH)

    def ours() -> None:
        for _ in range(epochs):
            step()

    told = {"parameters": size_of(peer), "pictures": len(some)}
    return beside(pairs, promised, ours, theirs, told)


class Twin(Model):
    """A network of Pythae's trained by anew's loop, by the very loss that Pythae trains it by."""

    family, kinds = "vae", ("grid",)

    def __init__(self, spec: Spec, peer: Any) -> None:
        super().__init__(spec)
        self.encoder, self.decoder = peer.encoder, peer.decoder

    def phases(self) -> list[Phase]:
        return [Phase("all", by_role(self))]

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        seen = self.encoder(batch.x)
        mean, logvar = seen.embedding, seen.log_covariance
        z = mean + (0.5 * logvar).exp() * torch.randn(mean.shape, generator=rng)
        error = 0.5 * (self.decoder(z).reconstruction.flatten(1) - batch.x.flatten(1)).square().sum(1)
        return (error - 0.5 * (1 + logvar - mean.square() - logvar.exp()).sum(1)).mean(), {}
