from __future__ import annotations

import copy
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from scanner.data import data_folder
from scanner.history import HistoryError, Recorder, record, scanned
from scanner.results import Judged
from tests.history.nights import ACCOUNT, UNIT, Nights, denied, document, error, finding, reasons, statuses

SERVICE, OTHER = "a.yaml#Service", "b.yaml#Other"
PASSES = [("NET001", "ingress", SERVICE)]


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path / "nights.db")


# --- what became of a finding


def test_the_first_scan_has_nothing_to_compare_with(nights: Nights) -> None:
    whole = nights.scan(document([finding()]))
    assert whole["history"]["previous"] is None
    assert whole["history"]["absent"] == []
    assert "change" not in whole["results"][0]


def test_new_and_persisting(nights: Nights) -> None:
    nights.scan(document([finding()]))
    whole = nights.scan(document([finding(line=7), finding(OTHER)]))
    assert statuses(whole) == {SERVICE: "persisting", OTHER: "new"}
    assert whole["results"][0]["change"] == {"status": "persisting", "was": "fail", "since": "2026-01-01T03:00:00Z"}
    assert whole["results"][1]["change"] == {"status": "new", "was": None, "since": "2026-01-02T03:00:00Z"}
    assert whole["history"]["previous"] == {"scan": 1, "time": "2026-01-01T03:00:00Z", "version": "1.0.0"}


def test_what_passes_now_is_fixed(nights: Nights) -> None:
    nights.scan(document([finding()]))
    whole = nights.scan(document(), passed=PASSES)
    assert statuses(whole) == {SERVICE: "fixed"}
    assert whole["history"]["counts"]["fail"]["fixed"] == 1
    assert nights.kept() == {}


def test_another_verdict_is_a_change(nights: Nights) -> None:
    nights.scan(document([finding(), finding(OTHER, verdict="undecided")]))
    whole = nights.scan(document([finding(verdict="undecided"), finding(OTHER)]))
    assert statuses(whole) == {SERVICE: "changed", OTHER: "changed"}
    assert whole["history"]["counts"]["fail"] == dict.fromkeys(whole["history"]["counts"]["fail"], 0) | {"changed": 2}


def test_other_related_resources_are_a_change_and_nothing_is_fixed(nights: Nights) -> None:
    nights.scan(document([finding(related=["a.yaml"])]))
    assert statuses(nights.scan(document([finding(related=["b.yaml"])]))) == {SERVICE: "changed"}


def test_an_exemption_is_no_fix(nights: Nights) -> None:
    nights.scan(document([finding()]))
    whole = nights.scan(document([finding(exempt=True)]))
    assert whole["results"][0]["change"] == {"status": "changed", "was": "fail", "since": "2026-01-01T03:00:00Z"}
    whole = nights.scan(document([finding(exempt=True)]))
    assert sum(sum(row.values()) for row in whole["history"]["counts"].values()) == 0


def test_a_resource_that_is_no_more_takes_its_findings_along(nights: Nights) -> None:
    nights.scan(document([finding(), finding(f"{OTHER}/web:80")]))
    whole = nights.scan(document(), resources=[OTHER])
    assert statuses(whole) == {SERVICE: "gone", f"{OTHER}/web:80": "gone"}
    assert reasons(whole) == {
        SERVICE: "its resource does not exist any more",
        f"{OTHER}/web:80": "NET001 does not apply to it any more",
    }


@pytest.mark.parametrize(
    ("tonight", "more", "why"),
    [
        (document(files=["b.yaml"]), {}, "a.yaml was not scanned"),
        (
            document(errors=[error("a.yaml", "a mapping is not closed")]),
            {"passed": PASSES},
            "a.yaml could not be read as a whole: a mapping is not closed",
        ),
        (document(rules=["NET002"]), {"passed": PASSES}, "the rule NET001 was not run"),
        (document(), {"unjudged": ["NET001"]}, "the rule NET001 could not be judged everywhere"),
        (
            document([finding(assertion="group")]),
            {},
            "NET001/group comes before it, and fails",
        ),
        (
            document([finding("a.yaml#Cluster", verdict="undecided")]),
            {"resources": [SERVICE]},
            "NET001 is undecided on Cluster",
        ),
    ],
    ids=["not scanned", "not read", "not run", "fault", "comes before", "undecided nearby"],
)
def test_what_could_not_be_seen_is_not_fixed(
    nights: Nights, tonight: dict[str, Any], more: dict[str, Any], why: str
) -> None:
    nights.scan(document([finding()]))
    whole = nights.scan(tonight, **more)
    (known,) = (one for one in whole["history"]["absent"] if one["address"] == SERVICE)
    assert known["status"] == "not_seen"
    assert known["reason"] == why
    assert known["seen"] == "2026-01-01T03:00:00Z"
    assert ("NET001", "ingress", SERVICE) in nights.kept()


