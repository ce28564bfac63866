"""Every shape beside transformers: the same logits in, the same tensors out; what has no place is refused by name."""

from __future__ import annotations

import json
import math

import pytest
import torch
from networks import SHAPES, configuration, network, transformers

from anew.contract import Spec
from anew.errors import Refused
from anew.exchange.shapes import full, read_settings, write_config
from anew.exchange.weights import Written, read_weights
from anew.models.autoregressive.decoder import Decoder

torch.set_num_threads(1)
CLOSE = 1e-4  # of the largest logit


def read(theirs, config, context=None):
    """Our decoder with their weights."""
    settings, fits = read_settings(config)
    spec = Spec("tokens", (context or fits,), 400, 2)
    made = Decoder(spec, **settings).eval()
    made.load_state_dict(dict(read_weights(config["model_type"], settings, spec, theirs.state_dict())))
    return made, settings, spec


def apart(a, b):
    return float((a - b).abs().max() / a.abs().max())


@pytest.mark.parametrize("shape", SHAPES)
@torch.no_grad()
def test_logits_are_those_of_transformers_with_a_cache_and_without(shape):
    theirs = network(shape)
    ours, _, spec = read(theirs, theirs.config.to_dict())
    x = torch.randint(0, 400, (2, min(spec.shape[0], 50)), generator=torch.Generator().manual_seed(1))
    expected = theirs(x).logits
    whole, _ = ours.extend(x)
    assert apart(expected, whole) < CLOSE
    steps, state = [], None
    for start in range(0, x.shape[1], 7):
        logits, state = ours.extend(x[:, start : start + 7], None, state)
        steps.append(logits)
    assert apart(expected, torch.cat(steps, 1)) < CLOSE


@torch.no_grad()
def test_beyond_its_original_context_phi3_turns_by_the_long_factors():
    theirs = network("phi3, window, long")
    ours, _, _ = read(theirs, theirs.config.to_dict(), context=64)
    x = torch.randint(0, 400, (1, 60), generator=torch.Generator().manual_seed(1))
    assert apart(theirs(x).logits, ours.extend(x)[0]) < CLOSE


@pytest.mark.parametrize("shape", SHAPES)
@torch.no_grad()
def test_written_and_opened_by_transformers_it_is_the_same(shape):
    """Through the configuration and the tensors' names, as they lie in a file."""
    theirs = network(shape)
    config = json.loads(theirs.config.to_json_string())
    ours, settings, spec = read(theirs, config)
    made = write_config(settings, spec)
    assert made["model_type"] == SHAPES[shape][1]
    assert full(read_settings(made)[0], spec) == full(settings, spec)
    there = transformers.AutoConfig.for_model(**json.loads(json.dumps(made)))
    again = transformers.AutoModelForCausalLM.from_config(there).eval()
    tensors = Written(made["model_type"], settings, ours.state_dict())
    missing, unexpected = again.load_state_dict(dict(tensors), strict=False)
    assert not unexpected and set(missing) <= ({"lm_head.weight"} if settings["tied"] else set())
    again.tie_weights()
    x = torch.randint(0, 400, (1, min(spec.shape[0], 50)), generator=torch.Generator().manual_seed(1))
    assert apart(theirs(x).logits, again(x).logits) < CLOSE
    if made["model_type"] == config["model_type"]:
        own = theirs.state_dict()
        assert all(torch.equal(own[name], value) for name, value in tensors.items())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model_type": "mamba"}, "model_type 'mamba'"),
        ({"model_type": "gemma3"}, "gemma3_text"),
        ({"quantization_config": {"bits": 4}}, "quantization_config"),
        ({"num_experts": 8}, "num_experts = 8"),
        ({"hidden_act": "relu"}, "activation 'relu'"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4, "factor": 2.0}}, "yarn"),
        ({"rope_scaling": {"type": "mrope"}, "rope_parameters": None}, "mrope"),
        ({"hidden_size": None}, "not a llama"),
        ({"num_attention_heads": "four"}, "num_attention_heads = four"),
        ({"num_attention_heads": 0}, "num_attention_heads = 0"),
        ({"num_hidden_layers": 10**12}, "num_hidden_layers = 10"),
        ({"vocab_size": -math.inf}, "vocab_size = -inf"),
        ({"max_position_embeddings": 64.5}, "max_position_embeddings = 64.5"),
        ({"rms_norm_eps": "tiny"}, "eps"),
        ({"rope_parameters": {"rope_type": "llama3", "factor": 8.0}}, "low_freq_factor"),
        ({"rope_parameters": [1]}, "not a llama"),
        ({"rope_scaling": {"type": "linear", "factor": 2.0}}, "two answers"),
        ({"rope_parameters": {"rope_type": "linear", "factor": 2.0, "mscale": 2.0}}, "mscale = 2.0 of a linear rope"),
        ({"model_type": "mistral", "layer_types": ["full_attention"] * 3}, "layer_types"),
        ({"model_type": "gemma", "final_logit_softcapping": 30.0}, "final_logit_softcapping"),
        ({"model_type": "qwen3", "mlp_bias": True}, "mlp_bias"),
    ],
)
def test_what_anew_has_no_form_for_is_refused_by_name(changes, why):
    config = {**configuration("llama").to_dict(), **changes}
    with pytest.raises(Refused, match=why):
        read_settings(config)


