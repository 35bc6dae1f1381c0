"""The search over patterns, against an oracle that tries every short text, and against an SMT solver."""

from __future__ import annotations

import random
import re
from functools import lru_cache
from itertools import product

import pytest

from scanner.analysis.iam.glob import FRESH, Pattern, Symbol, Wild, Word, spelled, wildcards
from scanner.analysis.iam.patterns import resource_pattern, symbol_of
from scanner.analysis.iam.words import TooLarge, find, holds

X, Y = Symbol("X", says="${X}"), Symbol("Y", says="${Y}")
LETTERS = "ab:/c"
WILD = {
    Wild.ONE: ".",
    Wild.MANY: ".*",
    Wild.ONE_WITHIN: "[^:]",
    Wild.MANY_WITHIN: "[^:]*",
    Wild.ONE_PLAIN: "[^:/]",
    Wild.MANY_PLAIN: "[^:/]*",
}


def expression(pattern: Pattern, values: dict[Symbol, str] | None = None) -> str:
    """An independent reading of a pattern, with texts for its symbols."""
    found = []
    for token in pattern:
        if isinstance(token, str):
            found.append(re.escape(token))
        elif isinstance(token, Wild):
            found.append(WILD[token])
        elif isinstance(token, Symbol):
            assert values is not None
            found.append(re.escape(values[token]))
    return "".join(found)


@lru_cache(maxsize=65536)
def matcher(expressions: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in expressions) or "(?!)", re.DOTALL)


def matches(patterns: tuple[Pattern, ...], text: str, values: dict[Symbol, str] | None = None) -> bool:
    return matcher(tuple(expression(one, values) for one in patterns)).fullmatch(text) is not None


TEXTS = ["".join(letters) for length in range(6) for letters in product(LETTERS, repeat=length)]


def some_pattern(chance: random.Random, symbols: tuple[Symbol, ...] = ()) -> Pattern:
    tokens = ["a", "b", ":", *Wild, Wild.MANY, *symbols, *symbols]
    return tuple(chance.choice(tokens) for _ in range(chance.randint(0, 4)))


def some_patterns(chance: random.Random, most: int, symbols: tuple[Symbol, ...] = ()) -> tuple[Pattern, ...]:
    return tuple(some_pattern(chance, symbols) for _ in range(chance.randint(1, most)))


