"""Beginnings that are kept: found only behind the same tokens, bounded in bytes, those used longest ago gone first."""

from __future__ import annotations

import random

import numpy as np

from anew.engine.lookup import Lookup
from anew.engine.prefix import PrefixCache


def piece(n: int) -> np.ndarray:
    return np.full(10, n, np.int8)


def told(found: list[np.ndarray]) -> list[int]:
    return [int(kept[0]) for kept in found]


def test_a_prompt_finds_the_pieces_that_it_begins_with_and_keeps_its_last_token_to_read() -> None:
    cache = PrefixCache[np.ndarray](1000, 2)
    prompt = [1, 2, 3, 4, 5, 6]
    for n, end in enumerate((2, 4, 6)):
        cache.keep(prompt, end, piece(n))
    assert told(cache.find(prompt)) == [0, 1], "its last token must be read, for the logits"
    assert told(cache.find([*prompt, 7])) == [0, 1, 2]
    assert told(cache.find([1, 2, 9, 9, 5, 6, 7])) == [0], "the same tokens behind others are not the same"
    assert told(cache.find([9, 2, 3, 4, 5])) == []


def test_bytes_are_bounded_and_what_was_used_longest_ago_goes_first() -> None:
    cache = PrefixCache[np.ndarray](40, 1)
    a, b = [1, 2, 3], [5, 6, 7]
    for prompt in (a, b):
        for end in (1, 2):
            cache.keep(prompt, end, piece(10 * prompt[0] + end))
    cache.find(a)
    cache.keep([8, 9], 1, piece(81))
    assert cache.used == 40
    assert told(cache.find(b)) == [51], "of the one used longest ago the end goes before the beginning"
    assert told(cache.find(a)) == [11, 12] and told(cache.find([8, 9])) == [81]


def test_a_piece_without_its_predecessor_is_not_kept() -> None:
    cache = PrefixCache[np.ndarray](100, 1)
    cache.keep([1, 2, 3], 2, piece(2))
    assert cache.used == 0


class Counted(int):
    """A token that knows how often it was looked at."""

    looks = 0

    def __hash__(self) -> int:
        Counted.looks += 1
        return super().__hash__()


def test_a_long_prompt_is_not_looked_through_for_each_of_its_pieces_again_and_again() -> None:
    cache, prompt = PrefixCache[np.ndarray](1 << 20, 4), [Counted(n) for n in range(4 * 128 + 1)]
    for end in range(4, len(prompt), 4):
        cache.keep(prompt, end, piece(1))
    reading, Counted.looks = Counted.looks, 0
    assert len(cache.find(prompt)) == 128 and Counted.looks < 10 * len(prompt)
    assert reading < 8 * 128 * len(prompt)  # from the first piece for each


def test_at_random_every_piece_found_is_the_one_that_was_kept_for_these_tokens() -> None:
    rng = random.Random(0)
    cache = PrefixCache[np.ndarray](200, 3)
    for _ in range(2000):
        prompt = [rng.randint(0, 1) for _ in range(rng.randint(1, 14))]
        found = cache.find(prompt)
        for n, kept in enumerate(found):
            assert bytes(kept[: 3 * (n + 1)]) == bytes(prompt[: 3 * (n + 1)])
        for end in range(3 * len(found) + 3, len(prompt) + 1, 3):
            cache.keep(prompt, end, np.array([*prompt[:end], *[9] * 20], np.int8)[:20])
        assert cache.used <= 200


def test_drafts_are_what_followed_the_longest_run_that_stood_before() -> None:
    lookup = Lookup([1, 2, 3, 4, 9, 2, 3, 5, 1, 2, 3])
    assert lookup.draft(3) == [4, 9, 2], "three tokens alike tell more than two"
    lookup.add(5)
    assert lookup.draft(2) == [1, 2]
    assert Lookup([1, 2, 3]).draft(4) == []
    assert Lookup([7] * 5).draft(4) == [7]


def test_drafts_come_from_the_sequence_itself() -> None:
    rng = random.Random(1)
    lookup = Lookup()
    for _ in range(400):
        lookup.add(rng.randint(0, 3))
        draft, seen = lookup.draft(5), lookup.tokens
        whole = "".join(map(str, seen[:-1])) + str(seen[-1])
        assert not draft or "".join(map(str, seen[-2:] + draft)) in whole
