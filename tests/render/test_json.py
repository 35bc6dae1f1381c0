from __future__ import annotations

import json
import random
from typing import Any

from scanner.render.json import render
from tests.render import snapshots
from tests.render.sample import sample, with_history


def shuffled(value: Any, random: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled(value[key], random) for key in keys}
    return [shuffled(item, random) for item in value] if isinstance(value, list) else value


def test_sample() -> None:
    snapshots.check("sample.json", render(sample()))


def test_it_is_the_document() -> None:
    assert json.loads(render(sample())) == sample()
    assert json.loads(render(with_history())) == with_history()


def test_the_order_of_keys_is_ours() -> None:
    assert render(shuffled(sample(), random.Random(3))) == render(sample())


def test_text_outside_ascii_stays() -> None:
    assert "Tâche漢字" in render(sample())


def test_half_a_surrogate_pair_becomes_an_escape() -> None:
    document = sample() | {"notes": [{"file": "a", "message": "\ud83d!"}]}
    text = render(document)
    assert "\\ud83d!" in text
    assert json.loads(text.encode()) == document
