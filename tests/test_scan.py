from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.scan import Input, Options, scan
from scanner.syntax import SyntaxProblem

NETWORK = """
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: tasks}}
Outputs:
  Group: {Value: !Ref Group, Export: {Name: tasks}}
"""
SERVICE = """
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [a], SecurityGroups: [!ImportValue tasks]}}
      LoadBalancers: [{ContainerName: web, ContainerPort: 80, TargetGroupArn: !Ref Targets}]
  Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Protocol: HTTP}}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]}
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {SecurityGroups: [sg-1], Subnets: [a]}}
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rule, ...]:
    return load_rules(cache=tmp_path_factory.mktemp("rules")).rules


def verdicts(document: dict[str, Any], rule: str) -> Iterator[str]:
    return (result["verdict"] for result in document["results"] if result["rule"] == rule)


def test_context_decides_and_is_not_reported_on(rules: tuple[Rule, ...]) -> None:
    service = Input("service.yaml", SERVICE)
    options = Options(rules, closed=True)
    alone = scan([service], options)
    assert "comes from another stack" in str([r["unknown"] for r in alone["results"] if r["rule"] == "NET002"])
    both = scan([service, Input("network.yaml", NETWORK, is_context=True)], options)
    assert list(verdicts(both, "NET002")) == ["fail"]
    assert {result["subject"]["address"].partition("#")[0] for result in both["results"]} == {"service.yaml"}
    assert [one["role"] for one in both["inputs"]] == ["scanned", "context"]
    assert both["summary"]["templates"] == 1


def test_context_that_cannot_be_read_is_no_error_of_the_scan(rules: tuple[Rule, ...]) -> None:
    torn = Input("network.yaml", NETWORK + "  Extra: [", is_context=True)
    document = scan([Input("service.yaml", SERVICE), torn], Options(rules))
    assert document["errors"] == []


def test_every_input_has_its_error_once(rules: tuple[Rule, ...]) -> None:
    torn = [Input("torn.yaml", NETWORK + "  Extra: ["), Input("plain.yaml", "Resources: [")]
    problem = SyntaxProblem("gone.yaml", 1, 1, "the file does not exist")
    document = scan([*torn, Input("service.yaml", SERVICE)], Options(rules), problems=[problem])
    assert [error["file"] for error in document["errors"]] == ["gone.yaml", "plain.yaml", "torn.yaml"]
    assert document["summary"]["templates"] == 1


def test_a_fingerprint_survives_moved_lines_and_other_files(rules: tuple[Rule, ...]) -> None:
    def prints(*inputs: Input) -> set[str]:
        document = scan(inputs, Options(rules))
        return {result["fingerprint"] for result in document["results"] if result["location"]["file"] == "service.yaml"}

    first = prints(Input("service.yaml", SERVICE))
    assert first
    assert first == prints(Input("a.yaml", "Resources: {}"), Input("service.yaml", "# moved\n\n" + SERVICE))


def test_progress_counts_to_the_end(rules: tuple[Rule, ...]) -> None:
    seen: list[tuple[int, int]] = []
    inputs = [Input("a.yaml", SERVICE), Input("b.yaml", NETWORK), Input("c.yaml", "Resources: {}\n")]
    scan(inputs, Options(rules), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_no_two_results_of_a_rule_share_a_region(rules: tuple[Rule, ...], root: Path) -> None:
    text = (root / "examples" / "broken.yaml").read_text()
    twice = text + text[text.index("  WebService:") :].replace("WebService", "OtherService")
    document = scan([Input("twice.yaml", twice)], Options(rules, all_verdicts=True))
    places = [
        (result["rule"], *(result["location"][key] for key in ("file", "line", "column", "end_line", "end_column")))
        for result in document["results"]
    ]
    assert len(places) > 20
    assert len(set(places)) == len(places)


def test_a_template_that_several_stacks_nest_is_reported_on_once(rules: tuple[Rule, ...]) -> None:
    parent = "Resources:\n  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: service.yaml}}\n"
    inputs = [Input(f"app{number}.yaml", parent) for number in range(3)]
    document = scan([*inputs, Input("service.yaml", SERVICE)], Options(rules))
    found = [result for result in document["results"] if result["rule"] == "HC006"]
    assert [result["message"].endswith("(in 3 stacks)") for result in found] == [True]
    assert document["summary"]["rules"]["HC006"]["fail"] == 3
    assert document["summary"]["templates"] == 4
