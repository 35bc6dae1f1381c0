from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.policy import cache
from scanner.policy.compile import compile_rule
from scanner.policy.rule import Literal, Predicate, Rule, RuleParameter
from tests.policy.kinds import KINDS, RULE


def sample() -> Rule:
    rule, problems = compile_rule(RULE, "r.yaml", KINDS)
    assert rule is not None, problems
    return rule


def test_rules_come_back_as_they_were() -> None:
    rules = (sample(), replace(sample(), id="SHOP002", tags=("a", "b"), source=({"document": "d"},)))
    assert cache.decode(cache.encode(rules, "key"), "key") == rules


SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=3)


@given(st.lists(SCALARS | st.lists(SCALARS, max_size=3).map(tuple), max_size=5))
def test_every_value_keeps_its_type(values: list[Any]) -> None:
    checks = {str(index): Literal(value) for index, value in enumerate(values)}
    rule = replace(sample(), where=Predicate("equals", checks))
    [back] = cache.decode(cache.encode([rule], ""), "")
    assert repr(back.where) == repr(rule.where)


def test_what_no_rule_holds_is_refused() -> None:
    rule = replace(sample(), parameters=(RuleParameter("p", "text", {1, 2}, ""),))
    with pytest.raises(TypeError, match="a rule cannot hold set"):
        cache.encode([rule], "")


def damaged() -> list[str]:
    good = json.loads(cache.encode([sample()], "key"))
    return [
        "",
        "[]",
        "{",
        "null",
        json.dumps({**good, "format": "clearway-rules/0"}),
        json.dumps({**good, "classes": good["classes"][1:]}),
        json.dumps({**good, "rules": [99999]}),
        json.dumps({**good, "rules": [0]}),
        json.dumps({**good, "table": [[99, 0]]}),
        json.dumps({**good, "table": [[0, 0, 0, 0]], "rules": [0]}),
        json.dumps({**good, "table": [[]]}),
        json.dumps({key: value for key, value in good.items() if key != "table"}),
    ]


@pytest.mark.parametrize("text", damaged())
def test_a_damaged_file_counts_as_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_text(text, encoding="utf-8")
    assert cache.read(file, "key") is None


def test_another_key_or_no_file_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "rules.json"
    assert cache.read(file, "key") is None
    assert cache.write(file, cache.encode([sample()], "key"))
    assert cache.read(file, "other") is None
    assert cache.read(file, "key") == (sample(),)
    file.write_bytes(b"\xff\xfe")
    assert cache.read(file, "key") is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not cache.write(tmp_path / "file" / "rules.json", "x")


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "rules.json").mkdir()
    assert not cache.write(tmp_path / "rules.json", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["rules.json"]


def test_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.user_folder() == tmp_path / "clearway"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache.user_folder() == tmp_path / ".cache" / "clearway"

    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    assert cache.user_folder() is None


def test_compiled_rules_need_neither_yaml_nor_json_schema(tmp_path: Path, root: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    own = root / "tests" / "policy" / "user_rules" / "STORE001.yaml"
    (folder / "STORE001.yaml").write_bytes(own.read_bytes())
    program = (
        "import sys; from pathlib import Path; from scanner.policy.load import load_rules;"
        f"found = load_rules([Path({str(folder)!r})], cache=Path({str(tmp_path)!r}), builtin=False);"
        "print(len(found.rules), *(name for name in ('yaml', 'jsonschema', 'scanner.policy.compile',"
        " 'scanner.syntax', 'scanner.topology') if name in sys.modules))"
    )
    command = [sys.executable, "-c", program]
    runs = [
        subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split() for _ in range(2)
    ]
    assert runs[0][0] == runs[1][0] == "1"
    assert "yaml" in runs[0]
    assert runs[1] == ["1"]
