"""A run as typed values: TOML in, resolved TOML out. An unknown key is refused with the nearest name.

The same types give the command line's dotted overrides, the reference and the stored record of a run. A *recipe* is
what a person writes; *resolving* writes every default out (size dial, part settings, threads, versions), and running
a resolved recipe again gives the same bits.
"""

from __future__ import annotations

import copy
import inspect
import tomllib
from collections.abc import Iterable, Mapping
from itertools import permutations
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from anew.errors import RecipeError, nearest

Size = Literal["xs", "s", "m", "l"]
DIALS = ("minutes", "steps", "epochs")  # how long to train: one of them
BENDS = ("shift", "turn", "zoom", "shear", "ripple")  # settings of the parts that bend what they learn from
Fact = Annotated[str, Field(pattern=r"^[^=]+=.+$")]  # KIND=VALUE
Pair = Annotated[str, Field(pattern=r"^[^*]+\*[^*]+$")]  # KIND*KIND
NAME = r"^[a-z0-9][a-z0-9._-]{0,99}$"  # of a recipe and of a model: plain on every disk


class Section(BaseModel):
    """A table of a recipe. Its fields' descriptions are the reference."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


class Part(Section):
    """A table that names a registered part; the keys beside the declared ones are the part's own settings."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)
    name: str = Field(description="a registered part, or one of a plug-in")

    @property
    def settings(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Data(Section):
    source: str = Field("", description="a file, folder or archive, or the name of a known data set")
    column: str | None = Field(
        None, description="the column that holds text, images or audio, in CSV, JSONL and Parquet"
    )
    label: str | None = Field(None, description="the column that holds the label; folders name it otherwise")
    split: str | None = Field(None, description="the column of a table that says train, validation or test")
    licence: str | None = Field(None, description="the licence of the user's own data, written into every record")
    captions: Literal["auto", "sidecar", "table", "file-name", "none"] = Field(
        "auto",
        description="of pictures and sounds: x.txt beside x.png, a table's column, their names; auto: the first two",
    )
    spoken: bool = Field(False, description="what is beside sounds is said in them, in English: read as phonemes")
    consent: str | None = Field(None, description="of whose voice is learnt: a record's file or id, or a folder")
    mirror: bool = Field(False, description="learn from pictures mirrored too, unless captions tell left from right")
    limit: int | None = Field(None, ge=1, description="use the first so many records")
    licences: tuple[str, ...] = Field((), description="of source code, keep these SPDX licences alone; empty keeps all")
    secrets: bool = Field(True, description="replace keys and passwords in source code by what kind they are of")


class Clean(Section):
    repair: bool = Field(True, description="mend broken encodings and line ends")
    min_chars: int = Field(16, ge=0, description="drop shorter texts")
    duplicates: Literal["none", "exact", "near"] = Field("near", description="which go; rows repeat unless exact")
    similarity: float = Field(0.8, gt=0, le=1, description="Jaccard similarity of shingles at which texts are near")
    image_distance: int = Field(16, ge=0, le=256, description="bits of 256 that near pictures' hashes may differ by")
    sound_distance: int = Field(40, ge=0, le=256, description="the same of the fingerprints of near sounds")
    min_seconds: float = Field(0.02, ge=0, description="drop sounds that are shorter once trimmed")
    max_seconds: float = Field(600, gt=0, le=600, description="drop longer sounds")
    trim: float = Field(60, ge=0, description="cut off a sound's ends so many decibels below its loudest; 0: none")
    loudness: float = Field(-23, ge=-70, le=0, description="LUFS of sounds (BS.1770-4), as peaks allow; 0: as it is")
    clipped: float = Field(0.01, ge=0, le=1, description="drop sounds of which a greater share lies at full scale")
    rate: int | None = Field(None, ge=2000, le=384000, description="of sounds, in Hz; else each keeps its own")
    channels: Literal[1, 2] | None = Field(None, description="of sounds; else one or two stay and more become one")
    languages: tuple[str, ...] = Field((), description="keep these ISO 639-1 languages; empty keeps all")
    min_pixels: int = Field(8, ge=1, description="drop pictures with a shorter side")
    leave_out: tuple[Fact, ...] = Field((), description='facts of pictures that are not wanted, as "group=Flags"')
    hold_out: tuple[Pair, ...] = Field((), description='kinds of facts whose pairs are held out, as "object*colour"')
    hold_out_share: float = Field(0.15, ge=0, lt=1, description="share of those pairs that the test split alone has")
    validation: float = Field(0.1, ge=0, lt=1, description="share of the records held out to steer training")
    test: float = Field(0.1, ge=0, lt=1, description="share of the records held out to judge the model")


class Train(Section):
    minutes: float | None = Field(None, gt=0, description="time for the whole recipe's training, codec included")
    clock: Literal["wall", "cpu"] = Field("wall", description="minutes of wall time, or of CPU time of all threads")
    steps: int | None = Field(None, ge=1, description="steps instead of minutes")
    epochs: float | None = Field(None, gt=0, description="times through the training data, instead of minutes")
    batch: int = Field(32, ge=1, description="rows a step")
    accumulate: int = Field(1, ge=1, description="micro-batches a step")
    optimiser: Literal["muon", "adamw"] = Field("adamw", description="muon: matrices by Muon, the rest by AdamW")
    lr: float = Field(1e-3, gt=0, description="AdamW's peak learning rate")
    lr_matrix: float = Field(0.02, gt=0, description="Muon's peak learning rate")
    lr_table: float | None = Field(None, gt=0, description="peak learning rate of look-up tables; default lr")
    weight_decay: float = Field(0.0, ge=0, description="decoupled weight decay, of matrices alone")
    betas: tuple[float, float] = Field((0.9, 0.95), description="AdamW's decay rates")
    schedule: Literal["cosine", "linear", "constant"] = Field("cosine", description="after warm-up")
    warmup: float = Field(0.02, ge=0, lt=1, description="share of the steps")
    final_lr: float = Field(0.0, ge=0, le=1, description="share of the peak that the schedule ends at")
    clip: float | None = Field(1.0, gt=0, description="largest gradient norm of a phase")
    ema: float | None = Field(None, gt=0, lt=1, description="decay of the moving average that is judged and kept")
    validate_every: int | None = Field(None, ge=1, description="steps; default a twentieth, more in few minutes")
    keep: Literal["best", "last"] = Field("best", description="the weights that validated best, or those of the end")
    validate_rows: int = Field(512, ge=1, description="rows of the validation split looked at each time")
    patience: int | None = Field(None, ge=1, description="validations without a better one before stopping early")
    sample_every: int | None = Field(None, ge=1, description="steps between samples while it learns; default a fifth")
    checkpoint_every: int | None = Field(None, ge=1, description="steps between checkpoints; default a twentieth")
    precision: Literal["auto", "float32", "bfloat16"] = Field("auto", description="auto: float32 on a CPU")
    device: str = Field("auto", description="auto, cpu, cuda or mps")
    threads: int = Field(0, ge=0, description="0: one for each core")


class Learned(Part):
    """A model with encode and decode, trained as a run of its own; its latent is what the recipe's model learns."""

    share: float = Field(0.5, gt=0, lt=1, description="of the recipe's training time")
    copies: int = Field(1, ge=1, description="encodings of each training sample, each augmented anew")
    enough: int | None = Field(None, ge=1, description="from so many samples on none is bent or copied unasked")
    train: Train = Field(default_factory=Train)


class CodecPart(Part):
    learned: Learned | None = None
    start: str | None = Field(None, description="a model whose learned codec is taken over as it is, and not trained")


class Judge(Part):
    """A model trained on the training split alone whose features and labels judge the samples."""

    name: str = "classifier"
    share: float = Field(0.15, gt=0, lt=1, description="of the recipe's minutes, where it has no dial of its own")
    train: Train = Field(default_factory=Train)


class Adapt(Section):
    """How a stored model is adapted: what it learns by, and how much of it may change."""

    objective: Part = Field(default_factory=lambda: Part(name="answers"), description="what its loss is")
    reward: Part | None = Field(None, description="what answers are judged by, for an objective that needs it")
    subject: str | None = Field(None, description="what pictures show, in a prompt's words; default the recipe's name")
    others: int = Field(256, ge=8, le=20_000, description="rows of other prompts, which are to be drawn as before")
    repaint: tuple[str, ...] = Field((), description="colours that drawings without a caption are learnt in as well")
    rank: int = Field(8, ge=0, description="of the change to each layer, an adapter; 0: every weight learns")
    alpha: float = Field(16.0, gt=0, description="changes count alpha / rank")
    frozen: Literal["float32", "int8"] = Field("float32", description="of weights that do not learn; int8: a quarter")
    layers: tuple[str, ...] = Field((), description="names of layers, * for any letters; none: all but the head")
    context: int | None = Field(None, ge=2, description="longest row in tokens; of a longer one the end is kept")
    keep: str | None = Field(None, description="text not to be forgotten; default what the model itself held out")


class Sample(Section):
    """Defaults of generation, kept with the model."""

    guidance: float = 1.0
    max_new: int | None = Field(None, ge=1)
    temperature: float = Field(1.0, ge=0)
    top_k: int = Field(0, ge=0)
    top_p: float = Field(1.0, gt=0, le=1)
    min_p: float = Field(0.0, ge=0, lt=1)
    typical: float = Field(1.0, gt=0, le=1)
    repetition: float = Field(1.0, ge=0.1, le=10)
    presence: float = Field(0.0, ge=-10, le=10)
    frequency: float = Field(0.0, ge=-10, le=10)
    steps: int | None = Field(None, ge=1)
    solver: str | None = None


class Validate(Section):
    samples: int = Field(500, ge=8, description="samples drawn to judge the model")
    max_units: int = Field(2_000_000, ge=1000, description="bytes or dimensions of the test split scored")
    redraws: int = Field(10, ge=2, description="re-draws behind a distance's spread")
    bootstrap: int = Field(1000, ge=100, description="re-samples behind an interval")
    baselines: bool = True
    ear: str | None = Field(None, description="model in ANEW_HOME/hearing that writes down what a voice says")


class Deploy(Section):
    name: str | None = Field(None, pattern=NAME, description="name in the model store; default the recipe's")
    licence: str = Field("", description="of the model, which its report and its card tell")


class Machine(Section):
    """Where a recipe was resolved: the same bits are promised on the same kind of machine only."""

    processor: str = Field(description="architecture and the widest vector instructions")
    threads: int
    torch: str
    anew: str
    data: str = Field("", description="digest of the cleaned data's manifest")


class Recipe(Section):
    """A whole run."""

    name: str = Field(pattern=NAME)
    about: str = ""
    modality: Literal["text", "code", "image", "audio", "table", "chat", "music"]
    size: Size = "s"
    seed: int = Field(0, ge=0, lt=2**63)
    start: str | None = Field(None, description="a stored model to go on from")
    words: str | None = Field(None, description="a stored encoder that knows the words of captions, and others")
    data: Data = Field(default_factory=Data)
    clean: Clean = Field(default_factory=Clean)
    codec: CodecPart
    model: Part
    train: Train = Field(default_factory=Train)
    judge: Judge | None = None
    adapt: Adapt | None = None
    sample: Sample = Field(default_factory=Sample)
    validation: Validate = Field(default_factory=Validate)
    deploy: Deploy = Field(default_factory=Deploy)
    machine: Machine | None = Field(None, description="written when a recipe is resolved")

    @model_validator(mode="before")
    @classmethod
    def of_its_start(cls, values: Any) -> Any:
        """What adapts a model has that model's codec and network."""
        if isinstance(values, dict) and values.get("adapt") is not None:
            return {"codec": {"name": START}, "model": {"name": START}} | values
        return values

    @property
    def rests(self) -> bool:
        """Whether it is no whole recipe without the model that it starts from."""
        return self.codec.name == START


START = "start"  # in place of a part's name: the one of the model that a recipe starts from
MODELS: dict[str, type[Part]] = {  # tables that name a part
    "model": Part, "codec.learned": Learned, "judge": Judge, "adapt.objective": Part, "adapt.reward": Part,
}  # fmt: skip

# ------------------------------------------------------------------------------------------------ reading


def read(path: Path) -> dict[str, Any]:
    """A TOML file as plain values; a mistake is named with its line."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: not TOML: {error}", next_command="anew recipe show text") from None
    except RecursionError:
        raise RecipeError(f"{path}: nested too deeply for a recipe", next_command="anew recipe show text") from None
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror}", next_command="anew recipe list") from None


def override(values: dict[str, Any], changes: Mapping[str, Any], *, typed: bool = False) -> dict[str, Any]:
    """`{"train.steps": 10}` laid over nested values. A string is read as a TOML value where it is one, unless the
    changes are `typed` already. With another model's name the settings go that were the first one's own. A dial that is
    turned holds: one of `train.steps`, `train.epochs` and `train.minutes` ends the others, and a bend or a number of
    copies ends `codec.learned.enough`."""
    made = copy.deepcopy(values)
    for dotted, value in sorted(changes.items(), key=lambda change: not change[0].endswith(".name")):
        *path, last = dotted.split(".")
        table = made
        for key in path:
            table = table.setdefault(key, {})
            if not isinstance(table, dict):
                raise RecipeError(f"{dotted}: {key} is a value, not a table")
        value = parse_value(value) if isinstance(value, str) and not typed else value
        part = MODELS.get(".".join(path)) if last == "name" and value != table.get("name") else None
        for key in [] if part is None else table.keys() - part.model_fields.keys():
            del table[key]
        table[last] = value
    asked = {f"codec.learned.{key}" for key in (*BENDS, "copies")}
    pairs = [({f"train.{one}"}, f"train.{other}") for one, other in permutations(DIALS, 2)]
    for turned, ended in (*pairs, (asked, "codec.learned.enough")):
        if turned & changes.keys() and ended not in changes:
            drop(made, ended)
    return made


def drop(values: dict[str, Any], dotted: str) -> None:
    """Take a key out of nested values, where it is there."""
    *path, last = dotted.split(".")
    table: Any = values
    for key in path:
        table = table.get(key) if isinstance(table, dict) else None
    if isinstance(table, dict):
        table.pop(last, None)


def parse_value(text: str) -> Any:
    """The TOML value that a person typed, or the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def parse(values: Mapping[str, Any], where: str = "recipe") -> Recipe:
    """Validated values; RecipeError lists each mistake with its place and the nearest name."""
    try:
        recipe = Recipe.model_validate(values)
    except ValidationError as error:
        raise RecipeError(f"{where}: " + explain(error, Recipe), next_command="anew recipe schema") from None
    learned, judge = recipe.codec.learned, recipe.judge
    dials = {"train": recipe.train}
    dials |= {} if learned is None else {"codec.learned.train": learned.train}
    dials |= {} if judge is None else {"judge.train": judge.train}
    for place, train in dials.items():
        turned = [f"{place}.{dial}" for dial in DIALS if getattr(train, dial) is not None]
        if len(turned) > 1:
            raise RecipeError(f"{where}: {' and '.join(turned)} exclude each other; keep one")
    return recipe


def explain(error: ValidationError, root: type[BaseModel]) -> str:
    """pydantic's findings as one readable line each."""
    lines = []
    for found in error.errors(include_url=False):
        place = ".".join(str(p) for p in found["loc"])
        if found["type"] == "extra_forbidden":
            lines.append(f"unknown key {place!r}{nearest(str(found['loc'][-1]), keys_at(root, found['loc'][:-1]))}")
        elif found["type"] == "missing":
            lines.append(f"{place!r} is missing")
        else:
            lines.append(f"{place!r}: {found['msg'][:1].lower()}{found['msg'][1:]}, not {found['input']!r}")
    return "; ".join(lines)


def keys_at(root: type[BaseModel], path: Iterable[Any]) -> list[str]:
    """The field names of the table at `path`."""
    model = root
    for key in path:
        kind = model.model_fields[key].annotation if key in model.model_fields else None
        found = [t for t in (kind, *get_args(kind)) if inspect.isclass(t) and issubclass(t, BaseModel)]
        if not found:
            return []
        model = found[0]
    return list(model.model_fields)


# ------------------------------------------------------------------------------------------------ settings of parts


def keywords(part: type, eval_str: bool = True) -> dict[str, inspect.Parameter]:
    """A part's settings: the keywords of its constructor and, where that hands on others (`**shared`), of the one
    above. `eval_str`: types as such, not as they are written."""
    known: dict[str, inspect.Parameter] = {}
    for kind in part.__mro__:
        if made := vars(kind).get("__init__"):
            own = inspect.signature(made, eval_str=eval_str).parameters.values()
            known |= {p.name: p for p in own if p.kind is p.KEYWORD_ONLY and p.name not in known}
            if not any(p.kind is p.VAR_KEYWORD for p in own):
                break
    return known


def at_size(given: Mapping[str, Any], size: Size) -> dict[str, Any]:
    """Settings as they are at a size."""
    made = {key: value.get(size, value) if by_size(value) else value for key, value in given.items()}
    return {key: value for key, value in made.items() if not by_size(value)}


def by_size(value: Any) -> bool:
    """Whether a setting is a table of sizes."""
    return isinstance(value, Mapping) and bool(value) and value.keys() <= set(get_args(Size))


def settings_of(
    part: type, given: Mapping[str, Any], size: Size, where: str, declared: Iterable[str] = ()
) -> dict[str, Any]:
    """Every keyword of a part's constructor: the one given, the size dial's value or its default, unless it is None.
    `width = { s = 128, m = 192 }` is given at these sizes, and left to the dial at the others."""
    known = keywords(part)
    for key in given:
        if key not in known:
            near = nearest(key, [*known, *declared])
            raise RecipeError(f"{where}: unknown key {key!r}{near}; {part.__name__} knows {sorted(known)}")
    given, dial = at_size(given, size), getattr(part, "sizes", {}).get(size, {})
    made = {}
    for name, p in known.items():
        value = given.get(name, dial.get(name, p.default))
        if value is p.empty:
            raise RecipeError(f"{where}: {name!r} is missing")
        if value is None and p.default is None:
            continue  # TOML says None by leaving it out
        try:
            made[name] = TypeAdapter(Any if p.annotation is p.empty else p.annotation).validate_python(value)
        except ValidationError as error:
            raise RecipeError(f"{where}.{name}: {error.errors(include_url=False)[0]['msg']}, not {value!r}") from None
    return made
