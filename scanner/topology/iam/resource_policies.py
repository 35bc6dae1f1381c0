"""What the policies of resources let a role do: of a key, a bucket, a queue, a topic, a secret.

Within one account a request is granted if either side's policy allows it ("Policy evaluation logic", IAM User Guide);
the policy of a key that names the root of the account leaves it to the role's own policies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from scanner.analysis.iam.document import read_document
from scanner.analysis.iam.statements import ALLOW, Elements, Principals, Statement
from scanner.model import ABSENT, Fact, Reference, Resource, ResourceGraph, Unknown
from scanner.sources.embedded import document
from scanner.topology.iam.named import role_named
from scanner.topology.iam.needs_texts import joined
from scanner.topology.lookup import elements


@dataclass(frozen=True, slots=True)
class _Form:
    """Where a type of resource holds a policy."""

    document: str
    owners: str = ""
    """The property that names what it is about; empty where that is the resource itself."""
    types: tuple[str, ...] = ()
    """The types of those."""


_FORMS = {
    "AWS::DynamoDB::Table": _Form("ResourcePolicy.PolicyDocument"),
    "AWS::ECR::Repository": _Form("RepositoryPolicyText"),
    "AWS::KMS::Key": _Form("KeyPolicy"),
    "AWS::S3::BucketPolicy": _Form("PolicyDocument", "Bucket", ("AWS::S3::Bucket",)),
    "AWS::SNS::TopicPolicy": _Form("PolicyDocument", "Topics", ("AWS::SNS::Topic",)),
    "AWS::SQS::QueuePolicy": _Form("PolicyDocument", "Queues", ("AWS::SQS::Queue",)),
    "AWS::SecretsManager::ResourcePolicy": _Form("ResourcePolicy", "SecretId", ("AWS::SecretsManager::Secret",)),
}
_BUCKET = "AWS::S3::Bucket"


@dataclass(frozen=True, slots=True)
class Admitted:
    """What the policies of resources allow a role."""

    surely: tuple[Statement, ...] = ()
    perhaps: tuple[tuple[Statement, Unknown], ...] = ()
    """Statements whose principal is not known, and why."""


def admitted(graph: ResourceGraph, role: Resource) -> Admitted:
    """What the policies of the scan's resources allow a role. May raise Fork."""
    surely: list[Statement] = []
    perhaps: list[tuple[Statement, Unknown]] = []
    for statement in _statements(graph):
        named = _names(graph, role, statement.principals)
        if named is True:
            surely.append(statement)
        elif isinstance(named, Unknown):
            perhaps.append((statement, named))
    return Admitted(tuple(surely), tuple(perhaps))


def _statements(graph: ResourceGraph) -> tuple[Statement, ...]:
    return graph.memo(("policies of resources",), lambda: tuple(_read(graph)))


def _read(graph: ResourceGraph) -> Iterator[Statement]:
    for resource in graph.declared(*_FORMS):
        form = _FORMS[resource.type]
        stated = resource.get(form.document)
        owners = (resource,) if not form.owners else tuple(_owners(graph, resource.get(form.owners), form.types))
        if stated.value is ABSENT or not owners or not resource.exists():
            continue
        for statement in read_document(document(stated), f"the policy of {owners[0].id}", of_resource=True).statements:
            if statement.effect == ALLOW and statement.resources is not None:
                yield replace(statement, resources=_on(statement.resources, owners))


def _owners(graph: ResourceGraph, stated: Fact[Any], types: tuple[str, ...]) -> Iterator[Resource]:
    for element in elements(stated):
        owner = graph.named_by(element, *types)
        if owner is not None:
            yield owner


def _on(resources: Elements, owners: tuple[Resource, ...]) -> Elements:
    """The resources of a statement, ``*`` as those that the policy is about."""
    items: list[Fact[Any]] = []
    for item in resources.items:
        items += [item] if item.value != "*" else [one for owner in owners for one in _whole(owner, item)]
    return replace(resources, items=tuple(items))


def _whole(owner: Resource, item: Fact[Any]) -> Iterator[Fact[Any]]:
    yield Fact(Reference(owner.address, "Arn"), item.at)
    if owner.type == _BUCKET:
        yield Fact(joined([("value", ("attribute", owner.address, "Arn")), "/*"], item.at), item.at)


def _names(graph: ResourceGraph, role: Resource, principals: Principals | None) -> bool | Unknown:
    """Whether a statement's principals take in a role; the reason where that is not known."""
    if principals is None or principals.negated:
        return False
    found: bool | Unknown = False
    for kind, listed in principals.by_kind.items():
        if kind not in ("AWS", "*", "?"):
            continue
        for item in listed.items:
            if item.value == "*":
                return True
            named = role_named(graph, item)
            if named is not None and named.address == role.address:
                return True
            # A text that is known in part names an account, or a role that has a name of its own.
            whole = isinstance(item.value, Unknown) and item.value.key[:1] not in (("text",), ("pseudo",))  # type: ignore[index]
            found = item.value if named is None and whole and isinstance(item.value, Unknown) else found
        found = listed.rest or found
    return found
