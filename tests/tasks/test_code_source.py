"""A file's functions, its mutants and the names that a sentence uses: what is asked of source without any model."""

import ast

import pytest

from anew.errors import DataError, NotFound
from anew.tasks.code.docstring import inserted, judge
from anew.tasks.code.explain import sift
from anew.tasks.code.fix import body_of, module_in
from anew.tasks.code.functions import difference, functions, named, parsed, replaced, same_code, same_elsewhere
from anew.tasks.code.mutants import mutants
from anew.tasks.code.names import unknown

SOURCE = '''"""Numbers."""
import functools


@functools.cache
def clamp(x, low=0, *, high=(
    9
)):  # both ends count
    # first the lower one
    if x < low:
        return low
    return min(x, high)


class Stack:
    def __init__(self): self.held = []  # nothing yet

    @property
    def size(self):
        """How many."""
        return len(self.held)

\tdef odd(self): return "ß", self
    async def wait(self): "Not yet."

if True:
\tdef last(x):
\t\treturn x'''.replace("\n\tdef odd", "\n    def odd")


def test_functions_are_found_with_their_heads_and_bodies():
    found = {one.name: one for one in functions(SOURCE)}
    assert list(found) == ["clamp", "Stack.__init__", "Stack.size", "Stack.odd", "Stack.wait", "last"]
    assert found["clamp"].head.startswith("def clamp(") and found["clamp"].head.endswith(")):  # both ends count\n")
    assert found["clamp"].body.startswith("    # first") and found["clamp"].body.endswith("min(x, high)\n")
    assert found["Stack.__init__"].head == "    def __init__(self):\n"
    assert found["Stack.__init__"].body == "        self.held = []  # nothing yet\n"
    assert found["Stack.odd"].body == '        return "ß", self\n'
    assert found["Stack.size"].head.endswith('"""How many."""\n') and found["Stack.size"].documented
    assert found["Stack.wait"].documented and found["Stack.wait"].body == ""
    assert found["last"].indent == "\t\t" and found["last"].body == "\t\treturn x\n"


def test_a_function_put_back_changes_nothing():
    for one in functions(SOURCE):
        assert ast.dump(parsed(replaced(SOURCE, one, one.text))) == ast.dump(parsed(SOURCE))


def test_a_function_is_named_as_far_as_needed():
    assert named(SOURCE, "size").name == "Stack.size" and named(SOURCE, "Stack.odd").name == "Stack.odd"
    with pytest.raises(NotFound, match="did you mean 'clamp'"):
        named(SOURCE, "clam")
    with pytest.raises(NotFound, match=r"several: A\.f, B\.f"):
        named("class A:\n    def f(self): 0\nclass B:\n    def f(self): 0\n", "f")
    with pytest.raises(DataError, match="it is not Python: line 1"):
        functions("def f(:", "it")
    with pytest.raises(DataError, match="not Python"):
        functions("x = " + "(" * 9999)


def test_a_docstring_goes_behind_every_head_and_changes_nothing_else():
    for one in functions(SOURCE):
        if one.documented:
            continue
        made = inserted(SOURCE, one, "Say what it does.")
        again = named(made, one.name)
        assert ast.get_docstring(again.node) == "Say what it does." and same_code(SOURCE, made)
        assert "first the lower one" in made and "nothing yet" in made and "both ends count" in made
        added = [line for line in difference(SOURCE, made, "f").splitlines() if line.startswith("+")]
        assert any("Say what it does." in line for line in added)


def test_what_only_looks_like_a_docstring_is_told_from_code():
    assert same_code("def f():\n    return 1", 'def f():\n    """One."""\n    return 1')
    assert not same_code("def f():\n    return 1", 'def f():\n    """One."""\n    return 2')
    assert not same_code("x = 1", 'x = 1\n"""One."""') and not same_code("x = 1", "x = ")


def test_a_body_stays_in_its_place():
    function, head = named(SOURCE, "clamp"), named(SOURCE, "clamp").head
    assert same_elsewhere(SOURCE, replaced(SOURCE, function, head + "    return 1\n"), "clamp")
    for evil in (
        "    return '''\n",
        "    return 1\nimport os\n",
        "    return (\n",
        "",
        "    pass\ndef last(x): 0\n",
    ):
        assert not same_elsewhere(SOURCE, replaced(SOURCE, function, head + evil), "clamp"), evil
    changed = "def clamp(y):\n    return 1\n"
    assert not same_elsewhere(SOURCE, replaced(SOURCE, function, changed), "clamp")


def test_a_draft_ends_where_its_lines_are_not_indented():
    assert body_of("    a = 1\n\n    return a\n\n```\nWell", "    ") == "    a = 1\n\n    return a\n"
    assert body_of("    a\n  b\n", "    ") == "    a\n" == body_of("    a\n    retu", "    ")


def test_tests_tell_the_modules_whole_name():
    assert module_in("import app.tools.sums as s", "sums") == "app.tools.sums"
    assert module_in("from app.tools import sums, other", "sums") == "app.tools.sums"
    assert module_in("from app.sums import add", "sums") == "app.sums"
    assert module_in("import summer", "sums") == "sums"


def test_mutants_are_other_programs_with_one_fault_each():
    source = (
        "def f(x, n=1):\n    if x > 3 and not n:\n        n += 1\n    return max(x, n) - 1\n\ndef g(): return 2 < 3\n"
    )
    found = mutants(source, "f")
    said = [one.what for one in found]
    assert {"line 2: And turned to Or", "line 4: None returned", "line 2: a condition denied"} <= set(said)
    assert {"line 2: Gt turned to GtE", "line 3: Add turned to Sub", "line 4: max turned to min"} <= set(said)
    assert len({one.source for one in found}) == len(found) >= 9
    for one in found:
        assert one.source != ast.unparse(ast.parse(source)) and "return 2 < 3" in one.source and "n=1" in one.source
    assert mutants(source, "f") == found


CODE = "def area(width, height):\n    return width * height / 2  # see Heron\n"


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("It multiplies `width` by `height` and halves it.", []),
        ("It calls `sqrt` on the `width`.", ["sqrt"]),
        ("The function area() takes two sides, e.g. the width.", []),
        ("It calls math.sqrt and heron_formula().", ["math", "sqrt", "heron_formula"]),
        ("It divides by 2, not by 3.", ["3"]),
        ('It returns "volume" for a cubeRoot.', ["volume", "cubeRoot"]),
        ("It's the area; that's all there is to it.", []),
        ("It returns 'nothing' at all.", ["nothing"]),
    ],
)
def test_names_in_a_sentence_occur_in_the_code(text, missing):
    assert unknown(text, CODE) == missing


def test_sentences_with_other_names_are_left_out_and_code_is_none():
    text = "It halves `width` times `height`. It prints `result`.\n\n```python\nprint(area(1, 2))\n```"
    assert sift(text, CODE) == (["It halves `width` times `height`."], [("It prints `result`.", ["result"])])


def test_a_docstring_names_what_the_function_holds():
    (function,) = functions(CODE)
    drafts = ['Return the `volume`."""', "Return the area without an end.", 'Return the `width` times `height`."""']
    found = judge(function, drafts)
    assert found.text == "Return the `width` times `height`." and found.draws == 3
    assert judge(function, drafts[:2]).text is None and judge(function, drafts[:2]).unknown == ("volume",)
