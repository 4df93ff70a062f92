# SPDX-License-Identifier: Apache-2.0
"""What a scenario is: one way to measure one running server, which gives a flat dict."""

from collections.abc import Callable
from dataclasses import dataclass

from load import wrk
from processes import cpu_seconds, pss_bytes
from servers import Application, Server

WARM_SECONDS = 1
MIB = 1024 * 1024
THROUGHPUT_COLUMNS = ("per_second", "cpu_us", "p50_ms", "p99_ms", "pss_mib", "errors")

Measure = Callable[[int, str, float], dict]


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    aim: str
    app: Application
    workers: int
    measure: Measure
    # What decides which of a server's choices is its best, and which way is better.
    key: str
    higher_is_better: bool = True
    columns: tuple[str, ...] = THROUGHPUT_COLUMNS
    kinds: tuple[str, ...] = ("wsgi",)
    takes_part: Callable[[Server], bool] = lambda server: True
    tuned: Callable[[Server], Server] = lambda server: server

    def of(self, servers: list[Server]) -> list[Server]:
        """Those of the servers that take part, with the options that this scenario needs."""
        return [
            self.tuned(server)
            for server in servers
            if server.kind in self.kinds and self.takes_part(server)
        ]


def loaded(pid: int, load: Callable[[float], dict], seconds: float) -> dict:
    """What `load` measures in so many seconds, and CPU of the whole tree for each request."""
    load(WARM_SECONDS)
    before = cpu_seconds(pid)
    measured = load(seconds)
    used = cpu_seconds(pid) - before
    measured["cpu_us"] = used / max(1, measured["requests"]) * 1e6
    measured["pss_mib"] = pss_bytes(pid) / MIB
    return measured


def loaded_by_wrk(pid: int, url: str, connections: int, seconds: float) -> dict:
    return loaded(pid, lambda length: wrk(url, connections, length), seconds)
