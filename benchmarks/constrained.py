"""Texts under 200 JSON schemas, at temperature 1.5: are they valid, what does it cost, and does it disturb the others?

    python benchmarks/constrained.py [--model NAME] [--spec openai.json] [--schemas 200] [--tokens 512]

Half of the schemas are made here, of sixteen kinds nested in each other; half are components of OpenAI's published API
document, as the package llm-comply carries it (MIT; `pip install llm-comply`), each with what it refers to. There
`oneOf` is read as `anyOf`, and formats that are none of JSON Schema's are left out; what cannot be held to is counted
by reason.

Every text is judged by the package jsonschema. Without `--model` a transformer of random weights writes, in byte pairs
of the standard library; it knows no JSON at all. Then eight rows, half of them free, are compared with the same rows
free and alone. At last, where a model is named, the share of a step that masks and choosing take is measured at batch 1
and 16.

The last line is JSON; exit code 1 when a promise is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import itertools
import json
import random
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

KINDS = (
    "object", "optional", "array", "tuple", "enum", "const", "pattern", "format", "integer", "number", "string", "any",
    "types", "map", "reference", "tree",
)  # fmt: skip
FORMATS = ("date-time", "date", "time", "email", "ipv4", "ipv6", "uuid", "uri", "hostname", "duration")
PATTERNS = (
    "^[A-Z]{2}-[0-9]{3}$",
    "^[a-f0-9]{6}$",
    "^(red|green|blue)[0-9]?$",
    "^v[0-9]+\\.[0-9]+$",
    "^\\+?[0-9 ]{4,12}$",
)
SEED, TEMPERATURE, ROWS = 0, 1.5, 16
MOST_LENGTH, MOST_COMPILE_MS, MOST_SHARE = 0.02, 200.0, 0.10


def main() -> int:
    asked = arguments()
    import torch

    torch.set_num_threads(asked.threads)
    artifact = writer() if asked.model is None else opened(asked.model)
    result: dict[str, Any] = {"model": asked.model or "random weights", "tokens": asked.tokens}
    own = [(f"made {i}", schema) for i, schema in enumerate(made_schemas(asked.schemas))]
    published, refused = openai_schemas(asked.spec, artifact, asked.schemas // 2)
    schemas = [*own[: asked.schemas - len(published)], *published]
    result |= {"schemas": len(schemas), "published": len(published), "published_refused": refused}
    result |= compiling(artifact, schemas)
    result |= writing(artifact, schemas, asked.tokens)
    result |= mixed(artifact, schemas)
    if asked.model is not None:
        result |= {f"batch_{n}": share(artifact, schemas, n, asked.tokens) for n in (1, ROWS)}
    result["passed"] = passed(result)
    print(json.dumps(result, sort_keys=True))
    return 0 if result["passed"] else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a name in the model store, or a folder")
    parser.add_argument("--spec", type=Path, help="OpenAI's API document as JSON; default: that of llm-comply")
    parser.add_argument("--schemas", type=int, default=200)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def passed(found: dict[str, Any]) -> bool:
    shares = [found[name]["share"] for name in ("batch_1", f"batch_{ROWS}") if name in found]
    well = found["invalid"] == 0 and found["length"] <= MOST_LENGTH * found["schemas"] and found["free_unchanged"]
    return well and found["compile_ms_max"] <= MOST_COMPILE_MS and all(one <= MOST_SHARE for one in shares)


# ------------------------------------------------------------------------------------------------ models


def opened(name: str) -> Any:
    from anew.deploy.lookup import locate
    from anew.engine.start import as_it_runs

    return as_it_runs(locate(name))


def writer() -> Any:
    """A transformer of random weights over byte pairs of the standard library's sources."""
    import torch

    from anew import registry
    from anew.artifact import Artifact
    from anew.recipe import parse

    settings = {"context": 1024, "vocab": 2048}
    codec = registry.find("codecs", "bpe")(**settings)
    codec.fit([Path(json.__file__).with_name("decoder.py").read_text(), Path(argparse.__file__).read_text()])
    sizes = {"width": 64, "layers": 2, "heads": 2, "table_rows": 4096}
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        model = registry.find("models", "transformer")(codec.spec, **sizes)
        for p in model.parameters():
            torch.nn.init.normal_(p, std=0.2)
    recipe = {"name": "random", "modality": "text", "codec": {"name": "bpe", **settings}}
    return Artifact(parse(recipe | {"model": {"name": "transformer", **sizes}}), model.eval(), codec)


