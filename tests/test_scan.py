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


def test_stacks_are_judged_in_several_processes_with_the_same_results(
    rules: tuple[Rule, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.scan.LINKED_FROM", 2)
    services = [Input(f"service{number}.yaml", SERVICE) for number in range(5)]
    inputs = [Input("network.yaml", NETWORK), *services, Input("broken.yaml", "Resources: {A: !ImportValue {}")]
    alone, together = (scan(inputs, Options(rules, all_verdicts=True, jobs=jobs)) for jobs in (1, 2))
    assert alone == together
    assert alone["summary"]["templates"] == 6
    assert [error["file"] for error in alone["errors"]] == ["broken.yaml"]


PARENT = """
Resources:
  Web:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./service.yaml
      Parameters:
        Grace: 0
"""


def test_a_value_that_a_parent_passes_has_its_place_there(rules: tuple[Rule, ...]) -> None:
    service = SERVICE.replace(
        "LaunchType: FARGATE", "LaunchType: FARGATE\n      HealthCheckGracePeriodSeconds: !Ref Grace"
    )
    inputs = [Input("app.yaml", PARENT), Input("service.yaml", "Parameters: {Grace: {Type: Number}}" + service)]
    document = scan(inputs, Options(rules))
    [found] = [result for result in document["results"] if result["rule"] == "HC006"]
    assert (found["location"]["file"], found["location"]["line"]) == ("service.yaml", 7)
    assert [(place["file"], place["line"], place["column"], place["says"]) for place in found["related"]] == [
        ("app.yaml", 8, 16, "passed as Grace")
    ]


def test_a_nested_stack_cannot_be_linked(rules: tuple[Rule, ...]) -> None:
    inputs = [Input("app.yaml", PARENT), Input("service.yaml", SERVICE)]
    document = scan(inputs, Options(rules, links={"service.yaml": "mine"}))
    assert [(error["file"], error["message"]) for error in document["errors"]] == [
        ("service.yaml", "--link cannot name its stack: app.yaml nests it, and CloudFormation names it then")
    ]
    assert scan(inputs, Options(rules, links={"app.yaml": "mine"}))["errors"] == []


def test_a_template_with_a_key_stated_twice_is_judged_and_an_error(rules: tuple[Rule, ...]) -> None:
    service = SERVICE.replace("LaunchType: FARGATE", "LaunchType: FARGATE\n      LaunchType: FARGATE")
    for inputs in ([Input("s.yaml", service)], [Input("s.yaml", service), Input("n.yaml", NETWORK)]):
        document = scan(inputs, Options(rules))
        assert [(error["file"], error["line"], error["message"]) for error in document["errors"]] == [
            ("s.yaml", 7, "duplicate key LaunchType: first on line 6")
        ]
        assert document["summary"]["rules"]["HC006"]["fail"] == 1


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


def test_a_binding_whose_port_depends_on_the_deployment_is_one_subject(rules: tuple[Rule, ...]) -> None:
    service = SERVICE.replace("ContainerPort: 80", "ContainerPort: !If [Prod, 80, 8080]")
    head = "Parameters: {Stage: {Type: String}}\nConditions: {Prod: !Equals [!Ref Stage, prod]}"
    definition = """
  Tasks:
    Type: AWS::ECS::TaskDefinition
    Properties: {ContainerDefinitions: [{Name: web, PortMappings: [{ContainerPort: 8080}]}]}
"""
    service = service.replace("LaunchType:", "TaskDefinition: !Ref Tasks\n      LaunchType:") + definition
    document = scan([Input("service.yaml", head + service)], Options(rules, all_verdicts=True))
    assert document["summary"]["rules"]["HC010"] == {"pass": 0, "fail": 1, "undecided": 0, "not_applicable": 0}
    found = [result for result in document["results"] if result["rule"] == "HC010"]
    assert [(result["assertion"], result["verdict"], result["subject"]["label"]) for result in found] == [
        ("container", "pass", "Service/web:80"),
        ("port", "fail", "Service/web:80"),
    ]
    assert found[1]["worlds"] == ["Stage = prod (condition Prod)"]
    assert "stacks" not in found[0]["message"]


def test_no_unknown_is_listed_twice_in_a_result(rules: tuple[Rule, ...]) -> None:
    """Two parameters are two unknowns; what is said of one, for several reasons, is said once."""
    service = SERVICE.replace("Subnets: [a]", "Subnets: [!ImportValue one, !ImportValue one]")
    document = scan([Input("service.yaml", service)], Options(rules))
    found = [[(one["reason"], one["supply"]) for one in result["unknown"]] for result in document["results"]]
    assert any(found)
    assert all(len(set(one)) == len(one) for one in found)


def test_a_region_begins_where_a_word_does(rules: tuple[Rule, ...], root: Path) -> None:
    """Also where several results of a rule have nothing but the same place."""
    text = (root / "examples" / "broken.yaml").read_text()
    document = scan([Input("broken.yaml", text)], Options(rules, all_verdicts=True))
    lines = text.splitlines()
    starts = [(result["location"]["line"], result["location"]["column"]) for result in document["results"]]
    assert len(starts) > 20
    assert not [(line, column) for line, column in starts if lines[line - 1][: column - 1][-1:].isalnum()]


def test_a_template_that_several_stacks_nest_is_reported_on_once(rules: tuple[Rule, ...]) -> None:
    parent = "Resources:\n  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: service.yaml}}\n"
    inputs = [Input(f"app{number}.yaml", parent) for number in range(3)]
    document = scan([*inputs, Input("service.yaml", SERVICE)], Options(rules))
    found = [result for result in document["results"] if result["rule"] == "HC006"]
    assert [result["message"].endswith("(in 3 stacks)") for result in found] == [True]
    assert document["summary"]["rules"]["HC006"]["fail"] == 3
    assert document["summary"]["templates"] == 4


def test_a_template_that_one_stack_nests_twice_is_said_to_be_in_two(rules: tuple[Rule, ...]) -> None:
    nested = "{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: service.yaml}}"
    parent = f"Resources:\n  Blue: {nested}\n  Green: {nested}\n"
    inputs = [Input("a.yaml", parent), Input("b.yaml", parent), Input("service.yaml", SERVICE)]
    for parents, stacks in ((1, 2), (2, 4)):
        document = scan([*inputs[:parents], inputs[2]], Options(rules))
        [found] = [result for result in document["results"] if result["rule"] == "HC006"]
        assert found["message"].endswith(f"(in {stacks} stacks)")
        assert document["summary"]["rules"]["HC006"]["fail"] == stacks
        assert not any("stacks" in result for result in document["results"])


def test_subjects_of_two_templates_with_one_fault_in_a_third_are_two_results(rules: tuple[Rule, ...]) -> None:
    wide = "[{IpProtocol: '-1', CidrIp: 0.0.0.0/0}]"
    network = NETWORK.replace("GroupDescription: tasks", f"GroupDescription: tasks, SecurityGroupIngress: {wide}")
    users = [Input(f"{name}.yaml", SERVICE) for name in ("orders", "users")]
    document = scan([Input("network.yaml", network), *users], Options(rules))
    found = [result for result in document["results"] if result["rule"] == "NET004"]
    assert document["summary"]["rules"]["NET004"]["fail"] == len(found) == 2
    assert {result["location"]["file"] for result in found} == {"network.yaml", "users.yaml"}
    moved = next(result for result in found if result["location"]["file"] == "users.yaml")
    assert "network.yaml" in {place["file"] for place in moved["related"]}
    assert not any("home" in result for result in document["results"])


def test_of_two_bindings_neither_is_shown_at_a_rule_that_is_right(rules: tuple[Rule, ...], root: Path) -> None:
    text = (root / "rules" / "fixtures" / "bridge-service.yaml").read_text()
    entry = text[text.index("        - ContainerName:") :].partition("TargetGroupArn:")[0]
    text = text.replace(entry, f"{entry}TargetGroupArn: !Ref Other\n{entry}")
    text = text.replace("SourceSecurityGroupId: !GetAtt BalancerGroup.GroupId", "CidrIp: 0.0.0.0/0")
    text += """
  Other: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Port: 80, Protocol: HTTP, VpcId: !Ref Vpc}}
  Second:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      DefaultActions: [{Type: forward, TargetGroupArn: !Ref Other}]
"""
    start, end = (text[: text.index(f"  {name}:\n")].count("\n") + 1 for name in ("HostIngressLow", "HostIngressHigh"))
    document = scan([Input("t.yaml", text)], Options(rules))
    found = [result for result in document["results"] if result["rule"] == "NET004"]
    assert [result["verdict"] for result in found] == ["fail", "fail"]
    shown = {place["line"] for result in found for place in (result["location"], *result["related"])}
    assert shown.isdisjoint(range(start, end))


BALANCED = """
Parameters: {Net: {Type: String, Default: staging}}
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: balancer}}
  Open:
    Type: AWS::EC2::SecurityGroupIngress
    Properties:
      GroupId: {"Fn::ImportValue": !Sub "${Net}-tasks"}
      IpProtocol: "-1"
      SourceSecurityGroupId: !Ref Group
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {SecurityGroups: [!Ref Group], Subnets: [a]}}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]}
  Targets: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Protocol: HTTP}}
Outputs:
  Targets: {Value: !Ref Targets, Export: {Name: targets}}
"""
SERVED = """
Parameters: {Net: {Type: String, Default: staging}}
Resources:
  Task: {Type: AWS::ECS::TaskDefinition, Properties: {NetworkMode: awsvpc}}
  Service:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: [a], SecurityGroups: [{"Fn::ImportValue": !Sub "${Net}-tasks"}]}
      LoadBalancers: [{ContainerName: web, ContainerPort: 80, TargetGroupArn: !ImportValue targets}]
"""


@pytest.mark.parametrize(("other", "verdict"), [("staging", "pass"), ("production", "undecided")])
def test_a_template_that_two_stacks_are_named_of_is_two_stacks(
    rules: tuple[Rule, ...], other: str, verdict: str
) -> None:
    network = NETWORK.replace("Name: tasks", "Name: !Sub '${AWS::StackName}-tasks'")
    served = SERVED.replace("staging", other)
    inputs = [Input("net.yaml", network), Input("alb.yaml", BALANCED), Input("service.yaml", served)]
    document = scan(inputs, Options(rules, all_verdicts=True))
    found = [one for one in document["results"] if one["rule"] == "NET002" and one["assertion"] == "ingress"]
    assert {one["verdict"] for one in found} == {verdict}
    assert all("production and staging" in one["message"] for one in found if verdict == "undecided")
