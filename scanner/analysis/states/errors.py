"""Which errors a retrier or catcher takes, by the names it lists.

"Handling errors in Step Functions workflows", AWS Step Functions Developer Guide: ``States.ALL`` takes every error but
``States.DataLimitExceeded`` and ``States.Runtime``; ``States.TaskFailed`` takes every error but ``States.Timeout``.
"""

from __future__ import annotations

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"

NEVER_BY_ALL = frozenset({"States.DataLimitExceeded", "States.Runtime"})
NEVER_BY_TASK_FAILED = NEVER_BY_ALL | {ALL, TIMEOUT, "States.HeartbeatTimeout"}
"""A heartbeat that is missed is documented under the timeouts, so it is not counted as a failed task."""


def takes(named: str, error: str) -> bool:
    """Whether a handler that lists one name takes an error; the error may be a wildcard, which is all it stands for."""
    if named == error:
        return True
    if named == ALL:
        return error not in NEVER_BY_ALL
    return named == TASK_FAILED and error not in NEVER_BY_TASK_FAILED
