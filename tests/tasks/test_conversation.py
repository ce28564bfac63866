"""Conversations are kept line by line: what was said is on the disk, and resuming goes on as if nothing was."""

import json

import pytest
from talkers import talker

from anew.errors import Damaged, NotFound, RecipeError
from anew.tasks.chat import Message
from anew.tasks.conversation import Conversation, kept, lines

SHORT = {"max_new": 20}


def silent(text):
    pass


def test_a_resumed_conversation_goes_on_as_it_would_have():
    chat = talker()
    one, other = (Conversation.begin("tiny", 7, "Be brief.") for _ in range(2))
    for said in ("Hello", "And now?"):
        one.say(said)
        one.answer(chat, silent, **SHORT)
    other.say("Hello")
    other.answer(chat, silent, **SHORT)
    again = Conversation.resume(other.id)
    assert (again.turns, again.seed, again.system, again.answers) == (other.turns, 7, "Be brief.", 1)
    again.say("And now?")
    again.answer(chat, silent, **SHORT)
    assert again.turns == one.turns and len(one.turns) == 4
    assert Conversation.resume("last").turns == again.turns and kept() == [one.id, other.id]


def test_what_is_said_is_on_the_disk_before_it_is_answered_and_what_is_shown_stays():
    one, chat = Conversation.begin("tiny"), talker()
    one.say("Hello")

    def stop(text):
        assert [event.get("content") for event in lines(one.path)][-1] == "Hello"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        one.answer(chat, stop, max_new=60)
    assert Conversation.resume(one.id).turns[-1].role == "assistant"
    last = list(lines(one.path))[-1]
    assert last["finish"] == "stopped" and last["content"] == one.turns[-1].content != ""


def test_retry_draws_another_answer_and_keeps_the_old_one_in_the_file():
    one, chat = Conversation.begin("tiny", 3), talker()
    one.say("Hello")
    first = one.answer(chat, silent, **SHORT)
    one.retry()
    assert one.turns == [Message("user", "Hello")]
    second = one.answer(chat, silent, **SHORT)
    assert second.text != first.text and one.turns[-1].content == second.text and len(one.turns) == 2
    events = list(lines(one.path))
    assert [event["seed"] for event in events if event.get("role") == "assistant"] == [3, 4]
    assert Conversation.resume(one.id).turns == one.turns
    with pytest.raises(RecipeError, match="nothing was said"):
        Conversation.begin("tiny").retry()


def test_a_seed_and_what_the_model_is_told_can_be_set_on_the_way():
    one = Conversation.begin("tiny", 3)
    one.set_seed(11)
    one.set_system("Rhyme.")
    again = Conversation.resume(one.id)
    assert (again.seed, again.system) == (11, "Rhyme.")
    with pytest.raises(RecipeError, match="seed"):
        one.set_seed(-1)


def test_half_a_line_is_let_be_and_the_next_one_is_whole():
    one = Conversation.begin("tiny")
    one.say("Hello")
    with open(one.path, "ab") as file:
        file.write(b'{"role": "assistant", "cont')
    again = Conversation.resume(one.id)
    assert again.turns == [Message("user", "Hello")]
    again.say("Anyone? \ud800 \u2028")
    assert Conversation.resume(one.id).turns == [Message("user", "Anyone? \ud800 \u2028")]


def test_a_long_conversation_forgets_its_first_turns_and_not_what_the_system_said():
    one, chat = Conversation.begin("tiny", 0, "Be brief."), talker(context=300)
    for i in range(6):
        one.say(f"This is message {i} of several.")
        one.answer(chat, silent, max_new=16)
    messages, left = one.fitting(chat, 16)
    assert left > 0 and messages[0] == Message("system", "Be brief.") and messages[1].role == "user"
    assert chat.length(messages) <= 300 - 16 and len(one.turns) == 12
    assert list(lines(one.path))[-1]["left_out"] > 0


def test_what_was_killed_before_its_first_line_is_not_the_last_conversation():
    one = Conversation.begin("tiny")
    one.say("Hello")
    ghost = one.path.with_stem(f"{one.id[:11]}{int(one.id[11:]) + 1}")
    ghost.touch()
    assert Conversation.resume("last").turns == one.turns and kept() == [one.id]
    assert Conversation.begin("tiny").id > ghost.stem


def test_what_lies_over_the_model_is_kept_and_goes_with_it():
    one = Conversation.begin("tiny", adapters=(("polite", 1.0), ("short", 0.5)))
    assert Conversation.resume(one.id).adapters == (("polite", 1.0), ("short", 0.5)) == one.adapters
    one.set_model("other")
    assert (Conversation.resume(one.id).model, Conversation.resume(one.id).adapters) == ("other", ())
    for strange in (7, [7], [["polite"]], [["polite", None]], "polite"):
        one.write({"model": "tiny", "adapters": strange})
        assert Conversation.resume(one.id).adapters == ()


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "2026-01-01-1", "last", "2026-01-01-1/../x", "a\0b"])
def test_only_conversations_are_resumed(name):
    with pytest.raises(NotFound):
        Conversation.resume(name)


def test_a_file_that_is_none_is_refused():
    one = Conversation.begin("tiny")
    for content in (b"\x00\xff", b"[1]\n{}\n", b'{"role": "user", "content": "no model"}\n', b"[" * 100_000):
        one.path.write_bytes(content)
        with pytest.raises(Damaged):
            Conversation.resume(one.id)


def test_a_conversation_reads_as_markdown():
    one = Conversation.begin("tiny", 0, "Be brief.")
    one.say("Hello")
    assert one.text() == "**system**\n\nBe brief.\n\n**user**\n\nHello\n"
    assert all(json.dumps(event) for event in lines(one.path))
