"""Models come and go: within their memory, loaded once, none closed that somebody holds, none held up by another."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from small_writers import writer

from anew.artifact import Artifact
from anew.engine.pool import Busy, Listed, Pool
from anew.errors import Damaged, NotFound, Refused

SIZE = 1 << 20


class Shelf:
    """Models `a` to `d`; `slow` waits to be let go, `bad` cannot be read, `huge` never fits."""

    def __init__(self) -> None:
        self.go, self.loads = threading.Event(), list[str]()

    def listed(self) -> Sequence[Listed]:
        names = ("a", "b", "c", "d", "slow", "bad", "huge")
        sizes = {"huge": 1 << 40}
        return [Listed(name, f"id-{name}", sizes.get(name, SIZE), 0, "text", [f"{name}-too"]) for name in names]

    def open(self, name: str) -> Artifact:
        self.loads.append(name)
        if name == "slow":
            assert self.go.wait(10)
        if name == "bad":
            raise Damaged("model.safetensors is damaged")
        return writer("bytes", "rnn")


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def pool(shelf: Shelf) -> Pool:
    return Pool(shelf, budget=5 * SIZE)


def test_one_that_takes_more_than_its_files_said_is_not_kept(shelf: Shelf) -> None:
    taken = Pool(shelf).take("a").nbytes
    with pytest.raises(Refused, match="takes"):
        Pool(shelf, budget=taken).take("a")


def test_a_model_is_loaded_once_however_many_ask(pool: Pool, shelf: Shelf) -> None:
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(pool.take, name) for name in ["slow", "slow-too"] * 4]
        shelf.go.set()
        found = {id(one.result(10)) for one in asked}
    assert len(found) == 1 and shelf.loads == ["slow"]


def test_one_that_loads_holds_up_nobody_else(pool: Pool, shelf: Shelf) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(pool.take, "slow")
        begun = time.monotonic()
        with pool.lease("a") as served:
            assert served.name == "a" and time.monotonic() - begun < 5
        shelf.go.set()
        assert slow.result(10).name == "slow"


def test_what_nobody_holds_goes_when_room_is_needed(pool: Pool) -> None:
    for name in ("a", "b"):
        with pool.lease(name) as served:
            pool._places[served.digest].nbytes = SIZE  # as large as its files said
    held = pool.take("a")
    with pool.lease("c") as served:
        pool._places[served.digest].nbytes = SIZE
        assert {one.name for one in pool.open_now().values()} == {"a", "c"}
        with pytest.raises(Busy):
            pool.take("d")
    assert not held.worker.closed
    pool.give(held)
    with pool.lease("d"):
        assert "d" in {one.name for one in pool.open_now().values()}


def test_what_cannot_be_opened_says_so_each_time_and_takes_nothing(pool: Pool) -> None:
    for _ in range(2):
        with pytest.raises(Damaged):
            pool.take("bad")
        with pytest.raises(Refused, match="huge takes"):
            pool.take("huge")
    with pytest.raises(NotFound, match="slow"):
        pool.take("slwo")
    assert not pool._places


def test_what_is_held_is_not_closed_and_the_rest_is_when_it_was_not_used(pool: Pool) -> None:
    held = pool.take("a")
    with pool.lease("b"):
        pass
    assert pool.close_unused(60) == []
    assert pool.close_unused(0) == ["b"] and list(pool.open_now()) == ["id-a"]
    pool.give(held)
    assert pool.close_unused(0, ["b"]) == [] and pool.close_unused(0, ["a"]) == ["a"]
