"""Templates as accounts have them once they are deployed: what parity of both sources is tested with.

Only what a template without unknowns says: references become ids, ARNs and names, and what AWS fills in is there.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from scanner.sources.snapshot.observed import TYPES
from scanner.sources.snapshot.tables import APIS, PROPERTY_APIS, TAG_APIS
from tests.observing import observe, observed

ACCOUNT = "111122223333"
REGION = "eu-west-1"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "shop",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/shop/1",
}
ANYWHERE = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
_EC2 = {
    "NetworkAcl": "acl",
    "Instance": "i",
    "InternetGateway": "igw",
    "LaunchTemplate": "lt",
    "NatGateway": "nat",
    "PrefixList": "pl",
    "RouteTable": "rtb",
    "SecurityGroup": "sg",
    "Subnet": "subnet",
    "VPC": "vpc",
    "VPCEndpoint": "vpce",
}
_ARNS = {
    "AWS::CloudWatch::Alarm": ("name", "cloudwatch", "alarm:{name}"),
    "AWS::ECS::CapacityProvider": ("name", "ecs", "capacity-provider/{name}"),
    "AWS::ECS::Cluster": ("name", "ecs", "cluster/{name}"),
    "AWS::ECS::Service": ("arn", "ecs", "service/{cluster}/{name}"),
    "AWS::ECS::TaskDefinition": ("arn", "ecs", "task-definition/{name}:1"),
    "AWS::ElasticLoadBalancingV2::Listener": ("arn", "elasticloadbalancing", "listener/app/{name}/{digest}/{digest}"),
    "AWS::ElasticLoadBalancingV2::ListenerRule": (
        "arn",
        "elasticloadbalancing",
        "listener-rule/app/{name}/{digest}/{digest}/{digest}",
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("arn", "elasticloadbalancing", "loadbalancer/app/{name}/{digest}"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("arn", "elasticloadbalancing", "targetgroup/{name}/{digest}"),
    "AWS::Events::Rule": ("name", "events", "rule/{name}"),
    "AWS::IAM::ManagedPolicy": ("arn", "iam", "policy/{name}"),
    "AWS::IAM::Role": ("name", "iam", "role/{name}"),
    "AWS::Logs::LogGroup": ("name", "logs", "log-group:{name}:*"),
    "AWS::SNS::Topic": ("arn", "sns", "{name}"),
    "AWS::StepFunctions::StateMachine": ("arn", "states", "stateMachine:{name}"),
}
_NAMES = {
    "AWS::ECS::TaskDefinition": "Family",
    "AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::ECS::Service": "ServiceName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
_FOLDED = {
    "AWS::EC2::SecurityGroupIngress": "SecurityGroupIngress",
    "AWS::EC2::SecurityGroupEgress": "SecurityGroupEgress",
}


class NotDeployable(Exception):
    """A template that does not say by itself what it deploys."""


def deployed(template: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The snapshot of an account that a template (plain data, functions in their long form) was deployed to."""
    return _Deployer(template, given or {}).snapshot()


