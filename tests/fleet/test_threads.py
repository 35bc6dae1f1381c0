"""Threads of this machine."""

from __future__ import annotations

import time
from threading import Event, Lock

import pytest

from scanner.fleet.engine import Batch
from scanner.fleet.outcome import Outcome
from scanner.fleet.threads import Threads
from tests.fleet.work import Work, targets


class Counting(Work):
    """Notes how many accounts are worked on at a time, and how many were begun."""

    now = most = begun = 0
    lock = Lock()

    def __call__(self, batch: Batch, stop: Event | None = None) -> list[Outcome]:
        kind = type(self)
        with self.lock:
            kind.now, kind.begun = self.now + 1, self.begun + 1
            kind.most = max(self.most, self.now)
        try:
            return super().__call__(batch, stop)
        finally:
            with self.lock:
                kind.now -= 1


def test_each_account_once() -> None:
    wanted = targets(30)
    found = [one.account for one in Threads(4).run(wanted, Work())]
    assert sorted(found) == [one.account for one in wanted]


def test_one_at_a_time_keeps_the_order() -> None:
    wanted = targets(5)
    assert [one.account for one in Threads(1).run(wanted, Work())] == [one.account for one in wanted]


def test_no_account() -> None:
    assert list(Threads().run([], Work())) == []


def test_no_more_than_wanted_at_a_time() -> None:
    class Here(Counting):
        pass

    list(Threads(3).run(targets(12), Here(seconds=0.02)))
    assert Here.most == 3


def test_what_was_not_taken_is_not_begun() -> None:
    class Here(Counting):
        pass

    outcomes = Threads(2).run(targets(50), Here())
    next(outcomes)
    time.sleep(0.05)
    assert Here.begun <= 4
    outcomes.close()


def test_closed_early_it_ends_soon() -> None:
    outcomes = Threads(2).run(targets(8), _Slow())
    assert next(outcomes).account == f"{0:012}"
    started = time.monotonic()
    outcomes.close()
    assert time.monotonic() - started < 5


class _Slow(Work):
    """The first account is quick, the others take half a minute."""

    def _outcome(self, account: str, stop: Event | None) -> Outcome:
        return (Work() if account == f"{0:012}" else Work(seconds=30)).__call__(tuple(targets(1)), stop)[0]


def test_fault_of_the_work_itself_is_raised() -> None:
    with pytest.raises(ValueError, match="not this one"):
        list(Threads(2).run(targets(3), Work(faulty=f"{1:012}")))
