"""Small rules over one made-up resource type, and what they come to."""

from __future__ import annotations

from typing import Any

import yaml

from scanner.policy.compile import compile_rule
from scanner.policy.evaluate.judge import Finding, Judgement, RuleResult, judge_rule
from scanner.policy.rule import Rule
from scanner.topology.schema import KINDS
from tests.topology.graphs import graph_of

THING = "AWS::Test::Thing"
HEAD = {
    "id": "TEST001",
    "name": "things-are-right",
    "title": "Things are right",
    "severity": "high",
    "rationale": "They must be.",
    "remediation": "Mend {thing}.",
    "match": {"thing": THING},
}


def _text(given: Any) -> str:
    """As YAML without anchors, which rules may not have."""
    return yaml.dump(given, Dumper=_Plain, sort_keys=False)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def rule(check: Any = None, **more: Any) -> Rule:
    """A rule over things with one assertion ``right``; ``more`` replaces or adds keys of the rule."""
    given = {**HEAD, "assert": [{"name": "right", "check": check, "message": "{thing} is wrong"}], **more}
    found, problems = compile_rule(_text(given), "r.yaml", KINDS)
    assert found is not None, [str(problem) for problem in problems]
    return found


def template(properties: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """A template with one thing, and parameters P, Q (texts) and L (a list) without value; ``sections`` add to it."""
    made: dict[str, Any] = {
        "Parameters": {"P": {"Type": "String"}, "Q": {"Type": "String"}, "L": {"Type": "CommaDelimitedList"}},
        "Resources": {"Thing": {"Type": THING, "Properties": properties}},
    }
    for section, entries in sections.items():
        made.setdefault(section, {}).update(entries)
    return made


def result(of: Rule, made: Any, *, closed: bool = False) -> RuleResult:
    return judge_rule(of, graph_of(made, closed=closed))


def only(of: RuleResult) -> Judgement:
    [judgement] = of.judgements.values()
    return judgement


def verdict(check: Any, properties: dict[str, Any], **sections: Any) -> str:
    """What a check comes to for a thing with some properties."""
    found = result(rule(check), template(properties, **sections))
    return only(found).verdict.word if found.judgements else "not_applicable"


def finding(check: Any, properties: dict[str, Any], **sections: Any) -> Finding:
    [found] = only(result(rule(check), template(properties, **sections))).findings["right"]
    return found
