"""The forms of denoisers that diffusers has: how each is called, and what its condition's states are made of.

In: noisy grids, a moment of the schedule, states of a condition. Out: what the network predicts for the schedule.
States (R, L, E) hold the sequence and, where the form is told one vector of the whole too, that in their last row, each
filled up with zeros to the width E.

R rows of one network call · C channels · H, W the grid's own sides · L sequence · E width
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

Config = Mapping[str, Any]
# network, x (R, C, H, W), t, states (R, L, E), guidance, cells of the data a side of a cell -> (R, C, H, W)
Predict = Callable[[Any, Tensor, Tensor, Tensor, float, int], Tensor]


def by_unet(network: Any, x: Tensor, t: Tensor, states: Tensor, guidance: float, scale: int) -> Tensor:
    """Stable Diffusion 1 and 2 (Rombach et al. 2022)."""
    return network(x, t, encoder_hidden_states=states, return_dict=False)[0]  # type: ignore[no-any-return]


def by_large_unet(network: Any, x: Tensor, t: Tensor, states: Tensor, guidance: float, scale: int) -> Tensor:
    """Stable Diffusion XL (Podell et al. 2024), told that nothing was cut off and of which size the data are."""
    sequence, whole = apart(states, network.config.cross_attention_dim, whole_of_unet(network.config))
    sides = [scale * side for side in x.shape[2:]]
    told = torch.tensor([[*sides, 0, 0, *sides]] * len(x), dtype=x.dtype)
    extra = {"text_embeds": whole, "time_ids": told}
    return network(x, t, encoder_hidden_states=sequence, added_cond_kwargs=extra, return_dict=False)[0]  # type: ignore[no-any-return]


def by_transformer(network: Any, x: Tensor, t: Tensor, states: Tensor, guidance: float, scale: int) -> Tensor:
    """Stable Diffusion 3 (Esser et al. 2024)."""
    sequence, whole = apart(states, network.config.joint_attention_dim, network.config.pooled_projection_dim)
    told = {"encoder_hidden_states": sequence, "pooled_projections": whole}
    return network(hidden_states=x, timestep=t.expand(len(x)), **told, return_dict=False)[0]  # type: ignore[no-any-return]


def by_flux(network: Any, x: Tensor, t: Tensor, states: Tensor, guidance: float, scale: int) -> Tensor:
    """FLUX.1, on patches of 2 × 2 cells; a network that guidance was distilled into is told it as a number."""
    sequence, whole = apart(states, network.config.joint_attention_dim, network.config.pooled_projection_dim)
    rows, channels, high, wide = x.shape
    patches = x.view(rows, channels, high // 2, 2, wide // 2, 2).permute(0, 2, 4, 1, 3, 5)
    places = torch.zeros(high // 2, wide // 2, 3)
    places[..., 1] += torch.arange(high // 2)[:, None]
    places[..., 2] += torch.arange(wide // 2)[None, :]
    made = network(
        hidden_states=patches.reshape(rows, high * wide // 4, channels * 4),
        timestep=t.expand(rows).to(x.dtype) / 1000,
        guidance=torch.full([rows], guidance) if network.config.guidance_embeds else None,
        pooled_projections=whole, encoder_hidden_states=sequence,
        txt_ids=torch.zeros(sequence.shape[1], 3, dtype=x.dtype), img_ids=places.reshape(-1, 3).to(x.dtype),
        return_dict=False,
    )[0]  # fmt: skip
    cells = made.view(rows, high // 2, wide // 2, channels, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return cells.reshape(rows, channels, high, wide)  # type: ignore[no-any-return]


def apart(states: Tensor, width: int, whole: int) -> tuple[Tensor, Tensor]:
    """The sequence (R, L - 1, width) and the vector of the whole (R, whole), each laid out by itself: products round
    otherwise over what has gaps."""
    return states[:, :-1, :width].contiguous(), states[:, -1, :whole].contiguous()


def whole_of_unet(config: Any) -> int:
    """Numbers of the vector of the whole: what is left beside six embedded numbers."""
    return int(config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim)


@dataclass(frozen=True)
class Form:
    """`steps` and `guidance` where nobody asks for others. `flows`: its schedule is that of a flow. `pairs`: wanted and
    unwanted go through the network as one batch. `patch`: cells a side that have to come together. `needs`: settings of
    the network without which it is of another form."""

    network: str
    predict: Predict
    steps: int
    guidance: float
    flows: bool = False
    pairs: bool = True
    patch: int = 1
    needs: tuple[tuple[str, Any], ...] = ()

    def timing(self, steps: int, high: int, wide: int, config: Any) -> dict[str, Any]:
        """What the schedule is asked for: steps, or moments that depend on how many patches there are."""
        if not self.flows:
            return {"num_inference_steps": steps}
        patches = (high // self.patch) * (wide // self.patch)
        if self.pairs:
            shift = {"mu": shift_of(patches, config, 1.16)} if config.get("use_dynamic_shifting") else {}
            return {"num_inference_steps": steps} | shift
        times = {"sigmas": np.linspace(1.0, 1 / steps, steps)}
        return ({"num_inference_steps": steps} if config.get("use_flow_sigmas") else times) | {
            "mu": shift_of(patches, config, 1.15)
        }


def shift_of(patches: int, config: Any, most: float) -> float:
    """How far times move towards the noise for so many patches: on a line (Esser et al. 2024, section 5.3.2)."""
    few, many = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    low, high = config.get("base_shift", 0.5), config.get("max_shift", most)
    slope = (high - low) / (many - few)
    return float(patches * slope + (low - slope * few))


PLAIN = (("class_embed_type", None), ("encoder_hid_dim_type", None), ("time_cond_proj_dim", None))
FORMS: Mapping[str, Form] = {
    "sd": Form("UNet2DConditionModel", by_unet, 50, 7.5, needs=(*PLAIN, ("addition_embed_type", None))),
    "sdxl": Form("UNet2DConditionModel", by_large_unet, 50, 5.0, needs=(*PLAIN, ("addition_embed_type", "text_time"))),
    "sd3": Form("SD3Transformer2DModel", by_transformer, 28, 7.0, flows=True, patch=2, needs=(("patch_size", 2),)),
    "flux": Form(
        "FluxTransformer2DModel", by_flux, 28, 3.5, flows=True, pairs=False, patch=2, needs=(("patch_size", 1),)
    ),
}
