"""``make demo``: a simulated AWS in this process, with services and a workflow in it, scanned as an account is.

A healthy service, a broken one and a broken nightly workflow are deployed from templates, then read and judged by
``clearway account scan``. Needs no AWS account, and takes no credentials: whatever the environment says of AWS is put
aside, and all calls go to this machine.
"""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scanner.commands import main as clearway
from tests.live.makers import OWN, REGION, Account
from tests.live.proxy import Proxy
from tests.live.simulated import simulated_aws
from tests.live.stacks import FIXTURES, NO_REPORT, REFUSED, Stack

REPORT = Path("out/demo.html")
STACKS = (
    Stack("healthy", "examples/good.yaml", OWN),
    Stack("broken", "examples/broken.yaml", OWN, REFUSED, in_default_network=True),
    Stack("nightly", f"{FIXTURES}/run-task.yaml", OWN, NO_REPORT),
)
NOBODY = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def main(arguments: Sequence[str] = ()) -> int:
    """Shows the demonstration; the exit status is that of the scan. ``--no-browser`` opens nothing."""
    with _apart_from_aws(), simulated_aws() as endpoint:
        _say(f"A simulated AWS at {endpoint}; no call leaves this machine.")
        for stack in STACKS:
            made = stack.deployed(Account(endpoint, OWN))
            _say(f"Deployed {stack.path} as {stack.name}: {len(made)} resources")
        proxy = Proxy(endpoint)
        os.environ["AWS_ENDPOINT_URL"] = proxy.url
        REPORT.parent.mkdir(exist_ok=True)
        _say(f"$ clearway account scan --regions {REGION} -o text -o html={REPORT} --exit-zero\n")
        try:
            command = ["account", "scan", "--regions", REGION, "-o", "text", "-o", f"html={REPORT}", "--exit-zero"]
            status = clearway(command)
        finally:
            proxy.stop()
    if REPORT.exists():
        _say(f"\nWritten: {REPORT}")
        if "--no-browser" not in arguments and _has_desktop():
            _open(REPORT)
    return status


@contextmanager
def _apart_from_aws() -> Iterator[None]:
    """Without anything of the environment that says which AWS is meant, or by what way; it is back afterwards."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("AWS_") or name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            del os.environ[name]
    os.environ.update(NOBODY)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _has_desktop() -> bool:
    """Whether there is somebody to show a page to; without a display, a browser would take the terminal."""
    shown = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(shown) and not os.environ.get("CI")


def _open(report: Path) -> None:
    """Shows a report in a browser, if there is one."""
    try:
        webbrowser.open(report.resolve().as_uri())
    except Exception as error:  # whatever a desktop may do, the report is written
        _say(f"No browser was opened: {error}")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
