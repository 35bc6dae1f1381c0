"""A result document with one of everything that reports show, and documents of any size."""

from __future__ import annotations

import hashlib
from typing import Any

from scanner.line_hash import line_hash

BROKEN = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: A service whose hosts open part of the range
Parameters:
  SubnetIds: {Type: "List<AWS::EC2::Subnet::Id>"}
  Stage: {Type: String, AllowedValues: [dev, prod]}
Resources:
  BalancerGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: Balancer
  HostGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: Hosts
      SecurityGroupIngress:
        - IpProtocol: tcp
          FromPort: 32768
          ToPort: 61000
          SourceSecurityGroupId: !Ref BalancerGroup
  TargetGroup:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      Protocol: HTTP
      HealthCheckPath: /health
      HealthCheckTimeoutSeconds: 30
      HealthCheckIntervalSeconds: 30
      Matcher: {HttpCode: "200-499"}
  WebService:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref WebTask
      HealthCheckGracePeriodSeconds: 0
      LoadBalancers:
        - ContainerName: web
          ContainerPort: 8080
          TargetGroupArn: !Ref TargetGroup
"""

HOSTILE = """\
{
\t"Description": "<script>alert('x')</script> ]]> --> {{ 7*7 }} \u202egnp.exe \u0007",
\t"Resources": {
\t\t"Tâche漢字": {"Type": "AWS::ECS::TaskDefinition", "Properties": {\
"Family": "<b>\U0001f6a2 & co</b>", "Cpu": "\x1b[31m"}},
\t\t"Role\\"><img src=x onerror=alert(1)>": {
\t\t\t"Type": "AWS::IAM::Role", "Properties": {
\t\t\t\t"Policies": [
\t\t\t\t\t{"PolicyName": "wide",
\t\t\t\t\t "PolicyDocument": {"Statement": [
\t\t\t\t\t\t{"Effect": "Allow", "Action": "*", "Resource": "*"}
\t\t\t\t\t]}}
\t\t\t\t]
\t\t\t}
\t\t}
\t}
}
"""

FILES = {"examples/broken.yaml": BROKEN, "stacks/naïve <dir>/a b#1.json": HOSTILE}
PATHS = tuple(FILES)
WEB = ("ecs.binding", "AWS::ECS::Service", "WebService", "WebService/web:8080")
GROUP = ("elbv2.target_group", "AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroup", "TargetGroup")


def place(file: str, begin: str, end: str = "", *, says: str = "", around: int = 1) -> dict[str, Any]:
    """The region of a sample file from the text ``begin`` to the text ``end`` behind it, with lines around."""
    text = FILES[file]
    first = text.index(begin)
    last = text.index(end, first) + len(end) if end else first + len(begin)
    lines = text.splitlines()
    line = text.count("\n", 0, first) + 1
    end_line = text.count("\n", 0, last) + 1
    shown = range(max(1, line - around), min(len(lines), end_line + around) + 1)
    return {
        "file": file,
        "line": line,
        "column": first - (text.rfind("\n", 0, first) + 1) + 1,
        "end_line": end_line,
        "end_column": last - (text.rfind("\n", 0, last) + 1) + 1,
        "says": says,
        "excerpt": [{"line": number, "text": lines[number - 1]} for number in list(shown)[:5]],
        "line_hash": line_hash(text, line),
    }


def rule(id: str, name: str, title: str, severity: str, *tags: str, remediation: str = "") -> dict[str, Any]:
    return {
        "id": id,
        "name": name,
        "title": title,
        "severity": severity,
        "applies": ["template", "live"],
        "rationale": f"{title}: where that does not hold, some tasks fail and others do not.",
        "remediation": remediation or "Let {hosts} accept tcp {missing} from {balancer}.",
        "source": [
            {
                "document": "ECS tasks passing ALB health checks",
                "section": "Connectivity between load balancer and task",
            }
        ],
        "tags": list(tags),
    }


def result(
    rule: str,
    assertion: str,
    verdict: str,
    severity: str,
    message: str,
    subject: tuple[str, str, str, str],
    location: dict[str, Any],
    **more: Any,
) -> dict[str, Any]:
    kind, type, id, label = subject
    address = f"{location['file']}#{id}"
    whole: dict[str, Any] = {
        "rule": rule,
        "assertion": assertion,
        "verdict": verdict,
        "severity": severity,
        "message": message,
        "remediation": "",
        "subject": {"kind": kind, "type": type, "id": id, "label": label, "address": address},
        "location": location,
        "related": [],
        "missing": [],
        "unknown": [],
        "worlds": [],
        "way": [],
        "evidence": [],
        "fingerprint": hashlib.sha256(f"{rule} {assertion} {address} {message}".encode()).hexdigest(),
        "exemption": None,
    }
    assert not set(more) - set(whole)
    return whole | more


def hop(hop: str, label: str, verdict: str, says: str, location: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"hop": hop, "label": label, "verdict": verdict, "says": says, "location": location}


def sample() -> dict[str, Any]:
    """Three severities, undecided, passed and exempt results, worlds, a way with two blocks, hostile text, errors."""
    broken, hostile = PATHS
    to_port = place(broken, "ToPort: 61000", around=2)
    subnets = {
        "reason": "parameter SubnetIds has no value",
        "supply": "--set SubnetIds=...",
        "location": place(broken, "SubnetIds"),
    }
    role = 'Role\\"><img src=x onerror=alert(1)>'
    results = [
        result(
            "NET002",
            "ingress",
            "fail",
            "high",
            "HostGroup does not accept tcp 61001-65535 from Balancer",
            WEB,
            to_port,
            remediation="Let HostGroup accept tcp 61001-65535 from BalancerGroup.",
            related=[
                place(broken, "SourceSecurityGroupId: !Ref BalancerGroup", says="the rule that stops short", around=0),
                place(broken, "BalancerGroup:", says="the load balancer's group", around=0),
                place(broken, "ContainerPort: 8080", says="the container's port, mapped to a dynamic host port"),
            ],
            missing=["tcp 61001-65535"],
            worlds=["Stage = prod"],
            way=[
                hop("listener", "Listener (HTTP 80)", "pass", "forwards to TargetGroup"),
                hop("balancer egress", "BalancerGroup", "pass", "sends everything", place(broken, "BalancerGroup:")),
                hop("subnet ACL", "SubnetIds", "undecided", "parameter SubnetIds has no value"),
                hop("host ingress", "HostGroup", "fail", "accepts tcp 32768-61000 only", to_port),
                hop(
                    "health check",
                    "TargetGroup",
                    "fail",
                    "times out when the next check begins",
                    place(broken, "HealthCheckTimeoutSeconds: 30"),
                ),
            ],
            evidence=[place(broken, "FromPort: 32768", says="first port that is accepted")],
        ),
        result(
            "NET009",
            "zones",
            "undecided",
            "medium",
            "whether the hosts of WebService stand in zones of Balancer depends on the subnets",
            WEB,
            place(broken, "WebService:"),
            unknown=[subnets],
        ),
        result(
            "NET005",
            "listener",
            "undecided",
            "high",
            "whether the subnets' ACLs admit the clients of Listener is not known",
            WEB,
            place(broken, "WebService:"),
            unknown=[subnets],
            worlds=["Stage = prod", "Stage = dev"],
        ),
        result(
            "HC006",
            "set",
            "fail",
            "low",
            "WebService has a grace period of 0 s [less than the 60 s it needs]",
            ("ecs.service", "AWS::ECS::Service", "WebService", "WebService"),
            place(broken, "HealthCheckGracePeriodSeconds: 0", around=0),
        ),
        result(
            "HC003",
            "timeout",
            "fail",
            "medium",
            "TargetGroup waits 30 s for an answer and checks every 30 s: a check must end before the next begins",
            GROUP,
            place(broken, "HealthCheckTimeoutSeconds", "HealthCheckIntervalSeconds: 30"),
            missing=[f"second {number}" for number in range(1, 20)],
            remediation="Set HealthCheckTimeoutSeconds to at most 29, or HealthCheckIntervalSeconds to at least 31.",
        ),
        result(
            "HC001",
            "path",
            "pass",
            "high",
            "TargetGroup asks for /health",
            GROUP,
            place(broken, "HealthCheckPath: /health"),
        ),
        result(
            "HC004",
            "matcher",
            "fail",
            "low",
            "TargetGroup takes 404 for healthy",
            GROUP,
            place(broken, 'HttpCode: "200-499"'),
            exemption={"reason": "the old client answers 404", "approver": "platform team", "until": "2031-12-31"},
        ),
        result(
            "APP001",
            "family",
            "fail",
            "medium",
            "Tâche漢字 <script>alert(1)</script> has a family of <b>\U0001f6a2 & co</b> \u202eand \x1b[31mmore",
            ("ecs.task_definition", "AWS::ECS::TaskDefinition", "Tâche漢字", "Tâche漢字"),
            place(hostile, '"<b>\U0001f6a2 & co</b>"'),
            missing=["\x1b[2J"],
            related=[place(hostile, "<script>alert('x')</script>", says="</script> [a](b) \\ note")],
            remediation="Write </style><script>alert(2)</script> {{ 7*7 }} otherwise.",
        ),
        result(
            "IAM009",
            "excess",
            "fail",
            "high",
            "the role grants * and needs sts:AssumeRole",
            ("iam.role", "AWS::IAM::Role", role, role),
            place(hostile, '{"PolicyName"', "]}}"),
            missing=["sts:AssumeRole"],
            related=[place(hostile, '"Action": "*"', says="grants everything", around=0)],
        ),
    ]
    counts = {
        "NET002": (1, 1, 0, 0),
        "NET005": (0, 0, 1, 0),
        "NET009": (0, 0, 1, 0),
        "HC001": (1, 0, 0, 0),
        "HC003": (0, 1, 0, 0),
        "HC004": (0, 0, 0, 0),
        "HC006": (0, 1, 0, 0),
        "APP001": (0, 1, 0, 0),
        "IAM009": (0, 1, 0, 0),
        "RUN002": (0, 0, 0, 1),
    }
    return {
        "format": "clearway-result/1",
        "tool": {
            "name": "clearway",
            "version": "0.1.0",
        },
        "inputs": [
            {"path": broken, "kind": "cloudformation", "role": "scanned"},
            {"path": hostile, "kind": "cloudformation", "role": "scanned"},
            {"path": "account.json", "kind": "snapshot", "role": "context"},
        ],
        "rules": [
            rule("APP001", "family-is-plain", "Task definitions have plain family names", "medium"),
            rule("HC001", "health-check-path-is-set", "Health checks ask for a path of their own", "high", "health"),
            rule(
                "HC003", "timeout-below-interval", "A health check ends before the next one begins", "medium", "health"
            ),
            rule("HC004", "matcher-admits-success-only", "Only success counts as healthy", "low", "health"),
            rule("HC006", "grace-period-covers-start", "The grace period covers the start", "low", "health"),
            rule("IAM009", "role-grants-no-more", "Roles grant what is needed and no more", "high", "permissions"),
            rule(
                "NET002",
                "target-ingress-admits-load-balancer",
                "Targets admit their load balancer on every port a task may be given",
                "high",
                "network",
            ),
            rule("NET005", "acl-admits-clients", "Network ACLs admit clients and return traffic", "high", "network"),
            rule("NET009", "zones-agree", "Hosts stand in zones of their load balancer", "medium", "network"),
            rule("RUN002", "task-state-retries", "A state that runs a task retries it", "medium", "workflow"),
        ],
        "results": results,
        "summary": {
            "files": 3,
            "templates": 2,
            "subjects": 5,
            "rules": {
                id: dict(zip(("pass", "fail", "undecided", "not_applicable"), row, strict=True))
                for id, row in counts.items()
            },
            "findings": {"high": 2, "medium": 2, "low": 1},
            "undecided": 2,
            "passed": 2,
        },
        "errors": [
            {"file": "stacks/torn.yaml", "line": 3, "column": 7, "message": "a mapping is not closed: <b>}</b>"},
            {
                "file": "stacks/denied.yaml",
                "line": None,
                "column": None,
                "message": "cannot be read: permission denied",
            },
        ],
        "notes": [{"file": "b.yaml", "message": "skipped: not a template"}],
    }


def with_history() -> dict[str, Any]:
    """The sample with what changed since the last scan: every status, for failures and for what is undecided."""
    whole = sample()
    first, last = "2026-01-03T03:00:00Z", "2026-01-30T03:00:00Z"
    new = {"status": "new", "was": None, "since": "2026-01-31T03:00:00Z"}
    persisting = {"status": "persisting", "was": "fail", "since": first}
    changes = {
        "NET002": new,
        "NET009": {"status": "changed", "was": "fail", "since": first},
        "NET005": {"status": "persisting", "was": "undecided", "since": last},
        "HC006": persisting,
        "HC003": {"status": "changed", "was": "undecided", "since": last},
        "HC004": {"status": "persisting", "was": "exempt", "since": first},
        "APP001": persisting,
        "IAM009": new,
    }
    results = [
        found | {"change": changes[found["rule"]]} if found["rule"] in changes else found for found in whole["results"]
    ]

    def absent(status: str, verdict: str, severity: str, rule: str, message: str, label: str, reason: str) -> Any:
        return {
            "status": status,
            "verdict": verdict,
            "rule": rule,
            "assertion": "set",
            "severity": severity,
            "message": message,
            "label": label,
            "address": f"{PATHS[0]}#{label}",
            "file": PATHS[0],
            "line": 12,
            "account": "",
            "region": "",
            "fingerprint": hashlib.sha256(message.encode()).hexdigest(),
            "since": first,
            "seen": last,
            "reason": reason,
        }

    denied = "elasticloadbalancing:DescribeRules failed in account 111122223333, region eu-west-1"
    none = dict.fromkeys(("new", "changed", "persisting", "fixed", "gone", "not_seen"), 0)
    nights = [(4, 6, 2, 1, 0, 0), (4, 5, 2, 1, 0, 0), (3, 5, 2, 4, 1, 1), (2, 2, 1, 2, 2, 2)]
    history = {
        "scope": "examples stacks",
        "scan": 12,
        "time": "2026-01-31T03:00:00Z",
        "previous": {"scan": 11, "time": last, "version": "0.0.9"},
        "counts": {
            "fail": none | {"new": 2, "changed": 2, "persisting": 2, "fixed": 1, "gone": 1, "not_seen": 2},
            "undecided": none | {"persisting": 1, "fixed": 1},
        },
        "absent": [
            absent("fixed", "fail", "high", "HC001", "TargetGroup asks for no path", "TargetGroup", ""),
            absent(
                "fixed", "undecided", "low", "HC002", "whether <b>it</b> is absolute is not known", "TargetGroup", ""
            ),
            absent(
                "gone", "fail", "low", "HC006", "Old has no grace period", "Old", "its resource does not exist any more"
            ),
            absent("not_seen", "fail", "high", "NET012", "no rule leads to Shop \u202eand more", "Shop", denied),
            absent("not_seen", "fail", "medium", "NET012", "no rule leads to <script>Desk", "Desk", denied),
        ],
        "trend": [
            {
                "scan": 9 + number,
                "time": f"2026-01-{28 + number}T03:00:00Z",
                "findings": {"high": high, "medium": medium, "low": low},
                "undecided": undecided,
                "not_seen": not_seen,
                "errors": errors,
            }
            for number, (high, medium, low, undecided, not_seen, errors) in enumerate(nights)
        ],
    }
    return whole | {"results": results, "history": history}


def clean() -> dict[str, Any]:
    """A document without findings."""
    whole = sample()
    rules = {id: {"pass": 1, "fail": 0, "undecided": 0, "not_applicable": 0} for id in whole["summary"]["rules"]}
    findings = {"high": 0, "medium": 0, "low": 0}
    summary = whole["summary"] | {"rules": rules, "findings": findings, "undecided": 0, "passed": len(rules)}
    return whole | {"results": [], "errors": [], "notes": [], "summary": summary}


def large(size: int) -> dict[str, Any]:
    """A document with so many failures, spread over its rules, each with an excerpt, related places and a way."""
    whole = sample()
    pattern = whole["results"][0]
    results = []
    for number in range(size):
        id = whole["rules"][number % len(whole["rules"])]["id"]
        file = f"stacks/service-{number // 20}.yaml"
        moved = {"file": file, "line": number % 20 * 30 + 10, "end_line": number % 20 * 30 + 10}
        rows = [
            {"line": moved["line"] - 2 + at, "text": row["text"]}
            for at, row in enumerate(pattern["location"]["excerpt"])
        ]
        subject = pattern["subject"] | {"label": f"Service{number}/web:8080", "address": f"{file}#Service{number}"}
        results.append(
            pattern
            | {
                "rule": id,
                "severity": ("high", "medium", "low")[number % 3],
                "subject": subject,
                "location": pattern["location"] | moved | {"excerpt": rows},
                "fingerprint": hashlib.sha256(str(number).encode()).hexdigest(),
            }
        )
    return whole | {"results": results}
