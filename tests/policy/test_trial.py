from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.policy.trial import Outcome, run_examples, span_at
from scanner.scan import judge_text
from scanner.syntax import SyntaxProblem, load_yaml
from tests.policy.test_examples import put

USER_RULES = Path(__file__).parent / "user_rules"
FAILING = """\
examples:
  base: fixtures/bucket.yaml
  cases:
    - {{name: only, expect: {expect}, finding: {finding}, change: {{Bucket.Properties: {{Size: 2}}}}, set: {{A: b}}}}
"""


def result(**more: Any) -> dict[str, Any]:
    return {
        "rule": "TEST001",
        "assertion": "named",
        "verdict": "fail",
        "severity": "low",
        "message": "the bucket is too small",
        "subject": {"id": "Bucket", "label": "Bucket"},
        "location": {"line": 5, "column": 7, "excerpt": [{"line": 5, "text": "      Size: 2"}]},
        "missing": ["tcp 80", "443"],
        **more,
    }


class Judge:
    """Gives the results that it was made with, and remembers what it was asked."""

    def __init__(self, *results: dict[str, Any], errors: Sequence[str] = ()) -> None:
        self.document = {"results": results, "errors": [{"message": message} for message in errors]}
        self.asked: list[dict[str, Any]] = []

    def __call__(self, text: str, file: str, rules: Sequence[Rule], **given: Any) -> Mapping[str, Any]:
        self.asked.append({"text": text, "file": file, "rules": rules, **given})
        return self.document


def run(folder: Path, expect: str, finding: str, judge: Judge) -> tuple[str, ...]:
    rule = put(folder, FAILING.format(expect=expect, finding=finding))
    [outcome] = run_examples([rule], {rule.id: folder}, judge)
    assert isinstance(outcome, Outcome)
    return outcome.faults


@pytest.mark.parametrize(
    ("finding", "faults"),
    [
        ("{assert: named, severity: low, subject: Bucket, message: too small, missing: 80}", ()),
        ("{missing: [80, 443]}", ()),
        ("{at: Bucket.Size}", ()),
        ("{at: Bucket.Properties}", ()),
        ("{at: Bucket.Properties.Size}", ()),
        ("{at: Bucket.Type}", ('expected the place "Bucket.Type" (line 3), got line 5: Size: 2',)),
        ("{at: Bucket.Colour}", ('expected a place at "Bucket.Colour", which is not in the template',)),
        ("{severity: high}", ('expected severity "high", got "low"',)),
        ("{subject: Shop}", ('expected subject "Shop", got "Bucket"',)),
        ("{message: too large}", ('expected a message with "too large", got "the bucket is too small"',)),
        ("{missing: 8}", ("expected missing 8; got tcp 80, 443",)),
        ("{missing: [80]}", ("expected missing 80; got tcp 80, 443",)),
    ],
)
def test_a_finding_is_compared(tmp_path: Path, finding: str, faults: tuple[str, ...]) -> None:
    assert run(tmp_path, "fail", finding, Judge(result())) == faults


def test_one_result_of_several_must_fit(tmp_path: Path) -> None:
    judge = Judge(result(verdict="pass"), result(assertion="other"), result(severity="high"))
    assert run(tmp_path, "fail", "{assert: named, severity: high}", judge) == ()
    assert run(tmp_path, "fail", "{assert: named, severity: low}", judge) == ('expected assert "named", got "other"',)


@pytest.mark.parametrize(
    ("verdicts", "expect", "faults"),
    [
        (["pass", "undecided", "fail"], "fail", ()),
        (["pass", "undecided"], "undecided", ()),
        (["pass"], "pass", ()),
        ([], "not_applicable", ("expected a finding, got none",)),
        ([], "pass", ("expected pass, got not_applicable",)),
        (["pass", "fail"], "pass", ("expected pass, got fail: the bucket is too small",)),
        (["pass"], "fail", ("expected fail, got pass",)),
    ],
)
def test_the_worst_verdict_counts(tmp_path: Path, verdicts: list[str], expect: str, faults: tuple[str, ...]) -> None:
    judge = Judge(*(result(verdict=verdict) for verdict in verdicts), result(rule="OTHER001"))
    assert run(tmp_path, expect, "{severity: low}", judge) == faults


def test_a_template_that_cannot_be_judged_is_told(tmp_path: Path) -> None:
    faults = run(tmp_path, "fail", "{severity: low}", Judge(result(), errors=["it is broken"]))
    assert faults == ("the template cannot be judged: it is broken",)


def test_what_the_judge_is_given(tmp_path: Path) -> None:
    judge = Judge(result())
    run(tmp_path, "fail", "{severity: low}", judge)
    [asked] = judge.asked
    assert yaml.safe_load(asked["text"]) == {
        "Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"Size": 2}}}
    }
    assert [rule.id for rule in asked["rules"]] == ["TEST001"]
    assert (asked["parameters"], asked["closed"]) == ({"A": "b"}, False)
    assert "context" not in asked


