"""Pictures to clients: whole, or with looks at them while they are made, and an end to the work when they leave."""

from __future__ import annotations

import asyncio
import base64
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from anew.codecs.image import Picture, on_white, write_image
from anew.codecs.origin import MADE
from anew.engine.generate import Generated, Watch
from anew.engine.served import Served
from anew.errors import RecipeError
from anew.server.quotas import count
from anew.server.streaming import events, ignoring, unless_left
from anew.server.wire.pictures import PictureRequest
from anew.server.wire.wanted import Wanted, told_of, usage
from anew.server.working import Leave, Left, by_turns, telling

Make = Callable[[Watch], Generated]
Came = Sequence[Picture] | Generated
SOON = 5.0  # seconds that the head of a stream waits for the work's first step


@dataclass
class Work:
    """A request's pictures. `kind`: what events about them are called; `pictures`: how many there will be; `drawn`,
    `read`: numbers that the model draws for each, and those of pictures that it was given."""

    served: Served
    asked: PictureRequest
    wanted: Wanted
    make: Make
    kind: str
    pictures: int
    drawn: int
    read: int = 0

    async def answer(self, request: Request, response: Response) -> Any:
        headers = {"x-anew-seed": str(self.asked.first)} | ignoring(self.wanted.ignored)
        if self.asked.stream:
            await unless_left(request, self.begin())
            return events(self.chunks(), headers, typed=True, done=None)
        response.headers.update(headers)
        made = await unless_left(request, self.whole())
        files = await asyncio.to_thread(self.files, made)
        data = [
            {"url" if self.asked.response_format == "url" else "b64_json": file, "revised_prompt": label or ""}
            for file, label in zip(files, made.labels, strict=True)
        ]
        told = {
            "background": self.wanted.background,
            "output_format": self.asked.output_format,
            "size": self.wanted.size,
        }
        return {"created": int(time.time()), "data": data, **told, "usage": self.usage(len(data))}

    def usage(self, pictures: int) -> dict[str, Any]:
        return usage(self.drawn * pictures, self.read)

    def files(self, came: Came) -> list[str]:
        """Each picture's file, in base64 or as a data: URI; what is done says how it was made."""
        form = self.asked.output_format
        quality = 100 if self.asked.output_compression is None else self.asked.output_compression
        before = f"data:image/{form};base64," if self.asked.response_format == "url" else ""
        pictures, source = (came.samples, came.source) if isinstance(came, Generated) else (came, MADE)
        made = []
        for i, one in enumerate(pictures):
            notes = came.notes(i) if isinstance(came, Generated) else {}
            shown = on_white(one) if self.wanted.background == "opaque" else one
            made.append(before + base64.b64encode(write_image(shown, source, form, quality, notes)).decode())
        return made

    # -------------------------------------------------------------------------------------------- as it is made

    def draw(self, leave: Leave, tell: Callable[[Came], None]) -> None:
        """The pictures, behind at most `partial_images` looks at them, spread evenly over the work; a model that makes
        a picture in one step has none to show. Its first step is told as a look at nothing."""
        looks, begun = self.asked.partial_images, False
        shares = deque((i + 1) / (looks + 1) for i in range(looks))

        def watch(share: float, decode: Callable[[], list[Any]]) -> None:
            nonlocal begun
            leave.check()
            if self.served.worker.closed:
                raise Left
            if not begun:
                tell([])
            begun = True
            if shares and shares[0] <= share < 1:
                while shares and shares[0] <= share:
                    shares.popleft()
                tell(decode())

        tell(self.make(watch))

    async def begin(self) -> None:
        """Let the work begin. What is refused by its first step is raised here, before anything was answered, if that
        step does not have to wait for too long."""
        self.told = telling(self.draw, by_turns(self.served))
        self.first = asyncio.ensure_future(anext(self.told))
        try:
            if (await asyncio.wait({self.first}, timeout=SOON))[0]:
                self.first.result()
        except RecipeError as error:
            raise told_of(error) from None
        except BaseException:
            self.first.cancel()
            raise

    async def came(self) -> AsyncIterator[Came]:
        """Looks at the pictures, and what was made last of all. Problem: not by its deadline."""
        try:
            async with aclosing(self.told):
                first = await self.first
                if isinstance(first, Generated):
                    yield first
                async for came in self.told:
                    yield came
        except RecipeError as error:
            raise told_of(error) from None
        finally:
            count(self.usage(self.pictures)["total_tokens"])

    async def whole(self) -> Generated:
        await self.begin()
        async for came in self.came():
            last = came
        assert isinstance(last, Generated)
        return last

    async def chunks(self) -> AsyncIterator[dict[str, Any]]:
        """Each look at each picture, and each picture; `index` says which of several."""
        number = looks = 0
        async for came in self.came():
            over = isinstance(came, Generated)
            extra = {"usage": self.usage(1)} if over else {"partial_image_index": looks}
            for i, file in enumerate(await asyncio.to_thread(self.files, came)):
                yield {
                    "type": f"{self.kind}.{'completed' if over else 'partial_image'}", "sequence_number": number,
                    "b64_json": file, "created_at": int(time.time()), "size": self.wanted.size, "quality": "auto",
                    "background": self.wanted.background, "output_format": self.asked.output_format, "index": i,
                    "of": self.pictures, **extra,
                }  # fmt: skip
                number += 1
            looks += 1
