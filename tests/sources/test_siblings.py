from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from scanner.sources.siblings import siblings


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "deep" / "er").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / ".gitignore").write_text("ignored.yaml\n")
    for name in ("a.yaml", "deep/b.json", "deep/er/c.template", "ignored.yaml", "readme.md", "it's é.yml"):
        (root / name).write_text("x")
    subprocess.run(["git", "-C", str(root), "add", "a.yaml"], check=True)
    return root


def names(found: list[str], root: Path) -> set[str]:
    return {Path(path).relative_to(root.resolve()).as_posix() for path in found}


def test_siblings_are_tracked_and_new_files_of_the_repository(repository: Path) -> None:
    expected = {"a.yaml", "deep/b.json", "deep/er/c.template", "it's é.yml"}

    assert names(siblings([str(repository / "deep" / "b.json")]), repository) == expected
    assert names(siblings([str(repository / "deep" / "er" / "c.template")]), repository) == expected


def test_every_sibling_is_named_once(repository: Path) -> None:
    found = siblings([str(repository / name) for name in ("a.yaml", "deep/b.json")])
    assert len(found) == len(set(found)) == 4


def test_a_file_that_was_deleted_is_no_sibling(repository: Path) -> None:
    (repository / "a.yaml").unlink()
    assert "a.yaml" not in names(siblings([str(repository / "deep" / "b.json")]), repository)


def test_there_are_no_siblings_outside_of_a_repository(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.resolve().parent))
    (tmp_path / "alone.yaml").write_text("x")
    assert siblings([str(tmp_path / "alone.yaml")]) == []


def test_there_are_no_siblings_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert siblings([str(repository / "a.yaml")]) == []
