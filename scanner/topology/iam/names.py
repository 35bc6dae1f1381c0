"""What values in policies stand for: of a resource of the scan the text of its ARN, as far as it is known.

So ``!Ref Topic``, its TopicArn, and ``arn:aws:sns:${AWS::Region}:${AWS::AccountId}:${Topic.TopicName}`` are one text.
The formats are those of "Actions, resources, and condition keys for AWS services" (Service Authorization Reference);
what Ref and GetAtt give is said by the return values in AWS's CloudFormation reference.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from scanner.analysis.bounded import IDENTITIES
from scanner.analysis.iam.arn import parse_arn
from scanner.analysis.iam.glob import Pattern
from scanner.analysis.iam.patterns import WITHIN_SEGMENT, Names
from scanner.analysis.texts import Part, Parts, parts_of, segments
from scanner.model import ABSENT, ACCOUNT, Reference, Resource, ResourceGraph, Unknown
from scanner.topology.iam.needs_texts import place_of

_REF, _ARN = frozenset({"Ref"}), frozenset({"Arn"})


@dataclass(frozen=True, slots=True)
class Named:
    """How the ARN of a resource type is made of its name."""

    service: str
    resource: str
    """What stands behind the account, ``{}`` for the name."""
    property: str
    """The property that fixes the name; empty if none does."""
    arns: frozenset[str] = _ARN
    """The attributes that are the ARN; ``Arn`` always is for those who make references."""
    names: frozenset[str] = _REF
    """The attributes that are the name."""
    is_global: bool = False
    """Without a region."""
    is_everyones: bool = False
    """Without an account as well."""


_REF_IS_ARN = _REF | _ARN
_NAMED = frozenset({"Name"})
_FUNCTION = Named("lambda", "function:{}", "FunctionName")

BY_TYPE: dict[str, Named] = {
    "AWS::Athena::WorkGroup": Named("athena", "workgroup/{}", "Name", frozenset()),
    "AWS::Batch::JobQueue": Named(
        "batch", "job-queue/{}", "JobQueueName", _REF_IS_ARN | {"JobQueueArn"}, frozenset({"JobQueueName"})
    ),
    "AWS::CodeBuild::Project": Named("codebuild", "project/{}", "Name"),
    "AWS::CodePipeline::Pipeline": Named("codepipeline", "{}", "Name", frozenset()),
    "AWS::DynamoDB::Table": Named("dynamodb", "table/{}", "TableName"),
    "AWS::ECR::Repository": Named("ecr", "repository/{}", "RepositoryName"),
    "AWS::ECS::Cluster": Named("ecs", "cluster/{}", "ClusterName"),
    "AWS::ECS::TaskDefinition": Named(
        "ecs", "task-definition/{}:{revision}", "Family", _REF_IS_ARN | {"TaskDefinitionArn"}, frozenset({"Family"})
    ),
    "AWS::Events::EventBus": Named("events", "event-bus/{}", "Name", _ARN, _REF | {"Name"}),
    "AWS::Glue::Crawler": Named("glue", "crawler/{}", "Name", frozenset()),
    "AWS::Glue::Job": Named("glue", "job/{}", "Name"),
    "AWS::IAM::Role": Named("iam", "role{path}{}", "RoleName", is_global=True),
    "AWS::KMS::Key": Named("kms", "key/{}", "", _ARN, _REF | {"KeyId"}),
    "AWS::Kinesis::Stream": Named("kinesis", "stream/{}", "Name"),
    "AWS::Lambda::Function": _FUNCTION,
    "AWS::Logs::LogGroup": Named("logs", "log-group:{}:*", "LogGroupName"),
    "AWS::S3::Bucket": Named("s3", "{}", "BucketName", is_global=True, is_everyones=True),
    "AWS::SNS::Topic": Named("sns", "{}", "TopicName", _REF_IS_ARN | {"TopicArn"}, frozenset({"TopicName"})),
    "AWS::SQS::Queue": Named("sqs", "{}", "QueueName", _ARN, frozenset({"QueueName"})),
    "AWS::Serverless::Function": _FUNCTION,
    "AWS::Serverless::StateMachine": Named("states", "stateMachine:{}", "Name", _REF_IS_ARN, _NAMED),
    "AWS::StepFunctions::Activity": Named("states", "activity:{}", "Name", _REF_IS_ARN, _NAMED),
    "AWS::StepFunctions::StateMachine": Named("states", "stateMachine:{}", "StateMachineName", _REF_IS_ARN, _NAMED),
}
"""The types whose ARNs are made of names; of others a reference is only equal to itself."""

REF_IS_ARN = frozenset(
    {
        "AWS::Batch::JobDefinition",
        "AWS::Batch::JobQueue",
        "AWS::ECS::Service",
        "AWS::ECS::TaskDefinition",
        "AWS::SecretsManager::Secret",
        "AWS::Serverless::StateMachine",
        "AWS::SNS::Topic",
        "AWS::StepFunctions::Activity",
        "AWS::StepFunctions::StateMachine",
    }
)
"""The types whose Ref is their ARN ("Return values" of each, AWS CloudFormation Template Reference)."""

PARTITION = "aws"
"""What ``${AWS::Partition}`` stands for beside ARNs that write it out: a template with ``arn:aws:`` is made for it."""


def names_of(graph: ResourceGraph, partition: str = PARTITION) -> Names:
    """What the values of a graph stand for, for the comparison of policies."""
    return graph.memo(("iam names", partition), lambda: Names(_meaning(graph, partition), _shapes(graph)))


def _shapes(graph: ResourceGraph) -> Callable[[Hashable], Pattern | None]:
    def shape(key: Hashable) -> Pattern | None:
        """No name of a resource holds a colon, nor does a revision."""
        match key:
            case ("attribute", str(_), "Revision"):
                return WITHIN_SEGMENT
            case ("attribute", str(address), str(attribute)):
                resource = _resource(graph, address)
                form = BY_TYPE.get(resource.type) if resource is not None else None
                if form is not None and attribute == _name_attribute(form):
                    return WITHIN_SEGMENT
        return None

    return shape


def _resource(graph: ResourceGraph, address: str) -> Resource | None:
    try:
        return graph.resource(address)
    except KeyError:
        return None


def _meaning(graph: ResourceGraph, partition: str) -> Callable[[Any], Any]:
    known: dict[Any, Any] = {}

    def meant(value: Any) -> Any:
        if isinstance(value, Unknown):
            match value.key:
                case ("pseudo", "AWS::Partition", *_):
                    return partition
                case ("select", int(index), ("split", str(separator), key)):
                    return _piece(meant(_of_key(key)), separator, index, value)
                case ("arn of", str(_), key):  # a name or an ARN: where a policy holds the same value, it is an ARN
                    return Unknown(key, value.reason, value.location, value.supply)
            return value
        if not isinstance(value, Reference):
            return value
        if value not in known:
            known[value] = _of_reference(graph, value, partition)
        return known[value]

    return meant


def _of_key(key: Hashable) -> Any:
    match key:
        case ("attribute", str(address), str(attribute)):
            return Reference(address, attribute)
    return Unknown(key, "")


def _piece(value: Any, separator: str, index: int, whole: Unknown) -> Any:
    """A piece of an ARN that a template cuts up, as the CDK does to name it without its revision; the whole where what
    stands before the piece may hold a separator itself."""
    pieces = segments(parts_of(value), separator)
    sure = all(isinstance(part, str) or _holds_no_separator(part[1]) for piece in pieces[: index + 1] for part in piece)
    return _text(pieces[index], "a piece of an ARN") if sure and 0 <= index < len(pieces) > 1 else whole


def _holds_no_separator(key: Hashable) -> bool:
    match key:
        case ("pseudo", *_) | ("attribute", str(), "Revision" | "TopicName" | "Name"):
            return True
    return False


def _of_reference(graph: ResourceGraph, value: Reference, partition: str) -> Any:
    if value.text.startswith("arn:"):
        return value.text
    resource = _resource(graph, value.address)
    if resource is None:
        return value
    form = BY_TYPE.get(resource.type)
    if resource.source == ACCOUNT:
        return _of_account(graph, resource, form, value)
    if form is None:
        is_arn = resource.type in REF_IS_ARN and value.attribute == "Ref"
        return Reference(value.address, "Arn", value.text) if is_arn else value
    if value.attribute in form.names:
        name = _name(resource, form)
        if name is None:
            return Reference(resource.address, _name_attribute(form))
        return _text(name, f"the name of {resource.id}")
    if value.attribute not in form.arns and value.attribute != "Arn":
        return value
    return _text(_arn(graph, resource, form, partition), f"the ARN of {resource.id}")


def _of_account(graph: ResourceGraph, resource: Resource, form: Named | None, value: Reference) -> Any:
    """The ARN that an account's resource has: stated, or made of its name."""
    key = resource.address.rpartition("#")[2]
    own = resource.attributes.get(value.attribute) or resource.attributes.get("Arn")
    if key.startswith("arn:"):
        return key
    if own is not None and isinstance(own.value, str):
        return own.value
    if form is None or ":{revision}" in form.resource:
        return value.text or value
    partition = "".join(map(str, pseudo(graph, resource, "AWS::Partition")))
    return _text(_arn(graph, resource, form, partition), f"the ARN of {resource.id}")