# ------------------------------------------------------------------------------------------------ schemas


def made_schemas(n: int) -> list[dict[str, Any]]:
    """Each kind in turn at the top, others within."""
    rng = random.Random(SEED)
    return [schema_of(rng, kind, 3) for kind, _ in zip(itertools.cycle(KINDS), range(n), strict=False)]


def schema_of(rng: random.Random, kind: str, depth: int) -> dict[str, Any]:
    def inner() -> dict[str, Any]:
        leaves = [
            k for k in KINDS if k not in ("object", "optional", "array", "tuple", "any", "map", "reference", "tree")
        ]
        within = [k for k in KINDS if k not in ("reference", "tree")]
        return schema_of(rng, rng.choice(within if depth > 1 else leaves), depth - 1)

    names = [f"{rng.choice(('id', 'name', 'größe', 'x y', 'value', 'tag'))}{i}" for i in range(rng.randint(1, 4))]
    least, low = rng.randint(0, 3), rng.randint(-1000, 1000)
    leaves: dict[str, Any] = {
        "enum": {"enum": rng.sample(["red", "blü", "a\nb", 3, 2.5, None, True, [1, "x"], {"k": []}, ""], 4)},
        "const": {"const": rng.choice(["fixed", {"a": [1, 2]}, 42, "日本"])},
        "pattern": {"type": "string", "pattern": rng.choice(PATTERNS)},
        "format": {"type": "string", "format": rng.choice(FORMATS)},
        "integer": {"type": "integer", "minimum": low, "maximum": low + rng.randint(1, 10_000)},
        "number": {"type": "number", "exclusiveMinimum": low, "maximum": low + 7.5},
        "string": {"type": "string", "minLength": least, "maxLength": least + rng.randint(0, 40)},
        "types": {"type": rng.sample(["string", "integer", "boolean", "null", "number"], 2)},
    }
    if kind in leaves:
        found: dict[str, Any] = leaves[kind]
        return found
    one, two, fields = inner(), inner(), {name: inner() for name in names}
    node = {"v": one, "kids": {"type": "array", "items": {"$ref": "#/$defs/node"}}}
    closed = {"type": "object", "additionalProperties": False}
    many: dict[str, dict[str, Any]] = {
        "object": {**closed, "properties": fields, "required": names},
        "optional": {"type": "object", "properties": fields, "required": names[:1]},
        "array": {"type": "array", "items": one, "minItems": least, "maxItems": least + rng.randint(0, 5)},
        "tuple": {"type": "array", "prefixItems": [one, two], "items": False, "minItems": 2},
        "any": {"anyOf": [one, two, {"type": "null"}]},
        "map": {"type": "object", "additionalProperties": one, "minProperties": rng.randint(0, 1)},
        "reference": {"$defs": {"one": one}, "type": "array", "items": {"$ref": "#/$defs/one"}, "minItems": 1},
        "tree": {"$defs": {"node": {**closed, "required": ["v", "kids"], "properties": node}}, "$ref": "#/$defs/node"},
    }
    return many[kind]


