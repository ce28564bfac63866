"""Names of parts -> where they live. A part is imported only when it is used; plug-ins add theirs as entry points.

An installed package registers a part in the group `anew.models`, `anew.encoders`, `anew.codecs`, `anew.samplers`,
`anew.objectives`, `anew.rewards`.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from anew.errors import NotFound, nearest

MODELS = {
    "transformer": "anew.models.autoregressive.transformer:Transformer",
    "decoder": "anew.models.autoregressive.decoder:Decoder",
    "rnn": "anew.models.autoregressive.rnn:RNN",
    "vae": "anew.models.vae.gaussian:GaussianVAE",
    "autoencoder": "anew.models.vae.autoencoder:Autoencoder",
    "spatial-autoencoder": "anew.models.vae.spatial:SpatialAutoencoder",
    "vocoder": "anew.models.vae.spectral:Vocoder",
    "fsq": "anew.models.vae.fsq:FSQ",
    "vq": "anew.models.vae.vq:VQ",
    "residual-vq": "anew.models.vae.temporal:ResidualVQ",
    "flow": "anew.models.diffusion.flow:Flow",
    "edm": "anew.models.diffusion.edm:EDM",
    "meanflow": "anew.models.diffusion.meanflow:MeanFlow",
    "aligned": "anew.models.diffusion.aligned:Aligned",
    "student": "anew.models.diffusion.student:Student",
    "masked": "anew.models.diffusion.masked:Masked",
    "gan": "anew.models.gan.relativistic:Relativistic",
    "wgan": "anew.models.gan.wasserstein:Wasserstein",
    "classifier": "anew.models.judges.classifier:Classifier",
    "contrastive": "anew.models.judges.contrastive:Contrastive",
    "enlarger": "anew.models.enlargement.residual:Enlarger",
}
ENCODERS = {
    "bert": "anew.models.encoders.bert:Bert",
}
CODECS = {
    "characters": "anew.codecs.text:Characters",
    "bytes": "anew.codecs.text:Bytes",
    "bpe": "anew.codecs.text:BytePairs",
    "vocabulary": "anew.codecs.vocabulary:Vocabulary",
    "image": "anew.codecs.image:Image",
    "wave": "anew.codecs.wave:Wave",
    "mel": "anew.codecs.mel:Mel",
    "latent": "anew.codecs.latent:Latent",
    "codes": "anew.codecs.codes:Codes",
    "label": "anew.codecs.label:Label",
    "caption": "anew.codecs.caption:Caption",
    "events": "anew.codecs.events:Events",
    "transcript": "anew.codecs.spoken.transcript:Transcript",
    "table": "anew.codecs.table:Table",
    "rows": "anew.codecs.table:Rows",
}
BORROWED = {  # models and codecs that come with another library's folder, and that no recipe trains
    "denoiser": "anew.models.diffusion.denoiser:Denoiser",
    "kl": "anew.codecs.kl:KL",
    "prompts": "anew.codecs.prompts:Prompts",
}
SAMPLERS = {
    "tokens": "anew.samplers.tokens:decode",
    "unmask": "anew.samplers.masked:unmask",
    "euler": "anew.samplers.flow:euler",
    "heun": "anew.samplers.flow:heun",
    "adams-bashforth": "anew.samplers.flow:adams_bashforth",
    "runge-kutta": "anew.samplers.flow:runge_kutta",
    "dpm-solver++": "anew.samplers.denoising:dpm_solver",
    "ancestral": "anew.samplers.denoising:ancestral",
}
OBJECTIVES = {
    "answers": "anew.models.autoregressive.objective:Answers",
    "dpo": "anew.models.autoregressive.preference:Preference",
    "grpo": "anew.models.autoregressive.policy:GroupPolicy",
    "subject": "anew.models.diffusion.subject:Subject",
}
REWARDS = {
    "json": "anew.validate.rewards:ValidJson",
    "number": "anew.validate.rewards:SameNumber",
    "same": "anew.validate.rewards:SameText",
    "match": "anew.validate.rewards:Match",
}
KINDS = {
    "models": MODELS, "encoders": ENCODERS, "codecs": CODECS, "borrowed": BORROWED, "samplers": SAMPLERS,
    "objectives": OBJECTIVES, "rewards": REWARDS,
}  # fmt: skip


def names(kind: str) -> dict[str, str]:
    """Every known part of a kind ("models", "codecs", …), the built-in ones first."""
    return KINDS[kind] | {p.name: p.value for p in entry_points(group=f"anew.{kind}") if p.name not in KINDS[kind]}


def find(kind: str, name: str) -> Any:
    """The class or function of that name; NotFound names the nearest one."""
    known = KINDS[kind] if name in KINDS[kind] else names(kind)  # looking for plug-ins reads every package's metadata
    if name not in known:
        raise NotFound(f"no {kind[:-1]} is called {name!r}{nearest(name, known)}", next_command="anew recipe list")
    module, _, attribute = known[name].partition(":")
    return getattr(import_module(module), attribute)


def name_of(kind: type) -> str:
    """The name by which a class is registered, whatever kind of part it is. NotFound where it is not."""
    place = f"{kind.__module__}:{kind.__qualname__}"
    for known in KINDS:
        for name, there in names(known).items():
            if there == place:
                return name
    raise NotFound(f"{kind.__name__} is not registered", next_command="anew recipe list")
