"""Verbs for code: drafts by hand through what judges them, drafts of random weights through what draws them, and the
command line over both."""

import json
import os
import shutil

import pytest
import torch
from talkers import artifact, talker

from anew import registry
from anew.artifact import Artifact
from anew.cli import main
from anew.cli.code import place_of
from anew.errors import DataError, NotFound, RecipeError, Refused
from anew.recipe import parse
from anew.safety import sandbox
from anew.safety.trial import try_program
from anew.tasks.chat import Said
from anew.tasks.code import coder as coders
from anew.tasks.code.beside import module_at, name_of
from anew.tasks.code.coder import Filling, Told, coder, talking, talks
from anew.tasks.code.docstring import document
from anew.tasks.code.explain import explain
from anew.tasks.code.fix import failing, fix, form, job_for, suspect
from anew.tasks.code.functions import functions, named, same_code
from anew.tasks.code.judging import failures, judge_bodies, judge_tests
from anew.tasks.code.names import unknown
from anew.tasks.code.tests import assertions, file_of, write_tests
from anew.tasks.code.tests import form as asserting
from anew.tasks.model import Talking

missing = shutil.which("bwrap") is None and "CI" not in os.environ  # there it has to be, and its absence fails
needs_bubblewrap = pytest.mark.skipif(missing, reason="bubblewrap is not installed: apt-get install bubblewrap")

CLAMP = '''def clamp(x, low, high):
    """Bound x."""
    if x < low:
        return high
    return min(x, high)


def twice(x):
    return 2 * clamp(x, 0, 9)
'''
RIGHT = CLAMP.replace("return high", "return low")
TESTS = """from clamp import clamp, twice

def test_inside():
    assert clamp(5, 0, 10) == 5

def test_below():
    assert clamp(-1, 0, 10) == 0

def test_errors():
    try:
        clamp(None, 0, 1)
    except Exception:
        return
    assert False
"""
BODY = "    return max(low, min(x, high))\n"


# ------------------------------------------------------------------------------------------------ what drafts are worth


@needs_bubblewrap
def test_a_test_is_kept_where_it_passes_and_can_fail():
    tests = [
        "def test_it():\n    assert clamp(-1, 0, 10) == 0",
        "def test_it():\n    assert clamp(5, 0, 10) == 7",
        "def test_it():\n    assert clamp(5, 0, 10) == clamp(5, 0, 10)",
        "def test_it():\n    import os\n    os._exit(0)",
        "def test_it():\n    assert clamp(3, 0, 2) == 2",
    ]
    found = judge_tests(RIGHT, "clamp", tests, "clamp")
    assert [one.worth_keeping for one in found] == [True, False, False, False, True]
    assert [bool(one.why) for one in found] == [False, True, False, True, False]
    assert found[2].notices == frozenset() and found[0].notices != found[4].notices


@needs_bubblewrap
def test_one_test_that_stops_everything_hides_no_other():
    tests = [
        "def test_it():\n    assert one() == 1",
        "def test_it():\n    assert end() == 1",
        "def test_it(): assert one()",
    ]
    whys = failures("import os\ndef one(): return 1\ndef end(): os._exit(0)\n", tests, "ends")
    assert whys[0] == whys[2] == "" and "ended" in whys[1]
    assert failures("1 / 0", tests, "broken") == ["ZeroDivisionError: division by zero"] * 3
    assert failures("", [], "none") == []


@needs_bubblewrap
@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (BODY, "passed"),
        ("    return x\n", "failed"),
        ("    raise SystemExit(0)\n", "ended early"),
        ("    import os\n    os._exit(0)\n", "ended early"),
        ("    return (\n", "unfit"),
        ("    return '''\n", "unfit"),
        ("    return 1\nimport os\n", "unfit"),
        ("", "unfit"),
        ("    if x < low:\n        return high  # as before\n    return min(x, high)\n", "unchanged"),
        ("    class Yes(int):\n        def __eq__(self, other): return True\n    return Yes()\n", "failed"),
    ],
)
def test_a_body_is_worth_what_the_sandbox_says(body, outcome):
    (draft,) = judge_bodies(CLAMP, named(CLAMP, "clamp"), TESTS, "clamp", [body])
    assert draft.outcome == outcome
    assert draft.passed == (3 if outcome == "passed" else 0 if outcome != "failed" else draft.passed)


@needs_bubblewrap
def test_the_first_body_that_passes_ends_the_search():
    drafts = judge_bodies(CLAMP, named(CLAMP, "clamp"), TESTS, "clamp", ["    return x\n", BODY, BODY])
    assert [draft.outcome for draft in drafts] == ["failed", "passed"] and drafts[0].passed == 1
    assert drafts[1].source == CLAMP.replace("    if x < low:\n        return high\n    return min(x, high)\n", BODY)


