"""Each task with weights drawn at random: the form of what comes out must hold whatever the model would rather say."""

import json
from dataclasses import asdict

import pytest
from talkers import artifact, talker

from anew.data.home import home
from anew.errors import DataError, NotFound, RecipeError
from anew.tasks.answer import answer
from anew.tasks.chat import Ask, Message
from anew.tasks.draft import draft
from anew.tasks.extract import extract, schema_of, unsaid
from anew.tasks.facts import unsupported
from anew.tasks.ideas import alike, brainstorm, outline
from anew.tasks.model import Talking
from anew.tasks.passages import sentences
from anew.tasks.quotes import one_sentence_of, quote
from anew.tasks.rewrite import WAYS, rewrite
from anew.tasks.summarise import summarise
from anew.tasks.support import DECOYS, by_chance, pairs, support, threshold, version
from anew.tasks.translate import translate

TEXT = (
    "The ferry left Oslo at 9.15. “Nobody came,” said Anna Berg; it rained!\n\nIn 1871 a harbour was dug by hand. "
    'It has a "stone" pier {and} 2 lamps. Über 日本 wird geschrieben. The last one ends here'
)
MODELS = [("bytes", 0), ("vocabulary", 2)]


class Listening(Talking):
    """Remembers what it was asked."""

    def __init__(self, *given):
        super().__init__(*given)
        self.heard = []

    def answers(self, asks):
        self.heard += [ask.messages[-1].content for ask in asks]
        return super().answers(asks)


def calibrated(chat, scores):
    """As if these had been measured of the model."""
    path = home() / "support" / f"{chat.digest[:32]}-{version()}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(scores), "utf-8")


@pytest.mark.parametrize(("codec", "seed"), MODELS)
def test_quotations_are_whole_sentences_word_for_word(codec, seed):
    chat = talker(codec, seed)
    calibrated(chat, [-1e9] * 9)
    bodies = [one.text.strip() for one in sentences(TEXT)]
    for draw in range(4):
        found = answer(chat, "When did the ferry leave?", ["Nothing about it.", TEXT], seed=draw)
        (one,) = found.quotes
        document = ("Nothing about it.", TEXT)[one.document]
        assert not found.abstained and found.text
        assert document[one.start : one.end] == one.text and one.text in document
        assert one.document == 0 or one.text in bodies
        assert not unsupported(found.text, document + "When did the ferry leave?")
    assert found.made.prompt == "answer.v1" and found.made.model == "tiny" and found.made.seed == 3


@pytest.mark.parametrize(("codec", "seed"), MODELS)
def test_a_model_quotes_what_stands_there(codec, seed):
    bodies = [one.text.strip() for one in sentences(TEXT)]
    for draw in range(6):
        span = quote(talker(codec, seed), Ask((Message("user", "Quote!"),), draw, 200, 1.5), TEXT)
        assert TEXT[span.start : span.end] == span.text and span.text in bodies
    assert one_sentence_of('Say "\\" twice.\nSo.').form == "grammar"


def test_what_likelihood_does_not_support_is_not_answered():
    chat = talker()
    calibrated(chat, [1e9] * 9)
    found = answer(chat, "When did the ferry leave?", [TEXT])
    assert found.abstained and found.text is None and found.quotes == () and found.support < found.needed
    assert answer(chat, "When did the ferry leave?", [TEXT]) == found


def test_support_is_the_gain_in_likelihood_beside_decoys():
    from anew.tasks.prompts import prompt

    chat, question = talker(), "When did it leave?"
    (found,) = support(chat, question, [TEXT])
    read = [*(pair["passage"] for pair in pairs()[:DECOYS]), TEXT]
    nats = [chat.nats(prompt("asking").messages(passage=one), question) for one in read]
    assert found == pytest.approx((sum(nats[:-1]) / DECOYS - nats[-1]) / 4)


def test_the_threshold_lets_as_few_pass_as_it_says():
    scores = [float(i) for i in range(99)]
    assert threshold(scores) == 89.0  # ten of a hundred pass it
    assert threshold(scores, passages=5) == 97.0  # two of a hundred
    assert threshold(scores, passages=1000) == 98.0  # more than a hundred scores can tell: the highest
    assert threshold([0.5]) == 0.5


def test_a_model_is_calibrated_once():
    chat, told = talker(), []
    first = by_chance(chat, lambda done, of: told.append((done, of)))
    asked = len(pairs()) - DECOYS
    assert len(first) == asked * (asked - 1) and told[-1] == (asked, asked)
    assert by_chance(chat, lambda done, of: pytest.fail("again")) == first
    (path,) = (home() / "support").iterdir()
    path.write_text("[half", "utf-8")
    assert by_chance(chat) == first


@pytest.mark.parametrize(("codec", "seed"), MODELS)
def test_extraction_is_valid(codec, seed):
    schema = schema_of("name, year:integer, rain:boolean, works:list")
    schema["properties"]["name"]["maxLength"] = 20
    schema["properties"]["works"] = {"type": "array", "items": {"type": "string", "maxLength": 9}, "maxItems": 2}
    for draw in range(2):
        found = extract(talker(codec, seed), TEXT, schema, seed=draw)
        assert list(found.value) == ["name", "year", "rain", "works"]
        assert isinstance(found.value["name"], str) and len(found.value["name"]) <= 20
        assert type(found.value["year"]) is int and type(found.value["rain"]) is bool
        assert all(isinstance(one, str) for one in found.value["works"]) and len(found.value["works"]) <= 2
        assert set(found.unsupported) <= {"name", "year", "works[0]", "works[1]"}