def openai_schemas(spec: Path | None, artifact: Any, n: int) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, int]]:
    """At most n components that can be held to, spread over all there are, and why others cannot."""
    from anew.engine.constraint import Constraint
    from anew.engine.writing import grammars_of
    from anew.errors import RecipeError

    if spec is None and (found := importlib.util.find_spec("llm_comply")) is not None and found.origin:
        spec = Path(found.origin).parent / "specs" / "openai_chat.json"
    if spec is None:
        print("llm-comply is not installed: all schemas are made here", file=sys.stderr)
        return [], {}
    components = json.loads(spec.read_text("utf-8"))["components"]["schemas"]
    names = sorted(components)
    random.Random(SEED).shuffle(names)
    taken, refused = list[tuple[str, dict[str, Any]]](), Counter[str]()
    for name in names:
        schema = with_definitions(name, components)
        try:
            grammars_of(artifact.codec).guide(Constraint("json", json.dumps(schema)))
        except RecipeError as why:
            refused[why.message.removeprefix("the JSON schema cannot be held to: ")[:60]] += 1
            continue
        taken.append((name, schema))
        if len(taken) == n:
            break
    return taken, dict(refused)


def with_definitions(name: str, components: dict[str, Any]) -> dict[str, Any]:
    """A component as a schema of its own, with all that it refers to."""
    wanted, definitions = [name], dict[str, Any]()
    while wanted:
        one = wanted.pop()
        if one not in definitions:
            definitions[one] = as_json_schema(components[one], wanted)
    return {"$ref": f"#/$defs/{name}", "$defs": definitions}