# ------------------------------------------------------------------------------------------------ drawing


class Scripted:
    """Drafts that somebody wrote, in the place of a model's; everything behind them is the real way."""

    def __init__(self, *drafts):
        self.drafts, self.jobs = drafts, []

    def draw(self, job, n, seed):
        self.jobs.append(job)
        return [self.drafts[(seed + i) % len(self.drafts)] for i in range(n)]

    def made(self, job, seed):
        return talking_coder().made(job, seed)


def talking_coder(seed=0, codec="vocabulary"):
    return coder(talker(codec, seed))


def filler():
    """A model without a chat template."""
    return coder(talker("bytes"))


def looking_behind():
    """A model as the recipe `code` has them: it reads both sides of a place, and little of either."""
    codec = registry.find("codecs", "characters")(context=256, fim=0.5, min_count=1)
    codec.fit([CLAMP])
    sizes = {"width": 16, "layers": 1, "heads": 2}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = registry.find("models", "transformer")(codec.spec, **sizes)
        for weight in network.parameters():
            torch.nn.init.normal_(weight, std=0.3)
    settings = {"name": "characters", "context": 256, "fim": 0.5, "min_count": 1}
    recipe = {"name": "code", "modality": "code", "codec": settings, "model": {"name": "transformer", **sizes}}
    return coder(Talking(Artifact(parse(recipe), network.eval(), codec)))


def test_a_model_is_told_what_is_wanted_where_it_can_be():
    assert isinstance(talking_coder(), Told) and isinstance(filler(), Filling)
    assert talks(talker("vocabulary")) and not talks(talker("bytes"))
    with pytest.raises(RecipeError, match="no chat template: it can complete, docstring, tests and fix"):
        talking(talker("bytes"))


@pytest.mark.parametrize("make", [talking_coder, filler, looking_behind])
def test_drafts_have_their_form_and_depend_on_their_seed_alone(make):
    job = job_for(CLAMP, named(CLAMP, "clamp"), TESTS, "it fails")
    drafts = make().draw(job, 3, 5)
    assert drafts == [make().draw(job, 1, 5 + i)[0] for i in range(3)] and len(set(drafts)) > 1
    assert all(draft.startswith("    ") for draft in drafts)
    assert job.begun.endswith('"""Bound x."""\n') and job.before.endswith(job.begun)
    assert job.after.lstrip().startswith("def twice") and "return high" not in job.before + job.after


@pytest.mark.parametrize("make", [talking_coder, filler, looking_behind])
def test_docstrings_of_random_weights_change_nothing_else(make):
    found = document(make(), CLAMP, seed=3)
    assert [one.function for one in found.docstrings] == ["twice"] and same_code(CLAMP, found.source)
    (one,) = found.docstrings
    if one.text is None:
        assert found.source == CLAMP and one.draws == 3
    else:
        assert named(found.source, "twice").documented and not unknown(one.text, named(CLAMP, "twice").text)
    assert document(make(), CLAMP, seed=3) == found
    assert document(make(), 'def f():\n    "Done."\n').docstrings == ()


def test_docstrings_are_put_in_by_their_places():
    source = "def a(x):\n    return x\n\n\nclass B:\n    def c(self): return 1\n"
    found = document(Scripted('Give it back."""'), source)
    assert [one.function for one in found.docstrings] == ["a", "B.c"]
    assert (
        found.source.count('"""Give it back."""\n') == 2
        and '        """Give it back."""\n        return 1' in found.source
    )
    assert found.made.prompt == "docstring.v1"


def test_an_explanation_names_what_the_code_holds():
    found = explain(talker("vocabulary", 1), CLAMP, seed=1)
    assert not unknown(found.text, CLAMP) and 1 <= found.draws <= 3 and all(one.missing for one in found.dropped)
    assert found.made.prompt == "explain.v1" and explain(talker("vocabulary", 1), CLAMP, seed=1) == found
    with pytest.raises(DataError):
        explain(talker("vocabulary"), " \n")
    with pytest.raises(RecipeError, match="too few for"):
        explain(talker("vocabulary", context=256), CLAMP * 9)


def test_an_explanation_announces_nothing_that_does_not_follow(monkeypatch):
    said = Said("It bounds `x`. Here is an example:\n\n```python\nclamp(1, 2, 3)\n```\n", "stop")
    chat = talker("vocabulary", 1)
    monkeypatch.setattr(chat, "answers", lambda asks: [said])
    assert explain(chat, CLAMP).text == "It bounds `x`."