def test_a_related_file_that_was_not_scanned_leaves_it_open(nights: Nights) -> None:
    nights.scan(document([finding(related=["b.yaml"])]))
    whole = nights.scan(document(files=["a.yaml"]), passed=PASSES)
    assert reasons(whole) == {SERVICE: "b.yaml was not scanned"}


def test_another_assertion_that_fails_does_not_hide_what_passes(nights: Nights) -> None:
    nights.scan(document([finding()]))
    whole = nights.scan(document([finding(assertion="egress")]), passed=PASSES)
    assert [one["status"] for one in whole["history"]["absent"]] == ["fixed"]


def test_a_finding_outlives_nights_that_could_not_see_it(nights: Nights) -> None:
    nights.scan(document([finding()]))
    for _ in range(2):
        whole = nights.scan(document(files=["b.yaml"]))
        assert statuses(whole) == {SERVICE: "not_seen"}
        assert whole["history"]["absent"][0]["seen"] == "2026-01-01T03:00:00Z"
    whole = nights.scan(document([finding()]))
    assert whole["results"][0]["change"] == {"status": "persisting", "was": "fail", "since": "2026-01-01T03:00:00Z"}
    nights.scan(document(files=["b.yaml"]))
    assert statuses(nights.scan(document(), passed=PASSES)) == {SERVICE: "fixed"}
    whole = nights.scan(document([finding()]))
    assert whole["results"][0]["change"] == {"status": "new", "was": None, "since": "2026-01-07T03:00:00Z"}


# --- files and accounts


def test_a_file_that_is_deleted_takes_its_findings_along(
    nights: Nights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    stacks = tmp_path / "stacks"
    stacks.mkdir()
    (stacks / "there.yaml").touch()
    gone, there = "stacks/gone.yaml#S", "stacks/there.yaml#S"
    files = ["stacks/gone.yaml", "stacks/there.yaml"]
    nights.scan(document([finding(gone), finding(there)], files=files))
    unread = document(files=[], errors=[error("stacks", "the folder cannot be read")])
    assert set(statuses(nights.scan(unread, paths=["stacks"])).values()) == {"not_seen"}
    assert set(statuses(nights.scan(document(files=[]), paths=["elsewhere"])).values()) == {"not_seen"}
    assert statuses(nights.scan(document(files=[]), paths=["./stacks/"])) == {gone: "gone", there: "not_seen"}


def test_in_an_account_a_pass_is_proven_and_absence_is_not(nights: Nights) -> None:
    first, second = f"{UNIT}#one", f"{UNIT}#two"
    live = {"files": [], "accounts": [UNIT]}
    nights.scan(document([finding(first, live=True), finding(second, live=True)], **live))
    passed = [("NET001", "ingress", first)]
    whole = nights.scan(document(**live, errors=[denied()]), passed=passed)
    assert statuses(whole) == {first: "fixed", second: "not_seen"}
    assert reasons(whole)[second] == "ec2:DescribeSubnets failed in account 111122223333, region eu-west-1"
    assert statuses(nights.scan(document(**live))) == {second: "gone"}


def test_an_account_that_was_not_read_keeps_its_findings(nights: Nights) -> None:
    subject = f"{UNIT}#one"
    nights.scan(document([finding(subject, live=True)], files=[], accounts=[UNIT, "999988887777/eu-west-1"]))
    whole = nights.scan(document(files=[], accounts=["999988887777/eu-west-1"]))
    assert reasons(whole) == {subject: "111122223333/eu-west-1 was not scanned"}
    refused = error("aws/111122223333") | {"account": ACCOUNT, "api": "sts:AssumeRole", "error": "AccessDenied"}
    whole = nights.scan(document(files=[], accounts=["999988887777/eu-west-1"], errors=[refused]))
    assert reasons(whole) == {subject: "sts:AssumeRole failed in account 111122223333, region eu-west-1"}


def test_what_belongs_to_no_region_hangs_on_all_of_its_account(nights: Nights) -> None:
    subject = "111122223333#role"
    role = finding(subject, live=True) | {"region": "global"}
    role["location"]["file"] = "aws/111122223333/global/iam/role/role.json"
    both = [UNIT, "111122223333/us-east-1"]
    nights.scan(document([role], files=[], accounts=both))
    whole = nights.scan(document(files=[], accounts=both, errors=[denied("iam:ListRoles", "us-east-1")]))
    assert reasons(whole) == {subject: "iam:ListRoles failed in account 111122223333, region us-east-1"}
    assert statuses(nights.scan(document(files=[], accounts=both))) == {subject: "gone"}


# --- scopes, and the form


def test_scopes_are_compared_with_themselves(nights: Nights) -> None:
    nights.scan(document([finding()]), scope="one")
    assert nights.scan(document(), scope="other")["history"]["previous"] is None
    whole = nights.scan(document([finding()]), scope="one")
    assert whole["history"]["previous"]["scan"] == 1
    assert statuses(whole) == {SERVICE: "persisting"}


def test_the_history_is_as_the_schema_has_it(nights: Nights) -> None:
    nights.scan(document([finding(), finding(OTHER), finding("a.yaml#Third"), finding("a.yaml#Fourth")]))
    whole = nights.scan(
        document([finding(), finding("a.yaml#New")], files=["a.yaml"]),
        passed=[("NET001", "ingress", "a.yaml#Third")],
    )
    assert {one["status"] for one in whole["history"]["absent"]} == {"fixed", "gone", "not_seen"}
    schema = json.loads((data_folder("reports") / "result.schema.json").read_text())
    for part, value in (("history", whole["history"]), ("change", whole["results"][0]["change"])):
        Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]}).validate(value)


