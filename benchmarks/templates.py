"""The inputs: variations of service.yaml, a service of 32 resources in 13 KB, some good and some broken."""

from __future__ import annotations

from pathlib import Path

BASE = Path(__file__).with_name("service.yaml")

HIGH_PORTS = "ToPort: 65535\n      SourceSecurityGroupId: !GetAtt BalancerGroup.GroupId"

# Name of the variation, what it replaces in the base, by what. Each text stands in the base once.
VARIATIONS = (
    ("good", "", ""),
    ("broken: the open ports stop short", "ToPort: 65535", "ToPort: 61000"),
    ("good: more ports than are needed", "FromPort: 32768", "FromPort: 1024"),
    ("broken: no grace period", "      HealthCheckGracePeriodSeconds: 60\n", ""),
    ("good: several statuses are healthy", 'HttpCode: "200"', "HttpCode: 200-299"),
    ("broken: open to somebody else", HIGH_PORTS, "ToPort: 65535\n      CidrIp: 192.0.2.0/24"),
    ("good: checked less often", "HealthCheckIntervalSeconds: 15", "HealthCheckIntervalSeconds: 30"),
    ("broken: a check may outlast its interval", "HealthCheckTimeoutSeconds: 5", "HealthCheckTimeoutSeconds: 20"),
)


def write_templates(folder: Path, count: int) -> list[Path]:
    """Write ``count`` templates that all differ into a new folder, and give their paths.

    Raises ValueError if a variation does not fit the base any more.
    """
    folder.mkdir(parents=True)
    base = BASE.read_text(encoding="utf-8")
    texts = [_varied(base, *variation) for variation in VARIATIONS]
    paths = []
    for number in range(count):
        path = folder / f"service-{number:04d}.yaml"
        # Names and addresses of its own, so that no two templates are one text.
        text = texts[number % len(texts)].replace("10.0.0.0/16", f"10.{number % 256}.0.0/16")
        path.write_text(text.replace("A web service", f"Web service {number}", 1), encoding="utf-8")
        paths.append(path)
    return paths


def _varied(base: str, name: str, old: str, new: str) -> str:
    if old and base.count(old) != 1:
        raise ValueError(f"variation {name!r}: {old!r} stands {base.count(old)} times in {BASE.name}")
    return base.replace(old, new) if old else base
