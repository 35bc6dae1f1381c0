from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from scanner.syntax import load_yaml, to_plain
from scanner.syntax.yaml_parser import open_parser, parser_class, place_of


@pytest.fixture
def fresh_choice() -> Iterator[None]:
    parser_class.cache_clear()
    yield
    parser_class.cache_clear()


@pytest.mark.usefixtures("fresh_choice")
def test_the_parser_is_libyaml() -> None:
    assert type(open_parser("a: 1")).__module__ == "yaml._yaml"


@pytest.mark.usefixtures("fresh_choice")
def test_without_libyaml_yaml_is_read_all_the_same_and_a_warning_says_that_it_is_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)

    with pytest.warns(RuntimeWarning, match="without libyaml"):
        assert to_plain(load_yaml("a: [1, !Ref b]", "f")) == {"a": [1, "b"]}


@pytest.mark.parametrize(("index", "place"), [(0, (1, 1)), (1, (1, 2)), (2, (1, 3)), (3, (2, 1)), (4, (3, 1))])
def test_a_place_is_a_line_and_a_column(index: int, place: tuple[int, int]) -> None:
    assert place_of("é:\n\nb", index) == place
