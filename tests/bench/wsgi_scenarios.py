# SPDX-License-Identifier: Apache-2.0
"""What is measured with WSGI applications."""

import subprocess
import sys
from pathlib import Path

from load import Wrk, idle_connections, wrk
from measuring import THROUGHPUT_COLUMNS, WARM_SECONDS, Scenario, loaded_by_wrk
from processes import cpu_seconds, pss_bytes
from servers import TOP, Application, Server

WSGI = TOP / "tests" / "apps" / "wsgi"
SHOP = TOP / "tests" / "apps" / "shop"
SHOP_DATA = TOP / "build" / "bench" / "shop"
IDLE = 10_000


def hello(pid: int, url: str, seconds: float) -> dict:
    return loaded_by_wrk(pid, url + "/", 32, seconds)


def mixed(pid: int, url: str, seconds: float) -> dict:
    """Two clients on the slow page for the whole time and eight on the fast one."""
    wrk(url + "/", 8, WARM_SECONDS)
    before = cpu_seconds(pid)
    slow = Wrk(url + "/slow?ms=50", 2, seconds, threads=1)
    fast = Wrk(url + "/", 8, seconds)
    slow_result, fast_result = slow.result(), fast.result()
    requests = slow_result["requests"] + fast_result["requests"]
    return {
        "fast_per_second": fast_result["per_second"],
        "fast_p50_ms": fast_result["p50_ms"],
        "fast_p99_ms": fast_result["p99_ms"],
        "slow_per_second": slow_result["per_second"],
        "cpu_us": (cpu_seconds(pid) - before) / max(1, requests) * 1e6,
        "errors": slow_result["errors"] + fast_result["errors"],
    }


def shop_list(pid: int, url: str, seconds: float) -> dict:
    return loaded_by_wrk(pid, url + "/", 16, seconds)


def idle(pid: int, url: str, seconds: float) -> dict:
    """Throughput before and while the idle connections are open, and what each costs."""
    part = max(1.0, seconds / 2)
    alone = loaded_by_wrk(pid, url + "/", 32, part)
    tree, router = pss_bytes(pid), pss_bytes(pid, "router")
    with idle_connections(url) as connections:
        connections.add(IDLE)
        count = connections.alive()
        grown = pss_bytes(pid) - tree
        router_grown = pss_bytes(pid, "router") - router
        beside = loaded_by_wrk(pid, url + "/", 32, part)
        still = connections.alive()
    return {
        "idle": count,
        "idle_at_end": still,
        "bytes_each": grown / max(1, count),
        "router_bytes_each": router_grown / max(1, count) if router else None,
        "alone_per_second": alone["per_second"],
        "beside_per_second": beside["per_second"],
        "beside_p99_ms": beside["p99_ms"],
        "errors": beside["errors"],
    }


def keeps_idle(server: Server) -> bool:
    """The servers that can keep thousands of connections without a thread for each."""
    return server.name in ("monoceros sync", "monoceros gthread", "granian", "bjoern")


def for_many_connections(server: Server) -> Server:
    """Options without which the idle connections would be closed, or not be taken at all."""
    if server.name.startswith("monoceros"):
        return server.with_options("--keep-alive", "600")
    if server.name == "granian":
        return server.with_options("--backlog", "16384", "--backpressure", "16384")
    return server


def prepare_shop(more: dict | None = None) -> None:
    """A seeded database of the benchmark's own; `more` environment may say where."""
    SHOP_DATA.mkdir(parents=True, exist_ok=True)
    for command in (["migrate", "--verbosity", "0"], ["seed"]):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=SHOP,
            env=SHOP_ENVIRONMENT | {"PATH": str(Path(sys.executable).parent)} | (more or {}),
            check=True,
        )


SHOP_ENVIRONMENT = {"SHOP_DATA_DIR": str(SHOP_DATA)}

HELLO_APP = Application("hello:application", WSGI)
SHOP_APP = Application("shop.wsgi:application", SHOP, "/health/", SHOP_ENVIRONMENT)

SCENARIOS = [
    Scenario(
        name="hello",
        title="Hello world: 2 workers, 32 keep-alive connections, client on the same cores",
        aim="CPU per request at most 0.65x granian's; requests/s at least 1.25x granian's and 10x "
        "gunicorn gthread's; p99 no worse than granian's",
        app=HELLO_APP,
        workers=2,
        measure=hello,
        key="per_second",
        columns=THROUGHPUT_COLUMNS,
    ),
    Scenario(
        name="mixed",
        title="Two clients on a 50 ms page, eight on a fast one: 4 workers",
        aim="fast p99 at most a third of granian's; slow pages at the ideal 40 a second",
        app=Application("sleepy:application", WSGI),
        workers=4,
        measure=mixed,
        key="fast_p99_ms",
        higher_is_better=False,
        columns=(
            *("fast_p99_ms", "fast_p50_ms", "fast_per_second", "slow_per_second"),
            *("cpu_us", "errors"),
        ),
        kinds=("wsgi", "stand-in"),
    ),
    Scenario(
        name="shop",
        title="The shop's list page (Django, SQLite): 4 workers, 16 keep-alive connections",
        aim="ahead of every peer at equal workers and threads; PSS of all processes below theirs",
        app=SHOP_APP,
        workers=4,
        measure=shop_list,
        key="per_second",
        columns=THROUGHPUT_COLUMNS,
    ),
    Scenario(
        name="idle",
        title="10,000 idle keep-alive connections beside 32 busy ones: 2 workers",
        aim="under 2 KiB of router memory each beyond the socket; throughput unchanged",
        app=HELLO_APP,
        workers=2,
        measure=idle,
        key="beside_per_second",
        columns=(
            *("idle", "router_bytes_each", "bytes_each", "alone_per_second"),
            *("beside_per_second", "beside_p99_ms", "errors"),
        ),
        takes_part=keeps_idle,
        tuned=for_many_connections,
    ),
    Scenario(
        name="accounting-hello",
        title="All accounting on and off, hello world: 2 workers of 4 threads, 32 connections",
        aim="less than 5 % more CPU per request with it",
        app=HELLO_APP,
        workers=2,
        measure=hello,
        key="per_second",
        columns=THROUGHPUT_COLUMNS,
        kinds=("accounting",),
    ),
    Scenario(
        name="accounting-shop",
        title="All accounting on and off, the shop's list page: 2 workers of 4 threads, 16 "
        "connections",
        aim="less than 0.5 % more CPU per request with it",
        app=SHOP_APP,
        workers=2,
        measure=shop_list,
        key="per_second",
        columns=THROUGHPUT_COLUMNS,
        kinds=("accounting",),
    ),
]
