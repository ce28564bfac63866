"""A folder of diffusers made into an artifact: Stable Diffusion 1.5 and XL, Stable Diffusion 3 and FLUX.

In: a folder with model_index.json, which may be hostile. Out: the artifact's folder, its weights as they are, written
tensor by tensor. Only plain files in their places are read, only classes of the tables are made, no code of the folder
is run, no pickle is read and nothing is fetched. What has no counterpart is refused by name.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from anew.artifact import describe, put
from anew.contract import Codec, CondSpec, Spec, Unsupported
from anew.errors import DataError, Refused
from anew.exchange.adoption import Adopted
from anew.exchange.foreign import shown
from anew.exchange.huggingface import licence_of, read_json, weight_files
from anew.exchange.prompt_tokens import table_of
from anew.exchange.tensors import Tensors, write_tensors
from anew.models.borrowed import SCHEDULES, build, matched
from anew.models.diffusion.forms import FORMS, whole_of_unet
from anew.recipe import parse

INDEX = "model_index.json"
MOST_NUMBER = 1 << 20  # of a configuration; no width, vocabulary or number of steps is larger
MOST_CELLS = 4096  # a side of anything laid out in a plane
COUNTS = ("num_layers", "num_single_layers", "num_hidden_layers", "layers_per_block", "transformer_layers_per_block")
MOST_LAYERS = 512
INTENDED = "To make pictures of what a text says. What its makers intend it for, their licence and their own card say."
LEFT_OUT = {  # parts that anew does without, and what is to be said of it
    "safety_checker": "Its safety checker is left out: nothing is filtered that the network draws.",
    "feature_extractor": "", "image_encoder": "",
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A pipeline's class as the index names it. `readers`: (tokenizer, encoder, its class, tokens at most, may it be
    missing) of each encoder, None for as many as it was made for; `told`: the network's setting for the states'
    width."""

    form: str
    network: str
    readers: tuple[tuple[str, str, str, int | None, bool], ...]
    told: str


