"""What was observed in an account: the lists of ``observed``, whose items are resources of types of our own.

What an item holds is checked against ``reports/snapshot.schema.json`` itself, of which only ``type``, ``required``,
``properties``, ``items``, ``pattern``, ``minLength``, ``minimum`` and ``$ref`` are understood: all that it uses there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from scanner import syntax
from scanner.data import data_folder
from scanner.sources.snapshot.account import Entry
from scanner.syntax import SyntaxProblem
from scanner.syntax.nodes import shown

REGION = "Observed::Region"
"""The account in its region itself: ``TakenAt``, and which lists it has."""

TYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "target_health": ("Observed::TargetHealth", ("TargetGroupArn",)),
    "service_events": ("Observed::ServiceEvents", ("serviceArn",)),
    "stopped_tasks": ("Observed::StoppedTask", ("taskArn",)),
    "metrics": ("Observed::Metric", ("Namespace", "MetricName", "Stat", "Dimensions")),
    "container_instances": ("Observed::ContainerInstance", ("containerInstanceArn",)),
    "instance_status": ("Observed::InstanceStatus", ("InstanceId",)),
    "health_events": ("Observed::HealthEvent", ("arn",)),
}
"""By list, the type of the resources that its items are, and the fields that tell one from the others."""
PROBES: dict[str, tuple[str, tuple[str, ...]]] = {
    "http_probes": ("Observed::HttpProbe", ("Url",)),
    "interface_probes": ("Observed::InterfaceProbe", ("SubnetId",)),
}
"""The same for what is only tried on request (``clearway probe``): no call reads it, and nobody misses it."""

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "text"),
    "integer": ((int,), "a whole number"),
    "number": ((int, float), "a number"),
    "boolean": ((bool,), "true or false"),
}


def observations(node: syntax.Node | None, file: str) -> Iterator[Entry]:
    """The entries that an account's ``observed`` comes to. Raises SyntaxProblem at the first that is malformed."""
    if node is None:
        return
    _Check(file).all(node, _schema()["observed"], "observed")
    assert isinstance(node, syntax.Mapping)
    for name, items in node.entries.items():
        type, told_by = TYPES[name] if name in TYPES else PROBES[name]
        seen: dict[str, int] = {}
        for item in items.items if isinstance(items, syntax.Sequence) else ():
            assert isinstance(item, syntax.Mapping)
            id = "/".join(_told(item.entries[field]) for field in told_by)
            line, column = item.span[:2]
            if id in seen:
                raise SyntaxProblem(file, line, column, f"{name}: {shown(id)} is there twice: first on line {seen[id]}")
            seen[id] = line
            yield Entry(item, type, id, observed=True)


def region(mapping: syntax.Mapping, taken_at: syntax.Node) -> Entry:
    """The entry of an account and region itself, from its mapping in the snapshot."""
    known = mapping.entries
    observed = known.get("observed")
    lists = observed.keys if isinstance(observed, syntax.Mapping) else {}
    names: list[syntax.Node] = [syntax.Scalar(span, "", name, name, False) for name, span in lists.items()]
    place = known["region"].span
    entries = {"Region": known["region"], "TakenAt": taken_at, "Observed": syntax.Sequence(place, "", names)}
    node = syntax.Mapping(place, "", entries, {name: value.span for name, value in entries.items()})
    assert isinstance(known["region"], syntax.Scalar)
    return Entry(node, REGION, known["region"].text, observed=True)


def _told(node: syntax.Node) -> str:
    """A field as part of an id: a scalar as it is written, dimensions as ``ClusterName=shop``."""
    if isinstance(node, syntax.Sequence):
        return ",".join(sorted("=".join(syntax.to_plain(item).values()) for item in node.items))
    return node.text if isinstance(node, syntax.Scalar) else ""


@lru_cache(maxsize=1)
def _schema() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((data_folder("reports") / "snapshot.schema.json").read_text("utf-8"))["$defs"]
    return found


class _Check:
    """Checks nodes against the part of JSON Schema that the format uses for observations."""

    def __init__(self, file: str) -> None:
        self._file = file

    def all(self, node: syntax.Node, schema: Mapping[str, Any], what: str) -> None:
        """Raises SyntaxProblem at the first thing below a node that is not as a schema has it."""
        if "$ref" in schema:
            schema = _schema()[schema["$ref"].rpartition("/")[2]]
        kind = schema["type"]
        if kind == "object":
            self._object(node, schema, what)
        elif kind == "array":
            if not isinstance(node, syntax.Sequence):
                raise self._problem(node, f"{what} is not a list")
            for item in node.items:
                self.all(item, schema["items"], f"an item of {what}")
        else:
            self._scalar(node, schema, what)

    def _object(self, node: syntax.Node, schema: Mapping[str, Any], what: str) -> None:
        if not isinstance(node, syntax.Mapping):
            raise self._problem(node, f"{what} is not an object")
        known = schema["properties"]
        for name, value in node.entries.items():
            if name not in known:
                line, column = node.keys[name][:2]
                message = f"{what} has no {shown(name)!r}; it has {', '.join(known)}"
                raise SyntaxProblem(self._file, line, column, message)
            self.all(value, known[name], name)
        for name in schema.get("required", ()):
            if name not in node.entries:
                raise self._problem(node, f"{what} needs {name!r}")

    def _scalar(self, node: syntax.Node, schema: Mapping[str, Any], what: str) -> None:
        types, said = _KINDS[schema["type"]]
        value = node.value if isinstance(node, syntax.Scalar) else None
        right = isinstance(value, types) and (isinstance(value, bool) == (bool in types))
        if isinstance(value, str):
            right = right and len(value) >= schema.get("minLength", 0)
            if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
                right, said = False, f"as in {schema['examples'][0]}"
        elif right and value is not None and value < schema.get("minimum", value):
            right, said = False, f"{schema['minimum']} or more"
        if not right:
            raise self._problem(node, f"{what} is not {said}")

    def _problem(self, node: syntax.Node, message: str) -> SyntaxProblem:
        return SyntaxProblem(self._file, node.span[0], node.span[1], message)