def test_what_a_text_does_not_say_is_named():
    value = {"who": "anna  berg", "year": 1871, "other": [{"x": "Bergen"}, 9.15, 7, True, None]}
    assert list(unsaid(value, TEXT)) == ["other[0].x", "other[2]"]


def test_fields_make_a_schema():
    made = schema_of("name, born:integer")
    assert made["required"] == ["name", "born"] and made["properties"]["born"] == {"type": "integer"}
    for wrong in ("", "a b", "x:integr", "9x"):
        with pytest.raises(RecipeError, match="NAME"):
            schema_of(wrong)


def test_a_long_text_is_read_whole_and_summed_up():
    text = " ".join(f"Boat {i} sailed to Oslo with {i * 7} people on board." for i in range(40))
    chat = Listening(artifact("bytes", 1, 900))
    found = summarise(chat, text, words=10)
    assert found.pieces[0][0] == 0 and found.pieces[-1][1] == len(text) and len(found.pieces) > 2
    assert all(a[1] == b[0] for a, b in zip(found.pieces, found.pieces[1:], strict=False))
    for start, end in found.pieces:
        assert any(text[start:end].strip() in heard for heard in chat.heard)
    assert found.text and not unsupported(found.text, text)


@pytest.mark.parametrize(("codec", "seed"), MODELS)
def test_a_summary_claims_nothing_new(codec, seed):
    found = summarise(talker(codec, seed), TEXT, words=12, seed=4)
    assert found.text and not unsupported(found.text, TEXT) and found.pieces == ((0, len(TEXT)),)
    assert all(one.missing for one in found.dropped)
    assert summarise(talker(codec, seed), TEXT, words=12, seed=4) == found


def test_a_part_of_which_no_sentence_holds_is_quoted():
    """What random weights say holds a number or a name often enough that some seed has none that is in the text."""
    found = [summarise(talker("bytes", 1), "so it was. and so it is.", words=16, seed=seed) for seed in range(0, 9, 3)]
    assert any(one.quoted for one in found)
    for one in found:
        assert not one.quoted or one.text in "so it was. and so it is."


def test_ideas_are_as_many_as_asked_for_and_never_twice():
    found = brainstorm(talker(), "Rain in Oslo", angles=("Cheaply.", "Backwards."), count=1, seed=1)
    assert len(found.ideas) + found.repeated == 2
    assert {one.angle for one in found.ideas} <= {"Cheaply.", "Backwards."}
    assert alike("A boat for two", "a boat for TWO!") and not alike("A boat for two", "Rain on the roof")


def test_an_outline_has_its_form_and_a_draft_follows_it():
    found = outline(talker(), "Rain", sections=2, points=1)
    assert [len(one.points) for one in found.sections] == [1, 1]
    assert found.text().splitlines()[0] == f"# {found.title}"
    made = draft(talker(), found, words=40)
    assert len(made.sections) == 2 and made.outline == found and made.text.count("\n## ") == 2


def test_a_rewrite_tells_what_it_changed():
    found = rewrite(talker(), TEXT, drafts=2)
    assert found.drafts == 2 and found.before is not None and found.text
    assert set(found.added) == set(unsupported(found.text, TEXT))
    assert rewrite(talker(), TEXT, "Write it as a letter.", drafts=1, rounds=2).drafts == 2
    with pytest.raises(RecipeError, match="simpler"):
        rewrite(talker(), TEXT, "simplr")
    assert "simpler" in WAYS


def test_a_translation_tells_what_became_of_its_numbers():
    found = translate(talker(), "In 1871, 9.15.", "german")
    assert set(found.lost) <= {"1871", "9.15"} and not set(found.made_up) & {"1871", "9.15"}
    assert found.as_asked == (found.found == "de")
    with pytest.raises(RecipeError, match="German"):
        translate(talker(), "x", "Germn")


@pytest.mark.parametrize(
    "task",
    [
        lambda: summarise(talker(), " \n"),
        lambda: answer(talker(), " ", [TEXT]),
        lambda: answer(talker(), "Why?", ["", " "]),
        lambda: extract(talker(), "", {"type": "object"}),
        lambda: rewrite(talker(), ""),
        lambda: translate(talker(), "", "German"),
        lambda: brainstorm(talker(), ""),
        lambda: outline(talker(), " "),
    ],
)
def test_nothing_is_made_of_nothing(task):
    with pytest.raises(DataError):
        task()


@pytest.mark.parametrize(
    "task",
    [
        lambda: summarise(talker(), TEXT, words=0),
        lambda: summarise(talker(context=128), TEXT),
        lambda: extract(talker(), TEXT, {"type": "strange"}),
        lambda: extract(talker(), "x" * 5000, {"type": "object"}),
        lambda: extract(talker(), TEXT, {"type": "string", "minLength": 5000}),
        lambda: answer(talker(context=300), "Why?" * 100, [TEXT]),
        lambda: brainstorm(talker(), "x", count=99),
        lambda: draft(talker(), "x", words=1),
        lambda: rewrite(talker(), "x", drafts=0),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(task):
    with pytest.raises((RecipeError, NotFound, DataError)) as error:
        task()
    assert len(str(error.value).splitlines()) <= 2


def test_results_are_plain_values():
    made = asdict(summarise(talker(), TEXT, words=12))
    assert json.loads(json.dumps(made))["made"]["prompt_sha256"] == made["made"]["prompt_sha256"]
    assert Message("user", "x").role == "user"
