"""What the server is deployed with: the unit and its verbs, the container's files, the lock."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from anew.cli import main, service
from anew.server.unit import edited, unit

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMMAND = ["/usr/local/bin/anew", "serve", "--host", "127.0.0.1", "--port", "8080"]
missing = (
    shutil.which("systemd-analyze") is None and "CI" not in os.environ
)  # there it has to be, and its absence fails


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("ANEW_HOME", str(tmp_path / "a home"))
    monkeypatch.setattr(service, "RUNNING", tmp_path / "no systemd")
    return tmp_path / "systemd" / "user" / "anew.service"


def test_the_unit_in_deploy_is_what_install_writes() -> None:
    text = (DEPLOY / "anew.service").read_text("utf-8")
    assert text == unit(COMMAND, system=True) and not edited(text) and edited(text.replace("8080", "80"))


@pytest.mark.parametrize("system", [True, False])
def test_the_unit_takes_nothing_that_the_sandbox_needs(system: bool) -> None:
    said = {line.partition("=")[0] for line in unit(COMMAND, system=system).splitlines()}
    assert " sethostname\n" in unit(COMMAND, system=system) and not said & {
        "RestrictNamespaces", "ProtectKernelTunables", "ProtectKernelLogs", "ProtectProc", "ProcSubset",
        "ProtectHostname", "PrivateUsers", "MemoryDenyWriteExecute",
    }  # fmt: skip


@pytest.mark.skipif(missing, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("system", [True, False])
def test_systemd_finds_nothing_to_complain_of(tmp_path: Path, system: bool) -> None:
    program = tmp_path / "a 50% program of $5"
    program.touch(mode=0o755)
    path = tmp_path / "anew.service"
    path.write_text(unit([str(program), "serve", "a \"$b's", "--port", "1"], system=system, home="/a b/100%"), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_service_is_installed_told_of_and_removed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told() -> dict[str, Any]:
        assert main(["service", "status", "--json"]) == 0
        return dict(json.loads(capsys.readouterr().out))

    assert not told()["installed"] and main(["service", "uninstall"]) == 4
    capsys.readouterr()
    assert main(["service", "install", "tiny", "--port", "9000"]) == 0
    said = capsys.readouterr()
    assert said.out == f"{place}\n" and "enable --now anew" in said.err and "systemd does not run here" in said.err
    text = place.read_text("utf-8")
    assert (
        " -m anew serve tiny --host 127.0.0.1 --port 9000\n" in text and "a home" in text and "DynamicUser" not in text
    )
    assert told() == {
        "unit": str(place), "installed": True, "edited": False, "enabled": False, "systemd": False, "state": None,
    }  # fmt: skip
    assert main(["service", "install", "--port", "9001"]) == 0 and "9001" in place.read_text("utf-8")
    wants = place.parent / "default.target.wants"
    wants.mkdir()
    (wants / place.name).symlink_to(place)
    assert main(["service", "uninstall"]) == 5
    (wants / place.name).unlink()
    assert main(["service", "uninstall"]) == 0 and not place.exists()


def test_an_edited_unit_stays(place: Path) -> None:
    assert main(["service", "install"]) == 0
    changed = place.read_text("utf-8") + "# mine\n"
    place.write_text(changed, "utf-8")
    assert main(["service", "install"]) == 5 and main(["service", "uninstall"]) == 5
    assert place.read_text("utf-8") == changed
    assert main(["service", "install", "--force"]) == 0 and not edited(place.read_text("utf-8"))


def test_a_service_of_the_system_is_not_for_a_folder_that_it_cannot_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "OF_THE_SYSTEM", tmp_path)
    monkeypatch.setattr(service.sys, "executable", "/home/me/.venv/bin/python")
    assert main(["service", "install", "--system"]) == 5 and not list(tmp_path.iterdir())
    monkeypatch.setattr(service.sys, "executable", "/usr/bin/python3")
    assert main(["service", "install", "--system"]) == 0
    assert "DynamicUser=yes" in (tmp_path / "anew.service").read_text("utf-8")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_container_has_no_root_and_a_check_of_its_health() -> None:
    found = instructions()
    last = max(i for i, (word, _) in enumerate(found) if word == "FROM")
    final = dict(found[last:])
    assert last > 0 and final["USER"] == "10001:10001" and "/readyz" in final["HEALTHCHECK"]
    assert "/data" in final["ENV"] and final["VOLUME"] == "/data"
    copied = [rest.split()[:-1] for word, rest in found[:last] if word == "COPY"]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert {name.removeprefix("./") for names in copied for name in names} <= allowed
    for name in allowed:
        assert (ROOT / name).exists(), name


def test_services_of_the_compose_file_may_do_little() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    for one in services.values():
        assert one["read_only"] and one["cap_drop"] == ["ALL"] and "no-new-privileges:true" in one["security_opt"]
        assert one["mem_limit"] and one["tmpfs"]
    server = services["server"]
    assert all(port.startswith("127.0.0.1:") for port in server["ports"])
    assert "cap_add" not in server and (DEPLOY / server["build"]["context"] / server["build"]["dockerfile"]).is_file()
    assert server["environment"]["ANEW_API_KEY"].startswith("${ANEW_API_KEY:?")


def test_the_lock_holds_what_is_needed_with_hashes_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    pinned: dict[str, list[str]] = {}
    for entry in re.split(r"\n(?=\w)", text.strip()):
        name, version = re.match(r"([\w.-]+)==(\S+)", entry).groups()  # type: ignore[union-attr]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), name
        pinned.setdefault(name, []).append(version)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for needed in map(Requirement, project["dependencies"] + project["optional-dependencies"]["postgres"]):
        if needed.name != "torch":  # each has the one for their machine
            assert needed.name.lower() in pinned, f"make lock: {needed.name} is missing"
            assert all(needed.specifier.contains(version) for version in pinned[needed.name.lower()]), needed