def _name(resource: Resource, form: Named) -> Parts | None:
    """The name that a resource is given, as far as it is known; None if CloudFormation makes one."""
    if resource.source == ACCOUNT:
        return (resource.id,)
    stated = resource.get(form.property).value if form.property else ABSENT
    if stated is ABSENT or not isinstance(stated, (str, int, Unknown, Reference)):
        return None
    return parts_of(stated)


def _name_attribute(form: Named) -> str:
    """The attribute that stands for a name that CloudFormation makes, one by which two resources differ."""
    return min(form.names & IDENTITIES, default="Id")


def _arn(graph: ResourceGraph, resource: Resource, form: Named, partition: str) -> Parts:
    name = _name(resource, form) or (("value", ("attribute", resource.address, _name_attribute(form))),)
    region = () if form.is_global else pseudo(graph, resource, "AWS::Region")
    account = () if form.is_everyones else pseudo(graph, resource, "AWS::AccountId")
    parts: list[Part] = [f"arn:{partition}:{form.service}:", *region, ":", *account, ":"]
    before, _, behind = form.resource.partition("{}")
    if before.endswith("{path}"):
        path = resource.get("Path").value
        parts += [before.removesuffix("{path}"), *(parts_of(path) if path is not ABSENT else ("/",))]
    else:
        parts.append(before)
    parts += name
    if behind == ":{revision}":
        parts += [":", ("value", ("attribute", resource.address, "Revision"))]
    else:
        parts.append(behind)
    return _merged(parts)


