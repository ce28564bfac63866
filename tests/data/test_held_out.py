"""Held-out pairs: never together in training, each half seen there with two others; which, content alone decides."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from anew.data.held_out import hold_out
from anew.data.split import SPLITS

OBJECTS, COLOURS, STYLES = [f"thing {i}" for i in range(12)], ["red", "green", "blue", "black"], ["ink", "oil", "clay"]
KINDS = [("object", "colour"), ("object", "style")]
TRAIN, TEST = SPLITS.index("train"), SPLITS.index("test")


def drawings() -> list[dict[str, str]]:
    return [{"object": o, "colour": c, "style": s} for o in OBJECTS for c in COLOURS for s in STYLES]


def held(facts: list[dict[str, str]], splits: np.ndarray | None = None, share: float = 0.15, **more: object):
    splits = np.zeros(len(facts), np.int8) if splits is None else splits
    return hold_out(facts, splits, np.ones(len(facts), bool), more.get("kinds", KINDS), share)  # type: ignore[arg-type]


def partners(facts: list[dict[str, str]], splits: np.ndarray, one: str, other: str) -> dict[str, set[str]]:
    """With which others each value is seen in training."""
    seen: dict[str, set[str]] = defaultdict(set)
    for known, split in zip(facts, splits, strict=True):
        if split == TRAIN and one in known and other in known:
            seen[known[one]].add(known[other])
            seen[known[other]].add(known[one])
    return seen


@pytest.mark.parametrize("share", [0.15, 0.9])
def test_no_held_out_pair_is_in_training_and_each_half_is_with_two_others(share: float) -> None:
    facts = drawings()
    splits, chosen = held(facts, share=share)
    assert (len(chosen[KINDS[0]]) == round(share * len(OBJECTS) * len(COLOURS))) == (share == 0.15)
    for kinds, pairs in chosen.items():
        assert pairs and len(set(pairs)) == len(pairs)
        seen = partners(facts, splits, *kinds)
        for pair in pairs:
            rows = [i for i, known in enumerate(facts) if (known[kinds[0]], known[kinds[1]]) == pair]
            assert {int(splits[i]) for i in rows} == {TEST}
            assert all(len(seen[half]) >= 2 for half in pair)
    others = [i for i, known in enumerate(facts) if not any((known[a], known[b]) in chosen[a, b] for a, b in KINDS)]
    assert (splits[others] == TRAIN).all()


def test_a_value_with_few_partners_is_never_held_out() -> None:
    one = {"object": "rare", "colour": "red"}
    two = [{"object": "scarce", "colour": "red"}, {"object": "scarce", "colour": "green"}]
    facts = [one, *two, *({"object": o, "colour": c} for o in OBJECTS for c in COLOURS)]
    splits, chosen = held(facts, share=0.99, kinds=KINDS[:1])
    assert (splits[:3] == TRAIN).all() and len(chosen[KINDS[0]]) > 12
    assert not {"rare", "scarce"} & {half for pair in chosen[KINDS[0]] for half in pair}


def test_only_what_training_shows_counts_as_a_partner() -> None:
    facts = [{"object": "a", "colour": c} for c in COLOURS] + [{"object": "b", "colour": c} for c in COLOURS]
    facts += [{"object": "c", "colour": c} for c in COLOURS]
    splits = np.zeros(len(facts), np.int8)
    splits[:2] = TEST  # of "a" training has two colours alone
    made, chosen = held(facts, splits, share=0.9, kinds=KINDS[:1])
    assert all(pair[0] != "a" for pair in chosen[KINDS[0]]) and (made[:2] == TEST).all()
    gone = np.ones(len(facts), bool)
    gone[4:6] = False  # and of "b", since two are duplicates of others
    _, fewer = hold_out(facts, splits, gone, KINDS[:1], 0.9)
    assert all(pair[0] == "c" for pair in fewer[KINDS[0]]) and not fewer[KINDS[0]][2:]


def test_order_and_newcomers_do_not_choose_the_pairs() -> None:
    facts = drawings()
    _, chosen = held(facts)
    _, turned = held(facts[::-1])
    assert {k: sorted(v) for k, v in chosen.items()} == {k: sorted(v) for k, v in turned.items()}


def test_records_without_the_facts_stay_where_they_are() -> None:
    facts = [*drawings(), {}, {"object": "thing 1"}, {"colour": "red"}]
    splits = np.zeros(len(facts), np.int8)
    splits[-3:] = [0, 1, 2]
    made, _ = held(facts, splits)
    assert made[-3:].tolist() == [0, 1, 2]


def test_validation_has_none_of_a_held_out_pair_either() -> None:
    facts = drawings()
    splits = np.zeros(len(facts), np.int8)
    splits[::4] = SPLITS.index("validation")
    made, chosen = held(facts, splits)
    for (one, other), pairs in chosen.items():
        sides = {int(s) for known, s in zip(facts, made, strict=True) if (known[one], known[other]) in pairs}
        assert sides == {TEST}
    assert (made == SPLITS.index("validation")).any()


def test_what_one_kind_of_pairs_holds_out_leaves_the_other_kind_its_partners() -> None:
    """Each thing is in oil in red alone: without red things it would be seen in one style."""
    facts = [{"object": o, "colour": c, "style": "ink"} for o in OBJECTS for c in COLOURS]
    facts += [{"object": o, "colour": "red", "style": "oil"} for o in OBJECTS]
    splits, chosen = held(facts, share=0.5)
    assert chosen[KINDS[0]] and all(colour != "red" for _, colour in chosen[KINDS[0]])
    assert all(partners(facts, splits, "object", "style")[o] == {"ink", "oil"} for o in OBJECTS)
