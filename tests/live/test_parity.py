"""What a template is found to be is what the account that it was deployed to is found to be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.scan import Input, Options, scan
from scanner.sources.cloudformation import Parameters
from tests.live.conftest import Deployed, verdicts
from tests.live.deployer import Account, Made
from tests.live.fill import REGION
from tests.live.stacks import ILL, STACKS, WELL, Stack

pytestmark = pytest.mark.live
Key = tuple[str, str]
"""Rule, and subject by its logical id."""
NAMES = [f"{one.name}{' with faults' if one.account == ILL else ''}" for one in STACKS]


@pytest.fixture(scope="module")
def rules() -> Sequence[Rule]:
    return [rule for rule in load_rules(()).rules if rule.applies == ("template", "live")]


# --- verdicts

_UNNAMED_GROUP = "the log group is not named, which ECS refuses and the simulation does not: an account has it exist"
_SUBNETS = "the template is given subnets; the account has them, with their network ACLs"
OTHERWISE: dict[tuple[str, str], dict[Key, tuple[str, str, str]]] = {
    (WELL, "good"): {("APP001", "TaskDefinition/web"): ("pass", "undecided", _UNNAMED_GROUP)},
    (WELL, "bridge"): {("APP001", "TaskDefinition/web"): ("pass", "undecided", _UNNAMED_GROUP)},
    (WELL, "fargate"): {("APP001", "TaskDefinition/web"): ("pass", "undecided", _UNNAMED_GROUP)},
    (WELL, "acl"): {("APP001", "TaskDefinition/web"): ("pass", "undecided", _UNNAMED_GROUP)},
    (WELL, "broken"): {
        ("HC002", "WebTargets"): ("fail", "pass", "an account does not tell a default from what was written"),
        ("NET005", "LoadBalancer"): ("undecided", "pass", _SUBNETS),
        ("NET006", "LoadBalancer"): ("undecided", "pass", _SUBNETS),
        ("NET007", "WebService/web:8080/WebTargets"): ("undecided", "pass", _SUBNETS),
        ("NET008", "WebService/web:8080/WebTargets"): ("undecided", "pass", _SUBNETS),
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
    return {(rule, address.partition("#")[2]): verdict for (rule, address), verdict in verdicts(document).items()}


def of_account(document: Mapping[str, Any], made: Mapping[str, Made]) -> dict[Key, str]:
    """The verdicts on what a stack has made."""
    by_id = sorted(((one.ref, id) for id, one in made.items()), key=lambda pair: -len(pair[0]))
    found = {}
    for (rule, address), verdict in verdicts(document).items():
        key = re.sub(r"^AWS::\w+::\w+/", "", address.partition("#")[2])
        if any(key == ref or key.startswith(f"{ref}/") for ref, _ in by_id):
            for ref, id in by_id:
                key = key.replace(ref, id)
            found[rule, key] = verdict
    return found


@pytest.mark.parametrize("stack", STACKS, ids=NAMES)
def test_account_is_judged_as_its_template(stack: Stack, deployed: Deployed, rules: Sequence[Rule], moto: str) -> None:
    account = Account(moto, stack.account)
    expected = of_template(stack, account, rules)
    assert ("fail" in expected.values()) == (stack.account == ILL or stack.name == "broken")
    found = of_account(deployed.documents[stack.account], deployed.made[stack.account][stack.name])
    shared = {rule.id for rule in rules}
    differing = {
        key: (expected.get(key, "none"), found.get(key, "none"))
        for key in {*expected, *found}
        if expected.get(key) != found.get(key) and key[0] in shared
    }
    print("COUNT",len(expected),sorted(k for k,v in expected.items() if v=="fail"))
    allowed = OTHERWISE.get((stack.account, stack.name), {})
    assert differing == {key: (before, after) for key, (before, after, _) in allowed.items()}


# --- facts

ELSEWHERE = {
    "AWS::EC2::EIP": "no rule asks for it",
    "AWS::EC2::SecurityGroupIngress": "a rule is one of its group's",
    "AWS::EC2::SubnetNetworkAclAssociation": "its id is another one once it was replaced",
    "AWS::EC2::SubnetRouteTableAssociation": "the same",
    "AWS::SNS::Topic": "its properties are of its own",
}
"""Types whose resources are not found by what Ref gives, and why."""
GAPS: dict[tuple[str, str], str] = {}
"""Properties that the simulation does not keep, and why it matters not."""


def test_account_tells_what_templates_state(deployed: Deployed) -> None:
    gaps, elsewhere = set(), set()
    for account, stacks in deployed.made.items():
        known = {(one["type"], one["id"]): one["properties"] for one in deployed.entries[account]["resources"]}
        for made in (one for stack in stacks.values() for one in stack.values()):
            properties = known.get((made.type, made.ref))
            if properties is None:
                elsewhere.add(made.type)
                continue
            gaps |= {(made.type, path, str(a), str(b)) for path, a, b in _differing(made.properties, properties, "")}
    for g in sorted(gaps): print("GAP",[x[:150] for x in g])
    print(elsewhere)
    assert gaps == set(GAPS)
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
