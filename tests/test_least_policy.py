"""The proof of ``clearway iam policy``: a template whose roles have the policies that it prints has no finding about
them, by either baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.model import ResourceGraph, World
from scanner.policy.examples import long_form
from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.policy.select import with_parameters
from scanner.render.policies import shown
from scanner.scan import Input, Options, scan
from scanner.sources.cloudformation import load_template
from scanner.syntax import load
from scanner.topology.iam.needs import BASELINES
from scanner.topology.iam.policy import LeastPolicy, every_case

TEMPLATES = (
    "rules/fixtures/run-task.yaml",
    "examples/good.yaml",
    "examples/broken.yaml",
    "deploy/nightly-scan.yaml",
    "tests/fixtures/cdk/cdk.out/Workflow.template.json",
    "tests/fixtures/cdk/cdk.out/AlbFargate.template.json",
)
POLICIES = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy")
SUPPLIED = {"Image": "public.ecr.aws/docker/library/busybox:1"}
"""Where an image comes from decides whether it is pulled by the role."""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rule, ...]:
    return tuple(rule for rule in load_rules(cache=tmp_path_factory.mktemp("rules")).rules if rule.id.startswith("IAM"))


def policies(text: str, file: str, baseline: str) -> tuple[LeastPolicy, ...]:
    from scanner.sources.cloudformation import Parameters

    given = Parameters().merged(SUPPLIED, "the test")
    return every_case(ResourceGraph([load_template(text, file, given)], World()), baseline)


def replaced(text: str, file: str, made: tuple[LeastPolicy, ...]) -> str:
    """The template with the printed policies in place of all that its roles have."""
    template: Any = long_form(load(text, file))
    resources = template["Resources"]
    roles = {policy.role.id for policy in made if policy.role is not None}
    for id, resource in list(resources.items()):
        attached = resource.get("Properties", {}).get("Roles", [])
        if resource["Type"] in POLICIES and any(one == {"Ref": role} for one in attached for role in roles):
            del resources[id]
    for role in roles:
        for name in ("Policies", "ManagedPolicyArns"):
            resources[role]["Properties"].pop(name, None)
    for resource in resources.values():
        waits = resource.get("DependsOn", [])
        resource["DependsOn"] = [one for one in ([waits] if isinstance(waits, str) else waits) if one in resources]
    pasted = shown(made, "cloudformation")
    assert pasted.placeholders == {}
    if made:
        resources.update(long_form(load(pasted.text, "policies.yaml"))["Resources"])
    return yaml.safe_dump(template, sort_keys=False)


def findings(text: str, rules: tuple[Rule, ...], baseline: str) -> list[str]:
    from scanner.sources.cloudformation import Parameters

    judged = tuple(
        with_parameters(rule, {"baseline": baseline}) if any(p.name == "baseline" for p in rule.parameters) else rule
        for rule in rules
    )
    given = Parameters().merged(SUPPLIED, "the test")
    document = scan([Input("t.yaml", text)], Options(judged, given, closed=True, jobs=1))
    assert document["errors"] == []
    return [f"{one['rule']} {one['verdict']} {one['message']}" for one in document["results"]]


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("file", TEMPLATES)
def test_a_template_with_its_least_policies_is_clean(
    file: str, baseline: str, rules: tuple[Rule, ...], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    text = Path(file).read_text(encoding="utf-8")
    made = policies(text, file, baseline)
    assert findings(replaced(text, file, made), rules, baseline) == []


def test_a_policy_without_one_of_its_actions_is_not_clean(rules: tuple[Rule, ...], root: Path) -> None:
    file = TEMPLATES[0]
    text = (root / file).read_text(encoding="utf-8")
    pasted = replaced(text, file, policies(text, file, "tightest"))
    [found] = findings(pasted.replace("- ecs:StopTask", "- ecs:ListTasks"), rules, "documented")[:1]
    assert found.startswith("IAM008 fail MachineRole does not grant ecs:StopTask on")


def test_what_the_cdk_grants_in_excess_is_named(rules: tuple[Rule, ...], root: Path) -> None:
    text = (root / TEMPLATES[4]).read_text(encoding="utf-8")
    assert [one.split(" ")[:2] for one in findings(text, rules, "documented")] == [
        ["IAM002", "fail"],
        ["IAM003", "fail"],
    ]
    tight = findings(text, rules, "tightest")
    assert any(one.startswith("IAM009 fail") and "ecs:StopTask and ecs:DescribeTasks on *" in one for one in tight)
