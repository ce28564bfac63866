"""Adapting a stored model: conversations in, an adapter out, which stacks, merges and says what was forgotten."""

from __future__ import annotations

import json
import operator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from small_recipes import TEXT, recipe_for

import anew
from anew.artifact import load_artifact
from anew.cli import main
from anew.data.files import sha256_file
from anew.deploy.lookup import merged, open_adapted, open_model
from anew.deploy.store import Store
from anew.engine.generate import generate
from anew.errors import DataError, RecipeError, Refused
from anew.recipe import override, parse
from anew.recipes import find, pipeline

FEW: dict[str, Any] = {
    "train.steps": 12, "train.batch": 8, "train.threads": 1, "train.lr": 0.02, "adapt.rank": 4, "adapt.context": 64,
    "sample.max_new": 12, "deploy.name": "polite", "validation.bootstrap": 100, "validation.max_units": 20_000,
}  # fmt: skip
BASE: dict[str, Any] = {
    **TEXT, "codec.context": 64, "train.steps": 40,
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, notes: Path) -> Any:
    """An ANEW_HOME with a model called `base`."""
    folder = tmp_path_factory.mktemp("adapting")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANEW_HOME", str(folder / "home"))
        pipeline.run(recipe_for("text", notes, BASE), folder / "base", until="train")
        Store().add(folder / "base" / "model", "base")
        yield folder


def asking(folder: Path, count: int = 60) -> Path:
    """Sums, in the shape of questions and answers."""
    path = folder / "sums.jsonl"
    rows = [{"question": f"{a}+{b}?", "answer": f"It is {operator.add(a, b)}."} for a in range(9) for b in range(9)]
    path.write_text("\n".join(map(json.dumps, rows[:count])))
    return path


def tuned(home: Path, data: Path, out: str, recipe: str = "chat-tune", **changes: Any) -> Any:
    values = override(find(recipe), {**FEW, "data.source": str(data), "start": "base", **changes})
    return pipeline.run(parse(values), home / out)


def report_of(run: Path) -> Any:
    return json.loads((run / "validate" / "report.json").read_text())


@pytest.fixture(scope="module")
def adapter(home: Path) -> Any:
    return tuned(home, asking(home), "tuned")


def test_the_answers_cost_less_and_what_is_kept_is_told(home: Path, adapter: Any) -> None:
    figures = adapter.figures
    assert figures["answer_nats"] < 0.8 * figures["answer_nats_before"]
    assert figures["answer_nats_change"] < -0.2
    assert 1 < figures["kept_text_before"] < 8
    assert figures["kept_text_change"] == pytest.approx(figures["kept_text"] / figures["kept_text_before"] - 1)


def test_the_page_says_what_was_adapted_and_how_much_of_it_learnt(home: Path, adapter: Any) -> None:
    report = report_of(home / "tuned")
    learnt = sum(value.numel() for value in load_file(home / "tuned" / "model" / "model.safetensors").values())
    assert report["facts"]["model"]["adapted from"].startswith("base@")
    assert report["facts"]["model"]["what learnt"] == f"an adapter of rank 4, {learnt:,} parameters"
    assert report["facts"]["sources"] == {"sums.jsonl": 60}
    assert any("repeat those" in limit for limit in report["facts"]["limits"])
    assert "Is it original?" not in (home / "tuned" / "validate" / "report.html").read_text()


def test_what_an_adapter_of_an_adapter_forgot_is_asked_of_the_first_model(home: Path, adapter: Any) -> None:
    again = tuned(home, asking(home, 40), "again", start="polite", **{"deploy.name": "politer", "train.steps": 2})
    assert again.figures["kept_text_before"] == pytest.approx(adapter.figures["kept_text"])


def test_an_adapter_is_small_and_names_its_base(home: Path, adapter: Any) -> None:
    folder, base = home / "tuned" / "model", Store().folder("base")
    config = json.loads((folder / "config.json").read_text())
    assert config["adapts"]["weights"] == sha256_file(base / "model.safetensors")
    assert (folder / "model.safetensors").stat().st_size < 0.2 * (base / "model.safetensors").stat().st_size
    checkpoints = sorted((home / "tuned" / "train" / "checkpoints").glob("*/model.safetensors"))
    assert checkpoints and checkpoints[-1].stat().st_size < 0.2 * (base / "model.safetensors").stat().st_size
    with pytest.raises(Refused, match="an adapter of"):
        load_artifact(folder)


def test_asked_by_its_own_name_or_over_its_base_it_says_the_same(adapter: Any) -> None:
    own = generate(open_model("polite"), 2, 3, "1+1?").samples
    assert own == generate(open_adapted("base", [("polite", 1.0)]), 2, 3, "1+1?").samples
    assert own != generate(open_adapted("base", [("polite", 0.0)]), 2, 3, "1+1?").samples
    assert own == anew.load("polite").generate("1+1?", n=2, seed=3).samples


