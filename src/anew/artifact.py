"""The one form of a model on disk: a folder that a person can read and `load` can open.

config.json         what it is: the parts by name with every setting, the spec, defaults of generation
model.safetensors   weights
codec/ label/       what the codecs learnt: codec.json and codec.safetensors
consent.json        of a voice: the records by which it was learnt
scorer/             another such folder, of the model that tells how well samples and captions agree, where there is one
recipe.toml         the resolved recipe        card.md, evidence.json   what was measured, once it was

An adapter is an artifact whose weights are changes to another model's, which config.json names by its weights' hash.
An encoder is one whose network makes vectors alone; config.json says how states become one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import tomli_w
from safetensors import SafetensorError
from safetensors.torch import load, load_file, save
from torch import Tensor, nn

from anew import registry
from anew.contract import Codec, Model, Spec, Unsupported
from anew.data.digests import Digests
from anew.data.files import write_atomic
from anew.data.spec import spec_of
from anew.errors import Damaged, Refused
from anew.models.layers.lora import lay_over, learnt
from anew.models.layers.unfilled import Unfilled
from anew.recipe import Recipe, parse, read

FORMAT = 1
CONSENT = "consent.json"
NOTED = ("image", "audio", "music")  # modalities whose files say of which weights they were made
LEARNED = {"grid": "latent", "tokens": "codes"}  # the codec around a model, by what the model encodes to


@dataclass(frozen=True)
class Origin:
    """The model that an adapter changes: where it is found, and the SHA-256 of its weights; the changes' own scale, and
    what those weights were held in while they were learnt."""

    ref: str
    weights: str
    scale: float
    held: str = "float32"


@dataclass(frozen=True)
class Laid:
    """An adapter over a model: its recipe's name, the SHA-256 of its weights, and how many times it counts."""

    name: str
    weights: str
    weight: float


@dataclass(frozen=True)
class Artifact:
    """A trained model with all that is needed to use it. `label` makes conditions, of labels or of captions. `base`:
    that of which the model is an adapted form. `digest`: the SHA-256 of the file that its weights came from, of a model
    of pictures or sounds; `laid`: the adapters over it. `scorer`: what judges its samples by their captions. `consent`:
    of a voice, the file of the records by which it was learnt."""

    recipe: Recipe
    model: Model
    codec: Codec
    label: Codec | None = None
    base: Origin | None = None
    digest: str = ""
    laid: tuple[Laid, ...] = ()
    scorer: Artifact | None = None
    consent: bytes = b""

    @cached_property
    def weights(self) -> str:
        """SHA-256 of the weights as a file holds them, without what adapters add."""
        return self.digest or hashlib.sha256(self._weights()).hexdigest()

    @property
    def plain(self) -> Codec:
        """The codec of the samples themselves: what a learned one is laid around, or the codec that there is."""
        inner: Codec = getattr(self.codec, "inner", self.codec)
        return inner

    def save(self, folder: Path) -> None:
        """Write the artifact, of an adapted model its changes; config.json comes last, so that a folder with one is
        whole."""
        folder.mkdir(parents=True, exist_ok=True)
        put(folder / "model.safetensors", self._weights())
        save_codec(self.codec, folder / "codec")
        if self.label is not None:
            save_codec(self.label, folder / "label")
        if self.consent:
            put(folder / CONSENT, self.consent)
        if self.scorer is not None:
            self.scorer.save(folder / "scorer")
        describe(folder, self.recipe, self.model.spec, self.label, self.base)

    def _weights(self) -> bytes:
        held = self.model.state_dict() if self.base is None else learnt(self.model)
        return save({name: value.contiguous() for name, value in held.items()})


Pool = Literal["mean", "first", "max"]


@dataclass(frozen=True)
class Pooling:
    """How a sequence's states become one vector: their mean, the first one, or the largest of each number. `longest`:
    tokens that are read at most, those around the text included; `normalise`: whether vectors have length one."""

    kind: Pool
    longest: int
    normalise: bool

    def __post_init__(self) -> None:
        if self.kind not in get_args(Pool) or self.longest < 1:
            raise ValueError(f"states are not pooled by {self.kind!r} of {self.longest} tokens")


@dataclass(frozen=True)
class Encoder:
    """A network of `registry.ENCODERS` with what is needed to use it. No `Artifact`: it models no distribution, so that
    none of what a `Model` promises (loss, sample, score, phases) would mean anything."""

    recipe: Recipe
    network: nn.Module
    codec: Codec
    pooling: Pooling


