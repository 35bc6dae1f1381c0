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


@dataclass(frozen=True, slots=True)
class Service:
    """The actions of a service by their names in lower case, without the prefix."""

    prefix: str
    actions: dict[str, Action]
    many: frozenset[str]
    """Its condition keys, in lower case, that hold several values."""


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
    row: dict[str, Any] = json.loads(line)
    keys = [_cut(key) for key, _ in row["keys"]]
    actions = {}
    for name, (resources, held) in row["actions"].items():
        own = {keys[n] for n in held} | {keys[n] for place in resources for n in row["resources"][place][1]}
        templates = tuple(dict.fromkeys(row["resources"][place][0] for place in resources))
        actions[name.lower()] = Action(f"{prefix.lower()}:{name}", templates, frozenset(own))
    many = frozenset(cut for cut, (_, kind) in zip(keys, row["keys"], strict=True) if kind.startswith("ArrayOf"))
    return Service(prefix.lower(), actions, many)


def _cut(key: str) -> str:
    """A condition key in lower case up to its placeholder."""
    return re.split(r"\$\{|<", key, maxsplit=1)[0].lower()


def action(name: str) -> Action | None:
    """An action by its full name, in any case; None if the catalogue has none of that name."""
    prefix, colon, rest = name.partition(":")
    found = service(prefix) if colon else None
    return found.actions.get(rest.lower()) if found is not None else None


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_WILD.get(c, re.escape(c)) for c in pattern.lower()), re.DOTALL)


_WILD = {"*": ".*", "?": "."}


def names_action(pattern: str, name: str) -> bool:
    """Whether an element of ``Action`` names an action; case does not count."""
    return _expression(pattern).fullmatch(name.lower()) is not None


def expand(pattern: str) -> tuple[Action, ...]:
    """The actions of the catalogue that an element of ``Action`` names, in the catalogue's order.

    A name without wildcards that the catalogue does not have is nothing here: what it may be granted on is not known.
    """
    prefix, colon, rest = pattern.partition(":")
    if not colon:
        return tuple(found for name in services() for found in _all(name)) if set(pattern) == {"*"} else ()
    if "*" not in pattern and "?" not in pattern:
        found_action = action(pattern)
        return (found_action,) if found_action is not None else ()
    wild = "*" in prefix or "?" in prefix
    names = [name for name in services() if names_action(prefix, name)] if wild else [prefix]
    return tuple(found for name in names for found in _all(name) if names_action(rest, found.name.partition(":")[2]))


def _all(prefix: str) -> tuple[Action, ...]:
    found = service(prefix)
    return tuple(found.actions.values()) if found is not None else ()


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
