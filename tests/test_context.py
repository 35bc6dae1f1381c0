"""Templates judged with an account as context."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.commands import main
from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.scan import Input, Options, scan
from scanner.sources.cloudformation import Parameters
from scanner.sources.discover import SKIPPED_SNAPSHOT
from tests import accounts
from tests.accounts import ACCOUNT, BALANCER, CLUSTER, DENIED, LISTENER, OTHER_GROUP, REGION, Resources, snapshot, text

GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
SERVICE = """\
Parameters:
  VpcId: {Type: "AWS::EC2::VPC::Id"}
  SubnetIds: {Type: "List<AWS::EC2::Subnet::Id>"}
  GroupId: {Type: "AWS::EC2::SecurityGroup::Id"}
  ListenerArn: {Type: String}
  Cluster: {Type: String, Default: shop}
Resources:
  TargetGroup:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      VpcId: !Ref VpcId
      Port: 8080
      Protocol: HTTP
      TargetType: ip
      HealthCheckPath: /health
      HealthCheckTimeoutSeconds: 5
      HealthCheckIntervalSeconds: 10
      Matcher: {HttpCode: "200"}
  Rule:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Properties:
      ListenerArn: !Ref ListenerArn
      Priority: 1
      Conditions: [{Field: path-pattern, Values: ["/*"]}]
      Actions: [{Type: forward, TargetGroupArn: !Ref TargetGroup}]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      ContainerDefinitions:
        - {Name: web, Image: nginx, PortMappings: [{ContainerPort: 8080}], LogConfiguration: {LogDriver: awslogs}}
  Service:
    Type: AWS::ECS::Service
    DependsOn: Rule
    Properties:
      Cluster: !Ref Cluster
      LaunchType: FARGATE
      HealthCheckGracePeriodSeconds: 60
      TaskDefinition: !Ref Task
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: !Ref SubnetIds, SecurityGroups: [!Ref GroupId]}
      LoadBalancers: [{ContainerName: web, ContainerPort: 8080, TargetGroupArn: !Ref TargetGroup}]
