"""Workers of a Dask cluster on this machine, in processes of their own, one of which is lost on the way."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scanner.commands import main
from scanner.fleet.engine import EngineError
from tests.fleet.conftest import ACCOUNTS, role
from tests.fleet.work import Work, targets
from tests.live.fill import REGION
from tests.live.proxy import Proxy

distributed = pytest.importorskip("distributed", reason="needs Dask: pip install 'clearway[fleet]'")
from scanner.fleet.dask import Dask  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.live, pytest.mark.filterwarnings("default")]
WORKERS = 3
ROLES = [f"--role-arn={role(account)}" for account in ACCOUNTS]


@pytest.fixture
def cluster(accounts: Proxy) -> Iterator[Any]:
    """A scheduler and its workers, for one test: on a busy machine, not each worker that is killed is started again.
    No batch is given to a third worker."""
    import dask

    quiet = {"distributed.scheduler.allowed-failures": 1, "distributed.comm.retry.count": 0}
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
        ) as made,
    ):
        yield made


def pids(cluster: Any) -> list[int]:
    return [worker.pid for worker in cluster.workers.values() if worker.pid]


def scan(engine: str, tmp_path: Path, *more: str) -> tuple[int, dict[str, Any], Path]:
    file, history = tmp_path / f"{engine[:4]}.json", tmp_path / f"{engine[:4]}.db"
    given = [f"--engine={engine}", "--select=RUN", f"--regions={REGION}", "-o", f"json={file}", "--history", history]
    status = main(["account", "scan", *ROLES, *map(str, given), *more])
    return status, json.loads(file.read_text(encoding="utf-8")), history


def findings(document: dict[str, Any]) -> Counter[tuple[str, ...]]:
    return Counter((one["fingerprint"], one["verdict"], one["message"]) for one in document["results"])


def kept(history: Path) -> list[tuple[Any, ...]]:
    query = "SELECT rule, assertion, subject, state FROM results JOIN findings ON findings.id = finding ORDER BY 1, 3"
    with closing(sqlite3.connect(history)) as connection:
        return connection.execute(query).fetchall()


def test_worker_that_is_killed_costs_nothing(
    proxy: Proxy, cluster: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = cluster.scheduler_address.replace("tcp://", "dask://")
    killed: list[tuple[int, int]] = []

    def kill() -> None:
        """In the midst of it: when a third of the accounts has been begun."""
        while proxy.called["sts:AssumeRole"] < len(ACCOUNTS) // 3:
            time.sleep(0.005)
        pid = pids(cluster)[0]
        os.kill(pid, signal.SIGKILL)
        killed.append((pid, proxy.called["sts:AssumeRole"]))

    killer = Thread(target=kill)
    killer.start()
    status, document, history = scan(address, tmp_path, f"--workers={WORKERS}")
    killer.join()
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("account ")]
    ((pid, begun),) = killed
    assert begun < len(ACCOUNTS)
    assert pid not in pids(cluster)
    assert proxy.called["sts:AssumeRole"] > len(ACCOUNTS), "nothing was read again: the worker was killed while idle"

    assert (status, document["errors"]) == (1, [])
    assert [one["account"] for one in document["accounts"]] == list(ACCOUNTS)
    assert sorted(lines) == [f"account {one}, region {REGION}: 23 resources" for one in ACCOUNTS]
    by_threads_status, by_threads, other = scan("threads", tmp_path)
    assert findings(document) == findings(by_threads)
    assert set(findings(document).values()) == {1}
    assert document["summary"] == by_threads["summary"]
    assert (status, kept(history)) == (by_threads_status, kept(other))


def test_account_that_kills_its_workers_is_an_error_of_its_own(cluster: Any) -> None:
    wanted = targets(24)
    found = list(Dask(cluster.scheduler_address, WORKERS).run(wanted, Work(deadly=f"{5:012}")))
    assert sorted(one.account for one in found) == [one.account for one in wanted]
    (failed,) = [one for one in found if one.part().errors]
    assert failed.account == f"{5:012}"
    assert "its worker failed each time (KilledWorker" in failed.lines[0]


def test_account_that_raises_is_tried_by_itself(cluster: Any) -> None:
    wanted = targets(40)
    found = list(Dask(cluster.scheduler_address, WORKERS).run(wanted, Work(faulty=f"{7:012}")))
    assert sorted(one.account for one in found) == [one.account for one in wanted]
    (failed,) = [one for one in found if one.part().errors]
    said = f"account {7:012} cannot be read: its worker failed each time (ValueError: not this one)"
    assert failed.lines == (said,)


def test_closed_early_it_cancels_what_is_left(cluster: Any) -> None:
    outcomes = Dask(cluster.scheduler_address, WORKERS).run(targets(60), Work(seconds=0.1))
    next(outcomes)
    started = time.monotonic()
    outcomes.close()
    assert time.monotonic() - started < 10
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        until = time.monotonic() + 20
        while (held := client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))) > WORKERS:
            assert time.monotonic() < until
            time.sleep(0.1)
    assert held <= WORKERS


def test_scheduler_that_is_not_there(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.fleet.dask.CONNECT_SECONDS", 0.5)
    with pytest.raises(EngineError, match=r"no scheduler of Dask answers at tcp://127.0.0.1:9"):
        next(Dask("tcp://127.0.0.1:9").run(targets(1), Work()))


def test_scheduler_without_workers() -> None:
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0", silence_logs=50) as empty,
        pytest.raises(EngineError, match=r"has 0 of 2 workers after 0 s; start some with `dask worker inproc://"),
    ):
        next(Dask(empty.scheduler_address, 2, patience=0.3).run(targets(1), Work()))


def test_workers_that_are_gone_for_good() -> None:
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0", silence_logs=50
    ) as made:
        outcomes = Dask(made.scheduler_address, patience=1).run(targets(10), Work())
        first = next(outcomes)
        made.scale(0)
        rest = list(outcomes)
    accounts = sorted(one.account for one in (first, *rest))
    assert accounts == [one.account for one in targets(10)]
    assert any("no worker is left to read it" in line for one in rest for line in one.lines)