def as_json_schema(schema: Any, wanted: list[str]) -> Any:
    """OpenAPI 3.0 as JSON Schema: references to definitions, oneOf as anyOf, foreign formats left out."""
    if isinstance(schema, list):
        return [as_json_schema(one, wanted) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = dict[str, Any]()
    for key, value in schema.items():
        if key == "$ref":
            wanted.append(value.rpartition("/")[2])
            made[key] = f"#/$defs/{wanted[-1]}"
        elif key == "format" and isinstance(value, str) and value not in FORMATS:
            continue
        elif key in ("properties", "$defs"):
            made[key] = {name: as_json_schema(one, wanted) for name, one in value.items()}
        elif key in ("enum", "const", "default", "example", "examples"):
            made[key] = value
        else:
            made["anyOf" if key == "oneOf" else key] = as_json_schema(value, wanted)
    for bound in ("exclusiveMinimum", "exclusiveMaximum"):  # there a yes or no beside the bound
        if isinstance(made.get(bound), bool):
            inclusive = bound.removeprefix("exclusive").lower()
            made |= {bound: made.pop(inclusive)} if made.pop(bound) else {}
    return made


# ------------------------------------------------------------------------------------------------ what is measured


def compiling(artifact: Any, schemas: list[tuple[str, dict[str, Any]]]) -> dict[str, float]:
    """Milliseconds of CPU from a schema to its first mask, nothing kept."""
    from anew.engine.constraint import Constraint, Grammars
    from anew.engine.symbols import Symbols

    begun = time.process_time()
    grammars = Grammars(Symbols(artifact.codec))
    vocabulary = 1000 * (time.process_time() - begun)
    spent = []
    for _, schema in schemas:
        begun = time.process_time()
        grammars.guide(Constraint("json", json.dumps(schema))).allowed()
        spent.append(1000 * (time.process_time() - begun))
    return {"vocabulary_ms": vocabulary, "compile_ms_median": statistics.median(spent), "compile_ms_max": max(spent)}


def writing(artifact: Any, schemas: list[tuple[str, dict[str, Any]]], tokens: int) -> dict[str, Any]:
    """One text a schema, `ROWS` at a time."""
    import jsonschema

    finish, invalid, begun = Counter[str](), list[str](), time.process_time()
    for start in range(0, len(schemas), ROWS):
        part = schemas[start : start + ROWS]
        texts, why = draw(artifact, [schema for _, schema in part], range(start, start + len(part)), tokens)
        finish.update(why)
        for (name, schema), text, ended in zip(part, texts, why, strict=True):
            if ended == "stop":
                try:
                    jsonschema.validate(
                        json.loads(text), schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
                    )
                except (ValueError, jsonschema.ValidationError) as error:
                    invalid.append(f"{name}: {str(error)[:200]}")
                    print(invalid[-1], file=sys.stderr)
        print(f"{start + len(part)} of {len(schemas)}: {dict(finish)}, {len(invalid)} invalid", file=sys.stderr)
    cut = finish["length"] + finish["limit"]
    return {"invalid": len(invalid), "length": cut, "writing_cpu_s": time.process_time() - begun}


def draw(
    artifact: Any, schemas: list[Any], seeds: Any, tokens: int, steps: int | None = None
) -> tuple[list[str], list[str]]:
    """Rows under a schema each, None for a free one, in one batch, or their beginnings, of so many `steps`: by the
    engine, or of what it does not run by the model's own sampler."""
    import torch

    from anew.contract import AppendOptions
    from anew.engine.constraint import Constraint
    from anew.engine.writing import Rows, by_engine, engine_steps, grammars_of, sampler_steps, spoken

    grammars = grammars_of(artifact.codec)
    guides = [None if s is None else grammars.guide(Constraint("json", json.dumps(s)), tokens) for s in schemas]
    rows, options = (
        Rows(artifact, guides, (), spoken(artifact, None)),
        AppendOptions(max_new=tokens, temperature=TEMPERATURE),
    )
    prompts = by_engine(artifact.model, None, None, options, len(schemas))
    with torch.no_grad():
        if prompts is not None:
            way = engine_steps(artifact.model, list(seeds), prompts, options, rows)
        else:
            way = sampler_steps(artifact.model, list(seeds), None, None, options, rows)
        for _ in itertools.islice(way, steps):
            pass
        way.close()  # type: ignore[attr-defined]
    written = rows.written(range(len(schemas)))
    return written.texts, [str(one) for one in written.finish]


def mixed(artifact: Any, schemas: list[tuple[str, dict[str, Any]]]) -> dict[str, bool]:
    """Eight rows, every second one free: the free ones as they are without the others, and all as they are alone."""
    held = [None if i % 2 else schemas[i][1] for i in range(8)]
    together, _ = draw(artifact, held, range(8), 120)
    free, _ = draw(artifact, [None] * 8, range(8), 120)
    alone = [draw(artifact, [held[i]], [i], 120)[0][0] for i in range(8)]
    return {"free_unchanged": together[1::2] == free[1::2], "alone_the_same": alone == together}


def share(
    artifact: Any, schemas: list[tuple[str, dict[str, Any]]], rows: int, tokens: int, steps: int = 64
) -> dict[str, float]:
    """Of the time of the first steps, what choosing takes, waiting for masks included, and telling grammars."""
    from anew.engine import engine
    from anew.samplers import choice

    spent = [0.0]
    plain_choose, plain_take = engine.choose, choice.Row.take

    def timed(call: Any) -> Any:
        def run(*given: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return call(*given, **named)
            finally:
                spent[0] += time.perf_counter() - begun

        return run

    wide = [schema for _, schema in schemas if "object" in json.dumps(schema)]
    draw(artifact, wide[:rows], range(rows), tokens, 4)
    with contextlib.ExitStack() as stack:
        engine.choose, choice.Row.take = timed(plain_choose), timed(plain_take)  # type: ignore[method-assign]
        stack.callback(lambda: setattr(engine, "choose", plain_choose))
        stack.callback(lambda: setattr(choice.Row, "take", plain_take))
        begun = time.perf_counter()
        draw(artifact, wide[:rows], range(rows), tokens, steps)
        whole = time.perf_counter() - begun
    return {"share": spent[0] / whole, "ms_a_step": 1000 * spent[0] / steps, "step_ms": 1000 * whole / steps}


if __name__ == "__main__":
    sys.exit(main())
