"""What a worker does with a batch of accounts."""

from __future__ import annotations

import os
import pickle
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from scanner.fleet.engine import Batch
from scanner.fleet.outcome import Outcome, lost, pack, refused_error
from scanner.policy.rule import Rule
from scanner.results import Judged, Part, document_of
from scanner.version import __version__

if TYPE_CHECKING:
    from scanner.sources.account.clients import Clients
    from scanner.sources.account.login import Refused, Target

_making = Lock()
_judging = Lock()
"""To judge is pure computation: threads would not make it faster, and it was not made for several at a time."""


@dataclass(frozen=True, slots=True)
class Job:
    """Reads and judges accounts: all that a worker needs to know, and no secret."""

    scan: str
    """Tells this scan from all others: clients are made once for each."""
    rules: bytes
    """As ``packed_rules`` makes them."""
    taken_at: str
    profile: str = ""
    """A profile of the machine that reads; empty for the credentials that it has by itself."""
    regions: tuple[str, ...] = ()
    """None for all that an account has enabled, but for those that are surely empty."""
    all_verdicts: bool = False
    with_history: bool = False
    """Whether what a history needs is sent along."""
    version: str = __version__

    def __call__(self, batch: Batch, stop: Event | None = None) -> list[Outcome]:
        """What became of each account. A fault of one is its own; raises Cancelled once ``stop`` is set."""
        if self.version != __version__:
            return [lost(one.account, f"a worker has clearway {__version__}, not {self.version}") for one in batch]
        return [self._outcome(target, stop) for target in batch]

    def _outcome(self, target: Target, stop: Event | None) -> Outcome:
        from scanner.sources.account.calls import Cancelled
        from scanner.sources.account.login import LoginError

        try:
            with _making:
                clients = _clients(self.scan, self.profile)
            return self._read(clients, target, stop)
        except Cancelled:
            raise
        except LoginError as error:
            return lost(target.account, str(error))
        except Exception as fault:  # one account's fault must not take the others of the batch away
            if os.environ.get("CLEARWAY_DEBUG"):
                raise
            said = f"{type(fault).__name__}: {fault} (CLEARWAY_DEBUG=1 shows where)"
            return lost(target.account, f"a fault of this program: {said}")

    def _read(self, clients: Clients, target: Target, stop: Event | None) -> Outcome:
        from scanner.sources.account.accounts import Told, failed_calls, read_account
        from scanner.sources.account.collect import collecting
        from scanner.sources.account.login import log_in

        lines: list[str] = []
        refused: list[Refused] = []

        def collected(entry: dict[str, Any]) -> None:
            failed = failed_calls(entry)
            calls = f", {len(failed)} {'call' if len(failed) == 1 else 'calls'} failed" if failed else ""
            where = f"account {entry['account']}, region {entry['region']}"
            lines.append(f"{where}: {len(entry['resources']):,} resources{calls}")
            lines.extend(failed)

        def skipped(account: str, regions: Sequence[str]) -> None:
            lines.append(f"account {account}: no load balancer, cluster or state machine in {', '.join(regions)}")

        with collecting(clients, stop=stop) as shared:
            told = Told(refused.append, skipped, collected)
            entries = list(read_account(clients, shared, log_in(clients, target), self.regions, told))
        with _judging:
            part = self._judged(entries)
        part.errors += [refused_error(one) for one in refused]
        return Outcome(target.account, pack(part), (*lines, *map(str, refused)))

    def _judged(self, entries: Sequence[Mapping[str, Any]]) -> Part:
        """The part of one account, its results as the document has them."""
        from scanner.live import judge_accounts

        memory = Judged() if self.with_history else None
        parts: Iterator[Part] = judge_accounts(
            entries, _rules(self.rules), taken_at=self.taken_at, all_verdicts=self.all_verdicts, memory=memory
        )
        whole = Part()
        for part in parts:
            whole.add(part)
        whole.results = document_of(whole, [], (), [])["results"]
        if memory is not None:
            whole.judged = memory
        return whole


def packed_rules(rules: Sequence[Rule]) -> bytes:
    """Rules, to travel: they are the same for all accounts, and some 20 KB."""
    return zlib.compress(pickle.dumps(tuple(rules)))


@lru_cache(maxsize=2)
def _rules(packed: bytes) -> tuple[Rule, ...]:
    rules: tuple[Rule, ...] = pickle.loads(zlib.decompress(packed))
    return rules


@lru_cache(maxsize=1)
def _clients(scan: str, profile: str) -> Clients:
    from scanner.sources.account.login import made_clients

    return made_clients(profile)
