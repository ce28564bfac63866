"""Texts of a form: valid under every kind of schema and codec, whatever the model; hostile forms refused in a line."""

import datetime
import json
import re
import threading
import time

import jsonschema
import pytest
import torch
from small_writers import writer

from anew import registry
from anew.cli import main
from anew.contract import AppendOptions
from anew.engine import constraint
from anew.engine.constraint import Constraint, Grammars
from anew.engine.formats import PATTERNS, plain
from anew.engine.generate import generate
from anew.engine.symbols import Symbols
from anew.errors import RecipeError

torch.set_num_threads(1)

NAME = {"type": "string", "minLength": 1, "maxLength": 8}
SCHEMAS = {
    "object": {"type": "object", "properties": {"a": NAME, "b": {"type": "integer"}}, "required": ["b", "a"]},
    "optional": {"type": "object", "properties": {"a": NAME, "b": {"type": "null"}}, "additionalProperties": False},
    "nested": {
        "type": "object", "required": ["in"], "additionalProperties": False,
        "properties": {"in": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}},
    },
    "array": {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 4},
    "tuple": {"type": "array", "prefixItems": [NAME, {"type": "integer"}], "items": False, "minItems": 2},
    "enum": {"enum": ["red", "blü", 3, None, [1, "x"]]},
    "const": {"const": {"kind": "a", "n": 1.5}},
    "pattern": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"},
    "format": {"type": "string", "format": "date-time"},
    "uuid": {"type": "string", "format": "uuid"},
    "bounds": {"type": "integer", "minimum": -5, "exclusiveMaximum": 1000},
    "fractions": {"type": "number", "exclusiveMinimum": 0.5, "maximum": 7.25},
    "multiple": {"type": "integer", "multipleOf": 7, "minimum": 10, "maximum": 99},
    "anyOf": {"anyOf": [{"type": "array", "items": NAME, "minItems": 1}, {"type": "boolean"}]},
    "oneOf": {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "integer"}]},
    "allOf": {"allOf": [{"type": "object", "properties": {"a": NAME}, "required": ["a"]},
                        {"type": "object", "properties": {"b": {"type": "boolean"}}, "required": ["b"]}]},
    "$ref": {"$defs": {"one": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}},
             "type": "array", "items": {"$ref": "#/$defs/one"}, "minItems": 1},
    "recursive": {"$defs": {"tree": {"type": "object", "properties": {
        "v": {"type": "integer"}, "kids": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
        "required": ["v", "kids"]}}, "$ref": "#/$defs/tree"},
    "types": {"type": ["string", "null", "number"]},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1},
    "letters": {"type": "string", "minLength": 3, "maxLength": 5},
    "anything": {"type": "object"},
}  # fmt: skip


