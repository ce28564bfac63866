"""Faults of codecs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from anew.codecs.text import Bytes, Characters
from anew.contract import Codec, Spec
from anew.errors import DataError
from anew.testing import check_codec
from parts.planting import caught, named


class LosesACharacter(Bytes):
    def encode(self, samples):
        return super().encode([sample.replace("\r", "") for sample in samples])


class OrderOfArrival(Characters):
    def fit(self, samples):
        self._learn(list(dict.fromkeys(ord(c) for sample in samples for c in sample)))


class NumpyState(Characters):
    def state(self):
        return {"known": np.array(self.known)}


class HalfAState(Characters):
    def state(self):
        return {"known": self.known[:-1]}


class PadsToTheLongest(Bytes):
    def encode(self, samples):
        rows = super().encode(samples)
        longest = max(map(len, rows))
        return [F.pad(row, (0, longest - len(row)), value=32) for row in rows]


class SaysTheEndItself(Bytes):
    def encode(self, samples):
        return [torch.cat([row, torch.tensor([256])]) for row in super().encode(samples)]


class GoesOnAfterTheEndSymbol(Bytes):
    def _until_end(self, tokens):
        return tokens[tokens != 256].numpy()


class StrictDecoder(Bytes):
    def decode(self, data):
        return [bytes(self._until_end(row).astype(np.uint8)).decode("utf-8") for row in data]


class ValueErrors(Bytes):
    def encode(self, samples):
        if any("\0" in sample for sample in samples):
            raise ValueError("embedded null")
        return super().encode(samples)


class FreeSamples(Bytes):
    def size(self, sample):
        return 0


class Plain(Codec):
    """Small arrays as grids; a mean and a deviation are learnt."""

    modality, unit = "image", "dimension"
    kind = "grid"

    def fit(self, samples):
        held = list(samples)
        if not held:
            raise DataError("no samples to learn from")
        values = np.stack(held).astype(np.float64)
        self.load({"mean": float(values.mean()), "deviation": float(values.std())})

    def encode(self, samples):
        grid = torch.from_numpy(np.stack(samples).astype(np.float32)).permute(0, 3, 1, 2)
        return (grid - self.mean) / self.deviation

    def decode(self, data):
        values = (data * self.deviation + self.mean).round().clamp(0, 255).to(torch.uint8)
        return list(values.permute(0, 2, 3, 1).contiguous().numpy())

    def state(self):
        return {"mean": self.mean, "deviation": self.deviation}

    def load(self, state):
        self.mean, self.deviation = state["mean"], state["deviation"]
        self.spec = Spec("grid", (1, 4, 4))

    def size(self, sample):
        return 16


class NotStandard(Plain):
    def encode(self, samples):
        return super().encode(samples) + 1


class CompanyInTheGrid(Plain):
    def encode(self, samples):
        grid = super().encode(samples)
        return grid - 1e-3 * grid.mean()


class ScalesItsSamples(Plain):
    def encode(self, samples):
        for sample in samples:
            sample //= 2
        return super().encode(samples)


class Drifts(Plain):
    lossy = True

    def decode(self, data):
        return super().decode(data + 0.1)


TEXTS = [f"Line {i}: the quick brown fox\r\njumps over {i * i} dogs é{'àß'[i % 2]}" for i in range(16)]
CODEC_FAULTS: list[tuple[type[Codec], str]] = [
    (LosesACharacter, "a_round_trip_is_exact_or_settles"),
    (LosesACharacter, "hostile_samples_are_taken_or_refused"),
    (OrderOfArrival, "the_order_of_fitting_does_not_matter"),
    (NumpyState, "a_state_is_json_and_tensors"),
    (HalfAState, "a_stored_state_makes_the_same_codec"),
    (PadsToTheLongest, "a_sample_does_not_depend_on_its_company_in_a_codec"),
    (SaysTheEndItself, "encodings_are_what_the_spec_says"),
    (GoesOnAfterTheEndSymbol, "what_follows_the_end_symbol_is_dropped"),
    (StrictDecoder, "any_tokens_that_a_model_may_choose_decode"),
    (ValueErrors, "hostile_samples_are_taken_or_refused"),
    (FreeSamples, "a_sample_has_a_size"),
    (NotStandard, "grids_are_about_standard"),
    (CompanyInTheGrid, "a_sample_does_not_depend_on_its_company_in_a_codec"),
    (ScalesItsSamples, "encoding_changes_nothing_and_repeats"),
    (Drifts, "a_round_trip_is_exact_or_settles"),
]


def pictures() -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (4, 4, 1), dtype=np.uint8) for _ in range(16)]


@pytest.mark.parametrize(("kind", "check"), CODEC_FAULTS, ids=named)
def test_a_faulty_codec_is_caught(kind: type[Codec], check: str) -> None:
    assert check_codec(Plain, pictures(), [])
    caught(check_codec, kind, check, pictures() if issubclass(kind, Plain) else TEXTS)
