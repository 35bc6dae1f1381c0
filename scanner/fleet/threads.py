"""Threads of this machine: while the calls of one account are under way, another is judged."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING

from scanner.fleet.engine import Work
from scanner.fleet.outcome import Outcome

if TYPE_CHECKING:
    from scanner.sources.account.login import Target

ACCOUNTS = 4
"""Accounts at a time. More of them wait for one processor, which signs requests and reads answers."""


class Threads:
    """Reads some accounts at a time in this process."""

    def __init__(self, workers: int = 0) -> None:
        self._workers = workers or ACCOUNTS

    def run(self, targets: Sequence[Target], work: Work) -> Generator[Outcome, None, None]:
        """As ``Engine.run`` says; a thread is never lost."""
        stop = Event()
        left = iter(targets)
        with ThreadPoolExecutor(self._workers) as pool:
            try:
                # No more are started than can run: an outcome is taken before the next account is read.
                waiting = {pool.submit(work, (target,), stop) for target in islice(left, self._workers)}
                while waiting:
                    done, waiting = _first(waiting)
                    for future in done:
                        yield from future.result()
                    waiting |= {pool.submit(work, (target,), stop) for target in islice(left, len(done))}
            finally:
                stop.set()


def _first(waiting: set[Future[list[Outcome]]]) -> tuple[set[Future[list[Outcome]]], set[Future[list[Outcome]]]]:
    found = wait(waiting, return_when=FIRST_COMPLETED)
    return found.done, found.not_done
