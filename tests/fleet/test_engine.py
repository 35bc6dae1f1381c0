"""Engines by their names, and batches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.fleet.engine import MOST_IN_BATCH, EngineError, batches, chosen
from scanner.fleet.threads import Threads
from tests.fleet.work import targets


def test_names() -> None:
    assert chosen("threads").address == ""
    assert chosen("dask://scheduler:8786").address == "tcp://scheduler:8786"
    assert chosen("dask://[::1]:8786/").address == "tcp://[::1]:8786"


@pytest.mark.parametrize("text", ["ray", "", "dask://", "dask://scheduler", "dask://:8786", "dask://h:99999", "h:8786"])
def test_names_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="write threads or dask://HOST:PORT"):
        chosen(text)


def test_threads_are_made_without_dask() -> None:
    assert isinstance(chosen("threads").made(2), Threads)


def test_dask_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(EngineError, match=r"pip install 'clearway\[fleet\]'"):
        chosen("dask://scheduler:8786").made(0)


@given(st.integers(0, 500), st.integers(0, 64))
def test_batches_hold_each_account_once_and_serve_all_workers(count: int, workers: int) -> None:
    wanted = targets(count)
    made = batches(wanted, workers)
    assert [one for batch in made for one in batch] == wanted
    assert all(0 < len(batch) <= MOST_IN_BATCH for batch in made)
    assert len(made) >= min(count, workers)
