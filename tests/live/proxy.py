"""A proxy before a simulated AWS: it refuses, throttles or cuts off chosen calls, and answers what moto does not."""

from __future__ import annotations

import json
import re
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs

PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}
"""The prefix of IAM actions where it is not what requests are signed for."""
CBOR = "rpc-v2-cbor"
ANSWERS = {
    "health:DescribeEvents": {
        "events": [
            {
                "arn": "arn:aws:health:eu-west-1::event/ECS/AWS_ECS_ISSUE/1",
                "service": "ECS",
                "eventTypeCode": "AWS_ECS_OPERATIONAL_ISSUE",
                "eventTypeCategory": "issue",
                "region": "eu-west-1",
                "startTime": 1769828400,
                "statusCode": "open",
            }
        ]
    },
    "codedeploy:BatchGetDeploymentGroups": {
        "deploymentGroupsInfo": [
            {
                "applicationName": "shop",
                "deploymentGroupName": "web",
                "serviceRoleArn": "arn:aws:iam::123456789012:role/task",
                "ecsServices": [{"serviceName": "web", "clusterName": "shop"}],
                "loadBalancerInfo": {"targetGroupPairInfoList": [{"targetGroups": [{"name": "web"}]}]},
            }
        ]
    },
}
"""What moto has no answer to."""


Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


class Proxy:
    """``rules`` says by API (``ec2:DescribeVpcs``) what becomes of a call: an error's code, ``cut``, or ``CODE*2`` for
    an error the first two times. ``called`` counts the calls."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.rules: dict[str, str] = {}
        self.called: Counter[str] = Counter()
        self._answers: dict[tuple[str, ...], Answer] = {}
        self._lock = Lock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": self}))
        Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def reset(self) -> None:
        self.rules.clear()
        self.called.clear()

    def forget(self) -> None:
        """Asks again what was answered before: something has changed."""
        self._answers.clear()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fate(self, api: str) -> str:
        """What becomes of a call now."""
        with self._lock:
            self.called[api] += 1
            rule, times, limit = self.rules.get(api, "").partition("*")
            return rule if not times or self.called[api] <= int(limit) else ""

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """The answer of the upstream. One that reads is kept: a hundred collections of one account ask the same."""
        signed = headers.get("Authorization", "").partition(", SignedHeaders")[0]
        key = (method, path, signed, headers.get("X-Amz-Target", ""), body.decode("latin-1"))
        reads = re.search(r"Describe|List|Get[A-Z]|operation", f"{key[3]} {key[4]}") is not None or method == "GET"
        if reads and key in self._answers:
            return self._answers[key]
        request = urllib.request.Request(self.upstream + path, data=body or None, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                found = (answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            found = (error.code, dict(error.headers), error.read())
        if reads and found[0] == 200:
            self._answers[key] = found
        return found


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # all threads of a collection may connect at once; what does not fit is reset


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy

    def log_message(self, format: str, *arguments: object) -> None:
        pass

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        api = self._api(body)
        fate = self.proxy.fate(api)
        if fate == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"<half>")
            self.close_connection = True
        elif fate:
            self._send(400, *self._error(fate))
        elif api in ANSWERS:
            self._send(200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(ANSWERS[api]).encode())
        else:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            headers["Host"] = self.headers.get("Host", "")
            self._send(*self.proxy.forward(self.command, self.path, headers, body))

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

    def _api(self, body: bytes) -> str:
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", self.headers.get("Authorization", ""))
        service = scope.group(1) if scope else ""
        if self.headers.get("X-Amz-Target"):
            action = self.headers["X-Amz-Target"].rpartition(".")[2]
        elif "/operation/" in self.path:
            action = self.path.rpartition("/")[2]
        elif service == "scheduler":
            action = "GetSchedule" if self.path.startswith("/schedules/") else "ListSchedules"
        else:
            action = parse_qs(body.decode("latin-1")).get("Action", [""])[0]
        return f"{PREFIXES.get(service, service)}:{action}"

    def _error(self, code: str) -> tuple[dict[str, str], bytes]:
        if self.headers.get("smithy-protocol") == CBOR:
            headers = {"Content-Type": "application/cbor", "smithy-protocol": CBOR}
            return headers, b"\xa1" + _cbor("__type") + _cbor(code)
        kind = self.headers.get("Content-Type") or ""
        if "json" in kind or not kind.startswith("application/x-www-form"):
            headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-errortype": code}
            return headers, json.dumps({"__type": code, "message": "no"}).encode()
        error = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
        if "/ec2/" in self.headers.get("Authorization", ""):
            text = f"<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>"
        else:
            text = f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"
        return {"Content-Type": "text/xml"}, text.encode()

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _cbor(text: str) -> bytes:
    """A short text in CBOR."""
    length = len(text)
    return (bytes([0x60 + length]) if length < 24 else bytes([0x78, length])) + text.encode()
