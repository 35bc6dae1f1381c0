"""The rooms of scanner/ import downwards only, without circles; and the check would notice if they did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.imports import MAX_LINES, check


def test_scanner_imports_downwards(root: Path) -> None:
    assert [str(violation) for violation in check(root / "scanner")] == []


def package(folder: Path, files: dict[str, str]) -> Path:
    for name, text in {"__init__.py": "", **files}.items():
        path = folder / "scanner" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "scanner"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("syntax/yaml.py", "from scanner.policy import rule"),
        ("syntax/yaml.py", "from scanner.policy.rule import Rule"),
        ("syntax/yaml.py", "import scanner.policy.rule"),
        ("syntax/yaml.py", "from ..policy import rule"),
        ("syntax/yaml.py", "def f():\n    from scanner.policy import rule"),
        ("syntax/yaml.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from scanner.policy import rule"),
        ("syntax/__init__.py", "from ..policy.rule import Rule"),
        ("analysis/ports.py", "from scanner.sources import cloudformation"),
        ("version.py", "from scanner.model import Location"),
    ],
)
def test_upward_import_is_reported(tmp_path: Path, file: str, text: str) -> None:
    files = {"policy/__init__.py": "", "policy/rule.py": "", "sources/cloudformation.py": "", "model/__init__.py": ""}
    (violation,) = check(package(tmp_path, {**files, file: text}))
    assert violation.file == tmp_path / "scanner" / file
    assert violation.line == len(text.splitlines())
    assert " imports scanner." in violation.message
    assert violation.remedy


def test_downward_imports_and_leaves_are_fine(tmp_path: Path) -> None:
    files = {
        "version.py": "",
        "model/__init__.py": "from scanner.model.unknown import Unknown\n",
        "model/unknown.py": "from scanner.version import __version__\n",
        "policy/check.py": "import json\nfrom scanner.model import Unknown\nfrom scanner.policy import check\n",
        "policy/__init__.py": "",
    }
    assert check(package(tmp_path, files)) == []


def test_circle_is_reported_once(tmp_path: Path) -> None:
    files = {
        "model/a.py": "from scanner.model.b import B\n",
        "model/b.py": "from scanner.model.c import C\n",
        "model/c.py": "import sys\nfrom scanner.model.a import A\n",
    }
    (violation,) = check(package(tmp_path, files))
    assert (
        violation.message
        == "circle of imports: scanner.model.a -> scanner.model.b -> scanner.model.c -> scanner.model.a"
    )
    assert (violation.file.name, violation.line) == ("a.py", 1)


def test_circle_through_a_package(tmp_path: Path) -> None:
    files = {"model/__init__.py": "from scanner.model.a import A\n", "model/a.py": "from scanner.model import B\n"}
    (violation,) = check(package(tmp_path, files))
    assert violation.message == "circle of imports: scanner.model -> scanner.model.a -> scanner.model"


@pytest.mark.parametrize(
    "second",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from scanner.model.a import A\n",
        "def f():\n    from scanner.model.a import A\n",
    ],
)
def test_deferred_import_makes_no_circle(tmp_path: Path, second: str) -> None:
    assert check(package(tmp_path, {"model/a.py": "from scanner.model.b import B\n", "model/b.py": second})) == []


def test_room_without_floor_is_reported(tmp_path: Path) -> None:
    (violation,) = check(package(tmp_path, {"attic/box.py": ""}))
    assert violation.message == "attic stands on no floor"


def test_long_module_is_reported_unless_a_table(tmp_path: Path) -> None:
    lines = "x = 1\n" * MAX_LINES
    files = {"model/fits.py": lines, "model/long.py": lines + "y = 2\n", "model/table.py": "# table\n" + lines}
    (violation,) = check(package(tmp_path, files))
    assert violation.file.name == "long.py"
    assert violation.message == f"{MAX_LINES + 1} lines, more than {MAX_LINES}"
