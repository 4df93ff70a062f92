# SPDX-License-Identifier: Apache-2.0
"""Probes: --health-bind and --health-path, answered by the router whatever the workers do."""

import json
import os
import signal
import socket
import statistics
import threading
import time
from collections.abc import Callable

import pytest

from harness.client import Client, Response
from harness.server import Server
from harness.waiting import stays_true, wait_until

STARTS_WHEN_TOLD = """
import os, time
while not os.path.exists(os.environ["START"]):
    time.sleep(0.02)
from hello import application
"""


class Probes:
    """Where one server answers probes."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = free.getsockname()
        self.arguments = ("--health-bind", "{}:{}".format(*self.address))

    def get(self, target: str = "/readyz", **options) -> Response:
        with Client(self.address) as client:
            return client.get(target, **options)

    def listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(self.address) == 0

    def reasons(self) -> list[str]:
        """Why it is not ready; empty when it is."""
        answer = self.get("/readyz?verbose")
        verdict = json.loads(answer.text)
        assert verdict["ready"] == (answer.status == 200) == (not verdict["reasons"])
        return verdict["reasons"]

    def wait_for_reason(self, text: str) -> None:
        wait_until(lambda: any(text in reason for reason in self.reasons()), f"the reason {text!r}")


@pytest.fixture
def probes() -> Probes:
    return Probes()


def percentile(probe: Callable[[], Response], count: int = 200) -> float:
    """The 99th percentile of the seconds that `probe` takes to be answered with 200."""
    seconds = []
    for _ in range(count):
        begin = time.monotonic()
        assert probe().status == 200
        seconds.append(time.monotonic() - begin)
    return statistics.quantiles(seconds, n=100)[98]


class Load:
    """Clients that ask for a slow page, again and again. Use as a context manager."""

    def __init__(self, server: Server, clients: int, target: str):
        self._over = threading.Event()
        self.statuses: list[int] = []
        self._threads = [
            threading.Thread(target=self._ask, args=(server, target)) for _ in range(clients)
        ]

    def _ask(self, server: Server, target: str) -> None:
        while not self._over.is_set():
            self.statuses.append(server.get(target).status)

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc_info) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def test_ready_and_live_with_a_worker(serve, probes):
    serve("hello:application", *probes.arguments)
    for path in ("/readyz", "/healthz", "/livez"):
        answer = probes.get(path)
        assert (answer.status, answer.text, answer.closes) == (200, "ok\n", True), path
    assert probes.get("/readyz", method="HEAD").status == 200
    assert probes.get("/").status == 404
    assert probes.get("/readyz", method="POST", body=b"x").status == 404
    accepted = probes.get(headers=(("Accept", "application/json"),))
    assert json.loads(accepted.text) == {"ready": True, "reasons": []}


def test_not_ready_while_the_application_loads(serve, probes, write_app, tmp_path):
    folder = write_app(STARTS_WHEN_TOLD)
    start = tmp_path / "start"
    server = serve(
        "app:application",
        *probes.arguments,
        ready=False,
        apps=folder,
        variables={"START": str(start)},
    )
    wait_until(probes.listening, "the health listener")
    probes.wait_for_reason("starting")
    assert probes.get("/readyz").status == 503
    assert probes.get("/livez").status == 200
    start.touch()
    wait_until(lambda: not probes.reasons(), "readiness")
    server.wait_ready(1)


def test_not_ready_while_the_server_drains(serve_gates, gates, probes):
    server = serve_gates(*probes.arguments)
    with server.client() as client:
        client.request("/wait?gate=gate&id=0")
        gates.wait_for("start", "0")
        server.signal(signal.SIGTERM)
        probes.wait_for_reason("draining")
        assert probes.get("/livez").status == 200
        gates.open()
        assert client.response().status == 200
    assert server.wait_for_exit() == 0


@pytest.mark.parametrize("preload", ["on", "off"])
def test_stays_ready_when_the_new_application_does_not_import(serve, probes, write_app, preload):
    folder = write_app("from hello import application\n")
    server = serve("app:application", f"--preload={preload}", *probes.arguments, apps=folder)
    write_app("raise RuntimeError('broken on purpose')\n")
    server.signal(signal.SIGHUP)

    def failed() -> bool:
        assert probes.reasons() == []
        return server.scoreboard.header("reloads_failed") == 1

    wait_until(failed, "the reload to fail")
    assert stays_true(lambda: probes.reasons() == [], 0.5)
    assert server.get().status == 200


def test_not_ready_when_every_worker_is_stopped(serve, probes):
    server = serve("hello:application", *probes.arguments, workers=2)
    workers = server.wait_for_workers(2)
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    with server.client() as one, server.client() as two:
        one.request("/")
        two.request("/")
        probes.wait_for_reason("do not react")
        os.kill(workers[0], signal.SIGCONT)
        assert one.response().status == two.response().status == 200
        wait_until(lambda: probes.reasons() == [], "readiness")
    os.kill(workers[1], signal.SIGCONT)


@pytest.mark.long
def test_not_live_when_the_master_does_not_turn(serve, probes):
    server = serve("hello:application", *probes.arguments)
    os.kill(server.master, signal.SIGSTOP)
    try:
        wait_until(lambda: probes.get("/livez").status == 503, "the master to be missed")
        assert "master" in probes.get("/livez").text
        assert probes.get("/readyz").status == 200
    finally:
        os.kill(server.master, signal.SIGCONT)
    wait_until(lambda: probes.get("/livez").status == 200, "the master's beat")


def test_probes_are_fast_while_every_worker_is_busy(serve, probes, record_property):
    server = serve(
        "sleepy:application", "--health-path", "/up", *probes.arguments, workers=2
    )
    with Load(server, 6, "/slow?ms=2000") as load:
        wait_until(lambda: server.scoreboard.router("queued") >= 2, "requests that wait")
        own = percentile(probes.get)
        shared = percentile(lambda: server.get("/up"))
        assert server.scoreboard.router("queued") >= 2
    record_property("p99_health_bind_ms", own * 1000)
    record_property("p99_health_path_ms", shared * 1000)
    print(f"p99: health_bind {own * 1000:.1f} ms, health_path {shared * 1000:.1f} ms")
    assert own < 0.1
    assert shared < 0.1
    assert set(load.statuses) == {200}


def test_health_path_is_answered_without_the_application(serve):
    server = serve("hello:application", "--health-path", "/up")
    before = server.scoreboard.router("requests")
    with server.client() as client:
        for _ in range(3):
            answer = client.get("/up?verbose")
            assert json.loads(answer.text) == {"ready": True, "reasons": []}
            assert not answer.closes
        assert client.get("/up", method="HEAD").status == 200
        assert server.scoreboard.router("requests") == before
        assert client.get("/up", method="POST", body=b"x").text != "ok\n"
        assert client.get("/up/").status == 200
    wait_until(lambda: server.scoreboard.router("requests") == before + 2, "two requests")


def test_health_path_is_answered_when_the_queue_is_full(serve_gates, gates):
    server = serve_gates("--queue-limit", "1", "--health-path", "/up")
    with server.client() as busy, server.client() as queued:
        busy.request("/wait?gate=gate&id=0")
        gates.wait_for("start", "0")
        queued.request("/?id=1")
        wait_until(lambda: server.scoreboard.router("queued") == 1, "a queued request")
        assert server.get("/?id=2").status == 503
        assert server.get("/up").status == 200
        gates.open()
        assert busy.response().status == queued.response().status == 200
    assert gates.count("start")["-"] == 0
