"""The rules on zones, VPCs, sizes and alarms give no verdict that a value which is not known could turn around.

The fixtures are varied at random, and one or two of their values become parameters without value. A rule that passes,
or fails, must do so for every value that is put in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from scanner.data import data_folder
from scanner.policy.changes import changed
from scanner.policy.examples import long_form
from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.scan import judge_text
from scanner.syntax import load

JUDGED = frozenset({"NET009", "NET010", "NET011", "NET012", "HC007", "HC008", "APP002", "RUN011"})

AZS = {"Fn::GetAZs": ""}
ZONES = (
    "eu-west-1a",
    "eu-west-1b",
    {"Fn::Select": [0, AZS]},
    {"Fn::Select": [1, AZS]},
    {"Fn::Sub": "${AWS::Region}a"},
    {"Fn::GetAtt": ["SubnetA", "AvailabilityZone"]},
)
ALL_SUBNETS = ("SubnetA", "SubnetB", "SubnetC")
LISTS = tuple([{"Ref": name} for name in names] for names in (("SubnetA",), ("SubnetA", "SubnetB"), ALL_SUBNETS))
CROSS_ZONE = ("true", "false", "use_load_balancer_configuration")
CROSS_ZONE_ATTRIBUTE = [{"Key": "load_balancing.cross_zone.enabled", "Value": "false"}]

COMMON: dict[str, tuple[Any, ...]] = {
    "SubnetB.Properties.AvailabilityZone": ZONES,
    "SubnetC.Properties.AvailabilityZone": ZONES,
    "SubnetA.Properties.CidrBlock": ("10.0.0.0/24", "10.0.0.0/28"),
    "SubnetC.Properties.CidrBlock": ("10.0.2.0/26", "10.0.2.0/28"),
    "Balancer.Properties.Subnets": LISTS,
    "Balancer.Properties.Subnets.0": tuple({"Ref": name} for name in ALL_SUBNETS),
    "Balancer.Properties.Type": ("application", "network"),
    "Balancer.Properties.LoadBalancerAttributes.0.Value": ("true", "false"),
    "TargetGroup.Properties.TargetGroupAttributes.0.Value": CROSS_ZONE,
    "TargetGroup.Properties.Protocol": ("HTTP", "TCP"),
    "TargetGroup.Properties.VpcId": ({"Ref": "Vpc"}, {"Ref": "Other"}, {"Fn::GetAtt": ["Vpc", "VpcId"]}),
    "Service.Properties.DesiredCount": (1, 2, 12, 300),
    "Scaling.Properties.MaxCapacity": (2, 23, 600),
    "Scaling.Properties.MinCapacity": (1, 2),
    "Scaling.Properties.ResourceId": ({"Fn::Sub": "service/${Cluster}/${Service.Name}"}, "service/other/web"),
    "Cluster.Properties.ClusterSettings.0.Value": ("enabled", "disabled", "enhanced"),
    "CpuAlarm.Properties.MetricName": ("CPUUtilization", "MemoryUtilization"),
    "CpuAlarm.Properties.Namespace": ("AWS/ECS", "AWS/EC2"),
    "CpuAlarm.Properties.Dimensions.0.Value": ({"Ref": "Cluster"}, "other"),
    "CpuAlarm.Properties.Dimensions.1.Value": ({"Fn::GetAtt": ["Service", "Name"]}, "other"),
}
AWSVPC = "Service.Properties.NetworkConfiguration.AwsvpcConfiguration.Subnets"
FIXTURES: dict[str, dict[str, tuple[Any, ...]]] = {
    "bridge-service.yaml": {**COMMON, "Instances.Properties.VPCZoneIdentifier": LISTS},
    "fargate-service.yaml": {**COMMON, AWSVPC: LISTS, f"{AWSVPC}.1": tuple({"Ref": name} for name in ALL_SUBNETS)},
}
MORE: dict[str, Any] = {
    "Other": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}},
    "SubnetC": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {
            "VpcId": {"Ref": "Vpc"},
            "CidrBlock": "10.0.2.0/28",
            "AvailabilityZone": {"Fn::Select": [2, AZS]},
        },
    },
    "Balancer.Properties.LoadBalancerAttributes": CROSS_ZONE_ATTRIBUTE,
    "TargetGroup.Properties.TargetGroupAttributes": CROSS_ZONE_ATTRIBUTE,
    "Scaling": {
        "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
        "Properties": {
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
            "ResourceId": "service/other/web",
            "MinCapacity": 1,
            "MaxCapacity": 2,
        },
    },
    "MemoryAlarm": {
        "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
        "Properties": {
            "ResourceId": {"Fn::Sub": "service/${Cluster}/${Service.Name}"},
            "TargetTrackingScalingPolicyConfiguration": {
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageMemoryUtilization"}
            },
        },
    },
    "CpuAlarm": {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "Namespace": "AWS/ECS",
            "MetricName": "CPUUtilization",
            "Dimensions": [
                {"Name": "ClusterName", "Value": {"Ref": "Cluster"}},
                {"Name": "ServiceName", "Value": {"Fn::GetAtt": ["Service", "Name"]}},
            ],
        },
    },
}


@lru_cache
def _template(name: str) -> Any:
    text = (data_folder("rules") / "fixtures" / name).read_text(encoding="utf-8")
    return changed(long_form(load(text, name)), MORE)


@lru_cache
def _rules() -> tuple[Rule, ...]:
    return tuple(rule for rule in load_rules().rules if rule.id in JUDGED)


def _verdicts(template: Any) -> dict[str, str]:
    text = yaml.dump(template, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)
    document = judge_text(text, "template.yaml", _rules(), parameters={}, closed=False)
    assert not document["errors"]
    return {
        rule: next((word for word in ("fail", "undecided", "pass") if counts[word]), "not_applicable")
        for rule, counts in document["summary"]["rules"].items()
    }


@pytest.mark.parametrize("name", sorted(FIXTURES))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_verdict_turns_around(name: str, data: st.DataObject) -> None:
    sites = FIXTURES[name]
    choose = st.lists(st.sampled_from(sorted(sites)), max_size=4, unique=True)
    template = _template(name)
    fixed = data.draw(choose, "varied")
    unknown = data.draw(st.lists(st.sampled_from(sorted(sites)), min_size=1, max_size=2, unique=True), "unknown")
    if any(one.startswith(other) for one in unknown for other in unknown if one != other):
        return
    if data.draw(st.booleans(), "the same parameter elsewhere"):
        alike = [site for site in sites if sites[site] is sites[unknown[0]] and site not in unknown]
        unknown += alike[:1]
    same = dict(zip(unknown, [0, 1 if len(unknown) > 1 else 0, 0], strict=False))
    if len(unknown) == 2 and sites[unknown[0]] is sites[unknown[1]]:
        same[unknown[1]] = 0
    # A whole list is put in before its elements.
    for site in sorted(fixed):
        template = _put(template, site, data.draw(st.sampled_from(sites[site]), site))
    opened = changed(template, {f"Parameters.P{number}": {"Type": "String"} for number in same.values()})
    for site, number in sorted(same.items()):
        opened = _put(opened, site, {"Ref": f"P{number}"})
    before = _verdicts(opened)
    for _ in range(4):
        closed = template
        options = {number: sites[next(site for site in same if same[site] == number)] for number in same.values()}
        values = {number: data.draw(st.sampled_from(some), f"value of P{number}") for number, some in options.items()}
        for site, number in sorted(same.items()):
            closed = _put(closed, site, values[number])
        after = _verdicts(closed)
        for rule, verdict in before.items():
            note(f"{rule}: {verdict}, then {after[rule]}")
            if verdict == "fail":
                assert after[rule] == "fail"
            elif verdict == "pass":
                assert after[rule] in ("pass", "not_applicable")
            elif verdict == "not_applicable":
                assert after[rule] != "fail"


def _put(template: Any, site: str, value: Any) -> Any:
    """The template with a value at a path; lists grow to hold it."""
    owner, _, last = site.rpartition(".")
    if last.isdigit():
        here = template["Resources"]
        for step in owner.split("."):
            here = here[step]
        if not isinstance(here, list) or int(last) > len(here):
            return template
    return changed(template, {site: value})
