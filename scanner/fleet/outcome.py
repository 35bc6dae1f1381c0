"""What became of an account, small enough to travel: its findings as compressed JSON, never what was read."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scanner.results import Judged, Part

if TYPE_CHECKING:
    from scanner.sources.account.login import Refused

LEVEL = 6


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an account."""

    account: str
    packed: bytes
    """Its part of the scan, as ``pack`` makes it."""
    lines: tuple[str, ...] = ()
    """What is told of it while the scan goes on."""

    def part(self) -> Part:
        """Its part of the scan."""
        return unpack(self.packed)


def lost(account: str, why: str) -> Outcome:
    """The outcome of an account that could not be worked on."""
    from scanner.sources.account.login import Refused

    one = Refused(account, "", why)
    return Outcome(account, pack(Part(errors=[refused_error(one)])), (str(one),))


def refused_error(one: Refused) -> dict[str, Any]:
    """An account that could not be read, as an error of the result document."""
    place = {"file": f"aws/{one.account}", "line": 1, "column": 1}
    called = {"api": one.api, "error": one.error} if one.api else {}
    return {**place, "message": str(one), "account": one.account, **called}


def pack(part: Part) -> bytes:
    """A part, to travel."""
    document = {
        "results": part.results,
        "counts": part.counts,
        "errors": part.errors,
        "subjects": part.subjects,
        "accounts": part.accounts,
        "configurations": part.configurations,
        "passed": sorted(part.judged.passed),
        "resources": sorted(part.judged.resources),
        "unjudged": sorted(part.judged.unjudged),
    }
    return zlib.compress(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), LEVEL)


def unpack(packed: bytes) -> Part:
    """A part that has travelled."""
    document = json.loads(zlib.decompress(packed))
    passed = {(rule, assertion, subject) for rule, assertion, subject in document.pop("passed")}
    judged = Judged(passed, set(document.pop("resources")), set(document.pop("unjudged")))
    return Part(**document, judged=judged)
