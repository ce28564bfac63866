"""No field is dropped in silence: 500 random requests, and for every field that a shape declares what it does.

A field that is sent is honoured (the shape declares it, and a case below shows what it changes), refused with 400 and
its name, or named in `x-anew-ignored`. Streamed is not streamed, and the same seed the same bytes, in company too.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from serving import Two, served

from anew.engine.pool import Pool
from anew.server.app import Door
from anew.server.database.connect import Database
from anew.server.wire.chat import ChatRequest
from anew.server.wire.completions import CompletionRequest

CHAT, PLAIN = "/v1/chat/completions", "/v1/completions"
SHAPES: dict[str, Any] = {CHAT: ChatRequest, PLAIN: CompletionRequest}
SETS, MOST = 500, 6
TOOL = {"name": "f", "parameters": {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"]}}
FORM = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"enum": ["ab", "cd"]}}}

# field -> values that are well, values that are not
BOTH: dict[str, tuple[list[Any], list[Any]]] = {
    "temperature": ([0, 0.5, 1, 2], [-0.1, 2.1, "1", []]),
    "top_p": ([1, 0.5, 0.01], [0, 1.5, "all"]),
    "top_k": ([0, 1, 40], [-1, 1.5, "9"]),
    "min_p": ([0, 0.1, 1], [-1, 2]),
    "typical_p": ([1, 0.5], [0, 2]),
    "repetition_penalty": ([1, 1.3], [0, 11]),
    "presence_penalty": ([-2, 0, 1.5], [2.5, "2"]),
    "frequency_penalty": ([-2, 0, 1.5], [-2.5, {}]),
    "logit_bias": ([{}, {"65": 5}, {"256": -100}], [{"x": 1}, {"1": 101}, {"99999": 1}, [1]]),
    "n": ([1, 2, 3], [0, 17, "2"]),
    "stop": ([[], "zz", ["a", "b", "c", "d"]], [3, "", ["a"] * 5, [1]]),
    "response_format": ([{"type": "text"}, FORM], [{"type": "xml"}, {"type": "json_schema"}, "json_object"]),
    "guided_regex": (["[ab]{2}"], ["(", 5]),
    "stream_options": ([{"include_usage": True}, {}], [{"include_usage": "yes"}, 1]),
    "user": (["me", ""], []),
    "unheard_of": ([1, "ä", [None], {"a": {}}], []),
    "x-y z": ([True], []),
}
OF_CHAT: dict[str, tuple[list[Any], list[Any]]] = {
    "max_completion_tokens": ([1, 4], [0, -1, "4"]),
    "logprobs": ([True, False], ["yes", 2]),
    "top_logprobs": ([0, 3], [21, -1]),
    "tools": ([[], [{"type": "function", "function": TOOL}]], [{}, [1], [{"type": "function"}]]),
    "tool_choice": (["none", "auto"], ["sometimes", 4]),
    "parallel_tool_calls": ([True, False], ["no"]),
    "store": ([True, False], []),
    "metadata": ([{"a": "b"}], []),
    "service_tier": (["auto"], []),
    "safety_identifier": (["s"], []),
    "prompt_cache_key": (["k"], []),
    "reasoning_effort": (["low"], []),
    "verbosity": (["low"], []),
    "modalities": ([["text"]], []),
    "prediction": ([{"type": "content", "content": "a"}], []),
    "web_search_options": ([{}], []),
}
OF_PLAIN: dict[str, tuple[list[Any], list[Any]]] = {
    "logprobs": ([0, 3], [6, -1, True]),
    "echo": ([True, False], ["yes"]),
    "best_of": ([1, 2], [0, 17]),
    "suffix": (["", "end"], [4]),
}
FIELDS = {CHAT: BOTH | OF_CHAT, PLAIN: BOTH | OF_PLAIN}
TEXT: dict[str, dict[str, Any]] = {
    CHAT: {"messages": [{"role": "user", "content": "hi"}], "max_tokens": MOST},
    PLAIN: {"prompt": "def f", "max_tokens": MOST},
}


def sets(many: int) -> Iterator[tuple[str, dict[str, Any], set[str]]]:
    """Where, what, and the fields whose value is wrong."""
    rng = random.Random(0)
    for number in range(many):
        path = (CHAT, PLAIN)[number % 2]
        body: dict[str, Any] = {"model": "decoder", "seed": rng.randrange(1000), **TEXT[path]}
        wrong = set()
        for name in rng.sample(sorted(FIELDS[path]), rng.randrange(7)):
            well, bad = FIELDS[path][name]
            if bad and rng.random() < 0.08:
                body[name] = rng.choice(bad)
                wrong.add(name)
            else:
                body[name] = rng.choice([*well, *well, None])
        yield path, body, wrong


def excluded(path: str, body: dict[str, Any]) -> set[str]:
    """Fields that may be refused though each value is well: those that exclude each other, or that the model lacks."""
    sent = {name for name, value in body.items() if value is not None}
    found = {name for name in getattr(SHAPES[path], "refuses", {}) if name in sent}
    if path == CHAT and "top_logprobs" in sent and not body.get("logprobs"):
        found.add("top_logprobs")
    if body.get("response_format") == FORM and "guided_regex" in sent:
        found |= {"response_format", "guided_regex"}
    if isinstance(body.get("best_of"), int) and (body["best_of"] < (body.get("n") or 1) or body.get("stream")):
        found.add("best_of")
    if path == PLAIN and body.get("suffix"):
        found.add("suffix")  # a model of bytes that never learnt to fill
    if body.get("tools") or body.get("tool_choice") or body.get("parallel_tool_calls") is not None:
        found |= {"tools", "tool_choice", "parallel_tool_calls", "response_format", "guided_regex"} & sent
    return found


def ask(http: httpx2.Client, path: str, body: dict[str, Any]) -> httpx2.Response:
    return http.post(path, content=json.dumps(body), headers={"content-type": "application/json"})


def told(answer: httpx2.Response) -> Any:
    """All of an answer that does not tell of its moment."""
    return {k: v for k, v in answer.json().items() if k not in ("id", "created")}


def joined(answer: httpx2.Response) -> dict[str, Any]:
    """A stream as the answer that it tells in pieces: texts, reasons, log-probabilities, calls, usage."""
    texts: dict[int, str] = {}
    reasons: dict[int, Any] = {}
    tokens: dict[int, list[str]] = {}
    calls: dict[int, str] = {}
    usage = None
    lines = [line for line in answer.text.split("\n\n") if line.startswith("data: ")]
    assert lines[-1] == "data: [DONE]"
    for chunk in (json.loads(line[6:]) for line in lines[:-1]):
        usage = chunk.get("usage") or usage
        for one in chunk["choices"]:
            i, delta = one["index"], one.get("delta", one)
            texts[i] = texts.get(i, "") + (delta.get("content") or delta.get("text") or "")
            reasons[i] = one["finish_reason"] or reasons.get(i)
            tokens.setdefault(i, []).extend(spelled(one.get("logprobs")))
            for call in delta.get("tool_calls") or ():
                calls[i] = calls.get(i, "") + (call["function"].get("name") or "") + call["function"]["arguments"]
    return {"texts": texts, "reasons": reasons, "tokens": tokens, "calls": calls, "usage": usage}


def whole(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as `joined` has a stream."""
    said = {one["index"]: one.get("message", one) for one in answer["choices"]}
    of = {one["index"]: one for one in answer["choices"]}
    calls = {
        i: "".join(c["function"]["name"] + c["function"]["arguments"] for c in one.get("tool_calls") or ())
        for i, one in said.items()
    }
    return {
        "texts": {i: (one.get("content") or one.get("text") or "") for i, one in said.items()},
        "reasons": {i: one["finish_reason"] for i, one in of.items()},
        "tokens": {i: spelled(one["logprobs"]) for i, one in of.items()},
        "calls": {i: call for i, call in calls.items() if call}, "usage": answer["usage"],
    }  # fmt: skip