def logits(artifact: Any) -> torch.Tensor:
    x_BT = torch.arange(12)[None] % artifact.model.spec.vocab
    with torch.no_grad():
        found: torch.Tensor = artifact.model.extend(x_BT)[0]
    return found


def test_weights_scale_stack_and_merge(adapter: Any) -> None:
    base, none = logits(open_model("base")), logits(open_adapted("base", [("polite", 0.0)]))
    assert torch.equal(base, none)
    twice = logits(open_adapted("base", [("polite", 1.0), ("polite", 1.0)]))
    assert torch.allclose(twice, logits(open_adapted("base", [("polite", 2.0)])), atol=1e-4)
    alone = merged("base", [("polite", 1.0)])
    assert torch.allclose(logits(alone), logits(open_model("polite")), atol=1e-4)
    assert set(alone.model.state_dict()) == set(open_model("base").model.state_dict())


def test_the_command_line_merges_and_asks(home: Path, adapter: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "merge", "base", "polite=0.5", "--name", "half"]) == 0
    capsys.readouterr()
    said = []
    for command in (["half", "1+1?"], ["base", "1+1?", "--adapter", "polite=0.5"], ["base", "1+1?"]):
        assert main(["generate", *command, "-n", "2", "--json", "--max-new", "8", "--temperature", "0"]) == 0
        said.append(json.loads(capsys.readouterr().out.splitlines()[-1])["samples"])
    assert said[0] == said[1] != said[2]
    assert main(["generate", "half", "1+1?", "--adapter", "polite"]) == 5
    assert "not one of half" in capsys.readouterr().err


def test_a_second_run_has_nothing_to_do_and_ends_the_same(home: Path, adapter: Any) -> None:
    before = sha256_file(home / "tuned" / "model" / "model.safetensors")
    assert tuned(home, asking(home), "tuned").figures == adapter.figures
    tuned(home, asking(home), "twin")
    assert sha256_file(home / "twin" / "model" / "model.safetensors") == before


def test_an_adapter_is_tuned_further_and_every_weight_may_learn(home: Path, adapter: Any) -> None:
    further = tuned(home, asking(home), "further", **{"start": "polite", "deploy.name": "politer", "train.steps": 4})
    assert further.figures["answer_nats_before"] == pytest.approx(adapter.figures["answer_nats"], rel=1e-5)
    whole = tuned(home, asking(home), "whole", **{"adapt.rank": 0, "deploy.name": "whole", "train.lr": 1e-3})
    assert whole.figures["answer_nats_change"] < -0.2
    assert set(load_artifact(home / "whole" / "model").model.state_dict()) == set(open_model("base").model.state_dict())


def test_weights_that_do_not_learn_may_be_held_in_eight_bits(home: Path, adapter: Any) -> None:
    quick = tuned(home, asking(home), "quick", **{"adapt.frozen": "int8", "deploy.name": "quick"})
    assert quick.figures["answer_nats"] == pytest.approx(adapter.figures["answer_nats"], rel=0.02)
    assert quick.figures["answer_nats_before"] != adapter.figures["answer_nats_before"], "the start is in floats"
    config = json.loads((home / "quick" / "model" / "config.json").read_text())
    assert config["adapts"]["held"] == "int8" and "eight bits" in (home / "quick" / "model" / "card.md").read_text()
    over_floats, floats = (logits(open_adapted("base", [(name, 1.0)])) for name in ("quick", "polite"))
    moved = float((floats - logits(open_model("base"))).norm())
    assert float((over_floats - floats).norm()) < 0.2 * moved, "another adapter than the one learnt over floats"
    assert set(merged("base", [("quick", 1.0)]).model.state_dict()) == set(open_model("base").model.state_dict())
    with pytest.raises(RecipeError, match="every weight learns"):
        tuned(home, asking(home), "no-rank", **{"adapt.frozen": "int8", "adapt.rank": 0})


def test_text_that_is_not_to_be_forgotten_can_be_named(home: Path) -> None:
    (home / "keep.txt").write_text("What I do not want it to forget is this very text. " * 30)
    found = tuned(home, asking(home), "kept", **{"adapt.keep": str(home / "keep.txt"), "deploy.name": "kept"})
    assert found.figures["kept_text_before"] > 0


def test_what_cannot_be_adapted_is_refused(home: Path) -> None:
    with pytest.raises(RecipeError, match="say which"):
        pipeline.run(parse(override(find("chat-tune"), {"data.source": str(asking(home))})), home / "no")
    with pytest.raises(RecipeError, match="no layer is called 'nothing'"):
        tuned(home, asking(home), "no-layer", **{"adapt.layers": ["nothing"]})
    with pytest.raises(DataError, match="colour"):
        (home / "odd.jsonl").write_text('{"colour": "red"}\n')
        tuned(home, home / "odd.jsonl", "odd")


