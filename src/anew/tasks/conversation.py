"""Conversations as they are kept: a file of lines that only grows, one line a thing said or set.

In: turns as they happen. Out: the conversation as it stands. A line is on the disk before the next thing happens, so
that a stopped program loses nothing that was shown; half a line that a crash left is let be. /retry adds a line too:
what an answer was before stays in the file.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from anew.data.home import home
from anew.errors import Damaged, NotFound, RecipeError, nearest
from anew.tasks.chat import Ask, Chat, Message, Said

ID = re.compile(r"\d{4}-\d{2}-\d{2}-\d{1,6}")
MOST_BYTES = 64 << 20  # of a file
Adapters = tuple[tuple[str, float], ...]


def folder() -> Path:
    return home() / "conversations"


def kept() -> list[str]:
    """The ids of the conversations, the newest last; a file that a killed program left empty is none yet."""
    found = [path.stem for path in folder().glob("*.jsonl") if ID.fullmatch(path.stem) and path.stat().st_size]
    return sorted(found, key=lambda name: (name[:10], int(name[11:])))


@dataclass
class Conversation:
    """`seed` is the conversation's; answer n of it, retries counted, is drawn from seed + n. `adapters`: what lies over
    the model, each with its weight."""

    id: str
    path: Path
    model: str
    seed: int = 0
    system: str | None = None
    turns: list[Message] = field(default_factory=list)
    answers: int = 0
    adapters: Adapters = ()

    # -------------------------------------------------------------------------------------------- files

    @classmethod
    def begin(cls, model: str, seed: int = 0, system: str | None = None, adapters: Adapters = ()) -> Self:
        """A new one, under today's date and the next number."""
        folder().mkdir(parents=True, exist_ok=True)
        today = datetime.now(UTC).date().isoformat()
        number = max((int(name[11:]) for name in kept() if name.startswith(today)), default=0)
        while True:
            number += 1
            path = folder() / f"{today}-{number}.jsonl"
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                break
            except FileExistsError:
                continue
        made, now = cls(path.stem, path, model, seed), datetime.now(UTC).isoformat(timespec="seconds")
        made.write({"model": model, "adapters": adapters, "seed": seed, "begun": now})
        if system is not None:
            made.set_system(system)
        return made

    @classmethod
    def resume(cls, name: str) -> Self:
        """One that was kept, by its id or as `last`. NotFound, Damaged: with the reason."""
        known = kept()
        if name == "last" and known:
            name = known[-1]
        path = folder() / f"{name}.jsonl"
        if not ID.fullmatch(name) or not path.is_file():
            what = f"no conversation is called {name!r}{nearest(name, known)}"
            raise NotFound(what, next_command="anew chat --list")
        made = cls(name, path, "")
        for event in lines(path):
            made.take(event)
        if not made.model:
            raise Damaged(f"{path}: not a conversation that anew kept", next_command="anew chat --list")
        return made

    def write(self, event: dict[str, Any]) -> None:
        """Take the event up, and see it on the disk."""
        content = json.dumps(event, ensure_ascii=True, sort_keys=True).encode() + b"\n"
        with open(self.path, "r+b") as file:
            end = file.seek(0, os.SEEK_END)
            if end and file.seek(end - 1) >= 0 and file.read(1) != b"\n":
                content = b"\n" + content  # behind half a line that a crash left
            file.seek(0, os.SEEK_END)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self.take(event)

    def take(self, event: dict[str, Any]) -> None:
        """What an event makes of the conversation; one that this version does not know is let be."""
        if "model" in event:
            self.model, self.adapters = str(event["model"]), adapters_of(event.get("adapters"))
        if isinstance(event.get("seed"), int) and "role" not in event:
            self.seed = event["seed"]
        if event.get("retry") and self.turns and self.turns[-1].role == "assistant":
            self.turns.pop()
        content, role = event.get("content"), event.get("role")
        if role == "system":
            self.system = content or None
        elif role in ("user", "assistant") and isinstance(content, str):
            if role == "user" and self.turns and self.turns[-1].role == "user":
                self.turns.pop()  # it never had an answer
            self.turns.append(Message(role, content))
            self.answers += role == "assistant"

    # -------------------------------------------------------------------------------------------- what is said

    def set_system(self, content: str) -> None:
        self.write({"role": "system", "content": content})

    def set_model(self, model: str, adapters: Adapters = ()) -> None:
        self.write({"model": model, "adapters": adapters})

    def set_seed(self, seed: int) -> None:
        if not 0 <= seed < 2**63:
            raise RecipeError("a seed is 0 or more, and less than 2^63")
        self.write({"seed": seed})

    def say(self, content: str) -> None:
        self.write({"role": "user", "content": content})

    def retry(self) -> None:
        """Take the last answer back, to draw another. RecipeError: there is nothing to answer."""
        if not self.turns:
            raise RecipeError("nothing was said yet that could be answered again")
        self.write({"retry": True})

    def answer(self, chat: Chat, shown: Callable[[str], None], **options: Any) -> Said:
        """The model's answer to what was said last, told as it grows and kept whole; stopped half-way it is kept as far
        as it was shown."""
        messages, left = self.fitting(chat, options.get("max_new", Ask.max_new))
        seed = (self.seed + self.answers) % 2**63
        said = Said("", None)
        try:
            for said in chat.stream(Ask(messages, seed, **options)):
                shown(said.text)
        finally:
            if said.finish is not None or said.text:
                facts = {"finish": said.finish or "stopped", "digest": chat.digest, "left_out": left, **options}
                self.write({"role": "assistant", "content": said.text, "seed": seed, **facts})
        return said

    def fitting(self, chat: Chat, most: int) -> tuple[tuple[Message, ...], int]:
        """What the model is to read: the system's words and as many of the last turns as leave room for an answer; and
        how many turns are left out for it."""
        system = () if self.system is None else (Message("system", self.system),)
        room = chat.context - min(most, chat.context // 4)
        left = 0
        while left < len(self.turns) - 1 and chat.length((*system, *self.turns[left:])) > room:
            left += 2  # a question and its answer
        return (*system, *self.turns[min(left, len(self.turns) - 1) :]), left

    def text(self) -> str:
        """The conversation as Markdown."""
        said = [*([Message("system", self.system)] if self.system else []), *self.turns]
        return "\n\n".join(f"**{one.role}**\n\n{one.content}" for one in said) + "\n"


def adapters_of(kept: Any) -> Adapters:
    """Names with their weights; none where that is not what a line holds."""
    try:
        return tuple((str(name), float(weight)) for name, weight in kept or ())
    except (TypeError, ValueError):
        return ()


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """A file's events; half a line is none."""
    if path.stat().st_size > MOST_BYTES:
        raise Damaged(f"{path}: more than {MOST_BYTES:,} bytes", next_command="anew chat --list")
    for line in path.read_bytes().split(b"\n"):
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            yield event
