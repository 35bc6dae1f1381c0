"""ARNs as policies write them: their parts, and what is wrong with them.

The format is that of "Amazon Resource Names (ARNs)" (IAM User Guide):
``arn:partition:service:region:account:resource``; region and account may be empty, and hold wildcards in a policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanner.analysis.iam.actions import PARTITIONS, service
from scanner.analysis.texts import Part, Parts, parts_of, segments

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")
_SERVICE = re.compile(r"[a-z0-9.-]+")
_PLACEHOLDER = re.compile(r"<[A-Za-z][A-Za-z0-9_ -]*>?|\[[A-Z][A-Z0-9_-]*\]|\b(?:YOUR|REPLACE|CHANGE)[-_][A-Z_-]+\b")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_WILD = frozenset("*?")

FOREIGN_ACCOUNTS = frozenset({"aws", "aws-managed", "amazon", "third-party", "cloudfront", "root"})
"""What stands for an account in ARNs of what AWS or its partners own: ``arn:aws:iam::aws:policy/...``."""

_WITH_ACCOUNT = frozenset(
    {"batch", "codebuild", "dynamodb", "ecr", "ecs", "iam", "kinesis", "kms", "lambda", "logs", "scheduler"}
    | {"secretsmanager", "sns", "sqs", "states"}
)
"""Services all of whose ARNs have an account. Others have ARNs of what AWS owns, which may have none:
``arn:aws:ssm:eu-west-1::document/AWS-RunShellScript``."""


@dataclass(frozen=True, slots=True)
class Arn:
    """An ARN in its six parts; each is the row of its literals and of what is not known."""

    partition: Parts
    service: Parts
    region: Parts
    account: Parts
    resource: Parts

    @property
    def account_id(self) -> str | None:
        """The account, if it is known and 12 digits."""
        text = _known(self.account)
        return text if text is not None and _ACCOUNT.fullmatch(text) else None

    @property
    def region_name(self) -> str | None:
        """The region, if it is known and one."""
        text = _known(self.region)
        return text if text is not None and _REGION.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with an ARN."""

    part: str
    """``partition``, ``service``, ``region``, ``account``, ``resource``, ``placeholder`` or ``arn``."""
    says: str
    """For people: ``account 123456789 has 9 digits, not 12``."""
    span: tuple[int, int] | None = field(default=None, compare=False)
    """Where it stands in a text that is known: first character, from 0, and the one behind the last."""


def parse_arn(value: object) -> Arn | None:
    """The parts of an ARN, of a text (known or not in part). None if it is no ARN, or cannot be cut into parts."""
    found = segments(tuple(_written(value)), ":")
    if len(found) < 6 or found[0] != ("arn",):
        return None
    resource: list[Part] = []
    for index, segment in enumerate(found[5:]):
        if index:
            resource.append(":")
        resource += segment
    return Arn(found[1], found[2], found[3], found[4], _merged(resource))


def check_arn(
    value: object, *, account: str | None = None, region: str | None = None, partition: str | None = None
) -> tuple[Fault, ...]:
    """What is wrong with a text that should be an ARN, or ``*``; what is not known of it is no fault.

    ``account``, ``region`` and ``partition`` are those it is used in, where they are known: an ARN that names another
    one is at fault. (That a resource of another account is meant can only be told by its owner.)
    """
    parts = tuple(_written(value))
    if parts == ("*",):
        return ()
    placeholders = tuple(_placeholders(parts))
    literal = "".join(part for part in parts if isinstance(part, str))
    found = parse_arn(value)
    if found is None:
        # What begins with something unknown may be an ARN as a whole.
        open_start = bool(parts) and not isinstance(parts[0], str)
        could_be = open_start or (literal.startswith("arn:") and len(parts) > 1 and literal.count(":") < 5)
        if placeholders or could_be or literal[:1] in _WILD:
            return placeholders
        return (Fault("arn", f"{literal or 'an empty text'} is no ARN", (0, len(literal))),)
    faults = [*placeholders, *_partition(found, partition), *_service(found), *_region(found, region)]
    faults += _account(found, account)
    if not found.resource:
        faults.append(Fault("resource", "the ARN names no resource"))
    return tuple(_placed(fault, value, found) for fault in faults)