def test_parameters_context_and_the_template_as_it_is(tmp_path: Path) -> None:
    case = "{name: only, expect: fail, parameters: {least: 7}, context: [fixtures/bucket.yaml], closed: true}"
    rule = put(tmp_path, f"examples:\n  base: fixtures/bucket.yaml\n  cases:\n    - {case}\n")
    judge = Judge(result())
    assert [outcome.faults for outcome in run_examples([rule], {rule.id: tmp_path}, judge)] == [()]  # type: ignore[union-attr]
    [asked] = judge.asked
    text = (tmp_path / "fixtures" / "bucket.yaml").read_text()
    assert asked["text"] == text
    assert list(asked["context"].values()) == [text]
    assert asked["rules"][0].parameters[0].default == 7
    assert asked["closed"]


@pytest.mark.parametrize("case", ["change: {Buket.X: 1}", "parameters: {lest: 1}", "context: [none.yaml]"])
def test_a_case_that_cannot_be_run_is_a_fault(tmp_path: Path, case: str) -> None:
    rule = put(tmp_path, f"examples:\n  base: fixtures/bucket.yaml\n  cases: [{{name: a, expect: fail, {case}}}]\n")
    [outcome] = run_examples([rule], {rule.id: tmp_path}, Judge())
    assert isinstance(outcome, Outcome)
    assert len(outcome.faults) == 1


def test_examples_that_cannot_be_read_are_a_problem(tmp_path: Path) -> None:
    rule = put(tmp_path, "examples: {base: none.yaml, cases: [{name: a, expect: pass}]}\n")
    [problem] = run_examples([rule], {rule.id: tmp_path}, Judge())
    assert isinstance(problem, SyntaxProblem)
    assert 'there is no template "none.yaml"' in problem.message


def test_places_in_a_template() -> None:
    root = load_yaml("Resources:\n  A:\n    Properties:\n      B:\n      - 1\n      - {C: 2}\nOutputs: {X: 1}\n", "t")
    assert span_at(root, "A") == (2, 3, 6, 15)
    assert span_at(root, "A.B.1.C") == (6, 10, 6, 14)
    assert span_at(root, "A.Properties.B.0") == (5, 9, 5, 10)
    assert span_at(root, "Outputs.X") == (7, 11, 7, 15)
    assert span_at(root, "A.B.2") is None


def test_the_rule_of_the_guide_keeps_its_promises() -> None:
    loaded = load_rules([USER_RULES], builtin=False)
    assert loaded.problems == ()
    outcomes = list(run_examples(loaded.rules, loaded.folders, judge_text))
    assert len(outcomes) == 10
    assert [outcome for outcome in outcomes if not isinstance(outcome, Outcome) or outcome.faults] == []


def test_the_built_in_rules_keep_their_promises() -> None:
    loaded = load_rules()
    assert loaded.problems == ()
    outcomes = list(run_examples(loaded.rules, loaded.folders, judge_text))
    assert outcomes
    assert [outcome for outcome in outcomes if not isinstance(outcome, Outcome) or outcome.faults] == []


LIVE = """\
id: LIVE001
name: queue-named
title: Queues have a name
severity: low
applies: [live]
source: [{document: Ours}]
rationale: Names help.
remediation: Name {queue}.
match: {queue: AWS::SQS::Queue}
assert:
  - {name: named, check: {equals: [queue.Named, true]}, at: queue.Named, message: "{queue} has no name"}
examples:
  base: fixtures/account.json
  cases:
    - {name: named, expect: pass}
    - {name: not named, change: {queue-1.properties.Named: false}, expect: fail, finding: {at: queue-1.properties}}
    - {name: elsewhere, change: {queue-1.properties.Named: false}, expect: fail, finding: {at: queue-2.properties}}
    - {name: no longer there, change: {queue-1: ~, queue-2: ~}, expect: not_applicable}
    - name: of a case of its own
      base: fixtures/other.json
      expect: fail
    - name: not all is seen
      change: {unreadable.0: {api: "sqs:ListQueues", error: AccessDenied}}
      expect: undecided
"""


def test_snapshots_are_bases_of_examples(tmp_path: Path) -> None:
    queues = [{"type": "AWS::SQS::Queue", "id": f"queue-{n}", "properties": {"Named": True}} for n in (1, 2)]
    (tmp_path / "fixtures").mkdir()
    for name, named in (("account", True), ("other", False)):
        queues[0]["properties"] = {"Named": named}
        entry = {"account": "111122223333", "region": "eu-west-1", "resources": queues}
        whole = {"format": "clearway-snapshot/1", "taken_at": "2026-01-31T03:00:00Z", "accounts": [entry]}
        (tmp_path / "fixtures" / f"{name}.json").write_text(json.dumps(whole))
    (tmp_path / "LIVE001.yaml").write_text(LIVE)
    loaded = load_rules([tmp_path])
    rules = [rule for rule in loaded.rules if rule.id == "LIVE001"]
    outcomes = list(run_examples(rules, loaded.folders, judge_text))
    faults = {outcome.case: outcome.faults for outcome in outcomes if isinstance(outcome, Outcome)}
    place = "aws/111122223333/eu-west-1/sqs/queue/queue-1.json"
    assert {name: said for name, said in faults.items() if said} == {
        "elsewhere": (f'expected a place at "queue-2.properties", got one in {place}',),
    }