"""
ON_INSTANCES = (
    SERVICE.replace("TargetType: ip", "TargetType: instance")
    .replace("RequiresCompatibilities: [FARGATE]", "RequiresCompatibilities: [EC2]")
    .replace("NetworkMode: awsvpc", "NetworkMode: bridge")
    .replace("LaunchType: FARGATE", "LaunchType: EC2")
    .replace("      NetworkConfiguration:\n", "")
    .replace("        AwsvpcConfiguration: {Subnets: !Ref SubnetIds, SecurityGroups: [!Ref GroupId]}\n", "")
)
IDS = {"VpcId": "vpc-0a", "SubnetIds": "subnet-0a,subnet-0b", "GroupId": "sg-0task", "ListenerArn": LISTENER}

Verdicts = dict[tuple[str, str, str], str]
Change = Callable[[Resources], object]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rule, ...]:
    return load_rules(cache=tmp_path_factory.mktemp("rules")).rules


def judged(
    rules: tuple[Rule, ...],
    template: str,
    *snapshots: Mapping[str, Any],
    given: Mapping[str, str] = IDS,
    place: tuple[str, str] = ("", ""),
    links: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    inputs = [Input("service.yaml", template)]
    inputs += [Input(name, other) for name, other in (more or {}).items()]
    inputs += [Input(f"{n}.json", text(one), "snapshot", True) for n, one in enumerate(snapshots)]
    parameters = replace(Parameters(account=place[0], region=place[1]).merged(given, "given with --set"))
    return scan(inputs, Options(rules, parameters, all_verdicts=True, links=links or {}))


def verdicts(document: Mapping[str, Any]) -> Verdicts:
    assert document["errors"] == []
    return {(one["rule"], one["assertion"], one["subject"]["id"]): one["verdict"] for one in document["results"]}


def of(document: Mapping[str, Any], verdict: str) -> set[str]:
    """The rules that came to a verdict."""
    return {rule for (rule, _, _), found in verdicts(document).items() if found == verdict}


def reasons(document: Mapping[str, Any], rule: str = "") -> list[str]:
    return [unknown["reason"] for one in document["results"] for unknown in one["unknown"] if rule in ("", one["rule"])]


def ports(low: int, high: int, source: str = "sg-0a1b") -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": low, "ToPort": high, "SourceSecurityGroupId": source}


def ingress(group: str, *entries: dict[str, Any]) -> Change:
    return lambda known: known[group]["properties"].update(SecurityGroupIngress=list(entries))


def egress(group: str, *entries: dict[str, Any]) -> Change:
    return lambda known: known[group]["properties"].update(SecurityGroupEgress=list(entries))


def denies(direction: str) -> Change:
    return lambda known: known[f"acl-0a|100|{direction}"]["properties"].update(RuleAction="deny")


def other_vpc(known: Resources) -> None:
    known["vpc-0b"] = {"type": "AWS::EC2::VPC", "properties": {"CidrBlock": "10.1.0.0/16"}}
    for id in ("subnet-0a", "subnet-0b", "sg-0a1b", "sg-0host", "sg-0task"):
        known[id]["properties"]["VpcId"] = "vpc-0b"


def one_zone(known: Resources) -> None:
    known[BALANCER]["properties"]["Subnets"] = ["subnet-0a"]


def alarms(known: Resources) -> None:
    """The alarms for a service of a fixed name in the cluster."""
    for metric in ("CPUUtilization", "MemoryUtilization"):
        names = (("ClusterName", "shop"), ("ServiceName", "web"))
        properties = {
            "Namespace": "AWS/ECS",
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in names],
        }
        known[f"web-{metric}"] = {"type": "AWS::CloudWatch::Alarm", "properties": properties}


def through_a_provider(known: Resources) -> None:
    """The cluster's default provider has the hosts; other instances join the cluster, too, and are closed."""
    known["hosts"] = {
        "type": "AWS::ECS::CapacityProvider",
        "properties": {"AutoScalingGroupProvider": {"AutoScalingGroupArn": "shop-hosts"}},
    }
    providers = {"CapacityProviders": ["hosts"], "DefaultCapacityProviderStrategy": [{"CapacityProvider": "hosts"}]}
    known["shop"]["properties"].update(providers)
    stray(known)


def stray(known: Resources) -> None:
    known["sg-0shut"] = copy.deepcopy(known["sg-0host"])
    known["sg-0shut"]["properties"].update(GroupName="shut", SecurityGroupIngress=[])
    known["sg-0shut"]["attributes"]["GroupId"] = "sg-0shut"
    known["stray"] = {
        "type": "AWS::AutoScaling::LaunchConfiguration",
        "properties": {"SecurityGroups": ["sg-0shut"], "UserData": "echo ECS_CLUSTER=shop"},
    }
    known["stray-hosts"] = {
        "type": "AWS::AutoScaling::AutoScalingGroup",
        "properties": {"LaunchConfigurationName": "stray", "VPCZoneIdentifier": ["subnet-0a"]},
    }


# --- deciding


def test_without_the_account_the_network_is_undecided(rules: tuple[Rule, ...]) -> None:
    alone = of(judged(rules, SERVICE), "undecided")
    assert {"NET001", "NET002", "NET003", "NET005", "NET007", "NET010", "NET012", "APP002"} <= alone


@pytest.mark.parametrize("template", [SERVICE, ON_INSTANCES])
def test_a_sound_account_decides_everything(rules: tuple[Rule, ...], template: str) -> None:
    document = judged(rules, template, snapshot())
    assert of(document, "undecided") == set(), reasons(document)
    assert of(document, "fail") <= {"APP002"}
    assert of(document, "pass") >= {"NET001", "NET002", "NET003", "NET005", "NET006", "NET007", "NET008", "NET012"}


