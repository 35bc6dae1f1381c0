"""``clearway diagnose``: how it is asked, what it prints, and its exit status."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scanner.commands import main
from scanner.commands.diagnose import SHORT
from scanner.data import data_folder

SAID = "(service {}) (port 8080) is unhealthy in (target-group web) due to (reason Request timed out)"
SNAPSHOT = data_folder("rules") / "fixtures" / "live-service.json"
UPDATE = "CLEARWAY_UPDATE_SNAPSHOTS"


@pytest.fixture
def broken(root: Path) -> str:
    return str(root / "examples" / "broken.yaml")


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    status = main(["diagnose", *arguments, "-o", "json"])
    return status, json.loads(capsys.readouterr().out)


def test_a_cause_is_found(broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, document = answered(capsys, SAID.format("WebService"), broken)
    assert (status, document["verdict"]) == (1, "found")
    assert [one["rule"] for one in document["answers"] if one["verdict"] == "found"][:2] == ["HC001", "NET002"]


def test_words_may_stand_behind_options(broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = answered(capsys, SAID.format("x"), broken, "--service", "WebService")
    assert answered(capsys, SAID.format("x"), "--service", "WebService", broken) == before
    assert answered(capsys, "--service", "WebService", SAID.format("x"), broken) == before
    assert answered(capsys, broken, SAID.format("x"), "--service", "WebService") == before
    assert before[0] == 1


def test_options_that_there_are_not_are_refused(broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["diagnose", SAID.format("x"), broken, "--nope", "3"])
    assert stopped.value.code == 2
    assert "unrecognized arguments: --nope" in capsys.readouterr().err


def test_only_the_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    status, document = answered(capsys, SAID.format("web"))
    assert (status, document["verdict"], document["inputs"]) == (0, "meaning", [])


def test_messages_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SAID.format('web')}\n(service web) has reached a steady state.\n"))
    status, document = answered(capsys, "-", str(SNAPSHOT))
    assert (status, len(document["messages"]), document["messages"][0]["names"]["service"]) == (0, 1, "web")


def test_a_long_message_is_not_repeated_in_commands(capsys: pytest.CaptureFixture[str]) -> None:
    _, document = answered(capsys, SAID.format("web"))
    assert len(SAID) > SHORT
    assert "clearway diagnose MESSAGE TEMPLATE" in [one["command"] for one in document["answers"]]
    _, document = answered(capsys, "it's a request timeout")
    assert """clearway diagnose 'it'"'"'s a request timeout' TEMPLATE""" in [
        one["command"] for one in document["answers"]
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "say what: a message, or --cluster and --service of a live account, or a snapshot"),
        ([SAID.format("web"), "examples/good.yaml"], "there is no service web here; the services are Service"),
        ([SAID.format("web"), "LICENSE"], "nothing in LICENSE is a template or a snapshot"),
        (["--service", "web"], "there are no AWS credentials; name a profile with --profile"),
        ([SAID.format("web"), "--role-arn", "Scan"], "--role-arn Scan: write arn:aws:iam::111122223333:role/NAME"),
        ([SAID.format("web"), "--select", "NOPE"], 'there is no rule "NOPE"'),
        ([" "], "there is no message to explain"),
        (["examples/good.yaml", "--service", "Service"], "a template has no events: say what the message is"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str],
    message: str,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(root)
    assert main(["diagnose", *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert captured.err.startswith(f"clearway: {message}")


def test_a_port_of_something_else_answers_with_other_codes(broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    reason = "Health checks failed with these codes: [502]"
    said = f"(service WebService) is unhealthy in (target-group web) due to (reason {reason})"
    status, document = answered(capsys, said, broken)
    found = [one["rule"] for one in document["answers"] if one["verdict"] == "found"]
    assert (status, found) == (1, ["HC001", "HC002"])


def test_a_message_that_is_not_known(broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    for paths in ([], [broken]):
        assert main(["diagnose", "the task failed its health check", *paths]) == 2
        out = capsys.readouterr().out
        assert "this is no message that is known" in out
        assert "near   ECS stopped a task because" in out


def test_a_file_that_is_not_there(broken: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", SAID.format("WebService"), broken, "nowhere.yaml"]) == 2
    assert "nowhere.yaml:1:1" in capsys.readouterr().out


def test_a_template_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("AWSTemplateFormatVersion: 2010-09-09\nResources: {AWS::X: [\n", encoding="utf-8")
    status, document = answered(capsys, SAID.format("web"), str(file))
    assert (status, len(document["errors"])) == (2, 1)


def test_no_events_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", str(SNAPSHOT), "--service", "api"]) == 0
    out = capsys.readouterr().out
    assert "judged: service api in cluster shop (api/api:8080)" in out
    assert out.endswith("Nothing that is known to be wrong was said.\n")


@pytest.mark.parametrize("width", [40, 100])
def test_text(width: int, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setattr("scanner.commands.output.width", lambda: width)
    assert main(["diagnose", SAID.format("WebService"), "examples/broken.yaml"]) == 1
    out = capsys.readouterr().out
    file = root / "tests" / "commands" / "snapshots" / f"diagnose-{width}.txt"
    if os.environ.get(UPDATE):
        file.write_text(out, encoding="utf-8")
    assert out == file.read_text(encoding="utf-8")


def test_what_is_printed_cannot_act_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    main(["diagnose", "request timed out \x1b[31m\x07"])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out


def test_what_cannot_be_read_is_told_where_no_service_is_found(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("AWSTemplateFormatVersion: 2010-09-09\nResources: {AWS::X: [\n", encoding="utf-8")
    assert main(["diagnose", SAID.format("web"), str(file), str(root / "examples" / "good.yaml")]) == 2
    err = capsys.readouterr().err
    assert f"{file}:" in err
    assert "there is no service web here" in err


@pytest.mark.parametrize(
    "arguments", [["diagnose", "request timed out", "examples/good.yaml"], ["probe", "http", "http://127.0.0.1:1/"]]
)
def test_boto3_is_imported_where_aws_is_asked_alone(arguments: list[str], root: Path) -> None:
    program = (
        f"import sys\nfrom scanner.commands import main\nmain({arguments!r})\n"
        "sys.exit('botocore' in sys.modules or 'boto3' in sys.modules or 'jsonschema' in sys.modules)"
    )
    warm = [sys.executable, "-m", "scanner", "rules", "list"]  # rules that are not compiled yet are checked first
    subprocess.run(warm, capture_output=True, check=True, cwd=root)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
