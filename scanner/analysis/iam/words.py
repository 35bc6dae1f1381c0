"""The search for a text that matches some patterns and none of others: a proof that there is none, or the shortest."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from scanner.analysis.iam.glob import ANYTHING, FRESH, SEPARATORS, Automaton, Letter, Pattern, Word, automaton

MOST_STATES = 20_000
"""How many states one search may visit."""

_PREFERRED = "xyzqwkjvbgfhdmnpucltraoeis0123456789XYZ~"


class TooLarge(Exception):
    """A search visited more states than it may."""


def find(
    driver: tuple[Pattern, ...],
    inside: Sequence[tuple[tuple[Pattern, ...], bool]],
    outside: Sequence[tuple[Pattern, ...]],
    *,
    proven: bool,
    most: int = MOST_STATES,
) -> Word | None:
    """The shortest text that matches ``driver`` and each of ``inside`` and none of ``outside``.

    Each is a union of patterns. With ``proven`` the text is one whatever the symbols stand for; without, None means
    that there is none whatever they stand for. A second member True in ``inside`` asks only that the text may match.
    Raises TooLarge.
    """
    leads = automaton(driver, False)
    follow = [automaton(patterns, lenient or not proven) for patterns, lenient in inside]
    avoid = [automaton(patterns, proven) for patterns in outside]
    machines = (leads, *follow, *avoid)
    other = unused(machines)
    wanted = 1 + len(follow)
    fresh = proven and any(machine.has_symbols for machine in avoid)
    first = tuple(machine.start for machine in machines)
    came: dict[tuple[int, ...], tuple[tuple[int, ...], Letter] | None] = {first: None}
    waiting = deque([first])
    while waiting:
        states = waiting.popleft()
        if all(machine.accepts(state) for machine, state in zip(machines[:wanted], states, strict=False)) and not any(
            machine.accepts(state) for machine, state in zip(avoid, states[wanted:], strict=True)
        ):
            return _traced(came, states)
        for letter in _letters(machines, states, other, fresh):
            after = _stepped(machines, states, letter, other, wanted)
            if after is None or after in came:
                continue
            if len(came) >= most:
                raise TooLarge
            came[after] = (states, letter)
            waiting.append(after)
    return None


def holds(
    word: Word,
    inside: Sequence[tuple[tuple[Pattern, ...], bool]],
    outside: Sequence[tuple[Pattern, ...]],
    *,
    proven: bool,
) -> bool:
    """Whether a text is one that ``find`` may give; ``inside`` holds the driver too."""
    must = [automaton(patterns, lenient or not proven) for patterns, lenient in inside]
    avoid = [automaton(patterns, proven) for patterns in outside]
    other = unused((*must, *avoid), word)
    return all(machine.matches(word, other) for machine in must) and not any(
        machine.matches(word, other) for machine in avoid
    )


def unused(machines: Sequence[Automaton], word: Word = ()) -> str:
    """A character that no pattern names: it stands for all of those."""
    named = {character for machine in machines for character in machine.characters} | set(word)
    found = next((character for character in _PREFERRED if character not in named), None)
    if found is not None:
        return found
    return next(chr(code) for code in range(0x100, 0x10000) if chr(code) not in named)


def _stepped(
    machines: Sequence[Automaton], states: tuple[int, ...], letter: Letter, other: str, wanted: int
) -> tuple[int, ...] | None:
    after = []
    for place, (machine, state) in enumerate(zip(machines, states, strict=True)):
        reached = machine.step(state, letter, other) if state else 0
        if not reached and place < wanted:
            return None
        after.append(reached)
    return tuple(after)


def _letters(machines: Sequence[Automaton], states: tuple[int, ...], other: str, fresh: bool) -> Iterator[Letter]:
    """One letter of each kind that the states tell apart."""
    leads, here = machines[0], states[0]
    if not here & leads.wild:
        yield from (character for character, bits in leads.characters.items() if bits & here)
    else:
        yield other
        named = {
            character
            for machine, state in zip(machines, states, strict=True)
            for character, bits in machine.characters.items()
            if bits & state
        }
        if any(machine.separated & state for machine, state in zip(machines, states, strict=True)):
            named |= set(SEPARATORS)
        yield from sorted(named)
    yield from (symbol for symbol, bits in leads.symbols.items() if bits & here)
    # A "*" may read any text, also one that was chosen after all unknown ones were fixed.
    if fresh and here & leads.wild:
        yield FRESH


def _traced(came: dict[tuple[int, ...], tuple[tuple[int, ...], Letter] | None], states: tuple[int, ...]) -> Word:
    letters: list[Letter] = []
    step = came[states]
    while step is not None:
        states, letter = step
        letters.append(letter)
        step = came[states]
    return tuple(reversed(letters))


EVERYTHING: tuple[Pattern, ...] = (ANYTHING,)
