"""EDM over any grid (Karras et al. 2022, arXiv:2206.00364): a denoiser, scaled to be as easy at every level of noise.

In: grids and, where the data has labels, their classes. Out: the clean grid behind one with noise of deviation σ added.

B batch · S the grid's own axes
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor

from anew.contract import Batch, Cond, Spec
from anew.models.diffusion.family import column, hide, spread_out
from anew.models.diffusion.networked import Networked

SIGMA_LOW, SIGMA_HIGH, RHO = 0.002, 80.0, 7.0  # table 1


class EDM(Networked):
    """While learning, ln σ is normal about `noise_mean` with deviation `noise_spread`. The other settings are those of
    `flow`.

    Data has unit variance by the contract, so that the paper's σ_data is 1 (and its mean of ln σ, -1.2 at σ_data = ½,
    becomes -0.5)."""

    def __init__(
        self,
        spec: Spec,
        *,
        noise_mean: float = -0.5,
        noise_spread: Annotated[float, Field(gt=0)] = 1.2,
        steps: Annotated[int, Field(ge=1)] = 10,
        solver: str = "dpm-solver++",
        **shared: Any,
    ) -> None:
        super().__init__(spec, steps=steps, solver=solver, **shared)
        self.noise_mean, self.noise_spread = noise_mean, noise_spread

    def denoise(self, x_BS: Tensor, sigma_B: Tensor, cond: Cond | None) -> Tensor:
        """(B, *S): the mean of the clean grids that x, one of them with noise of deviation σ added, may come from
        (equation 7, with the scales of table 1)."""
        sigma_BS = column(sigma_B, x_BS)
        total_BS = (sigma_BS.square() + 1).sqrt()
        skip_BS, out_BS, in_BS = 1 / total_BS.square(), sigma_BS / total_BS, 1 / total_BS
        return skip_BS * x_BS + out_BS * self.net(in_BS * x_BS, cond, level(sigma_B))

    def velocity(self, x_BS: Tensor, t_B: Tensor, cond: Cond | None) -> Tensor:
        return scaled(self.net, x_BS, t_B, cond)

    def times(self, begin: float, steps: int) -> list[float]:
        """Equation 5: steps that shorten towards the data, from the noise at `begin`, or from the highest learned."""
        high = min((1 - begin) / begin, SIGMA_HIGH) if begin > 0 else SIGMA_HIGH
        low, top = min(SIGMA_LOW, high) ** (1 / RHO), high ** (1 / RHO)
        sigmas = [(top + i / max(1, steps - 1) * (low - top)) ** RHO for i in range(1, steps)]
        return [begin, *(1 / (1 + sigma) for sigma in sigmas), 1.0]

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        # 1. A level of noise for each row, log-normal (section 5, "noise distribution").
        x_BS = batch.x
        sigma_B = (self.noise_mean + self.noise_spread * torch.special.ndtri(spread_out(len(x_BS), rng))).exp()
        sigma_B = sigma_B.clamp(SIGMA_LOW, SIGMA_HIGH)
        noisy_BS = x_BS + column(sigma_B, x_BS) * torch.randn(x_BS.shape, generator=rng, device=rng.device)
        # 2. The error of the clean grid, weighted so that each level counts alike (equation 8, λ of table 1).
        error_BS = self.denoise(noisy_BS, sigma_B, hide(batch.cond, self.drop, rng)) - x_BS
        weight_B = (sigma_B.square() + 1) / sigma_B.square()
        loss = (column(weight_B, x_BS) * error_BS.square()).mean()
        return loss, {"weighted_error": loss.detach()}


def scaled(net: Callable[..., Tensor], x_BS: Tensor, t_B: Tensor, cond: Any, *told: Tensor) -> Tensor:
    """(B, *S): the velocity. On the straight path x / t carries noise of σ = (1 - t) / t, so that it is
    (denoise(x / t, σ) - x) / (1 - t). Written out, t and 1 - t cancel: with s² = t² + (1 - t)² it is
    x (2 t - 1) / s² + net(x / s) / s, regular at both ends. `told`: what the network is told besides."""
    t_BS = column(t_B, x_BS)
    total_BS = (t_BS.square() + (1 - t_BS).square()).sqrt()
    inner_BS = net(x_BS / total_BS, cond, level((1 - t_B) / t_B.clamp(min=1e-6)), *told)
    return x_BS * (2 * t_BS - 1) / total_BS.square() + inner_BS / total_BS


def level(sigma_B: Tensor) -> Tensor:
    """How the network is told of σ: c_noise of table 1."""
    return sigma_B.clamp(SIGMA_LOW, SIGMA_HIGH).log() / 4
