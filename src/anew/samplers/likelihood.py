"""How likely data are under a flow: the change of density along dx/dt = v(x, t), followed from the data to the noise.

In: a velocity, data and probes. Out: nats for each probe, whose mean or sum is -log p and whose spread is its error.

B batch · S the grid's own axes · N its number of cells · K probes
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from anew.samplers.flow import Solver, Velocity


def prior_nats(x_BS: Tensor) -> Tensor:
    """(B,): -log N(x; 0, I)."""
    x_BN = x_BS.flatten(1)
    return 0.5 * (x_BN.square().sum(1) + x_BN.shape[1] * math.log(2 * math.pi))


def divergences(velocity: Velocity, x_BS: Tensor, times: Sequence[float], probes_BKS: Tensor, solver: Solver) -> Tensor:
    """(B, 1 + K): -log p of the noise that x becomes, and the time integral of ε · ∂v/∂x ε for each probe ε. Along the
    flow d log p / dt = -tr ∂v/∂x (Chen et al. 2018, theorem 1), so that -log p(x) is the first plus the integral of
    the trace: the sum over the unit vectors, or the mean over probes of zero mean and unit covariance (Hutchinson 1989;
    Grathwohl et al. 2019, equation 7; Song et al. 2021, equation 39). `times` fall from 1 to 0.
    """
    K = probes_BKS.shape[1]

    def both(y_BE: Tensor, t_B: Tensor) -> Tensor:
        """The state is x with the K integrals behind it; one call of the velocity, K products backwards through it."""
        with torch.enable_grad():
            x_BS = y_BE[:, :-K].unflatten(1, probes_BKS.shape[2:]).requires_grad_()
            v_BS = velocity(x_BS, t_B)
            slopes = [torch.autograd.grad(v_BS, x_BS, probes_BKS[:, k], retain_graph=k < K - 1)[0] for k in range(K)]
        trace_BK = (torch.stack(slopes, 1) * probes_BKS).flatten(2).sum(2)
        return torch.cat([v_BS.detach().flatten(1), trace_BK], 1)

    begin_BE = torch.cat([x_BS.flatten(1), x_BS.new_zeros(len(x_BS), K)], 1)
    *_, last = solver(both, begin_BE, times, lambda y_BE, t: y_BE)
    return torch.cat([prior_nats(last.x_BS[:, :-K])[:, None], -last.x_BS[:, -K:]], 1)