class _Deployer:
    def __init__(self, template: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        if any(section in template for section in ("Conditions", "Transform", "Mappings", "Rules")):
            raise NotDeployable("sections that choose")
        self.resources: dict[str, Any] = copy.deepcopy(template["Resources"])
        self.values: dict[str, Any] = {**PSEUDO, **given}
        for name, parameter in template.get("Parameters", {}).items():
            if "Default" in parameter:
                self.values.setdefault(name, parameter["Default"])
        self.ids: dict[str, str] = {}

    def snapshot(self) -> dict[str, Any]:
        found = {}
        for name, resource in self.resources.items():
            type = resource["Type"]
            properties = self.value(resource.get("Properties", {}))
            if not isinstance(properties, dict):
                raise NotDeployable(f"{name} has no properties that are known")
            found[name] = {
                "type": type,
                "id": self.ref(name),
                "properties": properties,
                "attributes": {},
                "tags": [
                    {"Key": "aws:cloudformation:stack-name", "Value": "shop"},
                    {"Key": "aws:cloudformation:logical-id", "Value": name},
                ],
            }
            arn = self.arn(name)
            if arn:
                found[name]["arn"] = arn
        resources = observe(_filled(found))
        account: dict[str, Any] = {"account": ACCOUNT, "region": REGION, "resources": resources}
        account |= {"observed": observed(resources), "unreadable": []}
        return {"format": "clearway-snapshot/1", "taken_at": "2026-01-31T03:00:00Z", "accounts": [account]}

    # --- values

    def value(self, value: Any) -> Any:
        if isinstance(value, list):
            items = [self.value(item) for item in value]
            return [item for item in items if item is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, inner) = next(iter(value.items()))
            if name == "Ref" or name.startswith("Fn::"):
                return self.function(name.removeprefix("Fn::"), inner)
        items_of = {key: self.value(item) for key, item in value.items()}
        return {key: item for key, item in items_of.items() if item is not None}

    def function(self, name: str, inner: Any) -> Any:
        match name:
            case "Ref":
                if inner == "AWS::NoValue":
                    return None
                return self.values[inner] if inner in self.values else self.ref(inner)
            case "GetAtt":
                owner, attribute = inner if isinstance(inner, list) else inner.split(".", 1)
                return self.attribute(owner, attribute)
            case "Sub":
                text, more = inner if isinstance(inner, list) else (inner, {})
                return re.sub(r"\$\{([^!}][^}]*)\}", lambda match: str(self.named(match[1], more)), text)
            case "Join":
                return inner[0].join(str(item) for item in self.value(inner[1]))
            case "Select":
                return self.value(inner[1])[int(inner[0])]
            case "Split":
                return str(self.value(inner[1])).split(inner[0])
            case "GetAZs":
                return [f"{REGION}{letter}" for letter in "abc"]
            case "Base64":
                return self.value(inner)
        raise NotDeployable(f"Fn::{name}")

    def named(self, name: str, more: Mapping[str, Any]) -> Any:
        if name in more:
            return self.value(more[name])
        if "." in name:
            return self.attribute(*name.split(".", 1))
        return self.function("Ref", name)

    # --- identities

    def ref(self, name: str) -> str:
        if name not in self.resources:
            raise NotDeployable(f"{name} is not in the template")
        type = self.resources[name]["Type"]
        service, _, kind = type.removeprefix("AWS::").partition("::")
        if service == "EC2" and kind in _EC2:
            return f"{_EC2[kind]}-{_digest(name)}"
        if type in _ARNS and _ARNS[type][0] == "arn":
            return self.arn(name)
        return self.name(name)

    def name(self, name: str) -> str:
        resource = self.resources[name]
        stated = resource.get("Properties", {}).get(_NAMES.get(resource["Type"], "Name"))
        return str(self.value(stated)) if stated is not None else name

    def arn(self, name: str) -> str:
        form = _ARNS.get(self.resources[name]["Type"])
        if form is None:
            return ""
        properties = self.resources[name].get("Properties", {})
        cluster = self.value(properties.get("Cluster", "default")) if "cluster" in form[2] else ""
        if form[1] == "iam" and "Path" in properties:
            form = (*form[:2], form[2].replace("/{name}", f"{self.value(properties['Path'])}{{name}}"))
        words = {"name": self.name(name), "digest": _digest(name), "cluster": str(cluster).rpartition("/")[2]}
        region = "" if form[1] == "iam" else REGION
        return f"arn:aws:{form[1]}:{region}:{ACCOUNT}:{form[2].format(**words)}"

    def attribute(self, name: str, attribute: str) -> Any:
        if attribute in ("GroupId", "Id", "VpcId", "SubnetId", "LaunchTemplateId") and name in self.resources:
            if attribute == "VpcId" and self.resources[name]["Type"] != "AWS::EC2::VPC":
                return self.value(self.resources[name]["Properties"]["VpcId"])
            return self.ref(name)
        if attribute.endswith("Arn"):
            return self.arn(name) or self.ref(name)
        if attribute.endswith("Name") and attribute != "DNSName":
            return self.name(name)
        if attribute == "AllocationId":
            return f"eipalloc-{_digest(name)}"
        if attribute in ("LatestVersionNumber", "DefaultVersionNumber"):
            return "1"
        if attribute == "CidrBlock":
            return self.value(self.resources[name]["Properties"]["CidrBlock"])
        if attribute == "DefaultSecurityGroup":
            return f"sg-{_digest(name + 'default')}"
        if attribute == "DefaultNetworkAcl":
            return f"acl-{_digest(name + 'default')}"
        raise NotDeployable(f"{name}.{attribute}")


# --- what AWS fills in


def _filled(found: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = {one["id"]: one for one in found.values()}
    result = [one for one in found.values() if one["type"] not in _FOLDED]
    for one in list(result):
        fill = _FILLS.get(one["type"])
        if fill is not None:
            result += fill(one, found) or ()
    for one in found.values():
        if one["type"] in _FOLDED:
            rule = dict(one["properties"])
            group = by_id.get(rule.pop("GroupId", ""))
            if group is None:
                raise NotDeployable("a rule of a group of another stack")
            listed = group["properties"].setdefault(_FOLDED[one["type"]], [])
            if _FOLDED[one["type"]] == "SecurityGroupEgress" and ANYWHERE in listed:
                listed.remove(ANYWHERE)
            listed.append(rule)
    return result


def _vpc(one: dict[str, Any], found: Mapping[str, Any]) -> list[dict[str, Any]]:
    name = next(key for key, other in found.items() if other is one)
    acl, group = f"acl-{_digest(name + 'default')}", f"sg-{_digest(name + 'default')}"
    one["attributes"] = {"VpcId": one["id"], "DefaultNetworkAcl": acl, "DefaultSecurityGroup": group}
    entry = {"NetworkAclId": acl, "Protocol": -1, "CidrBlock": "0.0.0.0/0"}
    more = [
        {"type": "AWS::EC2::NetworkAcl", "id": acl, "properties": {"VpcId": one["id"]}, "attributes": {"Id": acl}},
        {
            "type": "AWS::EC2::SecurityGroup",
            "id": group,
            "properties": {
                "GroupName": "default",
                "GroupDescription": "default VPC security group",
                "VpcId": one["id"],
                "SecurityGroupIngress": [{"IpProtocol": "-1", "SourceSecurityGroupId": group}],
                "SecurityGroupEgress": [ANYWHERE],
            },
            "attributes": {"GroupId": group, "VpcId": one["id"]},
        },
    ]
    for egress in (False, True):
        for number, action in ((100, "allow"), (32767, "deny")):
            properties = {**entry, "RuleNumber": number, "RuleAction": action, "Egress": egress}
            id = f"{acl}|{number}|{'egress' if egress else 'ingress'}"
            more.append({"type": "AWS::EC2::NetworkAclEntry", "id": id, "properties": properties})
    chosen = {
        other["properties"]["SubnetId"]
        for other in found.values()
        if other["type"] == "AWS::EC2::SubnetNetworkAclAssociation"
    }
    for subnet in found.values():
        within = subnet["type"] == "AWS::EC2::Subnet" and subnet["properties"].get("VpcId") == one["id"]
        if within and subnet["id"] not in chosen:
            properties = {"SubnetId": subnet["id"], "NetworkAclId": acl}
            id = f"aclassoc-{_digest(subnet['id'])}"
            more.append({"type": "AWS::EC2::SubnetNetworkAclAssociation", "id": id, "properties": properties})
    return more


def _group(one: dict[str, Any], found: Mapping[str, Any]) -> None:
    properties = one["properties"]
    properties.setdefault("SecurityGroupIngress", [])
    if not properties.get("SecurityGroupEgress"):
        properties["SecurityGroupEgress"] = [ANYWHERE]
    one["attributes"] = {"GroupId": one["id"], "VpcId": properties.get("VpcId", "vpc-0default")}


def _defaults(**defaults: Any) -> Any:
    def fill(one: dict[str, Any], found: Mapping[str, Any]) -> None:
        for name, value in defaults.items():
            one["properties"].setdefault(name, copy.deepcopy(value))

    return fill


def _target_group(one: dict[str, Any], found: Mapping[str, Any]) -> None:
    properties = one["properties"]
    protocol = properties.get("Protocol")
    is_network = protocol in ("TCP", "UDP", "TCP_UDP", "TLS")
    fill = {
        "TargetType": "instance",
        "HealthCheckEnabled": True,
        "HealthCheckProtocol": "TCP" if is_network else "HTTP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckIntervalSeconds": 30,
        "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2,
        "TargetGroupAttributes": [],
    }
    http = properties.get("HealthCheckProtocol", fill["HealthCheckProtocol"]) in ("HTTP", "HTTPS")
    if http:
        fill |= {"HealthCheckPath": "/", "Matcher": {"HttpCode": "200-399" if is_network else "200"}}
    if not is_network:
        fill["HealthCheckTimeoutSeconds"] = 5
    elif http:
        fill["HealthCheckTimeoutSeconds"] = 6
    else:
        fill["HealthCheckTimeoutSeconds"] = 10
    _defaults(**fill)(one, found)


def _service(one: dict[str, Any], found: Mapping[str, Any]) -> None:
    if "CapacityProviderStrategy" not in one["properties"]:
        one["properties"].setdefault("LaunchType", "EC2")
    shifted = any(other["type"] == "AWS::CodeDeploy::DeploymentGroup" for other in found.values())
    controller = {"Type": "CODE_DEPLOY" if shifted else "ECS"}
    _defaults(Cluster="default", SchedulingStrategy="REPLICA", DeploymentController=controller)(one, found)


def _machine(one: dict[str, Any], found: Mapping[str, Any]) -> None:
    properties = one["properties"]
    definition = properties.pop("Definition", None)
    if definition is not None:
        properties["DefinitionString"] = json.dumps(definition)
    for name, value in properties.pop("DefinitionSubstitutions", {}).items():
        properties["DefinitionString"] = properties["DefinitionString"].replace("${" + name + "}", str(value))
    _defaults(StateMachineType="STANDARD")(one, found)


_FILLS: dict[str, Any] = {
    "AWS::EC2::VPC": _vpc,
    "AWS::EC2::SecurityGroup": _group,
    "AWS::ECS::Cluster": _defaults(ClusterSettings=[{"Name": "containerInsights", "Value": "disabled"}]),
    "AWS::ECS::Service": _service,
    "AWS::ECS::TaskDefinition": _defaults(NetworkMode="bridge"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _defaults(
        Type="application", Scheme="internet-facing", IpAddressType="ipv4", LoadBalancerAttributes=[]
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _target_group,
    "AWS::StepFunctions::StateMachine": _machine,
}


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


# --- what calls give


def denied(
    snapshot: Mapping[str, Any], api: str, *, partly: bool = False, error: str = "AccessDenied"
) -> dict[str, Any]:
    """The snapshot without what a call gives; ``partly``, without every second of it, as of a call that was cut off."""
    result = copy.deepcopy(dict(snapshot))
    for account in result["accounts"]:
        given = [one for one in account["resources"] if api in APIS.get(one["type"], ())]
        gone = {id(one) for one in (given[::2] if partly else given)}
        account["resources"] = [one for one in account["resources"] if id(one) not in gone]
        for one in account["resources"][:: 2 if partly else 1]:
            for name, apis in PROPERTY_APIS.get(one["type"], {}).items():
                if api in apis:
                    one.get("properties", {}).pop(name, None)
                    one.get("attributes", {}).pop(name, None)
        for listed, items in account.get("observed", {}).items():
            if api in APIS[TYPES[listed][0]]:
                del items[:: 2 if partly else 1]
        account.setdefault("unreadable", []).append({"api": api, "error": error})
    return result


CALLS = sorted(
    {api for apis in APIS.values() for api in apis}
    | {api for properties in PROPERTY_APIS.values() for apis in properties.values() for api in apis}
    | set(TAG_APIS.values())
)
"""Every call that the reader knows."""
