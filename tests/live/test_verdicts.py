"""No verdict flips for want of a call: each equals the one of the full account, or is undecided."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.sources.account.login import Whose
from tests.live.conftest import OWN, Deployed, Verdicts, judged, read, role, verdicts
from tests.live.fill import REGION
from tests.live.proxy import Proxy
from tests.live.replay import Recorded
from tests.live.stacks import ILL
from tests.live.test_denied import CALLED

pytestmark = [pytest.mark.live, pytest.mark.slow]


@pytest.fixture(scope="module")
def known(full: dict[str, Any], deployed: dict[str, Deployed]) -> dict[str, Verdicts]:
    """The verdicts on the account that has one of everything, and on that of the templates with faults."""
    found = {OWN: verdicts(judged(full)), ILL: verdicts(deployed[ILL].document)}
    for one in found.values():
        assert {"pass", "fail"} <= set(one.values())
    return found


def no_less(entry: dict[str, Any], known: Verdicts) -> None:
    """Checks that no verdict is another one than in the full account, and that none is gone without a word."""
    found = verdicts(judged(entry))
    told = {rule for (rule, _), verdict in found.items() if verdict == "undecided"}
    for key, verdict in found.items():
        assert verdict in ("undecided", known.get(key, "pass")), key
    lost = {key for key, verdict in known.items() if key not in found and verdict != "undecided" and key[0] not in told}
    assert lost == set()


@pytest.mark.parametrize("account", [OWN, ILL], ids=["one of everything", "templates with faults"])
@pytest.mark.parametrize("api", CALLED)
def test_denied_call_flips_no_verdict(
    api: str, account: str, recorded: Recorded, deployed: dict[str, Deployed], known: dict[str, Verdicts]
) -> None:
    of = recorded if account == OWN else deployed[account].recorded
    no_less(of.collected(account, REGION, denied=api), known[account])


CUT = ("IncompleteReadError", "ResponseParserError")
"""What is said of an answer that was cut off, in JSON and in XML."""


@pytest.mark.parametrize(
    ("api", "fate", "errors"),
    [
        ("ec2:DescribeSecurityGroups", "Throttling", ("Throttling",)),
        ("ecs:DescribeServices", "cut", CUT),
        ("elasticloadbalancing:DescribeTargetGroups", "cut", CUT),
        ("iam:GetAccountAuthorizationDetails", "Throttling", ("Throttling",)),
        ("states:DescribeStateMachine", "cut", CUT),
    ],
)
def test_call_that_is_throttled_or_cut_off_flips_no_verdict(
    api: str, fate: str, errors: tuple[str, ...], proxy: Proxy, known: dict[str, Verdicts]
) -> None:
    proxy.rules[api] = fate
    (entry,), refused = read(Whose(roles=(role(ILL),)))
    assert refused == []
    (failure,) = entry["unreadable"]
    assert failure["api"] == api
    assert failure["error"] in errors
    no_less(entry, known[ILL])
