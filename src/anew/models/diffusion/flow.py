"""Flow matching over any grid (Lipman et al. 2023; Liu et al. 2023): straight paths from noise to data.

In: grids and, where the data has labels, their classes. Out: the velocity that carries noise to such a grid.

B batch · S the grid's own axes
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from anew.contract import Batch, Cond
from anew.models.diffusion.family import column, hide, spread_out
from anew.models.diffusion.networked import Networked


class Flow(Networked):
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
