"""Makes single resources in a simulated AWS, by the calls that CloudFormation makes for them."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

REGION = "eu-west-1"
OWN = "123456789012"
"""The account whose credentials are anything that is not of a role."""
Properties = dict[str, Any]


class NotDeployed(Exception):
    """A template that cannot be deployed: what is missing, or of no type that the deployer knows."""


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that was made."""

    ref: str
    """What Ref gives."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What GetAtt gives."""
    type: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    """As the template states them, with the ids of what was made."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the simulated AWS, in one region."""

    endpoint: str
    account: str = OWN
    region: str = REGION
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            keys = {"aws_access_key_id": "own", "aws_secret_access_key": "secret"}
            if self.account != OWN:
                role = f"arn:aws:iam::{self.account}:role/Deploy"
                sts = boto3.client("sts", endpoint_url=self.endpoint, region_name=self.region, **keys)
                got = sts.assume_role(RoleArn=role, RoleSessionName="deploy")["Credentials"]
                keys = {"aws_access_key_id": got["AccessKeyId"], "aws_secret_access_key": got["SecretAccessKey"]}
                keys["aws_session_token"] = got["SessionToken"]
            self._clients[service] = boto3.client(service, endpoint_url=self.endpoint, region_name=self.region, **keys)
        return self._clients[service]

    def backend(self, service: str) -> Any:
        """What the simulation holds of a service: it runs in this process."""
        from moto import backends

        get: Any = backends.get_backend
        return get(service)[self.account][self.region]

    def network(self) -> tuple[str, list[str]]:
        """The VPC that an account is born with, and its subnets in two zones."""
        ec2 = self.client("ec2")
        vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
        subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
        return vpc, sorted(one["SubnetId"] for one in sorted(subnets, key=lambda one: str(one["AvailabilityZone"]))[:2])

    def image(self) -> str:
        """Some machine image."""
        return str(self.client("ec2").describe_images()["Images"][0]["ImageId"])


@dataclass(frozen=True, slots=True)
class Named:
    """What a resource that is being made is called."""

    stack: str
    id: str

    @property
    def name(self) -> str:
        """As CloudFormation names what the template does not: by stack and logical id."""
        return f"{self.stack}-{self.id}"

    @property
    def tags(self) -> list[dict[str, str]]:
        named = {"stack-name": self.stack, "logical-id": self.id}
        return [{"Key": f"aws:cloudformation:{key}", "Value": value} for key, value in named.items()]

    def specification(self, kind: str) -> list[Properties]:
        return [{"ResourceType": kind, "Tags": self.tags}]


