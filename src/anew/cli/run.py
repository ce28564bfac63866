"""`anew run`: a recipe through all five stages, or on from where it stopped."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from anew import recipes
from anew.cli.dotted import Overrides, changed, pairs
from anew.cli.terminal import Flag, Json, Meter, columns, show, talk
from anew.deploy.runs import find_run
from anew.errors import AnewError, Interrupted, NotFound, RecipeError, nearest
from anew.recipe import Recipe, parse, read

if TYPE_CHECKING:
    from anew.engine.verbs import Verb
    from anew.recipes.pipeline import Result

FLAGS = ("data", "out", "from", "resume", "json", "debug", "help")
KEPT = "recipe.toml"


Name = Annotated[str, Parameter(help="A ready recipe (anew recipe list), a TOML file, or a run's name or folder.")]
Data = Annotated[str | None, Parameter(help="A file, folder or archive, or a known data set (data.source).")]
Out = Annotated[Path | None, Parameter(help="The run's folder. Default: one in ANEW_HOME/runs.")]
From = Annotated[str | None, Parameter(name="--from", help="A stored model to go on from (start).")]
Resume = Annotated[bool, Flag, Parameter(help="Go on with a run; it is an error when there is none.")]


def run(
    recipe: Name,
    /,
    *overrides: Overrides,
    data: Data = None,
    out: Out = None,
    start: From = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Run a recipe through all five stages: collect, clean, train, validate, deploy.

    A run that stopped, for whatever reason, goes on when the same command is typed again, and ends with the same bits.
    """
    perform(recipe, overrides, data, out, start, resume, as_json, until=None)


def perform(
    recipe: str,
    overrides: Sequence[str],
    data: str | None,
    out: Path | None,
    start: str | None,
    resume: bool,
    as_json: bool,
    until: str | None,
) -> None:
    """Plan the run, carry it out up to `until`, and say what came of it."""
    job = plan(recipe, overrides, {"data.source": data, "start": start}, out)
    if resume and not job.exists:
        raise NotFound(f"nothing to resume in {job.folder}", next_command="anew runs list")
    talk(f"{'going on with' if job.exists else 'run'} {job.folder}")
    result = carry_out(job, until)
    show_result(result, job, as_json)
    if result.name is not None:
        made = "speech" if job.recipe.data.spoken else job.recipe.modality
        say_next(result.name, made, use_of(job.recipe), subject(job.recipe))


@dataclass(frozen=True)
class Job:
    """What is to run, and where."""

    recipe: Recipe
    folder: Path

    @property
    def exists(self) -> bool:
        return (self.folder / KEPT).is_file()

    @property
    def command(self) -> str:
        return f"anew run {self.folder} --resume"


def plan(name: str, overrides: Sequence[str], given: dict[str, Any], out: Path | None) -> Job:
    """A recipe or a run by its name, with the changes asked for. A run's recipe cannot be changed under it."""
    folder = run_folder(name)
    if folder is None:
        recipe = changed(recipes.find(name), overrides, given, FLAGS)
        if not recipe.data.source and (recipe.adapt is not None or not recipe.rests):
            raise RecipeError(f"{name} brings no data of its own", next_command=f"anew run {name} --data FOLDER")
        # imports torch, which a mistyped recipe need not wait for
        from anew.recipes.pipeline import claim, default_folder

        folder = out or default_folder(recipe)
        claim(recipe, folder)
        return Job(recipe, folder)
    if out is not None or pairs(overrides) or any(v is not None for v in given.values()):
        what = f"{folder} is a run: its recipe is settled"
        raise RecipeError(what, next_command=f"anew run {folder / KEPT} --out NEW --KEY VALUE, for a new run like it")
    return Job(parse(read(folder / KEPT), str(folder / KEPT)), folder)


def run_folder(name: str) -> Path | None:
    """The folder of the run of that name, or None when the name is a recipe's. NotFound when it is neither's."""
    if name in recipes.ready() or name.endswith(".toml") or Path(name).is_file():
        return None
    try:
        return find_run(name)
    except NotFound as error:
        what = f"no recipe is called {name!r}{nearest(name, recipes.ready())}; {error.message}"
        raise NotFound(what, next_command="anew recipe list") from None


def carry_out(job: Job, until: str | None) -> Result:
    """The pipeline, with its progress shown. A Ctrl-C names the command that goes on; what fails before its first
    stage is done leaves nothing behind."""
    from anew.recipes import pipeline

    going_on = job.exists
    try:
        with Meter() as meter:
            return pipeline.run(job.recipe, job.folder, report=meter, until=until)
    except Interrupted as error:
        raise Interrupted(error.message, next_command=job.command) from None
    except KeyboardInterrupt:
        raise Interrupted("stopped; what was done is saved", next_command=job.command) from None
    except AnewError:
        if not going_on and not any(job.folder.glob("*/manifest.json")):
            shutil.rmtree(job.folder, ignore_errors=True)
        raise


def show_result(result: Result, job: Job, as_json: bool) -> None:
    """Figures and paths: for people as a summary, for programs as one object."""
    paths = {**result.paths, "run": job.folder}
    closing = {**result.figures, "paths": paths, "run": job.folder.name, "summary": result.summary}
    closing |= {"model": result.name} if result.name else {}
    show([*result.summary, "", *columns(sorted(paths.items()))], as_json, closing)


def use_of(recipe: Recipe) -> Verb | None:
    """What the model that was trained is there for."""
    from anew import registry
    from anew.engine.verbs import verb_of
    from anew.recipe import START

    return "make" if recipe.model.name == START else verb_of(registry.find("models", recipe.model.name))


def subject(recipe: Recipe) -> str:
    """What a model was taught to draw, as a word of the next command's with a blank behind it; "" of any other."""
    if recipe.modality != "image" or recipe.adapt is None:
        return ""
    return f'"{recipe.adapt.subject or recipe.name}" '


def say_next(model: str, modality: str, verb: Verb | None = "make", prompt: str = "") -> None:
    """What to type once the model is in the store."""
    others = {
        "encode": f"run {'voice' if modality == 'audio' else 'text-to-image'} --data FOLDER --codec.start {model}",
        "enlarge": f"upscale {model} FILE.png --times 4",
        "score": f'generate MODEL "a green heart" --best-of 8 --scorer {model}',
    }
    if verb != "make":
        use = [f"  anew {others[verb]}"] if verb else []
        talk("", "next:", *use, f"  anew models show {model}")
        return
    many = {
        "image": f"{prompt}-n 64 --out {model}.png",
        "audio": f"-n 10 --out {model}.wav",
        "speech": f'"Hello." -n 3 --out {model}.wav',
        "music": f"-n 3 --out {model}.mid",
        "table": f"-n 100 --out {model}.csv",
        "chat": '"Hello!"',
    }.get(modality, "-n 3")
    own = {"chat": f"chat {model}", "music": f"compose {model} --bars 16 --out {model}.wav"}
    own["speech"] = f'speak "Hello." --voice {model} --out hello.wav'
    first = [f"  anew {own[modality]}"] if modality in own else []
    talk("", "next:", *first, f"  anew generate {model} {many}", f"  anew models show {model}")
