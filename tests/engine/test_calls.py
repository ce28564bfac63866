"""Calls of functions: in the form of a model's own template or of anew's, valid whatever the model is, read as they
grow."""

from __future__ import annotations

import json

import jsonschema
import pytest
from small_writers import FOREIGN, writer

from anew.codecs.vocabulary import Vocabulary
from anew.contract import AppendOptions
from anew.engine.calls import OWN, Call, Form, Function, form_of
from anew.engine.generate import prompt_for
from anew.engine.writing import Wishes, grammars_of, write
from anew.errors import RecipeError
from anew.tasks.calling import Calling, Offer, plainly
from anew.tasks.model import Talking

HERMES = """{%- if tools %}<|0|>system
{% for tool in tools %}{{ tool | tojson }}
{% endfor %}<|1|>
{% endif %}{%- for m in messages %}<|0|>{{ m.role }}
{{ m.content }}{% for call in m.tool_calls or [] %}{% if not loop.first %}{{ '\\n' }}{% endif %}<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|1|>
{% endfor %}{% if add_generation_prompt %}<|0|>assistant
{% endif %}"""
BARE = HERMES.replace("<tool_call>\n", "").replace("\n</tool_call>", "").replace('arguments":', 'parameters":')
SIGNS = HERMES.replace("<tool_call>", "<|0|>")
DEAF = "{% for m in messages %}<|0|>{{ m.role }}\n{{ m.content }}<|1|>\n{% endfor %}<|0|>assistant\n"
CITY = {"properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]}
FUNCTIONS = [Function("weather", "of a city", CITY | {"additionalProperties": False}), Function("ping")]


def template(source: str):
    plain = FOREIGN["byte letters"](1000).state()
    return Vocabulary.of(
        json.loads(plain["table"]), 1000, **{k: v for k, v in plain.items() if k != "table"} | {"template": source}
    )


def test_a_template_shows_in_which_form_it_writes_calls() -> None:
    assert form_of(template(HERMES).template) == OWN == Form()
    bare = form_of(template(BARE).template)
    assert bare == Form('{"name": "', '", "parameters": ', "}", "\n")
    assert form_of(template(SIGNS).template) is None, "a sign of the model's is no text"
    assert form_of(template(DEAF).template) is None


@pytest.mark.parametrize("codec", ["bytes", "bpe", "characters", "byte letters", "blanks as letters"])
@pytest.mark.parametrize("most", [60, 160])
def test_a_forced_call_is_valid_whatever_writes_it(codec: str, most: int) -> None:
    artifact = writer(codec, "decoder")
    options, wishes = (
        AppendOptions(max_new=most + 60, temperature=1.5),
        Wishes(constraint=OWN.held(FUNCTIONS, forced=True, several=True)),
    )
    for seed in range(3):
        *_, found = write(artifact, [seed], None, prompt_for(artifact, "hi", 1), options, wishes, growing=False)
        said, calls = OWN.read(found.texts[0], True)
        assert said == "" and calls and all(call.whole for call in calls) and found.finish == ["stop"]
        for call in calls:
            schema = next(one for one in FUNCTIONS if one.name == call.name).parameters
            jsonschema.validate(json.loads(call.arguments), {"type": "object", **schema})


def test_what_is_not_forced_is_a_text_until_it_opens_a_call() -> None:
    artifact = writer("bytes", "decoder")
    grammars = grammars_of(artifact.codec)
    guide = grammars.guide(OWN.held(FUNCTIONS, forced=False, several=False))
    for byte in 'One "sees <tool_call':
        guide.took(ord(byte))
    free = guide.allowed()
    assert free is not None and free[ord("x")] and free[ord(">")] and free[256], "so far it is a text"
    for byte in '>\n{"name": "':
        guide.took(ord(byte))
    held = guide.allowed()
    assert held is not None and set(held.nonzero()[:, 0].tolist()) == {ord("w"), ord("p")}
    options = AppendOptions(max_new=120, temperature=1.2)
    wishes = Wishes(constraint=OWN.held(FUNCTIONS, forced=False, several=False))
    *_, found = write(artifact, [1], None, prompt_for(artifact, "hi", 1), options, wishes, growing=False)
    assert OWN.read(found.texts[0], True) == (found.texts[0], [])


@pytest.mark.parametrize("digits", [True, False])
def test_beside_calls_a_text_may_have_a_form(digits: bool) -> None:
    artifact = writer("bytes", "decoder")
    bias = () if digits else tuple((ord(sign), -100.0) for sign in "-0123456789")
    options = AppendOptions(max_new=200, temperature=1.2, bias=bias)
    wishes = Wishes(constraint=OWN.held(FUNCTIONS[:1], forced=False, several=False, schema='{"enum": [7, 123]}'))
    *_, found = write(artifact, [1], None, prompt_for(artifact, "hi", 1), options, wishes, growing=False)
    said, calls = OWN.read(found.texts[0], True)
    if digits and not calls:
        assert json.loads(said) in (7, 123)
    else:
        (call,) = calls
        assert call.whole and isinstance(json.loads(call.arguments)["city"], str)
    assert digits or calls


def test_a_growing_text_is_read_as_what_is_said_and_calls() -> None:
    calls = [Call("weather", '{"city": "<tool_call>\\n\\"}"}'), Call("ping", "{}")]
    whole = "Let me see. " + OWN.written(calls)
    assert OWN.read(whole, True) == ("Let me see. ", calls)
    said, arguments = "", ["", ""]
    for n in range(len(whole) + 1):
        now, found = OWN.read(whole[:n], False)
        assert now.startswith(said) and "Let me see. ".startswith(now)
        said = now
        for i, call in enumerate(found):
            assert call.name == calls[i].name and call.arguments.startswith(arguments[i])
            arguments[i] = call.arguments
    assert arguments == [call.arguments for call in calls]
    assert OWN.read("a <tool", False)[0] == "a " and OWN.read("a <tool", True)[0] == "a <tool"


def test_a_model_is_told_what_it_may_call_by_its_template_or_in_the_system_turn() -> None:
    asked = [{"role": "user", "content": "?"}]
    call = {"id": "1", "type": "function", "function": {"name": "ping", "arguments": "{}"}}
    turns = [
        *asked,
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "pong", "tool_call_id": "1"},
    ]
    told = plainly(turns, FUNCTIONS)
    assert [one.role for one in told] == ["system", "user", "assistant", "user"]
    assert '"name": "weather"' in told[0].content and told[2].content == OWN.written([Call("ping", "{}")])
    assert told[3].content == "<tool_response>\npong\n</tool_response>"
    for source, knows in ((HERMES, True), (DEAF, False)):
        codec, plain = template(source), writer("byte letters", "decoder")
        artifact = type(plain)(plain.recipe, plain.model, codec)
        calling = Calling(Talking(artifact), Offer(tuple(FUNCTIONS)))
        assert calling.own is not knows
        text = codec._tokenizer.decode(calling.tokens(turns).tolist(), skip_special_tokens=False)
        assert "pong" in text and '"name": "weather"' in text and ("<tool_response>" in text) is not knows


def test_a_function_takes_what_its_schema_names_and_no_more() -> None:
    assert FUNCTIONS[1].schema["properties"] == {} and FUNCTIONS[1].schema["additionalProperties"] is False
    assert Function("f", parameters=CITY).schema["additionalProperties"] is False
    for open_ in (
        CITY | {"additionalProperties": True},
        CITY | {"patternProperties": {"^x": {}}},
        CITY | {"required": ["z"]},
    ):
        assert Function("f", parameters=open_).schema.get("additionalProperties") is not False


def test_parameters_that_are_no_schema_of_an_object_are_refused() -> None:
    for schema in ({"type": "string"}, {"properties": {str(i): {"enum": [i]} for i in range(5000)}}):
        with pytest.raises(RecipeError):
            OWN.held([Function("f", parameters=schema)], forced=True, several=False)
