import json
import os
import resource
import signal

import pytest
import tiny_run
import torch
from test_kill import hashes

from anew.data import manifest
from anew.errors import AnewError, Interrupted, Refused
from anew.recipe import Train
from anew.train import checkpoint
from anew.train.checkpoint import found
from anew.train.journal import read_journal
from anew.train.loop import Finished, Sampled, Saved, Tick, Trainer, Validated, cut
from anew.train.optimise import share_of_peak


def lines(folder, kind="train"):
    return [line for line in read_journal(folder / "train" / "metrics.jsonl") if line["kind"] == kind]


def stopped_after(steps):
    """A wish to stop that comes true after so many steps."""
    left = [steps]

    def stop():
        left[0] -= 1
        return left[0] <= 0

    return stop


@pytest.mark.parametrize("name", tiny_run.MODELS)
def test_learns_and_tells_of_it(tmp_path, name):
    events = list(tiny_run.trainer(name, tmp_path, sampler=tiny_run.draw(tmp_path)).run())
    assert isinstance(events[-1], Finished) and events[-1].step == 24
    assert [e.step for e in events if isinstance(e, Saved)] == [4, 6, 8, 12, 16, 18, 20, 24]
    assert [e.step for e in events if isinstance(e, Validated)] == [6, 12, 18, 24]
    assert [e.step for e in events if isinstance(e, Sampled)] == [12, 24]
    assert [line["step"] for line in lines(tmp_path)] == list(range(1, 25))
    tick = [e for e in events if isinstance(e, Tick)][-1]
    assert tick.step == 24 and tick.eta_seconds == 0 and tick.per_second > 0
    done = manifest.load(tmp_path / "train")
    best = min((e for e in events if isinstance(e, Validated)), key=lambda e: e.loss)
    assert done.counts["best_step"] == best.step and done.facts["best_loss"] == best.loss
    assert len(found(tmp_path / "train" / "checkpoints")) == checkpoint.KEPT


def test_loss_falls(tmp_path):
    list(tiny_run.trainer("recurrent", tmp_path, steps=100, lr=2e-2).run())
    losses = [line["loss"] for line in lines(tmp_path)]
    assert sum(losses[-10:]) < 0.9 * sum(losses[:10])


def test_phases_move_when_due_and_nothing_else_moves(tmp_path):
    trainer = tiny_run.trainer("adversaries", tmp_path)
    parts = {"critic": trainer.model.critic, "maker": trainer.model.maker}

    def weights():
        return {name: torch.cat([p.detach().flatten() for p in part.parameters()]) for name, part in parts.items()}

    for step in range(4):
        before = weights()
        trainer.train_step(step)
        after = weights()
        assert not torch.equal(before["critic"], after["critic"])
        assert torch.equal(before["maker"], after["maker"]) == (step % 2 == 1)


def test_accumulated_is_whole(tmp_path):
    """Micro-batches weighted by what counts give the gradient of the whole batch."""
    grads = []
    for parts in (1, 3):
        trainer = tiny_run.trainer("recurrent", tmp_path / str(parts), accumulate=parts, clip=None)
        trainer.train_step(0)
        grads.append(torch.cat([p.grad.to_dense().flatten() for p in trainer.model.parameters()]))
    assert torch.allclose(*grads, atol=1e-6)


def test_a_batch_is_cut_into_all_its_rows():
    from anew.contract import Batch

    batch = Batch(torch.arange(10.0)[:, None])
    for parts in (1, 3, 4, 10, 99):
        assert torch.equal(torch.cat([b.x for b in cut(batch, parts)]), batch.x)
        assert len(cut(batch, parts)) <= parts


def test_schedule_warms_up_and_comes_down():
    for schedule, end in (("cosine", 0.1), ("linear", 0.1), ("constant", 1.0)):
        settings = Train(steps=100, warmup=0.1, schedule=schedule, final_lr=0.1)
        shares = [share_of_peak(step, 100, settings) for step in range(101)]
        assert shares[:10] == pytest.approx([(i + 1) / 11 for i in range(10)])
        assert shares[10] == 1.0 and shares[-1] == pytest.approx(end)
        assert all(a >= b for a, b in zip(shares[10:], shares[11:], strict=False))


@pytest.mark.parametrize(
    ("name", "optimiser", "after"), [("recurrent", "muon", 1), ("recurrent", "adamw", 13), ("adversaries", "muon", 18)]
)
def test_stopped_and_resumed_is_uninterrupted(tmp_path, name, optimiser, after):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    list(tiny_run.trainer(name, whole, optimiser=optimiser).run())
    with pytest.raises(Interrupted, match=f"after step {after} of 24"):
        list(tiny_run.trainer(name, parts, optimiser=optimiser).run(stopped_after(after)))
    list(tiny_run.trainer(name, parts, optimiser=optimiser).run())
    assert hashes(whole) == hashes(parts)
    for kind in ("train", "held_out"):
        a, b = ([{k: v for k, v in line.items() if k != "seconds"} for line in lines(f, kind)] for f in (whole, parts))
        assert a == b


