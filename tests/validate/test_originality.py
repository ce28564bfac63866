"""Near-copies: planted ones are found, honest samples are not accused, and the distances are exact."""

import numpy as np
import pytest

from anew.validate import originality
from anew.validate.metric import Unmeasured
from anew.validate.originality import copies_of_few, near_copies, nearest_items


def world(seed, n, d=20):
    """Real items: a curved cloud, so that distances differ from place to place."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 4))
    mix = np.random.default_rng(99).normal(size=(4, d))
    return (np.tanh(hidden @ mix) + 0.1 * rng.normal(size=(n, d))).astype(np.float32)


TRAIN, REAL = world(0, 1500), world(1, 400)


def figures(samples, held_out=REAL, seed=0):
    found = near_copies(samples, TRAIN, held_out, np.random.default_rng(seed), "test space")
    return {m.name: m for m in found.metrics}, found


def test_real_items_are_near_copies_one_time_in_a_hundred():
    shares = [figures(world(10 + i, 400))[0]["near_copies"].value for i in range(5)]
    assert 0.0 <= np.mean(shares) <= 0.025
    assert figures(REAL)[0]["near_copies"].value == pytest.approx(0.01, abs=0.003)  # by construction


@pytest.mark.parametrize("part", [0.05, 0.20])
def test_planted_copies_are_counted_and_named(part):
    samples = world(3, 400)
    where = np.random.default_rng(4).choice(400, round(400 * part), replace=False)
    samples[where] = TRAIN[where] + 0.001 * np.random.default_rng(5).normal(size=(len(where), 20)).astype(np.float32)
    metrics, found = figures(samples)
    share = metrics["near_copies"]
    assert share.low > 0.01 and abs(share.value - part) <= 0.025
    assert set(found.closest(len(where))) == set(where)
    assert (found.nearest[where] == where).all()  # the very items that were copied


def test_the_controls_pass_and_are_reported():
    metrics, _ = figures(world(3, 400))
    assert metrics["near_copies_planted_5"].passed and metrics["near_copies_planted_20"].passed
    assert metrics["near_copies_planted_20"].value > metrics["near_copies_planted_5"].value > 0.04
    assert metrics["near_copies_held_out"].low <= 0.01 <= metrics["near_copies_held_out"].high
    assert metrics["near_copy_reach"].value >= 0.1
    assert "VOID" not in metrics["near_copies"].note


@pytest.mark.parametrize("n", [60, 61, 79, 80, 81, 99, 150])
def test_few_held_out_items_are_enough_for_the_controls(n):
    for seed in range(5):
        metrics, _ = figures(world(3, 20), held_out=world(50 + seed, n), seed=seed)
        assert metrics["near_copies_planted_5"].passed and metrics["near_copies_planted_20"].passed


def test_a_blind_measurement_is_said_to_be_void(monkeypatch):
    """The fault: distances that ignore the training items. The controls must notice."""
    monkeypatch.setattr(
        originality, "nearest_items", lambda q, items, k: (np.ones((len(q), k)), np.zeros((len(q), k), int))
    )
    metrics, _ = figures(world(3, 400))
    assert not metrics["near_copies_planted_5"].passed and not metrics["near_copies_planted_20"].passed
    assert "VOID" in metrics["near_copies"].note


def test_a_space_where_real_items_repeat_cannot_show_copies_and_says_so():
    doubled = REAL.copy()
    doubled[:20] = TRAIN[:20]  # five per cent of the held-out items are in the training set
    metrics, _ = figures(world(3, 400), held_out=doubled)
    assert "VOID" in metrics["near_copies"].note


def test_a_few_twins_among_the_held_out_items_leave_the_measure_sharp():
    doubled = REAL.copy()
    doubled[:8] = TRAIN[:8]  # two per cent: the threshold would fall to nothing
    samples = world(3, 400)
    samples[:40] = TRAIN[:40] + 0.001
    metrics, found = figures(samples, held_out=doubled)
    assert "without 8 that are twins" in metrics["near_copies"].note and "VOID" not in metrics["near_copies"].note
    assert metrics["near_copies"].value >= 0.1 and found.threshold > originality.TWIN


def test_nearest_items_are_exact_whatever_the_block():
    queries, items = world(7, 30) + 100.0, world(8, 700) + 100.0  # far from the origin: products lose digits there
    gaps = np.sqrt(((queries[:, None].astype(np.float64) - items[None]) ** 2).sum(-1))
    for block in (64, 4096):
        distances, indices = nearest_items(queries, items, 51, block)
        np.testing.assert_allclose(distances, np.sort(gaps, 1)[:, :51], rtol=1e-9)
        np.testing.assert_array_equal(indices, np.argsort(gaps, 1, kind="stable")[:, :51])


def test_pictures_and_few_training_items_do():
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (90, 8, 8, 3), dtype=np.uint8)
    found = near_copies(pictures[:5], pictures[:30], pictures[30:], rng, "pixels")
    assert found.metrics[0].value == 1.0 and (found.nearest == np.arange(5)).all()


@pytest.mark.parametrize(("samples", "training", "held_out"), [(5, 2, 80), (5, 80, 59), (0, 80, 80)])
def test_too_little_to_measure_is_said(samples, training, held_out):
    rng = np.random.default_rng(0)
    with pytest.raises(Unmeasured, match="held-out"):
        near_copies(
            rng.normal(size=(samples, 3)), rng.normal(size=(training, 3)), rng.normal(size=(held_out, 3)), rng, "x"
        )


def test_near_is_judged_by_how_far_apart_items_lie_there():
    """Half of the items lie ten times as far apart as the others: a blurred copy of one of them is farther from its
    original than honest items of the crowded half are from each other, and is a copy all the same."""
    spread = np.where(np.arange(1500) % 2, 10.0, 1.0)[:, None].astype(np.float32)
    training, real = world(0, 1500) * spread, world(1, 400) * spread[:400]
    samples = world(3, 400) * spread[:400]
    samples[1:41:2] = training[1:41:2] + 0.3 * np.random.default_rng(0).normal(size=(20, 20)).astype(np.float32)
    found = near_copies(samples, training, real, np.random.default_rng(0), "test space")
    assert (found.ratios[1:41:2] < found.threshold).mean() > 0.9
    assert found.metrics[0].value < 0.09 and all(m.passed in (True, None) for m in found.metrics)


def test_the_same_seed_gives_the_same_figures():
    assert figures(world(3, 100))[1].metrics == figures(world(3, 100))[1].metrics


def test_of_few_items_copies_are_found_and_new_ones_are_not() -> None:
    rng = np.random.default_rng(0)
    training, new = rng.normal(size=(20, 8)), rng.normal(size=(40, 8)) * 3
    found = copies_of_few(np.concatenate([new, training[:4] + 1e-3]), training, "pixels", "copies_of_few", "pictures")
    share, control = found.metrics
    assert share.value == pytest.approx(4 / 44) and control.value == 1
    assert set(found.closest(4)) == {40, 41, 42, 43} and found.nearest[40:].tolist() == [0, 1, 2, 3]


def test_of_items_that_are_the_same_no_copy_can_be_told() -> None:
    training = np.ones((3, 4))
    with pytest.raises(Unmeasured, match="two of the sounds are the same"):
        copies_of_few(training, training, "mel spectrograms", "copies_of_few", "sounds")
