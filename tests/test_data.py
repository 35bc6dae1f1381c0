from __future__ import annotations

from pathlib import Path

import pytest

from scanner import data


def test_the_source_tree_has_both_folders(root: Path) -> None:
    assert data.data_folder("rules") == root / "rules"
    assert data.data_folder("reports") == root / "reports"


def test_an_installed_package_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "scanner"
    (package / "_data" / "reports").mkdir(parents=True)
    (tmp_path / "reports").mkdir()
    monkeypatch.setattr(data, "__file__", str(package / "data.py"))
    assert data.data_folder("reports") == package / "_data" / "reports"


def test_a_folder_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "__file__", str(tmp_path / "scanner" / "data.py"))
    with pytest.raises(FileNotFoundError, match="the rules that belong to Clearway are missing"):
        data.data_folder("rules")


def test_no_other_folder_is_given() -> None:
    with pytest.raises(ValueError, match=r"no data folder is named '\.\./etc'"):
        data.data_folder("../etc")