@pytest.mark.parametrize("make", [talking_coder, filler])
def test_assertions_of_random_weights_are_calls_with_values(make):
    from anew.tasks.code.tests import job_for as test_job

    function = named(CLAMP, "clamp")
    job = test_job(CLAMP, function, "clamp")
    drafts = make().draw(job, 3, 0)
    found = [test for draft in drafts for test in assertions(job.begun + draft)]
    assert len(found) >= 3 and all(test.startswith("def test_clamp():\n    assert clamp(") for test in found)


def test_the_form_of_a_test_counts_the_arguments():
    from anew.engine.constraint import Grammars
    from anew.engine.symbols import Symbols

    symbols = Symbols(artifact("bytes").codec)
    grammars = Grammars(symbols)

    def fits(source, line):
        guide = grammars.guide(asserting(functions(source)[0]))
        told = [token for symbol in symbols.encode(line) for token in symbols.tokens(symbol)]
        for token in told:
            allowed = guide.allowed()
            if allowed is not None and not allowed[token]:
                return False
            guide.took(token)
        return True

    for call, good in (
        ("f(1)", True),
        ("f(1, [2, 'a'])", True),
        ("f()", False),
        ("f(1, 2, 3)", False),
        ("f(x)", False),
    ):
        assert fits("def f(a, b=2): pass", f"    assert {call} == (1,)\n") == good, call
    assert fits("def f(*a): pass", "    assert f() is None\n    assert f(1, {2: -3.5}, True) == {}\n")
    assert fits("def f(a, *, b, c=1): pass", "    assert f(0, b=()) == -0.5\n")
    assert not fits("def f(a, *, b, c=1): pass", "    assert f(0) == 1\n") and not fits(
        "def f(): 0", "    assert f() is 1\n"
    )
    assert not fits("def f(*a): pass", "    import os\n") and not fits("def f(a): pass", "    assert g(1) == 1\n")


def test_assertions_that_were_cut_off_are_left_out():
    assert assertions("def test_f():\n    assert f(1) == 1\n    assert f(2) == [") == [
        "def test_f():\n    assert f(1) == 1\n"
    ]
    assert assertions("def test_f():\n    assert f(") == []


# ------------------------------------------------------------------------------------------------ whole


@needs_bubblewrap
def test_tests_are_written_and_counted():
    good, wrong = "    assert clamp(-1, 0, 9) == 0\n", "    assert clamp(4, 0, 9) == 5\n"
    found = write_tests(
        Scripted(good + wrong, good + "    assert clamp(99, 0, 9) == 9\n"), RIGHT, "clamp", "clamp", n=2
    )
    assert (found.drawn, found.distinct, found.passed, found.kept) == (4, 3, 2, 2)
    assert 0 < found.noticed <= found.mutants and found.source.startswith(
        "from clamp import clamp\n\n\ndef test_clamp_1"
    )
    assert not write_tests(Scripted(wrong), RIGHT, "clamp", "clamp", n=1).source
    with pytest.raises(DataError, match="does not run in the sandbox"):
        write_tests(Scripted(good), "import numpy_is_not_here\n" + RIGHT, "clamp", "clamp")
    with pytest.raises(RecipeError, match="plain functions"):
        write_tests(Scripted(good), "class A:\n    def f(self): return 1\n", "f", "clamp")
    assert file_of("m", "f", []) == ""


@needs_bubblewrap
def test_a_fix_is_offered_only_where_it_passes():
    found = fix(Scripted("    return x\n", BODY + "```"), CLAMP, TESTS, "clamp", n=4)
    assert found.function == "clamp" and found.source is not None and "max(low" in found.source
    assert found.outcomes == {"failed": 1, "passed": 1} and found.tests == 3 and found.nearest.outcome == "passed"
    assert "line 7" in found.before and found.made.seed == 0
    scripted = Scripted("    return x\n", "    return None\n", "    raise SystemExit(0)\n")
    found = fix(scripted, CLAMP, TESTS, "clamp", n=3)
    assert found.source is None and found.nearest.body == "    return x\n" and found.nearest.passed == 1
    assert "test_below" in scripted.jobs[0].values["tests"] and "test_inside" not in scripted.jobs[0].values["tests"]
    with pytest.raises(DataError, match="nothing to fix"):
        fix(scripted, RIGHT, TESTS, "clamp")
    with pytest.raises(DataError, match="standard library, and not what the tests import"):
        fix(scripted, CLAMP, "import not_here\n" + TESTS, "clamp")
    with pytest.raises(DataError, match="no function of the file"):
        fix(scripted, CLAMP, "assert 1 == 2", "clamp")


