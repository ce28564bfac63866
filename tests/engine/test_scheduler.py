"""The scheduler without a model: bytes are never overdrawn, nobody waits for ever, who leaves is gone at once."""

from __future__ import annotations

import random

import pytest

from anew.engine.scheduler import Scheduler
from anew.errors import Refused


def step(scheduler: Scheduler) -> tuple[int | None, list[int]]:
    """Admit, plan and read as planned; who read and who wrote."""
    scheduler.admit()
    plan = scheduler.plan()
    if plan.read is not None:
        scheduler.has_read(*plan.read)
    return (plan.read[0] if plan.read else None), list(plan.write)


def test_a_prompt_is_read_in_pieces_and_then_written_to() -> None:
    scheduler = Scheduler(100, piece=4)
    scheduler.add(7, 60, 10)
    assert [step(scheduler) for _ in range(4)] == [(7, []), (7, []), (7, []), (None, [7])]


def test_who_writes_never_waits_for_a_prompt_and_prompts_take_turns() -> None:
    scheduler = Scheduler(100, piece=4)
    scheduler.add(0, 10, 4)
    step(scheduler)
    scheduler.add(1, 10, 40)
    scheduler.add(2, 10, 8)
    seen = [step(scheduler) for _ in range(4)]
    assert [read for read, _ in seen] == [1, 2, 1, 2], "the short prompt waited for the long one"
    assert all(0 in write for _, write in seen)
    assert step(scheduler) == (1, [0, 2])


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
    assert step(scheduler) == (1, [])


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
