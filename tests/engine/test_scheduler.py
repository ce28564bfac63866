"""The scheduler without a model: bytes are never overdrawn, nobody waits for ever, who leaves is gone at once."""

from __future__ import annotations

import random

import pytest

from anew.engine.scheduler import Scheduler
from anew.errors import Refused


def step(scheduler: Scheduler) -> tuple[list[tuple[int, int]], list[int]]:
    """Admit, plan and read as planned; what was read and who wrote."""
    scheduler.admit()
    plan = scheduler.plan()
    for key, tokens in plan.read:
        scheduler.has_read(key, tokens)
    return list(plan.read), sorted(plan.write)


def test_a_prompt_is_read_in_pieces_and_then_written_to() -> None:
    scheduler = Scheduler(100, piece=4)
    scheduler.add(7, 60, 22)
    pieces = [[(7, 4)] * 4, [(7, 4), (7, 2)], []]
    assert [step(scheduler) for _ in range(3)] == [(pieces[0], []), (pieces[1], []), ([], [7])]


def test_short_prompts_are_read_together() -> None:
    scheduler = Scheduler(100, piece=8)
    for key, unread in enumerate((20, 3, 9)):
        scheduler.add(key, 10, unread)
    assert step(scheduler) == ([(0, 8), (1, 3), (2, 8), (0, 8), (2, 1), (0, 4)], [])
    for key, unread in ((3, 6), (4, 5), (5, 2)):
        scheduler.add(key, 10, unread)
    assert step(scheduler) == ([(3, 6), (5, 2)], [0, 1, 2]), "whoever writes waited for more than a piece"
    assert step(scheduler) == ([(4, 5)], [0, 1, 2, 3, 5])


def test_who_writes_never_waits_for_a_prompt_and_prompts_take_turns() -> None:
    scheduler = Scheduler(100, piece=4)
    scheduler.add(0, 10, 4)
    step(scheduler)
    scheduler.add(1, 10, 40)
    scheduler.add(2, 10, 8)
    seen = [step(scheduler) for _ in range(4)]
    assert [key for read, _ in seen for key, _ in read] == [1, 2, 1, 2], "the short prompt waited for the long one"
    assert all(0 in write for _, write in seen)
    assert step(scheduler) == ([(1, 4)], [0, 2])


def test_what_does_not_fit_waits_in_line_and_is_not_overtaken() -> None:
    scheduler = Scheduler(100, piece=8)
    for key, nbytes in enumerate((60, 50, 10)):
        scheduler.add(key, nbytes, 1)
    assert scheduler.admit() == [0]
    scheduler.leave(0)
    assert scheduler.used == 0
    assert scheduler.admit() == [1, 2]


def test_more_than_there_is_and_a_full_queue_are_refused() -> None:
    scheduler = Scheduler(100, piece=8, waiting=2)
    with pytest.raises(Refused, match="101 bytes"):
        scheduler.add(0, 101, 1)
    scheduler.add(1, 100, 1)
    scheduler.add(2, 100, 1)
    with pytest.raises(Refused, match="waiting"):
        scheduler.add(3, 1, 1)


@pytest.mark.parametrize("stage", ["waiting", "reading", "writing"])
def test_leaving_frees_at_once(stage: str) -> None:
    scheduler = Scheduler(100, piece=8)
    scheduler.add(0, 100, 9)
    if stage != "waiting":
        step(scheduler)
    if stage == "writing":
        step(scheduler)
    scheduler.add(1, 100, 1)
    scheduler.leave(0)
    assert scheduler.admit() == [1] and scheduler.used == 100
    assert step(scheduler) == ([(1, 1)], [])


def test_of_many_at_random_all_end_and_none_takes_more_than_there_is() -> None:
    rng = random.Random(0)
    scheduler = Scheduler(1000, piece=16, most=5)
    left: dict[int, int] = {}
    ended: list[int] = []
    for key in range(60):
        left[key] = rng.randint(1, 12)
        scheduler.add(key, rng.randint(1, 1000), rng.randint(1, 90))
    for _ in range(5000):
        _, write = step(scheduler)
        assert scheduler.used <= 1000 and len(write) <= 5
        for key in write:
            left[key] -= 1
            if not left[key] or rng.random() < 0.05:
                scheduler.leave(key)
                ended.append(key)
        if scheduler.idle:
            break
    assert sorted(ended) == list(range(60))
