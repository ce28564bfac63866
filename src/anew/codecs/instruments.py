"""General MIDI's instruments: names to programs, and what each can play. In: a name or a number. Out: either.

Names are those of the General MIDI Level 1 sound set; ranges are what orchestration books give as playable, in MIDI
pitches, for the instruments that have a narrower one than a keyboard.
"""

from __future__ import annotations

from anew.errors import DataError, nearest

NAMES = (
    "acoustic grand piano", "bright acoustic piano", "electric grand piano", "honky-tonk piano", "electric piano 1",
    "electric piano 2", "harpsichord", "clavinet", "celesta", "glockenspiel", "music box", "vibraphone", "marimba",
    "xylophone", "tubular bells", "dulcimer", "drawbar organ", "percussive organ", "rock organ", "church organ",
    "reed organ", "accordion", "harmonica", "tango accordion", "nylon guitar", "steel guitar", "jazz guitar",
    "clean guitar", "muted guitar", "overdriven guitar", "distortion guitar", "guitar harmonics", "acoustic bass",
    "finger bass", "pick bass", "fretless bass", "slap bass 1", "slap bass 2", "synth bass 1", "synth bass 2", "violin",
    "viola", "cello", "contrabass", "tremolo strings", "pizzicato strings", "harp", "timpani", "string ensemble 1",
    "string ensemble 2", "synth strings 1", "synth strings 2", "choir aahs", "voice oohs", "synth voice",
    "orchestra hit", "trumpet", "trombone", "tuba", "muted trumpet", "french horn", "brass section", "synth brass 1",
    "synth brass 2", "soprano sax", "alto sax", "tenor sax", "baritone sax", "oboe", "english horn", "bassoon",
    "clarinet", "piccolo", "flute", "recorder", "pan flute", "blown bottle", "shakuhachi", "whistle", "ocarina",
    "square lead", "sawtooth lead", "calliope lead", "chiff lead", "charang lead", "voice lead", "fifths lead",
    "bass lead", "new age pad", "warm pad", "polysynth pad", "choir pad", "bowed pad", "metallic pad", "halo pad",
    "sweep pad", "rain", "soundtrack", "crystal", "atmosphere", "brightness", "goblins", "echoes", "sci-fi", "sitar",
    "banjo", "shamisen", "koto", "kalimba", "bagpipe", "fiddle", "shanai", "tinkle bell", "agogo", "steel drums",
    "woodblock", "taiko drum", "melodic tom", "synth drum", "reverse cymbal", "guitar fret noise", "breath noise",
    "seashore", "bird tweet", "telephone ring", "helicopter", "applause", "gunshot",
)  # fmt: skip
SHORT = {
    "piano": 0,
    "organ": 19,
    "choir": 52,
    "strings": 48,
    "guitar": 24,
    "bass": 32,
    "horn": 60,
    "sax": 65,
    "brass": 61,
}
RANGES = {
    "glockenspiel": (79, 108), "xylophone": (65, 108), "nylon guitar": (40, 83), "steel guitar": (40, 86),
    "acoustic bass": (28, 67), "violin": (55, 103), "viola": (48, 91), "cello": (36, 76), "contrabass": (28, 67),
    "harp": (24, 103), "timpani": (38, 57), "choir aahs": (36, 84), "voice oohs": (36, 84), "trumpet": (54, 86),
    "trombone": (40, 77), "tuba": (28, 58), "french horn": (34, 77), "soprano sax": (56, 88), "alto sax": (49, 81),
    "tenor sax": (44, 76), "baritone sax": (36, 69), "oboe": (58, 91), "english horn": (52, 81), "bassoon": (34, 75),
    "clarinet": (50, 94), "piccolo": (74, 102), "flute": (60, 96), "recorder": (60, 86), "fiddle": (55, 103),
}  # fmt: skip
KEYBOARD = (21, 108)


def program_of(said: str) -> int:
    """The program of a name, a short name or a number from 0 to 127. DataError for anything else."""
    name = said.strip().lower()
    if name.isdigit() and int(name) < len(NAMES):
        return int(name)
    if name in SHORT:
        return SHORT[name]
    if name in NAMES:
        return NAMES.index(name)
    near = nearest(name, [*SHORT, *NAMES])
    raise DataError(f"no instrument {said!r}{near}", next_command="--instruments piano, or a General MIDI number")


def playable(program: int) -> tuple[int, int]:
    """The lowest and the highest pitch that the instrument has."""
    return RANGES.get(NAMES[program], KEYBOARD) if 0 <= program < len(NAMES) else (0, 127)
