"""What a codec promises: samples there and back, one spec, a state of JSON and tensors, no surprise at hostile samples.

B batch · T tokens · S the grid's own axes
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor

from anew.contract import Codec, Spec, Unsupported
from anew.errors import AnewError
from anew.testing.suite import check, global_generators_untouched, refused

REFUSALS = (AnewError, Unsupported)
NOISE = 0.05  # of a grid's deviation, which is 1
SETTLED = 0.8  # of a lossy codec's first trip: how far the second may lead, give or take half a step of 255


class CodecSubject:
    """`make()` builds the codec, not yet fitted; `samples` fit it; `hostile` samples are taken or refused."""

    def __init__(self, make: Callable[[], Codec], samples: Sequence[Any], hostile: Sequence[Any] | None) -> None:
        self.make, self.samples = make, list(samples)
        self.hostile = self.strange() if hostile is None else list(hostile)

    @cached_property
    def fitted(self) -> Codec:
        """Fitted in one pass over the samples, as the encoder of a run does it."""
        return self.fit(self.samples)

    def fit(self, samples: Sequence[Any]) -> Codec:
        codec = self.make()
        codec.fit(iter(samples))
        return codec

    def strange(self) -> list[Any]:
        """Samples that occur, and that codecs forget."""
        if isinstance(self.samples[0], str):
            accents = ["e\u0301", "\u202eabc", "\ufeffa", "\ud800", "a\udfffb", "\U0010ffff"]
            return ["", "🙂", "👩‍👩‍👧", "\0", "a\0b", "\r\n", "\x1b[31m", "日本語", *accents, "x" * 5000]
        if isinstance(self.samples[0], Mapping):
            odd: list[Any] = [None, "", "nobody's", True, -1, 10**400, 1e300, math.inf, math.nan, [1], {"a": {}}]
            return [{}, {"no such column": 1}, *(dict.fromkeys(self.samples[0], value) for value in odd), 3, "{}"]
        if hasattr(self.samples[0], "wave"):
            loud, low = np.full((1, 700), 1.0, np.float32), self.samples[0].rate
            waves = [
                (loud[:, :0], low),
                (loud[:, :1], low),
                (-loud, 8_000),
                (loud, 96_000),
                (np.repeat(loud, 8, 0), low),
            ]
            return [type(self.samples[0])(wave, rate) for wave, rate in waves]
        sides = [(1, 1, 1), (1, 1, 3), (1, 500, 1), (500, 1, 3), (64, 3, 3)]
        return [np.full(side, 200, np.uint8) for side in sides]

    @property
    def spec(self) -> Spec:
        return self.fitted.spec


def of_tokens(subject: CodecSubject) -> bool:
    return subject.spec.kind == "tokens"


def of_grids(subject: CodecSubject) -> bool:
    return subject.spec.kind == "grid"


def has_an_end(subject: CodecSubject) -> bool:
    return subject.spec.end is not None


def has_a_unit(subject: CodecSubject) -> bool:
    return bool(subject.fitted.unit)


def without_a_unit(subject: CodecSubject) -> bool:
    return not subject.fitted.unit


# ------------------------------------------------------------------------------------------------ what it says it is


@check()
def the_codec_says_what_it_is(subject: CodecSubject) -> None:
    codec = subject.fitted
    assert isinstance(codec.modality, str) and codec.modality, "modality is not a name"
    assert isinstance(codec.unit, str) and isinstance(codec.lossy, bool), "unit and lossy are a str and a bool"


@check()
def fitting_gives_a_valid_spec(subject: CodecSubject) -> None:
    spec = subject.spec
    assert spec.kind == subject.fitted.kind, f"a spec of {spec.kind} from a codec of {subject.fitted.kind}"
    assert spec.kind in ("tokens", "grid") and all(side >= 1 for side in spec.shape), f"{spec}"
    if spec.kind == "tokens":
        assert len(spec.shape) == 1 and spec.vocab >= 1, f"{spec}"
        assert spec.end is None or 0 <= spec.end < spec.vocab, f"end {spec.end} of {spec.vocab} symbols"


# ------------------------------------------------------------------------------------------------ fit


@check()
def the_order_of_fitting_does_not_matter(subject: CodecSubject) -> None:
    other = subject.fit(subject.samples[::-1])
    assert other.spec == subject.spec, f"the other way round the spec is {other.spec}"
    mine, theirs = dict(leaves(subject.fitted.state())), dict(leaves(other.state()))
    different = [
        k for k in mine.keys() | theirs.keys() if k not in theirs or k not in mine or not same(mine[k], theirs[k])
    ]
    assert not different, f"the other way round the state differs in {different[0]}"


@check()
def fitting_on_nothing_is_taken_or_refused(subject: CodecSubject) -> None:
    try:
        subject.fit([])
    except REFUSALS as error:
        assert str(error), "it is refused without a reason"


@check()
def a_codec_leaves_global_generators_alone(subject: CodecSubject) -> None:
    with global_generators_untouched():
        codec = subject.fit(subject.samples)
        codec.decode(codec.encode(subject.samples))


# ------------------------------------------------------------------------------------------------ encode


@check()
def encodings_are_what_the_spec_says(subject: CodecSubject) -> None:
    data, spec = subject.fitted.encode(subject.samples), subject.spec
    assert len(data) == len(subject.samples), f"{len(data)} encodings of {len(subject.samples)} samples"
    if spec.kind == "grid":
        assert isinstance(data, Tensor) and data.dtype == torch.float32, f"grids are {type(data)} of {data[0].dtype}"
        assert data.shape[1:] == spec.shape, f"grids of shape {tuple(data.shape[1:])}, not {spec.shape}"
        assert data.isfinite().all(), "encodings are not finite"
        return
    for row in data:
        assert row.dtype == torch.int64 and row.ndim <= 1, f"tokens are {row.dtype} of {row.ndim} axes"
        if row.numel():
            assert 0 <= int(row.min()) and int(row.max()) < spec.vocab, f"tokens beyond {spec.vocab}: {row.tolist()}"
        assert not torch.isin(row, torch.tensor(spec.ends)).any(), "a sample's encoding holds a symbol that ends it"


@check(of_grids)
def grids_are_about_standard(subject: CodecSubject) -> None:
    data = subject.fitted.encode(subject.samples)
    assert isinstance(data, Tensor)
    mean, deviation = float(data.mean()), float(data.std())
    assert abs(mean) <= 0.3 and 0.5 <= deviation <= 1.6, f"mean {mean:.2f} and deviation {deviation:.2f}, not 0 and 1"


@check()
def encoding_changes_nothing_and_repeats(subject: CodecSubject) -> None:
    before = copy.deepcopy(subject.samples)
    first, second = (list(subject.fitted.encode(subject.samples)) for _ in range(2))
    assert all(map(same, before, subject.samples)), "encoding changes the samples"
    assert all(map(same, first, second)), "the same samples are encoded in two ways"


@check()
def a_sample_does_not_depend_on_its_company_in_a_codec(subject: CodecSubject) -> None:
    codec, samples = subject.fitted, subject.samples[:11]
    data = codec.encode(samples)
    back = codec.decode(data)
    for i, sample in enumerate(samples):
        alone = codec.encode([sample])
        assert same(alone[0], data[i]), f"sample {i} is encoded otherwise alone"
        assert same(codec.decode(alone)[0], back[i]), f"sample {i} is decoded otherwise alone"


# ------------------------------------------------------------------------------------------------ there and back


@check()
def a_round_trip_is_exact_or_settles(subject: CodecSubject) -> None:
    """Exact unless lossy. A sample that the spec has to change (its size, its channels) is then kept as it is."""
    codec = subject.fitted
    once = codec.decode(codec.encode(subject.samples))
    twice = codec.decode(codec.encode(once))
    assert isinstance(once, list) and len(once) == len(subject.samples), "decode does not give a list, a sample a row"
    for i, (sample, first, second) in enumerate(zip(subject.samples, once, twice, strict=True)):
        assert type(first) is type(sample), f"sample {i} was {type(sample).__name__}, and is {type(first).__name__}"
        if not codec.lossy:
            changed = extent(sample) != extent(first)
            assert same(sample, first) or changed, f"sample {i} comes back changed: {told(sample)} as {told(first)}"
            assert same(first, second), f"sample {i} comes back changed the second time"
        elif isinstance(first, np.ndarray):
            assert first.dtype == np.uint8, f"sample {i} comes back as {first.dtype}"
            away = distance(sample, first) if sample.shape == first.shape else math.inf
            again = distance(first, second)
            assert again <= SETTLED * away + 0.5, (
                f"sample {i}: the first trip leads {away:.1f} away, the second {again:.1f}"
            )
        elif codec.spec.kind == "grid":
            one, two, three = (codec.encode([some])[0] for some in (sample, first, second))
            away, again = (float((a - b).abs().mean()) for a, b in ((one, two), (two, three)))
            assert again <= SETTLED * away + NOISE, f"sample {i}: first {away:.3f} away, then {again:.3f}"


@check()
def hostile_samples_are_taken_or_refused(subject: CodecSubject) -> None:
    codec, spec = subject.fitted, subject.spec
    for sample in subject.hostile:
        try:
            data = codec.encode([sample])
            (back,) = codec.decode(data)
        except REFUSALS as error:
            assert str(error), f"{told(sample)} is refused without a reason"
            continue
        if spec.kind == "tokens" and data[0].numel():
            assert int(data[0].max()) < spec.vocab and int(data[0].min()) >= 0, f"{told(sample)} leaves the vocabulary"
        assert type(back) is type(sample), f"{told(sample)} comes back as {type(back).__name__}"
        assert codec.lossy or extent(back) or same(back, sample), f"{told(sample)} as {told(back)}"


@check(of_tokens)
def any_tokens_that_a_model_may_choose_decode(subject: CodecSubject) -> None:
    rng, spec = torch.Generator().manual_seed(0), subject.spec
    longest = min(spec.shape[0], 64)
    rows = [torch.randint(0, spec.vocab, (longest,), generator=rng) for _ in range(40)]
    if longest > 1:
        rows.append(torch.zeros(0, dtype=torch.int64))
    before = [row.clone() for row in rows]
    made = subject.fitted.decode(rows)
    assert len(made) == len(rows) and all(type(one) is type(subject.samples[0]) for one in made), "not samples"
    assert all(map(torch.equal, before, rows)), "decoding changes the tokens"


@check(of_grids)
def any_grid_that_a_model_may_draw_decodes(subject: CodecSubject) -> None:
    data = torch.randn(3, *subject.spec.shape, generator=torch.Generator().manual_seed(0))
    for scale in (0.0, 1.0, 30.0):
        grid = data * scale
        before = grid.clone()
        made = subject.fitted.decode(grid)
        assert len(made) == 3 and all(type(one) is type(subject.samples[0]) for one in made), "not samples"
        assert torch.equal(before, grid), "decoding changes the grid"
        if isinstance(made[0], np.ndarray):
            assert made[0].dtype == np.uint8 and made[0].ndim == 3, f"{made[0].dtype} of shape {made[0].shape}"


@check(of_tokens, has_an_end)
def what_follows_the_end_symbol_is_dropped(subject: CodecSubject) -> None:
    codec, end = subject.fitted, subject.spec.end
    rows = list(codec.encode(subject.samples[:4]))
    for symbol in subject.spec.ends:
        longer = [torch.cat([row, torch.tensor([symbol]), rows[0], torch.tensor([end])]) for row in rows]
        made = codec.decode(longer)
        assert all(map(same, codec.decode(rows), made)), f"{told(made[0])} where {told(subject.samples[0])} ends"


# ------------------------------------------------------------------------------------------------ state, size


@check()
def a_state_is_json_and_tensors(subject: CodecSubject) -> None:
    state = subject.fitted.state()
    assert isinstance(state, dict), f"state() gives {type(state).__name__}"
    for path, leaf in leaves(state):
        plain = leaf is None or isinstance(leaf, (bool, int, float, str, Tensor))
        assert plain, f"{path} is {type(leaf).__name__}: neither JSON nor a tensor"
        assert not isinstance(leaf, float) or math.isfinite(leaf), f"{path} is {leaf}, which JSON has not"


@check()
def a_stored_state_makes_the_same_codec(subject: CodecSubject) -> None:
    """Through JSON and safetensors, into a codec that has seen other data before."""
    codec = subject.fitted
    data = list(codec.encode(subject.samples))
    fresh = subject.make()
    used = subject.fit(subject.samples[: len(subject.samples) // 2])
    for other, which in ((fresh, "a new codec"), (used, "a codec fitted on other data")):
        other.load(stored(codec.state()))
        assert other.spec == codec.spec, f"{which} has the spec {other.spec} after loading, not {codec.spec}"
        assert all(map(same, data, other.encode(subject.samples))), f"{which} encodes otherwise after loading"
        assert all(map(same, codec.decode(codec.encode(subject.samples)), other.decode(other.encode(subject.samples))))


@check(has_a_unit)
def a_sample_has_a_size(subject: CodecSubject) -> None:
    for sample in subject.samples:
        size = subject.fitted.size(sample)
        assert isinstance(size, int) and size > 0, f"{told(sample)} has {size!r} {subject.fitted.unit}s"
        if subject.fitted.unit == "byte" and isinstance(sample, str):
            assert size == len(sample.encode("utf-8", "surrogatepass")), f"{told(sample)} has {size} bytes"


@check(without_a_unit)
def a_codec_without_a_unit_refuses_to_measure(subject: CodecSubject) -> None:
    with refused(by=REFUSALS):
        subject.fitted.size(subject.samples[0])


# ------------------------------------------------------------------------------------------------ what checks say it in


def same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return isinstance(b, Tensor) and a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    return type(a) is type(b) and bool(a == b)


def extent(sample: Any) -> Any:
    """What a codec may have to change of a sample: an array's shape, a sound's and its rate; () of others."""
    return (sample.wave.shape, sample.rate) if hasattr(sample, "wave") else getattr(sample, "shape", ())


def told(sample: Any) -> str:
    return f"an array {sample.shape}" if isinstance(sample, np.ndarray) else repr(sample)[:60]


def distance(a: Any, b: Any) -> float:
    return float(np.abs(a.astype(np.float64) - b.astype(np.float64)).mean())


def leaves(value: Any, path: str = "state") -> Iterator[tuple[str, Any]]:
    """Each value that is no container, with its place. Tensors lie in mappings, where an artifact can name them."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            assert isinstance(key, str), f"{path} has the key {key!r}, and JSON's keys are strings"
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        assert not any(isinstance(inner, Tensor) for inner in value), (
            f"{path} is a list of tensors, which have no names"
        )
        for i, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{i}]")
    else:
        yield path, value


def stored(state: Mapping[str, Any]) -> Any:
    """The state after a trip through JSON and safetensors."""
    tensors = {path: leaf.contiguous() for path, leaf in leaves(state) if isinstance(leaf, Tensor)}
    kept = safetensors.torch.load(safetensors.torch.save(tensors))

    def named(value: Any, path: str) -> Any:
        if isinstance(value, Tensor):
            return {"tensor": path}
        return {k: named(v, f"{path}.{k}") for k, v in value.items()} if isinstance(value, Mapping) else value

    def found(value: Any) -> Any:
        if isinstance(value, dict):
            return kept[value["tensor"]] if set(value) == {"tensor"} else {k: found(v) for k, v in value.items()}
        return value

    return found(json.loads(json.dumps(named(state, "state"), sort_keys=True)))
