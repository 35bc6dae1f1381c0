"""``clearway probe http`` of URLs: no account is needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.commands import main
from tests.probe.servers import says, serving


def test_an_answer_that_the_matcher_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(says("HTTP/1.1 302 Found")) as (port, _):
        assert main(["probe", "http", f"http://127.0.0.1:{port}/health", "--matcher", "200-399"]) == 0
        assert main(["probe", "http", f"http://127.0.0.1:{port}/health"]) == 1
    captured = capsys.readouterr()
    assert "answers the health check with 302, and the matcher takes 200" in " ".join(captured.out.split())
    assert captured.err.count(f"http://127.0.0.1:{port}/health: 302 in 0.") == 2


def test_several_at_once_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(says("HTTP/1.1 200 OK")) as (well, _), serving(says("HTTP/1.1 502 Bad")) as (ill, _):
        urls = [f"http://127.0.0.1:{well}/", f"http://127.0.0.1:{ill}/"]
        assert main(["probe", "http", *urls, "--quiet", "-o", "json", "--all-verdicts"]) == 1
    captured = capsys.readouterr()
    document: Any = json.loads(captured.out)
    found = {one["subject"]["label"]: one["verdict"] for one in document["results"]}
    assert found == {urls[0]: "pass", urls[1]: "fail"}
    assert captured.err == ""


def test_reports_like_those_of_a_scan(tmp_path: Path) -> None:
    with serving(says("HTTP/1.1 500 No")) as (port, _):
        files = [f"{name}={tmp_path / name}" for name in ("html", "sarif")]
        url = f"http://127.0.0.1:{port}/"
        assert main(["probe", "http", url, "-q", *(word for one in files for word in ("-o", one))]) == 1
    assert "APP007" in (tmp_path / "html").read_text(encoding="utf-8")
    assert "APP007" in (tmp_path / "sarif").read_text(encoding="utf-8")


def test_what_cannot_be_reached_from_here_is_undecided(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def late(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("scanner.probe.http.socket.create_connection", late)
    arguments = ["probe", "http", "http://10.0.0.17:8080/health", "--timeout", "1"]
    assert main(arguments) == 0
    assert "cannot be reached from where the probe ran: no connection within 1 s" in " ".join(
        capsys.readouterr().out.split()
    )
    assert main([*arguments, "--fail-on-undecided"]) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["http"], "say what to ask: either URLs or --target-group"),
        (["http", "http://x/", "--target-group", "web"], "say what to ask: either URLs or --target-group"),
        (["http", "x:80"], "x:80 is no URL of HTTP"),
        (["http", "http://x/", "--matcher", "2xx"], "'2xx' in matcher '2xx' is neither a code nor a range"),
        (["http", "http://x/", "--timeout", "0"], "--timeout 0: write seconds, 120 at most"),
        (["interface", "--subnet", "s", "--regions", "a,b"], "--regions a,b: name one region"),
        (["interface", "--subnet", "s", "--role-arn", "x"], "--role-arn x: write arn:aws:iam::"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    assert main(["probe", *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert captured.err.startswith(f"clearway: {message}")
