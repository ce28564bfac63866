"""A file's encoding is told from its bytes, for the tables that people's files are in."""

import io

import pytest

from anew.collect.text import NotText, decode_stream

TEXTS = {
    "fr": ("cp1252", "Le café est très bon, même à midi."),
    "es": ("latin-1", "El niño comió mañana en España."),
    "pt": ("cp1252", "Não há informação disponível ainda."),
    "de": ("cp1252", "„Schöne Grüße“ aus München – für 5 €"),
    "sv": ("latin-1", "Jag älskar smörgåsar på lördag"),
    "pl": ("cp1250", "Zażółć gęślą jaźń i jeszcze coś dłuższego"),
    "cs": ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
    "ru": ("cp1251", "Привет, как твои дела сегодня? Погода хорошая."),
    "el": ("cp1253", "Καλημέρα κόσμε, τι κάνεις σήμερα;"),
    "ja": ("shift_jis", "これは日本語の文章です。とても長いです。"),
    "zh": ("gb18030", "这是一个中文句子，编码检测应该可以。"),
    "utf-8": ("utf-8", "naïve 東京 🙂 Привет"),
    "utf-16": ("utf-16", "naïve 東京 🙂 Привет"),
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("times", [1, 40])
def test_encoding_is_found(name: str, times: int) -> None:
    encoding, text = TEXTS[name]
    text = "\n".join([text] * times)
    assert "".join(decode_stream(io.BytesIO(text.encode(encoding)))) == text


@pytest.mark.parametrize(
    "said", ["un carré é", "São Paulo", "el niño", "smørrebrød", "ein grünes Herz", "café", "un œuf"]
)
def test_a_caption_with_a_few_accents_is_western(said: str) -> None:
    assert "".join(decode_stream(io.BytesIO(said.encode("cp1252")))) == said


def test_a_character_may_lie_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "東京🙂" * 999
    monkeypatch.setattr("anew.collect.text.HEAD_BYTES", 10)
    monkeypatch.setattr("anew.collect.text.BLOCK_BYTES", 7)
    assert "".join(decode_stream(io.BytesIO(text.encode()))) == text


def test_a_stray_byte_far_down_is_read_as_western() -> None:
    content = b"plain text\n" * 20_000 + "café\n".encode("latin-1") + "東京\n".encode()
    assert "".join(decode_stream(io.BytesIO(content))).endswith("café\n東京\n")


def test_zeros_are_not_text() -> None:
    with pytest.raises(NotText):
        list(decode_stream(io.BytesIO(b"abc\0def")))