def _partition(arn: Arn, wanted: str | None) -> Iterator[Fault]:
    text = _plain(arn.partition)
    if text is None:
        return
    if text not in PARTITIONS:
        yield Fault("partition", f"{text or 'an empty text'} is no partition of AWS")
    elif wanted is not None and text != wanted:
        yield Fault("partition", f"the ARN names partition {text}, but is used in {wanted}")


def _service(arn: Arn) -> Iterator[Fault]:
    text = _plain(arn.service)
    if text is not None and not _SERVICE.fullmatch(text) and not _PLACEHOLDER.search(text):
        yield Fault("service", f"{text or 'an empty text'} is no service")


def _region(arn: Arn, wanted: str | None) -> Iterator[Fault]:
    text, prefix = _plain(arn.region), _known(arn.service)
    if text is None or _PLACEHOLDER.search(text):
        return
    if not text:
        return
    if prefix is not None and (_always_empty(prefix, 3) or (prefix == "s3" and _known(arn.account) == "")):
        yield Fault("region", f"ARNs of {prefix} name no region, this one names {text}")
    elif not _REGION.fullmatch(text):
        yield Fault("region", f"{text} is no region")
    elif wanted is not None and text != wanted:
        yield Fault("region", f"the ARN names region {text}, but is used in {wanted}")


def _account(arn: Arn, wanted: str | None) -> Iterator[Fault]:
    text, prefix = _plain(arn.account), _known(arn.service)
    if text is None or _PLACEHOLDER.search(text):
        return
    if text in FOREIGN_ACCOUNTS:
        return
    if not text:
        if prefix in _WITH_ACCOUNT:
            yield Fault("account", f"the ARN names no account, which those of {prefix} do")
    elif text.isascii() and text.isdigit() and len(text) != 12:
        yield Fault("account", f"account {text} has {len(text)} digits, not 12")
    elif not _ACCOUNT.fullmatch(text):
        yield Fault("account", f"{text} is no account")
    elif wanted is not None and text != wanted:
        yield Fault("account", f"the ARN names account {text}, but is used in {wanted}")


def _always_empty(prefix: str, place: int) -> bool:
    """Whether no ARN of a service has a region (place 3), or an account (4), as far as the catalogue knows it."""
    parts = _parts(prefix, place)
    return bool(parts) and not any(parts)


def _parts(prefix: str, place: int) -> list[str]:
    found = service(prefix)
    cut = [template.split(":", 5) for template in found.templates] if found is not None else []
    return [parts[place] for parts in cut if len(parts) == 6 and parts[2] == prefix]


def _placeholders(parts: Parts) -> Iterator[Fault]:
    """What a text of a manual leaves to be filled in, closed (``<TOPIC>``) or not (``<ECS ``)."""
    start = 0
    for part in parts:
        if not isinstance(part, str):
            start = -1
            continue
        for found in _PLACEHOLDER.finditer(part):
            text = found.group().strip()
            unclosed = text.startswith("<") and not text.endswith(">")
            span = (start + found.start(), start + found.end()) if start >= 0 else None
            says = f"the placeholder {text} is left" + (", and not even closed" if unclosed else "")
            yield Fault("placeholder", says, span)
        start = start + len(part) if start >= 0 else -1


def _placed(fault: Fault, value: object, arn: Arn) -> Fault:
    """The fault with its place in a text that is known."""
    places = {"partition": 1, "service": 2, "region": 3, "account": 4, "resource": 5}
    if fault.span is not None or not isinstance(value, str) or "${" in value or fault.part not in places:
        return fault
    cut = value.split(":", 5)
    start = sum(len(piece) + 1 for piece in cut[: places[fault.part]])
    return Fault(fault.part, fault.says, (start, start + len(cut[places[fault.part]])))


def _written(value: object) -> Iterator[Part]:
    """The parts of a text, in which a policy variable is not known either, whatever colons its name holds."""
    for part in parts_of(value):
        if not isinstance(part, str):
            yield part
            continue
        before = 0
        for found in _VARIABLE.finditer(part):
            if found.start() > before:
                yield part[before : found.start()]
            yield ("value", ("variable", found.group()))
            before = found.end()
        if before < len(part):
            yield part[before:]


def _known(parts: Parts) -> str | None:
    return "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else None


def _plain(parts: Parts) -> str | None:
    """A part that is known and has no wildcards."""
    text = _known(parts)
    return None if text is None or _WILD & set(text) else text


def _merged(parts: list[Part]) -> Parts:
    found: list[Part] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)
