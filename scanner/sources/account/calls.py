"""The one place that calls the AWS API.

A call that is denied, throttled to the end of its retries, cut off or answered in part never ends a collection: it is
written down by its name, so that the reader of the snapshot knows what may be out of sight. Whatever its answer had up
to there is kept.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from threading import Event, Lock
from typing import Any, Protocol, TypeVar

from scanner.sources.account.shapes import pascal

T = TypeVar("T")
R = TypeVar("R")

MOST_PAGES = 10_000
"""Of one listing: more is a listing that does not end."""
CLIENTS = {
    "elasticloadbalancing": "elbv2",
    "states": "stepfunctions",
    "tag": "resourcegroupstaggingapi",
}
"""The name of a service's client where it is not the prefix of its actions in IAM policies."""
_TOKENS = ("NextToken", "nextToken", "NextMarker", "Marker", "PaginationToken")
_TRUNCATED = ("IsTruncated", "Truncated", "HasMoreResults")


class Cancelled(Exception):
    """The collection was stopped from outside."""


class Clients(Protocol):
    """Gives the clients of boto3."""

    def client(self, service: str, region: str) -> Any: ...


class Calls:
    """Calls of one account and region. Safe to use from several threads."""

    def __init__(
        self,
        clients: Clients,
        region: str,
        declared: Iterable[str],
        pool: Executor,
        stop: Event | None = None,
    ) -> None:
        self.region = region
        self._clients = clients
        self._declared = frozenset(declared)
        self._pool = pool
        self._stop = stop or Event()
        self._failures: dict[str, str] = {}
        self._lock = Lock()

    # --- calls

    def items(self, api: str, key: str, *, raw: bool = False, **parameters: Any) -> list[Any]:
        """All items of a listing, over all its pages; ``key`` is the field that has them.

        Field names begin with a capital, as in CloudFormation, unless ``raw``. A listing that fails on the way gives
        what came before; one of something that is gone by now gives nothing.
        """
        found: list[Any] = []
        for page in self.pages(api, **parameters):
            found += page.get(key) or ()
        return found if raw else [pascal(item, self._member(api, key)) for item in found]

    def pages(self, api: str, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        """The pages of a listing, as they are answered. One that says there are more without saying how to get them
        is noted."""
        token_name, given = self._token(api), dict(parameters)
        seen: set[str] = set()
        for _ in range(MOST_PAGES):
            try:
                page = self._call(api, given)
            except _Gone:
                return
            if page is None:
                return
            yield page
            token = next((page[name] for name in _TOKENS if page.get(name)), None)
            if token is None:
                if any(page.get(name) for name in _TRUNCATED):
                    self.fail(api, "Truncated")
                return
            if token_name is None or str(token) in seen:
                self.fail(api, "Truncated")
                return
            seen.add(str(token))
            given[token_name] = token
        self.fail(api, f"Truncated: more than {MOST_PAGES:,} pages")

    def one(self, api: str, *, raw: bool = False, **parameters: Any) -> dict[str, Any] | None:
        """One answer; None if the call failed, an empty one if what it asks for is gone by now."""
        try:
            answer = self._call(api, parameters)
        except _Gone:
            return {}
        if answer is None or raw:
            return answer
        made: dict[str, Any] = pascal(answer, self._shape(api))
        return made

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """What a function that makes calls gives for each item, several at a time. It must not use ``each`` itself."""
        context = contextvars.copy_context
        waiting = [self._pool.submit(context().run, function, item) for item in items]
        return [one.result() for one in waiting]

    def batches(self, items: Sequence[T], size: int) -> list[Sequence[T]]:
        """The items in batches, for calls that take several."""
        return [items[start : start + size] for start in range(0, len(items), size)]

    # --- what failed

    def fail(self, api: str, error: str) -> None:
        """Notes that a call did not give all that there is."""
        with self._lock:
            self._failures.setdefault(api, error)

    def failed(self, api: str) -> bool:
        """Whether a call did not give all that there is."""
        with self._lock:
            return api in self._failures

    def failures(self) -> list[dict[str, str]]:
        """The calls that failed, as a snapshot has them."""
        with self._lock:
            return [{"api": api, "error": error} for api, error in sorted(self._failures.items())]

    # --- how

    def _call(self, api: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
        if api not in self._declared:
            raise ValueError(f"{api} is called, but no collector declares it")
        if self._stop.is_set():
            raise Cancelled
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
        from botocore.parsers import ResponseParserError

        service, _, action = api.partition(":")
        try:
            client = self._clients.client(CLIENTS.get(service, service), self.region)
            answer: dict[str, Any] = getattr(client, _method(action))(**parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code") or "Unknown")
            if is_gone(code):
                raise _Gone from None
            self.fail(api, code)
        except (BotoCoreError, HTTPClientError, ResponseParserError, OSError) as error:
            self.fail(api, type(error).__name__)
        else:
            answer.pop("ResponseMetadata", None)
            return answer
        return None

    def _shape(self, api: str) -> Any:
        service, _, action = api.partition(":")
        client = self._clients.client(CLIENTS.get(service, service), self.region)
        return client.meta.service_model.operation_model(action).output_shape

    def _member(self, api: str, key: str) -> Any:
        shape = self._shape(api)
        listed = shape.members.get(key) if shape is not None else None
        return getattr(listed, "member", None)

    def _token(self, api: str) -> str | None:
        """The parameter that asks for the next page."""
        service, _, action = api.partition(":")
        client = self._clients.client(CLIENTS.get(service, service), self.region)
        shape = client.meta.service_model.operation_model(action).input_shape
        members = shape.members if shape is not None else {}
        return next((name for name in _TOKENS if name in members), None)


class _Gone(Exception):
    """What was asked for does not exist any more."""


def is_gone(code: str) -> bool:
    """Whether an error's code says that something which was listed does not exist (any more)."""
    return "NotFound" in code or "DoesNotExist" in code or code.startswith("NoSuch")


def _method(action: str) -> str:
    from botocore import xform_name

    name: str = xform_name(action)
    return name
