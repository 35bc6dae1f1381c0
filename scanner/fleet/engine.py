"""The seam between what is to be done and who does it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from threading import Event

    from scanner.fleet.outcome import Outcome
    from scanner.sources.account.login import Target

Batch = tuple["Target", ...]
"""Accounts that one worker reads one after the other, so that what it has made for the first serves all."""

THREADS = "threads"
DASK = "dask://"
MOST_IN_BATCH = 20
"""Accounts: a worker that is lost costs no more than these being read again."""
BATCHES_A_WORKER = 4
"""At the least, so that all workers end at about the same time."""


class EngineError(Exception):
    """An engine cannot work; it says why and what to do."""


class Work(Protocol):
    """Reads and judges a batch. It can be pickled, and raises nothing for a fault of one account."""

    def __call__(self, batch: Batch, stop: Event | None = None) -> list[Outcome]:
        """What became of each account. Setting ``stop`` ends it soon: Cancelled is raised."""


class Engine(Protocol):
    """Has batches worked on."""

    def run(self, targets: Sequence[Target], work: Work) -> Generator[Outcome, None, None]:
        """What became of each account, as it comes, in any order; closing the iterator ends the work.

        A batch whose worker is lost is tried again; an account that cannot be read even then has an outcome that
        says so. Raises EngineError if nothing can be worked on.
        """


@dataclass(frozen=True, slots=True)
class Chosen:
    """An engine as it is named: ``threads``, or ``dask://HOST:PORT``."""

    address: str = ""
    """Of Dask's scheduler; empty for threads."""

    def made(self, workers: int) -> Engine:
        """The engine. Raises EngineError if what it needs is not installed.

        ``workers`` is how many accounts threads read at a time, or how many workers of Dask to wait for; 0 leaves it
        to the engine.
        """
        if not self.address:
            from scanner.fleet.threads import Threads

            return Threads(workers)
        from scanner.fleet.dask import Dask

        return Dask(self.address, workers)


def chosen(text: str) -> Chosen:
    """An engine by its name. Raises ValueError for one that there is not."""
    if text == THREADS:
        return Chosen()
    host, colon, port = text.removeprefix(DASK).rstrip("/").rpartition(":")
    if not text.startswith(DASK) or not (host and colon and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{text}: write {THREADS} or {DASK}HOST:PORT")
    return Chosen(f"tcp://{host}:{port}")


def batches(targets: Sequence[Target], workers: int) -> list[Batch]:
    """The accounts in batches for so many workers."""
    size = max(1, min(MOST_IN_BATCH, len(targets) // (max(workers, 1) * BATCHES_A_WORKER)))
    return [tuple(targets[start : start + size]) for start in range(0, len(targets), size)]