def test_the_function_that_failing_tests_name_is_suspected():
    from anew.safety.sandbox import Ran

    ran = Ran("failed", "", "", 0.1, "why", tests={"test_a": "", "test_b": "wrong"})
    tests = "def test_a():\n    assert twice(1) == twice(1) == 2\n\ndef test_b():\n    assert clamp(1, 2, 3) == 2\n"
    assert suspect(CLAMP, tests, ran).name == "clamp"
    ran = Ran("failed", "", "", 0.1, "why", tests={"test_a[1-2]": "", "test_a[0-2]": "wrong", "TestB::test_c": "wrong"})
    tests = "@given(0)\ndef test_a(x): pass\n\ndef test_d(): pass\n\nclass TestB:\n    def test_c(self): twice(1)\n"
    assert (
        failing(tests, ran) == tests.replace("def test_d(): pass\n\n", "")
        and suspect(CLAMP, tests, ran).name == "twice"
    )
    assert form("    ").form == "regex"


# ------------------------------------------------------------------------------------------------ a file's project


SHOP = {
    "shop/__init__.py": "from .cart import total\n",
    "shop/cart.py": "import json\nfrom . import rates\nfrom shop.tax import with_tax\n\n\n"
    "def total(prices):\n    return with_tax(max(prices)) * rates.ONE\n",
    "shop/tax.py": "from .rates import TAX\n\n\ndef with_tax(price):\n    return price * TAX\n",
    "shop/rates.py": "TAX, ONE = 2, 1\n", "shop/unused.py": "raise SystemExit\n",
    "test_cart.py": "from shop.cart import total\n\n\ndef test_total():\n    assert total([1, 2]) == 6\n",
    "shop/loose.py": "import nowhere.at_all\nimport shop.away\n",
}  # fmt: skip


@pytest.fixture
def shop(tmp_path):
    for path, content in SHOP.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content)
    (tmp_path / "elsewhere.py").write_text("KEY = 1")
    (tmp_path / "shop" / "away.py").symlink_to("/etc/hostname")
    return tmp_path


def test_what_a_file_imports_of_its_project_is_found_and_nothing_else(shop):
    cart = shop / "shop" / "cart.py"
    assert name_of(cart) == "shop.cart" and name_of(shop / "test_cart.py") == "test_cart"
    made = module_at(cart, cart.read_text(), "shop.cart")
    assert {*made.beside} == {"shop/__init__.py", "shop/tax.py", "shop/rates.py"} and str(made) == "shop.cart"
    loose = module_at(shop / "shop" / "loose.py", SHOP["shop/loose.py"], "shop.loose")
    assert {*loose.beside} == {"shop/__init__.py", "shop/cart.py", "shop/tax.py", "shop/rates.py"}
    assert not module_at(shop / "elsewhere.py", "import json", "elsewhere").beside


@needs_bubblewrap
def test_a_file_among_others_is_mended(shop, monkeypatch, capsys):
    monkeypatch.chdir(shop)
    monkeypatch.setattr("anew.cli.code.open_chat", lambda model: talker("bytes"))
    monkeypatch.setattr(coders, "coder", lambda chat: Scripted("    return with_tax(sum(prices)) * rates.ONE\n"))
    code, out, err = run(capsys, "code", "fix", "shop/cart.py", "--tests", "test_cart.py")
    assert code == 0 and "+    return with_tax(sum(prices))" in out
    assert "total: 1 of 8 drafts tried: 1 passed" in err and "--write" in err


@needs_bubblewrap
def test_packages_need_no_init_file(shop):
    (shop / "loose").mkdir()
    (shop / "loose" / "one.py").write_text("ONE = 1")
    two = "from loose.one import ONE\nfrom .one import ONE as same\n\n\ndef two():\n    return ONE + same\n"
    module = module_at(shop / "loose" / "two.py", two, "loose.two")
    assert {*module.beside} == {"loose/one.py"}
    ran = try_program(two, "from loose.two import two\n\n\ndef test_two():\n    assert two() == 2\n", module=module)
    assert ran.outcome == "passed", ran.why


@needs_bubblewrap
def test_a_program_among_others_does_not_find_the_tests(shop):
    cart = shop / "shop" / "cart.py"
    looking = cart.read_text() + (
        "    \n\nimport os, zipfile\nnames = zipfile.ZipFile('/project.zip').namelist()\n"
        "assert not [n for n in names + os.listdir('/') if 'test' in n], names\n"
    )
    tests = SHOP["test_cart.py"].replace("6", "4")
    assert try_program(looking, tests, module=module_at(cart, looking, "shop.cart")).outcome == "passed"


