# SPDX-License-Identifier: Apache-2.0
"""--statsd-host: Gunicorn's metrics, to a server by UDP or a Unix socket."""

import re
import socket
import threading
from collections import Counter, defaultdict

import pytest
from harness.waiting import wait_until

LINE = re.compile(r"([\w.]+):([\d.]+)\|(c|g|ms|h)(?:\|@([\d.e-]+))?(?:\|#(.+))?")
REQUESTS = 30


class StatsdServer:
    """Adds up what it gets."""

    def __init__(self, family, address):
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(0.05)
        self.counters: Counter = Counter()
        self.gauges: dict[str, float] = {}
        self.timers = defaultdict(list)  # name: (value, how often)
        self.tags: set[str | None] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._receive)
        self._thread.start()

    def _receive(self) -> None:
        while not self._stop.is_set():
            try:
                datagram = self.socket.recv(65536).decode()
            except TimeoutError:
                continue
            for line in datagram.split("\n"):
                self._take(line)

    def _take(self, line: str) -> None:
        match = LINE.fullmatch(line)
        assert match, line
        name, value, kind, rate, tags = match.groups()
        times = round(1 / float(rate or 1))
        self.tags.add(tags)
        if kind == "c":
            self.counters[name] += float(value) * times
        elif kind == "g":
            self.gauges[name] = float(value)
        else:
            self.timers[name].append((float(value), times))

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.socket.close()


@pytest.fixture(params=["udp", "unix"])
def statsd(request, tmp_path):
    if request.param == "udp":
        server = StatsdServer(socket.AF_INET, ("127.0.0.1", 0))
        server.host = f"127.0.0.1:{server.socket.getsockname()[1]}"
    else:
        server = StatsdServer(socket.AF_UNIX, str(tmp_path / "statsd"))
        server.host = f"unix:{tmp_path / 'statsd'}"
    yield server
    server.close()


def test_counts_are_those_of_the_load(serve_metrics, statsd):
    server, _ = serve_metrics("sleepy:application", "--statsd-host", statsd.host, workers=2)
    wait_until(lambda: statsd.gauges.get("gunicorn.workers") == 2, "the number of workers")
    for _ in range(REQUESTS):
        server.get("/slow?ms=7")
    wait_until(lambda: statsd.counters["gunicorn.requests"] == REQUESTS, "all requests")
    assert statsd.counters["gunicorn.request.status.2xx"] == REQUESTS
    durations = statsd.timers["gunicorn.request.duration"]
    assert sum(times for _, times in durations) == REQUESTS
    mean = sum(value * times for value, times in durations) / REQUESTS
    assert 7 <= mean < 50
    assert statsd.tags == {None}
    assert "gunicorn.backlog" not in statsd.timers


def test_prefix_tags_and_backlog(serve_metrics, statsd):
    serve_metrics(
        "hello:application",
        *("--statsd-host", statsd.host, "--statsd-prefix", "shop", "--dogstatsd-tags", "a:b,c:d"),
        "--enable-backlog-metric",
    )
    wait_until(lambda: statsd.gauges.get("shop.gunicorn.workers") == 1, "the prefix")
    wait_until(lambda: statsd.timers["shop.gunicorn.backlog"], "the backlog")
    assert statsd.tags == {"a:b,c:d"}


def test_a_missing_server_is_counted_and_harms_nothing(serve_metrics, tmp_path):
    server, metrics = serve_metrics(
        "hello:application", "--statsd-host", f"unix:{tmp_path / 'nobody'}"
    )
    wait_until(lambda: metrics.value("monoceros_statsd_failures_total") > 0, "a counted failure")
    assert server.get().status == 200
