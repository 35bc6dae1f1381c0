"""A page in headless Chromium, driven through chromedriver by the W3C WebDriver protocol over loopback."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


class Browser:
    """One browser session. Each method raises RuntimeError with chromedriver's words if it fails."""

    def __init__(self, server: str, options: dict[str, Any]) -> None:
        self._server = server
        capabilities = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        answer = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._session = f"/session/{answer['sessionId']}"
        self.command("Emulation.setFocusEmulationEnabled", {"enabled": True})

    def open(self, url: str) -> None:
        self._ask("POST", f"{self._session}/url", {"url": url})

    def open_for_keys(self, url: str) -> None:
        """Opens a page and waits until it is painted: Chromium drops the keys that come before."""
        self.open(url)
        painted = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done(true)));"
        self._ask("POST", f"{self._session}/execute/async", {"script": painted, "args": []})

    def run(self, script: str, *arguments: Any) -> Any:
        """What the body of a function returns in the page."""
        return self._ask("POST", f"{self._session}/execute/sync", {"script": script, "args": list(arguments)})

    def resize(self, width: int, height: int) -> None:
        """The page's own size in CSS pixels, also below what a window may have."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.command("Emulation.setDeviceMetricsOverride", size)

    def command(self, name: str, parameters: dict[str, Any]) -> Any:
        """A command of the Chrome DevTools Protocol."""
        return self._ask("POST", f"{self._session}/goog/cdp/execute", {"cmd": name, "params": parameters})

    def messages(self) -> list[str]:
        """What the page said on its console since the last time, policy violations among it."""
        log = self._ask("POST", f"{self._session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in log]

    def close(self) -> None:
        self._ask("DELETE", self._session)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._server + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(json.load(error)["value"]["message"]) from None


@contextmanager
def browser(driver: str, binary: str, profile: str, *, scripts: bool = True) -> Iterator[Browser]:
    """A browser with a profile folder of its own; without ``scripts``, pages run none."""
    options: dict[str, Any] = {"binary": binary, "args": [*SWITCHES, f"--user-data-dir={profile}"]}
    if not scripts:
        options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
    with subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            opened = Browser(f"http://127.0.0.1:{_port(server)}", options)
            try:
                yield opened
            finally:
                opened.close()
        finally:
            server.terminate()


def _port(server: subprocess.Popen[str]) -> int:
    assert server.stdout is not None
    until = time.monotonic() + 30
    while time.monotonic() < until:
        line = server.stdout.readline()
        if "started successfully on port" in line:
            return int(line.strip().rstrip(".").rpartition(" ")[2])
        if not line:
            break
    raise RuntimeError("chromedriver does not start")
