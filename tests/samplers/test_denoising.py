"""Steps through the clean sample are the papers', on a path where x is data with noise of deviation σ added."""

import math
from functools import partial

import torch

from anew.samplers.denoising import ancestral, dpm_solver
from anew.samplers.flow import at, euler

TIMES = [0.1, 0.25, 0.3, 0.6, 0.8, 1.0]
START = torch.linspace(-2, 2, 6, dtype=torch.float64).view(3, 2)


def curved(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    return torch.sin(3 * x + t[:, None]) - x


def sigma(t: float) -> float:
    return (1 - t) / t


def denoise(y: torch.Tensor, t: float) -> torch.Tensor:
    """The clean sample behind y = x / t."""
    return y * t + (1 - t) * at(curved, y * t, t)


def last(steps) -> torch.Tensor:
    *_, step = steps
    return step.x_BS


def test_euler_on_the_straight_path_is_euler_in_sigma() -> None:
    y = START / TIMES[0]
    for t, after in zip(TIMES[:-1], TIMES[1:], strict=True):
        slope = (y - denoise(y, t)) / sigma(t)  # Karras et al. 2022, equation 3
        y = y + (sigma(after) - sigma(t)) * slope
    torch.testing.assert_close(last(euler(curved, START, TIMES)), y)


def test_the_second_order_multistep_is_the_papers() -> None:
    """DPM-Solver++(2M) as Lu et al. 2022 write it for α = 1, λ = -log σ: algorithm 2, the last step of first order."""
    y, clean, lengths = START / TIMES[0], [], []
    for t, after in zip(TIMES[:-1], TIMES[1:], strict=True):
        clean.append(denoise(y, t))
        if after == 1.0:
            y = clean[-1]
            break
        lengths.append(math.log(sigma(t) / sigma(after)))
        aim = clean[-1]
        if len(clean) > 1:
            r = lengths[-2] / lengths[-1]
            aim = (1 + 1 / (2 * r)) * clean[-1] - 1 / (2 * r) * clean[-2]
        y = sigma(after) / sigma(t) * y - math.expm1(-lengths[-1]) * aim
    torch.testing.assert_close(last(dpm_solver(curved, START, TIMES)), y)


def test_ancestral_sampling_is_the_papers() -> None:
    """σ is split into a deterministic part and new noise: σ_up² = σ'² (σ² - σ'²) / σ², σ_down² = σ'² - σ_up²."""
    draws = [torch.randn(3, 2, generator=torch.Generator().manual_seed(i), dtype=torch.float64) for i in range(4)]
    y = START / TIMES[0]
    for (t, after), new in zip(zip(TIMES[:-2], TIMES[1:-1], strict=True), draws, strict=True):
        up = sigma(after) * math.sqrt(1 - (sigma(after) / sigma(t)) ** 2)
        down = math.sqrt(sigma(after) ** 2 - up**2)
        y = y + (down - sigma(t)) * (y - denoise(y, t)) / sigma(t) + up * new
    wanted = denoise(y, TIMES[-2])
    torch.testing.assert_close(last(ancestral(curved, START, TIMES, fresh=partial(next, iter(draws)))), wanted)


def test_from_pure_noise_the_first_step_is_regular() -> None:
    for solver in (dpm_solver, partial(ancestral, fresh=lambda: torch.zeros(3, 2, dtype=torch.float64))):
        for steps in (1, 2, 3):
            made = last(solver(curved, START, [i / steps for i in range(steps + 1)]))
            assert made.isfinite().all()
    one = last(dpm_solver(curved, START, [0.0, 1.0]))
    torch.testing.assert_close(one, last(euler(curved, START, [0.0, 1.0])))
