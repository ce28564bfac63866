"""Turns are fair, memory that is shared is never overdrawn, and nobody is passed over for ever."""

from __future__ import annotations

import random
import threading
import time

from anew.engine.budget import Budget
from anew.engine.scheduler import Scheduler
from anew.engine.turns import Turns, Worker


def test_whoever_asks_for_much_does_not_hold_up_the_others() -> None:
    scheduler = Scheduler(1000, piece=8, most=2)
    for key in range(100):
        scheduler.add(key, 1, 1, "many")
    scheduler.add(100, 1, 1, "one")
    assert scheduler.admit() == [0, 100]
    scheduler.leave(0)
    assert scheduler.admit() == [1]
    scheduler.leave(100)
    scheduler.add(101, 1, 1, "one")
    scheduler.leave(1)
    assert scheduler.admit() == [2, 101]


def test_one_who_is_too_big_for_now_keeps_his_turn() -> None:
    turns: Turns[int] = Turns()
    turns.add("a", 1)
    turns.add("b", 2)
    assert turns.head({"a": 1}) == 2 and turns.head({"b": 5}) == 2, "the head changed before it was taken"
    turns.take()
    assert turns.head({}) == 1 and turns.remove(lambda item: item == 1) and turns.head({}) is None and not len(turns)


def test_shared_memory_is_never_overdrawn_and_goes_to_whoever_waits_longest() -> None:
    budget = Budget(100)
    assert budget.take("a", 60) and not budget.take("b", 50)
    assert not budget.take("c", 10), "b was overtaken, and could be for ever"
    budget.give("a", 60)
    assert budget.take("c", 40) and budget.take("b", 50) and budget.used == 90
    assert not budget.take("a", 20)
    budget.forget("a")
    assert budget.take("c", 10)


def test_engines_that_share_memory_all_end() -> None:
    rng, budget = random.Random(0), Budget(1000)
    engines = [Scheduler(budget, piece=16, most=4) for _ in range(3)]
    left = {}
    for key in range(90):
        left[key] = rng.randint(1, 9)
        engines[key % 3].add(key, rng.randint(1, 1000), rng.randint(1, 40), f"owner {key % 5}")
    for _ in range(20_000):
        scheduler = rng.choice(engines)
        scheduler.admit()
        plan = scheduler.plan()
        for key, tokens in plan.read:
            scheduler.has_read(key, tokens)
        assert budget.used == sum(one.used for one in engines) <= 1000
        for key in plan.write:
            left[key] -= 1
            if not left[key]:
                scheduler.leave(key)
                del left[key]
    assert not left and budget.used == 0


def test_a_worker_takes_owners_by_turns_and_ends() -> None:
    worker, order, go = Worker("test"), list[str](), threading.Event()
    worker.submit("a", go.wait)
    for owner in ("a", "a", "a", "b"):
        worker.submit(owner, lambda owner=owner: order.append(owner))
    assert worker.waiting >= 4 and not worker.idle
    go.set()
    for _ in range(500):
        if worker.idle:
            break
        time.sleep(0.01)
    assert order in (["b", "a", "a", "a"], ["a", "b", "a", "a"])
    worker.close()
    worker.submit("a", lambda: order.append("late"))
    time.sleep(0.05)
    assert "late" not in order
