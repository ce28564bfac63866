"""What may be given to others: any model but a voice whose speakers agreed to no such thing.

In: a model's files. Out: nothing, or a refusal. Asked before a model leaves the store, or becomes a starter.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from anew.safety.borne import require_of_voice

CONSENT = "consent.json"
VOICE = "transcript"  # the label's codec of a model that says things


def require_to_publish(read: Callable[[str], bytes], name: str) -> None:
    """`read` gives a file of the model, b"" where it has none of that name. NoConsent: a voice, of whose speakers one
    did not agree that it be given to others, or does not any more."""
    if (consent := read(CONSENT)) or json.loads(read("config.json")).get("label") == VOICE:
        require_of_voice(consent, name, "publish")


__all__ = ["require_to_publish"]
