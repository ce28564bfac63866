"""What is made under which address: where in a body the words stand that somebody searches for, and where in an answer
the thing itself.

In: an address, a request's body, an answer. Out: bytes with their media type.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from anew.server.errors import Problem
from anew.server.inside import Answer

PLAIN, LINES = "text/plain; charset=utf-8", "application/jsonl"
MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"fLaC": "audio/flac",
    b"OggS": "audio/ogg", b"ID3": "audio/mpeg", b"\xff\xfb": "audio/mpeg",
    b"MThd": "audio/midi",
}  # fmt: skip
RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
WORDS = ("prompt", "input", "question", "topic", "text", "code", "source", "where", "label")
MOST_PROMPT = 10_000
PICTURES = tuple(f"/v1/images/{verb}" for verb in ("generations", "edits", "variations"))


@dataclass(frozen=True)
class Content:
    data: bytes
    media_type: str


def text(content: str) -> Content:
    return Content(content.encode("utf-8", "replace"), PLAIN)


def binary(encoded: str, param: str = "content_b64") -> Content:
    """Bytes by their own beginning. Problem: no base64, or nothing that is kept."""
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Problem(400, f"{param}: not base64", param=param, code="invalid_value") from None
    kind = next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), None)
    kind = RIFF.get(data[8:12]) if kind is None and data.startswith(b"RIFF") else kind
    if kind is None:
        what = f"{param}: no PNG, JPEG, WebP, GIF, WAV, FLAC, Ogg, MP3 or MIDI"
        raise Problem(400, what, param=param, code="invalid_value")
    return Content(data, kind)


def sample(told: Mapping[str, Any], index: int) -> Content:
    """A text, a picture, a sound or a score; of rows all, since a table is one thing."""
    if told["modality"] == "table":
        lines = (json.dumps(one["row"], ensure_ascii=False) + "\n" for one in told["samples"])
        return Content("".join(lines).encode("utf-8", "replace"), LINES)
    one = told["samples"][index]
    encoded = one.get("b64_png") or one.get("b64_wav") or one.get("b64_mid")
    return binary(encoded) if encoded else text(one["text"])


def sound(answer: Answer, index: int) -> Content:
    """A file by itself, or one of several."""
    kind = answer.headers["content-type"]
    if kind.startswith("application/json"):
        return binary(answer.json["sounds"][index]["b64_audio"])
    return Content(answer.body, kind)


def task(answer: Answer, index: int) -> Content:
    return text(answer.json["text"])


READ: dict[str, Callable[[Answer, int], Content]] = {
    "/v1/chat/completions": lambda answer, i: text(answer.json["choices"][i]["message"]["content"] or ""),
    "/v1/completions": lambda answer, i: text(answer.json["choices"][i]["text"]),
    **dict.fromkeys(PICTURES, lambda answer, i: binary(answer.json["data"][i]["b64_json"])),
    "/v1/anew/latents/interpolate": lambda answer, i: binary([answer.json["b64_gif"]][i]),
    "/v1/audio/speech": lambda answer, i: Content(answer.body, answer.headers["content-type"]),
    **dict.fromkeys((f"/v1/anew/audio/{verb}" for verb in ("generate", "continue", "inpaint")), sound),
    "/v1/anew/generate": lambda answer, i: sample(answer.json, i),
    "/v1/anew/music/compose": lambda answer, i: binary(answer.json["pieces"][i]["b64"]),
}
TASKS = "/v1/anew/tasks/"
ASKED = dict.fromkeys(PICTURES, {"response_format": "b64_json"})  # or the thing itself would not be in the answer
GIVEN = {  # where a request holds files, in base64
    "/v1/images/edits", "/v1/images/variations", "/v1/anew/latents/interpolate", "/v1/anew/music/compose",
    *(f"/v1/anew/audio/{verb}" for verb in ("generate", "continue", "inpaint")),
}  # fmt: skip
SEEDLESS = {"/v1/audio/speech", "/v1/anew/latents/interpolate"}  # the same without one


def content_of(address: str, answer: Answer, index: int) -> Content:
    """The thing that was made. Problem: there are fewer."""
    try:
        return READ.get(address, task)(answer, index)
    except (LookupError, TypeError):
        raise Problem(400, f"request.index: there is no {index}", param="request.index", code="invalid_value") from None


def known(address: str) -> bool:
    return address in READ or (address.startswith(TASKS) and address.removeprefix(TASKS).isidentifier())


def seeded(address: str) -> bool:
    """Whether it takes a seed to make the same again."""
    return address not in SEEDLESS and not address.startswith(TASKS)


def prompt_of(body: Mapping[str, Any]) -> str:
    """The words that a person would search for."""
    messages = body.get("messages")
    said = [one.get("content") for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
    if said:
        parts = said[-1] if isinstance(said[-1], list) else [{"text": said[-1]}]
        return " ".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))[:MOST_PROMPT]
    return " ".join(body[name] for name in WORDS if isinstance(body.get(name), str))[:MOST_PROMPT]
