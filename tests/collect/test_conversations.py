"""Conversations in the shapes that people keep them in, each told apart by its columns; what is none is named."""

import json

import pytest

from anew.codecs.conversations import answered, asked, loads, spoken
from anew.collect import collect
from anew.collect.conversations import NoConversation, conversation
from anew.collect.tables import WrongColumns
from anew.data.records import read_records
from anew.data.removals import NAME
from anew.errors import DataError
from anew.recipe import Data

USER, BOT = {"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}
ONE = [USER, BOT]
SHAPES = {
    "openai": {"messages": ONE},
    "openai in parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi?"}]}, BOT]},
    "sharegpt": {"conversations": [{"from": "human", "value": "Hi?"}, {"from": "gpt", "value": "Hello."}]},
    "alpaca": {"instruction": "Hi?", "input": "", "output": "Hello."},
    "completion": {"prompt": "Hi?", "completion": "Hello."},
    "completion of messages": {"prompt": [USER], "completion": [BOT]},
    "response": {"Prompt": "Hi?", "Response": "Hello.", "id": 3},
    "answer": {"question": "Hi?", "answer": "Hello."},
    "answers": {"question": "Hi?", "answers": ["Hello.", "Good day."]},
    "as JSON in a cell": {"messages": json.dumps(ONE)},
    "unanswered end": {"messages": [*ONE, USER]},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_the_same_conversation(shape):
    assert conversation(SHAPES[shape]) == {"messages": ONE}


def test_what_stands_beside_is_heard():
    found = conversation(
        {"system": "Be kind.", "instruction": "Sum it up.", "input": "A long text.", "output": "Text."}
    )
    assert [m["role"] for m in found["messages"]] == ["system", "user", "assistant"]
    assert found["messages"][1]["content"] == "Sum it up.\n\nA long text."
    many = conversation({"conversations": [{"from": "human", "value": "1"}, {"from": "gpt", "value": "2"}] * 3})
    assert len(many["messages"]) == 6 and asked(many["messages"])[1] == "2"


PAIR = {"messages": [USER], "chosen": "Hello.", "rejected": "What?"}
PAIRS = {
    "texts": {"prompt": "Hi?", "chosen": "Hello.", "rejected": "What?"},
    "messages": {"prompt": [USER], "chosen": [BOT], "rejected": [{"role": "assistant", "content": "What?"}]},
    "whole conversations": {"chosen": ONE, "rejected": [USER, {"role": "assistant", "content": "What?"}]},
    "both": {"prompt": "Hi?", "chosen": ONE, "rejected": [USER, {"role": "assistant", "content": "What?"}]},
    "marked turns": {"chosen": "\n\nHuman: Hi?\n\nAssistant: Hello.", "rejected": "\n\nHuman: Hi?\n\nAssistant: What?"},
    "openai": {
        "input": {"messages": [USER]},
        "preferred_output": [BOT],
        "non_preferred_output": [{"role": "assistant", "content": "What?"}],
    },
}


@pytest.mark.parametrize("shape", PAIRS)
def test_each_shape_is_the_same_preference(shape):
    found = conversation(PAIRS[shape])
    assert found == PAIR
    assert answered(found) == ONE and answered(found, "rejected")[-1]["content"] == "What?"


def test_a_system_message_beside_a_preference_is_heard():
    found = conversation({"system": "Be kind.", "question": "Hi?", "chosen": "Hello.", "rejected": "What?"})
    assert found["messages"] == [{"role": "system", "content": "Be kind."}, USER]


NONE = {
    "no answer": {"messages": [USER]},
    "nothing asked": {"messages": [BOT]},
    "a stranger": {"messages": [{"role": "narrator", "content": "Once"}, BOT]},
    "a picture": {"messages": [{"role": "user", "content": [{"type": "image_url"}]}, BOT]},
    "a number for turns": {"messages": [1, 2]},
    "the same answer twice": {"prompt": "Hi?", "chosen": "Yes.", "rejected": "Yes."},
    "an empty answer": {"prompt": "Hi?", "completion": " "},
    "parted early": {"chosen": ONE, "rejected": [{"role": "user", "content": "Ho?"}, BOT]},
    "a call": {"messages": [USER, BOT | {"tool_calls": [{"id": "c"}]}, BOT]},
    "an answer not to be learnt": {"messages": [USER, BOT | {"weight": 0}, USER, BOT]},
    "no turns": {"chosen": "Hello.", "rejected": "What?"},
}


@pytest.mark.parametrize("what", NONE)
def test_what_is_no_conversation_says_why(what):
    with pytest.raises(NoConversation) as raised:
        conversation(NONE[what])
    assert str(raised.value)


def test_unknown_columns_are_listed():
    with pytest.raises(WrongColumns, match="'colour'.*give messages"):
        conversation({"colour": "red"})


@pytest.mark.parametrize("suffix", [".jsonl", ".json"])
def test_a_file_becomes_records_and_says_what_it_left_out(tmp_path, suffix):
    rows = [SHAPES["openai"], {"messages": [USER]}, {"prompt": "Hé?", "completion": "Ho."}]
    whole = json.dumps(rows) if suffix == ".json" else "\n".join(map(json.dumps, rows))
    (tmp_path / f"data{suffix}").write_text(whole)
    made = collect(Data(source=str(tmp_path / f"data{suffix}")), "chat", tmp_path / "out")
    assert made.counts["records"] == 2
    first, second = read_records(tmp_path / "out")
    assert loads(first.value) == {"messages": ONE}
    assert spoken(second.value) == "Hé?\nHo."
    (removed,) = map(json.loads, (tmp_path / "out" / NAME).read_text().splitlines())
    assert removed["origin"].endswith(":2") and "no answer" in removed["detail"]


def test_a_table_without_conversations_is_refused(tmp_path):
    (tmp_path / "data.jsonl").write_text('{"colour": "red"}\n')
    with pytest.raises(DataError, match="colour"):
        collect(Data(source=str(tmp_path / "data.jsonl")), "chat", tmp_path / "out")


@pytest.mark.parametrize("content", ["", '{"messages": [\n', '{"prompt": "a", "chosen": "b", "rejected": "b"}\n'])
def test_what_gives_no_conversation_leads_to_no_other_recipe(tmp_path, content):
    (tmp_path / "data.jsonl").write_text(content)
    with pytest.raises(DataError) as told:
        collect(Data(source=str(tmp_path / "data.jsonl")), "chat", tmp_path / "out")
    assert "anew run chat-tune --data FILE.jsonl" in (told.value.next_command or "")
