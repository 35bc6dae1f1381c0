"""What a check came to, with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from scanner.model import Location, Unknown, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict and its evidence."""

    verdict: Verdict
    missing: tuple[str, ...] = ()
    """What is not there that should be: ``61001-65535``."""
    unknown: tuple[Unknown, ...] = ()
    """What stands between undecided and an answer."""
    at: tuple[Location, ...] = ()
    """Where it was decided, the place to change first."""
    found: object = ""
    """What was found instead: its text, written when a message asks for it."""

    def inverted(self) -> Outcome:
        return replace(self, verdict=~self.verdict, missing=())

    def at_most(self, verdict: Verdict, *unknown: Unknown) -> Outcome:
        """No better than ``verdict``, for the reasons given."""
        if self.verdict <= verdict:
            return self
        return replace(self, verdict=verdict, unknown=self.unknown + unknown)

    def at_least(self, verdict: Verdict, *unknown: Unknown) -> Outcome:
        """No worse than ``verdict``, for the reasons given."""
        if self.verdict >= verdict:
            return self
        return replace(self, verdict=verdict, unknown=self.unknown + unknown)


def first_reason(outcome: Outcome, otherwise: str) -> Unknown:
    """Why an outcome is undecided; ``otherwise`` if it does not say."""
    return outcome.unknown[0] if outcome.unknown else Unknown(("unsaid", otherwise), otherwise)


def merged(outcomes: Iterable[Outcome], verdict: Verdict) -> Outcome:
    """The evidence of all outcomes that came to a verdict."""
    chosen = [outcome for outcome in outcomes if outcome.verdict is verdict]
    return Outcome(
        verdict,
        tuple(dict.fromkeys(text for outcome in chosen for text in outcome.missing)),
        tuple(dict.fromkeys(unknown for outcome in chosen for unknown in outcome.unknown)),
        tuple(dict.fromkeys(place for outcome in chosen for place in outcome.at)),
        next((outcome.found for outcome in chosen if outcome.found), ""),
    )


def all_outcomes(outcomes: Iterable[Outcome]) -> Outcome:
    """Kleene's and: the worst, with the evidence of all that are as bad."""
    listed = list(outcomes)
    if len(listed) == 1:
        return listed[0]
    worst = merged(listed, min((outcome.verdict for outcome in listed), default=Verdict.PASS))
    if worst.verdict is Verdict.PASS:
        return worst
    said = (str(outcome.found) for outcome in listed if outcome.verdict is worst.verdict)
    return replace(worst, found=", ".join(dict.fromkeys(filter(None, said))))


def any_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """Kleene's or: the best, with the evidence of all that are as good."""
    listed = list(outcomes)
    if len(listed) == 1:
        return listed[0]
    return merged(listed, max((outcome.verdict for outcome in listed), default=Verdict.FAIL))
