"""Roles for tests: those of the fixture of workflows, changed."""

from __future__ import annotations

from typing import Any

from scanner.topology.iam.role import Role
from tests.topology.graphs import RUN_TASK, find, graph

POLICY = "MachineRole.Properties.Policies.0.PolicyDocument.Statement"
"""The statements of the role of the state machine, of which there are six."""


def role(change: dict[str, Any] | None = None, id: str = "MachineRole", *, closed: bool = False) -> Role:
    return find(Role, graph(RUN_TASK, change, closed=closed), id)


def trust(service: str) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [allow]}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
