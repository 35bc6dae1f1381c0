"""What the execution role of a task definition needs to start a task: its images, its logs, its secrets.

"Amazon ECS task execution IAM role" (Amazon ECS Developer Guide).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.analysis.texts import Parts, parts_of, segments
from scanner.model import ABSENT, Fact, Reference, Resource, Unknown, get
from scanner.topology.ecs.start import _is_secret as names_secret
from scanner.topology.iam.needs_data import PSEUDO
from scanner.topology.iam.needs_gather import Gathering, entry_needs, fixed
from scanner.topology.iam.needs_texts import joined, place_of, rejoined
from scanner.topology.lookup import elements, text

if TYPE_CHECKING:
    from scanner.topology.ecs.task_definition import Container, TaskDefinition

REPOSITORY = "AWS::ECR::Repository"
AWSLOGS = "awslogs"
CREATES = "awslogs-create-group"


def of_task_start(found: Gathering, definition: TaskDefinition) -> None:
    """Adds what the start of a task needs. May raise Fork."""
    containers = definition.containers()
    if containers.rest is not None:
        found.unknown[containers.rest] = None
    fargate = "FARGATE" in [text(item) for item in elements(definition.compatibilities())]
    start = _Start(found, definition)
    start.entry("start", {}, definition.at)
    for container in containers:
        # On EC2 and elsewhere the instance's role may be the one that pulls images.
        start.image(container, sure=fargate)
        start.logs(container)
        start.secrets(container)
        start.files(container)


class _Start:
    def __init__(self, found: Gathering, definition: TaskDefinition) -> None:
        self.found, self.definition = found, definition

    def entry(self, name: str, arguments: dict[str, Fact[Any]], at: Any, *, label: str = "", sure: bool = True) -> None:
        owner = self.definition
        said = label or f"task definition {owner.label}"
        made = fixed(owner.graph, owner.resource, said, arguments, at, sure=sure)
        entry_needs(self.found, made, "task-execution", name)

    def image(self, container: Container, *, sure: bool) -> None:
        image = container.property("Image")
        if image.value is ABSENT:
            return
        repository = _repository(self.definition, image)
        if repository is None:
            return
        known = sure and not (isinstance(repository, Unknown) and repository.key[:1] == ("registry",))  # type: ignore[index]
        arguments = {"Repository": Fact(repository, image.at)}
        self.entry("image", arguments, image.at, label=f"container {container.name}", sure=known)

    def logs(self, container: Container) -> None:
        driver = container.log_driver()
        if isinstance(driver.value, Unknown):
            self.found.unknown[driver.value] = None
        if text(driver) != AWSLOGS:
            return
        options = container.property("LogConfiguration.Options")
        group = get(options, "awslogs-group")
        label = f"container {container.name}"
        if group.value is not ABSENT:
            self.entry("logs", {"LogGroup": group, "LogRegion": get(options, "awslogs-region")}, group.at, label=label)
        creates = get(options, CREATES)
        if text(creates) in ("true", "True") or isinstance(creates.value, Unknown):
            sure = not isinstance(creates.value, Unknown)
            self.entry("create-log-group", {"LogGroup": group}, creates.at, label=label, sure=sure)

    def secrets(self, container: Container) -> None:
        label = f"container {container.name}"
        stated = [container.property("Secrets"), container.property("LogConfiguration.SecretOptions")]
        for secret in (one for fact in stated for one in elements(fact)):
            if isinstance(secret.value, Unknown):
                self.found.unknown[secret.value] = None
                continue
            source = get(secret, "ValueFrom")
            if source.value is ABSENT:
                continue
            kind = _kind(self.definition, source)
            if kind == "secret":
                self.entry("secret", {"Secret": _whole_secret(source)}, source.at, label=label)
            elif kind == "parameter":
                self.entry("parameter", {"Parameter": source}, source.at, label=label)
            else:
                reason = f"whether a secret of {label} is of Secrets Manager or Systems Manager is not known"
                self.found.lacks(("secret", container.address, source.location), reason, source.at)
        registry = container.property("RepositoryCredentials.CredentialsParameter")
        if registry.value is not ABSENT:
            self.entry("secret", {"Secret": _whole_secret(registry)}, registry.at, label=label)

    def files(self, container: Container) -> None:
        for file in elements(container.property("EnvironmentFiles")):
            if isinstance(file.value, Unknown):
                self.found.unknown[file.value] = None
                continue
            source = get(file, "Value")
            if source.value is not ABSENT:
                arguments = {"File": source, "Bucket": Fact(_bucket(source.value), source.at)}
                self.entry("environment-file", arguments, source.at, label=f"container {container.name}")


def _repository(definition: TaskDefinition, image: Fact[Any]) -> Any:
    """The ARN of the repository of Amazon ECR that an image is pulled from; None for an image from elsewhere, Unknown
    with a key ``registry`` where it may be from elsewhere."""
    parts = parts_of(image.value)
    own = _repository_named(definition, parts)
    if own is not None:
        return own
    pieces = segments(parts, "/")
    host = pieces[0]
    labels = segments(host, ".")
    if len(labels) > 3 and labels[1:3] == (("dkr",), ("ecr",)):
        name = _untagged(tuple(rejoined(pieces[1:], "/")))
        partition = parts_of(place_of(definition.graph, definition.resource, PSEUDO["partition"]))
        return joined(["arn:", *partition, ":ecr:", *labels[3], ":", *labels[0], ":repository/", *name], image.at)
    if all(isinstance(part, str) for part in host):
        return None
    reason = image.value.reason if isinstance(image.value, Unknown) else "the registry of the image is not known"
    supply = image.value.supply if isinstance(image.value, Unknown) else ""
    return Unknown(("registry", parts), reason, image.location, supply)


def _repository_named(definition: TaskDefinition, parts: Parts) -> Reference | None:
    """The repository of the scan that an image's text begins with, by its RepositoryUri."""
    resources: list[Resource] = []
    for part in parts:
        symbol = part[1] if not isinstance(part, str) else None
        if isinstance(symbol, tuple) and symbol[:1] == ("attribute",):
            try:
                resources.append(definition.graph.resource(str(symbol[1])))
            except KeyError:
                continue
    return next((Reference(one.address, "Arn") for one in resources if one.type == REPOSITORY), None)


def _untagged(name: Parts) -> Parts:
    """The name of a repository without the tag or digest of the image."""
    return segments(segments(name, "@")[0], ":")[0]


def _kind(definition: TaskDefinition, source: Fact[Any]) -> str:
    """``secret``, ``parameter``, or empty where it is not known which."""
    if names_secret(definition, source):
        return "secret"
    if isinstance(source.value, (str, Reference)) or any(isinstance(part, str) for part in parts_of(source.value)):
        return "parameter"
    return ""


def _whole_secret(source: Fact[Any]) -> Fact[Any]:
    """The ARN of a secret without the JSON key, version stage and version id that may follow it."""
    pieces = segments(parts_of(source.value), ":")
    if len(pieces) > 7:
        return Fact(joined(rejoined(pieces[:7], ":"), source.at), source.at)
    if len(pieces) > 1 and not all(isinstance(part, str) for part in pieces[0]):
        return Fact(joined(list(pieces[0]), source.at), source.at)  # the ARN of a resource, and a JSON key behind it
    return source


def _bucket(value: Any) -> Any:
    return joined(list(segments(parts_of(value), "/")[0]), ())