@pytest.mark.parametrize("seed", range(8))
def test_finds_the_shortest_text_that_brute_force_finds(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(150):
        driver, other, avoid = some_patterns(chance, 2), some_patterns(chance, 2), some_patterns(chance, 3)
        expected = next((t for t in TEXTS if matches(driver, t) and matches(other, t) and not matches(avoid, t)), None)
        for proven in (True, False):
            word = find(driver, [(other, False)], [avoid], proven=proven)
            if expected is None:
                assert word is None or len(word) > 5
            else:
                assert word is not None
                text = spelled(word)
                assert len(text) == len(expected)
                assert matches(driver, text)
                assert matches(other, text)
                assert not matches(avoid, text)


VALUES = ["", "a", "b", "c", "ab", ":", "a:b", "aa"]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_said_of_unknown_texts_holds_whatever_they_are(seed: int) -> None:
    chance = random.Random(seed)
    decided = [0, 0, 0]
    for _ in range(50):
        driver, avoid = some_patterns(chance, 1, (X, Y)), some_patterns(chance, 2, (X, Y))
        sure = find(driver, [], [avoid], proven=True)
        perhaps = find(driver, [], [avoid], proven=False)
        decided[0 if sure is not None else 1 if perhaps is None else 2] += 1
        if sure is not None:
            assert perhaps is not None
        for x, y in product(VALUES, repeat=2):
            values = {X: x, Y: y}
            if perhaps is None:
                assert not any(matches(driver, t, values) and not matches(avoid, t, values) for t in TEXTS)
            if sure is not None:
                text = instance(sure, values)
                assert matches(driver, text, values)
                assert not matches(avoid, text, values), (driver, avoid, values, sure)
    assert all(decided), "the cases are of all three kinds"


def instance(word: Word, values: dict[Symbol, str]) -> str:
    """The text that a word is for some values; ``d`` is a character that nothing names."""
    found = []
    for letter in word:
        found.append("d" * 12 if letter is FRESH else values[letter] if isinstance(letter, Symbol) else str(letter))
    return "".join(found)


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_z3(seed: int) -> None:
    z3 = pytest.importorskip("z3", reason="needs z3-solver")
    chance = random.Random(1000 + seed)
    answers: set[str] = set()

    def regular(pattern: Pattern) -> object:
        any_one = z3.Range(chr(32), chr(126))
        within = z3.Union(z3.Range(chr(32), "9"), z3.Range(";", chr(126)))
        plain = z3.Union(z3.Range(chr(32), "."), z3.Range("0", "9"), z3.Range(";", chr(126)))
        parts = {
            Wild.ONE: any_one,
            Wild.MANY: z3.Star(any_one),
            Wild.ONE_WITHIN: within,
            Wild.MANY_WITHIN: z3.Star(within),
            Wild.ONE_PLAIN: plain,
            Wild.MANY_PLAIN: z3.Star(plain),
        }
        made = [z3.Re("")] * 2 + [parts[token] if isinstance(token, Wild) else z3.Re(token) for token in pattern]
        return z3.Concat(*made)

    for _ in range(300):
        driver, avoid = some_patterns(chance, 1), some_patterns(chance, 3)
        text = z3.String("text")
        solver = z3.Solver()
        solver.add(z3.InRe(text, regular(driver[0])))
        solver.add(*(z3.Not(z3.InRe(text, regular(one))) for one in avoid))
        answer = solver.check()
        assert answer != z3.unknown
        answers.add(str(answer))
        assert (find(driver, [], [avoid], proven=True) is not None) == (answer == z3.sat)
    assert answers == {"sat", "unsat"}


def test_a_fresh_text_shows_that_everything_is_more_than_any_two_unknown_texts() -> None:
    everything: Pattern = (Wild.MANY,)
    word = find((everything,), [], [((X,), (Y,))], proven=True)
    assert word == (FRESH,)
    assert spelled(word) == "any-other"
    assert holds(word, [((everything,), False)], [((X,), (Y,))], proven=True)


def test_the_same_unknown_is_the_same_text() -> None:
    inside, same, other = (*"p/", X, *"/q"), (*"p/", X, "/", Wild.MANY), (*"p/", Y, "/", Wild.MANY)
    assert find((inside,), [], [(same,)], proven=False) is None
    assert find((inside,), [], [(other,)], proven=False) == tuple(inside)
    assert find((inside,), [], [(other,)], proven=True) is None


def test_two_resources_are_two_texts() -> None:
    one, other = (symbol_of(("attribute", f"t.yaml#{name}", "Arn")) for name in ("One", "Other"))
    assert find(((one,),), [], [((other,),)], proven=True) == (one,)
    assert find(((one,),), [], [((one,),)], proven=False) is None
    # Behind the one may follow what makes it the other.
    assert find(((one, Wild.MANY),), [], [((other, Wild.MANY),)], proven=True) is None


def test_a_shape_tells_texts_apart() -> None:
    role = Symbol("role", wildcards("arn:*:iam::*:role/*"))
    topic = Symbol("topic", wildcards("arn:*:sns:*:*:*"))
    assert find(((role,),), [], [((topic,),)], proven=True) is None, "stars cross colons"
    digits = Symbol("account", tuple(frozenset("0123456789") for _ in range(12)))
    assert find(((*"x:", digits),), [], [((*"x:", *"aws"),)], proven=True) == (*"x:", digits)
    assert find(((*"x:", digits),), [], [((*"x:", Wild.MANY_WITHIN),)], proven=False) is None


def test_a_search_that_grows_too_large_says_so() -> None:
    hard = (Wild.MANY, "a", *[Wild.ONE] * 12, Wild.MANY)
    with pytest.raises(TooLarge):
        find((tuple([Wild.ONE] * 13 + [Wild.MANY]),), [], [(hard,)], proven=True, most=50)


def test_a_star_that_ends_a_segment_crosses_colons() -> None:
    assert not find((tuple("a:b:c"),), [], [(resource_pattern("a:*"),)], proven=True)
    assert not find((tuple("a:b:c"),), [], [(resource_pattern("a*:c"),)], proven=True)
    assert find((tuple("a:b:c"),), [], [(resource_pattern("a*c"),)], proven=True), "this one ends no segment"
    assert find((tuple("a:c"),), [], [(resource_pattern("a?c"),)], proven=True)
