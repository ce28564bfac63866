"""Densities that are known: they are densities, their draws follow them, and what is planted is called by its name."""

from __future__ import annotations

import numpy as np
import pytest

from anew.validate.known import (
    KNOWN,
    Checkerboard,
    EightGaussians,
    MarkovChain,
    Plane,
    divergence,
    divergence_of_samples,
    verdict,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", [EightGaussians, Checkerboard])
def test_a_plane_holds_probability_1_and_unit_variance(kind: type[Plane]) -> None:
    known = kind()
    side = np.linspace(-known.reach, known.reach, 801)[:-1] + known.reach / 800
    points_N2 = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    mass = np.exp(-known.nats(points_N2)).sum() * (2 * known.reach / 800) ** 2
    assert mass == pytest.approx(1, abs=0.01)
    drawn_N2 = known.draw(40_000, rng())
    assert np.abs(drawn_N2.mean(0)).max() < 0.02 and drawn_N2.var(0) == pytest.approx([1, 1], abs=0.02)
    assert np.isfinite(known.nats(drawn_N2)).all()


def test_the_chain_holds_probability_1() -> None:
    known = MarkovChain()
    known.length = 3
    rows_NT = np.stack(np.meshgrid(*[np.arange(known.symbols)] * 3, indexing="ij"), -1).reshape(-1, 3)
    assert np.exp(-known.nats(rows_NT)).sum() == pytest.approx(1)
    counts = np.bincount(known.draw(40_000, rng()) @ [64, 8, 1], minlength=512) / 40_000
    assert np.abs(counts - np.exp(-known.nats(rows_NT))).max() < 0.005


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_the_truth_is_no_nats_from_itself(name: str) -> None:
    known = KNOWN[name]()
    held_out = known.draw(2000, rng(1))
    found = divergence(known.nats(held_out), known.nats(held_out), "exact", rng())
    assert found.value == found.low == found.high == 0
    wrong = divergence(known.nats(held_out) + 0.3, known.nats(held_out), "exact", rng())
    assert wrong.value == pytest.approx(0.3)
    assert verdict(known, found, known.draw(2000, rng(2)), known.draw(20_000, rng(3)), None, rng()) == []


def test_what_is_planted_is_called_by_its_name() -> None:
    known, training = EightGaussians(), EightGaussians().draw(20_000, rng(3))
    one_mode = known.modes_K2[0] + known.sigma * rng().standard_normal((2000, 2))
    (modes, far) = verdict(known, None, one_mode, training, None, rng())
    assert "one mode of 8" in modes and "far from the truth" in far
    copier = training[:40][rng().integers(0, 40, 2000)]
    assert any(
        "repeats what it learnt from" in said for said in verdict(known, None, copier, training[:40], None, rng())
    )
    spread = 3 * rng().standard_normal((2000, 2))
    assert any("far from the truth" in said for said in verdict(known, None, spread, training, None, rng()))
    seen, unseen = known.nats(training[:2000]), known.nats(known.draw(2000, rng(5)))
    by_heart = divergence(unseen + 2.0 - unseen, seen - seen, "estimate", rng())
    told = verdict(known, None, known.draw(2000, rng(2)), training, by_heart, rng())
    assert told == ["It knows its training items by heart: they cost it 2.00 nats less than unseen ones."]


def test_samples_of_the_truth_diverge_by_chance_alone() -> None:
    known = Checkerboard()
    found = [divergence_of_samples(known, known.draw(2000, rng(seed)), rng(seed)) for seed in range(5)]
    assert all(abs(m.value) < 0.02 and m.low is not None and m.low < 0.02 for m in found)
    light = known.draw(2000, rng()) + [known.side, 0]  # the light squares: nothing in common but the edges
    assert divergence_of_samples(known, light, rng()).value > 0.4
