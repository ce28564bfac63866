"""Places: links, pipes, empty files, files of another kind."""

from __future__ import annotations

import os
from pathlib import Path

from bad_input.case import GOOD, OTHER, case, put


@case(refused="no such file or folder")
def path_that_does_not_exist(folder: Path) -> Path:
    return folder / "nowhere"


@case(refused="a link that leads nowhere")
def source_that_is_a_dangling_link(folder: Path) -> Path:
    (folder / "in").symlink_to(folder / "gone")
    return folder / "in"


@case(refused="it holds no files")
def empty_folder(folder: Path) -> Path:
    (folder / "in").mkdir()
    return folder / "in"


@case(refused="empty")
def empty_file(folder: Path) -> Path:
    return put(folder, "in.txt", "")


@case(records=1, rules=("empty",))
def empty_file_among_others(folder: Path) -> Path:
    put(folder, "in/a.txt", "")
    return put(folder, "in/b.txt", GOOD).parent


@case(records=1, rules=("empty",))
def blank_file_among_others(folder: Path) -> Path:
    put(folder, "in/a.txt", "  \n\t\n" * 30)
    return put(folder, "in/b.txt", GOOD).parent


@case(refused="none of 1 records is left after cleaning: 1 × short")
def nothing_left_after_cleaning(folder: Path) -> Path:
    return put(folder, "in/a.txt", "tiny").parent


@case(records=1, rules=("link",))
def loop_of_links(folder: Path) -> Path:
    put(folder, "in/sub/a.txt", GOOD)
    (folder / "in/sub/loop").symlink_to(folder / "in")
    (folder / "in/me").symlink_to("me")
    return folder / "in"


@case(records=1, rules=("link",))
def dangling_link(folder: Path) -> Path:
    put(folder, "in/a.txt", GOOD)
    (folder / "in/b.txt").symlink_to(folder / "gone.txt")
    return folder / "in"


@case(records=1, rules=("special file",))
def named_pipe(folder: Path) -> Path:
    put(folder, "in/a.txt", GOOD)
    os.mkfifo(folder / "in/b.txt")
    return folder / "in"


@case(refused="special file")
def source_that_is_a_named_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "in.txt")
    return folder / "in.txt"


@case(records=1)
def hidden_files_and_caches(folder: Path) -> Path:
    for name in (
        ".git/a.txt",
        "__pycache__/a.txt",
        "node_modules/x/a.txt",
        "env/pyvenv.cfg",
        "env/a.txt",
        ".hidden.txt",
    ):
        put(folder, f"in/{name}", OTHER)
    return put(folder, "in/b.txt", GOOD).parent


@case(records=1)
def file_name_that_is_no_text(folder: Path) -> Path:
    (folder / "in").mkdir()
    Path(os.fsdecode(os.fsencode(folder / "in") + b"/caf\xe9.txt")).write_text(GOOD)
    return folder / "in"


@case(refused="0 usable records of text: 2 code files")
def code_for_a_recipe_of_text(folder: Path) -> Path:
    put(folder, "in/a.py", GOOD)
    return put(folder, "in/b.py", OTHER).parent


@case(refused="0 usable records of image", modality="image")
def text_for_a_recipe_of_pictures(folder: Path) -> Path:
    return put(folder, "in/a.txt", GOOD).parent


@case(records=1, rules=("empty",))
def page_of_scripts_alone(folder: Path) -> Path:
    put(folder, "in/a.html", "<html><script>alert('x')</script><style>p {}</style>")
    return put(folder, "in/b.html", f"<p>{GOOD}<script>x()</script></html></p></b>").parent


@case(records=4)
def one_line_without_an_end(folder: Path) -> Path:
    return put(folder, "in.txt", " ".join(f"w{i}" for i in range(35_000)))
