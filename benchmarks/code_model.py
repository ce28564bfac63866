"""What a model of Python's standard library is worth as a model of code, on files that it never saw.

    python benchmarks/code_model.py [--run FOLDER | --minutes 4] [--gaps 400] [--places 160] [--seed 0] [--out FOLDER]

Trains the recipe `code` on the standard library for `--minutes` of CPU time in one thread, or takes the run in `--run`.

(a) Held-out bits per byte, beside xz and an interpolated n-gram of order 5 that have read the training text.
(b) Gaps of 8 to 48 characters in held-out files: nats of what stood there, given 96 characters before it, with the 96
after it and without. The promise: fewer with them, the interval of the paired difference excluding 0.
(c) Two lines written at places in held-out files where a statement begins, by the model and by the n-gram, at the same
temperature, from the same 120 characters: how often does Python still parse the file up to there? The parsing happens
in the sandbox. The promise: more often than the n-gram's, the interval of the paired difference excluding 0.

Prints the tables, writes ten completions of each, the first ones, as JSON into `--out`, and ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ORDER, TEMPERATURE = 5, 0.7
SIDE, SHORTEST, LONGEST = 96, 8, 48  # characters
TAIL, WRITTEN, LINES = 120, 130, 2  # characters read and written at a place, lines judged
MOST_BYTES, MOST_OF_ONE = 200_000, 12_000  # held out, in all and of a file


def main() -> int:
    asked = arguments()
    import torch

    from anew.artifact import load_artifact
    from anew.data.progress import silent
    from anew.recipe import parse, read
    from anew.recipes.encode import Encoder

    torch.set_num_threads(1)
    run = asked.run or trained(asked.minutes)
    artifact = load_artifact(run / "model")
    encoder = Encoder(run, parse(read(run / "resolved.toml"), "the run's recipe"), silent)
    records = encoder.draw("test", MOST_BYTES, lambda record: min(len(record.value), MOST_OF_ONE))
    held_out = [str(record.value)[:MOST_OF_ONE] for record in records]
    train = [str(value) for value in encoder.samples("train")]
    rng = np.random.default_rng(asked.seed)
    result: dict[str, Any] = {"bits_per_byte": bits(artifact, train, held_out, rng)}
    result |= middles(artifact, held_out, asked.gaps, rng)
    result |= parsing(artifact, train, held_out, asked.places, rng, asked.out)
    result["passed"] = result["suffix_saves"]["low"] > 0 and result["parses_more"]["low"] > 0
    print(json.dumps(result, sort_keys=True))
    return 0 if result["passed"] else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--gaps", type=int, default=400)
    parser.add_argument("--places", type=int, default=160)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("code_model"))
    return parser.parse_args()


def trained(minutes: float) -> Path:
    """The run's folder, where it goes on if it was stopped."""
    from anew.recipe import override, parse
    from anew.recipes import find, pipeline

    changes = {"data.source": "stdlib", "train.minutes": minutes, "train.clock": "cpu", "train.threads": 1}
    recipe = parse(override(find("code"), changes, typed=True))
    folder = pipeline.default_folder(recipe)
    pipeline.run(recipe, folder, until="train")
    return folder


# ------------------------------------------------------------------------------------------------ (a) likelihood


def bits(artifact: Any, train: list[str], held_out: list[str], rng: np.random.Generator) -> dict[str, Any]:
    import torch

    from anew.validate.baselines import baselines
    from anew.validate.likelihood import bits_per_unit, likelihood

    cost = likelihood(artifact.model, artifact.codec, held_out, torch.Generator().manual_seed(0))
    found = bits_per_unit(cost, rng)[0]
    others = baselines(train, held_out, rng, orders=(ORDER,))
    made = {"model": found.value} | {m.name.removesuffix("_bits_per_byte"): m.value for m in others}
    print(f"Bits per byte of {len(held_out)} held-out files, [{found.low:.3f}, {found.high:.3f}] for the model")
    for name, value in made.items():
        print(f"  {name:8} {value:.3f}")
    return made


# ------------------------------------------------------------------------------------------------ (b) middles