def valid(text, schema):
    jsonschema.validate(json.loads(text), schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def test_dates_times_and_hosts_are_such_that_every_reader_takes_them():
    """Every day of 404 years is one, and no other is."""
    begin, end = (datetime.date(year, 1, 1).toordinal() for year in (1898, 2302))
    days = {datetime.date.fromordinal(n).isoformat() for n in range(begin, end)}
    said = {f"{y}-{m:02}-{d:02}" for y in range(1898, 2302) for m in range(14) for d in range(33)}
    assert {one for one in said if re.fullmatch(PATTERNS["date"], one)} == days
    for good in ("00:00:00Z", "23:59:59.123456+14:00"):
        assert re.fullmatch(PATTERNS["time"], good) and datetime.time.fromisoformat(good)
    for bad in ("24:00:00Z", "12:00:60Z", "12:00:00", "12:00:00z", "12:00:00.1234567Z"):
        assert not re.fullmatch(PATTERNS["time"], bad)
    for good in ("localhost", "a.b.c.d.example.com", "x" * 63 + ".org", "xn--bcher-kva.example"):
        assert re.fullmatch(PATTERNS["hostname"], good)
    assert re.fullmatch(PATTERNS["email"], "first.last+tag@mail.example.org")
    assert not re.fullmatch(PATTERNS["email"], "a b@c.org") and not re.fullmatch(PATTERNS["email"], "a@b@c")
    assert re.fullmatch(PATTERNS["email"], "_o'brien@x.ie") and not re.fullmatch(PATTERNS["email"], "a..b@c.de")
    inner = {"properties": {"default": {"format": "time"}}}
    assert plain(inner) == {"properties": {"default": {"pattern": f"^{PATTERNS['time']}$"}}}
    for bad in ("x" * 64, "-a.org", "a-.org", "a..b", ".".join(["x" * 63] * 4)):
        assert not re.fullmatch(PATTERNS["hostname"], bad)
    kept = {"properties": {"format": {"type": "string"}}, "const": {"format": "date"}, "format": "uuid"}
    assert plain(kept) == kept
    own = {"format": "date", "pattern": "^2"}
    assert plain([own, {"format": "time"}]) == [own, {"pattern": f"^{PATTERNS['time']}$"}]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_random_model_writes_what_the_schema_asks_for(kind):
    made = generate(writer(), 3, 1, json_schema=SCHEMAS[kind], temperature=1.5, max_new=160)
    assert made.finish == ["stop"] * 3
    for text in made.samples:
        valid(text, SCHEMAS[kind])


EVERY = [("bytes", "rnn"), ("bpe", "transformer"), ("byte letters", "transformer"), ("blanks as letters", "rnn")]


@pytest.mark.parametrize(("codec", "model"), EVERY)
def test_every_codec_and_model_can_be_held(codec, model):
    schema = {"type": "array", "prefixItems": [SCHEMAS[k] for k in ("object", "enum", "format")], "minItems": 3}
    for text in generate(writer(codec, model), 2, json_schema=schema, temperature=1.5, max_new=250).samples:
        valid(text, schema)


def test_characters_that_the_codec_does_not_know_are_spelled():
    """Neither a brace nor a Greek letter is among them."""
    codec = registry.find("codecs", "characters")(context=50, min_count=1)
    codec.fit(["abc"])
    symbols = Symbols(codec)
    guide = Grammars(symbols).guide(Constraint("regex", r"\{[α-γ]b(β|c)\}"))
    said = []
    while len(said) < 40:
        said.append(int(guide.allowed().nonzero()[0]))
        if guide.took(said[-1]):
            break
    assert re.fullmatch(r"\{[α-γ]b(β|c)\}", codec.decode([torch.tensor(said)])[0])


def test_a_regular_expression_and_a_grammar_are_kept_to():
    for text in generate(writer(), 4, regex=r"[a-d]{3,5}(-\d+)?", temperature=1.5, max_new=40).samples:
        assert re.fullmatch(r"[a-d]{3,5}(-\d+)?", text)
    lark = 'start: sum\nsum: NUMBER ("+" sum)?\nNUMBER: /[1-9][0-9]?/'
    for text in generate(writer(), 4, grammar=lark, temperature=1.5, max_new=40).samples:
        assert re.fullmatch(r"[1-9][0-9]?(\+[1-9][0-9]?)*", text)


@pytest.mark.parametrize("most", [12, 40, 77])
def test_a_text_that_would_not_end_in_time_is_brought_to_its_end(most):
    """The model would never end a string by itself."""
    schema = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    artifact = writer()
    (quote,) = artifact.codec.encode(['"'])[0].tolist()
    made = generate(artifact, 4, json_schema=schema, temperature=1.5, max_new=most, bias={quote: -50})
    assert made.finish == ["stop"] * 4
    for text in made.samples:
        valid(text, schema)
        assert most - 12 < len(artifact.codec.encode([text])[0]) <= most


def at_once(work, count):
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def test_a_form_that_many_threads_ask_for_is_compiled_once(monkeypatch):
    grammars, count = Grammars(Symbols(writer().codec)), []
    compile_ = grammars.compile

    def slowly(constraint):
        count.append(constraint)
        time.sleep(0.05)
        return compile_(constraint)

    monkeypatch.setattr(grammars, "compile", slowly)
    at_once(lambda: grammars.guide(Constraint("regex", "[a-d]+")), 4)
    assert len(count) == 1


def test_the_deep_stack_of_one_thread_is_no_others(monkeypatch):
    class Slow(threading.Thread):
        def start(self):
            time.sleep(0.05)
            super().start()

    threading.stack_size(0)
    done = []
    threads = [threading.Thread(target=constraint.deeply, args=(lambda: done.append(1),)) for _ in range(2)]
    monkeypatch.setattr(threading, "Thread", Slow)
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join(20)
    assert len(done) == 2 and threading.stack_size() == 0


def test_where_there_is_no_room_the_text_says_so():
    made = generate(writer(), 2, json_schema={"const": "much too long"}, max_new=5)
    assert made.finish == ["length"] * 2


def test_rows_without_a_form_keep_their_bytes_and_rows_with_one_are_what_they_are_alone():
    artifact = writer()
    grammars = Grammars(Symbols(artifact.codec))
    forms = [None, Constraint("json", json.dumps(SCHEMAS["object"])), None, Constraint("regex", "[a-z ]+"), None]
    options = [AppendOptions(max_new=60, temperature=t) for t in (1.0, 1.5, 0.0, 1.2, 0.7)]

    def draw(which, held=True):
        guides = [None if forms[i] is None or not held else grammars.guide(forms[i], 60) for i in which]
        rngs = [torch.Generator().manual_seed(i) for i in which]
        chunks = artifact.model.sample(rngs, options=[options[i] for i in which], guides=guides)
        x_BT = torch.cat([chunk.data for chunk in chunks], 1)
        return [row[: int((row == artifact.codec.spec.end).cumsum(0).eq(0).sum())].tolist() for row in x_BT]

    together, free = draw(range(5)), draw(range(5), held=False)
    for i in range(5):
        assert draw([i])[0] == together[i]
        assert (free[i] == together[i]) == (forms[i] is None)


def test_going_back_takes_the_grammar_back():
    artifact = writer()
    grammars = Grammars(Symbols(artifact.codec))
    guide = grammars.guide(Constraint("json", json.dumps(SCHEMAS["pattern"])))
    masks, said = [], []
    while True:
        masks.append(guide.allowed().clone())
        said.append(int(masks[-1].nonzero()[-1]))
        if guide.took(said[-1]):
            break
    for n in (1, len(said) - 1, 3):
        twin = guide.copy()
        twin.rewind(n)
        for i in range(len(said) - n, len(said)):
            assert torch.equal(twin.allowed(), masks[i])
            twin.took(said[i])
    with pytest.raises(ValueError, match="back"):
        guide.rewind(len(said) + 1)


HOSTILE = {
    "not JSON": ("json_schema", '{"type": '),
    "a list": ("json_schema", "[1]"),
    "deep": ("json_schema", '{"items":' * 50_000 + "{}" + "}" * 50_000),
    "long": ("json_schema", json.dumps({"enum": ["x" * 100] * 6000})),
    "wide": ("json_schema", json.dumps({"type": "object", "properties": {f"p{i}": {} for i in range(20_000)}})),
    "product": ("json_schema", json.dumps({"allOf": [{"anyOf": [
        {"type": "object", "properties": {f"p{i}_{j}": {}}} for j in range(6)]} for i in range(8)]})),
    "fetch": ("json_schema", '{"$ref": "http://localhost/secret.json"}'),
    "itself": ("json_schema", '{"$ref": "#"}'),
    "nothing": ("json_schema", '{"type": "string", "minLength": 5, "maxLength": 2}'),
    "unknown assertion": ("json_schema", '{"not": {"type": "string"}}'),
    "unknown type": ("json_schema", '{"type": "strng"}'),
    "unclosed": ("regex", "("),
    "look-ahead": ("regex", "(?=a)b"),
    "many": ("json_schema", json.dumps({"$ref": "#/$defs/0", "$defs": {
        str(i): {"items": {"$ref": f"#/$defs/{i + 1}"}} for i in range(9000)} | {"9000": {}}})),
    "nested": ("regex", "(" * 8000 + "a" + ")" * 8000),
    "no grammar": ("grammar", "nope"),
    "no end": ("grammar", "start: start"),
    "deep grammar": ("grammar", "start: " + "(" * 30_000 + '"a"' + ")" * 30_000),
    "wide grammar": ("grammar", "start: " + '"a" ' * 100_000),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_form_is_refused_in_a_line_and_in_time(kind):
    name, text = HOSTILE[kind]
    generate(writer(), regex="a", max_new=1)
    begun = time.process_time()
    with pytest.raises(RecipeError, match="cannot be held to") as refused:
        generate(writer(), max_new=4, **{name: text})
    assert time.process_time() - begun < 1.0
    assert len(refused.value.message) < 300 and "\n" not in refused.value.message


@pytest.mark.parametrize("regex", ["(.*a.{30}){20}", "(a{1000}){1000}", "(a|aa)+b", "(.{0,90}x){9}"])
def test_a_costly_form_that_is_let_in_stays_bounded_and_says_when_it_gave_up(regex):
    begun = time.process_time()
    made = generate(writer(), 2, regex=regex, max_new=12, temperature=1.5)
    assert time.process_time() - begun < 4.0
    assert set(made.finish) <= {"length", "limit", "stop"}


def test_references_one_behind_the_other_need_no_luck():
    """Deeper than the stack of a thread holds otherwise."""
    chain = {str(i): {"type": "array", "items": {"$ref": f"#/$defs/{i + 1}"}} for i in range(1900)}
    schema = {"$ref": "#/$defs/0", "$defs": chain | {"1900": {"type": "null"}}}
    (text,) = generate(writer(), json_schema=schema, temperature=1.5, max_new=60).samples
    valid(text, {"type": "array"})


def test_what_writes_no_text_refuses_by_name(tmp_path, monkeypatch, capsys):
    with pytest.raises(RecipeError, match="exclude|one form"):
        generate(writer(), regex="a", json_schema={})
    with pytest.raises(RecipeError, match="no sampling option 'regex'"):
        generate(writer(model="masked"), regex="a")
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    writer().save(tmp_path / "model")
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(SCHEMAS["object"]))
    assert main(["generate", str(tmp_path / "model"), "--json-schema", str(schema), "--max-new", "90"]) == 0
    valid(capsys.readouterr().out, SCHEMAS["object"])
    assert main(["generate", str(tmp_path / "model"), "--json-schema", '{"type": "nonsense"}']) == 2
    assert "nonsense" in capsys.readouterr().err


def test_little_room_leaves_a_short_choice_free():
    """The room is just enough for any of these (a letter that was never seen takes two tokens) and decides nothing."""
    words = ["red", "tree", "dune", "bell"]
    made = generate(writer(), 40, json_schema={"enum": words}, temperature=1.5, max_new=12)
    assert {json.loads(text) for text in made.samples} == set(words)
    made = generate(writer(), 20, regex="[a-d]{1,9}", temperature=1.5, max_new=10)
    assert max(map(len, made.samples)) >= 7 and made.finish == ["stop"] * 20


@pytest.mark.parametrize("codec", ["bpe", "byte letters", "blanks as letters", "characters"])
@pytest.mark.parametrize("text", ['{"re": "d é"}', " def read", "日本 #x"])
def test_symbols_write_the_bytes_of_the_text(codec, text):
    symbols = Symbols(writer(codec).codec)
    found = symbols.encode(text)
    assert b"".join(symbols.pieces[i] for i in found).decode() == text
    tokens = [token for i in found for token in symbols.tokens(i)]
    assert symbols.text(tokens).decode() == text
    assert all(symbols.pieces[end] == b"" for end in symbols.ends)
