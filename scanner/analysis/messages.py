"""What AWS says when something fails: messages read for what is wrong and what they name.

The messages and the faults they stand for are data: ``rules/patterns/messages.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from scanner.data import data_folder
from scanner.syntax import load_yaml, to_plain

FILE = "patterns/messages.yaml"
"""The data, below the folder of rules."""

MAX_LENGTH = 10_000
"""The characters of a text that are read: what AWS says is much shorter."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that can be wrong, as Elastic Load Balancing or this program calls it: ``Target.Timeout``."""

    code: str
    means: str
    rules: tuple[str, ...]
    """The ids of the rules whose failure explains it."""
    look: tuple[str, ...] = ()
    """What people can look at, beside the rules."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something that AWS says."""

    id: str
    about: str
    faults: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    from_document: bool
    """Whether one of the documents that the rules come from prints it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text was found to say."""

    messages: tuple[Message, ...] = ()
    faults: tuple[str, ...] = ()
    """The codes of what is wrong, in the order of the data; none if nothing is known to be."""
    named: tuple[tuple[str, str], ...] = ()
    """What it names: service, task, instance, port, target_group, codes, reason."""

    def get(self, name: str) -> str:
        """What it names by one of those words; empty if it does not."""
        return dict(self.named).get(name, "")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All messages, and all faults by code."""

    messages: tuple[Message, ...]
    faults: Mapping[str, Fault]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The messages and faults that are known, read once."""
    file = data_folder("rules") / FILE
    plain = to_plain(load_yaml(file.read_text("utf-8"), FILE))
    faults = {
        code: Fault(code, one["means"], tuple(one["rules"]), tuple(one.get("look", ())))
        for code, one in plain["faults"].items()
    }
    messages = tuple(
        Message(
            one["id"],
            one["about"],
            tuple(one["faults"]),
            tuple(re.compile(pattern, re.IGNORECASE) for pattern in one["patterns"]),
            bool(one.get("document", False)),
        )
        for one in plain["messages"]
    )
    return Catalogue(messages, faults)


def read_message(text: str) -> Reading:
    """What a service event, the reason of a stopped task or a target's description says.

    A text may carry several messages: all count. The first that names something is believed.
    """
    text = " ".join(text[:MAX_LENGTH].split())
    found: list[Message] = []
    named: dict[str, str] = {}
    for message in catalogue().messages:
        for pattern in message.patterns:
            match = pattern.search(text)
            if match is None:
                continue
            if message not in found:
                found.append(message)
            for name, value in match.groupdict().items():
                if value:
                    named.setdefault(name, value)
    faults = tuple(dict.fromkeys(code for message in found for code in message.faults))
    return Reading(tuple(found), faults, tuple(named.items()))


def explaining(codes: tuple[str, ...]) -> tuple[str, ...]:
    """The rules whose failure explains one of some faults, each once."""
    known = catalogue().faults
    return tuple(dict.fromkeys(rule for code in codes if code in known for rule in known[code].rules))
