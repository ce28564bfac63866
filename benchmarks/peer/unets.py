"""The U-Nets of diffusers and of denoising-diffusion-pytorch, and ours of the nearest cost."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock

import torch
from torch import Tensor, nn
from torch.optim import Adam, AdamW

from anew.contract import CondSpec, Model, Spec
from anew.recipe import Train
from anew.train.build import build_model
from peer.pairs import BATCH, SCRATCH, SIDE, Step, flops_of, in_memory, size_of, trained_by_anew

# What denoising-diffusion-pytorch reads pictures and measures distances with, neither of which is used here:
# torchvision fits the torch it was built for alone, and not every CPU build has one.
UNUSED = ("torchvision", "torchvision.transforms", "torchvision.utils", "pytorch_fid", "pytorch_fid.fid_score",
          "pytorch_fid.inception")  # fmt: skip
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
