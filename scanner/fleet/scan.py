"""A scan of many accounts: handed out by an engine, taken as it comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from scanner.fleet.engine import Engine, Work
from scanner.fleet.gather import Gathered
from scanner.fleet.outcome import Outcome
from scanner.results import Part

if TYPE_CHECKING:
    from scanner.sources.account.login import Target


def scan_fleet(
    targets: Sequence[Target],
    engine: Engine,
    work: Work,
    gathered: Gathered,
    *,
    keep: Callable[[Part], None] = lambda part: None,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> None:
    """Has accounts read and judged; ``gathered`` and ``keep`` (a history) take each of them once.

    Left early, as by Ctrl-C, what was taken stays taken: ``gathered.accounts`` says which they are. Raises
    EngineError if nothing can be worked on.
    """
    with closing(engine.run(targets, work)) as outcomes:
        for outcome in outcomes:
            if outcome.account in gathered.accounts:  # a batch may be worked on twice when a worker is lost
                continue
            part = outcome.part()
            # In this order: that a history has an account which is not said to be read does no harm.
            keep(part)
            gathered.add(outcome.account, part)
            tell(outcome)
