"""Errors in the words of whoever reads them over HTTP: by fields of a request, where the command line has options.

In: an error, whose way out is worded for a terminal. Out: its message, and what to send instead. A whole command of the
server's machine stays as it is; a way out by options that no request has is left out.
"""

from __future__ import annotations

import json
import re

FIELDS = {  # of requests, by the option that is called so; those of a recipe are dotted, and are its overrides
    "bars", "begin", "beams", "fill", "frames", "gap", "guidance", "instruments", "keep", "key", "label", "loop",
    "loudness", "margins", "mask", "melody", "metre", "min-p", "mode", "negative", "prompt", "scorer", "seconds",
    "seed", "size", "solver", "speed", "steps", "strength", "style", "temperature", "tempo", "times", "top-k", "top-p",
    "voice", "walk", "where", "best-of", "towards", "max-new",
}  # fmt: skip
WORDS = {"gap", "keep", "metre", "key", "label", "instruments"}  # in whose fields a number stands as a text
PAIRS = {"mask": "-", "margins": ","}  # several numbers, and what parts them on a command line
INSTEAD = {
    "anew models list": "GET /v1/models",
    "anew generate --help": "GET /v1/models, which tells the options of each",
    "anew compose --help": "GET /v1/models, which tells the options of each",
    "anew speak --help": "GET /v1/models, which tells the options of each",
    "anew interpolate --help": "GET /openapi.json, which tells what is taken",
    "anew task extract --help": "GET /openapi.json, which tells what is taken",
    "anew task --help": "GET /openapi.json, which tells what is taken",
    "anew code tests --help": "GET /openapi.json, which tells what is taken",
}
OPTION = re.compile(r"--([a-z][a-z0-9-]*(?:\.[a-z_.]+)?)(?:[ =]('[^']*'|[^\s,;]+(?:,[^\s,;]+)*))?")
STAYS = re.compile(r"(?<!\S)--([a-z][a-z0-9-]*)\b(?!\.)")
OUTPAINT = re.compile(r"--outpaint \S+ --margins (\S+) goes on with one")


def worded(error: Exception) -> str:
    """The message, and behind it the way out where there is one."""
    message = STAYS.sub(lambda found: field(found[1]) if found[1] in FIELDS else found[0], told_by(error))
    way = in_fields(getattr(error, "next_command", None))
    return message if way is None else f"{message}\n  try: {way}"


def told_by(error: Exception) -> str:
    return str(getattr(error, "message", error))


def in_fields(command: str | None) -> str | None:
    """A way out as one sends it; None: there is none by a request."""
    if command is None:
        return None
    if command.startswith("anew ") or "--" not in command:
        return INSTEAD.get(command, command)
    command = OUTPAINT.sub(r"--margins \1 at /v1/anew/audio/continue goes on with one", command)
    options = [found[1] for found in OPTION.finditer(command)]
    if any(name not in FIELDS and "." not in name for name in options):
        return None
    return OPTION.sub(lambda found: sent(found[1], found[2], command[found.end() :]), command)


def sent(name: str, value: str | None, rest: str) -> str:
    """One option as a member of a request's JSON; its name alone where it has no value, or a word stands in its
    place."""
    if value is None or value.isupper() or (value[0].isalpha() and value in ("or", "and", "with", "goes", "at", "in")):
        return field(name) + ("" if value is None else f" {value}")
    told = f"{json.dumps(field(name))}: {json.dumps(value_of(name, value.strip(chr(39))), ensure_ascii=False)}"
    return told + (" among the overrides" if "." in name else "") + ("," if rest.startswith(" --") else "")


def field(name: str) -> str:
    return name if "." in name else name.replace("-", "_")


def value_of(name: str, value: str) -> object:
    if name in PAIRS:
        return [number(one) for one in value.split(PAIRS[name])]
    return value if name in WORDS else number(value)


def number(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return value


__all__ = ["in_fields", "worded"]
