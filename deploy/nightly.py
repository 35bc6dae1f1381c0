"""The nightly scan in its container: scans what it is told to, and puts the reports and the history into a bucket.

Told by the environment:

- ``CLEARWAY_BUCKET``: the bucket. Reports go to ``reports/YYYY-MM-DD/HHMMSS/``, the history to ``history/``.
- ``CLEARWAY_REGIONS``: regions with commas between them, or ``all`` (the default).
- ``CLEARWAY_ORGANIZATION_ROLE``: the role to assume in every account of the organisation; without it, the account
  whose credentials there are is scanned.

Ends with 0 if everything was read, whatever was found, and else with 2. What was found is in the reports.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

HISTORY = "history/clearway.sqlite"
REPORTS = {
    "report.html": "text/html; charset=utf-8",
    "report.sarif": "application/sarif+json",
    "report.json": "application/json",
}


def command(folder: Path, regions: str, role: str) -> list[str]:
    """The scan as a command line, writing into a folder."""
    formats = [f"--output={Path(name).suffix[1:]}={folder / name}" for name in REPORTS]
    whose = ["--organization", f"--role-name={role}"] if role else []
    history = f"--history={folder / Path(HISTORY).name}"
    scan = ["account", "scan", f"--regions={regions}", *whose, history, "--output=text", *formats, "--exit-zero"]
    return [sys.executable, "-m", "scanner", *scan]


def fetch_history(s3: Any, bucket: str, file: Path) -> None:
    """The history of earlier nights; none on the first. Any other failure is raised: a history must not begin anew."""
    from botocore.exceptions import ClientError

    try:
        s3.download_file(bucket, HISTORY, str(file))
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
            raise
        print("no history yet: this is the first night", file=sys.stderr)


def main(folder: Path | None = None) -> int:
    """Scans and uploads; the exit status of the scan, 2 if it is incomplete."""
    import boto3

    folder = folder or Path.cwd()
    bucket = os.environ["CLEARWAY_BUCKET"]
    s3 = boto3.client("s3")
    history = folder / Path(HISTORY).name
    fetch_history(s3, bucket, history)
    asked = command(folder, os.environ.get("CLEARWAY_REGIONS", "all"), os.environ.get("CLEARWAY_ORGANIZATION_ROLE", ""))
    status = subprocess.run(asked, check=False).returncode
    prefix = datetime.now(timezone.utc).strftime("reports/%Y-%m-%d/%H%M%S")
    for name, kind in REPORTS.items():
        if (folder / name).exists():
            s3.upload_file(str(folder / name), bucket, f"{prefix}/{name}", ExtraArgs={"ContentType": kind})
            print(f"s3://{bucket}/{prefix}/{name}", file=sys.stderr)
    if history.exists():
        s3.upload_file(str(history), bucket, HISTORY)
    return status


if __name__ == "__main__":
    sys.exit(main())
