"""Patterns over texts that are known in part, as finite automata of bits.

A pattern is a row of tokens: characters, wildcards, and symbols, which stand for texts that are not known. A text is a
row of letters: characters, symbols, and ``FRESH``. One symbol is one text wherever it stands; of two nothing is known
but their shapes. So there are two readings of "the pattern matches": ``must``, whatever the symbols stand for, and
``may``, for some choice of texts. Every answer of this package rests on the one that errs on the safe side.

Two wildcards are those of "IAM JSON policy elements: Resource" (IAM User Guide): a ``*`` that ends a segment of an ARN
crosses colons, one within a segment does not.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from scanner.analysis.bounded import equal
from scanner.model import Fact, Reference


class Wild(Enum):
    """A wildcard: whether it reads any number of characters, and which it does not read."""

    ONE = (False, "")
    MANY = (True, "")
    ONE_WITHIN = (False, ":")
    MANY_WITHIN = (True, ":")
    ONE_PLAIN = (False, ":/")
    MANY_PLAIN = (True, ":/")


_MANY = (Wild.MANY, Wild.MANY_WITHIN, Wild.MANY_PLAIN)
SEPARATORS = ":/"
"""The characters that some wildcards do not read."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A text that is not known, named by a key: equal keys are equal texts."""

    key: Hashable
    shape: tuple[Token, ...] = (Wild.MANY,)
    """A pattern without symbols that the text is known to match."""
    several: bool = False
    """It stands for any number of texts, as an unknown list does, perhaps for none."""
    says: str = field(default="", compare=False)
    """For people: ``${Cluster}``."""


class Fresh(Enum):
    """The type of ``FRESH``: a long text of one character that no symbol's text contains, chosen after those."""

    FRESH = "any other"


FRESH = Fresh.FRESH
Token = str | frozenset[str] | Wild | Symbol
"""A character, one of some characters, a wildcard, a symbol."""
Pattern = tuple[Token, ...]
Letter = str | Symbol | Fresh
Word = tuple[Letter, ...]

ANYTHING: Pattern = (Wild.MANY,)
SOMETHING: Pattern = (Wild.ONE, Wild.MANY)


def wildcards(text: str, one: Wild = Wild.ONE, many: Wild = Wild.MANY) -> Pattern:
    """The pattern of a text with ``*`` and ``?``."""
    found: list[Token] = []
    for character in text:
        token = many if character == "*" else one if character == "?" else character
        if token is many and found and found[-1] is many:
            continue
        found.append(token)
    return tuple(found)


def apart(left: Symbol, right: Symbol) -> bool:
    """Whether two symbols surely stand for different texts: what identifies two resources."""
    one, other = _reference(left.key), _reference(right.key)
    return one is not None and other is not None and equal(Fact(one), Fact(other)) is False


def _reference(key: Hashable) -> Reference | None:
    match key:
        case ("attribute", str(address), str(attribute)):
            return Reference(address, attribute)
    return None