def test_a_finished_run_is_left_alone(tmp_path):
    list(tiny_run.trainer("straight", tmp_path).run())
    before = hashes(tmp_path)
    assert list(tiny_run.trainer("straight", tmp_path).run()) == [Finished(24, "steps")]
    assert hashes(tmp_path) == before


def test_other_settings_do_not_go_on_in_the_same_folder(tmp_path):
    with pytest.raises(Interrupted):
        list(tiny_run.trainer("straight", tmp_path).run(stopped_after(5)))
    with pytest.raises(Refused, match="other settings or data"):
        list(tiny_run.trainer("straight", tmp_path, lr=0.5).run())
    list(tiny_run.trainer("straight", tmp_path).run())
    with pytest.raises(Refused, match="other settings or data"):
        list(tiny_run.trainer("straight", tmp_path, lr=0.5).run())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_step_and_saves(tmp_path, number):
    before = signal.getsignal(number)
    trainer = tiny_run.trainer("straight", tmp_path)
    real = trainer.train_step

    def with_signal(step):
        if step == 6:
            os.kill(os.getpid(), number)
        return real(step)

    trainer.train_step = with_signal
    with pytest.raises(Interrupted, match="after step 7 of 24; everything is saved") as caught:
        list(trainer.run())
    assert "--resume" in caught.value.next_command
    assert signal.getsignal(number) == before
    assert found(tmp_path / "train" / "checkpoints")[0].name == "step-00000007"


def test_a_damaged_checkpoint_is_passed_over(tmp_path):
    whole, folder = tmp_path / "whole", tmp_path / "damaged"
    list(tiny_run.trainer("straight", whole).run())
    with pytest.raises(Interrupted):
        list(tiny_run.trainer("straight", folder).run(stopped_after(13)))
    newest, older = found(folder / "train" / "checkpoints")
    weights = newest / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert checkpoint.load_newest(newest.parent).step == 12
    list(tiny_run.trainer("straight", folder).run())
    assert hashes(folder)["train/model.safetensors"] == hashes(whole)["train/model.safetensors"]
    assert [line["step"] for line in lines(folder)] == list(range(1, 25))


def test_a_run_stopped_at_every_other_step_has_a_whole_journal(tmp_path):
    for _ in range(24):
        try:
            list(tiny_run.trainer("straight", tmp_path).run(stopped_after(2)))
        except Interrupted:
            state = checkpoint.load_newest(tmp_path / "train" / "checkpoints").state["progress"]
            content = (tmp_path / "train" / "metrics.jsonl").read_bytes()
            assert content[: state["journal"]].count(b"\n") == content.count(b"\n")
    assert (tmp_path / "train" / "manifest.json").exists()
    assert [line["step"] for line in lines(tmp_path)] == list(range(1, 25))
    assert [line["step"] for line in lines(tmp_path, "held_out")] == [6, 12, 18, 24]


def test_no_whole_checkpoint_is_said(tmp_path):
    with pytest.raises(Interrupted):
        list(tiny_run.trainer("straight", tmp_path).run(stopped_after(2)))
    (only,) = found(tmp_path / "train" / "checkpoints")
    (only / "state.json").write_text("{}")
    with pytest.raises(AnewError, match="no checkpoint is whole"):
        list(tiny_run.trainer("straight", tmp_path).run())


def test_not_a_number_is_told_in_plain_words_and_keeps_the_last_good(tmp_path):
    trainer = tiny_run.trainer("straight", tmp_path)
    real = trainer.model.loss

    def breaks(batch, phase, rng):
        loss, stats = real(batch, phase, rng)
        return (loss * float("nan") if trainer.progress.step == 9 else loss), stats

    trainer.model.loss = breaks
    with pytest.raises(AnewError, match="broke down at step 10 of 24: the loss is nan") as caught:
        list(trainer.run())
    assert "step-00000008" in str(caught.value) and "--train.lr 0.001" in str(caught.value)
    saved = checkpoint.load_newest(tmp_path / "train" / "checkpoints")
    assert saved.step == 8
    assert all(torch.isfinite(value).all() for value in saved.tensors["model"].values())


def test_a_learning_rate_that_blows_up_never_reaches_a_checkpoint(tmp_path):
    with pytest.raises(AnewError, match="broke down"):
        list(tiny_run.trainer("recurrent", tmp_path, lr=1e38, warmup=0.0).run())
    for place in found(tmp_path / "train" / "checkpoints"):
        weights = checkpoint.load_file(place / "model.safetensors")
        assert all(torch.isfinite(value).all() for value in weights.values())


def test_patience_stops_early_and_keeps_the_best(tmp_path):
    trainer = tiny_run.trainer("straight", tmp_path, patience=2)
    losses = iter([3.0, 1.0, 2.0, 2.5])
    trainer.held_out_loss = lambda: next(losses)
    events = list(trainer.run())
    assert events[-1] == Finished(24, "steps") or events[-1] == Finished(24, "patience")
    assert [e.best for e in events if isinstance(e, Validated)] == [True, True, False, False]
    trainer = tiny_run.trainer("straight", tmp_path / "short", patience=1)
    losses = iter([1.0, 2.0, 0.5])
    trainer.held_out_loss = lambda: next(losses)
    assert list(trainer.run())[-1] == Finished(12, "patience")
    assert manifest.load(tmp_path / "short" / "train").counts["best_step"] == 6


