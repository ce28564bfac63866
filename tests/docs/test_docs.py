"""The documentation says what the code does: current references, every dependency accounted for, links that lead on."""

import ast
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~\[; ]", r)[0].lower() for r in requirements} - {"anew"}


def test_the_references_are_current():
    done = subprocess.run([sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_dependency_has_its_line():
    ours, _, _ = (ROOT / "docs" / "dependencies.md").read_text("utf-8").partition("## The studio")
    rows = re.findall(r"^\| ([\w.-]+) \|", ours, re.M)
    declared = names(PROJECT["dependencies"])
    for extra in PROJECT["optional-dependencies"].values():
        declared |= names(extra)
    assert {r.lower() for r in rows} - {"package", "---"} == declared


def test_each_package_of_the_studio_has_its_line():
    _, _, told = (ROOT / "docs" / "dependencies.md").read_text("utf-8").partition("## The studio")
    rows = {one for row in re.findall(r"^\| ([^|]+) \|", told, re.M) for one in row.split(", ")} - {"package", "---"}
    package = json.loads((ROOT / "studio" / "package.json").read_text("utf-8"))
    declared = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in declared.values()), "pinned exactly"
    assert not [name for name in declared if not any(fnmatch(name, row) for row in rows)]
    assert not [row for row in rows if not any(fnmatch(name, row) for name in declared)]


THROUGH_OTHERS = {"httptools": "uvicorn", "psycopg": "sqlalchemy", "python-multipart": "starlette"}


def test_what_is_imported_is_declared():
    """And the other way round: nothing is declared that no file imports, but for what a library imports for us."""
    imported = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    known = packages_distributions()
    outside = {m for m in imported - {"anew"} if m not in sys.stdlib_module_names}
    found = [{name.lower().replace("_", "-") for name in known[m]} for m in outside if m in known]
    extras = {name: names(needed) for name, needed in PROJECT["optional-dependencies"].items()}
    ours = set().union(*(needed for name, needed in extras.items() if name not in ("dev", "docs", "peers")))
    declared = names(PROJECT["dependencies"]) | ours
    packages = {min(of & declared or of) for of in found}  # a name may be several packages'
    assert set(THROUGH_OTHERS.values()) <= packages
    assert packages | set(THROUGH_OTHERS) == declared


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), target


def test_no_file_names_a_machine_or_a_registry():
    """Paths of one machine and hosts of package registries: they belong to whoever installs."""
    words = ["/" + w + "/" for w in ("work", "root", "opt", "farm")] + ["py" + "pi.org", "python" + "hosted.org"]
    folders = ("src", "tests", "docs", "benchmarks", "examples", ".ci")
    paths = [p for p in ROOT.iterdir() if p.is_file()] + [p for f in folders for p in (ROOT / f).rglob("*")]
    texts = [p for p in paths if p.suffix in {"", ".py", ".md", ".toml", ".yml", ".j2"} and p.is_file()]
    assert len(texts) > 100
    assert not [(p.name, w) for p in texts for w in words if w in p.read_text("utf-8", errors="replace")]


def test_what_verify_and_the_pages_run_is_there():
    spec = importlib.util.spec_from_file_location("verify", ROOT / "tests" / "verify.py")
    verify = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verify)
    named = {word for commands in verify.CHECKS.values() for command in commands for word in command}
    for page in PAGES:
        named |= set(re.findall(r"(?:benchmarks|examples|tests|docs)/[\w/]+\.py", page.read_text("utf-8")))
    scripts = {word for word in named if word.endswith(".py")}
    assert len(scripts) >= 6
    assert not [word for word in scripts if not (ROOT / word).is_file()]
