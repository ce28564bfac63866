"""Pictures to send, and those that come back."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

MIDDLE = np.zeros((16, 16), bool)
MIDDLE[:, 6:11] = True


def files(answer: Any) -> list[bytes]:
    return [base64.b64decode(one.b64_json) for one in answer.data]


def array(file: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file)))


def a_picture() -> np.ndarray:
    return np.random.default_rng(4).integers(0, 255, (16, 16, 1)).astype(np.uint8)


def a_mask(clear: np.ndarray = MIDDLE) -> bytes:
    """RGBA, transparent where it is to be made anew."""
    rgba = np.dstack([np.full((*clear.shape, 3), 7, np.uint8), np.where(clear, 0, 255).astype(np.uint8)])
    file = io.BytesIO()
    Image.fromarray(rgba).save(file, "PNG")
    return file.getvalue()


def uri(content: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
