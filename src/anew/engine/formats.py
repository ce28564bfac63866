"""Dates, times, hosts' names and addresses under a schema, held to what every reader of them takes.

In: a JSON schema. Out: the same, with patterns in place of these formats. RFC 3339 allows more than most readers take
(a leap second, the year 0, a fraction of thirty digits, a small t), and the grammar's own formats allow all of it, and
names of hosts longer than RFC 1123 does (section 2.1: 63 letters between dots, 253 in all). An address is a word of at
most 64 letters and a host, so that it can be brought to its end.
"""

from __future__ import annotations

from typing import Any

MONTHS = r"(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8])"
LEAP = r"(?:[1-9]\d(?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)-02-29"
DATE = rf"(?:[1-9]\d{{3}}-(?:{MONTHS})|{LEAP})"
HOUR = r"(?:[01]\d|2[0-3]):[0-5]\d"
TIME = rf"{HOUR}:[0-5]\d(?:\.\d{{1,6}})?(?:Z|[+-]{HOUR})"
WORD, LABEL = (rf"[A-Za-z0-9](?:[A-Za-z0-9-]{{0,{most}}}[A-Za-z0-9])?" for most in (28, 61))
HOST = rf"(?:{LABEL}(?:\.{LABEL}){{0,2}}|{WORD}(?:\.{WORD}){{0,7}})"
ATOM = "[A-Za-z0-9_'+-]"
WHO = rf"(?:{ATOM}{{1,64}}|{ATOM}{{1,20}}(?:\.{ATOM}{{1,20}}){{1,2}})"
PATTERNS = {"date": DATE, "time": TIME, "date-time": f"{DATE}T{TIME}", "hostname": HOST, "email": f"{WHO}@{HOST}"}
VALUES = {"const", "enum", "default", "examples", "example"}  # which hold values, not schemas
NAMED = {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}  # which hold schemas by name


def plain(schema: Any) -> Any:
    """The schema with these patterns; where a string has a pattern of its own, its format stays."""
    if isinstance(schema, list):
        return [plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: value if key in VALUES else within(key, value) for key, value in schema.items()}
    form = schema.get("format")
    if isinstance(form, str) and form in PATTERNS and "pattern" not in schema:
        del made["format"]
        made["pattern"] = f"^{PATTERNS[form]}$"
    return made


def within(key: str, value: Any) -> Any:
    """What stands under a key; a schema may be called whatever its owner likes."""
    if key in NAMED and isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return plain(value)
