"""The built wheel, in an environment of its own, scans as the source tree does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("package_index")]

MAIN = "import sys; from scanner.commands import main; sys.exit(main())"


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist, with nothing but the declared build requirements."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", str(out), str(tree))
    (built,) = out.glob("clearway-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with the wheel and its dependencies only."""
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", str(environment))
    python = environment / "bin" / "python"
    run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
    return python


@pytest.fixture
def elsewhere(root: Path, tmp_path: Path) -> Path:
    """A folder that is not the repository, with the examples in it."""
    shutil.copytree(root / "examples", tmp_path / "examples")
    return tmp_path


def run(*command: str, cwd: Path | None = None, statuses: tuple[int, ...] = (0,), **environment: str) -> str:
    """Standard output of a command; its failure is the test's."""
    inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        command, cwd=cwd, env={**inherited, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode in statuses, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_wheel_holds_the_data(wheel: Path, root: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "scanner/_data/rules.compiled.json" in names
    for folder in ("rules", "reports"):
        shipped = {f"scanner/_data/{path.relative_to(root)}" for path in (root / folder).rglob("*") if path.is_file()}
        assert shipped
        assert shipped <= names
    assert "scanner/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "rules/", "reports/"))]


def test_installed_scan_equals_the_source_tree(installed: Path, elsewhere: Path, root: Path) -> None:
    arguments = ("scan", "examples", "-o", "json", "--all-verdicts", "--exit-zero")
    there = run(str(installed.with_name("clearway")), *arguments, cwd=elsewhere)
    here = run(sys.executable, "-c", MAIN, *arguments, cwd=elsewhere, PYTHONPATH=str(root))
    assert json.loads(there) == json.loads(here)
    assert json.loads(there)["results"]


@pytest.mark.parametrize("format", ["html", "sarif"])
def test_installed_reports_find_their_templates(installed: Path, elsewhere: Path, format: str) -> None:
    output = run(str(installed.with_name("clearway")), "scan", "examples", "-o", format, "--exit-zero", cwd=elsewhere)
    assert len(output) > 1000


def test_compiled_rules_are_used(installed: Path, elsewhere: Path, tmp_path: Path) -> None:
    """With no YAML left to read and nowhere to cache, the rules are still all there."""
    clearway = str(installed.with_name("clearway"))
    before = json.loads(run(clearway, "rules", "list", "-o", "json", cwd=elsewhere))
    assert before
    (package,) = installed.parent.parent.glob("lib/python*/site-packages/scanner")
    hidden = [(path, path.rename(path.with_suffix(".hidden"))) for path in (package / "_data/rules").rglob("*.yaml")]
    assert len(hidden) >= len(before)
    try:
        cache = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path / "home")}
        scanned = run(clearway, "scan", "examples", "-o", "json", "--exit-zero", cwd=elsewhere, **cache)
    finally:
        for path, aside in hidden:
            aside.rename(path)
    assert {rule["id"] for rule in json.loads(scanned)["rules"]} == {rule["id"] for rule in before}