def middles(artifact: Any, held_out: list[str], count: int, rng: np.random.Generator) -> dict[str, Any]:
    import torch

    from anew.validate.interval import bootstrap, ratio_of_sums

    symbols, opening = artifact.codec.sentinels, torch.tensor(artifact.model.spec.opening)
    gaps = list(drawn(held_out, count, rng))
    lengths = np.array([len(middle) for _, middle, _ in gaps])
    rows: dict[str, list[Any]] = {"with the suffix read first": [], "with it read last": [], "without": []}
    for parts in gaps:
        before, middle, after = artifact.codec.encode(parts)
        orders = (symbols.gap(before, after), symbols.row(before, middle[:0], after, suffix_first=False), before)
        for made, order in zip(rows.values(), orders, strict=True):
            made.append((torch.cat([opening, order]), middle))
    nats = {name: scored(artifact, made) for name, made in rows.items()}
    saved = np.stack([nats["without"] - nats["with the suffix read first"], lengths], 1)
    low, high = bootstrap(saved, ratio_of_sums, rng)
    print(f"Nats a character of {count} held-out middles, {lengths.sum():,} characters")
    for name, values in nats.items():
        print(f"  {name:28} {values.sum() / lengths.sum():.4f}")
    print(f"  saved by the suffix          {ratio_of_sums(saved):.4f} [{low:.4f}, {high:.4f}]")
    each = {name: float(values.sum() / lengths.sum()) for name, values in nats.items()}
    return {
        "middle_nats_per_character": each,
        "suffix_saves": {"value": ratio_of_sums(saved), "low": low, "high": high},
    }


def drawn(texts: Sequence[str], count: int, rng: np.random.Generator) -> Iterator[tuple[str, str, str]]:
    """Gaps with both their sides, by turns in each text that is long enough."""
    fit = [text for text in texts if len(text) > 2 * SIDE + LONGEST]
    left = count
    for number in range(100 * count):
        text = fit[number % len(fit)]
        length = int(rng.integers(SHORTEST, LONGEST + 1))
        at = int(rng.integers(SIDE, len(text) - SIDE - length + 1))
        if left and text[at - SIDE : at + length + SIDE].isascii():  # another character may be several tokens
            left -= 1
            yield text[at - SIDE : at], text[at : at + length], text[at + length : at + length + SIDE]


def scored(artifact: Any, rows: Sequence[tuple[Any, Any]], at_once: int = 32) -> np.ndarray:
    """Nats of each row's second part given its first."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    from anew.contract import Batch

    made = []
    for first in range(0, len(rows), at_once):
        some = rows[first : first + at_once]
        x = pad_sequence([torch.cat(pair) for pair in some], batch_first=True, padding_value=artifact.model.spec.end)
        begin, length = (torch.tensor([[len(pair[i])] for pair in some]) for i in (0, 1))
        place = torch.arange(x.shape[1])
        exists = place < begin + length
        batch = Batch(x, None, exists, exists & (place >= begin))
        made.append(artifact.model.score(batch, torch.Generator()).numpy())
    return np.concatenate(made)


# ------------------------------------------------------------------------------------------------ (c) parsing


def parsing(
    artifact: Any, train: list[str], held_out: list[str], count: int, rng: np.random.Generator, out: Path
) -> dict[str, Any]:
    from anew.validate.interval import bootstrap

    heads = list(statements(held_out, count, rng))
    written = {"model": by_model(artifact, heads), f"{ORDER}-gram": ngram(train, [head[-TAIL:] for head in heads], rng)}
    kept = {name: [first_lines(text) for text in texts] for name, texts in written.items()}
    parsed = {name: parse_all(heads, texts) for name, texts in kept.items()}
    model, other = (values.astype(np.float64) for values in parsed.values())
    low, high = bootstrap(model - other, None, rng)
    print(f"Files up to {len(heads)} places and {LINES} lines more that parse, at temperature {TEMPERATURE}")
    for name, values in parsed.items():
        print(f"  {name:8} {100 * values.mean():.1f} %")
    print(f"  more     {100 * (model - other).mean():.1f} points [{100 * low:.1f}, {100 * high:.1f}]")
    out.mkdir(parents=True, exist_ok=True)
    tails = [head[-TAIL:] for head in heads[:10]]
    shown = {n: [*zip(tails, texts, parsed[n].tolist(), strict=False)] for n, texts in kept.items()}
    (out / "code_model.json").write_text(json.dumps(shown, indent=1))
    rates = {name: float(values.mean()) for name, values in parsed.items()}
    return {"parse_rate": rates, "parses_more": {"value": float((model - other).mean()), "low": low, "high": high}}


def by_model(artifact: Any, heads: Sequence[str]) -> list[str]:
    """What the model writes on after each text, from left to right, eight at a time."""
    import torch

    from anew.contract import Prompt
    from anew.engine.generate import generate

    made = []
    for first in range(0, len(heads), 8):
        rows = torch.stack(artifact.codec.encode([head[-TAIL:] for head in heads[first : first + 8]]))
        prompt = Prompt(values=rows, known=torch.ones_like(rows, dtype=torch.bool))
        made += generate(artifact, len(rows), first, prompt, max_new=WRITTEN, temperature=TEMPERATURE).samples
    return made


def statements(texts: Sequence[str], count: int, rng: np.random.Generator) -> Iterator[str]:
    """Texts up to lines at which a statement begins, drawn evenly among those at which it may end: not in a `try`."""
    places = []
    for text in texts:
        if (tree := tree_of(text)) is None:
            continue  # a file that was cut short, most often
        rows = text.splitlines(keepends=True)
        begins = {node.lineno: node.col_offset for node in ast.walk(tree) if isinstance(node, ast.stmt)}
        places += [("".join(rows[: line - 1]), " " * indent) for line, indent in sorted(begins.items())]
    fit = [place for place in places if len(place[0]) >= TAIL and place[0][-TAIL:].isascii()]
    left = count
    for at in rng.permutation(len(fit)):
        head, indent = fit[at]
        if left and tree_of(head + indent + "pass\n") is not None:
            left -= 1
            yield head


def tree_of(text: str) -> ast.Module | None:
    """The tree of a person's text."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def first_lines(text: str) -> str:
    """The first lines that are not blank, with what lies between them."""
    kept, left = [], LINES
    for line in text.split("\n")[:-1]:  # the last one may not be whole
        kept.append(line + "\n")
        left -= bool(line.strip())
        if not left:
            break
    return "".join(kept)


