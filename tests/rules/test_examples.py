"""Every example of every shipped rule, as a test of its own."""

from __future__ import annotations

import pytest

from scanner.data import data_folder
from scanner.policy.examples import Case, Examples, read_examples
from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.policy.select import with_parameters
from scanner.policy.trial import run_case, template_text
from scanner.scan import judge_text

RULES = load_rules().rules


def _examples(rule: Rule) -> Examples:
    examples, problems = read_examples(rule, data_folder("rules"))
    assert examples is not None, [str(problem) for problem in problems]
    return examples


CASES = [
    pytest.param(rule, examples, case, id=f"{rule.id}: {case.name}")
    for rule in RULES
    for examples in [_examples(rule)]
    for case in examples.cases
]


@pytest.mark.parametrize(("rule", "examples", "case"), CASES)
def test_example(rule: Rule, examples: Examples, case: Case) -> None:
    assert list(run_case(rule, examples, case, judge_text)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_shows_each_verdict(rule: Rule) -> None:
    assert {"pass", "fail", "undecided"} <= {case.expect for case in _examples(rule).cases}


@pytest.mark.parametrize("name", ["bridge-service.yaml", "fargate-service.yaml", "run-task.yaml"])
def test_a_fixture_passes_every_rule(name: str) -> None:
    text = (data_folder("rules") / "fixtures" / name).read_text(encoding="utf-8")
    document = judge_text(text, name, RULES, parameters={}, closed=False)
    judged = [rule for rule, counts in document["summary"]["rules"].items() if counts["pass"]]
    assert [result["message"] for result in document["results"] if result["verdict"] != "pass"] == []
    given = [case.values for case in CASES]  # type: ignore[attr-defined]
    unchanged = [rule for rule, examples, case in given if _is_plain_pass(examples, case, name)]
    assert {rule.id for rule in unchanged} <= set(judged)


def _is_plain_pass(examples: Examples, case: Case, base: str) -> bool:
    """Whether an example is the fixture as it is, and passes."""
    as_it_is = case.expect == "pass" and not (case.change or case.parameters)
    return as_it_is and examples.bases[case.base].name.endswith(base)


FAILING = [case for case in CASES if case.values[2].expect == "fail"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("rule", "examples", "case"), FAILING)
def test_a_finding_names_things(rule: Rule, examples: Examples, case: Case) -> None:
    """No placeholder stays open, and none stands for nothing."""
    text = template_text(examples, case)
    rules = [with_parameters(rule, case.parameters)]
    document = judge_text(text, "t.yaml", rules, parameters=case.values, closed=case.closed)
    for result in document["results"]:
        if result["verdict"] == "fail":
            said = f"{result['message']} {result['remediation']}"
            said = said.partition('{"Version"')[0]  # the least policy of a role is JSON
            for word in ("{", "an unknown value", "something unknown", "what is needed", " nothing ", ": nothing"):
                assert word not in said.replace("${", "")
