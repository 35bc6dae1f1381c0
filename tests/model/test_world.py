from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import Choice, Fork, TooManyWorlds, World, explore


def choice(symbol: str, value: object, holds: bool = True) -> Choice:
    return Choice(symbol, value, f"{symbol} {'=' if holds else 'is not'} {value}", holds)


@dataclass(frozen=True)
class View:
    world: World = field(default_factory=World)
    impossible: tuple[tuple[str, object], ...] = ()

    @property
    def possible(self) -> bool:
        return not any(
            self.world.has(symbol) and self.world.value(symbol) == value for symbol, value in self.impossible
        )

    def narrowed(self, choice: Choice) -> View:
        return replace(self, world=self.world.assume(choice))


def ask(view: View, symbol: str, options: tuple[object, ...] = (False, True)) -> object:
    if not view.world.has(symbol):
        raise Fork(tuple(choice(symbol, option) for option in options))
    return view.world.value(symbol)


def test_a_world_knows_what_is_assumed() -> None:
    world = World().assume(choice("A", 1)).assume(choice("B", 2, False)).assume(choice("B", 3, False))

    assert world.has("A")
    assert world.value("A") == 1
    assert not world.has("B")
    assert world.rules_out("B", 2)
    assert world.rules_out("B", 3)
    assert not world.rules_out("B", 4)
    assert not world.rules_out("C", 2)
    assert world.says == "A = 1 and B is not 2 and B is not 3"


def test_assuming_leaves_the_wider_world_as_it_was() -> None:
    wider = World().assume(choice("B", 2, False))
    wider.assume(choice("A", 1)).assume(choice("B", 3, False))

    assert not wider.has("A")
    assert not wider.rules_out("B", 3)


def test_worlds_are_equal_if_their_assumptions_are() -> None:
    one, other = (World().assume(choice("A", 1)) for _ in range(2))

    assert one == other
    assert hash(one) == hash(other)
    assert one != World().assume(choice("A", 2))
    assert one != World().assume(choice("A", 1, False))


def test_readings_can_be_left_aside() -> None:
    stage = Choice("Stage", "prod", "Stage = prod")
    world = World().assume(stage).assume(Choice("exporter", "a", "", reads="an import"))

    assert world.without_readings == World().assume(stage)
    assert World().assume(stage).without_readings == World().assume(stage)
    assert not world.without_readings.has("exporter")


def test_a_fork_names_its_choices() -> None:
    assert str(Fork((choice("A", 1), choice("A", 1, False)))) == "A = 1 | A is not 1"


def test_a_question_without_forks_is_answered_once() -> None:
    assert [answer for _, answer in explore(View(), lambda _: 7)] == [7]


def test_only_what_matters_is_tried() -> None:
    found = explore(View(), lambda view: ask(view, "A") and ask(view, "B"))
    assert [(view.world.says, answer) for view, answer in found] == [
        ("A = False", False),
        ("A = True and B = False", False),
        ("A = True and B = True", True),
    ]


def test_what_is_impossible_is_left_out() -> None:
    view = View(impossible=(("A", 2),))
    assert [answer for _, answer in explore(view, lambda view: ask(view, "A", (1, 2, 3)))] == [1, 3]
    assert list(explore(View(World().assume(choice("A", 2)), view.impossible), lambda _: 1)) == []


def test_too_many_worlds_are_refused() -> None:
    def question(view: View) -> object:
        return [ask(view, name) for name in "ABC"]

    assert len(list(explore(View(), question, most=8))) == 8
    with pytest.raises(TooManyWorlds):
        list(explore(View(), question, most=7))
    with pytest.raises(TooManyWorlds):
        list(explore(View(), lambda view: ask(view, "A", tuple(range(100)))))


@given(st.lists(st.lists(st.sampled_from("ABCD"), max_size=4), min_size=1, max_size=4))
def test_every_combination_is_answered_by_just_one_world(paths: list[list[str]]) -> None:
    """Whatever a question asks, in whatever order, the worlds cover all assignments and do not overlap."""

    def question(view: View) -> int:
        path = paths[0]
        for index, name in enumerate(path):
            if ask(view, name) and index + 1 < len(paths):
                path = paths[index + 1]
        return sum(bool(ask(view, name)) for name in path)

    found = list(explore(View(), question))
    for bits in range(16):
        values = {name: bool(bits >> index & 1) for index, name in enumerate("ABCD")}
        here = [view for view, _ in found if all(values[c.symbol] == c.value for c in view.world.choices)]  # type: ignore[index]
        assert len(here) == 1