def test_it_says_that_it_stopped_early_and_what_it_kept(home: Path) -> None:
    hasty = {
        "train.lr": 1e-12,  # nothing is learnt
        "train.schedule": "constant",
        "train.steps": 30,
        "train.validate_every": 1,
        "train.patience": 2,
        "start": "base",
    }
    values = override(find("chat-tune"), {**FEW, "data.source": str(asking(home)), **hasty})
    told: list[str] = []
    pipeline.run(parse(values), home / "hasty", report=lambda p: told.append(p.note), until="train")
    said = next((note for note in told if "stopped at step" in note), "")
    assert "of 30, as the held-out loss fell no more; the weights of step" in said, told
    assert any(" parameters learn" in note and " of " in note for note in told)


def test_only_answers_enter_the_loss(home: Path) -> None:
    from anew.codecs.conversations import message
    from anew.codecs.turns import Turns

    codec = Turns(inner=open_model("base").codec)
    asked = [message("user", "Who?"), message("assistant", "Me."), message("user", "Why?"), message("assistant", "So.")]
    (ids,), (counts,) = codec.encode([asked]), codec.counted([asked])
    assert len(counts) == len(ids) + 1
    said = ids[counts[:-1]]
    (stop,) = (said == codec.spec.end).nonzero()[0].tolist()  # the end of the first answer counts as well
    assert codec.inner.decode([said[:stop], said[stop + 1 :]]) == ["Me.", "So."] and counts[-1]
    assert torch.equal(codec.question(asked[:1]), ids[: len(codec.question(asked[:1]))])


def test_preferences_widen_the_margin_and_the_report_says_so(home: Path) -> None:
    path = home / "pairs.jsonl"
    rows = [
        {"prompt": f"{a}+{b}?", "chosen": f"That comes to {a + b}.", "rejected": f"No, {a}."}
        for a in range(8)
        for b in range(8)
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    found = tuned(home, path, "pairs", "preference-tune", **{"deploy.name": "chooser"}).figures
    assert found["margin_gain"] > 0.5 and found["preferred"] > found["preferred_before"]
    assert found["margin"] - found["margin_before"] == pytest.approx(found["margin_gain"])
    assert found["chosen_change"] > -0.1 and found["kept_text_before"] > 0
    curves = {figure["title"] for figure in report_of(home / "pairs")["figures"] if figure["section"] == "learning"}
    assert any("chosen answers gained" in title for title in curves) and len(curves) == 3
    assert any(said.startswith("Pairs with the chosen answer ahead") for said in report_of(home / "pairs")["verdict"])
    with pytest.raises(DataError, match="no chosen and rejected"):
        tuned(home, asking(home), "no-pairs", "preference-tune")


def test_a_reward_that_nothing_earns_is_told(home: Path) -> None:
    changes = {"adapt.reward.name": "match", "adapt.reward.pattern": "no such answer", "train.steps": 1}
    changes |= {"adapt.objective.max_new": 4, "adapt.objective.group": 2, "deploy.name": "none"}
    tuned(home, asking(home), "never", "reward-tune", **changes)
    assert any("nothing is learnt" in limit for limit in report_of(home / "never")["facts"]["limits"])


def test_a_reward_raises_what_it_rewards(home: Path) -> None:
    changes = {
        "adapt.reward.name": "match", "adapt.reward.pattern": ".*e.*", "adapt.objective.max_new": 6,
        "adapt.objective.group": 6, "train.steps": 16, "train.validate_every": 8, "deploy.name": "e-writer",
        "train.checkpoint_every": 8,
    }  # fmt: skip
    result = tuned(home, asking(home), "reward", "reward-tune", **changes)
    found = result.figures
    assert found["reward_gain"] > 0.1
    assert found["reward"] - found["reward_before"] == pytest.approx(found["reward_gain"])
    assert found["kl_to_start"] > 0
    report = report_of(home / "reward")
    *_, worst = report["texts"]
    assert worst["worst"] and sum(text["worst"] for text in report["texts"]) == 1
    assert "Held out:\nIt is" in worst["content"] and "worth least" in worst["note"]
    titles = [figure["title"] for figure in report["figures"]]
    assert "model: reward of its own answers over steps" in titles
    assert "model: distance of its own answers from the start over steps" in titles
    again = tuned(home, asking(home), "reward-twin", "reward-tune", **changes)
    assert again.figures == found
    with pytest.raises(RecipeError, match="without one"):
        tuned(home, asking(home), "no-reward", **{"adapt.reward.name": "number"})