PARSER = """
import ast, json, sys
def parses(text):
    for end in ("", " " * 200 + "pass\\n"):
        try: ast.parse(text + end); return True
        except (SyntaxError, ValueError, MemoryError, RecursionError): pass
    return False
print(json.dumps([parses(text) for text in json.load(open("/texts.json"))]))
"""


def parse_all(heads: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """Whether Python takes each with what was written, which is something; a line that opens a block may have one."""
    from anew.safety.sandbox import Limits, python, run

    whole = json.dumps([head + text for head, text in zip(heads, texts, strict=True)])
    files = {"/parser.py": PARSER.encode(), "/texts.json": whole.encode()}
    ran = run(python("/parser.py"), Limits(seconds=120), files=files)
    assert ran.outcome == "finished", ran
    return np.array(json.loads(ran.stdout)) & np.array([bool(text.strip()) for text in texts])


def ngram(train: list[str], prompts: Sequence[str], rng: np.random.Generator) -> list[str]:
    """What an interpolated Kneser-Ney n-gram of bytes writes after each prompt, at the same temperature."""
    from anew.validate.baselines import READ_BYTES, first_bytes, levels

    learnt, _ = first_bytes(train, READ_BYTES)
    model = levels(learnt, ORDER)
    rows = [bytearray(prompt.encode()) for prompt in prompts]
    every = np.arange(256, dtype=np.uint64)
    for _ in range(WRITTEN):
        context = np.array([int.from_bytes(row[-(ORDER - 1) :], "big") for row in rows], np.uint64)
        asked = ((context[:, None] << np.uint64(8)) | every).reshape(-1)
        p = np.full(len(asked), 1 / 256)
        for level in model:
            p = level.given(p, asked)
        weight = p.reshape(len(rows), 256) ** (1 / TEMPERATURE)
        weight = weight.cumsum(1)
        chance = rng.random(len(rows)) * weight[:, -1]
        for row, token in zip(rows, (weight < chance[:, None]).sum(1), strict=True):
            row.append(int(token))
    return [bytes(row[len(prompt.encode()) :]).split(b"\xff")[0].decode("utf-8", "replace")
            for row, prompt in zip(rows, prompts, strict=True)]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
