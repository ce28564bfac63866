"""The map holds: imports point one way, each room keeps to its words, and randomness comes in by the door.

Each rule reads the syntax trees of `src/anew`; a planted violation shows that it fires.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "anew"
STAGES = ("collect", "clean", "train", "validate", "deploy")
EVERYWHERE = {"blocks", "contract", "errors", "registry", "recipe"}
# A room and what it may import beside itself and the doors that are open everywhere.
MAY_IMPORT: dict[str, set[str]] = {
    "contract": set(),
    "blocks": {"contract"},
    "errors": set(),
    "registry": set(),
    "recipe": set(),
    "samplers": set(),
    "models": {"samplers"},
    "codecs": {"models"},
    "data": set(),
    "collect": {"data", "codecs"},
    "clean": {"data", "codecs"},
    "train": {"data", "codecs", "models"},
    "validate": {"data", "codecs", "models", "samplers", "artifact", "engine", "safety"},
    "deploy": {"data", "codecs", "models", "artifact", "exchange"},
    "exchange": {"data", "codecs", "models", "artifact"},
    "artifact": {"data", "models"},
    "engine": {"artifact", "codecs", "models", "samplers", "data", "safety"},
    "tasks": {"engine", "artifact", "codecs", "models", "data", "safety"},
    "safety": set(),
    "server": {
        "engine", "tasks", "artifact", "safety", "codecs", "samplers", "data",
        "deploy", "recipes", "validate", "collect", "train",  # it serves the store, and runs jobs
    },
    "testing": set(),
    "recipes": {*STAGES, "data", "codecs", "models", "artifact", "engine", "exchange"},
    "api": {"recipes", *STAGES, "data", "codecs", "models", "artifact", "engine", "exchange", "tasks", "__init__"},
    "cli": {
        "recipes", *STAGES, "data", "codecs", "models", "artifact", "engine", "exchange", "safety", "tasks", "api",
        "testing", "server", "__init__",
    },
    "__main__": {"cli"},
    "__init__": {"api"},
}  # fmt: skip
WITHOUT_TORCH = {"errors", "registry", "recipe", "collect", "clean", "__init__", "__main__"}
WITHOUT_TORCH_IN_DATA = {"records", "manifest", "files", "digests", "progress", "home"}
ROOM_OF_LIBRARY = {
    "PIL": {"codecs", "clean", "collect", "validate"},
    "fastapi": {"server"},
    "starlette": {"server"},
    "sqlalchemy": {"server"},
    "alembic": {"server"},
    "uvicorn": {"server", "cli"},
    "soundfile": {"codecs", "collect"},
    "rich": {"cli"},
    "cyclopts": {"cli"},
    "llguidance": {"engine"},
}
MODALITIES = {"image", "images", "pixel", "pixels", "text", "texts", "word", "words", "audio", "picture", "pictures"}
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
NAMES_OF_NOTHING = {"utils", "util", "common", "base", "helpers", "helper", "misc"}
SEEDED_BY = {"train/build.py", "testing/suite.py"}
TAKES_A_GENERATOR = {"rand", "randn", "randint", "randperm", "multinomial", "normal", "bernoulli"}
TAKES_A_GENERATOR_IN_PLACE = {"normal_", "uniform_", "random_", "bernoulli_", "exponential_", "cauchy_", "log_normal_"}
NEVER_WITH_A_GENERATOR = {
    "rand_like", "randn_like", "randint_like", "poisson", "dropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d",
    "AlphaDropout", "gumbel_softmax", "rrelu", "dropout_",
}  # fmt: skip
LONGEST = 400
LONG: set[str] = set()  # files that are longer, on purpose

Found = Iterator[tuple[int, str]]
Rule = Callable[[str, ast.Module], Found]


# ------------------------------------------------------------------------------------------------ reading the source


def sources() -> dict[str, str]:
    return {str(path.relative_to(SOURCE)): path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.py"))}


def room_of(path: str) -> str:
    return path.split("/")[0].removesuffix(".py")


def imports(path: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every imported module, those inside functions too, by its full name."""
    package = ["anew", *path.removesuffix(".py").split("/")[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"


def at_import_time(tree: ast.Module) -> ast.Module:
    """The module without its functions' bodies and what only a type checker sees."""

    class Outside(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            return None

        def visit_If(self, node: ast.If) -> ast.AST | None:
            return None if "TYPE_CHECKING" in ast.unparse(node.test) else node

    return ast.fix_missing_locations(Outside().visit(ast.parse(ast.unparse(tree))))


def dotted(node: ast.AST) -> str:
    """a.b.c as a string, or what of it is a plain name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def defined(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that the file makes up: functions, classes, arguments, variables, attributes it sets."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield 0, node.asname


def words(identifier: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)}


# ------------------------------------------------------------------------------------------------ the rules


def imports_point_one_way(path: str, tree: ast.Module) -> Found:
    room = room_of(path)
    may = MAY_IMPORT[room] | {room} | (EVERYWHERE if room not in EVERYWHERE else set())
    may |= {"recipe": {"errors", "contract"}, "registry": {"errors"}}.get(room, set())
    for line, name in imports(path, tree):
        if name.split(".")[0] == "anew":
            other = name.split(".")[1] if "." in name else "__init__"
            other = other if other in MAY_IMPORT else "__init__"
            if other not in may:
                yield line, f"{room} imports {name}"


def the_contract_needs_torch_alone(path: str, tree: ast.Module) -> Found:
    for line, name in imports(path, tree) if path == "contract.py" else ():
        if name.split(".")[0] not in sys.stdlib_module_names | {"torch"}:
            yield line, f"the contract imports {name}"


def rooms_without_torch(path: str, tree: ast.Module) -> Found:
    in_data = room_of(path) == "data" and Path(path).stem in WITHOUT_TORCH_IN_DATA
    in_cli = room_of(path) == "cli"  # inside functions alone, so that --help is quick
    if room_of(path) in WITHOUT_TORCH or in_data or in_cli:
        for line, name in imports(path, at_import_time(tree) if in_cli else tree):
            if name.split(".")[0] == "torch":
                yield line, f"{path} imports {name}"


def libraries_keep_to_their_rooms(path: str, tree: ast.Module) -> Found:
    for line, name in imports(path, tree):
        rooms = ROOM_OF_LIBRARY.get(name.split(".")[0])
        if rooms is not None and room_of(path) not in rooms:
            yield line, f"{name} belongs into {', '.join(sorted(rooms))}"


def no_modality_in_models_samplers_and_train(path: str, tree: ast.Module) -> Found:
    if room_of(path) in ("models", "samplers", "train"):
        for line, name in defined(tree):
            if words(name) & MODALITIES:
                yield line, f"the name {name}"


def nothing_unsafe(path: str, tree: ast.Module) -> Found:
    for line, name in imports(path, tree):
        if name.split(".")[0] in UNSAFE_MODULES:
            yield line, f"imports {name}"
    for call, name in calls(tree):
        if name in ("eval", "exec", "compile", "__import__", "torch.load", "torch.save", "globals"):
            yield call.lineno, f"calls {name}"
        if any(k.arg == "allow_pickle" and getattr(k.value, "value", None) is True for k in call.keywords):
            yield call.lineno, "allows pickles"


def no_global_generator(path: str, tree: ast.Module) -> Found:
    initial = {  # weights are drawn from the global generator, as torch's own layers do it; `train/build.py` seeds it
        node for f in ast.walk(tree) if getattr(f, "name", "") == "__init__" for node in ast.walk(f)
    }  # fmt: skip
    random_names = {"random"} if any(name == "random" for _, name in imports(path, tree)) else set()
    for line, name in imports(path, tree):
        if name.startswith("random.") and name != "random.Random":
            yield line, f"imports {name}"
    for call, name in calls(tree):
        head, _, last = name.rpartition(".")
        given = any(k.arg == "generator" for k in call.keywords)
        if head in random_names and last not in ("Random", "getstate"):
            yield call.lineno, f"calls {name}"
        if re.fullmatch(r"(np|numpy)\.random", head) and last not in (
            "default_rng",
            "Generator",
            "SeedSequence",
            "get_state",
        ):
            yield call.lineno, f"calls {name}"
        if head == "torch" and last in TAKES_A_GENERATOR and not given:
            yield call.lineno, f"calls {name} without a generator"
        method = call.func.attr if isinstance(call.func, ast.Attribute) else name
        draws_in_place = method in TAKES_A_GENERATOR_IN_PLACE and not name.startswith(("nn.init", "torch.nn.init"))
        if (draws_in_place or method in ("multinomial", "bernoulli")) and not given and call not in initial:
            yield call.lineno, f"calls {method} without a generator"
        if method in NEVER_WITH_A_GENERATOR:
            yield call.lineno, f"calls {name or method}, which draws from the global generator"
        if (
            name in ("torch.manual_seed", "torch.seed", "torch.random.fork_rng", "torch.set_rng_state")
            and path not in SEEDED_BY
        ):
            yield call.lineno, f"calls {name}"


def gradients_belong_to_train(path: str, tree: ast.Module) -> Found:
    if room_of(path) in ("train", "testing"):
        return
    for line, name in imports(path, tree):
        if name.startswith("torch.optim"):
            yield line, f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (node.attr == "backward" or dotted(node).startswith("torch.optim")):
            yield node.lineno, f"uses .{node.attr}"


def talk_belongs_to_cli(path: str, tree: ast.Module) -> Found:
    if room_of(path) in ("cli", "__main__"):
        return
    for call, name in calls(tree):
        if name in (
            "print",
            "input",
            "exit",
            "quit",
            "sys.exit",
            "os._exit",
            "SystemExit",
            "sys.stdout.write",
            "sys.stderr.write",
        ):
            yield call.lineno, f"calls {name}"


def names_say_something(path: str, tree: ast.Module) -> Found:
    if {Path(path).stem, *Path(path).parent.parts} & NAMES_OF_NOTHING:
        yield 1, f"{path} is called after nothing"
    for line, name in defined(tree):
        if re.search(r"_v\d+$|^(new|old|legacy)_|_(old|legacy)$|(Manager|Helper|Base|Utils)$", name):
            yield line, f"the name {name}"


def no_state_in_modules(path: str, tree: ast.Module) -> Found:
    """What a module holds is a constant: nothing rebinds it and nothing fills it."""
    held = set()
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            made = node.value
            mutable = isinstance(made, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp))
            mutable |= isinstance(made, ast.Call) and dotted(made.func).split(".")[-1] in (
                "list",
                "dict",
                "set",
                "defaultdict",
                "deque",
            )
            if isinstance(target, ast.Name) and target.id != "__all__":
                held.add(target.id)
                if mutable and not target.id.lstrip("_").isupper():
                    yield node.lineno, f"{target.id} is a mutable value in a module; a constant has an upper-case name"
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield node.lineno, f"global {', '.join(node.names)}"
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, (ast.Store, ast.Del))
            and dotted(node.value) in held & shouted(held)
        ):
            yield node.lineno, f"fills {dotted(node.value)}"
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and dotted(node.func.value) in shouted(held)
        ):
            if node.func.attr in (
                "append",
                "add",
                "update",
                "extend",
                "pop",
                "clear",
                "setdefault",
                "insert",
                "remove",
            ):
                yield node.lineno, f"fills {dotted(node.func.value)}"


def shouted(names: set[str]) -> set[str]:
    return {name for name in names if name.lstrip("_").isupper()}


def modules_open_with_a_docstring(path: str, tree: ast.Module) -> Found:
    if tree.body and not ast.get_docstring(tree):
        yield 1, "no docstring"


def files_stay_short(path: str, tree: ast.Module) -> Found:
    length = max((getattr(node, "end_lineno", 0) or 0 for node in tree.body), default=0)
    if length > LONGEST and path not in LONG:
        yield length, f"{length} lines; past {LONGEST} a file is asking to be two"


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        imports_point_one_way, the_contract_needs_torch_alone, rooms_without_torch, libraries_keep_to_their_rooms,
        no_modality_in_models_samplers_and_train, nothing_unsafe, no_global_generator, gradients_belong_to_train,
        talk_belongs_to_cli, names_say_something, no_state_in_modules, modules_open_with_a_docstring, files_stay_short,
    )
}  # fmt: skip


def violations(rule: Rule, files: Mapping[str, str]) -> list[str]:
    return [f"{path}:{line}: {what}" for path, text in files.items() for line, what in rule(path, ast.parse(text))]


@pytest.mark.parametrize("name", RULES)
def test_the_source_keeps_the_rule(name: str) -> None:
    found = violations(RULES[name], sources())
    assert not found, f"{name}:\n" + "\n".join(found)


def in_any_order(files: Mapping[str, str]) -> None:
    """CycleError where a module needs, while it is imported, one that needs it."""
    names = {path: ".".join(("anew", *path.removesuffix(".py").removesuffix("/__init__").split("/"))) for path in files}
    needs: dict[str, set[str]] = {name: set() for name in names.values()}
    for path, text in files.items():
        found = [name for _, name in imports(path, at_import_time(ast.parse(text)))]
        modules = {name if name in needs else name.rpartition(".")[0] for name in found}
        needs[names[path]] = {name for name in modules if name in needs} - {names[path]}
    TopologicalSorter(needs).prepare()


def test_modules_import_in_any_order() -> None:
    in_any_order(sources())


def test_a_circle_is_found() -> None:
    circle = {"a/x.py": "from anew.a.y import one", "a/y.py": "from anew.b import two", "b.py": "from .a import x"}
    with pytest.raises(CycleError):
        in_any_order(circle)
    in_any_order(circle | {"b.py": "def later():\n    from .a import x"})


def test_every_room_is_on_the_map() -> None:
    rooms = {room_of(path) for path in sources()}
    assert rooms <= set(MAY_IMPORT), f"not on the map: {sorted(rooms - set(MAY_IMPORT))}"


PLANTED = [
    ("imports_point_one_way", "train/a.py", "from anew.validate.metric import Metric"),
    ("imports_point_one_way", "samplers/a.py", "def f():\n    import anew.models.vae"),
    ("imports_point_one_way", "models/a/b.py", "from ...train import loop"),
    ("imports_point_one_way", "codecs/a.py", "from anew import artifact"),
    ("imports_point_one_way", "data/a.py", "from anew.codecs.text import Bytes"),
    ("imports_point_one_way", "errors.py", "from anew.contract import Spec"),
    ("the_contract_needs_torch_alone", "contract.py", "import numpy as np"),
    ("rooms_without_torch", "collect/a.py", "def f():\n    import torch"),
    ("rooms_without_torch", "data/records.py", "from torch import Tensor"),
    ("rooms_without_torch", "cli/a.py", "import torch.nn"),
    ("libraries_keep_to_their_rooms", "models/a.py", "from PIL import Image"),
    ("libraries_keep_to_their_rooms", "engine/a.py", "import fastapi"),
    ("no_modality_in_models_samplers_and_train", "models/a.py", "def f(image): pass"),
    ("no_modality_in_models_samplers_and_train", "train/a.py", "class TextLoss: pass"),
    ("no_modality_in_models_samplers_and_train", "samplers/a.py", "words_BT = 1"),
    ("no_modality_in_models_samplers_and_train", "models/a.py", "self.pixel_scale = 2"),
    ("nothing_unsafe", "data/a.py", "import pickle"),
    ("nothing_unsafe", "cli/a.py", "eval('1')"),
    ("nothing_unsafe", "artifact.py", "torch.load(path)"),
    ("nothing_unsafe", "data/a.py", "np.load(path, allow_pickle=True)"),
    ("no_global_generator", "models/a.py", "x = torch.randn(3)"),
    ("no_global_generator", "models/a.py", "x = torch.rand_like(y)"),
    ("no_global_generator", "models/a.py", "x.normal_()"),
    ("no_global_generator", "models/a.py", "layer = nn.Dropout(0.1)"),
    ("no_global_generator", "models/a.py", "x = p.multinomial(1)"),
    ("no_global_generator", "data/a.py", "import random\nrandom.shuffle(x)"),
    ("no_global_generator", "data/a.py", "from random import choice"),
    ("no_global_generator", "data/a.py", "np.random.permutation(3)"),
    ("no_global_generator", "models/a.py", "torch.manual_seed(0)"),
    ("gradients_belong_to_train", "models/a.py", "loss.backward()"),
    ("gradients_belong_to_train", "validate/a.py", "from torch.optim import Adam"),
    ("gradients_belong_to_train", "engine/a.py", "o = torch.optim.SGD(p)"),
    ("talk_belongs_to_cli", "train/a.py", "print(loss)"),
    ("talk_belongs_to_cli", "engine/a.py", "import sys\nsys.exit(1)"),
    ("talk_belongs_to_cli", "deploy/a.py", "raise SystemExit(2)"),
    ("names_say_something", "models/utils.py", "x = 1"),
    ("names_say_something", "train/helpers/a.py", "x = 1"),
    ("names_say_something", "train/a.py", "class ModelManager: pass"),
    ("names_say_something", "train/a.py", "def step_v2(): pass"),
    ("no_state_in_modules", "engine/a.py", "current = {}"),
    ("no_state_in_modules", "engine/a.py", "MODELS = {}\ndef f(x):\n    MODELS[x] = 1"),
    ("no_state_in_modules", "engine/a.py", "SEEN = []\ndef f(x):\n    SEEN.append(x)"),
    ("no_state_in_modules", "engine/a.py", "model = None\ndef f():\n    global model\n    model = 1"),
    ("modules_open_with_a_docstring", "engine/a.py", "x = 1"),
    ("files_stay_short", "engine/a.py", "\n" * LONGEST + "x = 1"),
]


@pytest.mark.parametrize(("name", "path", "text"), PLANTED)
def test_the_rule_fires_on_a_planted_violation(name: str, path: str, text: str) -> None:
    assert violations(RULES[name], {path: text}), f"{name} overlooks {text!r} in {path}"


def test_every_rule_has_a_planted_violation() -> None:
    assert {name for name, _, _ in PLANTED} == set(RULES)


HARMLESS = [
    ("no_modality_in_models_samplers_and_train", "models/a.py", "context = path.read_text()\nself.contexts = 1"),
    (
        "no_global_generator",
        "models/a.py",
        "torch.randn(3, generator=rng)\nrng = np.random.default_rng(0)\nnn.init.normal_(w)",
    ),
    ("nothing_unsafe", "engine/a.py", "model.eval()\nre.compile('a')"),
    ("no_state_in_modules", "engine/a.py", "NAMES = {'a': 1}\nx = NAMES['a']\n__all__ = ['x']"),
    ("imports_point_one_way", "train/a.py", "from anew.contract import Model\nfrom anew.data.loader import Loader"),
]


@pytest.mark.parametrize(("name", "path", "text"), HARMLESS)
def test_the_rule_leaves_what_is_fine(name: str, path: str, text: str) -> None:
    assert not violations(RULES[name], {path: text})


# ------------------------------------------------------------------------------------------------ what is imported when


def modules_after(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after running `code`."""
    program = (
        f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split("\n"))


@pytest.mark.parametrize(
    "code",
    [
        "import anew",
        "import anew.registry, anew.recipe, anew.errors",
        "import anew.collect, anew.clean, anew.data.records, anew.data.manifest",
        "sys.argv = ['anew', '--help']; import anew.cli; anew.cli.main()",
    ],
)
def test_torch_is_not_imported_by(code: str) -> None:
    assert "torch" not in modules_after(code)


def test_torch_is_seen_where_it_is_imported() -> None:
    assert "torch" in modules_after("import anew.contract")
