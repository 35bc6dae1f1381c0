"""Dynamic references to SSM parameters: ``{{resolve:ssm:name:version}}``.

"Get values stored in other services using dynamic references", AWS CloudFormation User Guide. Secrets are never read.
"""

from __future__ import annotations

import re
from typing import Any

from scanner.model import Fact
from scanner.sources.cloudformation.parameters import AccountValues

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
