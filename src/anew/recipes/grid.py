"""Which recipe serves which cell of family × modality, and why some cells make no sense.

In: a family and a modality. Out: contenders, each a ready recipe with what is changed of it. A cell is filled by adding
a line here; the README's table, `anew compare` and its refusals follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anew.errors import NotFound, RecipeError, nearest

FAMILIES = ("autoregressive", "vae", "gan", "diffusion")
MODALITIES = ("text", "code", "image", "audio", "music", "table")
# The recipe whose data, cleaning, plain codec and judge all contenders of a modality share.
SHARED = {
    "text": "text", "code": "stdlib", "image": "images", "audio": "sounds", "music": "chorales", "table": "table"
}  # fmt: skip


@dataclass(frozen=True)
class Contender:
    """A model in its cell: `name` is what `--models` calls it, `recipe` a ready recipe, `changes` dotted keys over it.
    The first of a cell is the one that `--families` stands for."""

    name: str
    family: str
    modality: str
    recipe: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """What trains it by itself."""
        changes = "".join(f" --{key} {value}" for key, value in self.changes.items())
        return f"anew run {self.recipe} --data DATA{changes}"


TOKENS = {"size": "xs", "codec.name": "rows", "train.optimiser": "muon", "train.lr": 3e-3, "train.batch": 128}
HEARD = {"modality": "audio", "codec.name": "mel"}
UNBENT = HEARD | {f"codec.learned.{bend}": 0.0 for bend in ("turn", "zoom", "shear", "ripple")}  # bends of pictures
CONTENDERS = (
    Contender("transformer", "autoregressive", "text", "text"),
    Contender("rnn", "autoregressive", "text", "text", {"model.name": "rnn"}),
    Contender("transformer", "autoregressive", "code", "stdlib"),
    Contender("rnn", "autoregressive", "code", "stdlib", {"model.name": "rnn"}),
    Contender("masked", "diffusion", "text", "text-masked"),
    Contender("masked", "diffusion", "code", "text-masked", {"modality": "code"}),
    Contender("codes", "autoregressive", "image", "digits-codes"),
    Contender("vae", "vae", "image", "digits-vae"),
    Contender("gan", "gan", "image", "digits-gan"),
    Contender("flow", "diffusion", "image", "digits"),
    Contender("meanflow", "diffusion", "image", "digits-few"),
    Contender("edm", "diffusion", "image", "digits-pixels"),
    Contender("codes", "autoregressive", "audio", "sfx-codes"),
    Contender("vae", "vae", "audio", "digits-vae", HEARD),
    Contender("gan", "gan", "audio", "digits-gan", UNBENT),
    Contender("edm", "diffusion", "audio", "sounds"),
    Contender("flow", "diffusion", "audio", "digits", UNBENT),
    Contender("transformer", "autoregressive", "music", "chorales"),
    Contender("rnn", "autoregressive", "music", "chorales", {"model.name": "rnn"}),
    Contender(
        "transformer", "autoregressive", "table", "table", {"model.name": "transformer", "model.ngrams": 1, **TOKENS}
    ),
    Contender("rnn", "autoregressive", "table", "table", {"model.name": "rnn", **TOKENS}),
    Contender("vae", "vae", "table", "table", {"model.name": "vae"}),
    Contender("wgan", "gan", "table", "table", {"model.name": "wgan"}),
    Contender("flow", "diffusion", "table", "table"),
)

IGNORED = "a strong decoder learns to ignore the latent (Bowman et al. 2016); what is left is an autoregressive model"
DISCRETE = "no gradient reaches the generator through tokens; it ends behind a language model (Caccia et al. 2020)"
SENSELESS = {
    ("vae", "text"): IGNORED,
    ("vae", "code"): IGNORED,
    ("gan", "text"): DISCRETE,
    ("gan", "code"): DISCRETE,
    ("vae", "music"): IGNORED,
    ("gan", "music"): DISCRETE,
}


def cell(family: str, modality: str) -> list[Contender]:
    """The contenders of a cell, its own first; none where it is not filled."""
    return [c for c in CONTENDERS if (c.family, c.modality) == (family, modality)]


def choose(modality: str, families: Sequence[str] = (), models: Sequence[str] = ()) -> list[Contender]:
    """Those of the families and models asked for; without a wish the first of each family. RecipeError with the reason
    for a cell that makes no sense; NotFound for a name that no contender has."""
    chosen: list[Contender] = []
    for family in families or (() if models else FAMILIES):
        if family not in FAMILIES:
            what = f"no family is called {family!r}{nearest(family, FAMILIES)}; there are {', '.join(FAMILIES)}"
            raise NotFound(what, next_command="anew compare --help")
        if families and (family, modality) in SENSELESS:
            raise RecipeError(f"{family} of {modality} makes no sense: {SENSELESS[family, modality]}")
        if families and not cell(family, modality):
            raise NotFound(f"no recipe of the family {family} is for {modality}", next_command="anew recipe list")
        chosen += cell(family, modality)[:1]
    known = {c.name: c for c in CONTENDERS if c.modality == modality}
    for name in models:
        if name not in known:
            what = f"no contender for {modality} is called {name!r}{nearest(name, known)}; there are {', '.join(known)}"
            raise NotFound(what, next_command="anew compare --help")
        chosen.append(known[name])
    if not chosen:
        what = f"nothing is compared of modality {modality}; of {', '.join(MODALITIES)} there is"
        raise NotFound(what, next_command="anew compare --help")
    return list({c.name: c for c in chosen}.values())
