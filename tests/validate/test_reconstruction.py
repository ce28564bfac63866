"""How much of a picture comes back, and how sharp."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from anew.validate.reconstruction import psnr, reconstruction


def test_noise_of_a_known_deviation_has_its_decibels_and_blur_is_less_sharp() -> None:
    rng = np.random.default_rng(0)
    real = [np.kron(rng.integers(60, 200, (8, 8, 3)), np.ones((4, 4, 1))).astype(np.uint8) for _ in range(24)]
    noisy = [np.clip(one + rng.normal(0, 8, one.shape), 0, 255).round().astype(np.uint8) for one in real]
    blurred = [np.asarray(Image.fromarray(one).filter(ImageFilter.GaussianBlur(1))) for one in real]
    grain, soft, same = (reconstruction(real, made, rng, 200) for made in (noisy, blurred, real))
    assert grain[0].value == pytest.approx(10 * np.log10(255**2 / 64), abs=0.2)
    assert grain[0].low < grain[0].value < grain[0].high and grain[0].n == 24
    assert grain[1].value > 1.1 and soft[1].value < 0.9 and soft[1].high < 1
    assert same[0].value == 100 and same[1].value == 1 and psnr(real[0], real[0]) == 100