def _lower(value: Any) -> Any:
    """Properties as ECS and Step Functions have them: their names begin with a small letter."""
    if isinstance(value, dict):
        return {name if "-" in name else name[:1].lower() + name[1:]: _lower(item) for name, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value


def _taken(properties: Properties, *names: str) -> Properties:
    return {name: properties[name] for name in names if name in properties}


def _mend(held: dict[str, Any], name: str, value: Any) -> None:
    """Gives the simulation's own object what it should have kept. It must be needed."""
    if held.get(name) == value:
        raise NotDeployed(f"the simulation keeps {name} by itself now")
    held[name] = value


# --- EC2


def _vpc(account: Account, properties: Properties, named: Named) -> Made:
    ec2 = account.client("ec2")
    made = ec2.create_vpc(CidrBlock=properties["CidrBlock"], TagSpecifications=named.specification("vpc"))
    id = made["Vpc"]["VpcId"]
    mine = [{"Name": "vpc-id", "Values": [id]}]
    group = ec2.describe_security_groups(Filters=mine)["SecurityGroups"][0]["GroupId"]
    acl = ec2.describe_network_acls(Filters=mine)["NetworkAcls"][0]["NetworkAclId"]
    given = {"VpcId": id, "CidrBlock": properties["CidrBlock"]}
    return Made(id, {**given, "DefaultSecurityGroup": group, "DefaultNetworkAcl": acl})


def _subnet(account: Account, properties: Properties, named: Named) -> Made:
    asked = _taken(properties, "VpcId", "CidrBlock", "AvailabilityZone")
    made = account.client("ec2").create_subnet(**asked, TagSpecifications=named.specification("subnet"))["Subnet"]
    return Made(made["SubnetId"], {"SubnetId": made["SubnetId"], "AvailabilityZone": made["AvailabilityZone"]})


def _gateway(account: Account, properties: Properties, named: Named) -> Made:
    made = account.client("ec2").create_internet_gateway(TagSpecifications=named.specification("internet-gateway"))
    return Made(made["InternetGateway"]["InternetGatewayId"])


def _gateway_attachment(account: Account, properties: Properties, named: Named) -> Made:
    account.client("ec2").attach_internet_gateway(**_taken(properties, "InternetGatewayId", "VpcId"))
    return Made(f"IGW|{properties['VpcId']}")


def _table(account: Account, properties: Properties, named: Named) -> Made:
    asked = {"VpcId": properties["VpcId"], "TagSpecifications": named.specification("route-table")}
    return Made(account.client("ec2").create_route_table(**asked)["RouteTable"]["RouteTableId"])


def _route(account: Account, properties: Properties, named: Named) -> Made:
    account.client("ec2").create_route(**properties)
    return Made(f"{properties['RouteTableId']}|{properties['DestinationCidrBlock']}")


def _table_association(account: Account, properties: Properties, named: Named) -> Made:
    return Made(account.client("ec2").associate_route_table(**properties)["AssociationId"])


def _address(account: Account, properties: Properties, named: Named) -> Made:
    made = account.client("ec2").allocate_address(Domain="vpc")
    return Made(made["PublicIp"], {"AllocationId": made["AllocationId"], "PublicIp": made["PublicIp"]})


def _nat(account: Account, properties: Properties, named: Named) -> Made:
    return Made(account.client("ec2").create_nat_gateway(**properties)["NatGateway"]["NatGatewayId"])


def _acl(account: Account, properties: Properties, named: Named) -> Made:
    asked = {"VpcId": properties["VpcId"], "TagSpecifications": named.specification("network-acl")}
    id = account.client("ec2").create_network_acl(**asked)["NetworkAcl"]["NetworkAclId"]
    return Made(id, {"Id": id})


def _acl_entry(account: Account, properties: Properties, named: Named) -> Made:
    egress = bool(properties.get("Egress", False))
    entry = {**properties, "Egress": egress, "Protocol": str(properties["Protocol"])}
    account.client("ec2").create_network_acl_entry(**entry)
    return Made(f"{entry['NetworkAclId']}|{entry['RuleNumber']}|{'egress' if egress else 'ingress'}")


def _acl_association(account: Account, properties: Properties, named: Named) -> Made:
    ec2, subnet = account.client("ec2"), properties["SubnetId"]
    acls = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["NetworkAcls"]
    before = next(one for acl in acls for one in acl["Associations"] if one["SubnetId"] == subnet)
    asked = {"AssociationId": before["NetworkAclAssociationId"], "NetworkAclId": properties["NetworkAclId"]}
    return Made(ec2.replace_network_acl_association(**asked)["NewAssociationId"])


_PEERS = {
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
}


def _permission(rule: Properties) -> Properties:
    """A rule of a security group as the API has it."""
    made = _taken(rule, "IpProtocol", "FromPort", "ToPort")
    made["IpProtocol"] = str(made["IpProtocol"])
    for name, (listed, own) in _PEERS.items():
        if name in rule:
            made[listed] = [{own: rule[name]}]
    return made


def _group(account: Account, properties: Properties, named: Named) -> Made:
    ec2 = account.client("ec2")
    asked = {"GroupName": named.name, "Description": properties["GroupDescription"], **_taken(properties, "VpcId")}
    id = ec2.create_security_group(**asked, TagSpecifications=named.specification("security-group"))["GroupId"]
    for rule in properties.get("SecurityGroupIngress", ()):
        ec2.authorize_security_group_ingress(GroupId=id, IpPermissions=[_permission(rule)])
    egress = properties.get("SecurityGroupEgress", ())
    if egress:
        anywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.revoke_security_group_egress(GroupId=id, IpPermissions=[anywhere])
    for rule in egress:
        ec2.authorize_security_group_egress(GroupId=id, IpPermissions=[_permission(rule)])
    return Made(id, {"GroupId": id, **_taken(properties, "VpcId")})


def _group_rule(account: Account, properties: Properties, named: Named) -> Made:
    asked = {"GroupId": properties["GroupId"], "IpPermissions": [_permission(properties)]}
    made = account.client("ec2").authorize_security_group_ingress(**asked)
    return Made(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])


def _launch_template(account: Account, properties: Properties, named: Named) -> Made:
    data = dict(properties["LaunchTemplateData"])
    if "UserData" in data:  # what is read of a template is the text that is encoded there
        data["UserData"] = base64.b64encode(data["UserData"].encode()).decode()
    asked = {"LaunchTemplateName": named.name, "LaunchTemplateData": data}
    id = account.client("ec2").create_launch_template(**asked)["LaunchTemplate"]["LaunchTemplateId"]
    return Made(id, {"LaunchTemplateId": id, "LatestVersionNumber": "1", "DefaultVersionNumber": "1"})


