"""The catalogue of actions: what exists, on which resources, under which condition keys.

From AWS's Service Authorization Reference; ``origin`` says by which package and of which day. One file with a line for
each service, of which only those that are asked for are parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from scanner.analysis.iam.glob import Pattern
from scanner.analysis.iam.patterns import template_pattern

_FILE = Path(__file__).with_name("data") / "actions.jsonl"

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f")
"""The partitions of AWS, from the endpoint data of its SDKs."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action of the catalogue."""

    name: str
    """As AWS writes it: ``ecs:RunTask``."""
    resources: tuple[str, ...]
    """Templates of the ARNs it is granted on; none if it is granted on ``*`` alone."""
    keys: frozenset[str]
    """The condition keys of its service that a request for it may bear, in lower case, and the global ones it lists.
    What follows a slash in a key with a placeholder is left out: ``aws:resourcetag/``."""

    def bears(self, key: str) -> bool:
        """Whether a request for the action may bear a condition key. Global keys (``aws:``) may always stand there."""
        low = key.lower()
        if low.startswith("aws:") or ":" not in low:
            return True
        return low in self.keys or any(low.startswith(known) for known in self.keys if known[-1] in "/:")

    def universe(self) -> tuple[Pattern, ...]:
        """Every resource that a request for the action can name."""
        return _universe(self.resources)


class Service:
    """The actions of a service."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.prefix: str = row["service"]
        self._row = row
        self.templates: tuple[str, ...] = tuple(template for template, _ in row["resources"])
        """Templates of the ARNs of its resource types."""
        self._keys = [_cut(key) for key, _ in row["keys"]]
        self.names = {name.lower(): f"{self.prefix}:{name}" for name in row["actions"]}
        """The full names of its actions, by what follows the prefix in lower case."""
        self.many = frozenset(
            cut for cut, (_, kind) in zip(self._keys, row["keys"], strict=True) if kind.startswith("ArrayOf")
        )
        """Its condition keys, in lower case, that hold several values."""

    def action(self, name: str) -> Action | None:
        """An action by what follows the prefix, in any case."""
        full = self.names.get(name.lower())
        if full is None:
            return None
        kinds, held = self._row["actions"][full.partition(":")[2]]
        resources = [self._row["resources"][kind] for kind in kinds]
        keys = {self._keys[n] for n in (*held, *(n for _, own in resources for n in own))}
        return Action(full, tuple(dict.fromkeys(template for template, _ in resources)), frozenset(keys))


@lru_cache(maxsize=256)
def _universe(templates: tuple[str, ...]) -> tuple[Pattern, ...]:
    if not templates:
        return (("*",),)
    return tuple(
        template_pattern(template.replace("${Partition}", partition))
        for template in templates
        for partition in (PARTITIONS if "${Partition}" in template else PARTITIONS[:1])
    )


@lru_cache(maxsize=1)
def _lines() -> tuple[str, dict[str, str]]:
    header, *lines = _FILE.read_text(encoding="utf-8").splitlines()
    return header, {line.split('"', 4)[3]: line for line in lines}


def origin() -> dict[str, str]:
    """Where the catalogue comes from: origin, version, license, date."""
    found: dict[str, str] = json.loads(_lines()[0])
    return found


def services() -> Iterable[str]:
    """The prefixes of all services."""
    return _lines()[1]


@lru_cache(maxsize=512)
def service(prefix: str) -> Service | None:
    """A service by its prefix, in any case; None if the catalogue has none."""
    line = _lines()[1].get(prefix.lower())
    if line is None:
        return None
    return Service(json.loads(line))


def _cut(key: str) -> str:
    """A condition key in lower case up to its placeholder."""
    return re.split(r"\$\{|<|(?<=/)[Tt]ag-?[Kk]ey$", key, maxsplit=1)[0].lower()


@lru_cache(maxsize=4096)
def action(name: str) -> Action | None:
    """An action by its full name, in any case; None if the catalogue has none of that name."""
    prefix, colon, rest = name.partition(":")
    found = service(prefix) if colon else None
    return found.action(rest) if found is not None else None


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_WILD.get(c, re.escape(c)) for c in pattern.lower()), re.DOTALL)


_WILD = {"*": ".*", "?": "."}


def names_action(pattern: str, name: str) -> bool:
    """Whether an element of ``Action`` names an action; case does not count."""
    return _expression(pattern).fullmatch(name.lower()) is not None


@lru_cache(maxsize=256)
def expand(pattern: str) -> tuple[str, ...]:
    """The full names of the catalogue's actions that an element of ``Action`` names, in the catalogue's order.

    A name without wildcards that the catalogue does not have is nothing here: what it may be granted on is not known.
    """
    prefix, colon, rest = pattern.partition(":")
    if not colon:
        return tuple(name for one in services() for name in _names(one)) if pattern and not pattern.strip("*") else ()
    if "*" not in pattern and "?" not in pattern:
        known = action(pattern)
        return (known.name,) if known is not None else ()
    wild = "*" in prefix or "?" in prefix
    prefixes = [one for one in services() if names_action(prefix, one)] if wild else [prefix]
    return tuple(name for one in prefixes for name in _names(one) if names_action(rest, name.partition(":")[2]))


def _names(prefix: str) -> Iterable[str]:
    found = service(prefix)
    return found.names.values() if found is not None else ()


MANY_VALUED = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
    }
)
"""The global keys that hold several values ("AWS global condition context keys", IAM User Guide)."""


def holds_many(key: str) -> bool:
    """Whether a condition key holds several values."""
    low = key.lower()
    if low in MANY_VALUED:
        return True
    if low.startswith("aws:"):
        return False
    found = service(low.partition(":")[0])
    return found is not None and low in found.many
