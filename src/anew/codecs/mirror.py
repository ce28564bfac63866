"""Whether a picture may be mirrored, by what its captions say: not where left is told from right.

In: captions. Out: yes or no. A picture without captions says nothing against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

ONE_SIDED = re.compile(
    r"""\d | ["“”„«»] | \b(?:
    text | texts | letter | letters | word | words | writing | written | handwriting | lettering | caption | spelled |
    number | numbers | numeral | numerals | digit | digits | alphabet | character | characters | font | logo | logos |
    label(?:l?ed) | says | saying | reads | reading\ ["'“] | sign | signs | signpost | signboard | symbol | symbols |
    button | buttons | keycap | keyboard | zodiac | mark | poster | newspaper | calendar | abc | abcd | latin |
    arrow | arrows | left | right | lefthand | righthand | left-handed | right-handed | leftwards | rightwards |
    clockwise | counterclockwise | anticlockwise | north | south | east | west | eastern | western | compass |
    clock | clocks | watch | stopwatch | o[’']?clock | -thirty | thirty |
    flag | flags | map | maps | globe | country | note | notes | clef | dollar | euro | yen | banknote | coin |
    ampersand | percent | plus | minus | equals | copyright | trademark | registered | yin | swastika
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


def mirrors(captions: Iterable[str]) -> bool:
    """Whether a picture that these captions are true of would, mirrored, still be what they say."""
    return not any(ONE_SIDED.search(caption) for caption in captions)