def spelled(logprobs: Any) -> list[str]:
    if logprobs is None:
        return []
    return [one["token"] for one in logprobs["content"]] if "content" in logprobs else list(logprobs["tokens"])


@pytest.fixture(scope="module")
def http(address: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture(
    scope="module",
    params=[False, pytest.param(True, marks=pytest.mark.skipif(sys.platform == "win32", reason="apart"))],
)
def either(request: pytest.FixtureRequest, database: Database) -> Iterator[httpx2.Client]:
    """With the engine in the server's process, and in its own."""
    for address in served(Pool(Two(), apart=request.param), Door(), database):
        with httpx2.Client(base_url=address, timeout=60) as client:
            yield client


def test_of_500_random_requests_none_drops_a_field_and_none_depends_on_its_company(either: httpx2.Client) -> None:
    http, asked = either, list(sets(SETS))
    alone = [ask(http, path, body) for path, body, _ in asked]
    well: list[tuple[str, dict[str, Any], Any]] = []
    for (path, body, wrong), answer in zip(asked, alone, strict=True):
        if answer.status_code == 400:
            error = answer.json()["error"]
            named = re.split(r"[.\[]", error["param"] or "")[0]
            assert named in wrong | excluded(path, body), (body, error)
            assert named in error["message"], error
            continue
        assert answer.status_code == 200 and not wrong, (body, answer.text)
        sent = {name for name, value in body.items() if value is not None}
        ignored = {httpx2.QueryParams(f"n={name}")["n"] for name in filter(None, listed(answer))}
        idle = {"max_tokens"} if body.get("max_completion_tokens") is not None else set()
        assert (sent - set(SHAPES[path].model_fields)) | idle == ignored, body
        well.append((path, body, told(answer)))
    assert len(well) > SETS / 2
    streamed = [
        (path, body | {"stream": True}) for path, body, _ in well if not excluded(path, body | {"stream": True})
    ]
    with ThreadPoolExecutor(12) as pool:
        again = list(pool.map(lambda one: told(ask(http, one[0], one[1])), well))
        streams = list(pool.map(lambda one: ask(http, *one), streamed))
    for (path, body, first), second in zip(well, again, strict=True):
        assert without_cached(first) == without_cached(second), (path, body)
    answers = {(path, json.dumps(body)): answer for path, body, answer in well}
    for (path, body), stream in zip(streamed, streams, strict=True):
        unstreamed = {k: v for k, v in body.items() if k != "stream"}
        expected, found = whole(without_cached(answers[path, json.dumps(unstreamed)])), joined(stream)
        options = body.get("stream_options") or {}
        assert (found["usage"] is not None) == bool(options.get("include_usage")), body
        found["usage"] = found["usage"] and without_cached({"usage": found["usage"]})["usage"]
        expected["usage"] = found["usage"] and expected["usage"]
        assert found == expected, (path, body)


def listed(answer: httpx2.Response) -> list[str]:
    """The names in the header; within an object they are left to its own."""
    return [
        name for name in answer.headers.get("x-anew-ignored", "").split(", ") if "." not in name and "[" not in name
    ]


def without_cached(answer: dict[str, Any]) -> dict[str, Any]:
    """Whether a prompt was read before is no matter of the answer's."""
    usage = {k: v for k, v in answer["usage"].items() if k != "prompt_tokens_details"}
    return answer | {"usage": usage}


# ------------------------------------------------------------------------------------------------ what a field does


def texts(answer: Any) -> list[str]:
    return [one.get("text", one.get("message", {}).get("content")) for one in answer["choices"]]


def differs(before: Any, after: Any) -> bool:
    return texts(before) != texts(after)


def is_greedy(before: Any, after: Any) -> bool:
    """`before` is drawn at temperature 0 in the cases below, `after` at 1."""
    return texts(before) == texts(after)


def calls(answer: Any) -> list[Any]:
    return [one["function"]["name"] for one in answer["choices"][0]["message"].get("tool_calls") or ()]


def call_of(before: Any, after: Any) -> bool:
    return after["choices"][0]["message"]["function_call"]["name"] == "f"


Check = Callable[[Any, Any], bool]
WITH_TOOLS = {"tools": [{"type": "function", "function": TOOL}], "max_tokens": 60}
OLD_TOOLS = {"functions": [TOOL], "max_tokens": 60}
# field -> what is asked besides, what is asked with the field, what that changes
BEGUN = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "so"}]}
ON = BEGUN | {"continue_final_message": True, "add_generation_prompt": False}
EFFECTS: dict[str, tuple[dict[str, Any], dict[str, Any], Check]] = {
    "seed": ({"seed": 1}, {"seed": 2}, differs),
    "temperature": ({}, {"temperature": 0.0}, differs),
    "top_p": ({"temperature": 0}, {"temperature": 1, "top_p": 1e-6}, is_greedy),
    "top_k": ({"temperature": 0}, {"temperature": 1, "top_k": 1}, is_greedy),
    "min_p": ({"temperature": 0}, {"temperature": 1, "min_p": 1.0}, is_greedy),
    "typical_p": ({"max_tokens": 40}, {"max_tokens": 40, "typical_p": 0.01}, differs),
    "repetition_penalty": ({"max_tokens": 40}, {"max_tokens": 40, "repetition_penalty": 10.0}, differs),
    "presence_penalty": ({"max_tokens": 60}, {"max_tokens": 60, "presence_penalty": 2.0}, differs),
    "frequency_penalty": ({"max_tokens": 60}, {"max_tokens": 60, "frequency_penalty": 2.0}, differs),
    "logit_bias": ({}, {"logit_bias": {"65": 100}}, lambda a, b: set(texts(b)[0]) == {"A"}),
    "n": ({}, {"n": 3}, lambda a, b: len(set(texts(b))) == 3 and texts(b)[:1] == texts(a)),
    "stop": ({"logit_bias": {"65": 100}}, {"logit_bias": {"65": 100}, "stop": "AA"}, lambda a, b: texts(b) == [""]),
    "response_format": ({}, {"response_format": FORM}, lambda a, b: texts(b)[0] in ('"ab"', '"cd"')),
    "guided_json": ({}, {"guided_json": {"enum": [7]}}, lambda a, b: texts(b) == ["7"]),
    "guided_regex": ({}, {"guided_regex": "[xy]{3}"}, lambda a, b: bool(re.fullmatch("[xy]{3}", texts(b)[0]))),
    "guided_grammar": ({}, {"guided_grammar": 'start: "u" "v"'}, lambda a, b: texts(b) == ["uv"]),
    "max_tokens": ({}, {"max_tokens": 2}, lambda a, b: b["usage"]["completion_tokens"] == 2),
    "max_completion_tokens": ({}, {"max_completion_tokens": 3}, lambda a, b: b["usage"]["completion_tokens"] == 3),
    "messages": ({}, {"messages": [{"role": "user", "content": "else"}]}, differs),
    "prompt": ({}, {"prompt": ["a", "b"]}, lambda a, b: len(texts(b)) == 2),
    "echo": ({}, {"echo": True}, lambda a, b: texts(b) == ["def f" + texts(a)[0]]),
    "continue_final_message": (BEGUN, ON, differs),
    "add_generation_prompt": (BEGUN, ON, differs),  # the two go together, or are refused
    "best_of": ({}, {"best_of": 6, "seed": 3}, differs),
    "tools": ({}, WITH_TOOLS | {"tool_choice": "required"}, lambda a, b: set(calls(b)) == {"f"}),
    "tool_choice": (WITH_TOOLS | {"tool_choice": "required"}, WITH_TOOLS | {"tool_choice": "none"},
                    lambda a, b: calls(a) != calls(b) == []),
    "parallel_tool_calls": ({}, WITH_TOOLS | {"tool_choice": "required", "parallel_tool_calls": False},
                            lambda a, b: calls(b) == ["f"]),
    "functions": ({}, OLD_TOOLS | {"function_call": {"name": "f"}}, call_of),
    "function_call": (OLD_TOOLS | {"function_call": "none"}, OLD_TOOLS | {"function_call": {"name": "f"}}, call_of),
}  # fmt: skip
OF_LOGPROBS: dict[str, tuple[dict[str, Any], dict[str, Any], Check]] = {
    CHAT: ({}, {"logprobs": True}, lambda a, b: len(b["choices"][0]["logprobs"]["content"]) == MOST),
    PLAIN: ({}, {"logprobs": 2}, lambda a, b: len(b["choices"][0]["logprobs"]["top_logprobs"][0]) == 2),
}
TOP = ({"logprobs": True}, {"logprobs": True, "top_logprobs": 3},
       lambda a, b: len(b["choices"][0]["logprobs"]["content"][0]["top_logprobs"]) == 3)  # fmt: skip
