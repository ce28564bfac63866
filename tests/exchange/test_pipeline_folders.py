"""Folders of diffusers of every precision, age and cut: taken in, they draw what diffusers itself draws of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_pipelines as small
import torch
from safetensors.torch import load_file, save_file
from small_pipelines import drawn, pipeline

from anew.artifact import load_artifact
from anew.deploy.store import Store
from anew.engine.generate import generate
from anew.recipes.exchange import import_model

# numpy 2 says of diffusers' own schedules that they will have to change.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
PROMPT = "a Red cat, on  the MOON"


def saved(path: Path, make: Callable[[], Any], **how: Any) -> Any:
    theirs = pipeline(make)
    theirs.save_pretrained(path, **how)
    return theirs


def taken(path: Path, store: Store) -> Any:
    import_model(str(path), "one", store)
    return load_artifact(store.folder("one"))


def agree(theirs: Any, ours: Any, **asked: Any) -> bool:
    want = drawn(theirs, prompt=PROMPT, num_inference_steps=2, guidance_scale=3.0)
    return np.array_equal(generate(ours, 1, 1, PROMPT, steps=2, guidance=3.0, **asked).samples[0], want)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_draws_as_diffusers_draws_from_the_folder(tmp_path: Path, kind: torch.dtype) -> None:
    """float16 in float32, which is how diffusers opens a folder; bfloat16 as it is."""
    theirs = pipeline(small.sd3).to(kind)
    theirs.save_pretrained(tmp_path / "f", variant="fp16" if kind == torch.float16 else None)
    theirs = theirs.to(torch.float32 if kind == torch.float16 else kind)
    ours = taken(tmp_path / "f", Store(tmp_path / "m"))
    assert agree(theirs, ours)
    held = Store(tmp_path / "m").read(Store(tmp_path / "m").show("one"), "card.md").decode()
    assert str(kind).removeprefix("torch.") in held


def test_weights_in_several_files(tmp_path: Path) -> None:
    theirs = saved(tmp_path / "f", small.sd, max_shard_size="30KB")
    assert len(list((tmp_path / "f" / "unet").glob("*.safetensors"))) > 2
    assert agree(theirs, taken(tmp_path / "f", Store(tmp_path / "m")))


def test_files_of_earlier_years(tmp_path: Path) -> None:
    """Attention of the autoencoder and the text model's weights under other names, and CLIP's own two token files."""
    theirs = saved(tmp_path / "f", small.sd)
    vae, text = (tmp_path / "f" / name for name in ("vae/diffusion_pytorch_model.safetensors",
                                                     "text_encoder/model.safetensors"))  # fmt: skip
    names = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
    held = load_file(vae)
    for new, old in names.items():
        held = {key.replace(new, old): value for key, value in held.items()}
    assert any(".proj_attn." in key for key in held)
    save_file(held, vae)
    held = {f"text_model.{key.removeprefix('text_model.')}": value for key, value in load_file(text).items()}
    save_file(held | {"text_model.embeddings.position_ids": torch.arange(77)[None]}, text)
    folder = tmp_path / "f" / "tokenizer"
    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    vocab = model["vocab"]
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps(vocab))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in model["merges"]) + "\n")
    assert agree(theirs, taken(tmp_path / "f", Store(tmp_path / "m")))


def test_a_third_encoder_may_be_left_out(tmp_path: Path) -> None:
    theirs = saved(tmp_path / "f", lambda: small.sd3(third=False))
    assert agree(theirs, taken(tmp_path / "f", Store(tmp_path / "m")))


def test_no_prompt_of_an_xl_may_be_zeros_or_words(tmp_path: Path) -> None:
    theirs = saved(tmp_path / "f", lambda: small.sdxl(zeros=False))
    assert agree(theirs, taken(tmp_path / "f", Store(tmp_path / "m")))


def test_parts_that_are_the_same_are_stored_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "m")
    theirs = saved(tmp_path / "a", small.sd)
    theirs.unet.conv_in.weight.data += 1
    theirs.save_pretrained(tmp_path / "b")
    first, second = (import_model(str(tmp_path / name), name, store) for name in "ab")
    shared = {name for name in first.files if first.files[name] == second.files[name]}
    assert {"codec/codec.safetensors", "label/codec.safetensors", "codec/codec.json"} <= shared
    assert "model.safetensors" not in shared
