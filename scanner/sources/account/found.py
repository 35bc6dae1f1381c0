"""What the collectors of one account and region have found."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from threading import Lock
from typing import Any

from scanner.sources.account import shapes
from scanner.sources.snapshot.observed import TYPES

Resource = dict[str, Any]


class Found:
    """The resources of an account in one region, as a snapshot has them. Safe to fill from several threads."""

    def __init__(self) -> None:
        self._resources: dict[tuple[str, str], Resource] = {}
        self._observed: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {kind: {} for kind in TYPES}
        self._lock = Lock()

    def add(self, type: str, item: Mapping[str, Any]) -> Resource:
        """A resource made of what the API answers, by the table of shapes."""
        return self.put(shapes.resource(type, item))

    def put(self, resource: Resource) -> Resource:
        """A resource as a snapshot has it. What is listed twice, because it changed while it was listed, counts
        once."""
        with self._lock:
            return self._resources.setdefault((resource["type"], resource["id"]), resource)

    def make(self, type: str, id: str, properties: dict[str, Any], **more: Any) -> Resource:
        """A resource of properties that are CloudFormation's already."""
        return self.put({"type": type, "id": id, "properties": properties, **more})

    def of(self, *types: str) -> list[Resource]:
        """The resources of some types that were found so far."""
        with self._lock:
            return [one for (type, _), one in self._resources.items() if type in types]

    def observe(self, kind: str, items: Iterable[Mapping[str, Any]]) -> None:
        """What was seen to happen, in the API's own names; each once."""
        _, told_by = TYPES[kind]
        with self._lock:
            for item in items:
                self._observed[kind].setdefault(tuple(str(item.get(name)) for name in told_by), dict(item))

    def resources(self) -> list[Resource]:
        """All resources, in an order that does not change from one night to the next."""
        return [_plain(self._resources[key]) for key in sorted(self._resources)]

    def observed(self) -> dict[str, list[dict[str, Any]]]:
        """All that was observed, by kind, in an order of its own: an empty list says that there is nothing."""
        return {kind: [_plain(items[key]) for key in sorted(items)] for kind, items in self._observed.items()}


def strings(value: Any) -> Iterator[str]:
    """All texts anywhere in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from strings(inner)


def _plain(value: Any) -> Any:
    """A value that JSON can hold: times as RFC 3339 has them, in UTC."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime.datetime):
        return time_text(value)
    return value


def time_text(moment: datetime.datetime) -> str:
    """A moment as a snapshot writes it: ``2026-01-31T03:00:00Z``."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(datetime.timezone.utc)
    return moment.replace(tzinfo=None, microsecond=0).isoformat() + "Z"
