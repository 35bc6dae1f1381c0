"""``make demo`` shows what an account is found to be, and ends by itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]
ELSEWHERE = {
    "AWS_PROFILE": "nobody-has-this",
    "AWS_ENDPOINT_URL_ECS": "http://127.0.0.1:9",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}
"""What leads to another AWS, and must lead to none."""


def test_demo(root: Path, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\ntouch {opened}\n")
    browser.chmod(0o755)
    environment = {**os.environ, **ELSEWHERE, "CI": "true", "DISPLAY": ":0", "BROWSER": str(browser)}
    ran = subprocess.run(
        [sys.executable, "-m", "tools.demo"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert (ran.returncode, ran.stderr.splitlines()) == (0, ["account 123456789012, region eu-west-1: 87 resources"])
    found = set(re.findall(r"^(?:error|warning|note)\[(\w+)", ran.stdout, re.MULTILINE))
    assert {"NET002", "HC001", "RUN003", "IAM008"} <= found
    assert not re.search(r"^ *-->.*healthy-", ran.stdout, re.MULTILINE)
    assert re.search(r"^\d+ findings .* in 1 region of 1 account", ran.stdout, re.MULTILINE)
    report = (tmp_path / "out" / "demo.html").read_text(encoding="utf-8")
    assert "broken-WebService" in report
    assert not opened.exists()
