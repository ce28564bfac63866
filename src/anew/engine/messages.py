"""What goes between the server's process and that of a model: JSON, each message with its length before it.

In: what is asked, texts as they stand, errors. Out: the same on the other side, to the bit. Of a text only what is new
goes over.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from anew.contract import AppendOptions, Unsupported
from anew.engine.constraint import Constraint
from anew.engine.scheduler import Full
from anew.engine.served import Asked
from anew.engine.writing import Finish, Token, Wishes, Written
from anew.errors import AnewError, Damaged, DataError, Interrupted, NotFound, RecipeError, Refused

HEAD = 4  # bytes of a message's length
KNOWN: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (
        AnewError, RecipeError, DataError, NotFound, Refused, Damaged, Interrupted, Full, Unsupported, MemoryError
    )
}  # fmt: skip


class Line:
    """Messages both ways: sent from any thread, received by one."""

    def __init__(self, end: socket.socket) -> None:
        self._socket, self._file, self._sending = end, end.makefile("rb"), threading.Lock()

    def send(self, **message: Any) -> None:
        """OSError where nobody is there any more."""
        data = json.dumps(message, separators=(",", ":")).encode()
        with self._sending:
            self._socket.sendall(len(data).to_bytes(HEAD, "big") + data)

    def receive(self) -> dict[str, Any] | None:
        """The next; None: the other side has ended."""
        with suppress(OSError):
            size = self._file.read(HEAD)
            data = self._file.read(int.from_bytes(size, "big"))
            if len(size) == HEAD and len(data) == int.from_bytes(size, "big"):
                message: dict[str, Any] = json.loads(data)
                return message
        return None

    def end(self) -> None:
        """Both sides learn of it, whatever they are at."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """For whoever receives."""
        self._file.close()
        self._socket.close()


# ------------------------------------------------------------------------------------------------ what is asked


def of_asked(asked: Asked) -> dict[str, Any]:
    wishes = asked.wishes
    return {
        "prompt": list(asked.prompt), "seeds": list(asked.seeds), "answers": asked.answers, "owner": asked.owner,
        "options": vars(asked.options),
        "wishes": vars(wishes) | {"constraint": None if wishes.constraint is None else vars(wishes.constraint)},
    }  # fmt: skip


def to_asked(given: dict[str, Any]) -> Asked:
    options, wishes = given["options"], given["wishes"]
    options |= {"bias": tuple((token, by) for token, by in options["bias"])}
    constraint = None if wishes["constraint"] is None else Constraint(**wishes["constraint"])
    wishes |= {"stop": tuple(wishes["stop"]), "constraint": constraint}
    return Asked(**given | {"options": AppendOptions(**options), "wishes": Wishes(**wishes)})


# ------------------------------------------------------------------------------------------------ what is written


class Sent:
    """What the other side knows of some texts."""

    def __init__(self) -> None:
        self.texts, self.told = dict[int, str](), dict[int, int]()

    def news(self, written: Written) -> list[Any]:
        """Of each text: how much of it stands, what follows, why it ends, ln p, its length, its new tokens."""
        return [
            [
                *self._grown(i, text), written.finish[i], written.logp[i], written.lengths[i],
                self._tokens(i, written.tokens[i]),
            ]
            for i, text in enumerate(written.texts)
        ]  # fmt: skip

    def _grown(self, i: int, text: str) -> tuple[int, str]:
        before, self.texts[i] = self.texts.get(i, ""), text
        kept = len(before) if text.startswith(before) else len(os.path.commonprefix([before, text]))
        return kept, text[kept:]

    def _tokens(self, i: int, tokens: Sequence[Token]) -> Sequence[Token]:
        start, self.told[i] = self.told.get(i, 0), len(tokens)
        return tokens[start:]


class Known:
    """Some texts by what was told of them."""

    def __init__(self) -> None:
        self.texts, self.tokens, self.rest = dict[int, str](), dict[int, list[Token]](), list[Any]()

    def take(self, news: Sequence[Any]) -> None:
        self.rest = [row[2:5] for row in news]
        for i, (kept, new, *_, tokens) in enumerate(news):
            self.texts[i] = self.texts.get(i, "")[:kept] + new
            self.tokens.setdefault(i, []).extend(token_of(*one) for one in tokens)

    def written(self) -> Written:
        finish: list[Finish | None] = [one[0] for one in self.rest]
        tokens = [list(one) for one in self.tokens.values()]
        return Written(
            list(self.texts.values()), finish, [one[1] for one in self.rest], tokens, [one[2] for one in self.rest]
        )


def token_of(id: int, text: str, logp: float, best: Sequence[Sequence[Any]]) -> Token:
    return Token(id, text, logp, tuple((token, spelled, p) for token, spelled, p in best))


# ------------------------------------------------------------------------------------------------ what went wrong


def of_error(error: Exception) -> dict[str, Any]:
    """Of what is no known kind how it came about, for the log."""
    kind = next((one.__name__ for one in type(error).__mro__ if one.__name__ in KNOWN), "")
    if isinstance(error, AnewError):
        return {"kind": kind, "message": error.message, "next_command": error.next_command}
    return {"kind": kind, "message": str(error) if kind else "".join(traceback.format_exception(error))}


def to_error(told: dict[str, Any]) -> Exception:
    kind = KNOWN.get(told["kind"])
    if kind is None:
        return RuntimeError(f"in the process of a model:\n{told['message']}")
    if issubclass(kind, AnewError):
        return kind(told["message"], next_command=told["next_command"])
    return kind(told["message"])
