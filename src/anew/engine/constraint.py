"""Texts that have to be of a form: a JSON schema, a regular expression or a grammar, token by token.

In: a codec's symbols and what the text has to be. Out: a guide a row, which says at each step what may come next; the
masks are worked out in a thread of their own while the network runs. llguidance parses; here are its limits, so that
nobody's grammar costs more than about half a second, and the way out of a text that would not end in time.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import torch
from torch import Tensor

from anew.engine.closing import closing, still_closing
from anew.engine.formats import plain
from anew.engine.symbols import Symbols
from anew.errors import RecipeError

LONGEST = {"json": 2**19, "regex": 2**14, "grammar": 2**16, "calls": 2**20}  # bytes
SPACED = {"whitespace_pattern": " ?", "lenient": False, "coerce_one_of": False}  # a weak model fills lines with blanks
LIMITS = {  # what parsing a grammar, and one step by it, may cost
    "initial_lexer_fuel": 50_000,
    "step_lexer_fuel": 100_000,
    "max_lexer_states": 50_000,
    "max_grammar_size": 200_000,
    "verbose_errors": False,
}
MOST_NODES, DEEP = 4000, 2**27  # of a schema; bytes
DETOUR = 8  # tokens that one more token is taken to cost, at least, before the text can end
SHORT = 16  # tokens to the end, up to which others than the likeliest way there are weighed
KEPT = 64  # grammars that stay compiled
STACK = threading.Lock()  # a process has one size for the stacks of its next threads

Form = Literal["json", "regex", "grammar", "calls"]
NAMES = {"json": "the JSON schema", "regex": "the regular expression", "grammar": "the grammar"}


@dataclass(frozen=True)
class Constraint:
    """What a text has to be: the `text` of a JSON schema, of a regular expression for all of it, or of a grammar in
    llguidance's dialect of Lark, be it one of calls, which are JSON behind the first `opening`."""

    form: Form
    text: str
    opening: str = ""

    @property
    def json_behind(self) -> bytes | None:
        """What stands before JSON; None where there is none."""
        return self.opening.encode() if self.form in ("json", "calls") else None

    def refuse(self, why: str) -> RecipeError:
        name = NAMES.get(self.form, "what the functions take")
        return RecipeError(f"{name} cannot be held to: {why}", next_command="anew generate --help")

    def source(self) -> str:
        """The constraint as llguidance reads it."""
        from llguidance import LLMatcher

        if len(self.text.encode("utf-8", "replace")) > LONGEST[self.form]:
            raise self.refuse(f"it is longer than {LONGEST[self.form]:,} bytes")
        if self.form == "regex":
            return LLMatcher.grammar_from_regex(self.text)
        if self.form in ("grammar", "calls"):
            return LLMatcher.grammar_from_lark(self.text)
        return LLMatcher.grammar_from_json_schema(json.dumps(self.schema()), overrides=SPACED)

    def schema(self) -> dict[str, Any]:
        """The JSON schema, checked, with patterns for some formats."""
        try:
            schema = json.loads(self.text)
        except (ValueError, RecursionError) as error:
            raise self.refuse(f"it is not JSON: {type(error).__name__}: {str(error)[:100]}") from None
        if not isinstance(schema, dict):
            raise self.refuse("a schema is a JSON object")
        if nodes(schema) > MOST_NODES:
            raise self.refuse(f"it has more than {MOST_NODES:,} objects and lists")
        found: dict[str, Any] = plain(schema)
        return found


def nodes(schema: Any) -> int:
    """How many objects and lists there are."""
    count, left = 0, [schema]
    while left and count <= MOST_NODES:
        one = left.pop()
        count += isinstance(one, dict | list)
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return count


def deeply(work: Callable[[], None]) -> None:
    """Run it in a thread with room for the recursion of a schema as large as can be, which would end the process
    otherwise."""
    thread = threading.Thread(target=work)
    with STACK:
        before = threading.stack_size(DEEP)
        try:
            thread.start()
        finally:
            threading.stack_size(before)
    thread.join()


class Grammars:
    """The constraints of one codec, compiled as they are asked for, from any thread."""

    def __init__(self, symbols: Symbols) -> None:
        from llguidance import LLTokenizer, TokenizerWrapper

        self.symbols = symbols
        self.tokenizer = LLTokenizer(
            TokenizerWrapper(Vocabulary(symbols)), n_vocab=len(symbols.pieces), eos_token=list(symbols.ends)
        )
        self.worker = ThreadPoolExecutor(1, "grammar")
        self.compiled: OrderedDict[Constraint, Any] = OrderedDict()
        self.lock = threading.Lock()

    def guide(self, constraint: Constraint, limit: int | None = None) -> Grammar:
        """A guide at the beginning of a text of at most `limit` tokens; RecipeError says why there can be none."""
        with self.lock:
            if constraint not in self.compiled:
                self.compiled[constraint] = self.compile(constraint)
            self.compiled.move_to_end(constraint)
            while len(self.compiled) > KEPT:
                self.compiled.popitem(last=False)
            matcher = self.compiled[constraint].deep_copy()
        return Grammar(matcher, self.symbols, self.worker, constraint.json_behind, limit)

    def compile(self, constraint: Constraint) -> Any:
        from llguidance import LLMatcher, LLParserLimits

        try:
            source = constraint.source()
        except ValueError as error:
            raise constraint.refuse(first_line(str(error))) from None
        made = []

        def work() -> None:
            made.append(LLMatcher(self.tokenizer, source, log_level=0, limits=LLParserLimits(**LIMITS)))
            if not made[0].is_error():
                made[0].compute_bitmask()

        deeply(work)
        matcher = made[0]
        if matcher.is_error() or (matcher.is_stopped() and not matcher.is_accepting()):
            raise constraint.refuse(first_line(matcher.get_error()))
        return matcher


