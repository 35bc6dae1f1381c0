"""Templates with anything anywhere: a scan never breaks off, whatever a property holds."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.policy.examples import long_form
from scanner.policy.load import load_rules
from scanner.scan import Input, Options, scan
from scanner.syntax import load

MUTANTS = 150
ODD: tuple[Any, ...] = (
    None, "", 0, -1, 99999, 1.5, True, "x", "1-", "80-90", "tcp", "10.0.0.0/99", "::/0",
    [], {}, [None], [[]], {"a": {"b": 1}},
    {"Ref": "Nope"}, {"Ref": "Free"}, {"Fn::GetAtt": ["Vpc", "CidrBlock"]}, {"Fn::ImportValue": "z"},
    {"Fn::If": ["Open", 1, {"Ref": "AWS::NoValue"}]}, {"Fn::If": ["Open"]}, {"Fn::If": ["Nope", 1, 2]},
    {"Fn::Join": [",", [{"Ref": "Free"}, "a"]]}, {"Fn::Split": [",", {"Ref": "Free"}]},
    {"Fn::Select": [0, {"Ref": "Free"}]}, {"Fn::Sub": "${Free}-${Vpc}"},
    {"Fn::FindInMap": ["M", "a", "b"]}, {"Fn::Transform": {"Name": "X"}},
)  # fmt: skip


def paths(node: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every entry below a node."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in entries:
        yield (*above, key)
        yield from paths(value, (*above, key))


def mutant(base: Any, chance: random.Random) -> Any:
    """A copy with one to four entries of its resources taken away or replaced."""
    template = copy.deepcopy(base)
    template.setdefault("Parameters", {})["Free"] = {"Type": "String"}
    template.setdefault("Conditions", {})["Open"] = {"Fn::Equals": [{"Ref": "Free"}, "a"]}
    for _ in range(chance.randint(1, 4)):
        *above, last = chance.choice([path for path in paths(template["Resources"]) if len(path) > 1])
        owner = template["Resources"]
        for step in above:
            owner = owner[step]
        if chance.random() < 0.3:
            del owner[last]
        else:
            owner[last] = copy.deepcopy(chance.choice(ODD))
    return template


@pytest.mark.parametrize("name", ["bridge-service", "fargate-service", "acl-service", "run-task"])
def test_no_mutant_breaks_a_scan(name: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARWAY_DEBUG", "1")  # a rule's fault is raised, not reported
    file = root / "rules" / "fixtures" / f"{name}.yaml"
    base = long_form(load(file.read_text(), str(file)))
    options = Options(load_rules(cache=tmp_path).rules, jobs=1)
    chance = random.Random(name)
    for _ in range(MUTANTS):
        text = json.dumps(mutant(base, chance))
        try:
            document = scan([Input("mutant.json", text)], options)
        except Exception:
            print(text)
            raise
        assert document["summary"]["templates"] == 1


def test_a_rule_that_breaks_is_told_and_the_others_judge(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scanner.policy.evaluate import predicates

    def broken(operands: Any) -> Any:
        raise ZeroDivisionError("on purpose")

    monkeypatch.delenv("CLEARWAY_DEBUG", raising=False)
    monkeypatch.setitem(predicates.PREDICATES, "matches", broken)
    text = (root / "examples" / "broken.yaml").read_text().replace("Matcher:", "HealthCheckPath: /\n      Matcher:")
    document = scan([Input("x.yaml", text)], Options(load_rules(cache=tmp_path).rules, jobs=1))
    told = [error["message"] for error in document["errors"]]
    assert any("rule HC002" in message and "ZeroDivisionError: on purpose" in message for message in told)
    assert any(result["rule"] == "NET002" for result in document["results"])
