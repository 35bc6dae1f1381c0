"""Messages, read: those that are given, and those that a service has had."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from scanner.analysis.messages import Reading, catalogue, read_message
from scanner.topology.ecs.service import Service
from scanner.topology.lookup import number, text

GIVEN, EVENT, TASK, TARGET = "given", "service event", "stopped task", "target health"
WELL = frozenset({"healthy", "initial", "draining", "unhealthy.draining"})
"""States of targets with which nothing is wrong."""
MOST_NEAR = 3
NEAR = 0.5
"""The likeness, from 0 to 1, from which a message that is known counts as near to one that is not."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, with what it was found to say."""

    text: str
    reading: Reading
    source: str = GIVEN
    service: str = ""
    """The address of the service that had it; empty if it was given."""
    at: str = ""
    """When, as AWS writes it."""
    times: int = 1
    """How many said the same, but for tasks, instances and ports."""

    @property
    def is_known(self) -> bool:
        return bool(self.reading.messages or self.reading.faults)


def given(said: str) -> tuple[Heard, ...]:
    """The messages of a text, one for each line that says something known; one for all, if none does so by itself."""
    lines = [Heard(" ".join(line.split()), read_message(line)) for line in said.splitlines() if line.strip()]
    known = tuple(one for one in lines if one.is_known)
    whole = Heard(" ".join(said.split()), read_message(said))
    if not known or set(whole.reading.faults) - {code for one in known for code in one.reading.faults}:
        return (whole,) if whole.is_known else tuple(lines)
    return known


def of_service(service: Service, hours: float) -> Iterator[Heard]:
    """What tells of something wrong with a service in an account: its events and the tasks that stopped in so many
    hours before the account was read, and its targets as they are. May raise Fork."""
    for event in service.events(hours=hours):
        yield _heard(text(event.message()) or "", EVENT, service, text(event.created_at()) or "")
    for task in service.stopped_tasks(hours=hours):
        yield _heard(text(task.reason()) or "", TASK, service, text(task.stopped_at()) or "")
    for binding in service.bindings():
        for target in binding.targets():
            state, code = text(target.property("TargetHealth.State")) or "", text(target.reason()) or ""
            if state in WELL or not code:
                continue
            said = text(target.property("TargetHealth.Description")) or ""
            written = f"{target.label} is {state}: {code}" + (f" ({said})" if said else "")
            faults = tuple(dict.fromkeys((code, *read_message(said).faults))) if code in catalogue().faults else ()
            # The group's ARN is the key of its resource, and what events name it by.
            named = (
                ("port", str(number(target.port()) or "")),
                ("target_group", target.resource.address.partition("#")[2]),
            )
            reading = replace(read_message(said), faults=faults, named=tuple(pair for pair in named if pair[1]))
            yield Heard(written, reading, TARGET, service.address)


def _heard(said: str, source: str, service: Service, at: str) -> Heard:
    return Heard(said, read_message(said), source, service.address, at)


def summed_up(heard: Iterable[Heard]) -> tuple[Heard, ...]:
    """The messages that tell of something wrong, the latest of each kind first, with how often it was said."""
    found: dict[tuple[Any, ...], Heard] = {}
    for one in sorted((one for one in heard if one.reading.faults), key=lambda one: one.at, reverse=True):
        key = (one.source, one.service, one.reading.faults, one.reading.get("target_group"))
        first = found.get(key)
        found[key] = replace(first, times=first.times + 1) if first is not None else one
    return tuple(found.values())


def nearest(said: str) -> list[str]:
    """What known messages mean that are near to one that is not known, the nearest first."""
    words = _words(said)
    likeness = {message.about: _likeness(words, message.patterns) for message in catalogue().messages}
    near = sorted((about for about, much in likeness.items() if much >= NEAR), key=lambda about: -likeness[about])
    return near[:MOST_NEAR]


def _words(said: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[^\W\d_]{3,}", said.lower())}


def _likeness(words: set[str], patterns: Iterable[Any]) -> float:
    """How many of the words that a pattern is made of are said, as a part of them."""
    best = 0.0
    for pattern in patterns:
        own = _words(re.sub(r"\(\?P<\w+>(?:[^()]|\\.)*\)|\\[a-z]|\[[^\]]*\]", " ", pattern.pattern))
        best = max(best, len(own & words) / len(own) if own else 0.0)
    return best