def pseudo(graph: ResourceGraph, resource: Resource, name: str) -> Parts:
    """What a pseudo parameter is where a resource is defined: a text, or what is not known."""
    return parts_of(place_of(graph, resource, name))


def _merged(parts: list[Part]) -> Parts:
    found: list[Part] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part:
            found.append(part)
    return tuple(found)


def _text(parts: Parts, what: str) -> Any:
    if all(isinstance(part, str) for part in parts):
        return "".join(map(str, parts))
    if len(parts) == 1:
        key = parts[0][1]
        match key:
            case ("attribute", str(address), str(attribute)):
                return Reference(address, attribute)
        return Unknown(key, f"{what} is known after deployment")
    return Unknown(("text", parts), f"{what} is known after deployment")


# --- forms of one ARN that "no more" takes for the same


def revisions(value: Any, names: Names) -> tuple[Any, ...]:
    """A value; of the ARN of a task definition also that of any revision, and that without one, which is the latest.

    A task definition has a new revision after each change, which is no other task definition.
    """
    arn = parse_arn(names.meant(value))
    first = arn.resource[0] if arn is not None and arn.resource else ""
    if arn is None or arn.service != ("ecs",) or not isinstance(first, str) or not first.startswith("task-definition/"):
        return (value,)
    head: list[Part] = ["arn:", *arn.partition, ":ecs:", *arn.region, ":", *arn.account, ":"]
    family = _without_revision(list(arn.resource))
    return (value, _text(_merged([*head, *family]), "an ARN"), _text(_merged([*head, *family, ":*"]), "an ARN"))


def _without_revision(resource: list[Part]) -> list[Part]:
    for index in range(len(resource) - 1, -1, -1):
        part = resource[index]
        if isinstance(part, str) and ":" in part:
            before = part.rpartition(":")[0]
            return [*resource[:index], *([before] if before else [])]
    return resource


def region_of(value: Any, names: Names) -> Parts:
    """The region in an ARN; nothing if it has none, or is none."""
    arn = parse_arn(names.meant(value))
    return arn.region if arn is not None else ()


def in_regions(value: Any, regions: Iterable[Parts]) -> tuple[Any, ...]:
    """An ARN that is written for any region as one for each of some regions; any other value as it is.

    A role acts in the region that it is used in: AWS's documents write ``arn:aws:ecs:*:...`` for that.
    """
    arn = parse_arn(value)
    listed = tuple(regions)
    if arn is None or arn.region != ("*",) or not listed:
        return (value,)
    return tuple(
        _text(
            _merged(["arn:", *arn.partition, ":", *arn.service, ":", *region, ":", *arn.account, ":", *arn.resource]),
            "an ARN",
        )
        for region in listed
    )
