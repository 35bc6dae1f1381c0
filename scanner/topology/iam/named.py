"""Which role a value names: by reference, by its ARN written out or made by Sub, or by its name."""

from __future__ import annotations

from typing import Any

from scanner.analysis.texts import Parts, parts_of, segments
from scanner.model import ABSENT, Fact, Reference, Resource, ResourceGraph

ROLE = "AWS::IAM::Role"


def role_named(graph: ResourceGraph, fact: Fact[Any]) -> Resource | None:
    """The role of the scan that a value names; None if it names none, or may name several."""
    if fact.value is ABSENT:
        return None
    found = graph.named_by(fact, ROLE)
    if found is not None or isinstance(fact.value, Reference):
        return found
    name = _name(parts_of(fact.value))
    match name:
        case ():
            return None
        case (("value", ("attribute", str(address), "Ref")),):
            return graph.named_by(Fact(Reference(address)), ROLE)
    alike = [one for one in graph.declared(ROLE) if _parts(one) == name]
    return alike[0] if len(alike) == 1 else None


def _parts(role: Resource) -> Parts:
    name = role.get("RoleName").value
    return () if name is ABSENT else parts_of(name)


def _name(parts: Parts) -> Parts:
    """The name of a role in a text: the text, or what stands behind the path of an ARN."""
    cut = segments(parts, ":")
    if len(cut) == 1:
        return parts
    if len(cut) != 6 or cut[0] != ("arn",) or cut[2] != ("iam",):
        return ()
    path = segments(cut[5], "/")
    return path[-1] if len(path) > 1 and path[0] == ("role",) else ()
