"""A text in another language, piece by piece.

In: a text and a language's name. Out: the translation, the numbers that it lost or made up, and which language it is in
by py3langid's judgement: a small model may answer in the wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass

from anew.errors import DataError, RecipeError, nearest
from anew.tasks.chat import CAREFUL, Ask, Chat, Message
from anew.tasks.facts import NUMBER, plain_number
from anew.tasks.passages import pieces
from anew.tasks.prompts import Made, made_by, prompt
from anew.tasks.summarise import LEAST_PIECE

PIECE = 300  # tokens
LANGUAGES = {
    "Arabic": "ar", "Bengali": "bn", "Chinese": "zh", "Czech": "cs", "Danish": "da", "Dutch": "nl", "English": "en",
    "Finnish": "fi", "French": "fr", "German": "de", "Greek": "el", "Hebrew": "he", "Hindi": "hi", "Hungarian": "hu",
    "Indonesian": "id", "Italian": "it", "Japanese": "ja", "Korean": "ko", "Norwegian": "no", "Persian": "fa",
    "Polish": "pl", "Portuguese": "pt", "Romanian": "ro", "Russian": "ru", "Spanish": "es", "Swahili": "sw",
    "Swedish": "sv", "Tamil": "ta", "Thai": "th", "Turkish": "tr", "Ukrainian": "uk", "Vietnamese": "vi",
}  # fmt: skip


@dataclass(frozen=True)
class Translation:
    """`lost` and `made_up`: numbers of one text that the other does not hold. `found`: the language that the
    translation is in, as two letters; `as_asked`: whether it is the one asked for."""

    text: str
    lost: tuple[str, ...]
    made_up: tuple[str, ...]
    found: str
    as_asked: bool
    made: Made


def translate(chat: Chat, text: str, language: str, *, seed: int = 0) -> Translation:
    """The text in a language of `LANGUAGES`."""
    import py3langid

    if not text.strip():
        raise DataError("there is nothing to translate: the text is empty")
    name = language.strip().capitalize()
    if name not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise RecipeError(f"no language is called {language!r} here{nearest(name, LANGUAGES)}: {known}")
    used = prompt("translate")

    def messages(part: str) -> tuple[Message, ...]:
        return used.messages(text=part.strip(), language=name)

    empty = chat.length(messages(""))
    room = min((chat.context + empty) // 3, empty + PIECE)  # other languages may take twice the tokens
    if room < empty + LEAST_PIECE:
        raise RecipeError(f"{chat.name} holds {chat.context:,} tokens, too few for a text and its translation")
    parts = pieces(text, room, lambda part: chat.length(messages(part)))
    said = [part for part in parts if part.text.strip()]
    lengths = [chat.length(messages(part.text)) - empty for part in said]
    asks = [
        Ask(messages(p.text), seed + i, 2 * n + 16, CAREFUL) for i, (p, n) in enumerate(zip(said, lengths, strict=True))
    ]
    whole = "".join(
        answer.text.strip() + part.text[len(part.text.rstrip()) :]
        for answer, part in zip(chat.answers(asks), said, strict=True)
    )
    before, after = numbers(text), numbers(whole)
    found, _ = py3langid.classify(whole)
    made = made_by("translate", used, chat, seed)
    lost, made_up = tuple(sorted(before - after)), tuple(sorted(after - before))
    return Translation(whole, lost, made_up, found, found == LANGUAGES[name], made)


def numbers(text: str) -> set[str]:
    return {plain_number(match[0]) for match in NUMBER.finditer(text)}
