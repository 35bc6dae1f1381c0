"""Which attributes of a resource name the resource itself.

``Ref`` and ``GetAtt Arn`` of a role name the same role; ``GetAtt SecurityGroups`` of a load
balancer names something else. From the return values in AWS's CloudFormation reference.
"""

from __future__ import annotations

USUAL = frozenset({"Ref", "Arn", "Id"})

BY_TYPE: dict[str, frozenset[str]] = {
    "AWS::AutoScaling::LaunchConfiguration": frozenset({"Ref"}),
    "AWS::EC2::LaunchTemplate": frozenset({"Ref", "LaunchTemplateId"}),
    "AWS::EC2::NetworkAcl": frozenset({"Ref", "Id"}),
    "AWS::EC2::SecurityGroup": frozenset({"Ref", "GroupId", "GroupName", "Id"}),
    "AWS::EC2::Subnet": frozenset({"Ref", "SubnetId"}),
    "AWS::EC2::VPC": frozenset({"Ref", "VpcId"}),
    "AWS::ECS::Service": frozenset({"Ref", "ServiceArn", "Name"}),
    "AWS::ECS::TaskDefinition": frozenset({"Ref", "TaskDefinitionArn"}),
    "AWS::ElasticLoadBalancingV2::Listener": frozenset({"Ref", "ListenerArn"}),
    "AWS::ElasticLoadBalancingV2::ListenerRule": frozenset({"Ref", "RuleArn"}),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": frozenset(
        {"Ref", "LoadBalancerArn", "LoadBalancerName", "LoadBalancerFullName"}
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": frozenset(
        {"Ref", "TargetGroupArn", "TargetGroupName", "TargetGroupFullName"}
    ),
    "AWS::IAM::Role": frozenset({"Ref", "Arn", "RoleId"}),
    "AWS::SNS::Topic": frozenset({"Ref", "TopicArn", "TopicName"}),
    "AWS::StepFunctions::StateMachine": frozenset({"Ref", "Arn", "Name"}),
}


def names_itself(resource_type: str, attribute: str) -> bool:
    """Whether the attribute identifies the resource it is read from."""
    return attribute in BY_TYPE.get(resource_type, USUAL)
