"""Masked diffusion beside autoregression on Shakespeare's plays, at equal size and CPU time: what each is for.

    python benchmarks/text_masked.py --texts FOLDER [--seconds 600] [--seed 0] [--out FOLDER]

The split, the characters and the plays held out are those of `text_vs_gpt2.py`. The recipes `shakespeare` (a
transformer that reads from the left) and `text-masked` (one that reads from both sides, of the same width, depth and
table) learn for `--seconds` of CPU time, each in a process and a thread of its own, data preparation included.

(a) Held-out bits per byte: exact of the one, a bound of the other, which are not to be ranked against each other. The
promise is of the bound alone: below an interpolated n-gram of order 3 that has read the same text.
(b) 15 % of the held-out characters hidden at random. The one predicts each from all that stands to the left of it, the
other from what is left on both sides. The promise: fewer nats a hidden character.

Prints both tables, writes JSON with what each model writes, and the weights, into `--out`, and ends with one line of
JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from text_vs_gpt2 import counts, learner, split

HIDDEN_SHARE = 0.15
ORDERS = (3, 6)
SETTINGS: dict[
    str, dict[str, Any]
] = {  # beside the recipes' own; a text is seen once or twice, so no n-gram is dropped
    "text-masked": {"codec.context": 128, "model.ngrams": 6, "model.table_rows": 2**17, "model.drop_ngrams": 0.0},
    "shakespeare": {},
}
REPEATS = 3  # of the bound, each with noise of its own
MARGIN_SECONDS = 3.0  # for a pace that changes


def main() -> int:
    asked = arguments()
    if asked.worker:
        work(asked)
        return 0
    from anew.validate.baselines import END, ngram_bits

    train, held_out = split(asked.texts)
    learnt, documents = b"".join(t.encode() + END for t in train), [t.encode() for t in held_out]
    size = sum(map(len, documents))
    ngrams = {f"ngram_{order}": float(ngram_bits(learnt, documents, order).sum() / size) for order in ORDERS}
    runs = [start(asked, name) for name in SETTINGS]
    both, left = runs
    result = {
        "seconds": asked.seconds,
        "bits_per_byte": {run["model"]: {"kind": run["kind"], "value": run["bits_per_byte"]} for run in runs},
        "nats_per_character": {run["model"]: {"kind": run["kind"], "value": run["nats"]} for run in runs},
        "bound_spread": both["spread"],
        "ngrams_bits_per_byte": ngrams,
        "hidden_15_percent": {run["model"]: run["hidden"] for run in runs},
        "parameters": {run["model"]: run["parameters"] for run in runs},
        "passed": both["bits_per_byte"] < ngrams["ngram_3"] and both["hidden"]["nats"] < left["hidden"]["nats"],
    }
    tell(result)
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "text_masked.json").write_text(json.dumps({"result": result, "runs": runs}, indent=1, sort_keys=True))
    print(json.dumps(result, sort_keys=True))
    return 0 if result["passed"] else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--characters", type=int, help="of each held-out play, from its beginning; all by default")
    parser.add_argument("--out", type=Path, default=Path("text_masked"))
    parser.add_argument("--worker", choices=tuple(SETTINGS), help=argparse.SUPPRESS)
    return parser.parse_args()


def start(asked: argparse.Namespace, name: str) -> dict[str, Any]:
    """One run in a fresh process; its last line is what it found."""
    command = [sys.executable, __file__, "--worker", name, "--texts", str(asked.texts), "--seed", str(asked.seed)]
    command += ["--seconds", str(asked.seconds), "--out", str(asked.out)]
    command += ["--characters", str(asked.characters)] if asked.characters else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    *_, last = done.stdout.strip().split("\n")
    found: dict[str, Any] = json.loads(last)
    return found


def tell(result: dict[str, Any]) -> None:
    print(f"\nHeld-out plays after {result['seconds']:g} CPU-seconds: bits per byte, and nats per character")
    for model, found in result["bits_per_byte"].items():
        nats = result["nats_per_character"][model]["value"]
        print(f"  {model:12} {found['kind']:6} {found['value']:.3f}  {nats:.4f}")
    for name, bits in result["ngrams_bits_per_byte"].items():
        print(f"  {name:12} exact  {bits:.3f}  {bits * math.log(2):.4f} (nats per byte)")
    print("15 % of the characters hidden: nats a hidden character, and the share guessed right")
    for model, found in result["hidden_15_percent"].items():
        print(f"  {model:12} {found['sees']:10} {found['nats']:.4f}  {100 * found['right']:.1f} % of {found['n']:,}")


# ------------------------------------------------------------------------------------------------ one run


def work(asked: argparse.Namespace) -> None:
    import torch
    from safetensors.torch import save_file

    torch.set_num_threads(1)
    train, held_out = split(asked.texts)
    model, codec, steps = learn(asked.worker, {}, train, asked.seconds, asked.seed)
    used = time.process_time()
    texts = [text[: asked.characters] for text in held_out]
    found = judge(model, codec, texts) | {"steps": steps, "cpu_seconds": used, "written": written(model, codec, texts)}
    asked.out.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, asked.out / f"{asked.worker}.safetensors")
    print(json.dumps(found, sort_keys=True))


def written(model: Any, codec: Any, texts: list[str]) -> dict[str, list[str]]:
    """What it writes by itself; and a held-out passage with a blank of 16 characters, as it fills it."""
    import torch

    from anew.contract import Prompt

    def made(prompt: Any) -> list[str]:
        chunks = [
            c.data for c in model.sample([torch.Generator().manual_seed(s) for s in range(4)], None, prompt, options)
        ]
        return list(codec.decode(torch.cat(chunks, 1) if model.streams == "append" else chunks[-1]))

    options = model.options(temperature=0.8)
    found = {"alone": made(None)}
    if model.streams == "refine":
        passage = codec.encode([texts[0][3000 : 3000 + model.spec.shape[0]]])[0][: model.spec.shape[0]]
        known = torch.ones(4, len(passage), dtype=torch.bool)
        known[:, 48:64] = False
        found["passage"] = codec.decode([passage])
        found["filled"] = made(Prompt(values=passage.expand(4, -1), known=known))
    return found


def learn(name: str, changes: dict[str, Any], train: list[str], seconds: float, seed: int) -> tuple[Any, Any, int]:
    """A recipe's model by anew's own stages from encoding on; the codec, and the steps that fitted in."""
    from anew.recipe import override, parse
    from anew.recipes import find

    with tempfile.TemporaryDirectory() as folder:
        recipe = parse(override(find(name), SETTINGS[name] | changes))
        codec, trainer = learner(recipe, train, seconds - MARGIN_SECONDS, seed, Path(folder))
        for _ in trainer.run():
            pass
    return trainer.model.eval(), codec, trainer.settings.steps


def judge(model: Any, codec: Any, texts: list[str]) -> dict[str, Any]:
    """Both questions, of the weights as they are after the last step."""
    import torch

    from anew.validate.likelihood import likelihood

    repeats = 1 if model.score_kind == "exact" else REPEATS
    found = [likelihood(model, codec, texts, torch.Generator().manual_seed(i)) for i in range(repeats)]
    bits, nats = ([getattr(one, figure) for one in found] for figure in ("bits_per_unit", "nats_per_character"))
    return {
        "model": type(model).__name__,
        "kind": model.score_kind,
        "bits_per_byte": sum(bits) / repeats,
        "nats": sum(nats) / repeats,
        "spread": max(nats) - min(nats),
        "hidden": hidden_characters(model, codec, texts),
        "parameters": dict(zip(("outside_tables", "in_tables"), counts(model), strict=True)),
    }


def hidden_characters(model: Any, codec: Any, texts: list[str], rows: int = 32) -> dict[str, Any]:
    """The same characters for both models, in windows that meet end to end: nats a hidden one, and the share right."""
    import torch
    import torch.nn.functional as F

    rng, context = torch.Generator().manual_seed(15), model.spec.shape[0]
    edge = torch.tensor([codec.spec.end])
    windows = []
    for ids in codec.encode(texts):
        line = torch.cat([edge, ids])
        windows += list(line.unfold(0, context + 1, context))
    x_NT = torch.stack(windows)
    hide_NT = torch.rand(x_NT.shape, generator=rng) < HIDDEN_SHARE
    hide_NT[:, 0] = False
    nats, right = 0.0, 0
    with torch.no_grad():
        for x_BT, hide_BT in zip(x_NT.split(rows), hide_NT.split(rows), strict=True):
            if model.score_kind == "exact":  # from the left, where nothing is hidden
                logits_BTV = F.pad(model.extend(x_BT[:, :-1])[0], (0, 0, 1, 0))
            else:
                logits_BTV = model.denoise(x_BT.masked_fill(hide_BT, model.hidden))
            logits_NV, x_N = logits_BTV[hide_BT], x_BT[hide_BT]
            nats += float(F.cross_entropy(logits_NV, x_N, reduction="sum"))
            right += int((logits_NV.argmax(1) == x_N).sum())
    n = int(hide_NT.sum())
    sees = "the left" if model.score_kind == "exact" else "both sides"
    return {"sees": sees, "nats": nats / n, "right": right / n, "n": n}


if __name__ == "__main__":
    sys.exit(main())
