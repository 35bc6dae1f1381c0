from __future__ import annotations

from scanner.model import Unknown, Verdict
from scanner.topology.hop import says


def test_what_a_hop_says() -> None:
    assert says(Verdict.PASS, (), (), "to A", "80") == "open for 80 to A"
    assert says(Verdict.FAIL, ("80", "443"), (), "from A", "all") == "closed for 80, 443 from A"
    assert says(Verdict.FAIL, (), (), "from A", "80") == "closed for 80 from A"
    why = (Unknown("key", "parameter P has no value"),)
    assert says(Verdict.UNDECIDED, (), why, "to A", "80") == "not known for 80 to A: parameter P has no value"
    assert says(Verdict.UNDECIDED, (), (), "to A", "80") == "not known for 80 to A: a value is not known"
