"""Keys and passwords in source code, replaced by what kind of thing stood there, so that no model learns them.

In: a file's text. Out: the text without them, and where each kind was; the secret itself is kept nowhere. The patterns
are those of keys that say what they are; a value that is assigned to a name such as `password` has to look random too.
In files of settings and of shells, where values stand without quotes, so does one behind such a name, and a password
only has to hold a digit.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath

# By kind what every secret of it holds, which is quick to look for, and the pattern.
KINDS: dict[str, tuple[tuple[str, ...], re.Pattern[str]]] = {
    kind: (tuple(marks.split()), re.compile(pattern))
    for kind, marks, pattern in (
        (
            "private key",
            "-----BEGIN",
            r"-----BEGIN (?P<whose>[A-Z ]*)PRIVATE KEY(?: BLOCK)?-----[\s\S]{32,20000}?"
            r"-----END (?P=whose)PRIVATE KEY(?: BLOCK)?-----",
        ),
        ("AWS access key", "AKIA ASIA ABIA ACCA", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
        (
            "GitHub token",
            "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
            r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b",
        ),
        ("GitLab token", "glpat-", r"\bglpat-[\w-]{20,}"),
        ("Slack token", "xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{12,}"),
        ("Slack webhook", "hooks.slack.com", r"\bhooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9_/]{24,}"),
        ("Stripe key", "k_live_ k_test_", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}\b"),
        ("Google key", "AIza", r"\bAIza[\w-]{35}"),
        ("model service's key", "sk-", r"\bsk-(?:[a-z0-9]{2,12}-)*[A-Za-z0-9_-]{32,}"),
        (
            "package registry's token",
            "npm_ pypi- rubygems_",
            r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{64,}|rubygems_[a-f0-9]{48})",
        ),
        ("model hub's token", "hf_", r"\bhf_[A-Za-z0-9]{30,}\b"),
        ("SendGrid key", "SG.", r"\bSG\.[\w-]{16,32}\.[\w-]{32,64}"),
        ("signed token", "eyJ", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{16,}"),
        (
            "password in an address",
            "://",
            r"(?<=://)[\w.%+-]{0,64}:(?!\$|\{|<|%|\*)[^\s:/@'\"<>{}$]{4,128}(?=@[\w.$\[{-])",
        ),
    )
}
WORDS = (
    r"(?i:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|auth[_-]?key|secret[_-]?key|private[_-]?key"
    r"|credentials?)"
)
# A word of its own in a name: db_password, dbPassword, DB_PASSWORD, tokenId; not tokenizer.
NAMED = rf"(?:(?<![A-Za-z])|(?<=[A-Za-z0-9])(?=[A-Z][a-z])){WORDS}(?:(?![A-Za-z])|(?=[A-Z][a-z]))[\w-]*"
TYPED = r"(?:\s*:\s*[A-Za-z][\w\[\]. |]{0,40}?)?"  # token: str = "…"
ASSIGNED = rf"{NAMED}[\"']?{TYPED}\s*(?::=|=>|[:=])\s*[\"'](?P<value>[^\"'\s]{{12,256}})[\"']"
HINT = re.compile(r"(?i)passw|passphrase|secret|token|key|credential")
VALUE = re.compile(ASSIGNED)
BARE = {".ini", ".cfg", ".yaml", ".yml", ".sh", ".bash", ".zsh", ".fish", ".bat", ".mk", ".tf"}  # by suffix
ASSIGNED_BARE = (
    rf"(?m)^[ \t]*(?:-[ \t]+)?(?:(?:export|set|local|declare)[ \t]+)?[\w.-]*?(?:(?<![A-Za-z])|(?<=[a-z0-9])(?=[A-Z]))"
    rf"(?P<name>{WORDS})"
    r"[ \t]*[:=][ \t]*(?P<value>[^\s\"'#;]{6,256})(?=[ \t]*(?:[#;].*)?$)"
)
BARE_VALUE = re.compile(ASSIGNED_BARE)
CHOSEN = re.compile(r"(?i)passw|passphrase")  # by people: with a digit, as rules have it, and seldom random
BITS = 3.3  # a character of a random value: letters and digits drawn at random have 3.5 and more from 16 characters on
PLACEHOLDER = re.compile(  # words that say so, and what is filled in or matched elsewhere
    r"(?i)example|sample|dummy|changeme|placeholder|your[-_]|xxxx|\*\*\*\*|\.\.\.|1234567|abcdef|://"
    r"|^[<{$%(\[]|[$%#][({]|\{\{|\{\w*\}|%[sd]\b|<\w+>|\\+[bdswDSW]|\[[^\]]*\w-\w[^\]]*\]"
)
CHANGES = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[a-z0-9])|(?<=[0-9])(?=[A-Za-z])")
LEAST_CHANGES = 3  # between small letters, capitals and digits


@dataclass
class Secrets:
    """What was replaced so far: how often each kind, and where the first ones were."""

    counts: Counter[str] = field(default_factory=Counter)
    places: list[str] = field(default_factory=list)
    most_places: int = 100

    def redact(self, text: str, origin: str) -> str:
        """The text with `<kind>` in the place of every secret."""
        found = find(text, bare=PurePosixPath(origin.lower()).suffix in BARE)
        if not found:
            return text
        parts, at = [], 0
        for begin, end, kind in found:
            parts += [text[at:begin], f"<{kind}>"]
            at = end
            self.counts[kind] += 1
            if len(self.places) < self.most_places:
                self.places.append(f"{origin}:{text.count(chr(10), 0, begin) + 1}: {kind}")
        return "".join([*parts, text[at:]])


def find(text: str, bare: bool = False) -> list[tuple[int, int, str]]:
    """(begin, end, kind) of each secret, in order, none over another. `bare`: values may stand without quotes."""
    found: list[tuple[int, int, str]] = []
    for kind, (marks, pattern) in KINDS.items():
        if any(mark in text for mark in marks):
            found += [(*m.span(), kind) for m in pattern.finditer(text)]
    if HINT.search(text):
        found += [(*m.span("value"), "assigned secret") for m in VALUE.finditer(text) if is_random(m["value"])]
        if bare:
            found += [(*m.span("value"), "assigned secret") for m in BARE_VALUE.finditer(text) if is_given(m)]
    made: list[tuple[int, int, str]] = []
    for begin, end, kind in sorted(found):
        if made and begin < made[-1][1]:  # a key within a longer value: nothing of either stays
            made[-1] = (made[-1][0], max(end, made[-1][1]), made[-1][2])
        else:
            made.append((begin, end, kind))
    return made


def is_given(found: re.Match[str]) -> bool:
    """Whether the value without quotes is one itself, rather than what it is read from."""
    value = found["value"]
    if value[0] in "&*!|>@/.$" or not any(character.isdigit() for character in value):
        return False
    return not PLACEHOLDER.search(value) if CHOSEN.match(found["name"]) else len(value) >= 12 and is_random(value)


def is_random(value: str) -> bool:
    """Whether a value looks drawn by chance rather than written: letters of both kinds or digits by turns, and many
    different ones."""
    if PLACEHOLDER.search(value) or len(CHANGES.findall(value)) < LEAST_CHANGES:
        return False
    shares = [n / len(value) for n in Counter(value).values()]
    return -sum(p * math.log2(p) for p in shares) >= min(BITS, 0.85 * math.log2(len(value)))
