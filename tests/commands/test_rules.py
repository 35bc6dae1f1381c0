from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from scanner.commands import rules
from scanner.policy.load import SCHEMA_FILE

USER_RULES = Path(__file__).parents[1] / "policy" / "user_rules"
STORE = USER_RULES / "STORE001.yaml"


@pytest.fixture(autouse=True)
def few_rules(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in rules are none but one, so that these tests are about the command."""
    folder = tmp_path_factory.mktemp("builtin") / "rules"
    folder.mkdir()
    text = STORE.read_text(encoding="utf-8").replace("STORE001", "BASE001")
    (folder / "BASE001.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr("scanner.policy.load.data_folder", lambda name: folder)


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    rules.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["rules", *map(str, arguments)])
    status: int = parsed.run(parsed)
    return status


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the rule of the guide, one example of which expects what does not come."""
    monkeypatch.chdir(tmp_path)
    text = STORE.read_text(encoding="utf-8")
    (tmp_path / "own").mkdir()
    changed = text.replace("{name: encrypted and private, expect: pass}", "{name: encrypted and private, expect: fail}")
    (tmp_path / "own" / "STORE001.yaml").write_text(changed, encoding="utf-8")
    return Path("own")


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--rules", USER_RULES) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert any(line.startswith("STORE001") and "high" in line for line in lines)


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "-o", "json", "--rules", USER_RULES) == 0
    listed = {rule["id"]: rule for rule in json.loads(capsys.readouterr().out)}
    assert listed["STORE001"] == {
        "id": "STORE001",
        "name": "bucket-is-private-and-encrypted",
        "severity": "high",
        "title": "A bucket states its encryption and blocks public access",
        "applies": ["template", "live"],
    }


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "store001", "--rules", USER_RULES) == 0
    out = capsys.readouterr().out
    assert out.startswith("STORE001 bucket-is-private-and-encrypted\n")
    assert "undecided" in out


def test_show_suggests(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "STORE01", "--rules", USER_RULES) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert 'there is no rule "STORE01" (did you mean "STORE001"?)' in captured.err


def test_test_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("test", "STORE001", "--rules", USER_RULES) == 0
    assert capsys.readouterr().out == "7 examples of 1 rule: 7 as expected, 0 not\n"


def test_test_names_each_example_that_goes_wrong(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("test", "STORE", "--rules", broken) == 1
    first, last = capsys.readouterr().out.splitlines()
    line = next(
        n for n, text in enumerate((broken / "STORE001.yaml").read_text().splitlines(), 1) if "and private, " in text
    )
    assert first == f'own/STORE001.yaml:{line}: STORE001 "encrypted and private": expected fail, got pass'
    assert last == "7 examples of 1 rule: 6 as expected, 1 not"


def test_test_refuses_a_rule_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("test", "NONE999") == 2
    assert 'there is no rule "NONE999"' in capsys.readouterr().err


def test_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", STORE) == 0
    assert capsys.readouterr().out == "1 rule checked: 0 problems, 0 warnings\n"


def test_check_tells_what_examples_lack(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = broken / "STORE001.yaml"
    file.write_text(
        file.read_text().replace("expect: undecided", "expect: fail").replace("expect: pass", "expect: fail")
    )
    assert run("check", broken) == 2
    problem, warning, count = capsys.readouterr().out.splitlines()
    assert problem.startswith("own/STORE001.yaml:")
    assert problem.endswith("no example shows the verdict pass")
    assert "warning: no example shows the verdict undecided" in warning
    assert count == "1 rule checked: 1 problem, 1 warning"


def test_check_tells_every_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(STORE.read_text().replace("severity: high", "severity: hgh", 1).replace("tags:", "tgs:"))
    assert run("check", file, tmp_path / "none.yaml") == 2
    out = capsys.readouterr().out
    assert '"severity" must be one of high, medium, low' in out
    assert 'unknown key "tgs" (did you mean "tags"?)' in out
    assert "there is no such rules folder" in out


def test_check_finds_the_fixtures_of_a_built_in_rule(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = next(path for path in sorted((root / "rules").glob("*/*.yaml")) if path.parent.name != "fixtures")
    run("check", file)
    assert "there is no template" not in capsys.readouterr().out


def test_problems_of_other_rules_are_told_on_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.yaml").write_text("a: 1\n")
    assert run("list", "-o", "json", "--rules", tmp_path) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out)
    assert 'unknown key "a"' in captured.err


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schema") == 0
    assert json.loads(capsys.readouterr().out) == json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
