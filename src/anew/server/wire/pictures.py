"""/v1/images: what is asked. What of it a model can do stands in `wanted`."""

from __future__ import annotations

import secrets
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from anew.codecs.image import Form
from anew.engine.enlarge import FACTORS
from anew.server.wire.fields import Wire

MOST_PROMPT, MOST_STEPS = 32_000, 1000
MOST_DRAWN = 64  # for one picture that is kept
MOST_WAY = 64  # pictures of a way
MOST_MARGIN = 100_000  # pixels
SIZE = r"^(auto|[1-9]\d{0,4}x[1-9]\d{0,4})$"
STILL = "pictures are png, jpeg or webp, and do not move"
DRAWN, BEGUN, EDITED = (
    "of /v1/images/generations",
    "of a picture, which goes to /v1/images/edits",
    "of /v1/images/edits",
)
Words = Annotated[str, Field(max_length=MOST_PROMPT)]
Share = Annotated[float, Field(ge=0, le=1)]


def apart(given: Any) -> Any:
    """The numbers of a form's one value, such as 8,8,0,8."""
    return given[0].split(",") if isinstance(given, list) and len(given) == 1 and isinstance(given[0], str) else given


class PictureRequest(Wire):
    """`seed`, `steps`, `guidance`, `sampler`, `temperature`, `negative_prompt` and `class` are not OpenAI's."""

    refuses: ClassVar[dict[str, str]] = {
        "svg": STILL, "frame_count": STILL, "frame_duration_ms": STILL, "markup": "no model here reads marks",
    }  # fmt: skip

    prompt: Words
    model: Annotated[str, Field(min_length=1)] | None = None
    n: Annotated[int, Field(ge=1, le=10)] = 1
    size: Annotated[str, Field(pattern=SIZE)] = "auto"
    response_format: Literal["b64_json", "url"] = "b64_json"
    output_format: Form = "png"
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    background: Literal["auto", "opaque", "transparent"] = "auto"
    stream: bool = False
    partial_images: Annotated[int, Field(ge=0, le=3)] = 0
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] = Field(default_factory=lambda: secrets.randbits(48))
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] | None = None
    guidance: Annotated[float, Field(ge=-100, le=100)] | None = None
    sampler: str | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    negative_prompt: Words | None = None
    class_: str | int | None = Field(None, alias="class")

    @property
    def first(self) -> int:
        """The seed that draws the first picture again; the others follow it."""
        return self.seed % 2**63

    @property
    def options(self) -> dict[str, Any]:
        """The options that were asked for, as models call them."""
        asked = {"steps": self.steps, "guidance": self.guidance, "solver": self.sampler}
        asked |= {"temperature": self.temperature}
        return {name: value for name, value in asked.items() if value is not None}

    @property
    def excluded(self) -> dict[str, tuple[str, Any]]:
        """Fields that no picture can honour together, or at all: why, and whether they are asked for so."""
        return {
            "partial_images": ("only with stream", self.partial_images and not self.stream),
            "response_format": ("a stream tells b64_json", self.stream and self.response_format == "url"),
            "output_compression": (
                "a PNG loses nothing; jpeg and webp may",
                self.output_format == "png" and self.output_compression not in (None, 100),
            ),
            "background": (
                "a JPEG has no transparent pixels; png and webp may",
                self.background == "transparent" and self.output_format == "jpeg",
            ),
        }  # fmt: skip


class GenerationRequest(PictureRequest):
    """`best_of`: so many are drawn for each picture, and the one is kept that agrees best with the prompt, by the model
    that `scorer` names or by the model's own. `towards`: prompts to go on to from `prompt`, in turn, `frames` pictures
    from each to the next, both counted, and with `walk` back to the first. None of these is OpenAI's."""

    refuses: ClassVar[dict[str, str]] = PictureRequest.refuses | dict.fromkeys(
        ("image", "images", "mask", "strength", "margins", "style_share", "times"), BEGUN
    )

    best_of: Annotated[int, Field(ge=1, le=MOST_DRAWN)] | None = None
    scorer: Annotated[str, Field(min_length=1)] | None = None
    towards: Words | Annotated[list[Words], Field(min_length=1, max_length=MOST_WAY)] | None = None
    frames: Annotated[int, Field(ge=2, le=MOST_WAY)] | None = None
    walk: bool = False

    @property
    def excluded(self) -> dict[str, tuple[str, Any]]:
        looks, way = ("there are no looks at pictures of which one is kept", self.partial_images), self.towards
        style = (self.model_extra or {}).get("style")
        own = {
            "style": (f"an example is {BEGUN}", style and (not isinstance(style, str) or ":" in style)),
            "scorer": ("only with best_of", self.scorer and self.best_of is None),
            "frames": ("only with towards", self.frames and way is None),
            "walk": ("only with towards", self.walk and way is None),
            "n": ("a way has one picture a frame; frames says how many", self.n > 1 and way is not None),
            "best_of": ("not of a way, whose pictures follow each other", self.best_of and way is not None),
        }
        return super().excluded | ({} if self.best_of is None else {"partial_images": looks}) | own


class EditRequest(PictureRequest):
    """Beside `image` and `mask`, which come as files or as URLs. In place of a mask, and not OpenAI's: `strength`, by
    which the whole picture is varied as `VariationRequest` says, with `style` and `style_share` too; `margins`, pixels
    by which it goes on at its left, top, right and bottom; `times`, by which a model enlarges it that does."""

    refuses: ClassVar[dict[str, str]] = PictureRequest.refuses | dict.fromkeys(
        ("best_of", "scorer", "towards", "frames", "walk"), DRAWN
    )

    strength: Share | None = None
    style_share: Share | None = None
    margins: (
        Annotated[
            list[Annotated[int, Field(ge=0, le=MOST_MARGIN)]], Field(min_length=4, max_length=4), BeforeValidator(apart)
        ]
        | None
    ) = None
    times: Annotated[int, Field(ge=min(FACTORS), le=max(FACTORS), multiple_of=2)] | None = None


class VariationRequest(PictureRequest):
    """Beside `image`. `strength`, from 0, the picture itself, to 1, which forgets it, is not OpenAI's; nor are `style`,
    a picture whose style it takes on, and `style_share`, how far it does; 1 where that is not said."""

    refuses: ClassVar[dict[str, str]] = EditRequest.refuses | dict.fromkeys(("mask", "margins", "times"), EDITED)

    prompt: Words = ""
    strength: Share = 0.5
    style_share: Share | None = None