class Vocabulary:
    """Symbols as llguidance asks for them."""

    def __init__(self, symbols: Symbols) -> None:
        self.eos_token_id, self.bos_token_id = symbols.ends[0], None
        self.special_token_ids = [i for i, piece in enumerate(symbols.pieces) if not piece]
        self.tokens = [piece or f"<{i}>".encode() for i, piece in enumerate(symbols.pieces)]
        self.encode = symbols.encode

    def __call__(self, text: bytes | str) -> list[int]:
        return self.encode(text)


def first_line(error: str) -> str:
    """An error of llguidance in one line."""
    told = [line.strip() for line in error.splitlines() if line.strip() and not line.startswith("<")]
    found = " ".join(told)[:200] or "no text fits it"
    return "no text fits it" if found.startswith("NoExtension") else found


class Grammar:
    """A row's place in a grammar. With a `limit`, a text that would not end within it is brought to its end."""

    def __init__(
        self, matcher: Any, symbols: Symbols, worker: ThreadPoolExecutor, json_behind: bytes | None, limit: int | None
    ) -> None:
        self.matcher, self.symbols, self.worker, self.limit = matcher, symbols, worker, limit
        self.json_behind = json_behind
        self.said: list[int] = []
        self.moved: list[bool] = []  # whether the grammar moved with the token: it does not with a first half byte
        self.bits = np.zeros(0, np.uint8)  # the symbols that may come next, and after half a byte its other half
        self.plan: list[int] | None = None  # the tokens that end the text, once there is no time for others
        self.longest = DETOUR
        self.look = 0  # at how many tokens the time that is left is looked at again
        self.ended = False
        self.next: Future[Tensor] = worker.submit(self.work_out)

    def allowed(self) -> Tensor | None:
        return self.next.result()

    def took(self, token: int) -> bool:
        self.next.result()
        high = self.half
        self.said.append(token)
        if token in self.symbols.ends:
            self.moved.append(False)
            self.ended = True
            return True
        half = token < self.symbols.spelled and high is None
        self.moved.append(not half)
        if not half:
            self.matcher.consume_token(token if high is None else self.symbols.symbol(high, token))
        if self.plan:
            self.plan = self.plan[1:]
        full = self.limit is not None and len(self.said) >= self.limit  # then a whole text is one that has ended
        self.ended = not half and (
            self.matcher.is_stopped() or (full and self.matcher.is_accepting()) or self.plan == []
        )
        if not self.ended:
            self.next = self.worker.submit(self.work_out)
        return self.ended

    @property
    def half(self) -> int | None:
        """The half byte that waits for its other half."""
        waits = self.said and not self.moved[-1] and self.said[-1] < self.symbols.spelled
        return self.said[-1] if waits else None

    @property
    def broken(self) -> str | None:
        """Why the grammar could not go on, where it could not."""
        self.next.result()
        return first_line(self.matcher.get_error()) if self.matcher.is_error() else None

    def rewind(self, n: int) -> None:
        self.next.result()
        if n > len(self.said):
            raise ValueError(f"{n} tokens back of {len(self.said)}")
        steps = sum(self.moved[len(self.moved) - n :])
        if n:
            del self.said[-n:], self.moved[-n:]
        if steps and not self.matcher.rollback(steps):
            raise ValueError(f"the grammar cannot go back by {steps}")
        self.plan, self.look, self.ended = None, 0, False
        self.next = self.worker.submit(self.work_out)

    def copy(self) -> Self:
        self.next.result()
        twin = type(self).__new__(type(self))
        twin.__dict__ |= self.__dict__ | {"matcher": self.matcher.deep_copy()}
        twin.said, twin.moved = list(self.said), list(self.moved)
        return twin

    def work_out(self) -> Tensor:
        """(V,) what may come next."""
        if self.half is None and not self.plan:
            self.bits = np.frombuffer(self.matcher.compute_bitmask(), np.uint8)
            if self.matcher.is_error():
                return torch.zeros(self.symbols.vocab, dtype=torch.bool)
            self.mind_the_end()
        if self.plan:
            only_V = torch.zeros(self.symbols.vocab, dtype=torch.bool)
            only_V[self.plan[0]] = True
            return only_V
        return self.symbols.mask(self.bits, self.half)

    def json_text(self) -> bytes | None:
        """What was written of JSON, where it is any."""
        if self.json_behind is None:
            return None
        text = self.symbols.text(self.said)
        at = text.find(self.json_behind)
        return text[at + len(self.json_behind) :] if at >= 0 else b""

    def mind_the_end(self) -> None:
        """When hardly more tokens are left than the text needs to end, allow those alone that leave it enough; where it
        needs many, only those that end it. How many it needs is looked at ever more often, since one token may open
        what takes as many to close as anything before."""
        if self.limit is None or len(self.said) < self.look:
            return
        left = self.limit - len(self.said)
        text = self.json_text()
        found = closing(self.matcher, self.symbols, text, left)
        self.longest = max(self.longest, len(found or ()))
        spare = left // 2 if found is None else left - len(found) - self.longest
        if found is None or spare > 0:
            self.look = len(self.said) + max(1, spare // 4)
        elif len(found) > SHORT:
            self.plan = found
        else:
            self.bits = still_closing(self.matcher, self.symbols, text, self.bits, left)
            self.plan = None if self.bits.any() else found
