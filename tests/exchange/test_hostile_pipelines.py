"""Folders of diffusers that somebody spoilt, or meant ill: each is refused in one line that names what is wrong."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import small_pipelines as small
import torch
from safetensors.torch import load_file, save_file
from small_pipelines import pipeline

from anew.artifact import load_artifact
from anew.deploy.store import Store
from anew.errors import AnewError
from anew.recipes.exchange import import_model

WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("whole")
    for name, make in {"sd": small.sd, "sd3": small.sd3, "flux": small.flux}.items():
        pipeline(make).save_pretrained(made / name)
    return made


def told(path: str, **values: Any) -> Callable[[Path], None]:
    """Other values in a JSON file of the folder."""

    def change(folder: Path) -> None:
        held = json.loads((folder / path).read_text())
        (folder / path).write_text(json.dumps(held | values))

    return change


def pickled(folder: Path) -> None:
    (folder / "unet" / WEIGHTS).unlink()
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x04N.")


def damaged(folder: Path) -> None:
    path = folder / "unet" / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])


def huge_header(folder: Path) -> None:
    (folder / "vae" / WEIGHTS).write_bytes((1 << 40).to_bytes(8, "little") + b"{}")


def linked(path: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        place, away = folder / path, folder.parent / "elsewhere"
        place.rename(away)
        place.symlink_to(away)

    return change


def piped(folder: Path) -> None:
    (folder / "unet" / "config.json").unlink()
    os.mkfifo(folder / "unet" / "config.json")


def escaping_index(folder: Path) -> None:
    (folder / "unet" / WEIGHTS).rename(folder.parent / "out.safetensors")
    (folder / "unet" / f"{WEIGHTS}.index.json").write_text(json.dumps({"weight_map": {"a": "../../out.safetensors"}}))


def weights(path: str, change: Callable[[dict[str, torch.Tensor]], Any]) -> Callable[[Path], None]:
    def made(folder: Path) -> None:
        held = load_file(folder / path)
        change(held)
        save_file({k: v.contiguous() for k, v in held.items()}, folder / path)

    return made


def without(path: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / path).unlink()

    return change


UNET, INDEX, TEXT = "unet/config.json", "model_index.json", "text_encoder/config.json"
CASES: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a pickle": ("sd", pickled, "diffusion_pytorch_model.bin: a pickle"),
    "a pipeline of its own": ("sd", told(INDEX, _class_name=["pipeline", "Mine"]), "bring code of their own"),
    "an unknown pipeline": ("sd", told(INDEX, _class_name="KandinskyPipeline"), "'KandinskyPipeline' is none of"),
    "a class of its own": ("sd", told(INDEX, unet=["my_unet", "MyUNet"]), "'unet' is .*other code is not run"),
    "another class": ("sd", told(INDEX, text_encoder=["transformers", "AutoModel"]), "'text_encoder' is"),
    "one more part": ("sd", told(INDEX, **{"../x": ["diffusers", "AutoencoderKL"]}), "no part of it"),
    "a part less": ("sd", told(INDEX, vae=[None, None]), "'vae' is"),
    "code of a configuration": ("sd", told(UNET, auto_map={"AutoModel": "x.Y"}), "auto_map: code of its own"),
    "packed weights": ("sd", told(TEXT, quantization_config={"quant_method": "x"}), "quantization_config"),
    "no folder of a part": ("sd", lambda f: (f / "vae").rename(f / "gone"), "vae"),
    "no weights": ("sd", without(f"unet/{WEIGHTS}"), f"holds no {WEIGHTS}"),
    "no configuration": ("sd", without(UNET), "unet.config.json: No such file"),
    "no tokens": ("sd", without("tokenizer/tokenizer.json"), "neither tokenizer.json"),
    "a damaged file": ("sd", damaged, "not a whole safetensors file"),
    "an endless header": ("sd", huge_header, "a header of"),
    "JSON that is none": ("sd", lambda f: (f / UNET).write_text("{"), "not JSON"),
    "a link to a file": ("sd", linked(f"unet/{WEIGHTS}"), "a link or no plain file"),
    "a link to a folder": ("sd", linked("unet"), "a link or no plain file"),
    "a pipe": ("sd", piped, "a link or no plain file"),
    "an index that leads out": ("sd", escaping_index, "not a plain file name of safetensors"),
    "a width from nowhere": ("sd", told(UNET, cross_attention_dim=10**9), "more than any such network"),
    "layers from nowhere": ("sd", told(UNET, layers_per_block=10**6), "more than any such network"),
    "blocks from nowhere": ("sd", told(UNET, down_block_types=["DownBlock2D"] * 400), "UNet2DConditionModel"),
    "steps from nowhere": ("sd", told("scheduler/scheduler_config.json", num_train_timesteps=10**12), "more than any"),
    "a plane from nowhere": ("sd3", told("transformer/config.json", pos_embed_max_size=10**6), "more than any"),
    "a plane that weights do not have": ("sd3", told("transformer/config.json", pos_embed_max_size=4000), "pos_embed"),
    "not a number": ("sd", told("scheduler/scheduler_config.json", beta_end=float("nan")), "more than any"),
    "a wider network": ("sd", told(UNET, block_out_channels=[16, 32]), "conv_in.*is"),
    "a setting of nothing": ("sd", told(UNET, act_fn="explode"), "not a configuration of UNet2DConditionModel"),
    "a picture to be told": ("sd", told(UNET, in_channels=9), "unet"),
    "another schedule": ("sd", told("scheduler/scheduler_config.json", _class_name="KarrasVeScheduler"), "is none of"),
    "a schedule of another form": (
        "flux", told("scheduler/scheduler_config.json", _class_name="DDIMScheduler"), "is none of Flow",
    ),
    "weights too many": ("sd", weights(f"unet/{WEIGHTS}", lambda w: w.update(x=torch.zeros(1))), "no place"),
    "a weight less": ("sd", weights(f"unet/{WEIGHTS}", lambda w: w.pop("conv_in.bias")), "have no 'conv_in.bias'"),
    "numbers of another kind": (
        "sd", weights(f"unet/{WEIGHTS}", lambda w: w.update({"conv_in.bias": w["conv_in.bias"].double()})), "float64",
    ),
    "more tokens than states": ("sd", told(TEXT, vocab_size=20), "text_encoder"),
    "a tokenizer that is none": (
        "sd3", lambda f: (f / "tokenizer_3" / "tokenizer.json").write_text('{"model": {}}'), "not a tokenizer",
    ),
    "an encoder's setting of nothing": ("sd", told(TEXT, hidden_act="explode"), "configuration of CLIPTextModel"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_in_one_line_and_nothing_is_kept(whole: Path, tmp_path: Path, case: str) -> None:
    name, spoil, says = CASES[case]
    folder = tmp_path / "in" / name
    copytree(whole / name, folder)
    spoil(folder)
    store = Store(tmp_path / "models")
    with pytest.raises(AnewError, match=says) as refused:
        import_model(str(folder), "one", store)
    assert "\n" not in refused.value.message and len(refused.value.message) < 1000
    assert store.list() == [] and not list(store.root.glob(".import-*"))


def test_what_was_spoilt_is_taken_in_whole(whole: Path, tmp_path: Path) -> None:
    for name in ("sd", "sd3", "flux"):
        assert import_model(str(whole / name), name, Store(tmp_path)).files


def test_a_safety_checker_is_left_out_and_the_card_says_so(whole: Path, tmp_path: Path) -> None:
    folder, store = tmp_path / "sd", Store(tmp_path / "models")
    copytree(whole / "sd", folder)
    told(INDEX, safety_checker=["stable_diffusion", "StableDiffusionSafetyChecker"])(folder)
    entry = import_model(str(folder), "sd", store)
    assert "safety checker is left out" in store.read(entry, "card.md").decode()


def test_what_would_be_fetched_or_run_is_not_even_looked_at(whole: Path, tmp_path: Path) -> None:
    """A configuration may name attention kernels of somebody's, which the library would fetch and run."""
    folder, store = tmp_path / "sd", Store(tmp_path / "models")
    copytree(whole / "sd", folder)
    told(TEXT, _attn_implementation="someone/kernels", attn_implementation="someone/kernels", torch_dtype="x")(folder)
    told(UNET, _name_or_path="../../elsewhere", use_kernels=True)(folder)
    import_model(str(folder), "sd", store)
    network = load_artifact(store.folder("sd")).label.networks[0]
    assert network.config._attn_implementation == "sdpa"
