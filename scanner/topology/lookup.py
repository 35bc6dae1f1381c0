"""From property values to the entities they name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from scanner.model import ABSENT, Fact, Items, Reference, Resource, ResourceGraph, Unknown
from scanner.topology.entity import Entity, Related

E = TypeVar("E", bound=Entity)

DEPLOYED = "a snapshot of the account, once the template is deployed there"
"""What tells a value that only a deployment makes."""


def entity(kind: type[E], graph: ResourceGraph, resource: Resource) -> E:
    """The entity of a kind that stands for a resource; one object in each world."""
    return graph.memo((kind.kind, resource.address), lambda: kind(graph, resource))


def elements(fact: Fact[Any]) -> Iterator[Fact[Any]]:
    """The elements of a list, nested lists flattened; a single value counts as a list of one, ABSENT as none."""
    value = fact.value
    if isinstance(value, Items):
        for item in value.items:
            yield from elements(item)
        if value.rest is not None:
            yield Fact(value.rest, fact.at)
    elif value is not ABSENT:
        yield fact


def why_opaque(graph: ResourceGraph, fact: Fact[Any], what: str, *types: str) -> Unknown:
    """Why a value that should name ``what`` leads to no resource of the scan."""
    value = fact.value
    if isinstance(value, Unknown):
        by_name = value.supply.startswith("--set ") and graph.context is None
        return replace(value, supply=f"{value.supply} and --context SNAPSHOT, which has it") if by_name else value
    if isinstance(value, Reference):
        id = value.address.rpartition("#")[2]
        said = value.text or (id if value.attribute == "Ref" else f"{id}.{value.attribute}")
        if not value.text and _is_custom(graph, value.address):
            reason = f"{what} {said} is what a custom resource answers, which is known after deployment"
            return Unknown(("elsewhere", said), reason, fact.location, DEPLOYED)
    else:
        said = str(value)
    return Unknown(("elsewhere", said), f"{what} {said} {graph.missing(said, *types)}", fact.location)


def _is_custom(graph: ResourceGraph, address: str) -> bool:
    """Whether a resource of the scan is a custom resource, whose attributes are what its function answers."""
    try:
        type = graph.resource(address).type
    except KeyError:
        return False
    return type == "AWS::CloudFormation::CustomResource" or type.startswith("Custom::")


def related(graph: ResourceGraph, fact: Fact[Any], kind: type[E], types: Iterable[str], what: str) -> Related[E]:
    """The entities that the elements of a value name; ``rest`` says why there may be others."""
    found: dict[str, E] = {}
    rest: Unknown | None = None
    for element in elements(fact):
        resource = graph.named_by(element, *types)
        if resource is not None:
            found.setdefault(resource.address, entity(kind, graph, resource))
        elif rest is None:
            rest = why_opaque(graph, element, what, *types)
    return Related(tuple(found.values()), rest, fact.at)


def naming(
    graph: ResourceGraph,
    target: Resource,
    types: Iterable[str],
    values: Callable[[Resource], Iterable[Fact[Any]]],
    *,
    own: bool = True,
) -> Iterator[tuple[Resource, Fact[Any]]]:
    """The resources of some types that name a target, with the value that does. May raise Fork.

    ``own`` says that the values stand in the resource itself.
    """
    for resource in graph.declared(*types, naming=target if own else None):
        for value in values(resource):
            named = graph.named_by(value, target.type)
            if named is not None and named.address == target.address:
                if resource.exists():
                    yield resource, value
                break


def text(fact: Fact[Any]) -> str | None:
    """A known scalar as text, also one that names a resource; None if it is unknown or absent."""
    value = fact.value
    if isinstance(value, Reference):
        return value.text or None
    if value is ABSENT or isinstance(value, (Unknown, Reference, Items)) or hasattr(value, "items"):
        return None
    return str(value)


def number(fact: Fact[Any]) -> int | None:
    """A known number, also one given as text; None if it is unknown, absent or no whole number."""
    value = fact.value
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        try:
            return int(value.strip())
        except ValueError:
            return None
    return None


def quantity(fact: Fact[Any]) -> int | float | None:
    """A known number, also one with a fraction; None if it is unknown, absent or no number."""
    whole = number(fact)
    if whole is not None or isinstance(fact.value, bool) or not isinstance(fact.value, (float, str)):
        return whole
    try:
        found = float(fact.value)
    except ValueError:
        return None
    return found if found - found == 0 else None  # neither infinite nor "not a number"


def as_unknown(fact: Fact[Any], what: str) -> Unknown:
    """Why a value that is not a known scalar is not known."""
    value = fact.value
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Reference) and value.text:
        return Unknown(("value", what, value.text), f"{what} is {value.text}, a resource of an account", fact.location)
    if isinstance(value, Reference):
        key: tuple[object, ...] = ("attribute", value.address, value.attribute)
        return Unknown(key, f"{what} is known when {value.address.rpartition('#')[2]} is deployed", fact.location)
    if value is ABSENT:
        return Unknown(("absent", what, fact.location), f"{what} is not set", fact.location)
    return Unknown(("value", what, str(value)), f"{what} is {value!r}, which is not understood", fact.location)


def written(fact: Fact[Any]) -> str:
    """A value for labels and messages: a parameter as ``${Port}``, also within a text; ``?`` if it has no name."""
    known = text(fact)
    if known is not None:
        return known
    value = fact.value
    if isinstance(value, Reference):
        return value.text or _resource(value.address)
    return _symbol(value.key) if isinstance(value, Unknown) else "?"


def _symbol(key: object) -> str:
    match key:
        case ("parameter", _, str(name)) | ("pseudo", str(name), *_):
            return f"${{{name}}}"
        case ("ssm", str(name), *_):
            return f"{{{{resolve:ssm:{name}}}}}"
        case ("text", tuple(parts)):
            return "".join(part if isinstance(part, str) else _symbol(part[1]) for part in parts)
        case ("attribute", str(address), _):
            return _resource(address)
    return "?"


def _resource(address: str) -> str:
    """A resource: ``${Web}`` by its logical id, one of an account by its own, ``/ecs/web``."""
    id = address.rpartition("#")[2]
    return id.partition("/")[2] if id.startswith("AWS::") and "/" in id else f"${{{id}}}"