def _scaling_group(account: Account, properties: Properties, named: Named) -> Made:
    asked = {
        "AutoScalingGroupName": named.name,
        "MinSize": int(properties["MinSize"]),
        "MaxSize": int(properties["MaxSize"]),
        "VPCZoneIdentifier": ",".join(properties["VPCZoneIdentifier"]),
        "LaunchTemplate": properties["LaunchTemplate"],
        "Tags": [{**one, "PropagateAtLaunch": True} for one in named.tags],
    }
    account.client("autoscaling").create_auto_scaling_group(**asked)
    return Made(named.name)


# --- Elastic Load Balancing


def _balancer(account: Account, properties: Properties, named: Named) -> Made:
    asked = _taken(properties, "Subnets", "SecurityGroups", "Scheme", "Type", "IpAddressType")
    name = named.name.replace(".", "-")[-32:].strip("-")
    made = account.client("elbv2").create_load_balancer(Name=name, **asked, Tags=named.tags)["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]
    if properties.get("Type", "application") == "application":  # always on, "Cross-zone load balancing" of its guide
        _mend(account.backend("elbv2").load_balancers[arn].attrs, "load_balancing.cross_zone.enabled", "true")
    attributes = properties.get("LoadBalancerAttributes", ())
    if attributes:
        account.client("elbv2").modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)
    given = {"LoadBalancerArn": arn, "DNSName": made["DNSName"], "LoadBalancerName": name}
    return Made(arn, {**given, "LoadBalancerFullName": arn.partition(":loadbalancer/")[2]})


_OF_TARGETS = (
    *("Protocol", "ProtocolVersion", "Port", "VpcId", "TargetType", "HealthCheckProtocol", "HealthCheckPort"),
    *("HealthCheckEnabled", "HealthCheckPath", "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds"),
    *("HealthyThresholdCount", "UnhealthyThresholdCount", "Matcher"),
)


def _target_group(account: Account, properties: Properties, named: Named) -> Made:
    elb = account.client("elbv2")
    name = named.name.replace(".", "-")[-32:].strip("-")
    made = elb.create_target_group(Name=name, **_taken(properties, *_OF_TARGETS), Tags=named.tags)["TargetGroups"][0]
    arn = made["TargetGroupArn"]
    if properties.get("TargetGroupAttributes"):
        elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=properties["TargetGroupAttributes"])
    if properties.get("Targets"):
        elb.register_targets(TargetGroupArn=arn, Targets=properties["Targets"])
    return Made(arn, {"TargetGroupArn": arn, "TargetGroupFullName": arn.rpartition(":")[2], "TargetGroupName": name})


def _listener(account: Account, properties: Properties, named: Named) -> Made:
    asked = _taken(properties, "LoadBalancerArn", "Port", "Protocol", "Certificates", "SslPolicy")
    made = account.client("elbv2").create_listener(**asked, DefaultActions=properties["DefaultActions"])
    arn = made["Listeners"][0]["ListenerArn"]
    return Made(arn, {"ListenerArn": arn})


def _listener_rule(account: Account, properties: Properties, named: Named) -> Made:
    asked = _taken(properties, "ListenerArn", "Priority", "Conditions")
    made = account.client("elbv2").create_rule(**asked, Actions=properties["Actions"])
    arn = made["Rules"][0]["RuleArn"]
    return Made(arn, {"RuleArn": arn})


# --- ECS


def _cluster(account: Account, properties: Properties, named: Named) -> Made:
    name = properties.get("ClusterName", named.name)
    asked = _taken(_lower(properties), "capacityProviders", "defaultCapacityProviderStrategy")
    settings = _lower(properties.get("ClusterSettings", [{"Name": "containerInsights", "Value": "disabled"}]))
    made = account.client("ecs").create_cluster(clusterName=name, settings=settings, tags=_lower(named.tags), **asked)
    return Made(name, {"Arn": made["cluster"]["clusterArn"]})


def _definition(account: Account, properties: Properties, named: Named) -> Made:
    asked = {name: value for name, value in _lower(properties).items() if name != "family"}
    for container in properties["ContainerDefinitions"]:
        options = container.get("LogConfiguration", {}).get("Options")
        if options:  # their names are the driver's
            written = next(one for one in asked["containerDefinitions"] if one["name"] == container["Name"])
            written["logConfiguration"]["options"] = options
    family = properties.get("Family", named.name)
    made = account.client("ecs").register_task_definition(family=family, **asked, tags=_lower(named.tags))
    return Made(made["taskDefinition"]["taskDefinitionArn"])


