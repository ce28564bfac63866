"""Long texts in sentences, and SSML: what is honoured, and what is refused by name."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anew.codecs.spoken.sentences import LONGEST, sentences
from anew.codecs.spoken.ssml import DEEPEST, MOST_BYTES, MOST_ELEMENTS, Piece, is_ssml, pieces, said_as
from anew.errors import DataError

CUT = [
    "Dr. Smith went to Washington, D.C. | He met Mr. Lee at 5 p.m. on Jan. 5. | Then he left.",
    '"Really?" she said. | Yes! | It cost $3.50. | J. K. Rowling wrote it.',
    "He was no. 5. | So am I. | We go. | Wait... what? | No!",
    "See e.g. this, or Fig. 3. | Acme Inc. is old. | The end.",
    "It begins at 9 a.m. Monday. | It ends at 5 p.m. | Nobody stays.",
    "One sentence without a stop",
]


@pytest.mark.parametrize("text", CUT)
def test_a_text_is_cut_where_its_sentences_end(text: str) -> None:
    assert [one.text for one in sentences(text.replace(" | ", " "))] == text.split(" | ")


def test_paragraphs_end_sentences_and_lines_do_not() -> None:
    found = sentences("A heading\n\nA line\nthat goes on. Next.\n- an item\n- another\n\n\n \n")
    assert [one.text for one in found] == ["A heading", "A line that goes on.", "Next.", "- an item", "- another"]
    assert [one.ends for one in found] == [True, False, True, True, True]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["word", "and", "Dr.", "3.5", "end.", "so,", "x" * 400, "Yes!", "U.S."]), max_size=150))
def test_no_word_is_lost_and_no_piece_is_too_long(words: list[str]) -> None:
    found = [one.text for one in sentences(" ".join(words))]
    assert "".join("".join(found).split()) == "".join(words), "a word was lost"
    assert all(len(one) <= max(LONGEST, 1) for one in found)


@pytest.mark.parametrize("part", ["1,", "a", "...", ". ", "A.", "1-", '"', "Dr. "])
def test_a_long_text_takes_no_long_time(part: str) -> None:
    begun = time.process_time()
    found = sentences((part * 100_000)[:100_000])
    assert time.process_time() - begun < 2 and max((len(one.text) for one in found), default=0) <= LONGEST


# ------------------------------------------------------------------------------------------------ SSML


def test_what_ssml_says_is_honoured() -> None:
    text = """<?xml version="1.0"?>
    <speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">
      <p><s>One. Two.</s></p>
      <prosody rate="200%" pitch="+2st" volume="-6dB">Fast <prosody rate="50%">slow</prosody></prosody>
      <break time="750ms"/> <emphasis level="strong">Now</emphasis>
      <sub alias="World Wide Web">WWW</sub>
      <say-as interpret-as="characters">AB1</say-as>
      <phoneme alphabet="ipa" ph="təˈmeɪtoʊ">tomato</phoneme>
    </speak>"""
    assert is_ssml(text) and not is_ssml("I <speak> so")
    found = pieces(text.replace('<?xml version="1.0"?>', "").strip())
    assert [one.text for one in found] == ["One.", "Two.", "Fast", "slow", "Now", "World Wide Web", "A B one", "tomato"]
    assert [one.rate for one in found] == [1, 1, 2, 1, 0.85, 1, 1, 1]
    assert found[2] == Piece("Fast", 2.0, 2.0, -6.0, 0.7) and found[4].pause == 0.75 and found[4].volume == 3
    assert found[1].pause is None and found[3].pause == 0, "a piece that goes on with a sentence waits"
    assert found[-1].phones == "təˈmeɪtoʊ" and found[-1].alphabet == "ipa" and found[6].words


@pytest.mark.parametrize(
    ("kind", "text", "form", "said"),
    [
        ("cardinal", "1,234", "", "one thousand two hundred thirty four"), ("ordinal", "3", "", "third"),
        ("digits", "12-34", "", "one two three four"), ("telephone", "12-34", "", "one two, three four"),
        ("characters", "aB-1", "", "A B one"), ("date", "03-04-2021", "dmy", "the third of April, twenty twenty one"),
        ("date", "2021/4/3", "ymd", "April third, twenty twenty one"), ("date", "5", "dmy", "five"),
        ("date", "13-13-2021", "dmy", "thirteen thirteen two thousand twenty one"),
        ("year", "1500", "", "fifteen hundred"), ("time", "9:05", "", "nine oh five"),
        ("currency", "$5", "", "five dollars"), ("unit", "5km", "", "five kilometers"),
        ("cardinal", "many", "", "many"),
    ],
)  # fmt: skip
def test_what_a_text_is_said_to_be_it_is_read_as(kind: str, text: str, form: str, said: str) -> None:
    assert said_as(text, kind, form) == said
    inner = f'<say-as interpret-as="{kind}"' + (f' format="{form}"' if form else "") + f">{text}</say-as>"
    assert pieces(f"<speak>{inner}</speak>")[0].text == said


ENTITIES = '<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
HOSTILE = {
    "<speak>": "line 1", "<speak></speak><speak></speak>": "junk", "<speak>&x;</speak>": "undefined entity",
    "<speak><foo/></speak>": "<foo> is not known; known are speak", "<speak><brake/></speak>": "did you mean 'break'",
    '<speak><p size="3"/></speak>': "<p> has no 'size'", "<speak><speak/></speak>": "outermost",
    '<speak><break time="1h"/></speak>': "such as 500ms", '<speak><break time="11s"/></speak>': "at most 10s",
    '<speak><break strength="huge"/></speak>': "known are none", "<speak><sub>x</sub></speak>": "needs its alias",
    '<speak><prosody rate="-200%"/></speak>': "rate='-200%'", '<speak><prosody rate="0"/></speak>': "rate='0'",
    '<speak><prosody pitch="200Hz"/></speak>': "one of x-low", '<speak><prosody volume="50%"/></speak>': "volume='50%'",
    '<speak><say-as interpret-as="x">1</say-as></speak>': "interpret-as='x'",
    "<speak><phoneme>a</phoneme></speak>": "needs ph",
    '<speak><phoneme alphabet="x-sampa" ph="a">a</phoneme></speak>': "alphabet ipa",
    '<speak><emphasis level="x">a</emphasis></speak>': "level='x'", '<speak xml:lang="de">Ja</speak>': "English alone",
    '<speak><sub alias="a"><p/></sub></speak>': "holds text alone",
    "<speak><?php x ?></speak>": "processing instruction",
    "<speak>" + "<p>" * DEEPEST + "</p>" * DEEPEST + "</speak>": "within each other",
    "<speak>" + "<p/>" * MOST_ELEMENTS + "</speak>": "in all", "<speak>" + "a" * MOST_BYTES + "</speak>": "more than",
    "<speak>a\0b</speak>": "not well-formed",
    f'<speak><sub alias="{"1" * 5000}">a</sub></speak>': "more than 2,000 characters",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_ssml_that_is_wrong_is_refused_in_a_line(text: str) -> None:
    with pytest.raises(DataError) as refused:
        pieces(text)
    assert HOSTILE[text] in str(refused.value) and "SSML" in str(refused.value)


@pytest.mark.parametrize("head", [ENTITIES, '<!DOCTYPE s SYSTEM "file:///etc/passwd">', "<!DOCTYPE s>"])
def test_nothing_outside_the_text_is_looked_at(head: str) -> None:
    """Entities that grow, and files that an entity names."""
    from anew.codecs.spoken.ssml import Reader

    with pytest.raises(DataError, match="a document type is not read"):
        Reader().read(f"{head}<speak>&b;</speak>")