class Automaton:
    """The union of some patterns. A set of states is an integer; state n of a pattern means that n tokens are read."""

    def __init__(self, patterns: Sequence[Pattern], *, may: bool) -> None:
        self.may = may
        self.characters: dict[str, int] = {}
        """For each character, the states in which it is the next token."""
        self.symbols: dict[Symbol, int] = {}
        self._by_key: dict[Hashable, int] = {}
        self.start = self.accept = 0
        self._wild: dict[tuple[bool, str], int] = {}
        self.own = 0
        """The states before a wildcard for many that is the pattern's own, not of a symbol's shape."""
        self._entries: dict[int, tuple[Symbol, int]] = {}
        """For the state in which a symbol begins, the symbol and the state in which it has ended."""
        self._tokens: list[Token | None] = []
        self._read: dict[tuple[Symbol, int], int] = {}
        for pattern in patterns:
            self._add(pattern)
        self.wild = self._many = self.separated = 0
        for (many, but), bits in self._wild.items():
            self.wild |= bits
            self._many |= bits if many else 0
            self.separated |= bits if but else 0
        self.start = self._closed(self.start)

    def _add(self, pattern: Pattern) -> None:
        self.start |= 1 << len(self._tokens)
        for token in pattern:
            if isinstance(token, Symbol) and self.may:
                if token.several:
                    self._token(Wild.MANY, own=True)
                    continue
                entry = len(self._tokens)
                for part in token.shape:
                    self._token(part, own=False)
                self._entries[entry] = (token, len(self._tokens))
            else:
                self._token(token, own=True)
        self.accept |= 1 << len(self._tokens)
        self._tokens.append(None)

    def _token(self, token: Token, *, own: bool) -> None:
        bit = 1 << len(self._tokens)
        self._tokens.append(token)
        if isinstance(token, str):
            self.characters[token] = self.characters.get(token, 0) | bit
        elif isinstance(token, frozenset):
            for character in token:
                self.characters[character] = self.characters.get(character, 0) | bit
        elif isinstance(token, Symbol):
            self.symbols[token] = self.symbols.get(token, 0) | bit
            self._by_key[token.key] = self._by_key.get(token.key, 0) | bit
        else:
            self._wild[token.value] = self._wild.get(token.value, 0) | bit
        if own and token in _MANY:
            self.own |= bit

    def _closed(self, states: int) -> int:
        """The states with those that are reached by reading nothing."""
        while True:
            more = states | (states & self._many) << 1
            if more == states:
                return states
            states = more

    def step(self, states: int, letter: Letter, other: str) -> int:
        """The states after a letter. ``other`` is the character that ``FRESH`` is made of."""
        if isinstance(letter, str):
            return self._closed(self._character(states, letter))
        if letter is FRESH:
            return self._fresh(states, other)
        assert isinstance(letter, Symbol)
        return self._symbol_may(states, letter) if self.may else self._symbol_must(states, letter)

    def _character(self, states: int, character: str) -> int:
        once, stay = self.characters.get(character, 0), 0
        for (many, but), bits in self._wild.items():
            if character not in but:
                if many:
                    stay |= bits
                else:
                    once |= bits
        return (states & once) << 1 | (states & stay)

    def _fresh(self, states: int, other: str) -> int:
        """No symbol's text is long enough to hold it, so some ``*`` of the pattern's own reads a part of it."""
        seen, reached = 0, states
        while True:
            further = reached | self._closed(self._character(reached, other))
            starred = seen | (further & self.own)
            starred |= self._closed(starred) | self._closed(self._character(starred, other))
            if (further, starred) == (reached, seen):
                return starred
            reached, seen = further, starred

    def _symbol_must(self, states: int, symbol: Symbol) -> int:
        stay = 0
        for (many, but), bits in self._wild.items():
            if many and not any(_may_hold(symbol.shape, character) for character in but):
                stay |= bits
        return self._closed((states & self._by_key.get(symbol.key, 0)) << 1 | (states & stay))

    def _symbol_may(self, states: int, symbol: Symbol) -> int:
        found = self._read.get((symbol, states))
        if found is None:
            found = 0
            for state in _bits(states):
                found |= self._reached(state, symbol)
            self._read[symbol, states] = found
        return found

    def _reached(self, state: int, symbol: Symbol) -> int:
        """The states after some text of the symbol's shape.

        Where a symbol of the pattern begins here that stands for another text, it does not end here too: it has ended
        before, so that what follows read a part of the text, or it goes on.
        """
        shape = symbol.shape
        end = None
        entry = self._entries.get(state)
        if entry is not None and apart(symbol, entry[0]):
            end = entry[1]
        waiting, seen, found, within = [(0, state, False)], {(0, state, False)}, 0, 0
        while waiting:
            i, j, left = waiting.pop()
            if i == len(shape):
                if end is None or left:
                    found |= 1 << j
                elif j < end:
                    within |= 1 << j
            here, there = shape[i] if i < len(shape) else None, self._tokens[j]
            onward = []
            if here in _MANY:
                onward.append((i + 1, j, left))
            if there in _MANY:
                onward.append((i, j + 1, left))
            if here is not None and there is not None and _meet(here, there):
                beyond = left or (end is not None and j >= end)
                onward.append((i if here in _MANY else i + 1, j if there in _MANY else j + 1, beyond))
            for triple in onward:
                if triple not in seen:
                    seen.add(triple)
                    waiting.append(triple)
        return self._closed(found) | within

    @property
    def has_symbols(self) -> bool:
        return bool(self._entries or self.symbols)

    def accepts(self, states: int) -> bool:
        return bool(states & self.accept)

    def matches(self, word: Iterable[Letter], other: str) -> bool:
        """Whether a text matches."""
        states = self.start
        for letter in word:
            states = self.step(states, letter, other)
            if not states:
                return False
        return self.accepts(states)


@lru_cache(maxsize=4096)
def automaton(patterns: tuple[Pattern, ...], may: bool) -> Automaton:
    """The automaton of some patterns, in one of the two readings; made once."""
    return Automaton(patterns, may=may)


def _bits(states: int) -> Iterator[int]:
    while states:
        low = states & -states
        yield low.bit_length() - 1
        states ^= low


def _may_hold(shape: Pattern, character: str) -> bool:
    """Whether a text of a shape may hold a character."""
    return any(_meet(token, character) for token in shape)


def _meet(left: Token, right: Token) -> bool:
    """Whether two tokens can read the same character."""
    if isinstance(left, Wild) and isinstance(right, Wild):
        return True
    if isinstance(left, Wild):
        left, right = right, left
    if isinstance(right, Wild):
        but: str = right.value[1]
        return not _characters(left) <= frozenset(but)
    return bool(_characters(left) & _characters(right))


def _characters(token: Token) -> frozenset[str]:
    return token if isinstance(token, frozenset) else frozenset((token,)) if isinstance(token, str) else frozenset()


def spelled(word: Iterable[Letter]) -> str:
    """A text for people."""
    return "".join(
        letter if isinstance(letter, str) else letter.says if isinstance(letter, Symbol) else "any-other"
        for letter in word
    )
