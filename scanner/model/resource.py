"""A resource as a source states it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scanner.model.location import Location
from scanner.model.unknown import Unknown
from scanner.model.values import ABSENT, Fact, Items, Reference

BELOW = "below"
"""The first part of an unknown's key where its owner is unknown, so that it may not even be there."""


@dataclass(frozen=True, slots=True)
class Exit:
    """A place where a resource's identity leaves the scan, so that others may refer to it."""

    location: Location
    says: str
    """For people: ``output TargetGroupArn``."""
    attribute: str = ""
    """The attribute that leaves; "" for the resource's own name, or one that is not written out."""


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """A resource in one world, with CloudFormation's names for its type and properties.

    ``properties`` is read lazily; reading one may raise Fork.
    """

    address: str
    """Unique in the scan: ``file#id``."""
    id: str
    type: str
    properties: Mapping[str, Fact[Any]]
    location: Location
    """Of its name, the place to show where no property is to blame."""
    source: str = "cloudformation"
    depends_on: tuple[Reference, ...] = ()
    exists: Callable[[], bool] = field(default=_always)
    """Whether it is created in this world; may raise Fork."""
    metadata: Mapping[str, Fact[Any]] = field(default_factory=dict)
    """What stands beside its properties for tools, such as ``AWS::CloudFormation::Init``."""
    attributes: Mapping[str, Fact[Any]] = field(default_factory=dict)
    """What ``GetAtt`` gives of it, as far as the source knows: an account does, a template does not."""

    def get(self, path: str) -> Fact[Any]:
        """The property at a dotted path; the value is ABSENT, placed at its nearest owner, where there is none."""
        return get(Fact(self.properties, (self.location,)), path)


def get(owner: Fact[Any], path: str) -> Fact[Any]:
    """What stands at a dotted path below a value: ``LoadBalancers.0.TargetGroupArn``.

    Below an unknown stands an unknown of its own. ABSENT is placed at the nearest owner.
    """
    here = owner
    for step in path.split("."):
        value = here.value
        if isinstance(value, Unknown):
            here = Fact(replace(value, key=(BELOW, value.key, step)), here.at)
            continue
        if value is ABSENT:
            return here
        if isinstance(value, Mapping):
            found = value.get(step)
            here = found if found is not None else Fact(ABSENT, here.at)
        elif isinstance(value, Items) and step.isdigit():
            index = int(step)
            if index < len(value.items):
                here = value.items[index]
            else:
                here = Fact(value.rest if value.rest is not None else ABSENT, here.at)
        else:
            here = Fact(ABSENT, here.at)
    return here
