"""Texts that are known in part: ARNs, names, addresses of queues, objects and APIs."""

from __future__ import annotations

from typing import Any

from scanner.analysis.texts import Part, Parts, parts_of, segments
from scanner.model import Location, Reference, Resource, ResourceGraph, Unknown

RUN_TIME = "run time"
"""The first part of the key of what only the running machine knows."""


def is_at_run_time(value: Any) -> bool:
    """Whether only the running machine knows a value, or a part of it."""
    if not isinstance(value, Unknown):
        return False
    return _mentions_run_time(value.key)


def _mentions_run_time(key: Any) -> bool:
    if not isinstance(key, tuple) or not key:
        return False
    return key[0] == RUN_TIME or any(_mentions_run_time(part) for part in key)


def place_of(graph: ResourceGraph, owner: Resource, name: str) -> Any:
    """A pseudo parameter as the module of a resource has it; Unknown if it is not known."""
    module: Any = next((one for one in graph.modules if one.name == owner.address.rpartition("#")[0]), None)
    known = getattr(module, "pseudo", {}).get(name)
    if known:
        return known
    region: str = getattr(module, "region", "")
    if region and name == "AWS::Region":
        return region
    if region and name == "AWS::Partition":
        return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    if name == "AWS::AccountId" and hasattr(module, "account"):
        return module.account
    return Unknown(("pseudo", name), f"{name} is known when the stack is deployed")


def joined(parts: list[Part], at: tuple[Location, ...]) -> Any:
    """A text of some parts; Unknown if one is not known, the value itself if it is the only part."""
    merged = _merged(parts)
    if all(isinstance(part, str) for part in merged):
        return "".join(str(part) for part in merged)
    if len(merged) == 1:
        symbol = merged[0][1]
        if isinstance(symbol, tuple) and symbol[:1] == ("attribute",):
            return Reference(str(symbol[1]), str(symbol[2]))
        return Unknown(symbol, "the value is known when it is deployed", at[0] if at else None)
    return Unknown(("text", tuple(merged)), "the text holds what is known after deployment", at[0] if at else None)


def _merged(parts: list[Part]) -> list[Part]:
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    return merged


def is_arn(parts: Parts) -> str:
    """``arn``, ``name``, or empty where it cannot be told."""
    if not parts:
        return ""
    first = parts[0]
    if not isinstance(first, str):
        match first[1]:
            case ("attribute", str(), str(attribute)) if attribute.endswith("Arn"):
                return "arn"
        return ""
    if first.startswith("arn:"):
        return "arn"
    return "" if "arn:".startswith(first) and len(parts) > 1 else "name"


def after_prefix(template: str, parts: Parts) -> Parts | None:
    """What follows, in an ARN, that which stands before the name in a template; None if that is something else."""
    if not template or is_arn(parts) != "arn":
        return None
    pieces = segments(parts, ":")
    if len(pieces) < 6:
        return None
    prefix = template.split(":", 5)[-1].partition("${name}")[0]
    merged = _merged(rejoined(pieces[5:], ":"))
    if not prefix:
        return tuple(merged)
    if not merged or not isinstance(merged[0], str) or not merged[0].startswith(prefix):
        return None
    first = merged[0][len(prefix) :]
    return (*([first] if first else []), *merged[1:])


def cut(parts: Parts) -> tuple[Parts, Parts | None]:
    """A name and the qualifier behind its colon."""
    pieces = segments(parts, ":")
    return pieces[0], pieces[1] if len(pieces) > 1 else None


def of_queue_url(value: Any, partition: Any) -> Any:
    """The ARN of a queue whose URL is ``https://sqs.REGION.amazonaws.com/ACCOUNT/NAME``; else the value."""
    pieces = segments(parts_of(value), "/")
    if len(pieces) != 5:
        return value
    host, account, name = pieces[2:]
    labels = segments(host, ".")
    if len(labels) < 3 or labels[0] != ("sqs",):
        return value
    return joined(["arn:", *parts_of(partition), ":sqs:", *labels[1], ":", *account, ":", *name], ())


def of_s3_uri(value: Any, partition: Any) -> Any:
    """The ARN of an object whose URI is ``s3://BUCKET/KEY``; else the value."""
    pieces = segments(parts_of(value), "/")
    if len(pieces) < 3 or pieces[0] != ("s3:",):
        return value
    return joined(["arn:", *parts_of(partition), ":s3:::", *rejoined(pieces[2:], "/")], ())


def of_api_endpoint(value: Any, partition: Any) -> Any:
    """The identifier of an API whose host is ``ID.execute-api.REGION.amazonaws.com``."""
    return joined(list(segments(parts_of(value), ".")[0]), ())


def of_path(value: Any, partition: Any) -> Any:
    """The name of a parameter as its ARN has it: without the slash that it begins with."""
    parts = list(parts_of(value))
    if parts and isinstance(parts[0], str):
        parts[0] = parts[0].removeprefix("/")
    return joined(parts, ())


READ = {"queue_url": of_queue_url, "s3_uri": of_s3_uri, "api_endpoint": of_api_endpoint, "path": of_path}
"""How the forms of values that are neither names nor ARNs are read."""


def rejoined(pieces: tuple[Parts, ...], separator: str) -> list[Part]:
    """The reverse of ``segments``."""
    found: list[Part] = []
    for index, piece in enumerate(pieces):
        found += [separator] * bool(index) + list(piece)
    return found