def test_the_trend_ends_with_this_scan_and_counts_what_was_not_seen(nights: Nights) -> None:
    nights.scan(document([finding(), finding(OTHER, severity="low", verdict="undecided")]))
    trend = nights.scan(document(files=["b.yaml"], errors=[error("b.yaml")]))["history"]["trend"]
    assert [(row["findings"]["high"], row["undecided"], row["not_seen"], row["errors"]) for row in trend] == [
        (1, 1, 0, 0),
        (0, 0, 1, 1),
    ]
    for _ in range(40):
        trend = nights.scan(document())["history"]["trend"]
    assert [row["scan"] for row in trend] == list(range(13, 43))


def test_results_may_come_bit_by_bit(nights: Nights) -> None:
    whole = document([finding(), finding(OTHER)])
    with Recorder(nights.file) as recorder:
        for result in whole["results"]:
            recorder.add([result], Judged(resources={result["subject"]["address"]}))
        written = recorder.finish(scanned(whole, "stacks"))
    assert written.id == 1
    assert set(nights.kept()) == {("NET001", "ingress", SERVICE), ("NET001", "ingress", OTHER)}


def test_passes_that_are_listed_are_no_findings(nights: Nights) -> None:
    whole = nights.scan(document([finding(verdict="pass")]))
    assert "change" not in whole["results"][0]
    assert nights.kept() == {}


def test_of_two_results_of_one_identity_a_failure_counts(nights: Nights) -> None:
    nights.scan(document([finding(verdict="undecided"), finding(), finding(verdict="undecided")]))
    assert [state for state, *_ in nights.kept().values()] == ["fail"]


def test_equal_nights_take_little_room(nights: Nights) -> None:
    whole = document([finding(f"a.yaml#S{number}", related=["b.yaml"]) for number in range(300)])
    nights.scan(copy.deepcopy(whole))
    before = nights.file.stat().st_size
    for _ in range(5):
        nights.scan(copy.deepcopy(whole))
    assert nights.file.stat().st_size - before < 5 * 300 * 80


# --- any nights


@given(
    st.lists(
        st.lists(st.sampled_from(["fail", "undecided", "pass", "hidden", "missing"]), min_size=3, max_size=3),
        min_size=1,
        max_size=8,
    )
)
def test_nothing_is_fixed_unless_it_passes_and_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, plan: list[list[str]]
) -> None:
    nights = Nights(tmp_path_factory.mktemp("nights") / "nights.db")
    known: dict[str, str] = {}
    for states in plan:
        subjects = {f"f{number}.yaml#S": state for number, state in enumerate(states)}
        results = [finding(name, verdict=state) for name, state in subjects.items() if state in ("fail", "undecided")]
        files = [name.partition("#")[0] for name, state in subjects.items() if state != "hidden"]
        passed = [("NET001", "ingress", name) for name, state in subjects.items() if state == "pass"]
        whole = nights.scan(document(results, files=files), passed=passed)
        expected: dict[str, str] = {}
        for name, state in subjects.items():
            was = known.get(name)
            if state in ("fail", "undecided"):
                expected[name] = "new" if was is None else "persisting" if was == state else "changed"
                known[name] = state
            elif was is not None:
                expected[name] = {"pass": "fixed", "hidden": "not_seen", "missing": "gone"}[state]
                if state != "hidden":
                    del known[name]
        if whole["history"]["previous"] is not None:
            assert statuses(whole) == expected
        assert {key[2]: state for key, (state, *_) in nights.kept().items()} == known


# --- crashes, and others that write


