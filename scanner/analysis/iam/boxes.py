"""The search for a request that some statements take in and others do not.

A statement takes in a box of requests for an action: some resources, times the values of condition keys that its
clauses let pass. A request outside of a box is outside in one of these dimensions. So the search picks, for each box to
avoid, the dimension in which to avoid it, and asks in each by itself whether what was picked can be together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from scanner.analysis.iam.actions import Action
from scanner.analysis.iam.conditions import Clause
from scanner.analysis.iam.context import Asked, Question, solid, witness
from scanner.analysis.iam.glob import ANYTHING, Letter, Pattern, Word, spelled
from scanner.analysis.iam.words import EVERYTHING, TooLarge, find, holds

MOST_CHOICES = 5_000
"""How many picks one search may try."""

Union = tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """The requests for an action that a statement takes in."""

    resources: Union = EVERYTHING
    negated: bool = False
    """All resources but those."""
    clauses: tuple[Clause, ...] = ()

    @property
    def everywhere(self) -> bool:
        return not self.negated and ANYTHING in self.resources


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was found."""

    action: str
    resource: str
    """An ARN; what is not known stands in it as ``${Name}``, and ``any-other`` for any name that is not taken."""
    context: tuple[str, ...] = ()
    """The condition keys that matter: ``ecs:cluster is absent``."""

    def __str__(self) -> str:
        with_context = f" where {' and '.join(self.context)}" if self.context else ""
        return f"{self.action} on {self.resource}{with_context}"


@dataclass(slots=True)
class Search:
    """A search among the requests for one action.

    ``free`` False says that no one chooses the request's context: where ``proven`` is asked for, only the keys in
    ``given`` tell the request apart, because of the others nothing is known. Raises TooLarge from ``request``.
    """

    action: Action | None
    """None for one that the catalogue does not have: it may be granted on anything."""
    name: str
    question: Question
    free: bool = True
    given: frozenset[str] = frozenset()
    _tried: int = 0
    _found: dict[tuple[object, ...], Word | None] = field(default_factory=dict)

    def request(self, inside: Sequence[Box], outside: Sequence[Box]) -> Request | None:
        """A request in each of ``inside`` and in none of ``outside``; the shortest resource that will do."""
        self._tried = 0
        within: list[tuple[Union, bool]] = []
        without: list[Union] = []
        asked: dict[str, list[Asked]] = {}
        for box in inside:
            if box.negated:
                without.append(box.resources)
            elif not box.everywhere:
                within.append((self._surely(box.resources), False))
            for clause in box.clauses:
                asked.setdefault(clause.key.lower(), []).append((clause, True))
        if any(self._witness(key, list(clauses)) is None for key, clauses in asked.items()):
            return None
        waiting: list[Box] = []
        for box in sorted(outside, key=lambda box: len(box.clauses)):
            if box.clauses:
                waiting.append(box)
            elif box.negated:
                within.append((self._surely(box.resources), False))
            else:
                without.append(box.resources)
        return next(self._picked(waiting, tuple(within), tuple(without), asked), None)

    def _picked(
        self,
        boxes: Sequence[Box],
        within: tuple[tuple[Union, bool], ...],
        without: tuple[Union, ...],
        asked: dict[str, list[Asked]],
    ) -> Iterator[Request]:
        self._tried += 1
        if self._tried > MOST_CHOICES:
            raise TooLarge
        word = self._word(within, without)
        if word is None:
            return
        if not boxes:
            shown = self._readable(word, within, without)
            context = tuple(self._witness(key, clauses) or "" for key, clauses in asked.items())
            yield Request(self.name, spelled(shown), context)
            return
        first, *rest = boxes
        if first.negated:
            yield from self._picked(rest, (*within, (self._surely(first.resources), False)), without, asked)
        elif not first.everywhere:
            yield from self._picked(rest, within, (*without, first.resources), asked)
        for clause in first.clauses:
            key = clause.key.lower()
            clauses = [*asked.get(key, ()), (clause, False)]
            if self._witness(key, clauses) is not None:
                yield from self._picked(rest, within, without, {**asked, key: clauses})

    def _surely(self, patterns: Union) -> Union:
        return solid(patterns) if self.question.proven else patterns

    def _witness(self, key: str, clauses: Sequence[Asked]) -> str | None:
        borne = self.action is None or self.action.bears(key)
        if not self.free and self.question.proven and borne and key not in self.given:
            return None
        return witness(clauses[0][0].key, clauses, self.question, present=borne)

    def _word(self, within: tuple[tuple[Union, bool], ...], without: tuple[Union, ...]) -> Word | None:
        key = (within, without)
        if key not in self._found:
            driver, others = self._sides(within)
            self._found[key] = find(driver, others, without, proven=self.question.proven)
        return self._found[key]

    def _sides(self, within: tuple[tuple[Union, bool], ...]) -> tuple[Union, list[tuple[Union, bool]]]:
        """What leads the search, and what it must match too: a policy's patterns lead, since they hold the symbols."""
        universe = self.action.universe() if self.action is not None else EVERYTHING
        if not within:
            return universe, []
        return within[0][0], [*within[1:], (universe, True)]

    def _readable(self, word: Word, within: tuple[tuple[Union, bool], ...], without: tuple[Union, ...]) -> Word:
        """The text with a region, an account and a name in place of single letters that stand for any."""
        driver, others = self._sides(within)
        inside = [(driver, False), *others]
        segments: list[tuple[Letter, ...]] = [()]
        for letter in word:
            if letter == ":" and len(segments) < 6:
                segments.append(())
            else:
                segments[-1] = (*segments[-1], letter)
        for place, texts in _USUAL.items():
            if place >= len(segments) or not segments[place]:
                continue
            for text in texts:
                tried = [*segments]
                if place < 5 and len(segments[place]) == 1:
                    tried[place] = tuple(text)
                elif place == 5 and isinstance(segments[5][-1], str) and segments[5][-2:-1] in ((), ("/",), (":",)):
                    tried[5] = (*segments[5][:-1], *text)
                else:
                    continue
                if holds(_joined(tried), inside, without, proven=self.question.proven):
                    segments = tried
                    break
        return _joined(segments)


_USUAL = {
    3: ("us-east-1", "eu-west-1", "another-region"),
    4: ("111122223333", "444455556666", "another-account"),
    5: ("example", "another-example"),
}
"""What stands for any region, account or name in what people read. The accounts are those of AWS's documentation."""


def _joined(segments: Sequence[tuple[Letter, ...]]) -> Word:
    found: list[Letter] = []
    for index, segment in enumerate(segments):
        if index:
            found.append(":")
        found += segment
    return tuple(found)
