"""What a template is found to be is what the account that it was deployed to is found to be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.scan import Input, Options, scan
from scanner.sources.cloudformation import Parameters
from tests.live.conftest import Deployed, verdicts
from tests.live.fill import REGION
from tests.live.makers import Account, Made
from tests.live.stacks import ILL, STACKS, WELL, Stack

pytestmark = pytest.mark.live
Key = tuple[str, str]
"""Rule, and what the subject is called in the template."""
NAMES = [f"{one.name}{' with faults' if one.account == ILL else ''}" for one in STACKS]


@pytest.fixture(scope="module")
def rules() -> Sequence[Rule]:
    return [rule for rule in load_rules(()).rules if rule.applies == ("template", "live")]


# --- verdicts

_UNNAMED_GROUP = "the log group is not named, which ECS refuses and the simulation does not: an account has it exist"
_SUBNETS = "the template is given subnets; the account has them, with their network ACLs"
OTHERWISE: dict[tuple[str, str], dict[Key, tuple[str, str, str]]] = {
    (WELL, "good"): {("IAM011", "ExecutionRole"): ("none", "pass", "an account writes ARNs out")},
    (WELL, "bridge"): {("APP001", "TaskDefinition/web"): ("pass", "undecided", _UNNAMED_GROUP)},
    (WELL, "fargate"): {("APP001", "TaskDefinition/web"): ("pass", "undecided", _UNNAMED_GROUP)},
    (WELL, "acl"): {("APP001", "TaskDefinition/web"): ("pass", "undecided", _UNNAMED_GROUP)},
    (WELL, "broken"): {
        ("HC002", "WebTargets"): ("fail", "pass", "an account does not tell a default from what was written"),
        ("NET005", "LoadBalancer"): ("undecided", "pass", _SUBNETS),
        ("NET006", "LoadBalancer"): ("undecided", "pass", _SUBNETS),
        ("NET007", "WebService/web:8080"): ("undecided", "pass", _SUBNETS),
        ("NET008", "WebService/web:8080"): ("undecided", "pass", _SUBNETS),
    },
    (ILL, "fargate"): {("APP001", "TaskDefinition/web"): ("pass", "undecided", _UNNAMED_GROUP)},
    (ILL, "acl"): {("APP001", "TaskDefinition/web"): ("pass", "undecided", _UNNAMED_GROUP)},
}
"""By account and stack, the verdicts on template and account that differ, and why."""


def of_template(stack: Stack, account: Account, rules: Sequence[Rule]) -> dict[Key, str]:
    given = Parameters(account=stack.account, region=REGION).merged(stack.given(account), "given")
    options = Options(tuple(rules), parameters=given, closed=True, all_verdicts=True, jobs=1)
    document = scan([Input("t.json", json.dumps(stack.template(), indent=1))], options)
    assert document["errors"] == []
    return _worst((one, one["subject"]["label"]) for one in document["results"])


def of_account(document: Mapping[str, Any], made: Mapping[str, Made]) -> dict[Key, str]:
    """The verdicts on what a stack has made."""
    return _worst((one, label) for one in document["results"] if (label := _label(one["subject"], made)))


def _label(subject: Mapping[str, Any], made: Mapping[str, Made]) -> str:
    """What the subject is called in the template; empty if it is of another one."""
    key = subject["address"].partition("#")[2]
    for id, one in made.items():
        if one.ref == subject.get("arn") or f"{key}/".startswith((f"{one.ref}/", f"{one.type}/{one.ref}/")):
            return "/".join([id, *subject["label"].split("/")[1:]])
    return ""


def _worst(results: Iterable[tuple[Mapping[str, Any], str]]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for one, label in results:
        key = one["rule"], label
        found[key] = min(one["verdict"], found.get(key, "pass"), key=("fail", "undecided", "pass").index)
    return found


@pytest.mark.parametrize("stack", STACKS, ids=NAMES)
def test_account_is_judged_as_its_template(
    stack: Stack, deployed: Mapping[str, Deployed], rules: Sequence[Rule], moto: str
) -> None:
    account = Account(moto, stack.account)
    expected = of_template(stack, account, rules)
    assert ("fail" in expected.values()) == (stack.account == ILL or stack.name == "broken")
    found = of_account(deployed[stack.account].document, deployed[stack.account].made[stack.name])
    shared = {rule.id for rule in rules}
    differing = {
        key: (expected.get(key, "none"), found.get(key, "none"))
        for key in {*expected, *found}
        if expected.get(key) != found.get(key) and key[0] in shared
    }
    allowed = OTHERWISE.get((stack.account, stack.name), {})
    assert differing == {key: (before, after) for key, (before, after, _) in allowed.items()}


OF_REGIONS = ("RUN013",)
"""Rules about a region, which no template makes."""


def test_nothing_is_judged_but_what_was_deployed(deployed: Mapping[str, Deployed]) -> None:
    for account in deployed.values():
        count = sum(len(of_account(account.document, made)) for made in account.made.values())
        found = verdicts(account.document)
        assert len(found) - sum(rule in OF_REGIONS for rule, _ in found) == count > 80


# --- facts

ELSEWHERE = {
    "AWS::EC2::EIP": "no rule asks for it",
    "AWS::EC2::SecurityGroupIngress": "a rule is one of its group's",
    "AWS::Logs::LogGroup": "of groups that nothing logs to, none is read",
}
"""Types of which some resource is not found by what Ref gives, and why."""
SAID_OTHERWISE = {
    ("AWS::EC2::LaunchTemplate", "LaunchTemplateData.UserData"): "the cluster that it names is kept, and nothing else",
    ("AWS::EC2::NatGateway", "AllocationId"): "no rule asks for it",
    ("AWS::ECS::Service", "Cluster"): "by its ARN",
    ("AWS::StepFunctions::StateMachine", "Definition"): "as DefinitionString",
    ("AWS::StepFunctions::StateMachine", "DefinitionSubstitutions"): "they are in DefinitionString",
}
"""Properties that an account does not have as templates state them, and why."""


def test_account_tells_what_templates_state(deployed: Mapping[str, Deployed]) -> None:
    otherwise, elsewhere = {}, set()
    for account in deployed.values():
        known = {(one["type"], one["id"]): one["properties"] for one in account.entry["resources"]}
        for made in (one for stack in account.made.values() for one in stack.values()):
            properties = known.get((made.type, made.ref))
            if properties is None:
                elsewhere.add(made.type)
                continue
            for path, stated, found in _differing(made.properties, properties, ""):
                otherwise[made.type, path] = stated, found
    assert {key: pair for key, pair in otherwise.items() if key not in SAID_OTHERWISE} == {}
    assert set(otherwise) == set(SAID_OTHERWISE)
    assert elsewhere == set(ELSEWHERE)


def _differing(stated: Any, found: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Where what was found is not what was stated; it may say more."""
    if isinstance(stated, Mapping) and isinstance(found, Mapping):
        for name, value in stated.items():
            yield from _differing(value, found.get(name), f"{path}.{name}".lstrip("."))
    elif isinstance(stated, list) and isinstance(found, list) and len(stated) == len(found):
        for one, other in zip(stated, found, strict=True):
            yield from _differing(one, other, path)
    elif str(stated) != str(found):
        yield path, stated, found
