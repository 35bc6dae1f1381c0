"""Outcomes travel as they are."""

from __future__ import annotations

import json
import zlib

from scanner.fleet.outcome import lost, pack, unpack
from scanner.results import Judged
from tests.fleet.work import part, result


def test_part_comes_back_as_it_was() -> None:
    sent = part("111122223333", [result("111122223333")])
    sent.errors.append({"file": "aws/111122223333", "line": 1, "column": 1, "message": "grüße"})
    sent.judged = Judged({("RUN001", "a", "x#y")}, {"x#y"}, {"RUN002"})
    assert unpack(pack(sent)) == sent


def test_packed_it_is_small() -> None:
    results = [result("111122223333", rule=f"RUN{number:03}") for number in range(200)]
    sent = part("111122223333", results)
    packed = pack(sent)
    assert len(packed) * 10 < len(json.dumps(results))
    assert json.loads(zlib.decompress(packed))["results"] == results


def test_lost_account_is_an_error_of_its_own() -> None:
    outcome = lost("111122223333", "no worker is left to read it")
    said = "account 111122223333 cannot be read: no worker is left to read it"
    place = {"file": "aws/111122223333", "line": 1, "column": 1}
    assert outcome.part().errors == [{**place, "message": said, "account": "111122223333"}]
    assert outcome.lines == (said,)
