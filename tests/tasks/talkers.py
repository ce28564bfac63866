"""Tiny models with random weights that talk: what is promised must hold whatever they would rather say."""

from __future__ import annotations

from functools import lru_cache

import torch

from anew import registry
from anew.artifact import Artifact
from anew.codecs.vocabulary import Vocabulary
from anew.recipe import parse
from anew.tasks.model import Talking

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
STERN = "{% if messages[0].role == 'system' %}{{ raise_exception('no system turns') }}{% endif %}" + TEMPLATE
SAMPLE = ["It rained in Oslo on 3 May. The ferry left at 9, said Anna; nobody came!\n\n{}[]\"':,0123456789 é ß 日本"]


@lru_cache
def artifact(
    codec: str = "bytes", seed: int = 0, context: int = 2048, template: str = TEMPLATE, model: str = "decoder"
) -> Artifact:
    made = templated(context, template) if codec == "vocabulary" else registry.find("codecs", codec)(context=context)
    made.fit(SAMPLE)
    sizes = {"width": 16, "layers": 1, "heads": 2}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = registry.find("models", model)(made.spec, **sizes)
        for weight in network.parameters():
            torch.nn.init.normal_(weight, std=0.3)
    recipe = {"name": "tiny", "modality": "text", "codec": {"name": codec, "context": context}}
    return Artifact(parse(recipe | {"model": {"name": model, **sizes}}), network.eval(), made)


def talker(
    codec: str = "bytes", seed: int = 0, context: int = 2048, template: str = TEMPLATE, model: str = "decoder"
) -> Talking:
    """A decoder is drawn from by the engine, a transformer by its own sampler."""
    return Talking(artifact(codec, seed, context, template, model))


def templated(context: int, template: str) -> Vocabulary:
    """Byte pairs as another program's model has them, with symbols for the turns."""
    pairs = registry.find("codecs", "bpe")(context=context, vocab=300)
    pairs.fit(SAMPLE * 4)
    table = dict(pairs.state()["table"])
    first = len(table["model"]["vocab"])
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    names = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    table["added_tokens"] = [{"id": first + i, "content": name, **flags} for i, name in enumerate(names)]
    table["decoder"] = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return Vocabulary.of(table, context, vocab=first + 4, end=first, begins=[], template=template, bos=None)