def describe(
    folder: Path, recipe: Recipe, spec: Spec, label: Codec | None, base: Origin | None = None,
    pooling: Pooling | None = None,
) -> None:  # fmt: skip
    """Write what the weights and codecs that lie in the folder are."""
    put(folder / "recipe.toml", resolved_toml(recipe).encode())
    config: dict[str, Any] = {
        "format": FORMAT,
        "modality": recipe.modality,
        "model": {"name": recipe.model.name, "settings": recipe.model.settings},
        "codec": codec_of(recipe),
        "label": label is not None and (label.modality == "label" or registry.name_of(type(label))),
        "spec": asdict(spec),
        "sample": recipe.sample.model_dump(exclude_none=True),
    }
    config |= {} if base is None else {"adapts": asdict(base)}
    config |= {} if pooling is None else {"pooling": asdict(pooling)}
    put(folder / "config.json", json.dumps(config, indent=1, sort_keys=True).encode())


def put(path: Path, content: bytes) -> None:
    """Write a file unless it is there with just this content."""
    if not path.is_file() or path.read_bytes() != content:
        write_atomic(path, content)


def codec_of(recipe: Recipe) -> dict[str, Any]:
    """The codec's registered name and settings; a learned one holds all of its own in its state."""
    learned = recipe.codec.learned
    if learned is not None:
        return {"name": LEARNED[registry.find("models", learned.name).encodes], "settings": {}}
    return {"name": recipe.codec.name, "settings": recipe.codec.settings}


def load_artifact(folder: Path, fill: Callable[[Any], None] | None = None) -> Artifact:
    """Open an artifact's folder; Damaged names the file that is missing or does not fit. Refused for an adapter, which
    is laid over its base. `fill` puts weights into the model in place of those that lie in the folder."""
    config = read_config(folder)
    if "adapts" in config:
        what = f"{folder} is an adapter of {config['adapts'].get('ref')}, not a model by itself"
        raise Refused(what, next_command="anew generate BASE --adapter NAME")
    if "pooling" in config:
        what = f"{folder} holds an encoder, which makes vectors of texts and nothing else"
        raise Refused(what, next_command="anew embed NAME TEXT")
    kind = "borrowed" if config.get("model", {}).get("name") in registry.BORROWED else "models"
    recipe, model, codec, label = parts_of(folder, config, kind, fill)
    told = recipe.modality in NOTED and fill is None
    digest = Digests().of(folder / "model.safetensors") if told else ""
    within = folder / "scorer"
    scorer = load_artifact(within) if (within / "config.json").is_file() else None
    agreed = (folder / CONSENT).read_bytes() if (folder / CONSENT).is_file() else b""
    return Artifact(recipe, model, codec, label, digest=digest, scorer=scorer, consent=agreed)


def is_encoder(folder: Path) -> bool:
    return "pooling" in read_config(folder)


def load_encoder(folder: Path) -> Encoder:
    """Open an encoder's folder; Damaged names the file that is missing or does not fit."""
    config = read_config(folder)
    recipe, network, codec, _ = parts_of(folder, config, "encoders")
    try:
        pooling = Pooling(**config["pooling"])
    except (TypeError, ValueError) as error:
        what = f"{folder / 'config.json'}: not a way to pool: {str(error)[:200]}"
        raise Damaged(what, next_command="anew models verify") from None
    return Encoder(recipe, network, codec, pooling)


def parts_of(
    folder: Path, config: Mapping[str, Any], kind: str, fill: Callable[[Any], None] | None = None
) -> tuple[Recipe, Any, Codec, Codec | None]:
    """The recipe, the network with its weights, the codec and the label's."""
    recipe = parse(read(folder / "recipe.toml"), str(folder / "recipe.toml"))
    try:
        network_class = registry.find(kind, config["model"]["name"])
        with Unfilled():
            network = network_class(spec_of(config["spec"]), **config["model"]["settings"])
        if fill is None:
            network.load_state_dict(mapped_tensors(folder / "model.safetensors"))
        else:
            fill(network)
        codec = load_codec(config["codec"]["name"], config["codec"]["settings"], folder / "codec")
        named = "label" if config["label"] is True else config["label"]
        label = load_codec(named, {}, folder / "label") if named else None
    except (KeyError, TypeError, ValueError, RuntimeError, Unsupported) as error:
        what = f"{folder}: weights, codec and config.json do not fit each other: {str(error)[:300]}"
        raise Damaged(what, next_command="anew models verify") from None
    return recipe, network.eval(), codec, label


