"""What is said of a drawing: captions from the name of what it shows, its colour and its style.

In: names as lists of signs have them ("red apple", "jack-o-lantern"). Out: several captions, none of which says a
colour that the drawing has not.
"""

from __future__ import annotations

import re

from anew.collect.recolour import COLOURS

COLOUR = "|".join(COLOURS)
NAMED = re.compile(rf"(?:(large|small) )?(?:(light) )?({COLOUR}) (?:(large|medium|medium-small|small) )?(\S.*)")
SAID = re.compile(rf"\b({COLOUR}|golden|dark|colou?red)\b", re.IGNORECASE)
BARE = set(
    """
    bacon bread broccoli butter candy cheese curry custard fire fog garlic ginger honey ice mail milk pizza rice sake
    salt snow spaghetti sushi tea wood
    """.split()
)
HEAD = re.compile(r" (?:with|of|in|on|and|facing|without|at) |, ")  # what comes before is what is counted
PLURAL = re.compile(r"(?<![su'])s$|^(people|dice)$")
SINGULAR = {
    "lens",
    "bus",
    "gas",
    "compass",
    "cactus",
    "octopus",
    "hibiscus",
    "lotus",
    "hippopotamus",
    "walrus",
    "asterisk",
}


def take_apart(name: str) -> tuple[str, str | None, str]:
    """(what it is, its colour if the name begins with one, its size or ""): "large orange diamond" ->
    ("diamond", "orange", "large")."""
    found = NAMED.fullmatch(name)
    if found is None or found[2]:
        return name, None, ""
    return found[5], found[3], found[1] or found[4] or ""


def with_article(words: str) -> str:
    """ "a red apple", "an orange key", "jeans"."""
    last = HEAD.split(words, maxsplit=1)[0].split()[-1].lower()
    if last in BARE or (PLURAL.search(last) and last not in SINGULAR):
        return words
    return f"{'an' if re.match(r'(?!u[ns]i|one|eu)[aeiou]|hour', words.lower()) else 'a'} {words}"


def captions(
    thing: str, colour: str | None, style: str, *, size: str = "", tags: tuple[str, ...] = (), counted: bool = True
) -> tuple[str, ...]:
    """With and without article, colour and style. `tags` are said of the thing itself; those with a colour are left
    out, since they may tell of another drawing's. `counted`: whether the thing takes an article. Most say the style:
    where few do, a model takes the style from the thing."""
    named = " ".join(filter(None, [size, colour, thing]))
    full = with_article(named) if counted else named
    made = [full, named, f"{full}, {style} style", f"{named} in {style} style"]
    made += [f"{' '.join(filter(None, [size, thing]))}, {colour}, {style} style"] if colour else []
    clean = [tag for tag in dict.fromkeys(tags) if not SAID.search(tag) and tag != named]
    made += [", ".join([named, *clean, f"{style} style"])] if clean else []
    return tuple(dict.fromkeys(made))
