"""`anew chat` and `anew task` as people and pipes use them, with a tiny model of random weights."""

import io
import json
import os
import shlex
import sys
from pathlib import Path

import pytest

from anew.cli import main
from anew.recipe import parse

TEXT = "The ferry left Oslo at 9. It rained. Nobody came.\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with a model that talks nonsense."""
    import torch

    from anew import registry
    from anew.artifact import Artifact

    codec, sizes = registry.find("codecs", "bytes")(context=1500), {"width": 16, "layers": 1, "heads": 2}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = registry.find("models", "decoder")(codec.spec, **sizes)
        for weight in network.parameters():
            torch.nn.init.normal_(weight, std=0.3)
    recipe = {"name": "tiny", "modality": "text", "codec": {"name": "bytes", "context": 1500}}
    made = Artifact(parse(recipe | {"model": {"name": "decoder", **sizes}}), network.eval(), codec)
    folder = tmp_path_factory.mktemp("model")
    made.save(folder)
    return str(folder)


@pytest.fixture
def pipe(monkeypatch, tmp_path):
    """Say what comes through the pipe; None: a terminal at which nobody types."""
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "home"))
    opened = []

    def put(content):
        if isinstance(content, bytes):
            reader, writer = os.pipe()
            os.write(writer, content)
            os.close(writer)
            opened.append(io.TextIOWrapper(os.fdopen(reader, "rb"), encoding="utf-8"))
        else:
            opened.append(Terminal(content))
        monkeypatch.setattr(sys, "stdin", opened[-1])

    yield put
    for file in opened:
        file.close()


class Terminal(io.StringIO):
    """Lines that a person types."""

    def __init__(self, lines):
        super().__init__("".join(f"{line}\n" for line in lines))

    def isatty(self):
        return True


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_pipe_is_one_message_and_its_answer_alone_is_on_stdout(model, pipe, capsys):
    pipe(TEXT.encode())
    code, out, err = run(capsys, "chat", model, "What is this?", "--max-new", 20, "--json")
    made = json.loads(out)
    assert code == 0 and made["seed"] == 0 and made["finish"] in ("stop", "length")
    (file,) = (Path(os.environ["ANEW_HOME"]) / "conversations").iterdir()
    assert file.stem == made["conversation"] and "What is this?\\n\\nThe ferry" in file.read_text("utf-8")
    pipe(TEXT.encode())
    code, out, err = run(capsys, "chat", model, "What is this?", "--max-new", 20)
    assert code == 0 and out == made["text"] + "\n"


def test_a_conversation_is_resumed_by_its_id(model, pipe, capsys):
    pipe([])
    _, first, _ = run(capsys, "chat", model, "Hello", "--max-new", 20, "--json", "--seed", 5)
    name = json.loads(first)["conversation"]
    _, second, _ = run(capsys, "chat", "--resume", name, "--max-new", 20, "--json", model, "And?")
    assert json.loads(second)["conversation"] == name and json.loads(second)["seed"] == 6
    code, listed, _ = run(capsys, "chat", "--list")
    assert code == 0 and name in listed and "Hello" in listed


@pytest.fixture(scope="module")
def adapter(model, tmp_path_factory):
    """A change to the model that no answer can miss."""
    import torch

    from anew.artifact import Artifact, Origin, load_artifact
    from anew.deploy.lookup import digest_of
    from anew.models.layers.lora import Changed, adapt

    made, rng = load_artifact(Path(model)), torch.Generator().manual_seed(0)
    adapt(made.model, (), 4, 8, rng)
    for layer in made.model.modules():
        if isinstance(layer, Changed):
            torch.nn.init.normal_(layer.changes[0].up, std=0.5, generator=rng)
    folder = tmp_path_factory.mktemp("adapter")
    Artifact(made.recipe, made.model, made.codec, base=Origin(model, digest_of(model), 2.0)).save(folder)
    return str(folder)


def test_a_resumed_conversation_keeps_its_adapters(model, adapter, pipe, capsys, tmp_path):
    pipe([])
    _, first, _ = run(capsys, "chat", model, "Hello", "--adapter", f"{adapter}=0.5", "--max-new", 20, "--json")
    name = json.loads(first)["conversation"]
    for arguments, said in (
        ([model, "And?"], True),
        ([model, "Or?", "--adapter", adapter], False),
        ([model, "So?"], True),
        ([adapter, "Well?"], False),
    ):
        code, _, err = run(capsys, "chat", *arguments, "--resume", name, "--max-new", 20, "--json")
        assert code == 0 and ("as before" in err) == said, err
    events = [json.loads(line) for line in (tmp_path / f"home/conversations/{name}.jsonl").read_text().splitlines()]
    half, again, whole, still, alone = (event["digest"] for event in events if event.get("role") == "assistant")
    assert half == again != whole == still == alone


def test_commands_at_the_prompt(model, pipe, capsys, tmp_path):
    target = tmp_path / "said.md"
    pipe(["/system Be brief.", "Hello", "/retry", "/seed 9", "/seed x", "//slash", f"/save {target}", "/quit", "never"])
    code, out, err = run(capsys, "chat", model, "--max-new", 16)
    assert code == 0 and "/retry" in err and f"written to {target}" in err and "anew chat --resume" in err
    assert "never" not in target.read_text("utf-8") and "**user**\n\n/slash" in target.read_text("utf-8")
    assert json.loads(Path(f"{target}.json").read_text("utf-8"))["model"] == "tiny"
    (file,) = (Path(os.environ["ANEW_HOME"]) / "conversations").iterdir()
    events = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [event["seed"] for event in events if event.get("role") == "assistant"] == [0, 1, 11]
    assert "Be brief." in target.read_text("utf-8") and out.count("\n") >= 3


