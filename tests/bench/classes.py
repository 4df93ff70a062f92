# SPDX-License-Identifier: Apache-2.0
"""Sweeps the worker classes over three kinds of applications and numbers of clients.

BENCH_SECONDS  length of one measurement (5)
BENCH_ONLY     names of classes and workloads, by commas; a run of parts writes to build/bench/
"""

import os
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from classes_report import write_report
from load import wrk
from measuring import WARM_SECONDS
from peers import monoceros
from processes import cpu_seconds
from run import FULL_SECONDS, SCRATCH, allow_many_descriptors, environment, say
from servers import TOP, Application, Server, running
from wsgi_scenarios import SHOP, SHOP_APP, SHOP_ENVIRONMENT, prepare_shop

APPS = Path(__file__).with_name("apps")
CLIENTS = (1, 8, 64, 512)
DRAIN_SECONDS = 120
# One for each core that most small machines have, for every class the same.
WORKERS = 2
# Connections of a process to the database; without a limit a greenlet would have one each.
POOL = 16
LOOP = ("--worker-connections", "1000")
CLASSES = {
    "sync": (),
    "gthread": ("--threads", "16"),
    "gevent": LOOP,
    "eventlet": LOOP,
    "asgi": LOOP,
    "tornado": LOOP,
}


def views(protocol: str) -> Application:
    return Application(f"{protocol}_views:application", APPS)


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    path: str
    wsgi: Application
    asgi: Application
    tornado: Application | None

    def app_for(self, name: str) -> Application | None:
        return {"asgi": self.asgi, "tornado": self.tornado}.get(name, self.wsgi)

    @contextmanager
    def ready(self):
        """The workload, with what it needs running."""
        yield self


@dataclass(frozen=True)
class DatabaseWorkload(Workload):
    @contextmanager
    def ready(self):
        # Of the integration tests: a cluster in a temporary folder.
        sys.path.append(str(TOP / "tests" / "integration"))
        from harness.postgres import Postgres

        postgres = Postgres()
        try:
            url = postgres.start().url("monoceros-bench", pool=POOL)
            where = {"SHOP_DATABASE_URL": url}
            prepare_shop(where)
            yield replace(self, wsgi=with_environment(self.wsgi, where),
                          asgi=with_environment(self.asgi, where))  # fmt: skip
        finally:
            postgres.stop()


def with_environment(app: Application, more: dict) -> Application:
    return replace(app, environment=app.environment | more)


VIEWS = {name: views(name) for name in ("wsgi", "asgi", "tornado")}
WORKLOADS = [
    Workload("waiting", "Each request waits 50 ms", "/wait", **VIEWS),
    DatabaseWorkload(
        "database",
        "The shop's list page (Django) on PostgreSQL",
        "/",
        wsgi=SHOP_APP,
        asgi=Application("shop.asgi:application", SHOP, "/health/", SHOP_ENVIRONMENT),
        tornado=None,
    ),
    Workload("computing", "Each request takes 10 ms of CPU", "/slow", **VIEWS),
]


def server_of(name: str) -> Server:
    return monoceros(name, "-k", name, *CLASSES[name])


def sweep(workload: Workload, name: str, seconds: float) -> dict:
    """What one class did with each number of clients; started once."""
    server = server_of(name)
    row = {"class": name, "options": server.shown_options(WORKERS), "measured": []}
    app = workload.app_for(name)
    if app is None:
        return row | {"failure": "not measured"}
    try:
        with running(server, app, WORKERS, SCRATCH / "server.log") as (pid, url):
            wrk(url + workload.path, CLIENTS[1], WARM_SECONDS)
            for clients in CLIENTS:
                row["measured"].append(measure(pid, url + workload.path, clients, seconds))
                say(f"  {name}, {clients} clients: {shown(row['measured'][-1])}")
    except (RuntimeError, OSError) as error:
        say(f"  {name}: {error}")
        return row | {"failure": "did not run"}
    return row


def measure(pid: int, url: str, clients: int, seconds: float) -> dict:
    before = cpu_seconds(pid)
    measured = wrk(url, clients, seconds)
    used = cpu_seconds(pid) - before
    good = measured["requests"] - measured["refused"]
    drain(url)
    return measured | {
        "clients": clients,
        "per_second": good / measured["seconds"],
        "cpu_us": used / max(1, good) * 1e6,
    }


def drain(url: str) -> None:
    """Waits until what the clients left behind is served: to a server a client that has gone looks
    like one that has only said all that it has to say."""
    with urllib.request.urlopen(url, timeout=DRAIN_SECONDS) as answer:
        answer.read()


def shown(measured: dict) -> str:
    return (
        f"{measured['per_second']:,.0f}/s, p99 {measured['p99_ms']:,.1f} ms, "
        f"{measured['cpu_us']:,.0f} µs of CPU, {measured['errors']:.0f} errors"
    )


def run_workload(workload: Workload, classes: list[str], seconds: float) -> dict:
    say(f"{workload.name}: {workload.title}")
    result = {"name": workload.name, "title": workload.title, "rows": []}
    with workload.ready() as ready:
        result["rows"] = [sweep(ready, name, seconds) for name in classes]
    return result


def main() -> None:
    seconds = float(os.environ.get("BENCH_SECONDS", FULL_SECONDS))
    only = {name.strip() for name in os.environ.get("BENCH_ONLY", "").split(",") if name.strip()}
    if unknown := only - set(CLASSES) - {workload.name for workload in WORKLOADS}:
        sys.exit(f"BENCH_ONLY: unknown: {', '.join(sorted(unknown))}")
    SCRATCH.mkdir(parents=True, exist_ok=True)
    allow_many_descriptors()
    classes = [name for name in CLASSES if name in only] or list(CLASSES)
    workloads = [workload for workload in WORKLOADS if workload.name in only] or WORKLOADS
    results = {
        "environment": environment(seconds, 1),
        "workers": WORKERS,
        "clients": CLIENTS,
        "workloads": [run_workload(workload, classes, seconds) for workload in workloads],
    }
    whole = not only and seconds >= FULL_SECONDS
    say(f"written: {write_report(TOP / 'docs' if whole else SCRATCH, results).relative_to(TOP)}")


if __name__ == "__main__":
    main()