OF_ECHO = (ON, ON | {"echo": True}, lambda a, b: texts(b) == ["so" + texts(a)[0]])
OTHERWISE = {  # shown by tests of their own, or below
    "model", "stream", "stream_options", "suffix",
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "field"), [(path, field) for path, shape in SHAPES.items() for field in shape.model_fields]
)
def test_every_declared_field_does_something(http: httpx2.Client, path: str, field: str) -> None:
    if field in OTHERWISE:
        return
    effects = EFFECTS | {"logprobs": OF_LOGPROBS[path], "top_logprobs": TOP}
    effects |= {"echo": OF_ECHO} if path == CHAT else {}
    assert field in effects, f"nothing shows that {field} is honoured"
    without, given, check = effects[field]
    base = {"model": "decoder", "seed": 5, **TEXT[path], "max_tokens": MOST, "logit_bias": {"256": -100}}
    answers = [ask(http, path, base | more) for more in (without, given)]
    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    assert check(*(answer.json() for answer in answers)), [answer.json()["choices"] for answer in answers]


def test_a_stream_is_one_and_tells_its_usage_where_it_is_asked(http: httpx2.Client) -> None:
    for path, options in itertools.product(SHAPES, ({}, {"include_usage": True})):
        body = {"model": "decoder", "stream": True, "stream_options": options, **TEXT[path]}
        answer = ask(http, path, body)
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert (joined(answer)["usage"] is not None) == bool(options)


def test_null_is_the_same_as_absent(http: httpx2.Client) -> None:
    for path, shape in SHAPES.items():
        body = {"model": "decoder", "seed": 3, **TEXT[path]}
        nulls = {name: None for name in [*shape.model_fields, *FIELDS[path]] if name not in body}
        plain, nulled = ask(http, path, body), ask(http, path, body | nulls)
        assert told(nulled) == told(plain) | {"usage": nulled.json()["usage"]}
        assert "x-anew-ignored" not in nulled.headers
