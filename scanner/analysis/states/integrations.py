"""What a Task state calls, told from its Resource ("Integrating services", AWS Step Functions Developer Guide)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from scanner.analysis.states.values import is_query
from scanner.analysis.texts import parts_of
from scanner.model import ABSENT, Fact, Reference, Unknown

REQUEST_RESPONSE = "request_response"
SYNC = "sync"
TASK_TOKEN = "wait_for_task_token"

_PATTERNS = {"": REQUEST_RESPONSE, ".sync": SYNC, ".sync:2": SYNC, ".waitForTaskToken": TASK_TOKEN}
_UNKNOWN = "\ue000"
"""Stands for a part of the ARN that is not known."""
_STATES = re.compile(r"[^:]*:[^:]*:states:[^:]*:[^:]*:(aws-sdk:)?([\w-]+):(\w+)(\.\w+(?::2)?)?")
_OTHER = re.compile(r"[^:]*:[^:]*:([\w-]+):[^:]*:[^:]*:([\w-]+)(?::.*)?")


@dataclass(frozen=True, slots=True)
class Integration:
    """A call: of an API action of a service, of a Lambda function (``lambda``, ``invoke``) or an activity."""

    service: str
    action: str
    pattern: str = REQUEST_RESPONSE
    is_sdk: bool = False
    """Through ``aws-sdk``, where nothing waits for what the call starts."""


def integration(resource: Fact[Any]) -> Integration | Unknown | None:
    """The call that a Resource names; None if it names none that is understood, Unknown if it is not known.

    A reference to another resource is a Lambda function's ARN, or an activity's, which is no call of an API either.
    """
    value = resource.value
    if value is ABSENT or is_query(value):
        return None
    if isinstance(value, Reference):
        return Integration("lambda", "invoke")
    spelled = "".join(part if isinstance(part, str) else _UNKNOWN for part in parts_of(value)).strip()
    found = _STATES.fullmatch(spelled)
    if found is not None:
        sdk, service, action, suffix = found.groups()
        pattern = _PATTERNS.get(suffix or "")
        if service == "activity":
            return Integration("activity", "")
        return Integration(service, action, pattern, sdk is not None) if pattern is not None else None
    other = _OTHER.fullmatch(spelled)
    if other is not None and other.group(1) != "states":
        return Integration("lambda", "invoke") if other.group(1) == "lambda" else None
    return value if isinstance(value, Unknown) else None
