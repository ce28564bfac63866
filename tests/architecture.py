"""The rules of the map: imports point one way, each room keeps to its words, and randomness comes in by the door.

In: a file's path within `src/anew`, and its syntax tree. Out: lines that break the rule, and what is wrong with them.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

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
    "deploy": {"data", "codecs", "models", "artifact", "exchange", "safety"},
    "exchange": {"data", "codecs", "models", "artifact"},
    "artifact": {"data", "models"},
    "engine": {"artifact", "codecs", "models", "samplers", "data", "safety"},
    "tasks": {"engine", "artifact", "codecs", "models", "data", "safety"},
    "safety": {"data"},
    "server": {
        "engine", "tasks", "artifact", "safety", "codecs", "samplers", "data",
        "deploy", "recipes", "validate", "collect", "train",  # it serves the store, and runs jobs
    },
    "testing": set(),
    "recipes": {*STAGES, "data", "codecs", "models", "artifact", "engine", "exchange", "safety"},
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
    "soundfile": {"codecs"},
    "soxr": {"codecs"},
    "midirenderer": {"codecs"},
    "rich": {"cli"},
    "cyclopts": {"cli"},
    "llguidance": {"engine"},
    "resvg_py": {"collect"},
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
