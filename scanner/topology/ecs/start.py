"""What a Fargate task needs to reach before it runs: its images, its logs, its secrets."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from scanner.analysis.texts import parts_of
from scanner.model import ABSENT, Fact, Items, Reference, Unknown, get
from scanner.topology.lookup import elements, text

if TYPE_CHECKING:
    from scanner.topology.ecs.task_definition import TaskDefinition

INTERNET = "internet"
"""Stands for what no VPC endpoint gives: a registry that is none of the account's."""
PRIVATE_REGISTRY = ("ecr.api", "ecr.dkr", "s3")
"""What an image of Amazon ECR is pulled through ("Amazon ECR interface VPC endpoints", Amazon ECR User Guide)."""
DRIVERS = {"awslogs": "logs"}


def start_services(definition: TaskDefinition) -> Fact[Any]:
    """The services that the start of a task uses, by the names of their VPC endpoints, or ``internet``."""
    found: dict[str, Fact[Any]] = {}
    containers = definition.containers()
    rest: Unknown | None = containers.rest
    for container in containers:
        image = container.property("Image")
        names = _registry(image)
        if names is None:
            value = image.value
            reason = value if isinstance(value, Unknown) else None
            rest = rest or reason or Unknown(("image", container.address), "the image is not known", image.location)
        for name in names or ():
            found.setdefault(name, Fact(name, image.at))
        driver = container.log_driver()
        if text(driver) in DRIVERS:
            found.setdefault(DRIVERS[str(driver.value)], Fact(DRIVERS[str(driver.value)], driver.at))
        for secret in elements(container.property("Secrets")):
            source = get(secret, "ValueFrom")
            name = "secretsmanager" if _is_secret(definition, source) else "ssm"
            if source.value is not ABSENT:
                found.setdefault(name, Fact(name, source.at))
    return Fact(Items(tuple(found.values()), rest), definition.at)


def _registry(image: Fact[Any]) -> tuple[str, ...] | None:
    """What an image is pulled through; None if its registry is not known."""
    parts = parts_of(image.value)
    if parts and parts[0][0] == "value" and parts[0][1:] and _is_repository(parts[0][1]):
        return PRIVATE_REGISTRY
    literal = "".join(part if isinstance(part, str) else "\ue000" for part in parts)
    registry = literal.partition("/")[0]
    if ".dkr.ecr." in registry:
        return PRIVATE_REGISTRY
    return None if "\ue000" in registry or image.value is ABSENT else (INTERNET,)


def _is_repository(symbol: Hashable) -> bool:
    """Whether an unknown value is the address of a repository of Amazon ECR."""
    return isinstance(symbol, tuple) and symbol[:1] == ("attribute",) and symbol[2] == "RepositoryUri"


def _is_secret(definition: TaskDefinition, source: Fact[Any]) -> bool:
    """Whether a secret is one of Secrets Manager; else it is a parameter of Systems Manager."""
    for part in parts_of(source.value):
        if isinstance(part, str):
            if ":secretsmanager:" in part:
                return True
            continue
        symbol = part[1]
        if isinstance(symbol, tuple) and symbol[:1] == ("attribute",):
            named = definition.graph.named_by(Fact(Reference(str(symbol[1]))))
            if named is not None and named.type.startswith("AWS::SecretsManager::"):
                return True
    return False
