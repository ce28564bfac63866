"""Fill a gallery: so many pictures as creations, into the database of ANEW_HOME, as the server keeps them.

ANEW_HOME=FOLDER python studio/e2e/fill_gallery.py 2000; the server may run meanwhile.
"""

from __future__ import annotations

import json
import secrets
import sys
import time

import numpy as np

from anew.codecs.image import write_image
from anew.server.database.connect import Database
from anew.server.database.creations import Creation
from anew.server.endpoints.own.creations import store
from anew.server.makers import Content
from anew.server.work.worker import Workshop

THINGS = ("heart", "star", "cat", "tree", "boat", "moon", "cake", "bird")
COLOURS = {"red": (200, 40, 40), "green": (40, 160, 60), "blue": (50, 80, 210), "yellow": (230, 200, 40)}
SIDE = 64


def picture(rng: np.random.Generator, colour: tuple[int, int, int]) -> bytes:
    """A disc on a ground with grain, so that no two files are the same."""
    y, x = np.mgrid[:SIDE, :SIDE]
    middle, radius = rng.uniform(20, 44, 2), rng.uniform(8, 24)
    disc = (x - middle[0]) ** 2 + (y - middle[1]) ** 2 < radius**2
    plain = np.where(disc[..., None], np.array(colour), 245)
    return write_image(np.clip(plain + rng.integers(-9, 10, plain.shape), 0, 255).astype(np.uint8))


def main(count: int) -> None:
    database = Database()
    workshop = Workshop.of(database)
    workshop.mark()
    rng, now = np.random.default_rng(0), int(time.time())
    for i in range(count):
        colour, thing = list(COLOURS)[i % len(COLOURS)], THINGS[i % len(THINGS)]
        prompt, data = f"a {colour} {thing} {i}", picture(rng, COLOURS[colour])
        body = {"model": "emoji", "prompt": prompt, "n": 1, "seed": i}
        request = {"address": "/v1/images/generations", "body": body, "index": 0, "model_id": ""}
        row = Creation(
            id=f"creation-{secrets.token_hex(12)}", tenant="local", model="emoji", modality="image", title=prompt,
            prompt=prompt, searched=f"{prompt}\nemoji\n{prompt}", request=json.dumps(request), media_type="image/png",
            bytes=len(data), created_at=now - i, favourite=i % 50 == 0,
        )  # fmt: skip
        store(database, workshop.folder, row, Content(data, "image/png"))
    database.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