CLIP, PROJECTED, T5 = "CLIPTextModel", "CLIPTextModelWithProjection", "T5EncoderModel"
PIPELINES = {
    "StableDiffusionPipeline": Kind(
        "sd", "unet", (("tokenizer", "text_encoder", CLIP, None, False),), "cross_attention_dim"
    ),
    "StableDiffusionXLPipeline": Kind(
        "sdxl", "unet", (("tokenizer", "text_encoder", CLIP, None, False),
                         ("tokenizer_2", "text_encoder_2", PROJECTED, None, False)), "cross_attention_dim",
    ),
    "StableDiffusion3Pipeline": Kind(
        "sd3", "transformer", (("tokenizer", "text_encoder", PROJECTED, None, False),
                               ("tokenizer_2", "text_encoder_2", PROJECTED, None, False),
                               ("tokenizer_3", "text_encoder_3", T5, 256, True)), "joint_attention_dim",
    ),
    "FluxPipeline": Kind(
        "flux", "transformer", (("tokenizer", "text_encoder", CLIP, None, False),
                                ("tokenizer_2", "text_encoder_2", T5, 512, False)), "joint_attention_dim",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A network of the folder: its class, its JSON, its weights, and the network itself without them."""

    name: str
    config: dict[str, Any]
    tensors: Tensors
    network: Any


def is_pipeline(folder: Path) -> bool:
    return (folder / INDEX).is_file()


def adopt_pipeline(source: Path, folder: Path, name: str) -> Adopted:
    """Write the artifact into an empty folder. Refused, DataError: the reason."""
    try:
        return Adoption(source, folder, name).made()
    except Unsupported as why:
        raise Refused(f"{source}: {why}") from None


class Adoption:
    """One folder on its way in."""

    def __init__(self, source: Path, folder: Path, name: str) -> None:
        self.source, self.folder, self.name = source, folder, name
        self.index = read_json(self.file(INDEX))
        self.kind = self.kind_of()
        self.form = FORMS[self.kind.form]
        self.check_parts()

    def made(self) -> Adopted:
        network = self.part(self.kind.network, self.form.network)
        vae = self.part("vae", "AutoencoderKL")
        schedule = self.schedule()
        scale = 2 ** (len(vae.network.config.block_out_channels) - 1)
        shape = self.shape(network, vae)
        prompts, absent_LE, lengths = self.write_prompts(network)
        self.write_canvas(vae, shape, scale)
        spec = Spec("grid", shape, cond=CondSpec(states=tuple(absent_LE.shape)))  # type: ignore[arg-type]
        settings = {"form": self.kind.form, "network": compact(network.config), "schedule": compact(schedule),
                    "scale": scale}  # fmt: skip
        recipe = parse(
            {
                "name": self.name, "about": f"A picture model of the {self.kind.form} shape", "modality": "image",
                "codec": {"name": "kl"}, "model": {"name": "denoiser", **settings}, "sample": self.defaults(network),
            },
            self.name,
        )  # fmt: skip
        tensors = {f"network.{k}": k for k in network.tensors} | {"absent_LE": ""}
        values = ((k, network.tensors[v] if v else absent_LE) for k, v in tensors.items())
        write_tensors(self.folder / "model.safetensors", values, tensors)
        describe(self.folder, recipe, spec, prompts)
        facts = {
            "picture": f"{shape[2] * scale} x {shape[1] * scale} pixels unless others are asked for",
            "tokens that are read": " and ".join(str(length) for length in lengths),
            "schedule": str(schedule["_class_name"]), "guidance built in": "yes" if self.built_in(network) else "no",
        }  # fmt: skip
        count = sum(prod(v.shape) for v in network.network.state_dict().values())
        kinds = sorted({str(network.tensors[k].dtype).removeprefix("torch.") for k in list(network.tensors)[:1]})
        told = (self.index["_class_name"], licence_of(self.source))
        return Adopted(recipe, *told, count, " and ".join(kinds), facts, self.limits(), INTENDED)

    # ------------------------------------------------------------------------------------------------ what is there

    def file(self, *path: str) -> Path:
        """A file in its place. Refused: a link, a pipe or anything else that is not plainly the folder's own."""
        place = self.source
        for i, part in enumerate(path, 1):
            place = place / part
            try:
                mode = place.lstat().st_mode
            except OSError as error:
                raise DataError(f"{place}: {error.strerror}", next_command="anew models import FOLDER") from None
            if not (stat.S_ISREG(mode) if i == len(path) else stat.S_ISDIR(mode)):
                what = f"{place}: a link or no plain file, and could lead out of the folder"
                raise Refused(what, next_command="cp -rL FOLDER COPY, where it is your own, and import the copy")
        return place

    def has(self, *path: str) -> bool:
        place = self.source.joinpath(*path)
        return place.is_symlink() or place.exists()

    def kind_of(self) -> Kind:
        named = self.index.get("_class_name")
        if not isinstance(named, str) or named not in PIPELINES:
            what = f"{self.source / INDEX}: {shown(named, 60)!r} is none of {', '.join(PIPELINES)}"
            raise Refused(f"{what}; pipelines that bring code of their own are not run")
        return PIPELINES[named]

    def check_parts(self) -> None:
        """Every part of the index is one that the pipeline has, of the class that it has there."""
        known = {self.kind.network: {self.form.network}, "vae": {"AutoencoderKL"}, "scheduler": set(SCHEDULES)}
        for tokenizer, encoder, network, *_ in self.kind.readers:
            known |= {encoder: {network}, tokenizer: {"CLIPTokenizer", "CLIPTokenizerFast"} if network != T5 else
                      {"T5Tokenizer", "T5TokenizerFast", "PreTrainedTokenizerFast", "TokenizersBackend"}}  # fmt: skip
        optional = {one for *names, _, _, may in self.kind.readers if may for one in names[:2]}
        for name, value in self.index.items():
            if name.startswith("_") or not isinstance(value, list) or name in LEFT_OUT:
                continue
            if value == [None, None] and (name in optional or name not in known):
                continue
            if name not in known or len(value) != 2 or value[1] not in known[name]:
                allowed = f"one of {', '.join(sorted(known[name]))}" if name in known else "no part of it"
                what = f"{self.source / INDEX}: {shown(name, 40)!r} is {shown(value, 60)}, and in a"
                raise Refused(f"{what} {self.index['_class_name']} it is {allowed}; other code is not run")
        for name in known.keys() - optional:
            if not isinstance(self.index.get(name), list):
                raise DataError(f"{self.source / INDEX}: names no {name!r}")

    def part(self, place: str, kind: str) -> Part:
        """A network that its weights bear out. Refused, DataError: which of its files is not what it should be."""
        config = read_json(self.file(place, "config.json"))
        check_config(self.source / place / "config.json", config)
        files = weight_files(self.source / place, self.stem(place, kind))
        tensors = Tensors([self.file(place, one.name) for one in files])
        try:
            network = build(kind, config)
            shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
            places = matched(shapes, tensors)
            for key, held in places.items():
                if tensors.shape(held) != shapes[key]:
                    raise Unsupported(f"{held[:100]!r} is {tensors.shape(held)} and not {shapes[key]}")
        except Unsupported as why:
            raise Refused(f"{self.source / place}: {why}") from None
        return Part(place, config, tensors.only(set(places.values())), network)

    def stem(self, place: str, kind: str) -> str:
        """How the files with its weights are called; half precision where there is nothing else."""
        stem = "model" if kind in (CLIP, PROJECTED, T5) else "diffusion_pytorch_model"
        for name in (f"{stem}.safetensors", f"{stem}.safetensors.index.json"):
            if self.has(place, name):
                self.file(place, name)
                return stem
        return f"{stem}.fp16" if self.has(place, f"{stem}.fp16.safetensors") else stem

    def schedule(self) -> dict[str, Any]:
        path = self.file("scheduler", "scheduler_config.json")
        config = read_json(path)
        check_config(path, config)
        flows = config.get("_class_name") == "FlowMatchEulerDiscreteScheduler"
        if config.get("_class_name") not in SCHEDULES or flows != self.form.flows:
            known = [one for one in SCHEDULES if one.startswith("Flow") == self.form.flows]
            raise Refused(f"{path}: {shown(config.get('_class_name'), 60)!r} is none of {', '.join(known)}")
        try:
            build(config["_class_name"], config).set_timesteps(
                **self.form.timing(2, 2 * self.form.patch, 2 * self.form.patch, config)
            )
        except (Unsupported, ValueError, TypeError, RuntimeError) as why:
            raise Refused(f"{path}: {str(why).strip().splitlines()[0][:160]}") from None
        return config

    def shape(self, network: Part, vae: Part) -> tuple[int, int, int]:
        """(C, H, W) of the grid that it draws where nobody asks for another size."""
        config, held = network.network.config, vae.network.config
        for key, value in self.form.needs:
            if config.get(key) != value:
                what = f"{self.source / network.name}: {key} = {shown(config.get(key), 40)}"
                raise Refused(f"{what}; this form of network has {value}")
        channels = config.in_channels if self.form.pairs else config.in_channels // 4
        if not channels == held.latent_channels == (config.out_channels if self.form.pairs else channels):
            what = f"{self.source}: the network takes {channels} channels and the autoencoder has"
            raise Refused(f"{what} {held.latent_channels}; networks that are told a picture too are not read")
        side = config.get("sample_size") or 128
        high, wide = side if isinstance(side, (list, tuple)) else (side, side)
        if not all(isinstance(one, int) and 0 < one <= MOST_CELLS for one in (high, wide)):
            raise Refused(f"{self.source / network.name}: a sample of {shown(side, 40)} cells")
        return channels, high, wide

    def built_in(self, network: Part) -> bool:
        return bool(network.network.config.get("guidance_embeds"))

    def defaults(self, network: Part) -> dict[str, Any]:
        """As diffusers has them, but for a FLUX that has guidance neither built in nor asked for: few steps without."""
        if self.form.pairs or self.built_in(network):
            return {"steps": self.form.steps, "guidance": self.form.guidance}
        return {"steps": 4, "guidance": 1.0}

    def limits(self) -> list[str]:
        there = [name for name, value in self.index.items() if isinstance(value, list) and value != [None, None]]
        return [said for name, said in LEFT_OUT.items() if said and name in there]

    # ------------------------------------------------------------------------------------------------ what is written

    def write_prompts(self, network: Part) -> tuple[Codec, Tensor, list[int]]:
        """The tokenizers and encoders as the codec of captions; the states of no text (L, E); the tokens that each
        reads."""
        from anew.codecs.prompts import Prompts

        readers, lengths = [], list[int]()
        for tokenizer, encoder, kind, most, may in self.kind.readers:
            if may and self.index.get(encoder) in (None, [None, None]):
                continue
            part = self.part(encoder, kind)
            table, pad, length = table_of(self.file, self.has, tokenizer, part.config, most)
            lengths.append(length)
            readers.append({"name": kind, "config": part.config, "weights": part.tensors, "table": table, "pad": pad,
                            "length": length})  # fmt: skip
        config = network.network.config
        width, whole = int(config.get(self.kind.told)), 0
        if self.kind.form != "sd":
            whole = whole_of_unet(config) if self.kind.form == "sdxl" else int(config.pooled_projection_dim)
        beyond = self.kind.readers[-1][3] if len(readers) < len(self.kind.readers) else 0
        long = {"sd": lengths[:1], "sdxl": [*lengths[:1], 1], "sd3": [lengths[0], *lengths[2:], beyond or 0, 1],
                "flux": [*lengths[-1:], 1]}[self.kind.form]  # fmt: skip
        state = {"form": self.kind.form, "length": sum(long), "width": max(width, whole), "beyond": beyond,
                 "readers": readers}  # fmt: skip
        write_codec(self.folder / "label", state)
        try:
            prompts = Prompts.restore({}, state)
            absent_LE = prompts.encode([""])[0]
        except (RuntimeError, IndexError, ValueError) as error:
            raise Refused(
                f"{self.source}: encoders and network do not fit: {str(error).splitlines()[0][:160]}"
            ) from None
        if absent_LE.shape != (state["length"], state["width"]):
            raise Refused(f"{self.source}: the encoders make states of {tuple(absent_LE.shape)}")
        zeros = self.kind.form == "sdxl" and self.index.get("force_zeros_for_empty_prompt", True)
        return prompts, torch.zeros_like(absent_LE) if zeros else absent_LE, lengths

    def write_canvas(self, vae: Part, shape: tuple[int, int, int], scale: int) -> None:
        state = {"config": vae.config, "high": shape[1] * scale, "wide": shape[2] * scale, "weights": vae.tensors}
        write_codec(self.folder / "codec", state)


def check_config(path: Path, config: Mapping[str, Any]) -> None:
    """Refuse what no network has before anything is made of it: code, huge numbers, very many layers."""
    if "auto_map" in config or "quantization_config" in config:
        what = "auto_map" if "auto_map" in config else "quantization_config"
        raise Refused(f"{path}: {what}: code of its own is not run, and packed weights are not read")

    def numbers(key: str, value: Any, depth: int = 0) -> Iterator[tuple[str, float]]:
        if isinstance(value, (list, tuple)) and depth < 4 and len(value) <= 1 << 14:
            for one in value:
                yield from numbers(key, one, depth + 1)
        elif isinstance(value, (list, tuple)):
            yield key, MOST_NUMBER + 1
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield key, value

    for key, value in config.items():
        for name, number in numbers(key, value):
            most = MOST_LAYERS if name in COUNTS else MOST_CELLS if name.endswith(("size", "num_positions")) and \
                name not in ("vocab_size", "hidden_size", "intermediate_size") else MOST_NUMBER  # fmt: skip
            if not abs(number) <= most:
                raise Refused(f"{path}: {shown(name, 40)} = {shown(number, 40)} is more than any such network has")


def write_codec(folder: Path, state: Mapping[str, Any]) -> None:
    """A codec's state whose tensors are read one by one."""
    placed = dict[str, tuple[Tensors, str]]()

    def named(value: Any, path: str) -> Any:
        if isinstance(value, Tensors):
            placed.update({f"{path}.{key}": (value, key) for key in value})
            return {key: {"tensor": f"{path}.{key}"} for key in value}
        if isinstance(value, Mapping):
            return {key: named(inner, f"{path}.{key}") for key, inner in value.items()}
        if isinstance(value, list) and any(isinstance(inner, Mapping) for inner in value):
            return [named(inner, f"{path}.{n}") for n, inner in enumerate(value)]
        return value

    values = named(state, "state")
    folder.mkdir(parents=True, exist_ok=True)
    write_tensors(folder / "codec.safetensors", ((k, held[name]) for k, (held, name) in placed.items()), placed)
    put(folder / "codec.json", json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False).encode())


def compact(config: Mapping[str, Any]) -> str:
    """JSON on one line; what says where it was saved is left out."""
    kept = {k: v for k, v in config.items() if k in ("_class_name",) or not k.startswith("_")}
    return json.dumps(kept, sort_keys=True)
