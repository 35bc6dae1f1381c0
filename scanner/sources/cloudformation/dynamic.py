"""Dynamic references: ``{{resolve:ssm:name:version}}``, ``{{resolve:secretsmanager:...}}``.

"Get values stored in other services using dynamic references", AWS CloudFormation User Guide. Secrets are never read.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import Any

from scanner.model import Fact
from scanner.sources.cloudformation.parameters import AccountValues

SSM = "ssm"
"""The first part of the key of what an SSM parameter holds: ``(SSM, name)``, the same however it is read."""

_ANY = re.compile(r"\{\{resolve:[^{}]*\}\}")
_REFERENCE = re.compile(r"\{\{resolve:ssm:([a-zA-Z0-9_.\-/:]+?)(?::(\d+))?\}\}")


def resolved(text: str, context: AccountValues) -> Fact[Any] | str:
    """The text with the values of the parameters that it names, or why one is not known; "" if it names secrets."""
    values: list[Fact[Any]] = []
    for match in _REFERENCE.finditer(text):
        found, reason = context.parameter(match[1], match[2] or "")
        if found is None:
            return reason
        values.append(found)
    waiting = iter(values)
    filled = _REFERENCE.sub(lambda _: str(next(waiting).value), text)
    if not values or "{{resolve:" in filled:
        return ""
    return Fact(filled, tuple(place for value in values for place in value.at), values[0].note)


def pieces(text: str) -> Iterator[tuple[str, Hashable]]:
    """The pieces of a text with dynamic references: literals, each with None, and references, each with the key of what
    it stands for."""
    end = 0
    for match in _ANY.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], None
        stored = _REFERENCE.fullmatch(match[0])
        if stored is None:
            yield match[0], ("resolve", match[0])
        else:
            yield match[0], (SSM, f"{stored[1]}:{stored[2]}" if stored[2] else stored[1])
        end = match.end()
    if end < len(text):
        yield text[end:], None
