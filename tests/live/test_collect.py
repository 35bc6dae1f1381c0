"""What is collected of an account that has one of everything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.sources.account import shapes
from scanner.sources.account.collect import APIS
from scanner.sources.snapshot import account_text, read_snapshot
from scanner.sources.snapshot.tables import TAG_APIS
from tests.live.fill import CANARY, REGION, Filled
from tests.live.proxy import Proxy

pytestmark = pytest.mark.live
ACCOUNT = "123456789012"


def of_type(entry: dict[str, Any], type: str) -> list[dict[str, Any]]:
    return [one for one in entry["resources"] if one["type"] == type]


def one_of(entry: dict[str, Any], type: str, id: str = "") -> dict[str, Any]:
    (found,) = [one for one in of_type(entry, type) if id in ("", one["id"])]
    return found


def test_nothing_failed(full: dict[str, Any]) -> None:
    assert (full["account"], full["region"], full["unreadable"]) == (ACCOUNT, REGION, [])


def test_it_is_as_the_schema_has_it(full: dict[str, Any], root: Path) -> None:
    schema = json.loads((root / "reports" / "snapshot.schema.json").read_text(encoding="utf-8"))
    document = {"format": "clearway-snapshot/1", "taken_at": "2026-01-31T03:00:00Z", "accounts": [full]}
    jsonschema.Draft202012Validator(schema).validate(document)
    (account,) = read_snapshot(account_text(full, "2026-01-31T03:00:00Z"), "account.json")
    assert len(account.types) > len(full["resources"])  # with what was observed


def test_every_type_of_the_table_is_there(full: dict[str, Any]) -> None:
    there = {one["type"] for one in full["resources"]}
    assert set(shapes.shapes()) - there == {"LaunchTemplateData", "AWS::ECS::TaskSet"}


def test_every_call_is_made(proxy: Proxy, full: dict[str, Any]) -> None:
    from tests.live.conftest import read

    read()
    # Nothing runs on instances, and CodeDeploy deploys nothing in steps of its own.
    assert set(APIS) - set(proxy.called) == {
        "ecs:DescribeContainerInstances",
        "ecs:DescribeTasks",
        "ecs:DescribeTaskSets",
    }


def test_no_secret_leaves_the_account(full: dict[str, Any]) -> None:
    assert CANARY not in json.dumps(full)


def test_values_of_variables_are_dropped_and_names_kept(full: dict[str, Any]) -> None:
    definition = of_type(full, "AWS::ECS::TaskDefinition")[0]
    container = definition["properties"]["ContainerDefinitions"][0]
    assert container["Environment"] == [{"Name": "DB_PASSWORD"}, {"Name": "STAGE"}]
    assert container["LogConfiguration"]["Options"] == {"awslogs-group": "/ecs/web", "awslogs-region": REGION}
    assert {"Command", "DockerLabels", "EntryPoint"}.isdisjoint(container)


def test_user_data_is_the_cluster_alone(full: dict[str, Any]) -> None:
    instance = one_of(full, "AWS::EC2::Instance")
    template = one_of(full, "AWS::EC2::LaunchTemplate")
    old = one_of(full, "AWS::AutoScaling::LaunchConfiguration")
    said = [instance["properties"], template["properties"]["LaunchTemplateData"], old["properties"]]
    assert [one["UserData"] for one in said] == ["ECS_CLUSTER=shop"] * 3


def test_a_group_has_its_template_in_the_version_it_uses(full: dict[str, Any]) -> None:
    data = one_of(full, "AWS::EC2::LaunchTemplate")["properties"]["LaunchTemplateData"]
    assert data["InstanceType"] == "t3.large"


def test_security_group_has_a_rule_for_each_peer(full: dict[str, Any], filled: Filled) -> None:
    group = one_of(full, "AWS::EC2::SecurityGroup", filled.balancer_group)["properties"]
    assert [rule.get("CidrIp", rule.get("CidrIpv6")) for rule in group["SecurityGroupIngress"]][:2] == [
        "0.0.0.0/0",
        "::/0",
    ]
    assert group["SecurityGroupIngress"][2]["SourcePrefixListId"].startswith("pl-")
    assert group["SecurityGroupEgress"] == [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]
    tasks = one_of(full, "AWS::EC2::SecurityGroup", filled.task_group)["properties"]["SecurityGroupIngress"]
    peer = {"SourceSecurityGroupId": filled.balancer_group, "Description": "the balancer"}
    assert tasks == [{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, **peer}]


def test_prefix_list_that_a_rule_names_has_its_entries(full: dict[str, Any]) -> None:
    lists = {one["properties"]["PrefixListName"]: one["properties"] for one in of_type(full, "AWS::EC2::PrefixList")}
    assert lists["offices"]["Entries"] == [{"Cidr": "192.0.2.0/24"}]
    assert "Entries" in lists[f"com.amazonaws.{REGION}.s3"]  # a route to the endpoint names it
    assert "Entries" not in lists[f"com.amazonaws.{REGION}.dynamodb"]


def test_vpc_names_its_default_acl_and_group(full: dict[str, Any], filled: Filled) -> None:
    attributes = one_of(full, "AWS::EC2::VPC", filled.vpc)["attributes"]
    assert attributes["DefaultNetworkAcl"].startswith("acl-")
    assert attributes["DefaultSecurityGroup"].startswith("sg-")
    assert one_of(full, "AWS::EC2::VPC", filled.vpc)["properties"]["EnableDnsHostnames"] is True
    (extra,) = of_type(full, "AWS::EC2::VPCCidrBlock")
    assert extra["properties"] == {"VpcId": filled.vpc, "CidrBlock": "10.1.0.0/16"}


def test_every_subnet_has_a_route_table_and_an_acl(full: dict[str, Any], filled: Filled) -> None:
    subnets = {one["id"] for one in of_type(full, "AWS::EC2::Subnet")}
    associations = of_type(full, "AWS::EC2::SubnetRouteTableAssociation")
    assert {one["properties"]["SubnetId"] for one in associations} == subnets
    tables = {one["properties"]["SubnetId"]: one["properties"]["RouteTableId"] for one in associations}
    assert tables[filled.subnets[0]] != tables[filled.subnets[1]]  # its own, and the main one
    acls = {one["properties"]["SubnetId"] for one in of_type(full, "AWS::EC2::SubnetNetworkAclAssociation")}
    assert acls == subnets
    route = one_of(full, "AWS::EC2::Route", f"{tables[filled.subnets[0]]}|0.0.0.0/0")
    assert route["properties"]["GatewayId"].startswith("igw-")


def test_acl_entry(full: dict[str, Any]) -> None:
    entries = [one["properties"] for one in of_type(full, "AWS::EC2::NetworkAclEntry")]
    own = [one for one in entries if one["Protocol"] == 6]
    assert [one["Egress"] for one in own] == [True, False]
    assert own[0]["PortRange"] == {"From": 1024, "To": 65535}
    assert {one["RuleNumber"] for one in entries} == {100}  # without the one that nothing can change


def test_target_group(full: dict[str, Any], filled: Filled) -> None:
    group = one_of(full, "AWS::ElasticLoadBalancingV2::TargetGroup")
    said = group["properties"]
    assert group["arn"] == filled.target_group
    assert (said["Name"], said["HealthCheckPath"], said["Matcher"]) == ("web", "/health", {"HttpCode": "200-299"})
    assert (said["HealthCheckIntervalSeconds"], said["HealthCheckTimeoutSeconds"]) == (20, 7)
    assert {"Key": "slow_start.duration_seconds", "Value": "0"} in said["TargetGroupAttributes"]
    assert said["Targets"] == [{"Id": "10.0.0.77", "Port": 8080}]  # no task has that address


def test_balancer_with_its_tags_and_listeners(full: dict[str, Any], filled: Filled) -> None:
    balancer = one_of(full, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["properties"]["Subnets"] == list(filled.subnets)
    assert {tag["Key"]: tag["Value"] for tag in balancer["tags"]} == {
        "aws:cloudformation:logical-id": "Balancer",
        "aws:cloudformation:stack-name": "shop",
    }
    listener = one_of(full, "AWS::ElasticLoadBalancingV2::Listener")["properties"]
    assert (listener["LoadBalancerArn"], listener["Port"]) == (filled.balancer, 80)
    assert listener["DefaultActions"][0]["TargetGroupArn"] == filled.target_group
    rule = one_of(full, "AWS::ElasticLoadBalancingV2::ListenerRule")["properties"]
    assert (rule["ListenerArn"], rule["Priority"]) == (filled.listener, 10)


def test_service(full: dict[str, Any], filled: Filled) -> None:
    service = one_of(full, "AWS::ECS::Service")
    said = service["properties"]
    assert service["id"] == filled.service
    assert said["Cluster"] == f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop"
    assert said["NetworkConfiguration"]["AwsvpcConfiguration"] == {
        "Subnets": list(filled.subnets),
        "SecurityGroups": [filled.task_group],
        "AssignPublicIp": "DISABLED",
    }
    balancers = [{"TargetGroupArn": filled.target_group, "ContainerName": "web", "ContainerPort": 8080}]
    assert (said["LoadBalancers"], said["DeploymentController"]) == (balancers, {"Type": "ECS"})


def test_only_revisions_in_use_are_described(full: dict[str, Any]) -> None:
    ids = [one["id"].rpartition("/")[2] for one in of_type(full, "AWS::ECS::TaskDefinition")]
    assert ids == ["web:1", "web:2"]  # of the service, and of the state machine and the rule


def test_state_machine_keeps_all_but_values_of_variables(full: dict[str, Any], filled: Filled) -> None:
    machine = one_of(full, "AWS::StepFunctions::StateMachine")["properties"]
    state = json.loads(machine["DefinitionString"])["States"]["Run"]
    assert state["Parameters"]["Overrides"]["ContainerOverrides"][0]["Environment"] == [
        {"Name": "DB_PASSWORD", "Value": ""},
        {"Name": "STAGE", "Value.$": "$.stage"},
    ]
    assert (machine["StateMachineName"], machine["StateMachineType"]) == ("nightly", "STANDARD")
    assert (machine["RoleArn"], machine["TracingConfiguration"]) == (filled.role, {"Enabled": True})


def test_rule_and_schedule_with_their_targets(full: dict[str, Any], filled: Filled) -> None:
    (target,) = one_of(full, "AWS::Events::Rule")["properties"]["Targets"]
    assert target["EcsParameters"]["TaskDefinitionArn"] == filled.definition
    assert target["EcsParameters"]["NetworkConfiguration"]["AwsVpcConfiguration"]["Subnets"] == list(filled.subnets)
    schedule = one_of(full, "AWS::Scheduler::Schedule")["properties"]
    assert (schedule["Target"]["Arn"], schedule["Target"]["RoleArn"]) == (filled.machine, filled.role)
    assert json.loads(schedule["Target"]["Input"]) == {"api_key": "", "stage": "prod"}


def test_role_with_all_that_it_is_granted(full: dict[str, Any], filled: Filled) -> None:
    role = one_of(full, "AWS::IAM::Role", "task")
    said = role["properties"]
    assert role["arn"] == filled.role
    assert [policy["PolicyName"] for policy in said["Policies"]] == ["inline"]
    assert said["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] == "s3:GetObject"
    assert said["ManagedPolicyArns"] == [f"arn:aws:iam::{ACCOUNT}:policy/own"]
    assert said["PermissionsBoundary"] == f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    assert role["tags"] == [{"Key": "team", "Value": "shop"}]
    own = one_of(full, "AWS::IAM::ManagedPolicy", f"arn:aws:iam::{ACCOUNT}:policy/own")
    assert own["properties"]["PolicyDocument"]["Statement"][0]["Resource"] == "*"
    assert one_of(full, "AWS::IAM::InstanceProfile")["properties"]["Roles"] == ["task"]


def test_tags_that_no_listing_has(full: dict[str, Any]) -> None:
    types = [type for type, api in TAG_APIS.items() if api == "tag:GetResources"]
    found = {type: [tag["Value"] for one in of_type(full, type) for tag in one.get("tags", ())] for type in types}
    assert found == {
        "AWS::CloudWatch::Alarm": ["cpu"],
        "AWS::Events::Rule": ["hours"],
        "AWS::Logs::LogGroup": ["logs"],
        "AWS::SNS::Topic": ["ops"],
        "AWS::StepFunctions::StateMachine": ["nightly"],
    }


def test_log_groups_that_are_used_and_no_others(full: dict[str, Any]) -> None:
    (group,) = of_type(full, "AWS::Logs::LogGroup")
    assert (group["id"], group["attributes"]["LastEventTime"]) == ("/ecs/web", "none")


def test_parameters_have_their_values_unless_they_are_secret(full: dict[str, Any]) -> None:
    values = {one["id"]: one["properties"].get("Value") for one in of_type(full, "AWS::SSM::Parameter")}
    assert values == {"/shop/subnet": "subnet-0a", "/shop/secure": None, "/shop/db-password": None}


def test_what_stands_around_a_service(full: dict[str, Any]) -> None:
    target = one_of(full, "AWS::ApplicationAutoScaling::ScalableTarget")["properties"]
    assert (target["ResourceId"], target["MaxCapacity"]) == ("service/shop/web", 4)
    policy = one_of(full, "AWS::ApplicationAutoScaling::ScalingPolicy")["properties"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50
    alarm = one_of(full, "AWS::CloudWatch::Alarm", "cpu")["properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("CPUUtilization", 80)
    topic = one_of(full, "AWS::SNS::Topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms")
    assert topic["properties"] == {"KmsMasterKeyId": "alias/aws/sns"}
    subscription = one_of(full, "AWS::SNS::Subscription")["properties"]
    assert subscription == {"TopicArn": topic["id"], "Protocol": "email"}
    export = one_of(full, "AWS::CloudFormation::Export")["attributes"]
    assert (export["Name"], export["Value"]) == ("shop-topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:exported")
    deployment = one_of(full, "AWS::CodeDeploy::DeploymentGroup")["properties"]
    assert deployment["ECSServices"] == [{"ServiceName": "web", "ClusterName": "shop"}]


def test_what_was_observed(full: dict[str, Any], filled: Filled) -> None:
    seen = full["observed"]
    (health,) = seen["target_health"]
    assert health["TargetGroupArn"] == filled.target_group
    assert health["TargetHealthDescriptions"][0]["Target"] == {"Id": "10.0.0.77", "Port": 8080}
    assert seen["service_events"] == [{"serviceArn": filled.service, "events": []}]
    assert [(one["MetricName"], one["Stat"], one["Period"]) for one in seen["metrics"]] == [
        ("TargetResponseTime", "Maximum", 300),
        ("CPUUtilization", "Average", 300),
        ("MemoryUtilization", "Average", 300),
    ]
    (status,) = seen["instance_status"]
    assert (status["InstanceState"]["Name"], status["SystemStatus"]["Status"]) == ("running", "ok")
    (event,) = seen["health_events"]
    assert (event["service"], event["startTime"]) == ("ECS", "2026-01-31T03:00:00Z")


def test_two_collections_are_the_same(proxy: Proxy, full: dict[str, Any]) -> None:
    from tests.live.conftest import read

    (again,), _ = read()
    assert again["resources"] == full["resources"]
