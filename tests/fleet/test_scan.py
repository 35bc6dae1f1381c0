"""Parts are taken once, by the history before the report."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import pytest

from scanner.fleet.engine import Work as AnyWork
from scanner.fleet.gather import Gathered
from scanner.fleet.outcome import Outcome
from scanner.fleet.scan import scan_fleet
from scanner.fleet.threads import Threads
from scanner.results import Part
from scanner.sources.account.login import Target
from tests.fleet.work import Work, targets


class Twice:
    """An engine that gives each outcome twice, as when a worker is lost after its work is done."""

    closed = False

    def run(self, wanted: Sequence[Target], work: AnyWork) -> Generator[Outcome, None, None]:
        try:
            for one in wanted:
                yield from work((one,)) * 2
        finally:
            self.closed = True


def test_each_account_is_taken_once() -> None:
    kept: list[Part] = []
    told: list[str] = []
    made = Gathered()
    scan_fleet(targets(3), Twice(), Work(), made, keep=kept.append, tell=lambda one: told.extend(one.lines))
    assert len(kept) == len(told) == len(made.accounts) == 3
    assert made.document([])["summary"]["findings"]["high"] == 3


def test_interrupted_it_has_what_was_taken() -> None:
    kept: list[Part] = []
    made = Gathered()
    engine = Twice()

    def tell(outcome: Outcome) -> None:
        if len(kept) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan_fleet(targets(5), engine, Work(), made, keep=kept.append, tell=tell)
    assert (len(kept), len(made.accounts), engine.closed) == (2, 2, True)


def test_history_that_fails_leaves_the_account_out() -> None:
    def keep(part: Part) -> None:
        raise OSError("full")

    made = Gathered()
    with pytest.raises(OSError, match="full"):
        scan_fleet(targets(2), Threads(1), Work(), made, keep=keep)
    assert made.accounts == set()
