"""What stands around services and workflows: scaling, alarms, topics, deployments, exports, parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scanner.sources.account.calls import Calls
from scanner.sources.account.found import Found
from scanner.sources.account.secrets import SECRET_NAME

ALARM, TOPIC, SUBSCRIPTION = "AWS::CloudWatch::Alarm", "AWS::SNS::Topic", "AWS::SNS::Subscription"
SCALABLE, SCALING = "AWS::ApplicationAutoScaling::ScalableTarget", "AWS::ApplicationAutoScaling::ScalingPolicy"
DEPLOYMENT, EXPORT, PARAMETER = (
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::CloudFormation::Export",
    "AWS::SSM::Parameter",
)

APIS: dict[str, tuple[str, ...]] = {
    "application-autoscaling:DescribeScalableTargets": (SCALABLE,),
    "application-autoscaling:DescribeScalingPolicies": (SCALING,),
    "cloudformation:ListExports": (EXPORT,),
    "cloudwatch:DescribeAlarms": (ALARM,),
    "codedeploy:BatchGetDeploymentGroups": (DEPLOYMENT,),
    "codedeploy:ListApplications": (DEPLOYMENT,),
    "codedeploy:ListDeploymentGroups": (DEPLOYMENT,),
    "sns:GetTopicAttributes": (TOPIC,),
    "sns:ListSubscriptions": (SUBSCRIPTION,),
    "sns:ListTopics": (TOPIC,),
    "ssm:DescribeParameters": (PARAMETER,),
    "ssm:GetParameters": (PARAMETER,),
}
"""The calls, and the types of the resources that they tell of."""

PARAMETERS_A_CALL = 10
"""The most that GetParameters takes (AWS Systems Manager API Reference)."""
DEPLOYMENTS_A_CALL = 100
"""The most that BatchGetDeploymentGroups takes (CodeDeploy API Reference)."""


def scaling(calls: Calls, found: Found) -> None:
    """What scales ECS services."""
    api = "application-autoscaling:DescribeScalableTargets"
    for item in calls.items(api, "ScalableTargets", ServiceNamespace="ecs"):
        id = f"{item['ResourceId']}|{item['ScalableDimension']}|{item['ServiceNamespace']}"
        found.add(SCALABLE, {**item, "Id": id})
    api = "application-autoscaling:DescribeScalingPolicies"
    for item in calls.items(api, "ScalingPolicies", ServiceNamespace="ecs"):
        found.add(SCALING, item)


def alarms(calls: Calls, found: Found) -> None:
    """Alarms on metrics."""
    for item in calls.items("cloudwatch:DescribeAlarms", "MetricAlarms", AlarmTypes=["MetricAlarm"]):
        found.add(ALARM, item)


def topics(calls: Calls, found: Found) -> None:
    """SNS topics and subscriptions; where a subscription leads is left out, it may be somebody's address."""

    def attributes(topic: dict[str, Any]) -> None:
        arn = topic["TopicArn"]
        answer = calls.one("sns:GetTopicAttributes", TopicArn=arn)
        if answer != {}:
            known = {"Attributes": (answer or {}).get("Attributes", {}), "TopicName": arn.rpartition(":")[2]}
            found.add(TOPIC, {"TopicArn": arn, **known})

    calls.each(attributes, calls.items("sns:ListTopics", "Topics"))
    for number, item in enumerate(calls.items("sns:ListSubscriptions", "Subscriptions")):
        arn = str(item.get("SubscriptionArn"))
        id = arn if arn.startswith("arn:") else f"{item.get('TopicArn')}|{arn}|{number}"
        found.add(SUBSCRIPTION, {**item, "Id": id, "SubscriptionArn": arn if id == arn else None})


def deployments(calls: Calls, found: Found) -> None:
    """The deployment groups of CodeDeploy that deploy ECS services, and exports of stacks."""
    for item in calls.items("cloudformation:ListExports", "Exports"):
        found.add(EXPORT, item)
    for application in calls.items("codedeploy:ListApplications", "applications"):
        listed = calls.items("codedeploy:ListDeploymentGroups", "deploymentGroups", applicationName=application)
        for names in calls.batches(listed, DEPLOYMENTS_A_CALL):
            asked = {"applicationName": application, "deploymentGroupNames": list(names)}
            answer = calls.one("codedeploy:BatchGetDeploymentGroups", **asked) or {}
            for item in answer.get("DeploymentGroupsInfo", ()):
                if item.get("EcsServices"):
                    found.add(DEPLOYMENT, {**item, "Id": f"{application}|{item['DeploymentGroupName']}"})


def parameters(calls: Calls, found: Found) -> None:
    """SSM parameters, with the values of those that are no secrets, by type and by name."""
    described = calls.items("ssm:DescribeParameters", "Parameters", MaxResults=50)
    for item in described:
        found.add(PARAMETER, {name: value for name, value in item.items() if name != "Value"})
    plain = [
        one["Name"] for one in described if one.get("Type") != "SecureString" and not SECRET_NAME.search(one["Name"])
    ]

    def values(names: Sequence[str]) -> None:
        answer = calls.one("ssm:GetParameters", Names=list(names))
        known = {one["id"]: one for one in found.of(PARAMETER)}
        for item in (answer or {}).get("Parameters", ()):
            if item.get("Type") != "SecureString" and item["Name"] in known:
                known[item["Name"]]["properties"]["Value"] = item["Value"]

    calls.each(values, calls.batches(plain, PARAMETERS_A_CALL))
