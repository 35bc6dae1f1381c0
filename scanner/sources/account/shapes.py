"""From what the AWS API answers to CloudFormation's shape: by the table ``shapes.json`` where that is a renaming.

A type has ``id``, ``arn``, ``properties``, ``attributes`` and ``tags``. What a property is made of is a path into the
answer (``Placement.AvailabilityZone``; ``Groups[].GroupId`` gives a list; ``true`` the same name), a mapping of such
(an object; left out if nothing of it is there), or ``{"each": PATH, "as": {...}}`` for a list of objects.
What the table does not name is left out: so nothing is kept that is not needed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

MISSING = object()
_FILE = Path(__file__).with_name("shapes.json")


@lru_cache(maxsize=1)
def shapes() -> dict[str, dict[str, Any]]:
    """The table, by type of resource."""
    read: dict[str, dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return read


def resource(type: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """A resource of a type, as a snapshot has it, from what the API answers. Raises KeyError for a type that the table
    does not have, or an item without id."""
    shape = shapes()[type]
    id = at(item, shape["id"])
    if id is MISSING:
        raise KeyError(f"{type} without {shape['id']}")
    made: dict[str, Any] = {"type": type, "id": str(id)}
    if "arn" in shape:
        arn = at(item, shape["arn"])
        if arn is not MISSING:
            made["arn"] = arn
    made["properties"] = build(shape.get("properties", {}), item)
    attributes = build(shape.get("attributes", {}), item)
    if attributes:
        made["attributes"] = attributes
    found = tags(item.get(shape.get("tags", "Tags")))
    if found:
        made["tags"] = found
    return made


def build(spec: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that a specification makes of an answer, without those that the answer does not have."""
    made = {}
    for name, how in spec.items():
        value = _value(how, name, item)
        if value is not MISSING:
            made[name] = value
    return made


def at(item: Any, path: str) -> Any:
    """What stands at a path of an answer; MISSING if nothing does, or null."""
    here: Any = item
    steps = path.split(".")
    for index, step in enumerate(steps):
        name, listed = step.removesuffix("[]"), step.endswith("[]")
        here = here.get(name, MISSING) if isinstance(here, Mapping) else MISSING
        if here is MISSING or here is None:
            return MISSING
        if listed:
            rest = ".".join(steps[index + 1 :])
            found = [at(one, rest) if rest else one for one in here]
            return [one for one in found if one is not MISSING]
    return here


def tags(listed: Any) -> list[dict[str, str]]:
    """Tags in one form and order; ECS writes ``key``, Auto Scaling adds more fields, Scheduler has none."""
    if not isinstance(listed, list):
        return []
    found = {}
    for tag in listed:
        known = {key.lower(): value for key, value in tag.items()}
        if known.get("key"):
            found[str(known["key"])] = str(known.get("value") or "")
    return [{"Key": key, "Value": value} for key, value in sorted(found.items())]


def pascal(value: Any, shape: Any) -> Any:
    """An answer under names that begin with a capital, as CloudFormation has them; ``shape`` is botocore's, which tells
    the names of fields from the keys of maps, which stay as they are."""
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, Mapping):
        members = shape.members
        return {name[:1].upper() + name[1:]: pascal(inner, members.get(name)) for name, inner in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [pascal(inner, shape.member) for inner in value]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: pascal(inner, shape.value) for key, inner in value.items()}
    return value


def _value(how: Any, name: str, item: Mapping[str, Any]) -> Any:
    if how is True:
        return at(item, name)
    if isinstance(how, str):
        return at(item, how)
    if "each" in how:
        listed: Any = at(item, how["each"])
        return MISSING if listed is MISSING else [build(how["as"], one) for one in listed]
    inner = build(how, item)
    return inner or MISSING