def _service(account: Account, properties: Properties, named: Named) -> Made:
    name = properties.get("ServiceName", named.name)
    asked = {key: value for key, value in _lower(properties).items() if key != "serviceName"}
    asked = {"desiredCount": 1, **asked}
    made = account.client("ecs").create_service(serviceName=name, **asked, tags=_lower(named.tags))["service"]
    held = account.backend("ecs").services[f"{made['clusterArn'].rpartition('/')[2]}:{name}"]
    for key, attribute in _FORGOTTEN.items():
        if key in asked:
            _mend(vars(held), attribute, asked[key])
    return Made(made["serviceArn"], {"Name": name, "ServiceArn": made["serviceArn"]})


_FORGOTTEN = {
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "deploymentConfiguration": "deployment_configuration",
}
"""What the simulation takes of a service and does not keep; it answers what its object has."""


# --- what stands around


def _role(account: Account, properties: Properties, named: Named) -> Made:
    iam, name = account.client("iam"), properties.get("RoleName", named.name)
    asked = {"AssumeRolePolicyDocument": json.dumps(properties["AssumeRolePolicyDocument"])}
    made = iam.create_role(RoleName=name, **asked, **_taken(properties, "Path", "PermissionsBoundary"))["Role"]
    for policy in properties.get("Policies", ()):
        document = json.dumps(policy["PolicyDocument"])
        iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    for arn in properties.get("ManagedPolicyArns", ()):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    return Made(name, {"Arn": made["Arn"], "RoleId": made["RoleId"]})


def _log_group(account: Account, properties: Properties, named: Named) -> Made:
    name = properties.get("LogGroupName", f"{named.name}")
    logs = account.client("logs")
    logs.create_log_group(logGroupName=name)
    # What a task that runs has written.
    logs.create_log_stream(logGroupName=name, logStreamName="task")
    now = {"timestamp": int(time.time() * 1000), "message": "ready"}
    logs.put_log_events(logGroupName=name, logStreamName="task", logEvents=[now])
    return Made(name, {"Arn": f"arn:aws:logs:{account.region}:{account.account}:log-group:{name}:*"})


def _topic(account: Account, properties: Properties, named: Named) -> Made:
    name = properties.get("TopicName", named.name)
    arn = account.client("sns").create_topic(Name=name)["TopicArn"]
    return Made(arn, {"TopicArn": arn, "TopicName": name})


def _machine(account: Account, properties: Properties, named: Named) -> Made:
    written = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        written = written.replace(f"${{{name}}}", str(value))
    name = properties.get("StateMachineName", named.name)
    asked = {
        "type": properties.get("StateMachineType", "STANDARD"),
        **_lower(_taken(properties, "LoggingConfiguration", "TracingConfiguration")),
    }
    states = account.client("stepfunctions")
    made = states.create_state_machine(name=name, definition=written, roleArn=properties["RoleArn"], **asked)
    arn = made["stateMachineArn"]
    return Made(arn, {"Arn": arn, "Name": name})


def _rule(account: Account, properties: Properties, named: Named) -> Made:
    events, name = account.client("events"), properties.get("Name", named.name)
    asked = _taken(properties, "ScheduleExpression", "State", "Description")
    if "EventPattern" in properties:
        asked["EventPattern"] = json.dumps(properties["EventPattern"])
    made = events.put_rule(Name=name, **asked)
    if properties.get("Targets"):
        events.put_targets(Rule=name, Targets=properties["Targets"])
    return Made(name, {"Arn": made["RuleArn"]})


Maker = Callable[[Account, Properties, Named], Made]
MAKERS: dict[str, Maker] = {
    "AWS::AutoScaling::AutoScalingGroup": _scaling_group,
    "AWS::EC2::EIP": _address,
    "AWS::EC2::InternetGateway": _gateway,
    "AWS::EC2::LaunchTemplate": _launch_template,
    "AWS::EC2::NatGateway": _nat,
    "AWS::EC2::NetworkAcl": _acl,
    "AWS::EC2::NetworkAclEntry": _acl_entry,
    "AWS::EC2::Route": _route,
    "AWS::EC2::RouteTable": _table,
    "AWS::EC2::SecurityGroup": _group,
    "AWS::EC2::SecurityGroupIngress": _group_rule,
    "AWS::EC2::Subnet": _subnet,
    "AWS::EC2::SubnetNetworkAclAssociation": _acl_association,
    "AWS::EC2::SubnetRouteTableAssociation": _table_association,
    "AWS::EC2::VPC": _vpc,
    "AWS::EC2::VPCGatewayAttachment": _gateway_attachment,
    "AWS::ECS::Cluster": _cluster,
    "AWS::ECS::Service": _service,
    "AWS::ECS::TaskDefinition": _definition,
    "AWS::ElasticLoadBalancingV2::Listener": _listener,
    "AWS::ElasticLoadBalancingV2::ListenerRule": _listener_rule,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": _target_group,
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Role": _role,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::SNS::Topic": _topic,
    "AWS::StepFunctions::StateMachine": _machine,
}
