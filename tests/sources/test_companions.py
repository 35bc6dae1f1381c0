from __future__ import annotations

from pathlib import Path

import pytest

from scanner.model import Fact, get
from scanner.sources.companions import companion, companion_fact, companion_secrets
from scanner.sources.embedded import document
from scanner.syntax import SyntaxProblem


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a file outside of it."""
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    here = tmp_path / "here"
    (here / "app").mkdir(parents=True)
    (here / "machine.json").write_text('{"StartAt":\n "A"}', encoding="utf-8")
    monkeypatch.chdir(here)
    return here


def test_a_file_is_found_from_the_folder_of_its_template(folder: Path) -> None:
    assert companion("template.yaml", "machine.json") == "machine.json"
    assert companion("app/template.yaml", "../machine.json") == "machine.json"
    assert companion("app/template.yaml", "machine.json") is None


@pytest.mark.parametrize(
    "named",
    ["../secret.json", "s3://bucket/machine.json", "/etc/hostname", "machine", "machine.txt", "app", "link.json", ""],
)
def test_what_is_not_read(folder: Path, named: str) -> None:
    (folder / "link.json").symlink_to(folder.parent / "secret.json")
    (folder / "machine.txt").write_text("{}", encoding="utf-8")
    assert companion("template.yaml", named) is None


def test_an_absolute_template_has_files_beside_it(folder: Path, tmp_path: Path) -> None:
    template = str(tmp_path / "template.yaml")
    assert companion(template, "secret.json") == str(tmp_path / "secret.json")
    assert companion(template, str(tmp_path / "secret.json")) is None


def place(fact: Fact[object], path: str) -> tuple[str, int, int]:
    location = get(fact, path).location
    assert location is not None
    return location.file, location.line, location.column


def test_json_and_yaml_have_places(folder: Path) -> None:
    (folder / "machine.yaml").write_text("StartAt: A\nStates:\n  A: {Type: Pass, End: true}\n", encoding="utf-8")
    assert place(document(companion_fact("machine.json")), "StartAt") == ("machine.json", 1, 2)
    yaml = companion_fact("machine.yaml")
    assert place(yaml, "States.A") == ("machine.yaml", 3, 3)
    assert get(yaml, "States.A.End").value is True


@pytest.mark.parametrize("text", ["StartAt: !Ref A\n", "a: [\n", "a: 1\na: 2\n"])
def test_a_yaml_file_that_is_wrong_says_where(folder: Path, text: str) -> None:
    (folder / "machine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SyntaxProblem, match=r"machine\.yaml:"):
        companion_fact("machine.yaml")


def blanked(text: str, path: str) -> list[str]:
    lines = text.split("\n")
    return [lines[line - 1][column - 1 : end - 1] for line, column, _, end in companion_secrets(text, path)]


def test_the_values_of_environment_variables_are_secrets() -> None:
    json = '{"Environment": [\n {"Name": "A", "Value": "one \\" two"},\n {"Value": "three",\n "Name": "B"}],'
    assert blanked(json, "m.json") == ['one \\" two', "three"]
    assert blanked('{"Name": "A", "Value": ""}', "m.json") == []
    assert blanked('{"Value": "of something else"}', "m.json") == []
    assert blanked("A:\n  Environment:\n    - {Name: A, Value: one}\n", "m.yaml") == ["one"]
    assert blanked("A: [", "m.yaml") == []
