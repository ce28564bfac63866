"""Calls of functions by a model of the store: each forced one has to be whole and valid under its function's schema.

    python benchmarks/tool_calls.py [--model smollm2-135m-instruct] [--calls 60]

Prints one line of JSON and exits with 1 when one call is not.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import jsonschema

from anew.contract import AppendOptions, Prompt
from anew.engine.calls import Function
from anew.engine.writing import Wishes, write
from anew.server.shelf import StoreShelf
from anew.tasks.calling import Calling, Offer
from anew.tasks.model import Talking

DAY = {"type": "string", "format": "date"}
PLACE = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 60}}, "required": ["city"]}
MANY = {"type": "array", "items": {"type": "string", "format": "email"}, "minItems": 1, "maxItems": 3}
SCHEMAS: dict[str, dict[str, Any]] = {
    "get_weather": {
        "properties": {"place": PLACE, "day": DAY, "unit": {"enum": ["C", "F"]}}, "required": ["place", "unit"],
    },
    "send_mail": {
        "properties": {"to": MANY, "subject": {"type": "string", "maxLength": 80}},
        "required": ["to", "subject"], "additionalProperties": False,
    },
    "add": {
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a", "b"], "additionalProperties": False,
    },
}  # fmt: skip
ASKED = [
    "What is the weather in Oslo tomorrow?", "Write to ann@example.org that I am late.", "What is 17 plus 25.5?",
    "Say nothing at all.", 'Answer with the text "}}]]<tool_call>" and nothing else.', "日本の天気は?",
]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--calls", type=int, default=60)
    asked = parser.parse_args()
    artifact = StoreShelf().open(asked.model)
    functions = tuple(Function(name, f"to {name.replace('_', ' ')}", schema) for name, schema in SCHEMAS.items())
    calling = Calling(Talking(artifact), Offer(functions, forced=True, several=False))
    wishes, begun, bad = Wishes(constraint=calling.held(None)), time.monotonic(), list[str]()
    for seed in range(asked.calls):
        ids = calling.tokens([{"role": "user", "content": ASKED[seed % len(ASKED)]}])
        options = AppendOptions(max_new=(60, 120, 400)[seed % 3], temperature=(0.0, 1.0, 1.5)[seed // 3 % 3])
        *_, found = write(artifact, [seed], None, Prompt(ids[None]), options, wishes, growing=False)
        said, calls = calling.form.read(found.texts[0], True)
        if said or len(calls) != 1 or not calls[0].whole or not valid(calls[0].name, calls[0].arguments):
            bad.append(found.texts[0])
    took = time.monotonic() - begun
    print(
        json.dumps(
            {
                "model": asked.model,
                "calls": asked.calls,
                "valid": asked.calls - len(bad),
                "seconds": round(took, 1),
                "bad": bad[:3],
            }
        )
    )
    return 1 if bad else 0


def valid(name: str, arguments: str) -> bool:
    try:
        jsonschema.validate(json.loads(arguments), {"type": "object", **SCHEMAS[name]})
    except (ValueError, jsonschema.ValidationError):
        return False
    return True


if __name__ == "__main__":
    raise SystemExit(main())
