"""Splits: told by content, true to their shares, none empty, and steady when records come and go."""

import numpy as np
import pytest

from anew.data.split import SMALL, assign, complete, counts


def hashes(number: int, seed: int = 0) -> list[bytes]:
    return [row.tobytes() for row in np.random.default_rng(seed).integers(0, 256, (number, 32), dtype=np.uint8)]


@pytest.mark.parametrize("number", [3, 4, 10, 42, 999, 1000, 20_000])
def test_shares_and_none_empty(number: int) -> None:
    found = np.bincount(assign(hashes(number), 0.1, 0.1), minlength=3)
    assert (found > 0).all() and found.sum() == number
    assert abs(found[1:] - 0.1 * number).max() <= max(1, 4 * np.sqrt(0.09 * number) * (number >= SMALL))


def test_too_few_to_share() -> None:
    assert assign(hashes(2), 0.1, 0.1).tolist() == [0, 0] and assign([], 0.1, 0.1).tolist() == []
    assert counts(3, 0.45, 0.45) == (1, 1) and counts(42, 0.1, 0.1) == (4, 4) and counts(5, 0, 0.9) == (0, 4)


def test_many_stay_on_their_side_when_more_come() -> None:
    known = hashes(3000)
    assert (assign(known, 0.1, 0.2) == assign(known + hashes(2000, 1), 0.1, 0.2)[:3000]).all()


def test_order_makes_no_difference() -> None:
    known = hashes(50)
    assert assign(known[::-1], 0.1, 0.1).tolist() == assign(known, 0.1, 0.1)[::-1].tolist()


def test_small_hashes_are_not_all_on_one_side() -> None:
    """A group goes by its smallest hash, and the smallest of many are small."""
    small = [bytes([0, 0]) + h[2:] for h in hashes(5000)]
    found = np.bincount(assign(small, 0.1, 0.1), minlength=3)
    assert found[0] > 3800 and found[1] > 400 and found[2] > 400


def test_given_splits_are_kept_and_validation_is_drawn_from_training() -> None:
    known = hashes(4000)
    none = np.full(4000, -1, np.int8)
    assert (complete(none, known, 0.1, 0.1) == assign(known, 0.1, 0.1)).all()
    given = none.copy()
    given[:3000], given[3000:3500] = 0, 2
    found = complete(given, known, 0.1, 0.1)
    assert (found[3000:3500] == 2).all() and set(found[:3000]) == {0, 1}
    assert (found[3500:] == assign(known[3500:], 0.1, 0.1)).all()
    assert 200 < (found[:3000] == 1).sum() < 400
    given[3500:] = 1
    assert (complete(given, known, 0.1, 0.1) == given).all()
