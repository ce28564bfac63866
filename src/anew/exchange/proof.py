"""An exported file proves itself: it is read again, and the network in it compared with the one it was made of.

In: two models in Hugging Face's form. Out: how far they agree, or Refused with the figure. Whole floats must give the
same greedy text; blocks of few bits the same next token, told the same text so far, in nearly every place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from anew.contract import AppendOptions, Prompt, Spec
from anew.errors import Refused
from anew.exchange.foreign import Foreign
from anew.exchange.shapes import read_settings
from anew.exchange.weights import read_weights
from anew.models.autoregressive.decoder import Decoder

LEAST = {"f32": 1.0, "f16": 1.0, "q8_0": 0.99, "q4_0": 0.95, "q4_1": 0.95}  # share of places with the same next token
BETTER = {"f16": "f32", "q8_0": "f16", "q4_0": "q8_0", "q4_1": "q8_0"}  # what to try where a type is too coarse
CONTINUED = 32  # tokens after each prompt
PROMPTS = (
    "The capital of France is", "Once upon a time there was a small village by the sea, and", "To bake bread you need",
    "def fibonacci(n):\n    ", "Water boils at a temperature of", "The most important thing about a good friend is",
    "In the year 1969, people", "import json\n\nwith open(", "Dear Sir or Madam,\n\nI am writing to", "Two plus two is",
    "The sun rises in the", "She opened the door and saw", "A list of colours: red, green,", "My favourite season is",
    "The difference between a cat and a dog is that", "Question: What is the largest planet?\nAnswer:",
    "It was a dark and stormy night;", "If you want to learn a language, you should",
    "The recipe calls for three eggs,", "In conclusion, we have shown that",
)  # fmt: skip


@dataclass(frozen=True)
class Proof:
    """`agreement`: share of the continued places with the same next token; `nats`: how much more a token of those texts
    costs than before; `same_text`: whether the greedy continuations are the same."""

    agreement: float
    nats: float
    same_text: bool
    places: int


def prove(before: Foreign, after: Foreign, quant: str) -> Proof:
    """Compare on `PROMPTS`; Refused where it agrees less than `LEAST` asks of its type."""
    same_words(before, after)
    room = max(1, min(read_settings(one.config)[1] for one in (before, after)) // 2)
    prompts = [prompt[:room] for prompt in prompts_of(before)]
    network, end = network_of(before)
    texts = continued(network, prompts, end)
    meant = [told(network, text, len(prompt)) for text, prompt in zip(texts, prompts, strict=True)]
    del network  # two at a time may be more than the machine holds
    network, _ = network_of(after)
    found = [told(network, text, len(prompt)) for text, prompt in zip(texts, prompts, strict=True)]
    same = torch.cat([a[0] == b[0] for a, b in zip(meant, found, strict=True)])
    nats = torch.cat([b[1] - a[1] for a, b in zip(meant, found, strict=True)])
    whole = LEAST[quant] == 1
    same_text = whole and continued(network, prompts, end) == texts
    proof = Proof(float(same.double().mean()), float(nats.double().mean()), same_text, len(same))
    if (whole and not same_text) or proof.agreement < LEAST[quant]:
        told_so = "the same greedy text" if whole else f"{LEAST[quant]:.0%}"
        raise Refused(
            f"as {quant} the model agrees on {proof.agreement:.2%} of {proof.places} next tokens ({told_so} is asked "
            f"for), {proof.nats:+.4f} nats a token; nothing was kept",
            next_command=f"anew models export NAME --to gguf --quant {BETTER.get(quant, quant)}",
        )
    return proof


def same_words(before: Foreign, after: Foreign) -> None:
    """Refused where the file reads texts otherwise, symbols and the white space around them among them, forgets a
    symbol that ends one, or writes turns otherwise."""
    if before.tokenizer is not None:
        marks = [token["content"] for token in before.tokenizer.get("added_tokens") or []]
        texts = [*PROMPTS, " a\n b ".join(["", *(mark for mark in marks if "\u2581" not in mark), ""])]
        if after.tokenizer is None or tokens_of(before.tokenizer, texts) != tokens_of(after.tokenizer, texts):
            raise Refused("the tokenizer in the file makes other tokens of the same text; nothing was kept")
        if lost := sorted(ends_of(before) - ends_of(after)):
            raise Refused(f"the file does not say that symbol {lost[0]} ends a text; nothing was kept")
        if (before.template or None) != (after.template or None):
            raise Refused("the file does not hold the chat template as it is; nothing was kept")


def ends_of(foreign: Foreign) -> set[int]:
    told: Any = foreign.generation.get("eos_token_id", foreign.config.get("eos_token_id"))
    return set(told if isinstance(told, list) else [] if told is None else [told])


def tokens_of(table: Mapping[str, Any], texts: Sequence[str]) -> list[list[int]]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(json.dumps(table))
    return [tokenizer.encode(text).ids for text in texts]


def prompts_of(foreign: Foreign) -> list[list[int]]:
    """The prompts as tokens; a model without a tokenizer gets tokens of any kind, the same each time."""
    if foreign.tokenizer is None:
        rng = torch.Generator().manual_seed(0)
        return torch.randint(foreign.config["vocab_size"], (len(PROMPTS), 8), generator=rng).tolist()
    return tokens_of(foreign.tokenizer, PROMPTS)


def network_of(foreign: Foreign) -> tuple[Decoder, int]:
    """The network in float32, and the token that ends a sequence."""
    settings, context = read_settings(foreign.config)
    ends: Any = foreign.generation.get("eos_token_id", foreign.config.get("eos_token_id"))
    end = int((ends[0] if isinstance(ends, list) else ends) or 0)
    spec = Spec("tokens", (context,), int(foreign.config["vocab_size"]), end, begins=())  # the prompts begin themselves
    network = Decoder(spec, **settings).eval()
    weights = read_weights(foreign.config["model_type"], settings, spec, foreign.tensors)
    state = dict(network.state_dict())
    with torch.no_grad():
        for name, value in weights:
            state[name].copy_(value)
    return network, end


@torch.no_grad()
def continued(network: Decoder, prompts: Sequence[Sequence[int]], end: int) -> list[list[int]]:
    """Each prompt with its greedy continuation, up to where it ends."""
    longest = max(map(len, prompts))
    values_BT = torch.full((len(prompts), longest), end)
    known_BT = torch.zeros(values_BT.shape, dtype=torch.bool)
    for row, prompt in enumerate(prompts):
        values_BT[row, : len(prompt)] = torch.tensor(prompt)
        known_BT[row, : len(prompt)] = True
    options = AppendOptions(temperature=0, max_new=min(CONTINUED, network.context - longest + 1))
    rngs = [torch.Generator() for _ in prompts]
    chunks = [c.data for c in network.sample(rngs, prompt=Prompt(values_BT, known_BT), options=options)]
    return [list(cut(prompt, row, end)) for prompt, row in zip(prompts, torch.cat(chunks, 1).tolist(), strict=True)]


def cut(prompt: Sequence[int], row: Sequence[int], end: int) -> Iterator[int]:
    """A row up to its end, the end included."""
    yield from prompt
    for token in row:
        yield token
        if token == end:
            return


@torch.no_grad()
def told(network: Decoder, text: Sequence[int], start: int) -> tuple[Tensor, Tensor]:
    """Told the text so far: the likeliest next token and the nats of the one that follows, for each after `start`."""
    x_1T = torch.tensor([text])
    logits_TV = network.extend(x_1T[:, :-1])[0][0, start - 1 :].double()
    nats_T = torch.nn.functional.cross_entropy(logits_TV, x_1T[0, start:], reduction="none")
    return logits_TV.argmax(-1), nats_T
