"""No verdict flips for want of a call: each equals the one of the full account, or is undecided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from scanner.live import scan_accounts
from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from tests.live.conftest import read
from tests.live.proxy import Proxy
from tests.live.test_denied import CALLED

pytestmark = [pytest.mark.live, pytest.mark.slow]
Verdicts = dict[tuple[str, str], str]
"""By rule and subject."""


@pytest.fixture(scope="module")
def rules() -> Sequence[Rule]:
    return load_rules(()).rules


def verdicts(entry: dict[str, Any], rules: Sequence[Rule]) -> Verdicts:
    document = scan_accounts([entry], rules, taken_at="2026-01-31T03:00:00Z", all_verdicts=True)
    assert [one["message"] for one in document["errors"] if "fault of this program" in one["message"]] == []
    found: Verdicts = {}
    for one in document["results"]:
        key = one["rule"], one["subject"]["address"]
        found[key] = min(one["verdict"], found.get(key, "pass"), key=("fail", "undecided", "pass").index)
    return found


@pytest.fixture(scope="module")
def known(full: dict[str, Any], rules: Sequence[Rule]) -> Verdicts:
    found = verdicts(full, rules)
    assert {"pass", "fail"} <= set(found.values())
    return found


@pytest.mark.parametrize("api", CALLED)
def test_denied_call_flips_no_verdict(api: str, proxy: Proxy, known: Verdicts, rules: Sequence[Rule]) -> None:
    proxy.rules[api] = "AccessDenied"
    (entry,), _ = read()
    found = verdicts(entry, rules)
    told = {rule for (rule, _), verdict in found.items() if verdict == "undecided"}
    for key, verdict in found.items():
        assert verdict in ("undecided", known.get(key, "pass")), key
    lost = {key for key, verdict in known.items() if key not in found and verdict != "undecided" and key[0] not in told}
    assert lost == set()
