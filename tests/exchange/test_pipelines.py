"""Folders of diffusers: taken in, they draw what diffusers' own pipelines draw for the same seed, to the last bit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import small_pipelines as small
import torch
from small_pipelines import BETAS, drawn, pipeline

import anew
from anew.artifact import load_artifact
from anew.cli import main
from anew.codecs.image import read_image
from anew.contract import Prompt
from anew.deploy.store import Store
from anew.engine.edit import inpaint, vary
from anew.engine.generate import generate, stream
from anew.recipes.exchange import import_model

# numpy 2 says of diffusers' own schedules that they will have to change.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
FORMS: dict[str, Callable[[], Any]] = {
    "sd": small.sd, "sdxl": small.sdxl, "sd3": small.sd3, "flux": small.flux, "schnell": lambda: small.flux(False),
}  # fmt: skip
PROMPT, OTHER = "a Red cat, on  the MOON", "blue house"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return Room(tmp_path_factory.mktemp("pipelines"))


class Room:
    """Each pipeline as diffusers has it, its folder, and what became of it in a store."""

    def __init__(self, path: Path) -> None:
        self.path, self.store = path, Store(path / "models")
        self._made: dict[str, tuple[Any, Any]] = {}

    def folder(self, name: str) -> Path:
        return self.path / name

    def __call__(self, name: str, make: Callable[[], Any] | None = None) -> tuple[Any, Any]:
        if name not in self._made:
            theirs = pipeline(make or FORMS[name])
            theirs.save_pretrained(self.folder(name))
            import_model(str(self.folder(name)), name, self.store)
            self._made[name] = theirs, load_artifact(self.store.folder(name))
        return self._made[name]


def size_for(name: str) -> dict[str, str]:
    """A FLUX tells nowhere what size it is for, and would draw its usual one."""
    return {"size": "16x16"} if name in ("flux", "schnell") else {}


# ------------------------------------------------------------------------------------------------ the same pictures


@pytest.mark.parametrize("name", FORMS)
def test_a_picture_is_diffusers_own(room: Room, name: str) -> None:
    theirs, ours = room(name)
    asked = {"guidance": 3.5, "steps": 4} | size_for(name)
    steered = {"true_cfg_scale": 3.5, "negative_prompt": ""} if name == "schnell" else {"guidance_scale": 3.5}
    made = generate(ours, 2, 1, PROMPT, **asked)
    for picture, seed in zip(made.samples, made.seeds, strict=True):
        assert np.array_equal(picture, drawn(theirs, seed, prompt=PROMPT, num_inference_steps=4, **steered))
    assert made.seeds == [1, 2] and (made.samples[0] != made.samples[1]).any()
    assert np.array_equal(generate(ours, 1, 2, PROMPT, **asked).samples[0], made.samples[1])
    assert (generate(ours, 1, 1, OTHER, **asked).samples[0] != made.samples[0]).any()


@pytest.mark.parametrize("name", ["sd", "sdxl", "sd3", "schnell"])
def test_a_negative_prompt_is_diffusers_own(room: Room, name: str) -> None:
    theirs, ours = room(name)
    steered = {"true_cfg_scale": 2.0} if name == "schnell" else {"guidance_scale": 2.0}
    want = drawn(theirs, prompt=PROMPT, negative_prompt="green dog", num_inference_steps=3, **steered)
    made = generate(ours, 1, 1, PROMPT, guidance=2.0, negative="green dog", steps=3, **size_for(name)).samples[0]
    assert np.array_equal(made, want)
    plain = generate(ours, 1, 1, PROMPT, guidance=2.0, steps=3, **size_for(name)).samples[0]
    assert (plain != made).any()


@pytest.mark.parametrize("prompt", ["?", "x" * 5000, "🙂 日本 \u202e e\u0301", "<|endoftext|> cat </s>", "\0\x1b[31m"])
@pytest.mark.parametrize("name", ["sdxl", "sd3"])
def test_an_odd_prompt_is_read_as_diffusers_reads_it(room: Room, name: str, prompt: str) -> None:
    theirs, ours = room(name)
    want = drawn(theirs, prompt=prompt, num_inference_steps=1, guidance_scale=3.0)
    assert np.array_equal(generate(ours, 1, 1, prompt, steps=1, guidance=3.0).samples[0], want)


def test_no_prompt_and_an_empty_one_ask_for_nothing_in_particular(room: Room) -> None:
    theirs, ours = room("sd")
    want = drawn(theirs, prompt="", num_inference_steps=2, guidance_scale=3.0)
    for prompt in (None, "", "  "):
        assert np.array_equal(generate(ours, 1, 1, prompt, steps=2, guidance=3.0).samples[0], want)


def test_half_a_surrogate_pair_is_a_question_mark(room: Room) -> None:
    _, ours = room("sd")
    first, second = (generate(ours, 1, 1, prompt, steps=1).samples[0] for prompt in ("a \ud800 cat", "a ? cat"))
    assert np.array_equal(first, second)


def test_guidance_that_is_built_in_steers_away_from_nothing(room: Room) -> None:
    _, ours = room("flux")
    with pytest.raises(anew.errors.RecipeError, match="negative"):
        generate(ours, 1, 1, PROMPT, guidance=2.0, negative="dog", steps=1, size="16x16")


def test_one_without_guidance_is_diffusers_own(room: Room) -> None:
    theirs, ours = room("sd")
    want = drawn(theirs, prompt=PROMPT, num_inference_steps=2, guidance_scale=1.0)
    assert np.array_equal(generate(ours, 1, 1, PROMPT, steps=2, guidance=1.0).samples[0], want)


def test_what_is_not_asked_is_as_diffusers_has_it(room: Room) -> None:
    theirs, ours = room("sd3")
    assert np.array_equal(generate(ours, 1, 1, PROMPT).samples[0], drawn(theirs, prompt=PROMPT))


SCHEDULES: dict[str, tuple[str, dict[str, Any]]] = {
    "ddim": ("DDIMScheduler", {"clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1}),
    "ddpm": ("DDPMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {"prediction_type": "v_prediction"}),
    "ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "dpm-solver++": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "unipc": ("UniPCMultistepScheduler", {}),
}  # fmt: skip


@pytest.mark.parametrize("solver", SCHEDULES)
def test_every_schedule_is_diffusers_own(room: Room, solver: str) -> None:
    theirs, ours = room("sd")
    kind, settings = SCHEDULES[solver]
    schedule, kept = getattr(diffusers, kind)(**BETAS, **settings), theirs.scheduler
    own = replaced(ours, schedule)
    theirs.scheduler = schedule
    try:
        want = drawn(theirs, prompt=PROMPT, num_inference_steps=4, guidance_scale=3.0)
    finally:
        theirs.scheduler = kept
    looks = list(stream(own, 1, 1, PROMPT, steps=4, guidance=3.0))
    assert np.array_equal(looks[-1][0], want) and len(looks) >= 4
    if "prediction_type" not in settings:
        made = generate(ours, 1, 1, PROMPT, steps=4, guidance=3.0, solver=solver).samples[0]
        assert made.shape == want.shape  # the model's own settings under another solver


def replaced(ours: Any, schedule: Any) -> Any:
    """The artifact under another schedule, as an index would name it."""
    import copy
    from dataclasses import replace

    model = copy.copy(ours.model)
    model.schedule = dict(schedule.config) | {"_class_name": type(schedule).__name__}
    return replace(ours, model=model)


# ------------------------------------------------------------------------------------------------ while it is drawn


@pytest.mark.parametrize("name", FORMS)
def test_looks_come_nearer_and_the_last_one_is_the_picture(room: Room, name: str) -> None:
    _, ours = room(name)
    asked = {"steps": 12, "guidance": 1.0} | size_for(name)
    looks = [np.asarray(one[0], float) for one in stream(ours, 1, 3, PROMPT, **asked)]
    gaps = [np.abs(look - looks[-1]).mean() for look in looks]
    assert len(looks) >= 12 and gaps[-2] < gaps[0] and gaps[-2] < 30
    assert np.array_equal(looks[-1], generate(ours, 1, 3, PROMPT, **asked).samples[0])


def test_whoever_watches_can_end_it_between_two_steps(room: Room) -> None:
    _, ours = room("sd")
    calls, shares = [], []
    hook = ours.model.network.register_forward_hook(lambda *_: calls.append(1))

    def watch(share: float, decode: Any) -> None:
        shares.append(share)
        if len(shares) == 2:
            raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            generate(ours, 1, 1, PROMPT, steps=20, watch=watch)
    finally:
        hook.remove()
    assert len(calls) == 2 and shares[0] < shares[1] < 0.2


# ------------------------------------------------------------------------------------------------ sizes


def test_a_picture_of_another_size_is_diffusers_own(room: Room) -> None:
    for name in ("sd", "sdxl", "sd3"):
        theirs, ours = room(name)
        rng = torch.Generator().manual_seed(1)
        asked = {"num_inference_steps": 2, "guidance_scale": 3.0, "width": 24, "height": 16}
        want = theirs(PROMPT, generator=rng, output_type="np", **asked).images[0]
        made = generate(ours, 1, 1, PROMPT, steps=2, guidance=3.0, size="24x16").samples[0]
        assert made.shape == (16, 24, 3) and np.array_equal(made, (want * 255).round().astype(np.uint8)), name


@pytest.mark.parametrize(
    ("name", "size", "says"),
    [
        ("sd", "17x16", "multiples of 2"), ("sd3", "18x16", "multiples of 4"), ("sd3", "64x16", "up to 48"),
        ("sd", "99999x99999", "more than"), ("sd", "0x16", "WIDTHxHEIGHT"), ("sd", "big", "WIDTHxHEIGHT"),
    ],
)  # fmt: skip
def test_a_size_that_it_cannot_have_is_refused(room: Room, name: str, size: str, says: str) -> None:
    with pytest.raises(anew.errors.RecipeError, match=f"size: .*{says}"):
        generate(room(name)[1], 1, 1, PROMPT, size=size, steps=1)


# ------------------------------------------------------------------------------------------------ from a picture


def a_picture(side: int = 16) -> np.ndarray:
    return np.random.default_rng(4).integers(0, 255, (side, side, 3)).astype(np.uint8)


@pytest.mark.parametrize("name", FORMS)
def test_a_variation_is_diffusers_own_of_the_same_latent(room: Room, name: str) -> None:
    theirs, ours = room(name)
    flux = name in ("flux", "schnell")
    kind = {"sd": "StableDiffusionImg2ImgPipeline", "sdxl": "StableDiffusionXLImg2ImgPipeline",
            "sd3": "StableDiffusion3Img2ImgPipeline"}.get(name, "FluxImg2ImgPipeline")  # fmt: skip
    parts = {k: v for k, v in theirs.components.items() if flux or v is not None}
    told = {"requires_safety_checker": False, "safety_checker": None, "feature_extractor": None} if name == "sd" else {}
    other = getattr(diffusers, kind)(**parts | told)
    other.set_progress_bar_config(disable=True)
    canvas = ours.codec.resized(16, 16)
    asked = {"num_inference_steps": 6, "guidance_scale": 3.0, "strength": 0.5, "output_type": "np"}
    asked |= {"height": 16, "width": 16} if flux or name == "sd3" else {}
    want = other(PROMPT, image=canvas.encode([a_picture()]), generator=torch.Generator().manual_seed(1), **asked).images
    steered = {"guidance": 1.0 if name == "schnell" else 3.0, "steps": 6, "label": PROMPT} | size_for(name)
    made = vary(ours, a_picture(), 0.5, 1, 1, **steered).samples[0]
    assert np.array_equal(made, (want[0] * 255).round().astype(np.uint8))


def test_what_is_transparent_lies_on_white(room: Room) -> None:
    """Colours that nobody sees reach neither a variation nor what is kept around a mask."""
    _, ours = room("sd")
    clear = np.dstack([a_picture(), np.full((16, 16), 255, np.uint8)])
    clear[:8, :, 3] = 0
    mask = np.zeros((16, 16), bool)
    mask[10:14, 4:9] = True
    asked = {"label": PROMPT, "steps": 2, "size": "16x16"}
    for made in (vary(ours, clear, 0, 1, 1, **asked).samples[0], inpaint(ours, clear, mask, 1, 1, **asked).samples[0]):
        assert (made[:8] == 255).all() and np.array_equal(made[14:], a_picture()[14:])


def test_strength_is_a_distance_that_begins_at_nothing_and_ends_at_a_plain_sample(room: Room) -> None:
    _, ours = room("sd")
    asked = {"label": PROMPT, "steps": 10, "guidance": 2.0}
    made = [vary(ours, a_picture(), strength, 1, 1, **asked).samples[0] for strength in (0, 0.2, 0.6, 1)]
    assert np.array_equal(made[0], a_picture())
    assert np.array_equal(made[3], generate(ours, 1, 1, PROMPT, steps=10, guidance=2.0).samples[0])
    start = ours.codec.encode([a_picture()])
    given = [Prompt(start=start, strength=s) for s in (0.2, 0.4, 0.6, 0.8)]
    ends = [list(ours.model.sample([torch.Generator().manual_seed(1)], None, one, options(10)))[-1] for one in given]
    gaps = [float((end.data - start).abs().mean()) for end in ends]
    assert gaps == sorted(gaps)


def options(steps: int) -> Any:
    from anew.contract import RefineOptions

    return RefineOptions(steps=steps)


@pytest.mark.parametrize("name", FORMS)
def test_known_pixels_come_out_bit_equal(room: Room, name: str) -> None:
    _, ours = room(name)
    mask = np.zeros((16, 16), bool)
    mask[3:11, 4:9] = True
    asked = {"label": PROMPT, "steps": 3} | size_for(name)
    made = inpaint(ours, a_picture(), mask, 2, 1, **asked)
    for picture in made.samples:
        assert np.array_equal(picture[~mask], a_picture()[~mask]) and (picture[mask] != a_picture()[mask]).mean() > 0.5
    assert (made.samples[0] != made.samples[1]).any()
    assert np.array_equal(inpaint(ours, a_picture(), mask, 1, 2, **asked).samples[0], made.samples[1])


def test_what_is_known_reaches_what_is_not(room: Room) -> None:
    """The latent that is held differs with the picture around the mask, and so does what is made inside."""
    _, ours = room("sd")
    mask = np.zeros((16, 16), bool)
    mask[4:12, 4:12] = True
    inside = [inpaint(ours, picture, mask, 1, 1, label=PROMPT, steps=4).samples[0][mask]
              for picture in (a_picture(), 255 - a_picture())]  # fmt: skip
    assert (inside[0] != inside[1]).any()


@pytest.mark.parametrize("name", ["sd3", "flux"])
def test_saved_and_opened_again_it_is_the_same(room: Room, tmp_path: Path, name: str) -> None:
    _, ours = room(name)
    ours.save(tmp_path / "copy")
    again, asked = load_artifact(tmp_path / "copy"), {"steps": 2} | size_for(name)
    assert np.array_equal(
        generate(again, 1, 1, PROMPT, **asked).samples[0], generate(ours, 1, 1, PROMPT, **asked).samples[0]
    )
    assert again.model.absent_LE.equal(ours.model.absent_LE)


# ------------------------------------------------------------------------------------------------ the command line


def test_the_command_line_draws_the_same(room: Room, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    theirs, _ = room("sd")
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    assert main(["models", "import", str(room.folder("sd")), "--name", "sd"]) == 0
    out = tmp_path / "x.png"
    asked = ["--seed", "1", "--steps", "3", "--guidance", "3", "--negative", "dog", "--size", "24x16"]
    assert main(["generate", "sd", PROMPT, *asked, "--out", str(out)]) == 0
    rng = torch.Generator().manual_seed(1)
    want = theirs(PROMPT, num_inference_steps=3, guidance_scale=3.0, negative_prompt="dog", width=24, height=16,
                  generator=rng, output_type="np").images[0]  # fmt: skip
    assert np.array_equal(read_image(out.read_bytes()), (want * 255).round().astype(np.uint8))
    mask = np.zeros((16, 24, 3), np.uint8)
    mask[4:12, 4:12] = 255
    from anew.codecs.image import write_image

    (tmp_path / "mask.png").write_bytes(write_image(mask))
    edit = ["--inpaint", str(out), "--mask", str(tmp_path / "mask.png"), "--size", "24x16", "--steps", "2"]
    assert main(["generate", "sd", OTHER, *edit, "--out", str(tmp_path / "y.png")]) == 0
    mended = read_image((tmp_path / "y.png").read_bytes())
    assert np.array_equal(mended[mask[:, :, 0] == 0], read_image(out.read_bytes())[mask[:, :, 0] == 0])
    start = ["--start", str(out), "--strength", "0.5", "--steps", "4", "--out", str(tmp_path / "z.png")]
    assert main(["generate", "sd", OTHER, *start]) == 0 and (tmp_path / "z.png").is_file()
    for made, given in (("x", []), ("y", edit[:4]), ("z", start[:2])):
        told = ["--like", str(tmp_path / f"{made}.png"), *given, "--out", str(tmp_path / "again.png")]
        assert main(["generate", *told]) == 0, made
        assert (tmp_path / "again.png").read_bytes() == (tmp_path / f"{made}.png").read_bytes(), made
    assert main(["generate", "--like", str(out), "--size", "16x16", "--out", str(tmp_path / "square.png")]) == 0
    assert read_image((tmp_path / "square.png").read_bytes()).shape == (16, 16, 3)
    capsys.readouterr()


@pytest.mark.parametrize("recipe", [("personalise", "--name", "zorp"), ("few-steps",)])
def test_it_does_not_learn(room: Room, recipe: tuple[str, ...], monkeypatch: Any, capsys: Any) -> None:
    room("sd")
    monkeypatch.setenv("ANEW_HOME", str(room.path))
    assert main(["run", *recipe, "--data", str(room.path), "--from", "sd"]) == 2
    assert "sd was imported and does not learn" in capsys.readouterr().err


def test_without_the_extra_one_line_says_what_to_install(room: Room, monkeypatch: Any) -> None:
    room("sd")
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(anew.errors.Refused) as told:
        load_artifact(room.store.folder("sd"))
    assert told.value.next_command == "pip install 'anew[diffusers]'"


# ------------------------------------------------------------------------------------------------ the contract


BUILT_IN = {"guidance_0_is_the_absent_condition_or_is_refused": "it was trained with guidance, and is told how much"}


@pytest.mark.parametrize(("name", "waived", "count"), [("sd", {}, 22), ("flux", BUILT_IN, 21)])
def test_it_keeps_the_contract_of_what_is_sampled(room: Room, name: str, waived: Any, count: int) -> None:
    """All but learning, which it does not: what is sampled, and what is steered."""
    from anew.testing import sampling, steering
    from anew.testing.subject import Subject
    from anew.testing.suite import run_checks

    model = room(name)[1].model.resized((4, 4))
    model.steps = 3
    subject = Subject(model, None)
    subject.trained = model
    report = run_checks(name, subject, (sampling, steering), waived)
    assert len(report) == count, report.ran


def test_nothing_of_another_library_is_imported_before_it_is_needed() -> None:
    import subprocess

    rooms = "recipes.exchange", "exchange.pipelines", "engine.generate", "codecs.kl", "codecs.prompts"
    modules = ", ".join(f"anew.{room}" for room in (*rooms, "models.diffusion.denoiser"))
    program = f"import sys, {modules}; print([name in sys.modules for name in ('diffusers', 'transformers')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[False, False]"
