"""The change of density along a flow, where the velocity and the density are both known."""

import math

import torch

from anew.samplers.flow import runge_kutta
from anew.samplers.likelihood import divergences

TIMES = [1 - (1 - i / 16) ** 1.5 for i in range(17)][::-1]


def mixture_velocity(centres_KD: torch.Tensor, deviation: float):
    """The velocity from N(0, I) to normal clusters of one deviation, in equal shares: E[data - noise | x, t]."""

    def velocity(x_BD: torch.Tensor, t_B: torch.Tensor) -> torch.Tensor:
        t = t_B[:, None]
        variance = (t * deviation) ** 2 + (1 - t) ** 2
        off_BKD = x_BD[:, None] - t[..., None] * centres_KD
        share_BK = torch.softmax(-0.5 * off_BKD.square().sum(-1) / variance, 1)
        each_BKD = centres_KD + ((t * deviation**2 - (1 - t)) / variance)[..., None] * off_BKD
        return (share_BK[..., None] * each_BKD).sum(1)

    return velocity


def mixture_nats(x_BD: torch.Tensor, centres_KD: torch.Tensor, deviation: float) -> torch.Tensor:
    square_BK = (x_BD[:, None] - centres_KD).square().sum(-1) / deviation**2
    constant = math.log(len(centres_KD)) + x_BD.shape[1] * math.log(deviation * math.sqrt(2 * math.pi))
    return constant - torch.logsumexp(-0.5 * square_BK, 1)


def draw(centres_KD: torch.Tensor, deviation: float, n: int) -> torch.Tensor:
    rng = torch.Generator().manual_seed(0)
    which_N = torch.randint(0, len(centres_KD), (n,), generator=rng)
    return centres_KD[which_N] + deviation * torch.randn(n, centres_KD.shape[1], generator=rng)


def exactly(velocity, x_BD: torch.Tensor) -> torch.Tensor:
    units = torch.eye(x_BD.shape[1]).expand(len(x_BD), -1, -1)
    return divergences(velocity, x_BD, TIMES, units, runge_kutta).sum(1)


def test_one_normal_and_eight_are_as_likely_as_they_are() -> None:
    angle_K = torch.arange(8) * math.pi / 4
    eight_KD = 1.4 * torch.stack([angle_K.cos(), angle_K.sin()], 1)
    for centres_KD, deviation in ((torch.tensor([[1.0, -2.0, 0.5]]), 0.3), (eight_KD, 0.15)):
        x_BD = draw(centres_KD, deviation, 100)
        off_B = exactly(mixture_velocity(centres_KD, deviation), x_BD) - mixture_nats(x_BD, centres_KD, deviation)
        assert float(off_B.abs().max()) < 0.05 and abs(float(off_B.mean())) < 0.005


def test_random_probes_agree_with_the_trace_within_their_error() -> None:
    centres_KD = torch.randn(6, 24, generator=torch.Generator().manual_seed(1))
    x_BD = draw(centres_KD, 0.4, 64)
    signs_BKD = 2.0 * torch.randint(0, 2, (64, 8, 24), generator=torch.Generator().manual_seed(2)) - 1
    parts = divergences(mixture_velocity(centres_KD, 0.4), x_BD, TIMES, signs_BKD, runge_kutta)
    nats_B, error_B = parts[:, 0] + parts[:, 1:].mean(1), parts[:, 1:].std(1) / math.sqrt(8)
    off_B = nats_B - mixture_nats(x_BD, centres_KD, 0.4)
    assert float(error_B.mean()) > 0.01
    assert 0.5 < float((off_B.square().sum() / error_B.square().sum()).sqrt()) < 1.5
