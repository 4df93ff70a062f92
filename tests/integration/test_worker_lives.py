# SPDX-License-Identifier: Apache-2.0
"""Workers that are replaced, get stuck or die."""

import itertools
import os
import re
import signal
import time
from datetime import datetime

import pytest
from harness import processes
from harness.client import Ended
from harness.waiting import stays_true, wait_until


def test_max_requests_replaces_workers_without_a_failed_request(serve_gates, gates, worker_class):
    server = serve_gates("--max-requests", "20", worker_class=worker_class, workers=2)

    def starts() -> dict[int, int]:
        served: dict[int, int] = {}
        for event, _, pid in gates.journal():
            served[pid] = served.get(pid, 0) + (event == "start")
        return served

    numbers = itertools.count()
    with server.client() as client:

        def four_have_served() -> bool:
            for number in itertools.islice(numbers, 20):
                assert client.get(f"/?id={number}").status == 200
            return len(starts()) >= 4

        wait_until(four_have_served, "two generations of workers")
    server.wait_for_workers(2)
    served = starts()
    # A worker serves on until its replacement is ready; the last two have not reached their limit.
    assert min(sorted(served.values())[2:]) >= 20
    assert set(gates.count("start").values()) == {1}
    assert server.scoreboard.header("restarts_crash") == 0


def test_jitter_makes_the_limits_differ(serve, write_app):
    folder = write_app("""
import os

count = 0

def application(environ, start_response):
    global count
    count += 1
    body = f"{os.getpid()} {count}".encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
""")
    arguments = ["--max-requests", "10", "--max-requests-jitter", "1000", "--preload=off"]
    server = serve("app:application", *arguments, workers=4, apps=folder)
    lasted: dict[bytes, int] = {}
    with server.client() as client:
        for _ in range(400):
            pid, count = client.get().body.split()
            lasted[pid] = int(count)
    assert max(lasted.values()) > 60, "no worker got a limit far above max_requests"


@pytest.mark.parametrize("how", ["exit", "kill", "segv", "abort"])
def test_the_client_of_a_worker_that_dies_gets_502(serve_gates, gates, worker_class, how):
    server = serve_gates(worker_class=worker_class, workers=2)
    with server.client() as client, server.client() as other:
        other.request("/wait?gate=gate&id=other")
        others_worker = gates.wait_for("start", "other")
        if worker_class == "gthread":
            # The crash must not hit the worker of the other request.
            os.kill(others_worker, signal.SIGSTOP)
        response = client.get(f"/crash?how={how}&id=victim")
        assert response.status == 502
        assert not response.closes
        victim = gates.wait_for("start", "victim")
        assert victim != others_worker
        os.kill(others_worker, signal.SIGCONT)
        assert client.get("/?id=next").status == 200
        gates.open()
        assert other.response().status == 200
    assert gates.count("start")["victim"] == 1
    assert victim not in server.wait_for_workers(2)
    assert server.scoreboard.header("restarts_crash") == 1
    assert f"(pid:{victim})" in server.log


def test_a_response_that_had_begun_ends_with_the_connection(serve_gates, gates, worker_class):
    server = serve_gates(worker_class=worker_class)
    with server.client() as client:
        client.request("/items?gate=gate&id=victim")
        head = client.final_head()
        pieces = client.pieces(head)
        assert next(pieces) == b"first"
        os.kill(gates.wait_for("start", "victim"), signal.SIGKILL)
        with pytest.raises((Ended, ConnectionResetError)):
            next(pieces)
    server.wait_for_workers(1)
    assert server.get().status == 200


def test_what_was_queued_behind_a_dead_worker_is_served(serve_gates, gates):
    server = serve_gates()
    victim = server.client()
    victim.request("/wait?gate=gate&id=victim")
    pid = gates.wait_for("start", "victim")
    queued = [server.client() for _ in range(5)]
    for number, client in enumerate(queued):
        client.request(f"/?id={number}")
    wait_until(lambda: server.scoreboard.router("queued") == 5, "five queued requests")
    os.kill(pid, signal.SIGKILL)
    assert victim.response().status == 502
    assert [client.response().status for client in queued] == [200] * 5
    assert gates.count("start")["victim"] == 1
    for client in (victim, *queued):
        client.close()


def test_timeout_kills_a_stuck_sync_worker_and_nobody_else_notices(serve_gates, gates):
    server = serve_gates("--timeout", "2", workers=2)
    with server.client() as stuck, server.client() as other:
        start = time.monotonic()
        stuck.request("/wait?gate=gate&id=stuck")
        pid = gates.wait_for("start", "stuck")
        while stays_true(lambda: other.get().status == 200, 0.2):
            if not processes.lives(pid):
                break
            assert time.monotonic() - start < 20
        assert stuck.response().status == 502
        assert 1.8 < time.monotonic() - start < 8
        assert other.get().status == 200
    server.wait_for_log(f"WORKER TIMEOUT (pid:{pid})")
    server.wait_for_workers(2)
    assert server.scoreboard.header("restarts_timeout") == 1


