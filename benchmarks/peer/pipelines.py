"""A diffusers pipeline from states of captions to pixels, as large as one of ours, with random weights: for its speed.

In: one of our models that draws in a latent. Out: what draws so many pictures, and the parameters of its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from anew.artifact import Artifact

WIDTHS = range(16, 400, 8)  # of the first level, twice that below


def parameters(artifact: Artifact) -> dict[str, int]:
    """Of the network with its reader of captions, and of the decoder."""
    decoder: Any = artifact.codec.model  # type: ignore[attr-defined]
    return {"network": count(artifact.model), "decoder": count(decoder.decoder)}


def count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def pipeline(like: Artifact, steps: int, rows: int) -> tuple[Callable[[int], Sequence[Any]], dict[str, int]]:
    """StableDiffusionPipeline on the same latent with a U-Net and a decoder of the nearest number of parameters. The
    captions' states are given, which spares it a reader."""
    from diffusers import PNDMScheduler, StableDiffusionPipeline
    from diffusers.utils import logging

    logging.set_verbosity_error()
    channels, side, _ = like.model.spec.shape
    size, (longest, _) = parameters(like), like.model.spec.cond.tokens  # type: ignore[union-attr,misc]
    torch.manual_seed(0)
    with torch.device("meta"):  # to be counted alone
        width = min(WIDTHS, key=lambda width: abs(count(unet_of(channels, side, width)) - size["network"]))
        wide = min(WIDTHS, key=lambda width: abs(count(vae_of(channels, 4 * side, width).decoder) - size["decoder"]))
    unet, vae = unet_of(channels, side, width), vae_of(channels, 4 * side, wide)
    drawn = StableDiffusionPipeline(
        unet=unet.eval(), vae=vae.eval(), text_encoder=None, tokenizer=None, feature_extractor=None,
        safety_checker=None, requires_safety_checker=False,
        scheduler=PNDMScheduler(skip_prk_steps=True, steps_offset=1),
    )  # fmt: skip
    drawn.set_progress_bar_config(disable=True)
    states = torch.randn(2, rows, longest, unet.config.cross_attention_dim)

    def draw(seed: int) -> Sequence[Any]:
        made: Any = drawn(
            prompt_embeds=states[0], negative_prompt_embeds=states[1], num_inference_steps=steps, guidance_scale=3.0,
            height=4 * side, width=4 * side, generator=torch.Generator().manual_seed(seed), output_type="np",
        )  # fmt: skip
        pictures: Sequence[Any] = made.images
        return pictures

    return draw, {"network": count(unet), "decoder": count(vae.decoder)}


def unet_of(channels: int, side: int, width: int) -> Any:
    """Two levels, with cross-attention on both."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=side, in_channels=channels, out_channels=channels, layers_per_block=1,
        block_out_channels=(width, 2 * width), norm_num_groups=8, cross_attention_dim=192, attention_head_dim=8,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    )  # fmt: skip


def vae_of(channels: int, side: int, width: int) -> Any:
    """Three levels, so that a latent's side is a quarter of the picture's."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        sample_size=side, in_channels=3, out_channels=3, latent_channels=channels, layers_per_block=1,
        block_out_channels=(width, width, 2 * width), norm_num_groups=8,
        down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
    )  # fmt: skip
