from __future__ import annotations

from dataclasses import replace

import pytest

from scanner.policy.compile import compile_rule
from scanner.policy.rule import Rule
from scanner.policy.select import SelectionError, find_rule, select_rules, with_parameters, with_severity
from tests.policy.kinds import KINDS, RULE


@pytest.fixture
def rules() -> list[Rule]:
    rule, _ = compile_rule(RULE, "r.yaml", KINDS)
    assert rule is not None
    other = replace(rule, id="SHOP002", name="shops-are-open", tags=("evening",))
    return [rule, other, replace(rule, id="STORE001", name="stores")]


@pytest.mark.parametrize(
    ("select", "ignore", "ids"),
    [
        ([], [], ["SHOP001", "SHOP002", "STORE001"]),
        (["SHOP"], [], ["SHOP001", "SHOP002"]),
        (["shop"], ["SHOP001"], ["SHOP002"]),
        (["stores", "evening"], [], ["SHOP002", "STORE001"]),
        ([], ["SHOP"], ["STORE001"]),
    ],
)
def test_rules_are_chosen(rules: list[Rule], select: list[str], ignore: list[str], ids: list[str]) -> None:
    assert [rule.id for rule in select_rules(rules, select, ignore)] == ids


def test_what_names_no_rule_is_refused(rules: list[Rule]) -> None:
    with pytest.raises(SelectionError, match=r'there is no rule "SHOP01" \(did you mean "SHOP001"\?\)'):
        select_rules(rules, ["SHOP01"])
    with pytest.raises(SelectionError, match=r'did you mean "shops-are-tidy"'):
        find_rule(rules, "shops-are-tidi")
    assert find_rule(rules, "shop002") is find_rule(rules, "shops-are-open") is rules[1]


def test_parameters_are_set(rules: list[Rule]) -> None:
    assert with_parameters(rules[0], {"least": 5}).parameters[0].default == 5
    assert with_parameters(rules[0], {}) is rules[0]
    with pytest.raises(SelectionError, match=r'has no parameter "lest".*"least"'):
        with_parameters(rules[0], {"lest": 5})
    with pytest.raises(SelectionError, match="a number is wanted"):
        with_parameters(rules[0], {"least": "many"})


def test_severities_are_set_but_for_those_that_an_assertion_has_of_its_own(rules: list[Rule]) -> None:
    changed = with_severity(rules[0], "high")
    assert (changed.severity, [one.severity for one in changed.assertions]) == ("high", ["high", "low"])
    with pytest.raises(SelectionError, match="must be one of high, medium, low"):
        with_severity(rules[0], "worst")
