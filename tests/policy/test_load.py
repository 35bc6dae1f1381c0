from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.policy import load
from scanner.syntax import SyntaxProblem
from scanner.version import __version__

RULE = """\
id: {id}
name: a-rule
title: t
severity: low
rationale: r
remediation: r
match: {{bucket: AWS::S3::Bucket}}
assert:
  - {{name: named, check: {{exists: bucket.BucketName}}, message: "{{bucket}}"}}
"""


def put(folder: Path, name: str, id: str, text: str = RULE) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.format(id=id), encoding="utf-8")
    return file


def ids(found: load.RuleSet) -> list[str]:
    return [rule.id for rule in found.rules]


def messages(found: load.RuleSet) -> list[str]:
    return [str(problem) for problem in found.problems]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "own", "a/TWO002.yaml", "TWO002")
    put(tmp_path / "own", "ONE001.yml", "ONE001")
    put(tmp_path / "own", "needs/x.yaml", "NOT001")
    put(tmp_path / "own", "a/fixtures/x.yaml", "NOT002")
    put(tmp_path / "own", ".hidden/x.yaml", "NOT003")
    put(tmp_path / "own", "README.md", "NOT004")
    return Path("own")


def test_a_folder_is_read_but_for_its_data(folder: Path) -> None:
    found = load.load_rules([folder], builtin=False)
    assert ids(found) == ["ONE001", "TWO002"]
    assert found.problems == ()
    assert [rule.path for rule in found.rules] == ["ONE001.yml", "a/TWO002.yaml"]
    assert found.folders == {"ONE001": folder, "TWO002": folder}


def test_a_single_file_is_its_own_folder(folder: Path) -> None:
    found = load.load_rules([folder / "ONE001.yml"], builtin=False)
    assert (ids(found), found.folders) == (["ONE001"], {"ONE001": folder})


def test_built_in_rules_come_too_and_once() -> None:
    own = load.load_rules()
    assert own.rules
    assert ids(load.load_rules([load.data_folder("rules")])) == ids(own)


def test_a_wrong_rule_keeps_no_other_from_being_loaded(folder: Path) -> None:
    put(folder, "b.yaml", "BAD001", RULE.replace("severity: low", "severity: no"))
    put(folder, "c.yaml", "BAD002", "a: [")
    found = load.load_rules([folder], builtin=False)
    assert ids(found) == ["ONE001", "TWO002"]
    assert [message.split(" ")[0] for message in messages(found)] == ["own/b.yaml:4:11:", "own/c.yaml:1:5:"]


def test_two_rules_of_one_id_are_told_where_they_stand(folder: Path) -> None:
    put(folder, "b.yaml", "ONE001")
    put(Path("other"), "c.yaml", "TWO002", "# a comment\n" + RULE)
    found = load.load_rules([folder, Path("other")], builtin=False)
    assert messages(found) == [
        'own/b.yaml:1:1: rule "ONE001" is already defined in own/ONE001.yml',
        'other/c.yaml:2:1: rule "TWO002" is already defined in own/a/TWO002.yaml',
    ]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert "there is no such rules folder" in messages(load.load_rules([tmp_path / "none"], builtin=False))[0]


def test_an_empty_folder_has_no_rules(tmp_path: Path) -> None:
    assert load.load_rules([tmp_path], builtin=False) == load.RuleSet()


def test_the_cache_is_used_until_a_file_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Path("cache")
    first = load.load_rules([folder], cache=kept, builtin=False)
    with monkeypatch.context() as patch:
        patch.setattr(load, "compile_files", lambda *_: pytest.fail("compiled again"))
        assert load.load_rules([folder], cache=kept, builtin=False) == first
    put(folder, "ONE001.yml", "ONE009")
    assert ids(load.load_rules([folder], cache=kept, builtin=False)) == ["ONE009", "TWO002"]
    put(folder, "b.yaml", "ONE005")
    assert ids(load.load_rules([folder], cache=kept, builtin=False)) == ["ONE005", "ONE009", "TWO002"]
    assert len(list(kept.iterdir())) == 1


def test_rules_with_problems_are_not_kept(folder: Path) -> None:
    put(folder, "b.yaml", "bad")
    for _ in range(2):
        assert len(load.load_rules([folder], cache=Path("cache"), builtin=False).problems) == 1
    assert not Path("cache").exists()


def test_a_damaged_cache_is_made_anew(folder: Path) -> None:
    kept = Path("cache")
    first = load.load_rules([folder], cache=kept, builtin=False)
    [file] = kept.iterdir()
    file.write_text("{", encoding="utf-8")
    assert load.load_rules([folder], cache=kept, builtin=False) == first
    assert json.loads(file.read_text(encoding="utf-8"))["format"]


def test_compiled_built_in_rules_are_read_instead_of_yaml(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "data_folder", lambda name: folder)
    assert load.compile_folder(folder, Path("rules.compiled.json")) == 2
    (folder / "ONE001.yml").write_text("no: longer: yaml", encoding="utf-8")
    assert ids(load.load_rules()) == ["ONE001", "TWO002"]
    compiled = Path("rules.compiled.json")
    compiled.write_text(compiled.read_text().replace(f'"key":"{__version__}"', '"key":"0.0.0"'))
    assert ids(load.load_rules()) == ["TWO002"]


def test_a_wrong_rule_is_not_compiled_into_a_wheel(folder: Path) -> None:
    put(folder, "b.yaml", "bad")
    with pytest.raises(SyntaxProblem, match="malformed"):
        load.compile_folder(folder, Path("out.json"))
    assert not Path("out.json").exists()
