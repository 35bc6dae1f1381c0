"""An import of several candidates is decided where all of them agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.scan import Input, Options, scan

NETWORK = """
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: tasks
      SecurityGroupIngress: [{{IpProtocol: tcp, FromPort: {low}, ToPort: 9000, CidrIp: 0.0.0.0/0}}]
Outputs:
  Group: {{Value: !Ref Group, Export: {{Name: !Sub "${{AWS::StackName}}:Tasks"}}}}
"""
SERVICE = """
Parameters: {Network: {Type: String}}
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: [a], SecurityGroups: [{"Fn::ImportValue": !Sub "${Network}:Tasks"}]}
      LoadBalancers: [{ContainerName: web, ContainerPort: 80, TargetGroupArn: !Ref Targets}]
  Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Protocol: HTTP}}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]}
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {SecurityGroups: [sg-1], Subnets: [a]}}
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rule, ...]:
    loaded = load_rules(cache=tmp_path_factory.mktemp("rules")).rules
    return tuple(rule for rule in loaded if rule.id == "NET002")


def judged(rules: tuple[Rule, ...], first: int, second: int) -> dict[str, Any]:
    """The only result of a service that imports from one of two networks, open from a port each."""
    inputs = [Input("service.yaml", SERVICE)]
    inputs += [
        Input(f"network{number}.yaml", NETWORK.format(low=low), is_context=True)
        for number, low in enumerate((first, second))
    ]
    document = scan(inputs, Options(rules, closed=True, all_verdicts=True, jobs=1))
    counts = document["summary"]["rules"]["NET002"]
    (verdict,) = [name for name, count in counts.items() if count]
    worst = [result for result in document["results"] if result["verdict"] == verdict]
    return {**worst[0], "counts": counts}


def test_all_candidates_pass(rules: tuple[Rule, ...]) -> None:
    assert judged(rules, 1, 80)["verdict"] == "pass"


def test_all_candidates_fail(rules: tuple[Rule, ...]) -> None:
    found = judged(rules, 443, 8080)
    assert found["verdict"] == "fail"
    assert found["worlds"] == []
    assert found["missing"] == ["tcp 80"]


@pytest.mark.parametrize(("first", "second"), [(1, 443), (443, 1)])
def test_candidates_that_differ_are_undecided_and_named(rules: tuple[Rule, ...], first: int, second: int) -> None:
    found = judged(rules, first, second)
    assert found["verdict"] == "undecided"
    assert "network0.yaml, network1.yaml" in found["message"]
    assert {unknown["supply"] for unknown in found["unknown"]} == {"--link STACK=FILE"}


def test_a_link_decides(rules: tuple[Rule, ...], tmp_path: Path) -> None:
    inputs = [Input("service.yaml", SERVICE)]
    inputs += [Input("a.yaml", NETWORK.format(low=1), is_context=True)]
    inputs += [Input("b.yaml", NETWORK.format(low=443), is_context=True)]
    from scanner.sources.cloudformation import Parameters

    given = Parameters().merged({"Network": "blue"}, "the test")
    for file, verdict in (("a.yaml", "pass"), ("b.yaml", "fail")):
        other = "b.yaml" if file == "a.yaml" else "a.yaml"
        options = Options(rules, given, closed=True, links={file: "blue", other: "green"}, jobs=1)
        assert scan(inputs, options)["summary"]["rules"]["NET002"][verdict] == 1