def test_without_its_end_a_scan_leaves_nothing(nights: Nights) -> None:
    nights.scan(document([finding()]))
    with Recorder(nights.file) as recorder:
        recorder.add([finding(OTHER)], Judged())
    assert set(nights.kept()) == {("NET001", "ingress", SERVICE)}


def test_what_goes_wrong_at_its_end_leaves_nothing(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.scan(document([finding()]))

    def fail(*_: object) -> None:
        raise RuntimeError("at the worst time")

    with monkeypatch.context() as patched:
        patched.setattr(record, "_settle", fail)
        with pytest.raises(RuntimeError):
            nights.scan(document([finding(OTHER)]))
    assert set(nights.kept()) == {("NET001", "ingress", SERVICE)}
    assert nights.scan(document([finding()]))["history"]["scan"] == 2


def test_a_full_disk_is_told_and_leaves_the_history_as_it_was(nights: Nights) -> None:
    nights.scan(document([finding()]))
    whole = document([finding(f"a.yaml#S{number}") for number in range(500)])
    with Recorder(nights.file) as recorder:
        assert recorder._connection is not None
        pages = recorder._connection.execute("PRAGMA page_count").fetchone()[0]
        recorder._connection.execute(f"PRAGMA max_page_count = {pages + 4}")
        recorder.add(whole["results"], Judged())
        with pytest.raises(HistoryError, match="the disk is full"):
            recorder.finish(scanned(whole, "stacks"))
    assert set(nights.kept()) == {("NET001", "ingress", SERVICE)}


WRITER = """
import os, signal, sys
from pathlib import Path
from scanner.history import Recorder, record, scanned
from scanner.results import Judged
from tests.history.nights import document, finding

def write(scope, size):
    whole = document([finding(f"a.yaml#S{number}") for number in range(size)])
    with Recorder(Path(sys.argv[1])) as recorder:
        recorder.add(whole["results"], Judged())
        recorder.finish(scanned(whole, scope))

"""
MIDWAY = """
record.between = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
write("stacks", 50)
write("stacks", 60)
"""
MANY = """
for number in range(int(sys.argv[3])):
    write(sys.argv[2], 40)
"""
ENDLESS = """
while True:
    write("stacks", 40)
"""


def start(root: Path, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER + program, *arguments], cwd=root)


def scans_of(file: Path) -> list[tuple[str, int]]:
    """The scope and the number of results of each scan, of a file that is whole."""
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return connection.execute(
            "SELECT scope, (SELECT count(*) FROM results WHERE scan = scans.id) FROM scans ORDER BY id"
        ).fetchall()


def test_a_kill_within_the_transaction_leaves_nothing_of_it(nights: Nights, root: Path) -> None:
    with start(root, MIDWAY, str(nights.file)) as process:
        process.wait(60)
    assert process.returncode == -signal.SIGKILL
    assert scans_of(nights.file) == [("stacks", 50)]
    assert nights.scan(document([finding("a.yaml#S0")]))["history"]["previous"]["scan"] == 1


@pytest.mark.slow
def test_a_kill_at_any_time_leaves_whole_scans(nights: Nights, root: Path) -> None:
    for delay in (0.0, 0.02, 0.05, 0.09, 0.14):
        before = len(scans_of(nights.file)) if nights.file.exists() else 0
        with start(root, ENDLESS, str(nights.file)) as process:
            until = time.monotonic() + 30
            while time.monotonic() < until and not (nights.file.exists() and nights.file.stat().st_size):
                time.sleep(0.01)
            time.sleep(0.3 + delay)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(60)
        found = scans_of(nights.file)
        assert len(found) >= before
        assert {size for _, size in found} <= {40}
    assert found


@pytest.mark.slow
def test_two_that_write_at_once_wait_for_each_other(nights: Nights, root: Path) -> None:
    with (
        start(root, MANY, str(nights.file), "one", "15") as one,
        start(root, MANY, str(nights.file), "two", "15") as two,
        start(root, MANY, str(nights.file), "one", "15") as three,
    ):
        assert [process.wait(120) for process in (one, two, three)] == [0, 0, 0]
    found = scans_of(nights.file)
    assert sorted(found) == [("one", 40)] * 30 + [("two", 40)] * 15


def test_a_long_scan_does_not_keep_others_from_writing(nights: Nights) -> None:
    with Recorder(nights.file) as recorder:
        recorder.add([finding(OTHER)], Judged(resources={OTHER}))
        nights.scan(document([finding()]))
        whole = document([finding(OTHER)])
        written = recorder.finish(scanned(whole, "stacks"))
    assert written.id == 2
    assert {change.status for change in written.changes} == {"new", "gone"}
