"""The templates that the tests deploy, as they are and with faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.policy.changes import changed
from scanner.policy.examples import long_form
from scanner.syntax import load
from tests.live.deployer import deploy
from tests.live.makers import Account, Made

ROOT = Path(__file__).parents[2]
WELL, ILL = "200000000001", "200000000002"
"""The account of the templates as they are, and the account of those with faults."""
FIXTURES = "rules/fixtures"
REFUSED = {"WebTargets.Properties.HealthCheckTimeoutSeconds": 2}
"""Elastic Load Balancing takes no less (CreateTargetGroup, API Reference); the example has 1."""
_LISTENED, _STATE = "TargetGroup.Properties", "Machine.Properties.Definition.States.Make Report"
_POLICY = "MachineRole.Properties.Policies.0.PolicyDocument.Statement"
NO_REPORT = {
    "Machine.Properties.LoggingConfiguration": None,
    "Machine.Properties.Definition.TimeoutSeconds": None,
    f"{_STATE}.Retry": None,
    f"{_STATE}.Catch": None,
    f"{_STATE}.Parameters.NetworkConfiguration.AwsvpcConfiguration.Subnets.0": {"Ref": "PublicSubnet"},
    f"{_POLICY}.2": None,
    f"{_POLICY}.0.Resource": "*",
}
"""A workflow that nobody hears of when it fails, with a role of the wrong permissions."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A template that is deployed."""

    name: str
    path: str
    account: str = WELL
    change: Mapping[str, Any] = field(default_factory=dict)
    in_default_network: bool = False
    """Whether its parameters ask for a VPC and subnets that are there."""

    def template(self) -> Any:
        """Plain data, with functions in their long form."""
        text = (ROOT / self.path).read_text(encoding="utf-8")
        return changed(long_form(load(text, self.path)), self.change)

    def given(self, account: Account) -> dict[str, str]:
        """Values for its parameters."""
        if not self.in_default_network:
            return {}
        vpc, subnets = account.network()
        return {"Stage": "prod", "VpcId": vpc, "Subnets": ",".join(subnets), "EcsImage": account.image()}

    def deployed(self, account: Account) -> dict[str, Made]:
        return deploy(account, self.template(), self.name, self.given(account))


STACKS = (
    Stack("good", "examples/good.yaml"),
    Stack("broken", "examples/broken.yaml", change=REFUSED, in_default_network=True),
    Stack("bridge", f"{FIXTURES}/bridge-service.yaml"),
    Stack("fargate", f"{FIXTURES}/fargate-service.yaml"),
    Stack("acl", f"{FIXTURES}/acl-service.yaml"),
    Stack("run-task", f"{FIXTURES}/run-task.yaml"),
    Stack(
        "bridge",
        f"{FIXTURES}/bridge-service.yaml",
        ILL,
        {
            "HostIngressHigh.Properties.ToPort": 61000,
            "Service.Properties.HealthCheckGracePeriodSeconds": None,
            f"{_LISTENED}.Matcher.HttpCode": "200-499",
            f"{_LISTENED}.HealthCheckPort": "8080",
            "Cluster.Properties.ClusterSettings": None,
            "TaskDefinition.Properties.ContainerDefinitions.0.LogConfiguration": None,
            "Instances.Properties.VPCZoneIdentifier.1": None,
        },
    ),
    Stack(
        "fargate",
        f"{FIXTURES}/fargate-service.yaml",
        ILL,
        {
            "BalancerGroup.Properties.SecurityGroupEgress.0.ToPort": 8079,
            "BalancerGroup.Properties.SecurityGroupEgress.0.FromPort": 80,
            "TaskGroup.Properties.SecurityGroupIngress.0": {
                "IpProtocol": "tcp",
                "FromPort": 0,
                "ToPort": 65535,
                "CidrIp": "0.0.0.0/0",
            },
            "Service.Properties.HealthCheckGracePeriodSeconds": 5,
            "Service.Properties.DeploymentConfiguration": {"MinimumHealthyPercent": 50, "MaximumPercent": 150},
        },
    ),
    Stack(
        "acl",
        f"{FIXTURES}/acl-service.yaml",
        ILL,
        {
            "PublicInReturn.Properties.PortRange.From": 32768,
            "PublicOutTargets.Properties.PortRange.To": 8081,
            "PublicOutClients.Properties.RuleAction": "deny",
            "PrivateInB.Properties.RuleAction": "deny",
            "PrivateOutHigh.Properties.PortRange.To": 61000,
        },
    ),
    Stack(
        "run-task",
        f"{FIXTURES}/run-task.yaml",
        ILL,
        NO_REPORT,
    ),
)


def deploy_all(endpoint: str, account: str) -> dict[str, dict[str, Made]]:
    """What the stacks of an account have made, by stack."""
    into = Account(endpoint, account)
    return {one.name: one.deployed(into) for one in STACKS if one.account == account}
