import json
import math

import pytest
import tiny_run
import torch

from anew.contract import Spec
from anew.errors import NotFound, Refused
from anew.recipe import Train
from anew.train import budget, forecast, memory
from anew.train.budget import Costs, fit_into, most, stops
from anew.train.build import build_model, start_from
from anew.train.device import choose_device
from anew.train.memory import Scales, needed_bytes, weigh


def test_most_finds_the_last_that_fits():
    for limit in (0, 1, 2, 3, 1000, 12345):
        assert most(lambda n, limit=limit: n <= limit) == max(1, limit)


@pytest.mark.parametrize("changes", [{}, {"validate_every": 7, "checkpoint_every": 10, "sample_every": 30}])
def test_stops_are_those_that_the_loop_makes(tmp_path, changes):
    from anew.train.loop import Sampled, Saved, Validated

    none = {"validate_every": None, "checkpoint_every": None, "sample_every": None}
    for steps in (20, 100):
        folder = tmp_path / str(steps)
        trainer = tiny_run.trainer(
            "straight", folder, sampler=tiny_run.draw(tmp_path), **(none | changes | {"steps": steps})
        )
        events = list(trainer.run())
        counted = [sum(isinstance(e, kind) for e in events) for kind in (Validated, Saved, Sampled)]
        assert counted == pytest.approx(stops(steps, trainer.settings), abs=max(2, steps // 40))


def test_costs_add_up():
    costs = Costs(step=0.1, validation=2, checkpoint=1, sample=5, checkpoint_bytes=0)
    assert costs.seconds(100, Train()) == pytest.approx(100 * 0.1 + 20 * 2 + 20 * 1 + 5 * 5)


@pytest.mark.parametrize("clock", ["wall", "cpu"])
def test_minutes_become_steps_once(tmp_path, monkeypatch, clock):
    trainer = tiny_run.trainer("straight", tmp_path, clock=clock)
    before = {name: p.clone() for name, p in trainer.model.named_parameters()}
    free = trainer.settings.model_copy(update={"validate_every": None})
    fitted = fit_into(trainer.model, free, trainer.loader, 2.0, tmp_path / "run")
    steps = fitted.steps
    assert steps >= 1
    found = json.loads((tmp_path / "run" / "budget.json").read_text())
    assert found["steps"] == steps and found["clock"] == clock
    costs = Costs(**found["costs"])
    assert costs.step > 0 and costs.checkpoint_bytes > 1000
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["budget.json"]
    assert all(torch.equal(p, before[name]) for name, p in trainer.model.named_parameters())
    monkeypatch.setattr(budget, "measure", lambda *a: pytest.fail("measured again"))
    assert fit_into(trainer.model, free, trainer.loader, 99.0, tmp_path / "run") == fitted


def test_a_disturbance_does_not_decide_the_run(tmp_path, monkeypatch):
    """Three of five steps take ten times as long, while they are timed."""
    trainer = tiny_run.trainer("straight", tmp_path)
    now, made, step = [0.0], [0], budget.Trainer.train_step

    def slow(self, at):
        made[0] += 1
        now[0] += 0.1 if made[0] % 5 < 3 else 0.01
        return step(self, at)

    monkeypatch.setattr(budget.Trainer, "train_step", slow)
    monkeypatch.setattr(budget, "clock", lambda settings: lambda: now[0])
    costs = budget.measure(trainer.model, trainer.settings, trainer.loader, 2.0, tmp_path)
    assert made[0] > 20 and costs.step == pytest.approx(0.01)
    assert [budget.undisturbed(times) for times in ([3.0], [1.0, 9.0], [9.0, 2.0, 1.0, 9.0])] == [3.0, 1.0, 1.5]


@pytest.mark.parametrize(
    ("validation", "given", "looks"), [(0.01, None, None), (1.0, None, 10), (9.0, None, 4), (9.0, 700, None)]
)
def test_costly_validations_are_fewer(tmp_path, monkeypatch, validation, given, looks):
    """Of 200 seconds ten may go into validations; cheap ones, and those that the recipe counts, stay as they are."""
    trainer = tiny_run.trainer("straight", tmp_path)
    costs = Costs(step=0.1, validation=validation, checkpoint=0.0, sample=0.0, checkpoint_bytes=0)
    monkeypatch.setattr(budget, "measure", lambda *a: costs)
    asked = trainer.settings.model_copy(update={"validate_every": given, "sample_every": 10**6})
    found = fit_into(trainer.model, asked, trainer.loader, 200.0, tmp_path)
    made = stops(found.steps, found)[0]
    assert fit_into(trainer.model, asked, trainer.loader, 1.0, tmp_path) == found  # as it stands in budget.json
    if looks is None:
        assert found.validate_every == given
    else:
        assert made in (looks - 1, looks)
    assert 0.97 * 200 <= costs.seconds(found.steps, found) <= 200


def test_patience_has_validations_to_run_out_over(tmp_path, monkeypatch):
    """And where there is nothing to validate on, or no time left after measuring, there is still a step."""
    trainer = tiny_run.trainer("straight", tmp_path)
    for patience, validation, seconds, looks in ((6, 9.0, 200.0, 12), (None, 0.0, -1.0, 20)):
        costs = Costs(step=0.1, validation=validation, checkpoint=0.0, sample=0.0, checkpoint_bytes=0)
        monkeypatch.setattr(budget, "measure", lambda *a, costs=costs: costs)
        asked = trainer.settings.model_copy(
            update={"validate_every": None, "sample_every": 10**6, "patience": patience}
        )
        place = tmp_path / str(patience)
        place.mkdir()
        found = fit_into(trainer.model, asked, trainer.loader, seconds, place)
        assert found.steps >= 1 and (stops(found.steps, found)[0] in (looks - 1, looks) or found.steps == 1)


def test_measuring_draws_nothing_from_the_run(tmp_path):
    """A run that was timed first ends at the same weights as one that was not."""
    ends = []
    for timed in (False, True):
        trainer = tiny_run.trainer("adversaries", tmp_path / str(timed))
        if timed:
            fit_into(trainer.model, trainer.settings, trainer.loader, 1.0, tmp_path / "True" / "train")
        list(trainer.run())
        ends.append([p.detach().clone() for p in trainer.model.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*ends, strict=True))


def test_scales_weigh_what_is_alive():
    with Scales() as scales:
        a = torch.zeros(1000)
        b = a + 1
        del a
        c = b[5:]  # a view holds no more
        assert (scales.held, scales.peak) == (4000, 8000)
        del b, c
        assert scales.held == 0
    assert scales.peak == 8000


def test_activations_grow_with_rows(tmp_path):
    trainer = tiny_run.trainer("straight", tmp_path)
    small, large = (weigh(trainer.model, trainer.settings, trainer.loader, rows) for rows in (256, 512))
    assert 1.6 < large / small < 2.1


def test_what_the_machine_cannot_hold_is_refused(tmp_path, monkeypatch):
    trainer = tiny_run.trainer("straight", tmp_path)
    assert needed_bytes(trainer.model, trainer.settings, trainer.loader) > 10_000_000
    monkeypatch.setattr(memory, "free_bytes", lambda device: 1000)
    with pytest.raises(Refused, match="of memory beside what is in use, and 1.0 kB are free") as caught:
        needed_bytes(trainer.model, trainer.settings, trainer.loader)
    assert "--train.accumulate 4" in caught.value.next_command


def test_a_disk_that_is_too_small_is_refused(tmp_path, monkeypatch):
    trainer = tiny_run.trainer("straight", tmp_path)
    told = forecast.forecast(trainer.model, trainer.settings, trainer.loader, tmp_path / "train")
    assert told.parameters == sum(p.numel() for p in trainer.model.parameters())
    assert math.isfinite(told.seconds) and told.steps == 24
    assert all(unit in told.line() for unit in ("parameters", "memory", "24 steps", "disk"))
    usage = type("Usage", (), {"free": told.disk_bytes - 1})
    monkeypatch.setattr(forecast.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(Refused, match="are free there"):
        forecast.forecast(trainer.model, trainer.settings, trainer.loader, tmp_path / "train")


def test_a_model_is_drawn_from_its_seed_and_nothing_else():
    spec = Spec("grid", (4,))
    state = torch.get_rng_state()
    made = [build_model("flow", spec, {"width": 32, "depth": 1}, seed) for seed in (1, 1, 2)]
    assert torch.equal(torch.get_rng_state(), state)
    one, same, other = (torch.cat([p.flatten() for p in m.parameters()]) for m in made)
    assert torch.equal(one, same) and not torch.equal(one, other)
    with pytest.raises(NotFound, match="did you mean 'flow'"):
        build_model("flwo", spec, {}, 0)


def test_going_on_from_other_weights_names_what_does_not_fit(tmp_path):
    small, large = (build_model("flow", Spec("grid", (4,)), {"width": w, "depth": 1}, 0) for w in (32, 64))
    other = build_model("flow", Spec("grid", (4,)), {"width": 32, "depth": 1}, 5)
    start_from(small, other.state_dict(), "stored model 'x'")
    assert all(torch.equal(a, b) for a, b in zip(small.parameters(), other.parameters(), strict=True))
    with pytest.raises(Refused, match=r"stored model 'x' does not fit: '[a-z0-9.]+' is \(192,\) there and \(96,\)"):
        start_from(small, large.state_dict(), "stored model 'x'")
    deep = build_model("flow", Spec("grid", (4,)), {"width": 32, "depth": 2}, 0)
    with pytest.raises(Refused, match=r"'net.body.blocks.1.* by the recipe|has no 'net.body.blocks.1"):
        start_from(small, deep.state_dict(), "stored model 'x'")


def test_devices_that_are_not_there_are_refused():
    assert choose_device("cpu").type == "cpu"
    with pytest.raises(Refused, match="no device is called 'gpu'"):
        choose_device("gpu")
    if not torch.cuda.is_available():
        with pytest.raises(Refused, match="sees no cuda device"):
            choose_device("cuda")
