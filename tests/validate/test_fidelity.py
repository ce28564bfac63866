"""The Fréchet distance against other ways to work it out; rulers that stand in order."""

import numpy as np
import pytest
from scipy import linalg, ndimage

from anew.validate.fidelity import agreement, blur, distances, frechet


def second_formula(a: np.ndarray, b: np.ndarray) -> float:
    """As published for FID (Heusel et al. 2017): by the square root of the product of the covariances."""
    mean_a, mean_b, cov_a, cov_b = a.mean(0), b.mean(0), np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    return float(np.square(mean_a - mean_b).sum() + np.trace(cov_a + cov_b - 2 * linalg.sqrtm(cov_a @ cov_b).real))


@pytest.mark.parametrize(("n", "m", "d"), [(200, 300, 16), (500, 500, 64), (80, 90, 5)])
def test_it_agrees_with_the_published_formula(n: int, m: int, d: int) -> None:
    rng = np.random.default_rng(n)
    a, b = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)), rng.normal(size=(m, d)) + rng.normal(size=d)
    assert frechet(a, b) == pytest.approx(second_formula(a, b), rel=1e-6)
    assert frechet(a, b) == pytest.approx(frechet(b, a), rel=1e-9)
    assert frechet(a, a) == pytest.approx(0, abs=1e-6)


def test_it_agrees_with_known_gaussians() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(200_000, 2)), rng.normal(size=(200_000, 2)) * [2, 3] + [1, 0]
    assert frechet(a, b) == pytest.approx(1 + (2 - 1) ** 2 + (3 - 1) ** 2, rel=0.02)


def test_fewer_rows_than_features_and_dead_features_are_no_trouble() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(20, 64)), rng.normal(size=(30, 64))
    a[:, 0] = b[:, 0] = 0
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = np.sqrt(np.linalg.eigvals(cov_a @ cov_b).clip(0).real).sum()
    expected = np.square(a.mean(0) - b.mean(0)).sum() + np.trace(cov_a + cov_b) - 2 * root
    assert frechet(a, b) == pytest.approx(expected, rel=1e-5)


def test_what_has_no_distance_is_refused() -> None:
    with pytest.raises(ValueError, match="no Fréchet distance"):
        frechet(np.zeros((1, 4)), np.zeros((9, 4)))
    with pytest.raises(ValueError, match="no Fréchet distance"):
        frechet(np.zeros((9, 3)), np.zeros((9, 4)))


def strokes(n: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Dark pictures with a bright bar, one or two pixels wide, somewhere."""
    some = np.zeros((n, 16, 16, 1), np.uint8)
    for picture in some:
        at = rng.integers(2, 13)
        picture[:, at : at + rng.integers(1, 3)] = 255
    return list(some)


def test_the_rulers_stand_in_order() -> None:
    rng = np.random.default_rng(3)
    real = strokes(120, rng)

    def features(pictures) -> np.ndarray:
        stack = np.stack(pictures).astype(np.float64)
        return stack.reshape(len(stack), 16, 16).mean(1) / 255

    draws = {"samples": lambda places, redraw: strokes(len(places), np.random.default_rng(100 + redraw))}
    found = {m.name: m for m in distances(real, draws, features, "column means", rng, redraws=5)}
    ladder = [found[f"frechet_blur_{sigma}px"].value for sigma in ("0.5", "0.75", "1", "1.5")]
    assert found["frechet_real"].value < ladder[0] < ladder[1] < ladder[2] < ladder[3]
    assert found["frechet_samples"].value == pytest.approx(found["frechet_real"].value, rel=0.6)
    for metric in found.values():
        assert metric.low <= metric.value <= metric.high and metric.n == 60 and "column means" in metric.note
    assert found["frechet_real"].better is None and found["frechet_samples"].better == "lower"


@pytest.mark.parametrize("sigma", [0.5, 0.75, 2.0])
def test_blur_is_a_gaussian(sigma: float) -> None:
    picture = np.random.default_rng(4).integers(0, 256, (20, 23, 3), dtype=np.uint8)
    theirs = ndimage.gaussian_filter(picture.astype(float), (sigma, sigma, 0), mode="nearest", truncate=4)
    assert np.abs(blur(picture, sigma).astype(float) - theirs).max() <= 0.51


def test_agreement_has_an_exact_interval() -> None:
    asked = np.arange(10).repeat(50)
    read = asked.copy()
    read[:5] = 9
    found = agreement(asked, read, "label_agreement", "the judge")
    assert found.value == 0.99 and found.n == 500
    assert found.low == pytest.approx(0.9768, abs=1e-3) and found.high == pytest.approx(0.9967, abs=1e-3)
