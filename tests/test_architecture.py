"""The map holds: each rule of `architecture.py` over all of `src/anew`; a planted violation shows that it fires."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from architecture import LONGEST, MAY_IMPORT, RULES, Rule, at_import_time, imports, room_of, sources


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
