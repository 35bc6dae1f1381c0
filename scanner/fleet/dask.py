"""Workers of a Dask cluster: many processes, on many machines.

A worker that is lost takes nothing along but the batches that it was at; the scheduler gives those to others. A batch
that fails all the same is tried account by account, so that one account which always fails costs no other.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from scanner.fleet.engine import Batch, EngineError, Work, batches
from scanner.fleet.outcome import Outcome, lost

if TYPE_CHECKING:
    from scanner.sources.account.login import Target

CONNECT_SECONDS = 20
WAIT_SECONDS = 120
"""For workers, at the start and whenever there is none left."""
LOOK_SECONDS = 2.0
"""How often it is looked whether there are workers."""
TRIES = 2
"""Of a batch, besides those that the scheduler makes when workers are lost: then of each of its accounts."""
AHEAD = 2
"""Batches that are handed out for each thread of a worker: one under way, one that waits there."""
INSTALL = "--engine dask:// needs Dask: pip install 'clearway[fleet]'"


@dataclass(frozen=True, slots=True)
class _Try:
    """A batch that is handed out."""

    batch: Batch
    number: int = 1


class Dask:
    """Has batches worked on by the workers of a scheduler."""

    def __init__(self, address: str, workers: int = 0, *, patience: float = WAIT_SECONDS) -> None:
        """Raises EngineError if Dask is not installed."""
        try:
            import distributed
        except ImportError:
            raise EngineError(INSTALL) from None
        self._distributed: Any = distributed
        self._address = address
        self._workers = workers or 1
        self._patience = patience

    def run(self, targets: Sequence[Target], work: Work) -> Generator[Outcome, None, None]:
        """As ``Engine.run`` says. Once no worker has been there for long, what is left is lost."""
        client = self._connected()
        try:
            threads = self._awaited(client)
            left = [_Try(batch) for batch in reversed(batches(targets, threads))]
            yield from self._outcomes(client, left, work)
        finally:
            client.close(timeout=CONNECT_SECONDS)

    def _connected(self) -> Any:
        try:
            return self._distributed.Client(self._address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise EngineError(f"no scheduler of Dask answers at {self._address} ({type(error).__name__})") from None

    def _awaited(self, client: Any) -> int:
        """Waits for workers; gives how many threads they have."""
        until = time.monotonic() + self._patience
        while len(known := client.nthreads()) < self._workers:
            if time.monotonic() > until:
                raise EngineError(
                    f"the scheduler {self._address} has {len(known)} of {self._workers} workers after "
                    f"{self._patience:.0f} s; start some with `dask worker {self._address}`"
                )
            time.sleep(0.1)
        return sum(known.values())

    def _outcomes(self, client: Any, left: list[_Try], work: Work) -> Generator[Outcome, None, None]:
        """Hands out as many batches as the workers can have, and another for each that is done: what workers have not
        been asked for waits nowhere, and an outcome that was taken is held by none."""
        under_way: dict[Any, _Try] = {}
        seen = time.monotonic()
        try:
            while left or under_way:
                threads = _threads(client)
                if threads:
                    seen = time.monotonic()
                elif time.monotonic() - seen > self._patience:
                    for one in (*under_way.values(), *left):
                        yield from (lost(target.account, "no worker is left to read it") for target in one.batch)
                    return
                while left and len(under_way) < max(1, threads * AHEAD):
                    one = left.pop()
                    under_way[_submitted(client, work, one)] = one
                for future in self._done(client, under_way):
                    one = under_way.pop(future)
                    outcomes, why = _result(future)
                    if why:
                        again, given_up = _again(one, why)
                        left += again
                        yield from given_up
                    yield from outcomes
                    future.release()
        finally:
            if under_way:
                client.cancel(list(under_way))

    def _done(self, client: Any, under_way: dict[Any, _Try]) -> list[Any]:
        """Those that are done, after a while at the latest."""
        with suppress(TimeoutError, self._distributed.CancelledError), client.as_current():
            self._distributed.wait(list(under_way), timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED")
        return [future for future in under_way if future.done()]


def _threads(client: Any) -> int:
    """Of all workers; none while the scheduler does not answer."""
    try:
        return sum(client.nthreads().values())
    except (OSError, TimeoutError, RuntimeError, ValueError):
        return 0


def _submitted(client: Any, work: Work, one: _Try) -> Any:
    # pure=False and a name of its own: the same accounts tomorrow are not the same work.
    return client.submit(work, one.batch, pure=False, key=f"clearway-{uuid4().hex}", retries=0)


def _result(future: Any) -> tuple[list[Outcome], str]:
    """What became of a batch, or why nothing did."""
    try:
        return future.result(), ""
    except Exception as error:  # of the worker: lost too often, or of another version
        said = " ".join(str(error).split())[:300]
        return [], f"{type(error).__name__}: {said}" if said else type(error).__name__


def _again(one: _Try, why: str) -> tuple[list[_Try], list[Outcome]]:
    """What is tried again of a batch that failed: each account by itself; and what is given up."""
    if one.number < TRIES:
        return [_Try((target,), one.number + 1) for target in reversed(one.batch)], []
    return [], [lost(target.account, f"its worker failed each time ({why})") for target in one.batch]
