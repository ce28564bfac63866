"""Engines in processes of their own: the same bits, a death that is one model's alone, nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil
import pytest
from small_writers import saved, writer

from anew.artifact import Artifact, load_artifact
from anew.contract import AppendOptions
from anew.deploy.store import Store
from anew.engine.apart import Apart, Died
from anew.engine.budget import Among
from anew.engine.constraint import Constraint
from anew.engine.messages import Known, Sent, of_error, to_error
from anew.engine.pool import Listed, Pool
from anew.engine.scheduler import Full
from anew.engine.served import Asked, Served
from anew.engine.writing import Token, Wishes, Written
from anew.errors import NotFound, RecipeError, Refused
from anew.models.autoregressive.decoder import Decoder
from anew.server.shelf import StoreShelf

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="all engines are of one process there")
NEVER_ENDS = ((256, -100.0),)  # the end of a text is not drawn


class Pair:
    """A shelf of two models; `broken` cannot be read by any process but this one."""

    def __init__(self) -> None:
        self.here = os.getpid()

    def listed(self) -> Sequence[Listed]:
        return [Listed(name, f"id-{name}", 1000, 0, "text") for name in ("one", "other", "broken", "filled")]

    def open(self, name: str) -> Artifact:
        if name == "broken" and os.getpid() != self.here:
            raise NotFound("it is not there", next_command="look elsewhere")
        return writer("byte letters" if name == "other" else "bytes", "decoder")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(Pair(), apart=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def here() -> Iterator[Pool]:
    made = Pool(Pair())
    yield made
    made.close()


def process_of(served: Served) -> psutil.Process:
    assert isinstance(served.apart, Apart)
    return psutil.Process(served.apart.process.pid)


def growing(served: Served, asked: Asked) -> Generator[Written, None, None]:
    more = threading.Event()
    texts = served.texts(asked, more.set)
    try:
        while True:
            assert more.wait(30)
            more.clear()
            if (written := texts.grown()) is not None:
                yield written
                if all(written.finish):
                    return
    finally:
        texts.cancel()


def last(served: Served, asked: Asked) -> Written:
    *_, found = growing(served, asked)
    return found


def until(true: Any, seconds: float = 5.0) -> float:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() < begun + seconds
        time.sleep(0.005)
    return time.monotonic() - begun


def asks(rng: random.Random) -> Asked:
    """One of many kinds."""
    logprobs = rng.choice([None, 0, 3])
    options = AppendOptions(
        max_new=rng.randint(1, 40), temperature=rng.choice([0.0, 1.0, 1.3]), top_k=rng.choice([0, 9]),
        bias=rng.choice([(), ((97, 3.0), (98, -2.5)), NEVER_ENDS]), logprobs=logprobs,
    )  # fmt: skip
    constraint = rng.choice([None, None, Constraint("regex", "[a-d]{2,9}"), Constraint("json", '{"type": "array"}')])
    wishes = Wishes(rng.choice([(), ("a", "é")]), constraint, best_of=rng.choice([1, 1, 3]))
    if rng.random() < 0.1:
        options, wishes = AppendOptions(max_new=8), Wishes(beams=3)
    prompt, seeds = [rng.randrange(256) for _ in range(rng.randint(1, 200))], [rng.getrandbits(60)] * rng.randint(1, 3)
    return Asked(prompt, seeds[:1] if wishes.beams else seeds, options, wishes, rng.random() < 0.5, "me")


def test_floats_count_in_both_processes(pool: Pool, here: Pool) -> None:
    with pool.lease("one") as apart, here.lease("one") as one:
        assert apart.apart is not None and one.engine is not None
        assert apart.nbytes - apart.apart.kept == 2 * (one.nbytes - one.engine.prefixes.limit) > 0


@pytest.mark.parametrize("name", ["one", "other"])
def test_texts_are_the_same_to_the_bit(pool: Pool, here: Pool, name: str) -> None:
    rng = random.Random(name)
    asked = [asks(rng) for _ in range(12)]
    with pool.lease(name) as apart, here.lease(name) as thread:
        assert apart.engine is None and thread.apart is None
        found = dict[int, Written]()
        threads = [
            threading.Thread(target=lambda i=i, one=one: found.update({i: last(apart, one)}))
            for i, one in enumerate(asked)
        ]
        for asking in threads:
            asking.start()
        for asking in threads:
            asking.join()
        for i, one in enumerate(asked):
            assert found[i] == last(thread, one), one
        for stands in growing(apart, asked[0]):
            assert len(stands.tokens) == len(stands.texts)
        assert apart.counts == (0, 0)


def test_what_is_new_makes_the_whole() -> None:
    """Texts that are read otherwise later; numbers that are none; half a surrogate pair."""
    nan, inf = float("nan"), float("inf")
    tokens = [Token(3, "\udca0", -inf, ((1, "a", 0.1), (2, "", nan))), Token(4, "", 1 / 3)]
    stages = [
        Written(["a\ufffd", ""], [None, None], [None, None], [tokens[:1], []], [1, 0]),
        Written(["aéz", "\ud800"], [None, "stop"], [-0.1, nan], [tokens, []], [2, 1]),
        Written(["b", "\ud800"], ["length", "stop"], [-0.1, nan], [tokens, []], [3, 1]),
    ]
    sent, known = Sent(), Known()
    for stage in stages:
        known.take(json.loads(json.dumps(sent.news(stage))))
        assert repr(known.written()) == repr(stage)


def test_errors_cross_as_themselves(pool: Pool, here: Pool) -> None:
    for one in (Refused("no", next_command="x"), RecipeError("a"), Full("b"), MemoryError("c")):
        back = to_error(json.loads(json.dumps(of_error(one))))
        assert type(back) is type(one) and str(back) == str(one)
    with contextlib.suppress(ZeroDivisionError):
        print(1 / 0)
    assert "of a model" in str(to_error(of_error(ZeroDivisionError("by nought"))))
    told = list[str]()
    for where in (pool, here):
        with where.lease("one") as served, pytest.raises(RecipeError) as caught:
            last(served, Asked([1] * 700, [1]))
        told.append(str(caught.value))
        with where.lease("one") as served, pytest.raises(RecipeError):
            last(served, Asked([1], [1], wishes=Wishes(constraint=Constraint("regex", "("))))
    assert told[0] == told[1]
    with pytest.raises(NotFound, match="look elsewhere"):
        pool.take("broken")
    assert pool.sequences.used == 0


def test_a_death_is_one_models_alone(pool: Pool) -> None:
    long = Asked([1, 2], [7], AppendOptions(max_new=500, bias=NEVER_ENDS))
    with pool.lease("one") as one, pool.lease("other") as other:
        expected = last(one, long)
        stream, company = growing(one, long), growing(other, long)
        next(stream), next(company)
        assert pool.sequences.used > 0
        process_of(one).kill()
        with pytest.raises(Died, match="signal 9"):
            list(stream)
        assert one.dead and one.counts == (0, 0) and not other.dead
        assert all(list(company)[-1].finish)
        with pytest.raises(Died):
            one.texts(long, lambda: None)
    until(lambda: pool.sequences.used == 0)
    assert pool.take_open("one") is None
    with pool.lease("one") as again:
        assert again is one and last(again, long) == expected


def test_who_leaves_frees_the_row(pool: Pool) -> None:
    long = Asked([1], [7] * 8, AppendOptions(max_new=590, bias=NEVER_ENDS))
    with pool.lease("one") as served:
        stream = growing(served, long)
        next(stream)
        assert sum(served.counts) == 8
        stream.close()
        assert until(lambda: served.counts == (0, 0) and pool.sequences.used == 0) < 1


def test_a_closed_model_leaves_no_process() -> None:
    pool = Pool(Pair(), apart=True)
    with pool.lease("one") as served:
        process, stream = process_of(served), growing(served, Asked([1], [7], AppendOptions(bias=NEVER_ENDS)))
        next(stream)
    pool.close()
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    with pytest.raises(Died):
        list(stream)


def test_it_opens_what_was_listed_whatever_the_name_stands_for_by_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    for width in (32, 64):
        sizes = {"width": width, "layers": 1, "heads": 2}
        saved(Decoder, "decoder", sizes, tmp_path / str(width))
    Store().add(tmp_path / "32", "small")
    pool = Pool(StoreShelf(), apart=True)
    before = pool.find("small")
    Store().add(tmp_path / "64", "small")
    asked = Asked([1, 2, 3], [7], AppendOptions(max_new=20, logprobs=2))
    found = list[Written]()
    for one, width in ((before, 32), (pool.find("small"), 64)):
        served, here = pool._opened(one), Served(load_artifact(tmp_path / str(width)), "here", "id")
        found.append(last(served, asked))
        assert found[-1] == last(here, asked)
        served.close()
        here.close()
    assert found[0] != found[1]


# ------------------------------------------------------------------------------------------------ memory


def takes(budget: Among, seed: int, turns: int) -> None:
    """Take and give at random, never more than there is; told no, it waits for its turn."""
    rng, held = random.Random(seed), 0
    for _ in range(turns):
        nbytes = rng.randint(1, 100 - held) if held < 100 else 0
        if not nbytes or (held and rng.random() < 0.5):
            budget.give("me", held)
            held = 0
            continue
        while not budget.take("me", nbytes):
            assert budget.used <= budget.total
            if held:
                budget.give("me", held)
                held = 0
            time.sleep(0.0002)
        held += nbytes
    budget.give("me", held)


def holds(budget: Among) -> None:
    budget.take("me", 60)
    with budget._locked():
        os.kill(os.getpid(), signal.SIGKILL)


def test_processes_share_memory_and_never_take_more_than_there_is() -> None:
    context = get_context("forkserver")
    budget = Among(100)
    members = [budget.member() for _ in range(3)]
    processes = [context.Process(target=takes, args=(member, i, 300)) for i, member in enumerate(members)]
    for one in processes:
        one.start()
    most = 0
    while any(one.is_alive() for one in processes):
        most = max(most, budget.used)
        time.sleep(0.001)
    assert [one.exitcode for one in processes] == [0] * 3 and 0 < most <= 100 and budget.used == 0
    member = budget.member()
    dying = context.Process(target=holds, args=(member,))
    dying.start()
    dying.join()
    assert budget.used == 60  # the lock is free, though it died with it
    budget.end(member)
    assert budget.used == 0 and budget.take("this one", 100)


# ------------------------------------------------------------------------------------------------ the server


def test_a_killed_server_leaves_no_process(tmp_path: Path) -> None:
    import httpx2

    sizes = {"width": 64, "layers": 2, "heads": 2}
    Store(tmp_path / "models").add(saved(Decoder, "decoder", sizes, tmp_path / "small"), "small")
    command = [sys.executable, "-m", "anew", "serve", "--port", "0"]
    environment = os.environ | {"ANEW_HOME": str(tmp_path)}
    told: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, env=environment, **told) as server:
        try:
            assert server.stdout is not None
            url = re.findall(r"http://\S+/v1", server.stdout.readline())[0].replace("localhost", "127.0.0.1")
            asked = {"model": "small", "prompt": "a", "max_tokens": 60, "logit_bias": {"256": -100}, "stream": True}
            with httpx2.stream("POST", f"{url}/completions", json=asked | {"n": 8}, timeout=30) as answer:
                lines = answer.iter_lines()
                next(lines)
                family = psutil.Process(server.pid).children(recursive=True)
                models = [one for one in family if one.ppid() != server.pid]
                assert models
                models[0].kill()
                events = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
            assert events[-1]["error"]["code"] == "model_died" and events[-1]["error"]["type"] == "server_error"
            again = httpx2.post(f"{url}/completions", json=asked | {"stream": False}, timeout=30)
            assert again.status_code == 200 and len(again.json()["choices"][0]["text"]) > 0
            family = psutil.Process(server.pid).children(recursive=True)
            assert len(family) >= 2
        finally:
            server.kill()
        gone, alive = psutil.wait_procs(family, 5)
        assert not alive, alive
