"""``clearway account`` without an account: usage, and the policy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.commands import main
from scanner.sources.account import policy


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_policy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["account", "policy"]) == 0
    assert json.loads(capsys.readouterr().out) == policy.document()


def test_template_of_a_role(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["account", "policy", "-o", "cloudformation", "--trust", "111122223333", "--external-id", "nightly"]
    assert main(given) == 0
    assert capsys.readouterr().out == policy.as_template("111122223333", "nightly")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["policy", "--trust", "111122223333"], "--trust and --external-id are for a role: add -o cloudformation"),
        (["policy", "-o", "cloudformation", "--trust", "me"], "--trust me: write the twelve digits of an account"),
        (["scan", "--organization"], "--organization needs --role-name: the role to assume in each account"),
        (["snapshot", "x.json", "--role-name", "Scan"], "--role-name and --accounts are for --organization"),
        (["scan", "--role-arn", "Scan"], "--role-arn Scan: write arn:aws:iam::111122223333:role/NAME"),
        (
            ["scan", "--regions", "Ireland"],
            "--regions: Ireland is no name of a region: write eu-west-1,us-east-1, or all",
        ),
        (["scan", "--regions", "all,eu-west-1"], "--regions: all is no name of a region: write eu-west-1,us-east-1"),
        (["snapshot", "x.json", "--regions", ","], "--regions: nothing is no name of a region"),
        (["scan", "--link", "shop=t.yaml"], "--link is for --templates: it names the stack that one of them"),
        (["scan", "--select", "NOPE"], 'there is no rule "NOPE"'),
        (["scan"], "there are no AWS credentials; name a profile with --profile, or set them in the environment"),
        (["snapshot", "x.json", "--profile", "nope"], "The config profile (nope) could not be found"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["account", *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert captured.err.startswith(f"clearway: {message}")
    assert list(tmp_path.iterdir()) == []


def test_role_and_organization_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["account", "scan", "--organization", "--role-arn", "arn:aws:iam::111122223333:role/x"])
    assert stopped.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err


def test_snapshot_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "account.json"
    file.write_text("precious")
    assert main(["account", "snapshot", str(file)]) == 2
    assert capsys.readouterr().err == f"clearway: {file} is there already; --force writes it anew\n"
    assert file.read_text() == "precious"


@pytest.mark.parametrize("arguments", [["account", "policy"], ["scan", "--help"], ["account", "scan", "--help"]])
def test_boto3_is_imported_where_aws_is_asked_alone(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom scanner.commands import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "sys.exit('botocore' in sys.modules or 'boto3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0
