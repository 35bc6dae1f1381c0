"""CloudWatch metrics over a window: whether their values were ever above a limit.

A snapshot has the greatest value of a metric and, if it tells, when that was. The window that is asked for ends when
the account was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from scanner.model import ABSENT, Fact, Resource, ResourceGraph, Unknown, get
from scanner.topology.lookup import elements, quantity, text
from scanner.topology.observed.region import module_of, moment, not_observed, taken_at, unseen

TYPE = "Observed::Metric"
LIST = "metrics"
SLACK = timedelta(minutes=15)
"""By how much less than the window values may cover: CloudWatch has the latest ones some minutes late."""


def metric(
    graph: ResourceGraph, owner: Resource, namespace: str, name: str, stat: str, dimensions: Mapping[str, str]
) -> Resource | Unknown:
    """The values of a metric of a resource, the latest ones; dimensions beside these do not matter.

    The last one of ``dimensions`` is that which tells the resource from most others.
    """
    known = graph.memo(("observed", TYPE), lambda: _indexed(graph))
    told = f"{module_of(owner)} {namespace} {name} {stat} {list(dimensions.items())[-1]}"
    found = [one for one, stated in known.get(told, ()) if dimensions.items() <= stated.items()]
    if found:
        return max(found, key=lambda one: text(one.get("EndTime")) or "")
    rest = unseen(graph, owner, LIST, TYPE, name)
    return rest or not_observed(owner, name, f"{LIST} has no {stat} of it")


def highest(values: Resource | Unknown) -> Fact[Any]:
    """The greatest value of a metric in the window of the snapshot; absent if it has none."""
    if isinstance(values, Unknown):
        return Fact(values)
    return values.get("Datapoints.Maximum")


def exceeds(
    graph: ResourceGraph, values: Resource | Unknown, hours: float, limit: float, *, reached: bool = False
) -> Fact[Any]:
    """Whether a metric was above a limit in the hours before the account was read: true, false or not known.

    With ``reached``, being just at the limit counts as well. It is false where there is no value at all: nothing ran.
    """
    if isinstance(values, Unknown):
        return Fact(values)
    peak = values.get("Datapoints.Maximum")
    top = quantity(peak)
    begins, ends = moment(values.get("StartTime")), moment(values.get("EndTime"))
    now = taken_at(graph, values)
    if begins is None or ends is None or now is None or (top is None and peak.value is not ABSENT):
        return _unknown(values, f"the values of {_name(values)} are not understood", peak)
    since = now - timedelta(hours=hours)
    if top is not None and (top > limit or (reached and top == limit)):
        when = moment(values.get("Datapoints.MaximumAt")) or begins
        if when >= since:
            return Fact(True, peak.at)
        reason = f"{_name(values)} was {top:g}, perhaps before the last {hours:g} hours"
        return _unknown(values, reason, peak)
    if begins > since + SLACK or ends < now - SLACK:
        reason = f"the values of {_name(values)} do not cover the last {hours:g} hours"
        return _unknown(values, reason, values.get("StartTime"))
    return Fact(False, peak.at)


def _unknown(values: Resource, reason: str, at: Fact[Any]) -> Fact[Any]:
    supply = "a snapshot with a window as long as the rule's"
    return Fact(Unknown(("metric", values.address, reason), reason, at.location, supply), at.at)


def _name(values: Resource) -> str:
    return text(values.get("MetricName")) or "the metric"


def _indexed(graph: ResourceGraph) -> dict[str, list[tuple[Resource, dict[str, str]]]]:
    """All metrics with their dimensions, by what they are and each of their dimensions."""
    found: dict[str, list[tuple[Resource, dict[str, str]]]] = {}
    for one in graph.declared(TYPE):
        namespace, name, stat = (text(one.get(field)) or "" for field in ("Namespace", "MetricName", "Stat"))
        stated = {
            text(get(item, "Name")) or "": text(get(item, "Value")) or "" for item in elements(one.get("Dimensions"))
        }
        for dimension in stated.items():
            told = f"{module_of(one)} {namespace} {name} {stat} {dimension}"
            found.setdefault(told, []).append((one, stated))
    return found
