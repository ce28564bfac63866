"""The prompts: versioned files, which a result names by version and hash.

In: a name. Out: the newest version's turns with its blanks filled in. A file is never changed once it was used: a
better wording is a new version beside it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from anew.errors import NotFound, nearest
from anew.tasks.chat import Chat, Message

FILE = re.compile(r"([a-z][a-z-]*)\.v([1-9][0-9]*)\.txt")
TURN = re.compile(r"^=== (system|user|assistant)\n", re.M)


@dataclass(frozen=True)
class Prompt:
    """A conversation's beginning with blanks `$name`."""

    name: str
    version: int
    sha256: str
    turns: tuple[tuple[str, str], ...]

    @property
    def blanks(self) -> set[str]:
        return {blank for _, content in self.turns for blank in Template(content).get_identifiers()}

    def messages(self, **values: str) -> tuple[Message, ...]:
        """The turns, every blank filled in once: what a value holds is never read as a blank. ValueError: a value that
        no blank asks for, or a blank without one."""
        if values.keys() != self.blanks:
            raise ValueError(f"{self.name}.v{self.version} has the blanks {sorted(self.blanks)}, not {sorted(values)}")
        return tuple(Message(role, Template(content).substitute(values)) for role, content in self.turns)


def prompts() -> dict[str, list[int]]:
    """Every prompt's name and versions."""
    found: dict[str, list[int]] = {}
    for file in files(__package__).joinpath("prompts").iterdir():
        if match := FILE.fullmatch(file.name):
            found.setdefault(match[1], []).append(int(match[2]))
    return {name: sorted(found[name]) for name in sorted(found)}


def prompt(name: str, version: int | None = None) -> Prompt:
    """A prompt by its name, the newest version unless one is asked for."""
    known = prompts()
    if version is None and name in known:
        version = known[name][-1]
    if version not in known.get(name, []):
        raise NotFound(f"no prompt is called {name}.v{version or 1}{nearest(name, known)}")
    content = files(__package__).joinpath("prompts", f"{name}.v{version}.txt").read_bytes()
    _, *parts = TURN.split(content.decode())
    turns = tuple((role, said.strip()) for role, said in zip(parts[::2], parts[1::2], strict=True))
    return Prompt(name, int(version or 1), hashlib.sha256(content).hexdigest(), turns)


@dataclass(frozen=True)
class Made:
    """What made a result and makes it again: the prompt by version and hash, the model by name and digest, the seed."""

    task: str
    prompt: str
    prompt_sha256: str
    model: str
    digest: str
    seed: int


def made_by(task: str, used: Prompt, chat: Chat, seed: int) -> Made:
    return Made(task, f"{used.name}.v{used.version}", used.sha256, chat.name, chat.digest, seed)
