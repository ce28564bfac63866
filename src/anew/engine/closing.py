"""The way to the end of a text that a grammar holds: a short run of tokens after which the text is whole.

In: a matcher in some place of its grammar. Out: tokens that complete it, or None where none were found in as many. What
is forced is written as it is; where there is a choice, the one that usually ends something is taken: a bracket before a
comma, a comma before a digit, and inside a JSON string its end before anything else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anew.engine.symbols import Symbols

STRUCTURE = frozenset(b'"\\{}[],:')
MANY, FEW = 32, 8  # symbols of which all are tried; of more, so many
Bits = NDArray[np.uint8]

DIGITS_AND_LETTERS = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
OUTSIDE = b'}],:"' + DIGITS_AND_LETTERS + b"[{-"
INSIDE = b'"' + DIGITS_AND_LETTERS + b"_-./:@ "


def closing(matcher: Any, symbols: Symbols, json_text: bytes | None, most: int) -> list[int] | None:
    """At most `most` tokens that end the text. `json_text` is what was written, of a JSON text; None of any other."""
    way, tokens, quoted = matcher.deep_copy(), list[int](), Quotes()
    quoted.read(json_text or b"")
    orders = {inside: order_of(symbols, inside) for inside in (False, True)}
    while len(tokens) < most and not way.is_error():
        if way.is_accepting():
            return tokens
        forced = way.compute_ff_bytes()
        wanted = symbols.encode(forced) if forced and whole(forced) else []
        taken = way.try_consume_tokens(wanted) if wanted else 0
        if not taken:
            bits = np.unpackbits(np.frombuffer(way.compute_bitmask(), np.uint8), bitorder="little")
            wanted = choice(bits, orders[quoted.inside and json_text is not None], symbols)
            taken = way.try_consume_tokens(wanted)
            if not taken:
                return None
        for symbol in wanted[:taken]:
            tokens += symbols.tokens(symbol)
            quoted.read(symbols.pieces[symbol])
    return None if way.is_error() or not way.is_accepting() or len(tokens) > most else tokens


def still_closing(matcher: Any, symbols: Symbols, json_text: bytes | None, bits: Bits, left: int) -> Bits:
    """Of the symbols set in `bits` those after which the text can still end within `left` tokens. Where there are many,
    a few are tried for all that are like them: tokens of whole characters, and of JSON those without its signs."""
    allowed = np.flatnonzero(np.unpackbits(bits, bitorder="little")[: len(symbols.pieces)]).tolist()
    said = [i for i in allowed if symbols.pieces[i]]
    few, others, alike = list[int](), said, list[int]()
    if len(said) > MANY:
        signs = STRUCTURE if json_text is not None else frozenset[int]()
        alike = [
            i for i in said if i < symbols.vocab and whole(symbols.pieces[i]) and signs.isdisjoint(symbols.pieces[i])
        ]
        few = alike[:: 1 + len(alike) // FEW]
        others = [i for i in said if len(symbols.pieces[i]) == 1 and symbols.pieces[i][0] in signs]
    fits = [i for i in (*few, *others) if can_close(matcher, symbols, json_text, i, left)]
    fits += alike if set(few) <= set(fits) else []
    kept = np.zeros(8 * len(bits), np.uint8)
    kept[[*fits, *(i for i in allowed if not symbols.pieces[i])]] = 1  # the end itself is no byte
    return np.packbits(kept, bitorder="little")


def can_close(matcher: Any, symbols: Symbols, json_text: bytes | None, symbol: int, left: int) -> bool:
    """Whether the text can end within `left` tokens that begin with this symbol's."""
    way, more = matcher.deep_copy(), left - len(symbols.tokens(symbol))
    text = None if json_text is None else json_text + symbols.pieces[symbol]
    return more >= 0 and way.consume_token(symbol) and closing(way, symbols, text, more) is not None


def order_of(symbols: Symbols, inside: bool) -> list[int]:
    """Symbols of single bytes, the first to be tried first."""
    first = [symbols.single[b] for b in (INSIDE if inside else OUTSIDE) if b in symbols.single]
    return [*first, *(i for b, i in sorted(symbols.single.items()) if i not in set(first) and b != ord("\\"))]


def choice(bits: Bits, order: list[int], symbols: Symbols) -> list[int]:
    """The first symbol of the order that may come next, or else the shortest."""
    allowed = next((i for i in order if bits[i]), None)
    if allowed is not None:
        return [allowed]
    others = [i for i in np.flatnonzero(bits[: len(symbols.pieces)]).tolist() if symbols.pieces[i]]
    return [min(others, key=lambda i: len(symbols.pieces[i]))] if others else []


def whole(text: bytes) -> bool:
    """Whether the bytes are whole characters."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


class Quotes:
    """Whether what has been read of a JSON text ends inside a string."""

    def __init__(self) -> None:
        self.inside = self.escaped = False

    def read(self, text: bytes) -> None:
        for byte in text:
            if self.escaped:
                self.escaped = False
            elif byte == ord('"'):
                self.inside = not self.inside
            elif byte == ord("\\"):
                self.escaped = self.inside