# ------------------------------------------------------------------------------------------------ the command line


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with code and its tests, where a model of random weights is opened by any name."""
    (tmp_path / "clamp.py").write_bytes(b"\xef\xbb\xbf" + CLAMP.replace("\n", "\r\n").encode())
    (tmp_path / "check.py").write_text(TESTS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("anew.cli.code.open_chat", lambda model: talker("bytes" if model == "code" else "vocabulary"))
    return tmp_path


def run(capsys, *arguments):
    code = main([str(a) for a in arguments])
    return code, *capsys.readouterr()


@needs_bubblewrap
def test_what_is_written_keeps_the_files_form_and_rights(files, capsys, monkeypatch):
    monkeypatch.setattr(coders, "coder", lambda chat: Scripted(BODY))
    (files / "clamp.py").chmod(0o750)
    code, out, err = run(capsys, "code", "fix", "clamp.py", "--tests", "pytest check.py")
    assert code == 0 and "+    return max(low, min(x, high))" in out and "1 passed" in err
    assert b"max(low" not in (files / "clamp.py").read_bytes()
    code, out, err = run(capsys, "code", "fix", "clamp.py", "--tests", "check.py", "--write", "--json")
    made = json.loads(out)
    assert code == 0 and made["written"] and made["outcomes"] == {"passed": 1} and made["function"] == "clamp"
    content = (files / "clamp.py").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfdef clamp") and b"max(low, min(x, high))\r\n" in content
    assert content.count(b"\n") == content.count(b"\r\n") and (files / "clamp.py").stat().st_mode & 0o777 == 0o750
    assert run(capsys, "code", "fix", "clamp.py", "--tests", "check.py")[0] == DataError.exit_code


@needs_bubblewrap
def test_random_weights_mend_nothing_and_say_so(files, capsys):
    code, out, err = run(capsys, "code", "fix", "clamp.py::clamp", "--tests", "check.py", "-n", 2)
    assert code == 1 and not out.strip() and "passed" not in err.split("\n")[0]
    assert "no draft passes the tests" in err or "could be run" in err
    code, out, err = run(capsys, "code", "tests", "clamp.py::clamp", "-n", 1, "--out", "made.py", "--model", "chat")
    assert "drawn" in err and (code == 0) == (files / "made.py").exists()


def test_documenting_and_explaining_by_the_command_line(files, capsys):
    code, out, _ = run(capsys, "code", "docstring", "clamp.py::twice", "--model", "chat", "--json")
    made = json.loads(out)
    assert made["docstrings"][0]["function"] == "twice" and code == int(made["docstrings"][0]["text"] is None)
    code, out, err = run(capsys, "code", "explain", "clamp.py:1-5", "--model", "chat", "--json")
    assert code in (0, 1) and bool(json.loads(out)["text"]) == (code == 0)
    code, out, err = run(capsys, "code", "explain", "clamp.py")
    assert code == RecipeError.exit_code and "no chat template" in err and len(err.splitlines()) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "clamp.py:9-99", "--model", "chat"),
        ("explain", "nothing.py"),
        ("docstring", "clamp.py::clam"),
        ("tests", "clamp.py"),
        ("tests", "clamp.py::clamp", "--out", "check.py"),
        ("tests", "clamp.py::clamp", "-n", "0"),
        ("fix", "clamp.py", "--tests", "nothing.py"),
        ("fix", "clamp.py"),
        ("complete", "clamp.py:1"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_line(files, capsys, arguments):
    code, out, err = run(capsys, "code", *arguments)
    assert code not in (0, 70) and not out and len(err.splitlines()) <= 2, err


def test_without_a_sandbox_nothing_is_drawn(files, monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    never = Scripted()
    with pytest.raises(Refused, match="bubblewrap is not installed"):
        fix(never, CLAMP, TESTS, "clamp")
    with pytest.raises(Refused, match="bubblewrap is not installed"):
        write_tests(never, RIGHT, "clamp", "clamp")
    assert never.jobs == []


def test_places():
    assert place_of("a.py::B.c")[1] == "B.c" and place_of("a.py:3-9")[2] == (3, 9) and place_of("a.py:3")[2] == (3, 3)
    assert place_of("a.py") == place_of("a.py", lines=False) and place_of("a:b.py")[2] is None


def test_without_a_model_it_says_how_to_come_by_one(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ANEW_HOME", str(tmp_path))
    (tmp_path / "clamp.py").write_text(CLAMP)
    for verb in ("explain", "docstring"):
        code, _, err = run(capsys, "code", verb, tmp_path / "clamp.py")
        assert code == NotFound.exit_code and "anew run code --data FOLDER" in err and "--model" in err
