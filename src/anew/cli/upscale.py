"""`anew upscale`: pictures made 2 or 4 times as large by a model that learnt to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from anew.cli.generate import Name
from anew.cli.opening import located
from anew.cli.terminal import Json, Meter, show
from anew.errors import RecipeError


def upscale(
    model: Name,
    /,
    *pictures: Annotated[Path, Parameter(help="Pictures' files.", show_default=False)],
    times: Annotated[int, Parameter(help="How much higher and wider: 2 or 4.")] = 2,
    out: Annotated[Path | None, Parameter(help="The file, or of several pictures a folder.")] = None,
    as_json: Json = False,
) -> None:
    """Make pictures larger and sharper than interpolation would: anew upscale super-resolution small.png --times 4.

    Grey stays grey, transparency is kept. Each file says that a model had part in it, and how. A picture that was
    enlarged less sharply, by another tool, is best made small again first."""
    from anew.codecs.image import read_image
    from anew.codecs.picture_files import read_file
    from anew.data.progress import Progress
    from anew.deploy.lookup import open_model
    from anew.engine.enlarge import Upscaler

    if not pictures:
        raise RecipeError("no picture to enlarge", next_command=f"anew upscale {model} FILE.png --times {times}")
    folder = out if len(pictures) > 1 else None
    if folder is not None and folder.suffix:
        raise RecipeError(f"{folder}: several pictures go into a folder", next_command=f"--out {folder.stem}")
    upscaler, paths, facts = Upscaler.of(open_model(located(model))), list[str](), list[dict[str, Any]]()
    with Meter() as meter:
        for done, path in enumerate(pictures):
            picture = read_image(read_file(path), str(path), alpha=True)

            def watch(share: float, done: int = done, path: Path = path) -> None:
                meter(Progress("upscale", round(100 * (done + share)), 100 * len(pictures), path.name))

            made = upscaler.upscale(picture, times, watch)
            name = f"{path.stem}-{times}x.png"
            target = folder / name if folder is not None else out or Path(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            paths += [str(one) for one in made.save(target)]
            high, wide = made.samples[0].shape[:2]
            facts.append({"path": paths[-1], "width": wide, "height": high})
    show(paths, as_json, {"times": times, "pictures": facts})