def test_timeout_of_threads_is_about_the_gil_and_not_the_request(serve_gates, gates):
    server = serve_gates("--timeout", "1", worker_class="gthread")
    pids = server.workers()
    with server.client() as client:
        client.request("/wait?gate=gate&id=long")
        gates.wait_for("start", "long")
        assert stays_true(lambda: server.workers() == pids, 3)
        gates.open()
        assert client.response().status == 200


def test_timeout_kills_a_worker_whose_gil_is_never_released(serve, gates, write_app):
    folder = write_app("""
import ctypes
import os

def application(environ, start_response):
    if environ["PATH_INFO"] == "/held":
        ctypes.PyDLL(None).sleep(600)  # a C call that keeps the GIL
    body = b"%d" % os.getpid()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
""")
    server = serve("app:application", "--timeout", "2", worker_class="gthread", apps=folder)
    pid = server.workers()[0]
    with server.client() as held, server.client() as waiting:
        held.request("/held")
        wait_until(lambda: server.scoreboard.router("in_flight") == 1, "the request to run")
        waiting.request("/")
        assert held.response().status == 502
        assert waiting.response().status in (200, 502)
    server.wait_for_log(f"WORKER TIMEOUT (pid:{pid})")
    server.wait_for_workers(1)
    assert server.get().status == 200


def test_timeout_zero_waits_for_ever(serve_gates, gates):
    server = serve_gates("--timeout", "0")
    with server.client() as client:
        client.request("/wait?gate=gate")
        gates.wait_for("start")
        assert stays_true(lambda: server.process.poll() is None, 2)
        gates.open()
        assert client.response().status == 200


def boot_times(log: str) -> list[float]:
    lines = re.findall(r"^\[([^\]]+)\] \[\d+\] \[INFO\] Booting worker", log, re.MULTILINE)
    return [datetime.strptime(line, "%Y-%m-%d %H:%M:%S %z").timestamp() for line in lines]


def test_a_crash_loop_has_growing_pauses(serve, gates):
    server = serve(
        "gates:crash_when_imported()", "--preload=off", variables=gates.variables, workers=1
    )
    assert server.get().status == 200
    gates.open("crash")
    os.kill(server.workers()[0], signal.SIGKILL)
    server.wait_for_log("Booting worker", times=6, deadline=30)
    gates.shut("crash")
    server.wait_for_workers(1, deadline=30)
    assert server.get().status == 200
    times = boot_times(server.log)
    pauses = [later - earlier for earlier, later in zip(times[1:6], times[2:6], strict=False)]
    assert len(times) < 12
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 3


def test_a_stopped_worker_does_not_stop_the_others(serve_gates, gates):
    server = serve_gates("--timeout", "60", workers=3)
    stopped = server.workers()[0]
    os.kill(stopped, signal.SIGSTOP)
    try:
        with server.client() as client:
            served = {client.get(f"/?id={number}").body for number in range(300)}
        assert b"%d" % stopped not in served
    finally:
        os.kill(stopped, signal.SIGCONT)
    assert set(gates.count("start").values()) == {1}


def test_a_worker_that_is_sent_term_is_replaced(serve_gates, gates, worker_class):
    server = serve_gates(worker_class=worker_class)
    with server.client() as client:
        client.request("/wait?gate=gate&id=running")
        pid = gates.wait_for("start", "running")
        os.kill(pid, signal.SIGTERM)
        gates.open()
        assert client.response().status == 200
    wait_until(lambda: not processes.lives(pid), "the worker to leave")
    server.wait_for_workers(1)
    assert server.get().status == 200


def test_a_child_forked_by_the_application_takes_no_request(serve, gates, write_app, worker_class):
    """os.fork() within a request: the child ends without harm to the channel."""
    folder = write_app("""
import os

def application(environ, start_response):
    start_response("200 OK", [])
    child = os.fork()
    if child == 0:
        os._exit(0) if environ["PATH_INFO"] == "/exit" else None
        return [b"the child must not answer"]
    os.waitpid(child, 0)
    return [b"parent"]
""")
    server = serve("app:application", worker_class=worker_class, apps=folder)
    for _ in range(5):
        assert server.get("/exit").body == b"parent"
    pids = server.workers()
    assert pids == server.wait_for_workers(1)
    assert server.scoreboard.header("restarts_crash") == 0


def test_a_child_that_returns_from_the_application_harms_nobody(serve, write_app):
    folder = write_app("""
import os

def application(environ, start_response):
    start_response("200 OK", [])
    child = os.fork()
    if child == 0:
        return [b"the child must not answer"]
    os.waitpid(child, 0)
    return [b"parent"]
""")
    server = serve("app:application", "--timeout", "10", apps=folder)
    for _ in range(3):
        assert server.get().body == b"parent"


def test_subprocesses_of_the_application_inherit_nothing_of_ours(serve, write_app):
    folder = write_app("""
import subprocess

def application(environ, start_response):
    command = ["ls", "-l", "/proc/self/fd"]
    listing = subprocess.run(command, capture_output=True, close_fds=False).stdout
    start_response("200 OK", [])
    return [listing]
""")
    server = serve("app:application", apps=folder)
    listing = server.get().text
    descriptors = re.findall(r"(\d+) -> (.*)", listing)
    assert {target for number, target in descriptors if int(number) > 2} <= {
        target for _, target in descriptors if target.startswith("/proc/")
    }, listing