BROKEN: dict[str, tuple[str, Change, set[str]]] = {
    "the tasks' group opens another port": (SERVICE, ingress("sg-0task", ports(80, 80)), {"NET002"}),
    "it names another group": (SERVICE, ingress("sg-0task", ports(8080, 8080, "sg-0host")), {"NET002"}),
    "it names a group that is gone": (SERVICE, ingress("sg-0task", ports(8080, 8080, "sg-0gone")), {"NET002"}),
    "the balancer lets nothing out": (SERVICE, egress("sg-0a1b"), {"NET001"}),
    "the ACL lets nothing in": (SERVICE, denies("ingress"), {"NET005", "NET007"}),
    "the ACL lets nothing out": (SERVICE, denies("egress"), {"NET006", "NET008"}),
    "the balancer has one zone": (SERVICE, one_zone, {"NET010"}),
    "the balancer is in another VPC": (SERVICE, other_vpc, {"NET012"}),
    "the instances' group stops short": (ON_INSTANCES, ingress("sg-0host", ports(32768, 61000)), {"NET002"}),
    "some instances are closed": (ON_INSTANCES, stray, {"NET002"}),
    "instances where the balancer is not": (ON_INSTANCES, one_zone, {"NET009"}),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_fault_of_the_account_fails(rules: tuple[Rule, ...], fault: str) -> None:
    template, change, expected = BROKEN[fault]
    document = judged(rules, template, snapshot(change))
    assert of(document, "fail") - {"APP002"} >= expected
    assert of(document, "undecided") == set(), reasons(document)
    failed = {rule for rule in of(document, "fail") if rule.startswith("NET")}
    assert failed <= expected | {"NET009", "NET004", "NET010"}


def test_the_clusters_default_provider_places_the_tasks(rules: tuple[Rule, ...]) -> None:
    placed = ON_INSTANCES.replace("      LaunchType: EC2\n", "")
    document = judged(rules, placed, snapshot(through_a_provider))
    assert verdicts(document)["NET002", "ingress", "Service"] == "pass"
    hidden = judged(rules, placed, snapshot(through_a_provider, unreadable=["ecs:DescribeClusters"]))
    assert verdicts(hidden)["NET002", "ingress", "Service"] == "undecided"


def test_findings_stand_in_the_template_and_show_the_account(rules: tuple[Rule, ...]) -> None:
    document = judged(rules, SERVICE, snapshot(ingress("sg-0task", ports(80, 80)), unreadable=["ec2:DescribeVpcs"]))
    assert {one["location"]["file"] for one in document["results"]} == {"service.yaml"}
    assert {one["subject"]["address"].partition("#")[0] for one in document["results"]} == {"service.yaml"}
    (found,) = (one for one in document["results"] if one["rule"] == "NET002" and one["verdict"] == "fail")
    assert "8080" in found["message"]
    assert "0.json" in {place["file"] for place in found["related"]}
    excerpts = [line["text"] for place in found["related"] if place["file"] == "0.json" for line in place["excerpt"]]
    assert any('"FromPort": 80' in line or '"ToPort": 80' in line for line in excerpts)
    assert {"path": "0.json", "kind": "snapshot", "role": "context"} in document["inputs"]


def test_the_document_is_as_its_schema_has_it(rules: tuple[Rule, ...], root: Path) -> None:
    schema = json.loads((root / "reports" / "result.schema.json").read_text())
    document = judged(rules, SERVICE, snapshot(denies("egress"), unreadable=["ec2:DescribeSecurityGroups"]))
    jsonschema.Draft202012Validator(schema).validate(document)


def test_ids_can_be_literal_or_defaults(rules: tuple[Rule, ...]) -> None:
    literal = SERVICE.replace("!Ref VpcId", "vpc-0a").replace("[!Ref GroupId]", "[sg-0task]")
    literal = literal.replace("SubnetIds: {", "SubnetIds: {Default: 'subnet-0a,subnet-0b', ")
    found = judged(rules, literal, snapshot(), given={"ListenerArn": LISTENER})
    assert verdicts(found) == verdicts(judged(rules, SERVICE, snapshot()))


@pytest.mark.parametrize("cluster", ["shop", CLUSTER])
def test_a_cluster_by_name_or_arn(rules: tuple[Rule, ...], cluster: str) -> None:
    document = judged(rules, ON_INSTANCES, snapshot(), given={**IDS, "Cluster": cluster})
    assert verdicts(document)["NET002", "ingress", "Service"] == "pass"
    other = judged(rules, ON_INSTANCES, snapshot(), given={**IDS, "Cluster": "other"})
    assert verdicts(other)["NET002", "ingress", "Service"] == "undecided"


def test_a_template_adds_to_a_group_of_the_account(rules: tuple[Rule, ...]) -> None:
    shut = snapshot(ingress("sg-0task"))
    assert "NET002" in of(judged(rules, SERVICE, shut), "fail")
    admits = SERVICE + (
        "  Admits:\n    Type: AWS::EC2::SecurityGroupIngress\n    Properties:\n"
        "      {GroupId: !Ref GroupId, IpProtocol: tcp, FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: sg-0a1b}\n"
    )
    assert "NET002" in of(judged(rules, admits, shut), "pass")


def test_a_target_group_that_the_account_forwards_to(rules: tuple[Rule, ...]) -> None:
    """A service that registers with a group of the account, whose listener is there before it."""

    def forwarding(known: Resources) -> None:
        properties = {"Name": "other", "VpcId": "vpc-0a", "Port": 8080, "Protocol": "HTTP", "TargetType": "ip"}
        check = {"HealthCheckPath": "/", "HealthCheckTimeoutSeconds": 5, "HealthCheckIntervalSeconds": 10}
        known[OTHER_GROUP] = {"type": GROUP, "properties": {**properties, **check, "TargetGroupAttributes": []}}
        known[LISTENER]["properties"]["DefaultActions"] = [{"Type": "forward", "TargetGroupArn": OTHER_GROUP}]

    template = SERVICE.replace("8080, TargetGroupArn: !Ref TargetGroup}]", f'8080, TargetGroupArn: "{OTHER_GROUP}"}}]')
    template = template.replace("    DependsOn: Rule\n", "")
    document = judged(rules, template, snapshot(forwarding))
    assert verdicts(document)["HC011", "attached", "Service"] == "pass"
    assert verdicts(document)["HC011", "ordered", "Service"] == "pass"
    assert verdicts(document)["NET002", "ingress", "Service"] == "pass"
    hidden = judged(rules, template, snapshot(forwarding, unreadable=["elasticloadbalancing:DescribeListeners"]))
    assert verdicts(hidden)["HC011", "attached", "Service"] == "undecided"
    assert any("DescribeListeners" in reason for reason in reasons(hidden, "HC011"))


# --- what could not be read


_full: dict[str, Verdicts] = {}
"""The verdicts of each case where everything could be read."""


@pytest.mark.parametrize("api", sorted(DENIED))
@pytest.mark.parametrize("case", ["sound", "on instances", "provider", *BROKEN])
@pytest.mark.parametrize("part", ["nothing", "a part"])
def test_a_denied_call_never_turns_a_verdict(rules: tuple[Rule, ...], case: str, api: str, part: str) -> None:
    nothing: Change = lambda known: None  # noqa: E731
    placed = ON_INSTANCES.replace("      LaunchType: EC2\n", "")
    cases = {
        "sound": (SERVICE, nothing),
        "on instances": (ON_INSTANCES, nothing),
        "provider": (placed, through_a_provider),
    }
    template, change, *_ = cases[case] if case in cases else BROKEN[case]
    template = template.replace("      Cluster: !Ref", "      ServiceName: web\n      Cluster: !Ref")

    def changed(known: Resources) -> None:
        change(known)
        alarms(known)

    if case not in _full:
        _full[case] = verdicts(judged(rules, template, snapshot(changed)))
    full = _full[case]
    document = judged(rules, template, snapshot(changed, unreadable=[api], partly=part == "a part"))
    for key, verdict in verdicts(document).items():
        assert verdict in (full.get(key, "undecided"), "undecided"), key
        if verdict == "undecided" and full.get(key) != "undecided":
            assert any(api in reason and ACCOUNT in reason and REGION in reason for reason in reasons(document, key[0]))


EXACTLY = {
    "ec2:DescribeSecurityGroups": {"NET001", "NET002", "NET004"},
    "ec2:DescribeNetworkAcls": {"NET005", "NET006", "NET007", "NET008"},
    "elasticloadbalancing:DescribeTargetGroups": set(),
    "ecs:ListClusters": {"APP002"},
}


@pytest.mark.parametrize("api", EXACTLY)
def test_only_what_hangs_on_a_denied_call_is_undecided(rules: tuple[Rule, ...], api: str) -> None:
    assert of(judged(rules, SERVICE, snapshot(unreadable=[api])), "undecided") == EXACTLY[api]


def test_closed_does_not_make_up_for_what_was_not_read(rules: tuple[Rule, ...]) -> None:
    inputs = [Input("service.yaml", SERVICE)]
    inputs.append(Input("a.json", text(snapshot(unreadable=["ec2:DescribeNetworkAcls"])), "snapshot", True))
    given = Parameters().merged(IDS, "")
    document = scan(inputs, Options(rules, given, closed=True, all_verdicts=True))
    assert "NET005" in of(document, "undecided")


def test_an_id_that_no_snapshot_has(rules: tuple[Rule, ...]) -> None:
    document = judged(rules, SERVICE, snapshot(), given={**IDS, "GroupId": "sg-0none", "SubnetIds": "subnet-0none"})
    assert {"NET002", "NET007"} <= of(document, "undecided")
    assert "security group sg-0none is in no snapshot of the scan" in reasons(document)
    assert any("subnet-0none is in no snapshot of the scan" in reason for reason in reasons(document, "NET010"))


# --- several accounts and regions


def test_a_name_in_two_regions(rules: tuple[Rule, ...]) -> None:
    def only_cluster(known: Resources) -> None:
        for id in [id for id in known if id != "shop"]:
            del known[id]
        known["shop"]["arn"] = CLUSTER.replace(REGION, "us-east-1")

    there = snapshot(only_cluster, region="us-east-1")
    both = judged(rules, ON_INSTANCES, snapshot(), there)
    assert verdicts(both)["NET002", "ingress", "Service"] == "undecided"
    assert any(f"{ACCOUNT}/{REGION}" in reason and f"{ACCOUNT}/us-east-1" in reason for reason in reasons(both))
    here = judged(rules, ON_INSTANCES, snapshot(), there, place=(ACCOUNT, REGION))
    assert verdicts(here)["NET002", "ingress", "Service"] == "pass"
    by_arn = judged(rules, ON_INSTANCES, snapshot(), there, given={**IDS, "Cluster": CLUSTER})
    assert verdicts(by_arn)["NET002", "ingress", "Service"] == "pass"
    there["accounts"][0]["resources"] = []
    there["accounts"][0]["unreadable"] = [{"api": "ecs:ListClusters", "error": "Throttling"}]
    hidden = judged(rules, ON_INSTANCES, snapshot(), there)
    assert verdicts(hidden)["NET002", "ingress", "Service"] == "undecided"


def test_the_same_ids_in_two_accounts(rules: tuple[Rule, ...]) -> None:
    other = snapshot(ingress("sg-0task"), account="444455556666")
    both = judged(rules, SERVICE, snapshot(), other)
    assert verdicts(both)["NET002", "ingress", "Service"] == "undecided"
    assert any("444455556666" in reason and "--account" in reason for reason in reasons(both, "NET002"))
    chosen = judged(rules, SERVICE, snapshot(), other, place=(ACCOUNT, ""))
    assert verdicts(chosen)["NET002", "ingress", "Service"] == "pass"
    chosen = judged(rules, SERVICE, snapshot(), other, place=("444455556666", ""))
    assert verdicts(chosen)["NET002", "ingress", "Service"] == "fail"


def test_hosts_are_those_of_the_clusters_own_region(rules: tuple[Rule, ...]) -> None:
    """Another region has instances that join a cluster of the same name."""

    def others(known: Resources) -> None:
        for id in ("shop", BALANCER, LISTENER):
            del known[id]
        for id in list(known):
            moved = json.dumps(known.pop(id)).replace("-0", "-1")
            known[id.replace("-0", "-1")] = json.loads(moved)
        known["sg-1host"]["properties"]["SecurityGroupIngress"] = []

    document = judged(rules, ON_INSTANCES, snapshot(), snapshot(others, region="us-east-1"))
    assert verdicts(document)["NET002", "ingress", "Service"] == "pass"


def test_an_account_that_no_snapshot_has(rules: tuple[Rule, ...]) -> None:
    document = judged(rules, SERVICE, snapshot(), place=("999900001111", ""))
    (error,) = document["errors"]
    assert f"{ACCOUNT}/{REGION}" in error["message"]


# --- what a template has deployed before


def tagged(known: Resources) -> None:
    """The group of the tasks is what a stack made, and the balancer's group lets traffic out to it alone."""
    tags = {"aws:cloudformation:stack-name": "web", "aws:cloudformation:logical-id": "TaskGroup"}
    known["sg-0task"]["tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    only = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "DestinationSecurityGroupId": "sg-0task"}
    known["sg-0a1b"]["properties"]["SecurityGroupEgress"] = [only]


OWN_GROUP = SERVICE.replace("[!Ref GroupId]", "[!Ref TaskGroup]") + (
    "  TaskGroup:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n"
    "      GroupDescription: tasks\n      VpcId: !Ref VpcId\n      SecurityGroupIngress:\n"
    "        - {IpProtocol: tcp, FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: sg-0a1b}\n"
)


def test_what_the_account_has_may_be_the_templates_own(rules: tuple[Rule, ...]) -> None:
    document = judged(rules, OWN_GROUP, snapshot(tagged))
    assert verdicts(document)["NET001", "egress", "Service"] == "undecided"
    assert any("may be TaskGroup of service.yaml" in reason for reason in reasons(document, "NET001"))


def test_a_stack_name_settles_it(rules: tuple[Rule, ...]) -> None:
    named = {**IDS, "AWS::StackName": "web"}
    assert verdicts(judged(rules, OWN_GROUP, snapshot(tagged), given=named))["NET001", "egress", "Service"] == "pass"
    linked = judged(rules, OWN_GROUP, snapshot(tagged), links={"service.yaml": "web"})
    assert verdicts(linked)["NET001", "egress", "Service"] == "pass"
    other = {**IDS, "AWS::StackName": "api"}
    assert verdicts(judged(rules, OWN_GROUP, snapshot(tagged), given=other))["NET001", "egress", "Service"] == "fail"


# --- exports and SSM parameters


def export(name: str, value: str) -> Change:
    resource = {"type": "AWS::CloudFormation::Export", "attributes": {"Name": name, "Value": value}}
    return lambda known: known.update({f"export-{name}": resource})


IMPORTING = SERVICE.replace("[!Ref GroupId]", "[!ImportValue task-group]").replace(
    "!Ref SubnetIds,", '!Split [",", !ImportValue subnets],'
)


def test_imports_are_read_from_the_account(rules: tuple[Rule, ...]) -> None:
    def exports(known: Resources) -> None:
        export("task-group", "sg-0task")(known)
        export("subnets", "subnet-0a,subnet-0b")(known)

    expected = verdicts(judged(rules, SERVICE, snapshot()))
    assert verdicts(judged(rules, IMPORTING, snapshot(exports))) == expected
    missing = judged(rules, IMPORTING, snapshot())
    assert "export task-group is in no snapshot of the scan" in reasons(missing, "NET002")
    hidden = judged(rules, IMPORTING, snapshot(exports, unreadable=["cloudformation:ListExports"]))
    assert any("cloudformation:ListExports failed" in reason for reason in reasons(hidden, "NET002"))


def test_templates_of_the_scan_come_before_the_account(rules: tuple[Rule, ...]) -> None:
    exporter = (
        "Resources: {Tasks: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: -, SecurityGroupIngress: "
        "[{IpProtocol: tcp, FromPort: 1, ToPort: 2, SourceSecurityGroupId: sg-0a1b}]}}}\n"
        "Outputs: {Tasks: {Value: !Ref Tasks, Export: {Name: task-group}}}\n"
    )
    template = SERVICE.replace("[!Ref GroupId]", "[!ImportValue task-group]")
    document = judged(rules, template, snapshot(export("task-group", "sg-0task")), more={"network.yaml": exporter})
    assert verdicts(document)["NET002", "ingress", "Service"] != "pass"


def parameter(name: str, value: str, **attributes: Any) -> Change:
    properties = {"Type": "String", "Value": value}
    resource = {"type": "AWS::SSM::Parameter", "properties": properties, "attributes": attributes}
    return lambda known: known.update({name: resource})


def test_ssm_parameters_are_read_from_the_account(rules: tuple[Rule, ...]) -> None:
    expected = verdicts(judged(rules, SERVICE, snapshot()))
    typed = SERVICE.replace(
        'GroupId: {Type: "AWS::EC2::SecurityGroup::Id"}',
        'GroupId: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::SecurityGroup::Id>", Default: /web/group}',
    )
    given = {name: value for name, value in IDS.items() if name != "GroupId"}
    assert verdicts(judged(rules, typed, snapshot(parameter("/web/group", "sg-0task")), given=given)) == expected
    dynamic = SERVICE.replace("[!Ref GroupId]", "['{{resolve:ssm:/web/group:2}}']")
    stored = snapshot(parameter("/web/group", "sg-0task", Version=2))
    assert verdicts(judged(rules, dynamic, stored, given=given)) == expected
    older = judged(rules, dynamic, snapshot(parameter("/web/group", "sg-0task", Version=3)), given=given)
    assert any("version 2 of SSM parameter /web/group" in reason for reason in reasons(older, "NET002"))
    hidden = judged(rules, typed, snapshot(unreadable=["ssm:GetParameters"]), given=given)
    assert any("ssm:GetParameters failed" in reason for reason in reasons(hidden, "NET002"))


def test_secret_parameters_are_not_read(rules: tuple[Rule, ...]) -> None:
    def secret(known: Resources) -> None:
        parameter("/web/group", "sg-0task")(known)
        known["/web/group"]["properties"]["Type"] = "SecureString"

    dynamic = SERVICE.replace("[!Ref GroupId]", "['{{resolve:ssm:/web/group}}']")
    assert verdicts(judged(rules, dynamic, snapshot(secret)))["NET002", "ingress", "Service"] == "undecided"


# --- the command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "service.yaml").write_text(SERVICE)
    (tmp_path / "account.json").write_text(text(snapshot()))
    return tmp_path


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    sets = [part for name, value in IDS.items() for part in ("--set", f"{name}={value}")]
    status = main(["scan", *arguments, *sets, "-o", "json", "--all-verdicts"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, found


def test_the_option_reads_snapshots(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = command(capsys, "service.yaml", "--context", "account.json")
    assert status == 0
    assert of(found, "undecided") == set()
    assert found["summary"]["templates"] == 1


def test_a_snapshot_among_the_paths_is_no_context_by_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = command(capsys, ".")
    assert {"file": "account.json", "message": SKIPPED_SNAPSHOT} in found["notes"]
    assert "NET002" in of(found, "undecided")


def test_templates_and_folders_as_context(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "network").mkdir()
    (folder / "network" / "network.yaml").write_text(
        "Resources: {Tasks: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: -}}}\n"
        "Outputs: {Tasks: {Value: !Ref Tasks, Export: {Name: task-group}}}\n"
    )
    (folder / "network" / "account.json").write_text(text(snapshot()))
    (folder / "service.yaml").write_text(SERVICE.replace("[!Ref GroupId]", "[!ImportValue task-group]"))
    _, found = command(capsys, "service.yaml", "--context", "network")
    roles = {one["path"]: (one["kind"], one["role"]) for one in found["inputs"]}
    assert roles["network/network.yaml"] == ("cloudformation", "context")
    assert roles["network/account.json"] == ("snapshot", "context")
    assert {one["subject"]["address"].partition("#")[0] for one in found["results"]} == {"service.yaml"}


WRONG = {
    "torn": ('{"format": "clearway-snapshot/1", ', "not JSON"),
    "another version": ('{"format": "clearway-snapshot/9"}', "clearway-snapshot/1"),
    "without accounts": ('{"format": "clearway-snapshot/1", "taken_at": "2026-01-31T03:00:00Z"}', "'accounts'"),
    "something else": ('{"format": "other"}', "neither a snapshot nor a template"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_snapshot_is_one_error(folder: Path, capsys: pytest.CaptureFixture[str], case: str) -> None:
    written, said = WRONG[case]
    (folder / "wrong.json").write_text(written)
    status, found = command(capsys, "service.yaml", "--context", "wrong.json")
    assert status == 2
    (error,) = found["errors"]
    assert error["file"] == "wrong.json"
    assert said in error["message"]


def test_the_same_account_twice_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "again.json").write_text(text(snapshot()))
    status, found = command(capsys, "service.yaml", "--context", "account.json", "--context", "again.json")
    assert status == 2
    assert "account.json" in found["errors"][0]["message"]


def test_many_templates_in_several_processes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for n in range(45):
        (folder / f"service{n}.yaml").write_text(SERVICE)
    status, found = command(capsys, ".", "--context", "account.json", "--jobs", "2")
    assert status == 0
    assert found["summary"]["templates"] == 46
    assert of(found, "undecided") == set()


def test_the_account_of_the_tests_is_a_snapshot_of_the_schema(root: Path) -> None:
    schema = json.loads((root / "reports" / "snapshot.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(snapshot(alarms, unreadable=["ec2:DescribeVpcs"]))
    assert accounts.resources() == accounts.resources()


def test_a_subnet_may_be_shared_with_an_account_that_could_not_be_read(rules: tuple[Rule, ...]) -> None:
    """With both accounts read, the subnet is in two; the account that was not read might have it as well."""
    other = "444455556666"
    shared = judged(rules, SERVICE, snapshot(), snapshot(account=other))
    less = snapshot(account=other, unreadable=["ec2:DescribeSubnets"])
    assert "NET007" in of(shared, "undecided") & of(judged(rules, SERVICE, snapshot(), less), "undecided")
    elsewhere = snapshot(account=other, region="us-east-1", unreadable=["ec2:DescribeSubnets"])
    gone = {**elsewhere, "accounts": [{**elsewhere["accounts"][0], "resources": []}]}
    said = reasons(judged(rules, SERVICE, snapshot(), gone))
    assert not [reason for reason in said if reason.startswith("subnet-0a may be in another account")]
    assert [one for one in reasons(judged(rules, SERVICE, snapshot(), less)) if "ec2:DescribeSubnets failed" in one]
