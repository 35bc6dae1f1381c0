"""The least policy that suffices for a role, as JSON for people to read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from scanner.model import Fact, Reference, ResourceGraph
from scanner.topology.iam.names import REF_IS_ARN
from scanner.topology.iam.policy import Allow, merged
from scanner.topology.lookup import written

if TYPE_CHECKING:
    from scanner.topology.iam.role import Role


def least_policy(role: Role, baseline: str) -> str:
    """The policy of what all that uses it surely needs, as Fn::Sub would take it: ``${Topic}``, ``${Cluster.Arn}``."""
    needs = [one.needed for one in role.needs(baseline=baseline) if one.sure]
    statements = [_statement(role.graph, allow) for allow in merged(needs)]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, ensure_ascii=False)


def _statement(graph: ResourceGraph, allow: Allow) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Effect": "Allow",
        "Action": _one_or_all(allow.actions),
        "Resource": _said(graph, allow.resources),
    }
    for operator, key, values in allow.conditions:
        made.setdefault("Condition", {}).setdefault(operator, {})[key] = _said(graph, values)
    return made


def _said(graph: ResourceGraph, values: Iterable[Any]) -> str | list[str]:
    return _one_or_all(_text(graph, value) for value in values)


def _text(graph: ResourceGraph, value: Any) -> str:
    if not isinstance(value, Reference) or value.text:
        return written(Fact(value))
    resource = graph.resource(value.address)
    is_ref = value.attribute == "Ref" or (value.attribute == "Arn" and resource.type in REF_IS_ARN)
    attribute = "" if is_ref else f".{value.attribute}"
    return f"${{{resource.id}{attribute}}}"


def _one_or_all(texts: Iterable[str]) -> str | list[str]:
    listed = list(dict.fromkeys(texts))
    return listed[0] if len(listed) == 1 else listed