def test_the_last_weights_are_kept_where_that_is_asked_for(tmp_path):
    kept = {}
    for keep in ("best", "last"):
        trainer = tiny_run.trainer("straight", tmp_path / keep, keep=keep, ema=0.9)
        losses = iter([3.0, 1.0, 2.0, 2.5])
        trainer.held_out_loss = lambda losses=losses: next(losses)
        list(trainer.run())
        kept[keep] = checkpoint.load_file(tmp_path / keep / "train" / "model.safetensors")
        assert manifest.load(tmp_path / keep / "train").counts["best_step"] == 12
    for name, last in trainer.average.values.items():
        assert torch.equal(kept["last"][name], last) and not torch.equal(kept["best"][name], last)


def test_the_average_is_what_is_judged_and_kept(tmp_path):
    trainer = tiny_run.trainer("straight", tmp_path, ema=0.9)
    list(trainer.run())
    kept = checkpoint.load_file(tmp_path / "train" / "model.safetensors")
    assert manifest.load(tmp_path / "train").counts["best_step"] == 24
    for name, p in trainer.model.named_parameters():
        assert torch.equal(kept[name], trainer.average.values[name])
        assert not torch.equal(kept[name], p)


def test_phases_without_average_keep_their_own_weights(tmp_path):
    trainer = tiny_run.trainer("adversaries", tmp_path, ema=0.9)
    assert all(name.startswith("maker") for name in trainer.average.values)


def test_phases_must_cover_every_parameter_once(tmp_path):
    trainer = tiny_run.trainer("adversaries", tmp_path)
    model = trainer.model
    both = model.phases()
    for phases in (both[:1], [*both, both[0]]):
        model.phases = lambda phases=phases: phases
        with pytest.raises(ValueError, match="cover each"):
            Trainer(model, trainer.settings, trainer.loader, None, tmp_path, 0)


def test_without_held_out_data_the_last_weights_are_kept(tmp_path):
    made = tiny_run.trainer("straight", tmp_path, ema=None)
    trainer = Trainer(made.model, made.settings, made.loader, None, tmp_path / "train", 1)
    events = list(trainer.run())
    assert not any(isinstance(e, Validated) for e in events)
    kept = checkpoint.load_file(tmp_path / "train" / "model.safetensors")
    assert all(torch.equal(kept[name], p) for name, p in trainer.model.named_parameters())


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path):
    whole, folder = tmp_path / "whole", tmp_path / "full"
    list(tiny_run.trainer("straight", whole).run())
    trainer = tiny_run.trainer("straight", folder)
    real, limits = trainer.train_step, resource.getrlimit(resource.RLIMIT_FSIZE)
    caught = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def fills(step):
        if step == 9:
            resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1]))  # a write past it fails, as on a full disk
        return real(step)

    trainer.train_step = fills
    try:
        with pytest.raises(Refused, match="cannot be written") as error:
            list(trainer.run())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, caught)
    assert "df -h" in error.value.next_command
    assert [p.name for p in found(folder / "train" / "checkpoints")] == ["step-00000008", "step-00000006"]
    list(tiny_run.trainer("straight", folder).run())
    assert hashes(folder) == hashes(whole)


def test_tensorboard_holds_each_step_once_after_resuming(tmp_path):
    with pytest.raises(Interrupted):
        list(tiny_run.trainer("straight", tmp_path).run(stopped_after(13)))
    list(tiny_run.trainer("straight", tmp_path).run())
    board = tmp_path / "train" / "tensorboard"
    assert len(list(board.iterdir())) == 1
    steps = [event.step for event in board_events(next(board.iterdir())) if "train/loss" in event.summary]
    assert steps == list(range(1, 25))


def board_events(path):
    """The steps and names of scalars in a TensorBoard file: records of length, checksum, event, checksum."""
    from collections import namedtuple

    from tensorboardX.proto.event_pb2 import Event

    content, at, made = path.read_bytes(), 0, namedtuple("Found", "step summary")
    while at < len(content):
        length = int.from_bytes(content[at : at + 8], "little")
        event = Event.FromString(content[at + 12 : at + 12 + length])
        yield made(event.step, [value.tag for value in event.summary.value])
        at += 16 + length


def test_the_state_is_json_that_anyone_reads(tmp_path):
    list(tiny_run.trainer("straight", tmp_path).run())
    place = found(tmp_path / "train" / "checkpoints")[0]
    state = json.loads((place / "state.json").read_text(), parse_constant=lambda c: pytest.fail(f"{c} is not JSON"))
    assert state["progress"]["step"] == 24
    assert {p.suffix for p in place.iterdir()} == {".json", ".safetensors"}
