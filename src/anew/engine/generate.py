"""From a request to samples: generators from seeds, prompt and condition through the codecs, the model, and back.

Item i of a request with seed s draws from seed s + i alone, so that it can be made again by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor

from anew.artifact import NOTED, Artifact
from anew.codecs.caption import Caption, plainly
from anew.codecs.codes import Codes
from anew.codecs.conversations import Message, message
from anew.codecs.spoken.transcript import Transcript
from anew.contract import AppendOptions, Cond, Options, Prompt, Unsupported
from anew.engine.generated import Generated
from anew.engine.settings import DIALS, settings_of
from anew.engine.sizes import of_size
from anew.engine.sound_dials import Dials
from anew.engine.writing import MOST_LIKELY, WISHES, Wishes, Written, wishes_of, write, writes
from anew.errors import RecipeError, nearest
from anew.models.autoregressive.family import Autoregressive
from anew.recipe import Sample, explain
from anew.safety.borne import require_to_speak

Watch = Callable[[float, Callable[[], list[Any]]], None]
"""Called between two steps of the model: with the share that is done, and with what decodes the samples as they stand.
What it raises ends the work."""

BLANK = re.compile(r"\[\[([1-9][0-9]{0,5})\]\]")


def generate(
    artifact: Artifact,
    n: int = 1,
    seed: int | Sequence[int] = 0,
    prompt: str | Sequence[Message] | Prompt | None = None,
    label: str | Sequence[str | None] | None = None,
    fill: bool = False,
    *,
    where: str | None = None,
    unchecked: bool = False,
    watch: Watch | None = None,
    **options: Any,
) -> Generated:
    """Draw `n` samples, from the seeds that follow `seed` or from those given. `label`: one for all, or one a sample;
    without it a conditional model takes each in turn.
    `prompt`: text to continue, turns to answer, a picture's caption, or what is given in the model's own terms.
    `fill`: the prompt is the whole text, in which [[8]] stands for eight hidden tokens. `size`, of a model that can be
    asked for it: "64x48", or (width, height). Of sounds: `seconds`, `loudness` (LUFS) and `loop` (`Dials`).

    Of a table: rows that break no constraint and meet the condition `where`; `unchecked` ones may break them.
    Of texts written from left to right, beside the sampling options: `stop` (strings), one of `json_schema`, `regex`
    and `grammar`, `best_of` and `beams` (`engine.writing.Wishes`). Of those drawn by a label or a caption, with
    guidance beyond 1: `negative`, the one to be steered away from. Of those drawn by a caption, where the artifact
    carries a scorer: `best_of`, how many are drawn for each, of which the one that agrees best is kept with its seed.
    """
    artifact = of_size(artifact, options.pop("size", None))
    dials = Dials.of(artifact, options)
    options = {name: value for name, value in options.items() if name not in DIALS}
    how: dict[str, Any] = {"where": where, "unchecked": unchecked, "growing": False, "watch": watch}
    if label is None and isinstance(prompt, str) and prompt in label_names(artifact) and not writes(artifact):
        prompt, label = None, prompt
    if reads_captions(artifact) and isinstance(prompt, str):
        prompt, label = None, said_of(artifact, prompt, label)
    labels, recipe = labels_for(artifact, n, label), artifact.recipe
    if reads_captions(artifact) and (of := options.pop("best_of", None)) is not None:
        from anew.engine.agreement import best

        return best(artifact, labels, seeds_for(n, seed), of, partial(generate, artifact, watch=watch, **options))
    given = dials.prompt(artifact, prompt, n)
    *_, last = instalments(artifact, n, seed, given, label, fill, **how, **options)
    found: dict[str, Any] = (
        {} if not isinstance(last, Written) else {"finish": last.finish, "logp": last.logp, "tokens": last.tokens}
    )
    samples = last.texts if isinstance(last, Written) else last
    samples = [dials.finished(one) for one in samples] if recipe.modality == "audio" else samples
    chosen = options_for(artifact, {k: v for k, v in options.items() if k not in WISHES}, fill)
    if recipe.modality in NOTED:
        found["how"] = settings_of(artifact, prompt, seeds_for(n, seed)[0], labels, chosen, options | dials.told)
    return Generated(samples, seeds_for(n, seed), labels, recipe.modality, chosen, recipe.name, where=where, **found)


def stream(artifact: Artifact, *given: Any, **options: Any) -> Iterator[list[Any]]:
    """The samples as they stand after each chunk: growing texts, texts and pictures getting clearer; a table's rows at
    once. Takes what `generate` takes."""
    for found in instalments(artifact, *given, **options):
        yield found.texts if isinstance(found, Written) else found


@torch.no_grad()
def instalments(
    artifact: Artifact,
    n: int = 1,
    seed: int | Sequence[int] = 0,
    prompt: str | Sequence[Message] | Prompt | None = None,
    label: str | Sequence[str | None] | None = None,
    fill: bool = False,
    *,
    where: str | None = None,
    unchecked: bool = False,
    growing: bool = True,
    watch: Watch | None = None,
    **options: Any,
) -> Iterator[list[Any] | Written]:
    """What `stream` shows, or not `growing` once, at the end; of a text that is written from left to right, with all
    that is known of it."""
    artifact = of_size(artifact, options.pop("size", None))
    model, codec = artifact.model, artifact.codec
    if reads_captions(artifact) and isinstance(prompt, str):
        prompt, label = None, said_of(artifact, prompt, label)
    rngs = [torch.Generator().manual_seed(s) for s in seeds_for(n, seed)]
    labels = labels_for(artifact, n, label)
    cond = condition_for(artifact, labels)
    if where is not None and artifact.recipe.modality != "table":
        raise RecipeError(f"{artifact.recipe.name} makes no rows of a table; leave --where out")
    given = blanks_for(artifact, prompt, n) if fill else prompt_for(artifact, prompt, n)
    wishes = wishes_of({k: options.pop(k) for k in WISHES if k in options}) if writes(artifact) else Wishes()
    chosen = options_for(artifact, options, fill)
    told = given.values.shape[1] if isinstance(prompt, str) and not fill and given and given.values is not None else 0
    was_training = model.training
    model.eval()
    try:
        if artifact.recipe.modality == "table":
            from anew.engine.rows import draw_rows, sample

            free = unchecked and not where
            yield (
                sample(artifact, rngs, cond, chosen)
                if free
                else draw_rows(artifact, seeds_for(n, seed), labels, cond, where, chosen)
            )
            return
        if artifact.recipe.modality == "music":
            from anew.engine.composing import composed

            yield composed(artifact, seeds_for(n, seed), chosen, watch)
            return
        if writes(artifact):
            assert isinstance(chosen, AppendOptions)
            yield from write(artifact, seeds_for(n, seed), cond, given, chosen, wishes, growing)
            return
        grown: Tensor | None = None
        for chunk in model.sample(rngs, cond, given, chosen, **places_of(artifact)):
            grown = chunk.data if grown is None or model.streams != "append" else torch.cat([grown, chunk.data], 1)
            shown = list(grown) if model.streams == "append" else grown[:, told:]  # a prompt is not said again
            if watch is not None:
                watch(chunk.progress, partial(codec.decode, shown))
            if chunk.progress >= 1 or (growing and model.streams != "append"):
                yield codec.decode(shown)
    except Unsupported as why:
        raise RecipeError(f"{artifact.recipe.name}: {why}", next_command="anew generate --help") from None
    finally:
        model.train(was_training)


def places_of(artifact: Artifact) -> dict[str, Any]:
    """What keeps a model that writes codes from a code of another place, where it would stop being one."""
    codec = artifact.codec
    if isinstance(codec, Codes) and isinstance(artifact.model, Autoregressive):
        return {"allowed": codec.allowed}
    return {}


def seeds_for(n: int, seed: int | Sequence[int]) -> list[int]:
    """One a sample: those that follow the first, or those given."""
    return [(seed + i) % 2**63 for i in range(n)] if isinstance(seed, int) else list(seed)


def options_for(artifact: Artifact, given: dict[str, Any], fill: bool = False) -> Options:
    """The model's kind of options: its recipe's defaults with the request's laid over them. `fill`: nothing follows
    the prompt, unless the request says how much."""
    kind = artifact.model.options
    known = {f.name for f in fields(kind)}
    defaults = artifact.recipe.sample.model_dump(exclude_none=True)
    for name in given:
        if name not in known:
            near = nearest(name, known | set(WISHES if writes(artifact) else ()))
            what = f"{artifact.recipe.model.name} has no sampling option {name!r}{near}"
            raise RecipeError(f"{what}; it knows {', '.join(sorted(known))}")
    defaults |= {"max_new": 0} if fill else {}
    try:
        Sample.model_validate({k: v for k, v in given.items() if k in Sample.model_fields and v is not None})
    except ValidationError as error:
        raise RecipeError(explain(error, Sample), next_command="anew generate --help") from None
    given = {k: v for k, v in given.items() if v is not None}
    merged = {k: v for k, v in (defaults | given).items() if k in known}
    if merged.get("negative") is not None:
        if merged.get("guidance", 1.0) == 1:
            raise RecipeError("negative steers nothing at a guidance of 1", next_command="the same with --guidance 2")
        merged["negative"] = condition_for(artifact, labels_for(artifact, 1, merged["negative"]))
    if merged.get("bias"):
        merged["bias"] = bias_for(artifact, merged["bias"])
    if not 0 <= (merged.get("logprobs") or 0) <= MOST_LIKELY:
        raise RecipeError(f"logprobs is 0 to {MOST_LIKELY}, not {merged['logprobs']}")
    return kind(**merged)


def bias_for(artifact: Artifact, given: Any) -> tuple[tuple[int, float], ...]:
    """A mapping from tokens to what their logits gain, checked."""
    vocab = artifact.model.spec.vocab
    pairs = tuple((int(token), float(amount)) for token, amount in dict(given).items())
    for token, amount in pairs:
        if not 0 <= token < vocab or not -100 <= amount <= 100:
            raise RecipeError(f"bias: a token of 0 to {vocab - 1} and -100 to 100, not {token} and {amount:g}")
    return pairs


def labels_for(artifact: Artifact, n: int, label: str | Sequence[str | None] | None) -> list[str | None]:
    """A label for each sample, checked against the ones that the model knows."""
    names = label_names(artifact)
    if reads_captions(artifact):
        said = [label] * n if label is None or isinstance(label, str) else list(label)
        if len(said) != n:
            raise RecipeError(f"{len(said)} captions for {n} samples")
        return said
    if label is None:
        if not names or artifact.recipe.modality == "table":  # rows come as often as the table has them
            return [None] * n
        return [names[i % len(names)] for i in range(n)]
    asked: list[str | None] = [label] * n if isinstance(label, str) else list(label)
    if not names:
        raise RecipeError(f"{artifact.recipe.name} was trained without labels; leave the label out")
    for one in asked:
        if one is not None and one not in names:
            raise RecipeError(f"no label {one!r}{nearest(one, names)}; the model knows {', '.join(names[:20])}")
    if len(asked) != n:
        raise RecipeError(f"{len(asked)} labels for {n} samples")
    return asked


def label_names(artifact: Artifact) -> list[str]:
    """The labels that a model knows; none where it is told something else."""
    return [] if artifact.label is None or reads_captions(artifact) else list(artifact.label.state()["names"])


def reads_captions(artifact: Artifact) -> bool:
    """Whether the model is told in words what to make."""
    return artifact.label is not None and artifact.label.modality == "caption"


def said_of(artifact: Artifact, prompt: str, label: str | Sequence[str | None] | None) -> str | None:
    """The caption that a prompt is; an empty one asks for nothing in particular. RecipeError: the model reads none, or
    none in such a script."""
    if not reads_captions(artifact):
        raise RecipeError(
            f"{artifact.recipe.name} is told no prompt beside a picture", next_command="the same with --label"
        )
    if label is not None:
        raise RecipeError(f"{artifact.recipe.name} is told by its prompt what to make; leave the label out")
    strange = unheard(artifact, prompt)
    if strange and len(strange) == len(plainly(prompt).split()):
        what = f"{artifact.recipe.name}: its captions have no letter of {' '.join(strange)[:40]!r}"
        raise RecipeError(what, next_command="the same in the language of its captions")
    return prompt if prompt.strip() else None


def unheard(artifact: Artifact, prompt: str) -> list[str]:
    """Words of a prompt of which the captions that the model learnt from have no letter. None are told of where it
    learnt from others than those that its codec is fitted to: under an adapter, or going on from another model."""
    other = artifact.recipe.adapt or (artifact.recipe.start and not hasattr(artifact.model, "learn_from"))
    return artifact.label.unheard(prompt) if isinstance(artifact.label, Caption) and not other else []


def condition_for(artifact: Artifact, labels: Sequence[str | None]) -> Cond | None:
    """Labels or captions as a condition; a None is the absent one."""
    present_B = torch.tensor([one is not None for one in labels])
    if reads_captions(artifact):
        return captions_for(artifact, labels).only(present_B)
    names = label_names(artifact)
    if not names:
        return None
    ids = torch.tensor([0 if one is None else names.index(one) for one in labels])
    return Cond(label_B=ids).only(present_B)


def captions_for(artifact: Artifact, captions: Sequence[str | None]) -> Cond:
    """Each caption's tokens, or what encoders that came with the model make of it, each read once; RecipeError for one
    that says nothing, or more than the model reads."""
    if artifact.label is not None and artifact.label.kind == "grid":
        said = list(dict.fromkeys(captions))
        states_NLE = artifact.label.encode([one or "" for one in said])
        assert isinstance(states_NLE, Tensor)
        return Cond(states_BLE=states_NLE[[said.index(one) for one in captions]])
    if isinstance(artifact.label, Transcript):  # whatever is said, or nothing: it is somebody's voice
        require_to_speak(artifact.consent, artifact.recipe.name, artifact.weights)
    label: Any = artifact.label  # of captions or of transcripts
    label.check([one for one in captions if one is not None])
    return Cond(tokens_BL=label.encode([one or "" for one in captions]))


def prompt_for(artifact: Artifact, prompt: str | Sequence[Message] | Prompt | None, n: int) -> Prompt | None:
    """Text to continue, as known values; the model begins every sequence with its end symbol by itself."""
    if isinstance(prompt, Prompt):
        return prompt
    if artifact.recipe.modality == "chat":
        return question_for(artifact, prompt, n)
    if not prompt or not isinstance(prompt, str):
        return None
    if artifact.recipe.modality == "table":
        raise RecipeError(f"{artifact.recipe.name} makes rows of a table; say what they are like with --where")
    if artifact.recipe.modality == "music":
        what = f"{artifact.recipe.name} writes scores, and goes on with no text"
        raise RecipeError(what, next_command=f"anew compose {artifact.recipe.name} --begin SCORE.mid")
    if artifact.recipe.modality in NOTED:
        what = {"image": "pictures", "audio": "sounds"}[artifact.recipe.modality]
        raise RecipeError(f"{artifact.recipe.name} makes {what} of a label; choose one with --label")
    (ids,) = artifact.codec.encode([prompt])
    values_BT = ids.expand(n, -1)
    return Prompt(values=values_BT, known=torch.ones_like(values_BT, dtype=torch.bool))


def question_for(artifact: Artifact, prompt: str | Sequence[Message] | None, n: int) -> Prompt:
    """What is asked, a text or the turns so far, up to where the answer begins."""
    from anew.codecs.turns import Turns

    if not prompt:
        what = f"{artifact.recipe.name} answers; ask it something"
        raise RecipeError(what, next_command=f'anew generate {artifact.recipe.name} "Hello!"')
    messages = [message("user", prompt)] if isinstance(prompt, str) else prompt
    return Prompt(values=Turns(inner=artifact.codec).question(messages).expand(n, -1))


def blanks_for(artifact: Artifact, prompt: str | Sequence[Message] | Prompt | None, n: int) -> Prompt:
    """A text with blanks: what stands around them is known, and each [[8]] is eight tokens that are not."""
    name, writes = artifact.recipe.name, artifact.recipe.modality in ("text", "code")
    if not writes or artifact.model.streams != "refine":
        how = "writes from left to right" if writes else "makes no text"
        next_command = "anew run text-masked --data FOLDER, for a model that can"
        raise RecipeError(f"{name} {how} and cannot fill blanks", next_command=next_command)
    parts = BLANK.split(prompt) if isinstance(prompt, str) else []
    if len(parts) < 2:
        what = "there is no blank to fill: write [[8]] where eight tokens are to be found"
        raise RecipeError(what, next_command=f'anew generate {name} "def read([[8]]):" --fill')
    values, known = list[Tensor](), list[Tensor]()
    for ids, size in zip(artifact.codec.encode(parts[::2]), [*map(int, parts[1::2]), 0], strict=True):
        values += [ids, ids.new_zeros(size)]
        known += [torch.ones_like(ids, dtype=torch.bool), torch.zeros(size, dtype=torch.bool)]
    return Prompt(values=torch.cat(values).expand(n, -1), known=torch.cat(known).expand(n, -1))


__all__ = ["Generated", "Watch", "generate", "label_names", "stream"]