def read_config(folder: Path) -> dict[str, Any]:
    config = read_json(folder / "config.json")
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        newer = "pip install --upgrade anew, where a newer one wrote it"
        raise Damaged(f"{folder / 'config.json'}: not a model of format {FORMAT}", next_command=newer)
    return config


# ------------------------------------------------------------------------------------------------ adapters


def base_of(folder: Path) -> Origin | None:
    """What the artifact in a folder is an adapter of; None for a model by itself."""
    adapts = read_config(folder).get("adapts")
    if adapts is None:
        return None
    try:
        held = str(adapts.get("held", Origin.held))
        return Origin(str(adapts["ref"]), str(adapts["weights"]), float(adapts["scale"]), held)
    except (KeyError, TypeError, ValueError):
        what = f"{folder / 'config.json'}: does not say what it adapts"
        raise Damaged(what, next_command="anew models verify") from None


def over(model: Artifact, adapter: Path, weight: float = 1.0) -> Artifact:
    """A model under the adapter in a folder, `weight` times; it takes on the adapter's manner of being asked. Changes
    the model in place. Damaged where the adapter does not fit."""
    base = base_of(adapter)
    assert base is not None
    try:
        lay_over(model.model, read_tensors(adapter / "model.safetensors"), weight * base.scale)
    except Unsupported as why:
        raise Damaged(f"{adapter}: {why}", next_command="anew models verify") from None
    recipe = parse(read(adapter / "recipe.toml"), str(adapter / "recipe.toml"))
    laid = model.laid
    if recipe.modality in NOTED:
        laid += (Laid(recipe.name, Digests().of(adapter / "model.safetensors"), weight),)
    return replace(model, recipe=recipe, base=base, laid=laid)


# ------------------------------------------------------------------------------------------------ codecs on disk


def save_codec(codec: Codec, folder: Path) -> None:
    """A codec's state as codec.json, where a tensor is named, and codec.safetensors, where it lies."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Tensor] = {}
    values = lift(codec.state(), "state", tensors)
    put(folder / "codec.safetensors", save(tensors))
    put(folder / "codec.json", json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False).encode())


def load_codec(name: str, settings: Mapping[str, Any], folder: Path) -> Codec:
    borrowed = name in registry.BORROWED  # as large as a model, and copies what it takes
    tensors = (mapped_tensors if borrowed else read_tensors)(folder / "codec.safetensors")
    state = lower(read_json(folder / "codec.json"), tensors)
    codec: Codec = registry.find("borrowed" if borrowed else "codecs", name).restore(settings, state)
    return codec


def lift(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    """JSON with every tensor moved into `tensors` under its dotted path."""
    if isinstance(value, Tensor):
        tensors[path] = value.detach().contiguous()
        return {"tensor": path}
    if isinstance(value, Mapping):
        return {key: lift(inner, f"{path}.{key}", tensors) for key, inner in value.items()}
    if isinstance(value, list) and any(isinstance(inner, Mapping) for inner in value):
        return [lift(inner, f"{path}.{n}", tensors) for n, inner in enumerate(value)]
    return value


def lower(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, dict):
        if set(value) == {"tensor"} and value["tensor"] in tensors:
            return tensors[value["tensor"]]
        return {key: lower(inner, tensors) for key, inner in value.items()}
    return [lower(inner, tensors) for inner in value] if isinstance(value, list) else value


# ------------------------------------------------------------------------------------------------ reading


def read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Damaged(f"{path}: {error.strerror}", next_command="anew models verify") from None
    except ValueError as error:
        raise Damaged(f"{path}: not JSON: {error}", next_command="anew models verify") from None


def read_tensors(path: Path) -> dict[str, Tensor]:
    try:
        return load(path.read_bytes())
    except OSError as error:
        raise Damaged(f"{path}: {error.strerror}", next_command="anew models verify") from None
    except SafetensorError as error:
        raise Damaged(f"{path}: not safetensors: {error}", next_command="anew models verify") from None


def mapped_tensors(path: Path) -> dict[str, Tensor]:
    """The same without a copy: views of the file, to be copied from and let go."""
    try:
        path.stat()
        return load_file(path)
    except OSError as error:
        raise Damaged(f"{path}: {error.strerror or error}", next_command="anew models verify") from None
    except SafetensorError as error:
        raise Damaged(f"{path}: not safetensors: {error}", next_command="anew models verify") from None


def resolved_toml(recipe: Recipe, *, only_set: bool = False) -> str:
    """A recipe with every default written out, or with what is set alone; None is TOML's absence."""
    return tomli_w.dumps(recipe.model_dump(mode="json", exclude_none=True, exclude_unset=only_set))