@pytest.mark.parametrize(
    "kind", ["Llama", "Mistral", "Qwen2", "Qwen3", "Phi3", "SmolLM3", "Gemma", "Gemma2", "Gemma3Text"]
)
def test_where_a_key_is_missing_what_transformers_takes_for_it_holds(kind):
    sizes = {"vocab_size": 400, "hidden_size": 512, "intermediate_size": 48, "num_hidden_layers": 3}
    sizes |= {"num_attention_heads": 32, "max_position_embeddings": 64}
    whole = getattr(transformers, f"{kind}Config")(**sizes).to_dict()
    assert read_settings(sizes | {"model_type": whole["model_type"]}) == read_settings(whole)


def test_what_a_strangers_file_says_is_repeated_on_one_line():
    config = {**configuration("llama").to_dict(), "odd\nkey": "a\n\x1b[31mb"}
    with pytest.raises(Refused) as caught:
        read_settings(config)
    assert "odd key = a [31mb is not something" in str(caught.value)


def test_a_missing_key_is_named():
    config = configuration("llama").to_dict()
    del config["hidden_size"]
    with pytest.raises(Refused, match="'hidden_size' is missing"):
        read_settings(config)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda t: t.pop("model.layers.1.mlp.up_proj.weight"), "no 'model.layers.1.mlp.up_proj.weight'"),
        (lambda t: t.update({"model.layers.0.self_attn.sinks": torch.zeros(4)}), "sinks"),
        (lambda t: t.update({"model.norm.weight": torch.zeros(31)}), "model.norm.weight"),
        (lambda t: t.update({"model.norm.weight": torch.zeros(32, dtype=torch.int8)}), "int8"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(change, why):
    theirs = network("llama")
    tensors = dict(theirs.state_dict())
    change(tensors)
    settings, context = read_settings(theirs.config.to_dict())
    with pytest.raises(Refused, match=why):
        list(read_weights("llama", settings, Spec("tokens", (context,), 400, 2), tensors))


def test_a_decoder_of_a_form_that_no_model_type_has_is_refused():
    settings, context = read_settings(configuration("llama").to_dict())
    spec = Spec("tokens", (context,), 400, 2)
    with pytest.raises(Refused, match="no model type"):
        write_config(settings | {"activation": "relu2"}, spec)
    with pytest.raises(Refused, match="no model type"):
        write_config(settings | {"norm_after": True}, spec)
