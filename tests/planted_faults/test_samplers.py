"""Faults of solvers and of the sampler of tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from anew.contract import Chunk
from anew.samplers import flow as solvers
from anew.samplers import masked, tokens
from anew.samplers.denoising import ancestral
from anew.testing import check_sampler
from parts.planting import caught


def slow_heun(velocity, x_BS, times, hold=solvers.free) -> Iterator[Any]:
    """First order, for the second slope is the first once more."""
    for t, after in zip(times[:-1], times[1:], strict=True):
        v_BS = solvers.at(velocity, x_BS, t)
        solvers.at(velocity, x_BS, t)
        clean_BS = x_BS + (1 - t) * v_BS
        x_BS = hold(x_BS + (after - t) * v_BS, after)
        yield solvers.Step(x_BS, clean_BS)


def even_steps_only(velocity, x_BS, times, hold=solvers.free) -> Iterator[Any]:
    """Adams–Bashforth with the coefficients of equal steps, whatever the steps."""
    before_BS = None
    for t, after in zip(times[:-1], times[1:], strict=True):
        v_BS = solvers.at(velocity, x_BS, t)
        slope_BS = v_BS if before_BS is None else 1.5 * v_BS - 0.5 * before_BS
        x_BS, before_BS = hold(x_BS + (after - t) * slope_BS, after), v_BS
        yield solvers.Step(x_BS, x_BS + (1 - after) * v_BS)


def in_place(velocity, x_BS, times, hold=solvers.free) -> Iterator[Any]:
    for t, after in zip(times[:-1], times[1:], strict=True):
        v_BS = solvers.at(velocity, x_BS, t)
        x_BS += (after - t) * v_BS
        yield solvers.Step(x_BS, x_BS + (1 - after) * v_BS)


def spends(velocity, x_BS, times, hold=solvers.free) -> Iterator[Any]:
    for step in solvers.euler(velocity, x_BS, times, hold):
        solvers.at(velocity, step.x_BS, 0.5)
        yield step


def loud(velocity, x_BS, times, hold=solvers.free, *, fresh) -> Iterator[Any]:
    return ancestral(velocity, x_BS, times, hold, fresh=lambda: 1.3 * fresh())


def deaf(velocity, x_BS, times, hold=solvers.free, *, fresh) -> Iterator[Any]:
    return solvers.euler(velocity, x_BS, times, hold)


SOLVER_FAULTS = [
    (slow_heun, 2, lambda n: 2 * n, "a_solver_converges_at_its_order"),
    (even_steps_only, 2, None, "a_solver_converges_at_its_order"),
    (solvers.heun, 2, None, "a_solver_makes_the_calls_it_declares"),
    (spends, 1, None, "a_solver_makes_the_calls_it_declares"),
    (in_place, 1, None, "a_solver_depends_on_its_arguments_alone"),
    (in_place, 1, None, "what_is_held_stays_held"),
    (loud, 1, None, "a_solver_that_draws_keeps_the_distribution"),
    (deaf, 1, None, "a_solver_that_draws_keeps_the_distribution"),
]


@pytest.mark.parametrize(
    ("solver", "order", "calls", "check"),
    SOLVER_FAULTS,
    ids=[f"{case[0].__name__}-{case[3]}" for case in SOLVER_FAULTS],
)
def test_a_faulty_solver_is_caught(solver: Any, order: int, calls: Any, check: str) -> None:
    caught(check_sampler, solver, check, order, calls)


def decoder(**changes: Any) -> Callable[..., Iterator[Chunk]]:
    """The token sampler with some of its arguments replaced by what `changes` make of them."""

    def decode(extend: Any, rngs: Any, prompts: Any, options: Any, **more: Any) -> Iterator[Chunk]:
        given = {"rngs": rngs, "prompts": prompts, "options": options, **more}
        given |= {name: change(given[name]) for name, change in changes.items()}
        return tokens.decode(extend, given.pop("rngs"), given.pop("prompts"), given.pop("options"), **given)

    return decode


DECODER_FAULTS = [
    (decoder(rngs=lambda rngs: [rngs[0]] * len(rngs)), "each_row_has_its_own_generator"),
    (decoder(rows=lambda rows: rows + 1), "networks_run_on_blocks_of_one_size"),
    (decoder(options=lambda o: replace(o, temperature=o.temperature**0.8)), "frequencies_are_the_probabilities"),
    (decoder(options=lambda o: replace(o, temperature=max(o.temperature, 0.8))), "temperature_0_takes_the_likeliest"),
    (decoder(options=lambda o: replace(o, top_k=o.top_k and o.top_k + 1)), "top_k_top_p_and_min_p_keep_what_they_say"),
    (decoder(options=lambda o: replace(o, top_p=1.0)), "top_k_top_p_and_min_p_keep_what_they_say"),
    (decoder(options=lambda o: replace(o, min_p=o.min_p / 2)), "top_k_top_p_and_min_p_keep_what_they_say"),
    (decoder(prompts=lambda ps: [p[:-1] for p in ps]), "a_prompt_is_read_and_left_as_it_is"),
    (decoder(options=lambda o: replace(o, max_new=o.max_new + 1)), "rows_end_at_the_end_symbol_or_the_limit"),
    (decoder(allowed=lambda a: None), "only_allowed_tokens_come"),
]


def unmasker(**changes: Any) -> Callable[..., Iterator[Any]]:
    def unmask(denoise: Any, x_BT: Any, hidden_BT: Any, rngs: Any, choice: Any, **more: Any) -> Iterator[Any]:
        given = {"x_BT": x_BT, "hidden_BT": hidden_BT, "rngs": rngs, "choice": choice, **more}
        given |= {name: change(given[name]) for name, change in changes.items()}
        return masked.unmask(denoise, **given)

    return unmask


UNMASK_FAULTS = [
    (unmasker(steps=lambda steps: steps + 1), "as_many_are_revealed_a_step_as_can_be_even"),
    (unmasker(hidden_BT=lambda hidden_BT: hidden_BT | True), "what_is_known_or_revealed_stays"),
    (unmasker(choice=lambda o: replace(o, temperature=o.temperature**0.8)), "tokens_come_as_often_as_they_are_likely"),
    (unmasker(never_BTV=lambda never_BTV: None), "what_may_never_stand_somewhere_does_not"),
    (unmasker(rngs=lambda rngs: [rngs[0]] * len(rngs)), "each_row_has_its_own_generator_in_unmasking"),
]


@pytest.mark.parametrize(("unmask", "check"), UNMASK_FAULTS, ids=[check for _, check in UNMASK_FAULTS])
def test_a_faulty_sampler_of_hidden_tokens_is_caught(unmask: Any, check: str) -> None:
    caught(check_sampler, unmask, check)


@pytest.mark.parametrize(("decode", "check"), DECODER_FAULTS, ids=[check for _, check in DECODER_FAULTS])
def test_a_faulty_token_sampler_is_caught(decode: Any, check: str) -> None:
    caught(check_sampler, decode, check)