def test_a_message_that_was_taken_for_a_model_is_told_where_it_belongs(model, pipe, capsys):
    pipe([])
    run(capsys, "chat", model, "Hello", "--max-new", 8)
    code, _, err = run(capsys, "chat", "And now?", "--resume", "last", "--max-new", 8)
    assert code == 4 and f"anew chat {model} 'And now?' --resume " in err
    command = shlex.split(err.split("try: anew ")[1])
    assert run(capsys, *command, "--max-new", 8)[0] == 0


def test_half_a_surrogate_pair_is_shown_as_a_question_mark(model, pipe, capsys):
    from anew.tasks.conversation import Conversation

    pipe([])
    Conversation.begin(model).say("\ud83d or so")
    code, out, err = run(capsys, "chat", "--list")
    assert code == 0 and "? or so" in out, err


def test_a_place_that_cannot_be_written_to_ends_no_conversation(model, pipe, capsys, tmp_path):
    (tmp_path / "file").write_text("x")
    pipe(["Hello", f"/save {tmp_path / 'file' / 'said.md'}", "And now?"])
    code, out, err = run(capsys, "chat", model, "--max-new", 16)
    assert code == 0 and "said.md: " in err and "/save ANOTHER" in err
    (file,) = (tmp_path / "home/conversations").iterdir()
    assert file.read_text("utf-8").count('"role": "assistant"') == 2


@pytest.mark.parametrize(
    ("arguments", "content", "told"),
    [
        (["chat"], b"x", "which model"),
        (["chat", "MODEL"], b"", "empty"),
        (["chat", "MODEL"], b"\xff\xfe\x00", "not UTF-8"),
        (["chat", "MODEL", "x", "--max-new", "0"], None, "--max-new"),
        (["chat", "MODEL", "x", "--resume", "../x"], None, "no conversation"),
        (["chat", "MODEL", "--json"], None, "--json"),
        (["chat", "no-such-model", "x"], None, "no-such-model"),
        (["chat", "MODEL", "x", "--adapter", "a=nan"], None, "'nan' is no weight"),
        (["chat", "MODEL", "y" * 3000], None, "holds 1,500"),
        (["task", "summarise", "MODEL", "no-such-file"], None, "No such file"),
        (["task", "summarise", "MODEL"], b" ", "empty"),
        (["task", "summarise", "MODEL"], b"\xff", "not UTF-8"),
        (["task", "extract", "MODEL"], b"x", "--fields"),
        (["task", "extract", "MODEL", "--schema", "{"], b"x", "not JSON"),
        (["task", "extract", "MODEL", "--schema", '{"type": "strange"}'], b"x", "schema"),
        (["task", "translate", "MODEL", "--to", "Klingon"], b"x", "Klingon"),
        (["task", "rewrite", "MODEL", "--how", "simplr"], b"x", "simpler"),
        (["task", "translate", "MODEL", "--to", "German", "--seed", str(2**70)], b"x", "--seed"),
        (["task", "outline", "MODEL", "bees", "--seed", "-1"], None, "--seed"),
    ],
)
def test_what_cannot_be_is_refused_in_words(model, pipe, capsys, arguments, content, told):
    pipe([] if content is None else content)
    code, out, err = run(capsys, *(model if one == "MODEL" else one for one in arguments))
    assert 1 <= code <= 6 and told in err and "defect" not in err
    assert len(err.splitlines()) <= 3 and out == "" if "--json" not in arguments else "error" in json.loads(out)


def test_tasks_read_a_pipe_and_write_json(model, pipe, capsys, tmp_path):
    pipe(TEXT.encode())
    code, out, _ = run(capsys, "task", "summarise", model, "--words", 8, "--json")
    made = json.loads(out)
    assert code == 0 and made["pieces"] == [[0, len(TEXT)]] and made["made"]["prompt"] == "summarise.v1"
    pipe(TEXT.encode())
    assert json.loads(run(capsys, "task", "summarise", model, "-", "--words", 8, "--json")[1]) == made
    file = tmp_path / "text.txt"
    file.write_text(TEXT, "utf-8")
    code, out, _ = run(capsys, "task", "extract", model, file, "--fields", "rain:boolean")
    assert code == 0 and list(json.loads(out)) == ["rain"]
    code, out, err = run(capsys, "task", "answer", model, "Did it rain?", file, "--json")
    made = json.loads(out)
    assert code == 0 and made["abstained"] == (made["text"] is None)
    assert all(TEXT[q["start"] : q["end"]] == q["text"] for q in made["quotes"])


@pytest.mark.parametrize("verb", ["summarise", "rewrite", "outline"])
def test_tasks_run_in_floats_where_asked(model, pipe, capsys, monkeypatch, verb):
    from anew.engine import start

    monkeypatch.setattr(start, "as_it_runs", None)  # what may choose eight bits
    pipe(TEXT.encode())
    topic = ["bees", "--sections", 1, "--points", 1] if verb == "outline" else ["-"]
    code, out, err = run(capsys, "task", verb, model, *topic, "--floats", "--json")
    assert code == 0 and json.loads(out)["made"], err
