"""The account of rules/fixtures/live-service.json as a graph, changed as examples of rules change it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, TypeVar

from scanner.data import data_folder
from scanner.model import ResourceGraph
from scanner.policy.changes import changed
from scanner.sources.snapshot import Context, read_all
from scanner.topology.ecs.service import Service
from scanner.topology.elbv2.target_group import TargetGroup
from scanner.topology.entity import Entity
from scanner.topology.lookup import entity

E = TypeVar("E", bound=Entity)

HOME = "111122223333/eu-west-1"
WEB = f"{HOME}#arn:aws:ecs:eu-west-1:111122223333:service/shop/web"
API = f"{HOME}#arn:aws:ecs:eu-west-1:111122223333:service/shop/api"
WEB_GROUP = f"{HOME}#arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/6d0ecf831eec9f09"
CLUSTER = f"{HOME}#AWS::ECS::Cluster/shop"


@lru_cache
def _fixture() -> Any:
    return json.loads((data_folder("rules") / "fixtures" / "live-service.json").read_text(encoding="utf-8"))


def document(change: dict[str, Any] | None = None) -> Any:
    return changed(_fixture(), change or {})


def live(change: dict[str, Any] | None = None) -> ResourceGraph:
    accounts, problems = read_all({"live.json": json.dumps(document(change), indent=1)})
    assert problems == []
    return ResourceGraph(accounts.modules, context=Context(accounts))


def at(kind: type[E], address: str, change: dict[str, Any] | None = None) -> E:
    """The entity at an address of the changed account."""
    graph = live(change)
    return entity(kind, graph, graph.resource(address))


def web(change: dict[str, Any] | None = None) -> Service:
    return at(Service, WEB, change)


def web_group(change: dict[str, Any] | None = None) -> TargetGroup:
    return at(TargetGroup, WEB_GROUP, change)


def denied(api: str) -> dict[str, Any]:
    return {"unreadable.0": {"api": api, "error": "AccessDenied"}}
