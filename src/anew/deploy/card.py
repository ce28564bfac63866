"""The model card, written from measured JSON alone: every figure in it links to the result that it repeats.

In comes the evidence (what `validate` reported, less the circumstances of the run); out comes Markdown. Nobody writes
a card by hand, and `unsupported` names each number in one that the evidence does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

EVIDENCE = "evidence.json"
INTENDED = (
    "To make new {modality} samples of the kind that it learnt from, listed under Data. Not for statements of fact, "
    "nor for decisions about people."
)
SHOWN = 1500  # characters of a sample text
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?(?: ?%)?")


def write_card(name: str, evidence: Mapping[str, Any]) -> str:
    """The card of the model called `name`. KeyError when the evidence is not a report's."""
    facts, metrics = evidence["facts"], [evidence["metrics"][metric] for metric in evidence["order"]]
    intended = facts["intended"] or INTENDED.format(modality=facts["modality"])
    parts = [
        f"# {name}",
        escape(facts["about"]),
        section("Intended use", [escape(intended)]),
        section("What was found", [f"- {escape(sentence)}" for sentence in evidence["verdict"]]),
        section("Figures", list(figures_table([m for m in metrics if m["passed"] is None]))),
        section(
            "Checks of the measurement itself", list(checks_table([m for m in metrics if m["passed"] is not None]))
        ),
        section("Licence", [escape(facts["licence"])] if facts.get("licence") else []),
        section("Data", list(data_lines(facts))),
        section("Samples, the worst among them", list(sample_lines(evidence))),
        section("Limits", list(limit_lines(facts))),
        section("Model", [f"- {readable(k)}: {value_text(v)}" for k, v in facts["model"].items()]),
        section("Verify and make again", list(verify_lines(name, facts))),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def section(title: str, lines: list[str]) -> str:
    return f"## {title}\n\n" + "\n".join(lines) if lines else ""


def link(metric: Mapping[str, Any]) -> str:
    return f"[{readable(metric['name'])}]({EVIDENCE}#{metric['name']})"


# ------------------------------------------------------------------------------------------------ sections


def figures_table(metrics: list[dict[str, Any]]) -> Iterator[str]:
    if not metrics:
        return
    yield "| figure | value | interval | n | kind | how measured |"
    yield "|---|---|---|---|---|---|"
    for m in metrics:
        n = "" if m["n"] is None else f"{m['n']:,}"
        cells = [escape(cell) for cell in (m["shown"]["value"], m["shown"]["interval"], n, m["kind"] or "", m["note"])]
        yield " | ".join([f"| {link(m)}", *cells]) + " |"


def checks_table(metrics: list[dict[str, Any]]) -> Iterator[str]:
    if not metrics:
        return
    yield "| check | passed | found | what was planted |"
    yield "|---|---|---|---|"
    for m in metrics:
        passed = "yes" if m["passed"] else "**no**"
        yield f"| {link(m)} | {passed} | {escape(m['shown']['value'])} | {escape(m['note'])} |"


def data_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    titles = {"counts": "Records", "sources": "Sources", "licences": "Licences", "removed": "Removed by cleaning"}
    for key, title in titles.items():
        if facts[key]:
            yield f"- {title}: " + ", ".join(escape(name) + told(n) for name, n in pairs(facts[key]))
    if facts["data_hash"]:
        yield f"- Hash of the data: `{facts['data_hash']}`"


def sample_lines(evidence: Mapping[str, Any]) -> Iterator[str]:
    """Pictures by link, texts in full or cut, in a fence that no text can close."""
    for figure in evidence["figures"]:
        if figure["section"] == "samples":
            yield f"![{escape(figure['alt'])}]({figure['file']})"
            yield f"\n{escape(figure['caption'])}\n"
    heard = [clip for clip in evidence.get("clips", ()) if clip["section"] == "samples"]
    if heard:
        yield "To listen to: " + "; ".join(map(played, heard)) + ".\n"
    texts = [t for t in evidence["texts"] if t["section"] == "samples"]
    for text in [*[t for t in texts if not t["worst"]][:2], *[t for t in texts if t["worst"]]]:
        content = text["content"] if len(text["content"]) <= SHOWN else text["content"][:SHOWN] + "…"
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", content)), default=0))
        head = ": ".join(escape(part) for part in (text["title"], text["note"]) if part)
        yield f"{head}\n\n{fence}text\n{content}\n{fence}\n"


def played(clip: Mapping[str, Any]) -> str:
    note = f" ({escape(clip['note'])})" if clip["note"] else ""
    return f"[{escape(clip['title'])}]({clip['file']}){note}"


def told(n: int | None) -> str:
    return "" if n is None else f" {n:,}"


def pairs(counts: Any) -> Iterator[tuple[str, int | None]]:
    """Name and number of a table of counts, None where nothing was counted: pairs where their order says something,
    else an object."""
    yield from counts.items() if isinstance(counts, Mapping) else counts


def limit_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    for limit in facts["limits"]:
        yield f"- {escape(limit)}"
    for name, why in facts["unmeasured"].items():
        yield f"- {escape(readable(name))} was not measured: {escape(why)}"
    if not facts["limits"] and not facts["unmeasured"]:
        yield "- None were written down, which does not mean that there are none."


def verify_lines(name: str, facts: Mapping[str, Any]) -> Iterator[str]:
    yield f"    anew models verify {name}"
    if facts["reproduce"]:
        yield f"    {facts['reproduce']}"
    versions = [f"{key} {value}" for key, value in facts["versions"].items()]
    seed = [] if facts["seed"] is None else [f"seed {facts['seed']}"]
    if versions or seed:
        yield "\n" + ", ".join(versions + seed) + f". All figures: [{EVIDENCE}]({EVIDENCE})."


# ------------------------------------------------------------------------------------------------ words and numbers


def escape(text: str) -> str:
    """Text that Markdown shows as it is, in one line of a table."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", re.sub(r"\s+", " ", str(text)))


def readable(name: str) -> str:
    return name.replace("_", " ")


def value_text(value: Any) -> str:
    return f"{value:,}" if isinstance(value, (int, float)) and not isinstance(value, bool) else escape(str(value))


def unsupported(card: str, evidence: Mapping[str, Any]) -> list[str]:
    """The numbers in a card that the evidence does not hold, neither as a number nor within a sentence; and the links
    to figures that it does not have. A sample's own text claims nothing and supports nothing."""
    known = {n for words in spoken(evidence) for n in NUMBER.findall(words)}
    said = re.sub(r"(`{3,})text\n.*?\n\1", "", card, flags=re.DOTALL)
    targets = re.findall(rf"\({re.escape(EVIDENCE)}#([^)]*)\)", said)
    said = re.sub(r"\]\([^)]*\)", "]", said).replace("\\", "")
    numbers = [n for n in NUMBER.findall(said) if n not in known]
    return numbers + [t for t in targets if t not in evidence["metrics"]]


def spoken(value: Any) -> Iterator[str]:
    """Every number of a JSON value as a card may write it, and every string."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key != "content":
                yield from (readable(str(key)), *spoken(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from spoken(inner)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, (int, float)):
        yield from (f"{value:,}", str(value))
    else:
        yield escape(str(value)).replace("\\", "")
