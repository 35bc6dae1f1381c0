"""EC2 and Auto Scaling: instances and what launches them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.sources.account import shapes
from scanner.sources.account.calls import Calls
from scanner.sources.account.found import Found
from scanner.sources.account.secrets import clusters, without_user_data

INSTANCE, TEMPLATE = "AWS::EC2::Instance", "AWS::EC2::LaunchTemplate"
GROUP, CONFIGURATION = "AWS::AutoScaling::AutoScalingGroup", "AWS::AutoScaling::LaunchConfiguration"

APIS: dict[str, tuple[str, ...]] = {
    "autoscaling:DescribeAutoScalingGroups": (GROUP, TEMPLATE),
    "autoscaling:DescribeLaunchConfigurations": (CONFIGURATION,),
    "ec2:DescribeInstanceAttribute": (INSTANCE,),
    "ec2:DescribeInstances": (INSTANCE,),
    "ec2:DescribeLaunchTemplateVersions": (TEMPLATE,),
    "ec2:DescribeLaunchTemplates": (TEMPLATE,),
}
"""The calls, and the types of the resources that they tell of."""

PAGE, SMALL_PAGE = 1000, 100
"""The most items of a page of EC2, and of Auto Scaling (their API References)."""
STATES = ("pending", "running", "stopping", "stopped")
GROUP_TAG = "aws:autoscaling:groupName"
"""Auto Scaling gives it to the instances that it launches."""
VERSIONS = "ec2:DescribeLaunchTemplateVersions"


def instances(calls: Calls, found: Found) -> None:
    """Instances that are not terminated; with the clusters that the user data names of those that stand alone. What
    an Auto Scaling group has launched is known by the group."""
    standing = {"Name": "instance-state-name", "Values": list(STATES)}
    alone = []
    for reservation in calls.items("ec2:DescribeInstances", "Reservations", Filters=[standing], MaxResults=PAGE):
        for instance in reservation.get("Instances", ()):
            profile = str(instance.get("IamInstanceProfile", {}).get("Arn", "")).rpartition("/")[2]
            made = found.add(INSTANCE, {**instance, "InstanceProfileName": profile or None})
            grouped = any(tag["Key"] == GROUP_TAG for tag in made.get("tags", ()))
            if profile and not grouped:  # without a role it cannot register with ECS
                alone.append(made)

    def user_data(made: dict[str, Any]) -> None:
        asked = {"InstanceId": made["id"], "Attribute": "userData"}
        answer = calls.one("ec2:DescribeInstanceAttribute", **asked)
        named = clusters(str(((answer or {}).get("UserData") or {}).get("Value") or ""))
        if named:
            made["properties"]["UserData"] = named

    calls.each(user_data, alone)


def groups(calls: Calls, found: Found) -> None:
    """Auto Scaling groups, launch configurations and launch templates."""
    for group in calls.items("autoscaling:DescribeAutoScalingGroups", "AutoScalingGroups", MaxRecords=SMALL_PAGE):
        subnets = [name.strip() for name in str(group.get("VPCZoneIdentifier") or "").split(",") if name.strip()]
        found.add(GROUP, {**group, "VPCZoneIdentifier": subnets})
    api = "autoscaling:DescribeLaunchConfigurations"
    for configuration in calls.items(api, "LaunchConfigurations", MaxRecords=SMALL_PAGE):
        found.add(CONFIGURATION, without_user_data(configuration))
    _templates(calls, found)


def _templates(calls: Calls, found: Found) -> None:
    """Launch templates, each with the data of the version that the groups use; of one that no group uses, of its
    default version. Where groups use several, or it is not known which, the data is left open."""
    used, known = _versions_used(found), not calls.failed("autoscaling:DescribeAutoScalingGroups")
    asked = []
    for template in calls.items("ec2:DescribeLaunchTemplates", "LaunchTemplates", MaxResults=200):
        made = found.add(TEMPLATE, template)
        named = used[made["id"]] | used[template.get("LaunchTemplateName", "")] or {"$Default"}
        numbers = {_number(version, template) for version in named}
        if len(numbers) == 1 and (known or template.get("LatestVersionNumber") == 1):
            asked.append((made, numbers.pop()))

    def data(one: tuple[dict[str, Any], str]) -> None:
        made, version = one
        versions = calls.items(VERSIONS, "LaunchTemplateVersions", LaunchTemplateId=made["id"], Versions=[version])
        for answer in versions[:1]:
            kept = without_user_data(answer.get("LaunchTemplateData") or {})
            properties = shapes.build(shapes.shapes()["LaunchTemplateData"]["properties"], kept)
            made["properties"]["LaunchTemplateData"] = properties

    calls.each(data, asked)


def _versions_used(found: Found) -> defaultdict[str, set[str]]:
    """The versions of launch templates that Auto Scaling groups use, by the template's id or name."""
    used: defaultdict[str, set[str]] = defaultdict(set)
    for group in found.of(GROUP):
        for named in _specifications(group["properties"]):
            for key in ("LaunchTemplateId", "LaunchTemplateName"):
                if named.get(key):
                    used[named[key]].add(str(named.get("Version") or "$Default"))
    return used


def _specifications(properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "LaunchTemplate" in properties:
        yield properties["LaunchTemplate"]
    mixed = properties.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    for owner in (mixed, *mixed.get("Overrides", ())):
        if "LaunchTemplateSpecification" in owner:
            yield owner["LaunchTemplateSpecification"]


def _number(version: str, template: Mapping[str, Any]) -> str:
    named = {"$Default": "DefaultVersionNumber", "$Latest": "LatestVersionNumber"}.get(version)
    return str(template.get(named, version)) if named else version
