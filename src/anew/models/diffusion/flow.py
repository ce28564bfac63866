"""Flow matching over any grid (Lipman et al. 2023; Liu et al. 2023): straight paths from noise to data.

In: grids and, where the data has labels, their classes. Out: the velocity that carries noise to such a grid.

B batch · S the grid's own axes
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from anew.contract import Batch, Cond, Phase, Spec, by_role
from anew.models.diffusion.backbones import Backbone, Network
from anew.models.diffusion.family import Diffusion, column, hide, spread_out


class Flow(Diffusion):
    """`width` D and `depth` blocks of the `backbone`: a residual stack of vectors, a U-Net or a transformer (DiT) of
    grids (C, H, W), whose stem takes `patch` × `patch` cells as one (0: as suits the size); `drop` the share of
    conditions hidden while learning, which is what guidance steers away from; `steps` and `solver` the defaults of
    sampling."""

    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "xs": {"width": 128, "depth": 2},
        "s": {"width": 256, "depth": 4},
        "m": {"width": 384, "depth": 6},
        "l": {"width": 512, "depth": 8},
    }

    def __init__(
        self,
        spec: Spec,
        *,
        width: Annotated[int, Field(ge=16, multiple_of=16)] = 256,
        depth: Annotated[int, Field(ge=1)] = 4,
        backbone: Backbone = "auto",
        patch: Annotated[int, Field(ge=0)] = 0,
        drop: Annotated[float, Field(ge=0, lt=1)] = 0.1,
        steps: Annotated[int, Field(ge=1)] = 6,
        solver: str = "adams-bashforth",
    ) -> None:
        super().__init__(spec)
        self.drop, self.steps, self.solver = drop, steps, solver
        self.net = Network(spec, width=width, depth=depth, backbone=backbone, patch=patch)

    def phases(self) -> list[Phase]:
        return [Phase("all", by_role(self, rest=self.net.ends()))]

    def velocity(self, x_BS: Tensor, t_B: Tensor, cond: Cond | None) -> Tensor:
        return self.net(x_BS, cond, t_B)

    def loss(self, batch: Batch, phase: str, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        # 1. A time for each row.
        x_BS = batch.x
        t_B = spread_out(len(x_BS), rng)
        # 2. The straight path from noise to data, and its slope (Liu et al. 2023, equation 1).
        noise_BS = torch.randn(x_BS.shape, generator=rng, device=rng.device)
        t_BS = column(t_B, x_BS)
        path_BS, slope_BS = (1 - t_BS) * noise_BS + t_BS * x_BS, x_BS - noise_BS
        # 3. Regression on the slope (Lipman et al. 2023, equation 9).
        loss = F.mse_loss(self.velocity(path_BS, t_B, hide(batch.cond, self.drop, rng)), slope_BS)
        return loss, {"slope_error": loss.detach()}
