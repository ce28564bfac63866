"""What anew offers is there: every module imports, every exported name exists, every public thing says what it is."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import anew
from anew import contract, errors, registry, testing

SOURCE = Path(anew.__file__).parent


def module_names() -> list[str]:
    names = []
    for path in sorted(SOURCE.rglob("*.py")):
        parts = ("anew", *path.relative_to(SOURCE).with_suffix("").parts)
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return [name for name in names if name != "anew.__main__" and ".migrations." not in name]  # Alembic's alone


@pytest.mark.parametrize("name", module_names())
def test_a_module_imports_and_its_exports_exist(name: str) -> None:
    module = import_module(name)
    exported = getattr(module, "__all__", [])
    assert len(set(exported)) == len(exported), f"{name} exports a name twice"
    missing = [one for one in exported if not hasattr(module, one)]
    assert not missing, f"{name} exports {missing}, which it does not have"


def test_the_package_offers_its_doors() -> None:
    assert set(anew.__all__) <= set(dir(anew)) and anew.__version__
    for name in anew.__all__:
        assert inspect.getdoc(getattr(anew, name)), f"anew.{name} does not say what it is"
    with pytest.raises(AttributeError, match="generat"):
        anew.generat  # noqa: B018


@pytest.mark.parametrize(
    "first", ["pass", "import anew.train.loop", "from anew.train import loop", "anew.train; anew.load"]
)
def test_train_is_the_function_whatever_was_imported_before(first: str) -> None:
    """A room and a function share the name; importing the room must not put it in the function's place."""
    program = (
        f"import anew\n{first}\nassert callable(anew.train), anew.train\nfrom anew import train\nassert callable(train)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_contract_exports_all_that_it_defines() -> None:
    own = {
        name
        for name, value in vars(contract).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == contract.__name__
    }
    assert own <= set(contract.__all__), f"not exported: {sorted(own - set(contract.__all__))}"


@pytest.mark.parametrize("module", [contract, errors, testing], ids=lambda module: module.__name__)
def test_public_things_say_what_they_are(module: object) -> None:
    own = [n for n, v in vars(module).items() if getattr(v, "__module__", None) == getattr(module, "__name__", "")]
    names = getattr(module, "__all__", own)
    silent = [
        name
        for name in names
        if (inspect.isclass(value := getattr(module, name)) or inspect.isfunction(value)) and not value.__doc__
    ]
    assert not silent, f"without a docstring: {silent}"


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, parts in registry.KINDS.items() for name in parts])
def test_a_registered_part_is_found_and_says_what_it_is(kind: str, name: str) -> None:
    part = registry.find(kind, name)
    assert inspect.getdoc(part) and callable(part)
    place = f"{part.__module__}:{part.__qualname__}"
    assert registry.KINDS[kind][name] == place, f"{name} is defined in {place}"


def test_an_unknown_part_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(errors.NotFound, match="did you mean 'transformer'"):
        registry.find("models", "transfromer")
