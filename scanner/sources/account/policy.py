"""The least policy that an account can be read with, from what the collectors declare."""

from __future__ import annotations

import json
from typing import Any

from scanner.sources.account.collect import APIS

LOGIN = ("ec2:DescribeRegions",)
"""What is called beside the collectors: which regions are enabled. GetCallerIdentity needs no permission."""
ROLE_NAME = "ClearwayScan"


def actions() -> list[str]:
    """Every action that reading an account takes, in order."""
    return sorted({*APIS, *LOGIN})


def document() -> dict[str, Any]:
    """The policy. All of its actions list or describe, and most of these know no resource to be limited to."""
    by_service: dict[str, list[str]] = {}
    for action in actions():
        by_service.setdefault(action.partition(":")[0], []).append(action)
    statements = [
        {"Sid": _sid(service), "Effect": "Allow", "Action": listed, "Resource": "*"}
        for service, listed in sorted(by_service.items())
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def as_json() -> str:
    """The policy as JSON."""
    return json.dumps(document(), indent=2) + "\n"


def as_template(trusted: str = "", external_id: str = "") -> str:
    """A CloudFormation template of a role with the policy, which an account (``trusted``; else the one that the stack
    is in) may assume, with an external id if one is given."""
    principal = f"arn:${{AWS::Partition}}:iam::{trusted or '${AWS::AccountId}'}:root"
    trust: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::Sub": principal}},
        "Action": "sts:AssumeRole",
    }
    if external_id:
        trust["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A role that Clearway reads this account with: it lists and describes, and changes nothing.",
        "Parameters": {
            "RoleName": {
                "Type": "String",
                "Default": ROLE_NAME,
                "Description": "The same in every account, so that --role-name finds it.",
            }
        },
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": {"Ref": "RoleName"},
                    "Description": "Clearway reads what load balancers, ECS tasks and workflows are configured with.",
                    "MaxSessionDuration": 3600,
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                    "Policies": [{"PolicyName": "read", "PolicyDocument": document()}],
                },
            }
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return json.dumps(template, indent=2) + "\n"


def _sid(service: str) -> str:
    return "".join(part.capitalize() for part in service.split("-"))
