"""How a container instance joins a cluster: what its user data, or its cfn-init metadata, says.

ECS_CLUSTER in /etc/ecs/ecs.config, ``cluster`` of ``[settings.ecs]`` on Bottlerocket, ``Initialize-ECSAgent
-Cluster`` on Windows ("Bootstrapping container instances", Amazon ECS Developer Guide).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from scanner.model import ABSENT, Fact, Items, Reference, Resource, ResourceGraph, Unknown
from scanner.topology.ecs.launch import LAUNCH_TEMPLATE
from scanner.topology.lookup import text

CLUSTER = "AWS::ECS::Cluster"
INIT = "AWS::CloudFormation::Init"
MOST_DEPTH = 8
"""cfn-init metadata is: config, section, file or command, property."""

_SYMBOLS = 0xF0000
"""The first of the code points (a private-use plane) that stand for values that are not known."""

_JOINS = (
    r"ECS_CLUSTER['\"]?\s*[=:,]?\s*['\"]?{}(?![\w-])",
    r"\[settings\.ecs\][^\[]*?^\s*['\"]?cluster['\"]?\s*=\s*['\"]{}['\"]",
    r"Initialize-ECSAgent\b[^\n;]*?-Cluster[ :]+['\"]?{}(?![\w-])",
)


def joins(graph: ResourceGraph, owner: Resource, cluster: Fact[Any]) -> bool:
    """Whether a launch template or configuration, a group or an instance makes instances join the cluster that a
    service names (``default`` where it names none)."""
    texts = [value for value in _texts(owner) if _says_anything(value)]
    if not texts:
        return False
    alphabet = _Alphabet(graph.named_by(cluster, CLUSTER))
    names = {re.escape(name) for name in alphabet.names(cluster)}
    if not names:
        return False
    written = "(?:" + "|".join(sorted(names)) + ")"
    patterns = [re.compile(pattern.replace("{}", written), re.MULTILINE) for pattern in _JOINS]
    return any(pattern.search(alphabet.spelled(value)) for value in texts for pattern in patterns)


def _says_anything(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, Unknown) and isinstance(value.key, tuple))


def _texts(owner: Resource) -> Iterator[Any]:
    data = owner.get("LaunchTemplateData.UserData" if owner.type == LAUNCH_TEMPLATE else "UserData")
    if data.value is not ABSENT:
        yield data.value
    init = owner.metadata.get(INIT)
    if init is not None:
        yield from _below(init, MOST_DEPTH)


def _below(fact: Fact[Any], depth: int) -> Iterator[Any]:
    value = fact.value
    if depth == 0:
        return
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _below(inner, depth - 1)
    elif isinstance(value, Items):
        for item in value.items:
            yield from _below(item, depth - 1)
    elif value is not ABSENT:
        yield value


class _Alphabet:
    """Spells texts that are known in part: each value that is not known is one private letter, and whatever names the
    cluster is the same letter."""

    def __init__(self, cluster: Resource | None) -> None:
        self._cluster = cluster
        self._letters: dict[Hashable, str] = {}

    def names(self, cluster: Fact[Any]) -> Iterator[str]:
        if cluster.value is ABSENT:
            yield "default"
        else:
            yield self.spelled(cluster.value)
        if self._cluster is not None:
            own = self._cluster.get("ClusterName")
            if own.value is not ABSENT:
                yield self.spelled(own.value)

    def spelled(self, value: Any) -> str:
        if isinstance(value, Reference):
            return self._letter(("attribute", value.address, value.attribute))
        if isinstance(value, Unknown):
            key = value.key
            if isinstance(key, tuple) and key[:1] == ("text",):
                return "".join(part if isinstance(part, str) else self._letter(part[1]) for part in key[1])
            return self._letter(key)
        return text(Fact(value)) or ""

    def _letter(self, symbol: Hashable) -> str:
        own = self._cluster.address if self._cluster is not None else None
        if own is not None and isinstance(symbol, tuple) and symbol[:2] == ("attribute", own):
            symbol = own
        return self._letters.setdefault(symbol, chr(_SYMBOLS + len(self._letters)))
