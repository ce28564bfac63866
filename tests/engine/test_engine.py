"""What a request gets depends on itself alone: not on company, on what was cached, on drafts; in floats and in int8."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch

from anew.contract import AppendOptions, Spec
from anew.engine import engine as looping
from anew.engine.engine import Engine
from anew.engine.quantise import quantise
from anew.engine.requests import Answer, Request
from anew.engine.runner import Runner
from anew.errors import Refused
from anew.models.autoregressive.decoder import Decoder
from anew.samplers.tokens import decode
from anew.testing.suite import seeded

VOCAB, CONTEXT, PIECE, LENGTH = 61, 512, 16, 32
FORMS: dict[str, dict[str, Any]] = {
    "llama": {"kv_heads": 2},
    "gemma": {"kv_heads": 1, "pattern": "lg", "window": 24, "norm_after": True, "norm_offset": 1.0, "qk_norm": True,
              "activation": "gelu_tanh", "attention_cap": 20.0, "logit_cap": 15.0, "local_base": 1000.0},
    "gpt": {"norm": "layer", "gated": False, "activation": "gelu_tanh", "positions": "learned", "qkv_bias": True,
            "out_bias": True, "mlp_bias": True, "tied": True},
}  # fmt: skip


def network(form: str, int8: bool, inner: int = 64) -> Decoder:
    """Weights at random, large enough that tokens depend on all that came before them."""
    spec = Spec("tokens", (CONTEXT,), vocab=VOCAB, end=0, begins=())
    with seeded(5):
        decoder = Decoder(spec, width=48, layers=2, heads=4, inner=inner, **FORMS[form]).eval()
        for p in decoder.parameters():
            if p.ndim > 1:
                torch.nn.init.normal_(p, std=0.3)
    if int8:
        quantise(decoder)
    return decoder


def requests(temperature: float) -> list[Request]:
    """Eight of ragged lengths; half of them share a beginning, and one repeats itself, which drafts thrive on."""
    rng = torch.Generator().manual_seed(3)

    def drawn(n: int) -> list[int]:
        return torch.randint(1, VOCAB, (n,), generator=rng).tolist()

    shared, made = drawn(40), []
    for i, n in enumerate((1, 30, 16, 55, 9, 64, 3, 33)):
        prompt = [*(shared if i % 2 else []), *drawn(n)] * (8 if i == 6 else 1)
        options = AppendOptions(
            max_new=LENGTH, temperature=temperature, top_p=0.9 if i == 3 else 1.0, bias=((0, -20.0),)
        )
        made.append(Request(tuple(prompt), options, seed=i))
    return made


def engine(decoder: Decoder, kernel: bool = True, **settings: Any) -> Engine:
    return Engine(Runner(decoder, piece=PIECE, kernel=kernel), (0,), **{"prefix_bytes": 0} | settings)


def plain(asked: list[Request]) -> list[Request]:
    return [replace(one, drafts=False) for one in asked]


def tokens(answers: list[Answer]) -> list[tuple[int, ...]]:
    return [answer.tokens for answer in answers]


CASES = [  # the kernel steps llama's form in int8, where there is one: test_kernel.py asks for it
    ("llama", False, 0.0, True), ("llama", True, 1.0, True), ("llama", True, 1.0, False), ("gemma", False, 1.0, True),
    ("gpt", True, 0.0, True),
]  # fmt: skip


@pytest.mark.parametrize(("form", "int8", "temperature", "kernel"), CASES)
def test_eight_requests_get_what_each_gets_alone(form: str, int8: bool, temperature: float, kernel: bool) -> None:
    decoder, asked = network(form, int8), requests(temperature)
    made = partial(engine, decoder, kernel=kernel)
    alone = [made().run([one])[0] for one in plain(asked)]
    assert all(len(answer.tokens) == LENGTH and answer.finish == "length" for answer in alone)
    assert len(set(tokens(alone))) == 8
    together = made().run(plain(asked))
    assert tokens(together) == tokens(alone), "in company"
    cached = made(prefix_bytes=1 << 26)
    cached.run([replace(asked[1], options=AppendOptions(max_new=1))])
    found = cached.run(plain(asked))
    assert [answer.cached for answer in found[1::2]] == [64, 32, 32, 32] and not found[0].cached
    assert tokens(found) == tokens(alone), "from the prefix cache"
    drafted = made(prefix_bytes=1 << 26)
    assert tokens(drafted.run(asked)) == tokens(alone), "with drafts, in company"
    assert tokens([made().run([asked[6]])[0]]) == tokens(alone[6:7]), "with drafts, alone"


def test_it_says_what_the_plain_sampler_says() -> None:
    decoder, asked = network("llama", False), requests(0.0)[:4]
    prompts = [torch.tensor(one.prompt) for one in asked]
    rngs = [torch.Generator().manual_seed(one.seed) for one in asked]
    options = [replace(one.options, max_new=24) for one in asked]
    verb = lambda *args: decoder.extend(*args)  # noqa: E731
    chunks = list(decode(verb, rngs, prompts, options, end=0, context=CONTEXT, begins=()))
    expected = torch.cat([chunk.data for chunk in chunks], 1).tolist()
    answers = engine(decoder).run([replace(one, options=o) for one, o in zip(asked, options, strict=True)])
    assert [list(answer.tokens) for answer in answers] == expected


def test_drafts_save_steps_and_change_no_log_probability() -> None:
    decoder = network("llama", False)
    few = ((7, 40.0), (8, 40.0))  # of two tokens every run has stood before
    one = Request((7, 8, 9), AppendOptions(max_new=100, temperature=0.0, logprobs=2, bias=few), drafts=False)
    count: dict[bool, int] = {}
    answers = {}
    for drafts in (False, True):
        made = engine(decoder)
        ticket = made.submit(replace(one, drafts=drafts))
        count[drafts] = sum(iter(made.step, False)) + 1
        answers[drafts] = ticket.answer()
    assert answers[True] == answers[False] and len(answers[True].likely) == 100
    assert count[True] < 0.8 * count[False], f"{count[True]} steps with drafts, {count[False]} without"


def test_memory_is_what_was_admitted_and_never_more() -> None:
    decoder, asked = network("llama", False), requests(1.0)
    need = Runner(decoder).bytes_of(136)
    made = engine(decoder, budget=3 * need)
    alone = tokens(engine(decoder).run(asked))
    tickets = [made.submit(one) for one in asked]
    most = 0
    while made.step():
        held = sum(live.memory.nbytes for live in made._lives.values() if live.memory is not None)
        assert held <= made.scheduler.used <= made.scheduler.budget.total
        most = max(most, held)
    assert most > need, "nothing ran beside anything"
    assert tokens([ticket.answer() for ticket in tickets]) == alone, "a tight budget changes tokens"
    with pytest.raises(Refused, match="bytes"):
        engine(decoder, budget=need // 2).submit(asked[3])


def test_memory_follows_from_what_the_machine_has_free(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = network("llama", False)
    need, whole = Runner(decoder).bytes_of(CONTEXT), Request((1, 2), AppendOptions(max_new=CONTEXT))
    monkeypatch.setattr(looping, "free_bytes", lambda: 2 * need)
    engine(decoder).submit(whole)
    monkeypatch.setattr(looping, "free_bytes", lambda: need)
    with pytest.raises(Refused, match=f"needs {need:,} bytes of memory") as told:
        engine(decoder).submit(whole)
    assert "fewer new tokens" in str(told.value.next_command)
    monkeypatch.setattr(looping, "free_bytes", lambda: 16 << 30)
    assert engine(decoder).scheduler.budget.total == 12 << 30


@pytest.mark.parametrize("after", ["add", "notify"])
def test_a_submission_that_is_interrupted_leaves_nothing_behind(after: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made, asked = engine(network("llama", False)), requests(0.0)
    owner = made.scheduler if after == "add" else made._changed
    whole = getattr(owner, after)

    def interrupted(*given: Any) -> None:
        whole(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(owner, after, interrupted)
        with pytest.raises(KeyboardInterrupt):
            made.submit(asked[0])
    assert made.scheduler.idle and not made._lives
    assert len(made.run([asked[4]])[0].tokens) == LENGTH


def test_cancelling_frees_the_place_at_once_and_changes_nobody_else() -> None:
    decoder, asked = network("llama", False), requests(1.0)
    alone = engine(decoder).run([asked[1]])[0]
    room = [Runner(decoder).bytes_of(len(one.prompt) + LENGTH) for one in asked]
    made = engine(decoder, budget=room[0] + room[1])
    first, second, third = (made.submit(one) for one in (asked[0], asked[1], asked[2]))
    for _ in range(12):
        made.step()
    assert made.scheduler.used == room[0] + room[1], "the third does not wait"
    first.cancel()
    assert made.scheduler.used == room[1], "its bytes are still taken"
    made.step()
    assert made.scheduler.used == room[1] + room[2], "nobody took its place"
    while made.step():
        pass
    assert first.answer().finish == "cancelled"
    assert second.answer().tokens == alone.tokens
    assert third.answer().finish == "length"


@pytest.fixture
def served() -> Iterator[Engine]:
    with engine(network("llama", False), prefix_bytes=1 << 26) as made:
        yield made


def test_many_threads_ask_at_once(served: Engine) -> None:
    asked = [replace(one, options=replace(one.options, max_new=20)) for one in requests(1.0)]
    expected = [answer.tokens for answer in engine(network("llama", False)).run(asked)]
    got: dict[int, Answer] = {}

    def ask(i: int) -> None:
        got[i] = served.submit(asked[i]).answer()

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [got[i].tokens for i in range(8)] == expected


def test_tokens_come_as_they_are_chosen_and_can_be_cancelled(served: Engine) -> None:
    ticket = served.submit(replace(requests(1.0)[3], drafts=False))
    seen = 0
    for instalment in ticket:
        seen += len(instalment.tokens)
        if seen == 3:
            ticket.cancel()
    assert 3 <= seen < LENGTH and instalment.finish == "cancelled"
    ticket.cancel()


def test_an_error_reaches_whoever_waits(served: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as patch:
        patch.setattr(served.runner, "read", broken)
        with pytest.raises(RuntimeError, match="out of order"):
            served.submit(requests(0.0)[0]).answer()
    assert served.submit(replace(requests(0.0)[0], options=AppendOptions(max_new=2))).answer().finish == "length"


class Falling:
    """A guide that fails at its second token."""

    def __init__(self) -> None:
        self.count = 0

    def allowed(self) -> None:
        return None

    def took(self, token: int) -> bool:
        self.count += 1
        if self.count == 2:
            raise ValueError("no further")
        return False

    def rewind(self, n: int) -> None:
        self.count -= n

    def copy(self) -> Falling:
        return Falling()


def test_an_error_in_one_request_ends_no_other(served: Engine) -> None:
    asked = requests(1.0)[:4]
    expected = [answer.tokens for answer in engine(network("llama", False)).run(asked)]
    asked[2] = replace(asked[2], guide=Falling())
    tickets = [served.submit(one) for one in asked]
    with pytest.raises(ValueError, match="no further"):
        tickets[2].answer()
    assert tickets[2].answer().finish == "cancelled", "whoever reads on would wait for ever"
    assert [tickets[i].answer().tokens for i in (0, 1, 3)] == [expected[i] for i in (0, 1, 3)]


def test_a_prompt_that_cannot_be_read_ends_none_that_is_read_beside_it() -> None:
    decoder, asked = network("llama", True), requests(1.0)[:4]
    expected = tokens(engine(decoder).run(asked))
    made = engine(decoder)
    tickets = [made.submit(one) for one in (*asked[:2], Request((5, VOCAB + 1)), *asked[2:])]
    while made.step():
        pass
    with pytest.raises(IndexError):
        tickets.pop(2).answer()
    assert tokens([ticket.answer() for ticket in tickets]) == expected


def test_requests_that_cannot_be_opened_end_and_those_behind_them_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = requests(0.0)[:2]
    made = engine(network("llama", False), budget=Runner(network("llama", False)).bytes_of(128))
    tickets = [made.submit(one) for one in asked]
    with monkeypatch.context() as patch:
        patch.setattr(made.runner, "open", lambda positions, under: torch.zeros(-1))
        made.step()
    while made.step():
        pass
    with pytest.raises(RuntimeError):
        tickets[0].answer()
    assert tickets[1].answer().finish == "length"


def test_what_goes_wrong_in_a_run_leaves_nothing_behind() -> None:
    made, asked = engine(network("llama", False)), requests(0.0)[:3]
    with pytest.raises(Refused):
        made.run([*asked, Request(())])
    assert made.scheduler.idle and not made._lives, "requests of a run that was refused are still there"
    with pytest.raises(ValueError, match="no further"):
        made.run([asked[0], replace(asked[1], guide=Falling())])
    assert made.scheduler.idle and not made.scheduler.used


def test_a_run_may_hold_more_requests_than_may_wait() -> None:
    made, asked = engine(network("llama", False), most=1), requests(0.0)[:5]
    made.scheduler.room = 2
    assert tokens(made.run(asked)) == tokens(engine(network("llama", False)).run(asked))


def test_a_run_waits_for_nobody_else() -> None:
    made, asked = engine(network("llama", False)), requests(0.0)
    other = made.submit(replace(asked[0], options=replace(asked[0].options, max_new=400)))
    assert len(made.run([asked[4]])[0].tokens) == LENGTH
    assert len([token for instalment in other.ready() for token in instalment.tokens]) < 100
    assert made.step(), "the other one was read to its end"


def test_threads_may_step_one_engine() -> None:
    """By turns: two steps at once would say a token twice."""
    made, asked, got = engine(network("llama", False)), requests(1.0), dict[int, list[Answer]]()
    expected = tokens(engine(network("llama", False)).run(asked))

    def ask(i: int) -> None:
        got[i] = made.run(asked[i : i + 2])

    threads = [threading.Thread(target=ask, args=(i,)) for i in (0, 2, 4, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [one for i in (0, 2, 4, 6) for one in tokens(got[i])] == expected


def test_who_waits_when_the_engine_closes_is_told_and_nobody_comes_after() -> None:
    with engine(network("llama", False)) as made:
        ticket = made.submit(replace(requests(1.0)[3], options=AppendOptions(bias=((0, -99.0),))))
        next(iter(ticket))
    assert ticket.answer().finish == "cancelled" and made.scheduler.idle
    with pytest.raises(Refused, match="closed"):
        made.submit(requests(1.0)[0])


def test_a_prompt_is_what_it_was_when_it_was_submitted() -> None:
    made, asked = engine(network("llama", False), prefix_bytes=1 << 26), requests(0.0)[1]
    mine = list(asked.prompt)
    ticket = made.submit(replace(asked, prompt=mine))
    mine[:] = [1] * len(mine)
    while made.step():
        pass
    assert ticket.answer().tokens == made.run([asked])[0].tokens and made.run([asked])[0].cached == 64


def test_prompts_that_cannot_be_gone_on_from_are_refused() -> None:
    made = engine(network("llama", False))
    for prompt in ((), (1,) * CONTEXT):
        with pytest.raises(Refused, match=f"1 to {CONTEXT - 1} tokens"):
            made.submit(Request(prompt))
    with pytest.raises(Refused, match="guidance"):
        made.submit(Request((1,), AppendOptions(guidance=2.0)))
    to_the_end = made.run([Request((1,) * (CONTEXT - 2), AppendOptions(bias=((0, -99.0),)))])[0]
    assert len(to_the_end.tokens) == 2 and to_the_end.finish == "length"


@pytest.mark.parametrize("int8", [False, True])
@pytest.mark.parametrize("inner", [64, 86])
@pytest.mark.parametrize("form", ["llama", "gemma"])
def test_log_probabilities_do_not_depend_on_the_place_in_a_block(form: str, inner: int, int8: bool) -> None:
    """Of widths whose blocks end within what torch's loops take at once: 86 of the activations, 61 of the capped
    logits."""
    decoder = network(form, int8, inner)
    rng = torch.Generator().manual_seed(0)
    options = AppendOptions(max_new=6, logprobs=3, temperature=2.0)
    prompts = [torch.randint(1, VOCAB, (n % 29 + 1,), generator=rng).tolist() for n in range(96)]
    asked = [Request(tuple(prompt), options, seed=i) for i, prompt in enumerate(prompts)]
    runs = engine(decoder, kernel=False)
    alone = [runs.run([one])[0] for one in asked]
    company = [answer for i in range(0, 96, 12) for answer in runs.run(asked[i : i + 12])]
    assert [(one.tokens, one.likely) for one in company] == [(one.tokens, one.likely) for one in alone]
