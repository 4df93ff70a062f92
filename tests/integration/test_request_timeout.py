# SPDX-License-Identifier: Apache-2.0
"""request_timeout in every worker class: the client has its answer, and the worker is replaced, or
the application interrupted in that one request."""

import os
import threading
import time

import pytest
from harness.load import KeepAliveLoad
from harness.server import APPS
from harness.waiting import stays_true, wait_until

KINDS = ("sync", "gthread", "gevent", "eventlet", "asyncio", "uvloop")
LOOPS = ("asyncio", "uvloop")
GREEN = ("gevent", "eventlet")


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    if request.param in ("uvloop", "gevent", "eventlet"):
        pytest.importorskip(request.param)
    return request.param


@pytest.fixture
def limited(serve, gates, kind):
    """limited(*arguments): a server of the application limits, in each kind of worker."""

    def start(*arguments, limit=0.5, **options):
        own = ["--request-timeout", str(limit), "--graceful-timeout", "2", *arguments]
        if kind in LOOPS:
            apps = APPS.parent / "asgi"
            return serve(
                "limits_asgi:application",
                "--asgi-loop",
                kind,
                *own,
                worker_class="asgi",
                apps=apps,
                variables=gates.variables,
                **options,
            )
        return serve(
            "limits_wsgi:application", *own, worker_class=kind, variables=gates.variables, **options
        )

    return start


def test_the_client_has_504_at_the_limit_while_the_request_runs_on(limited, gates):
    server = limited()
    with server.client() as client:
        began = time.monotonic()
        response = client.get("/wait?secret=1")
        assert 0.5 <= time.monotonic() - began < 2
        assert response.status == 504
        assert "request_timeout" in response.text
        assert not response.closes
        assert client.get("/").status == 200, "the connection lives on"
    assert gates.count("RequestTimeout")["/wait"] == 0
    assert '"GET /wait?secret=1 HTTP/1.1" 504' in server.wait_for_access("/wait")
    log = server.wait_for_log("Request timeout in worker")
    (line,) = [line for line in log.splitlines() if "Request timeout in worker" in line]
    assert "GET /wait has been running for" in line
    assert "secret" not in line
    assert server.scoreboard.router("request_timeouts") == 1


def test_the_worker_is_replaced_once_and_its_replacement_comes_first(limited, kind, gates):
    server = limited("--request-timeout", "0.5")
    (old,) = server.workers()
    if kind == "sync":
        assert server.get("/wait").status == 504
    else:
        ask_together(server, "/wait", 3)
    (new,) = server.wait_for_other_workers(1, {old})
    assert int(server.get("/").text) == new
    assert server.scoreboard.header("restarts_request_timeout") == 1
    assert server.log.count("Booting worker") == 2
    log = server.wait_for_log("Thread MainThread")
    # A task or a greenlet that waits is on no thread's stack.
    assert kind in LOOPS + GREEN or "in wait" in log, "the stack that serves it is in the log"


def ask_together(server, target: str, count: int) -> None:
    statuses = []
    asks = [
        threading.Thread(target=lambda: statuses.append(server.get(target).status))
        for _ in range(count)
    ]
    for ask in asks:
        ask.start()
    for ask in asks:
        ask.join()
    assert statuses == [504] * count


def test_other_requests_of_the_worker_end_in_peace(limited, kind, gates):
    if kind == "sync":
        pytest.skip("a worker of class sync runs nothing else")
    server = limited("--graceful-timeout", "20", limit=1.5)
    (old,) = server.workers()
    with server.client() as slow, server.client() as other:
        slow.request("/wait")
        gates.wait_for("start", "/wait")
        wait_until(lambda: server.scoreboard.router("in_flight") == 1, "the request is seen")
        time.sleep(0.8)  # so that the other one is far from its own limit when the first passes it
        other.request("/wait")
        gates.wait_for("start", "/wait", times=2)
        assert slow.response().status == 504
        gates.open()
        assert other.response().text == str(old)
    server.wait_for_other_workers(1, {old})


def test_no_request_fails_while_the_worker_is_replaced_under_load(limited, gates):
    server = limited("--keep-alive", "60", workers=2)
    with KeepAliveLoad(server, clients=3) as load:
        assert server.get("/wait").status == 504
        wait_until(
            lambda: server.scoreboard.header("restarts_request_timeout") == 1, "the replacement"
        )
        load.wait_for_more(50)
    assert not load.problems
    server.wait_for_workers(2)


def test_a_response_whose_head_is_out_is_cut_and_not_completed(limited):
    server = limited()
    with server.client() as client:
        client.request("/stream")
        head = client.head()
        assert head.status == 200
        pieces = client.pieces(head)
        assert next(pieces) == b"first"
        with pytest.raises(Exception):  # noqa: B017 - whatever says that it is not whole
            next(pieces)


def test_a_response_that_ends_with_its_connection_is_cut_by_a_reset(limited):
    server = limited()
    with server.client() as client:
        client.send(b"GET /stream HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            while client.receive_some(100):
                pass


def test_a_storm_of_timeouts_does_not_fill_the_machine_with_workers(limited, gates):
    server = limited("--graceful-timeout", "60", limit=0.2)
    for _ in range(6):
        assert server.get("/wait").status == 504
        assert len(server.workers("starting", "ready", "draining")) <= 4
    gates.open()


# request_timeout_action: interrupt


@pytest.fixture
def interrupting(limited):
    def start(*arguments, **options):
        return limited("--request-timeout-action", "interrupt", *arguments, **options)

    return start


# Where Python itself can be reached: a thread that is not the main one, and waits in C, cannot.
REACHED = {
    "gevent": ("/wait", "/busy", "/sleep", "/lock", "/stream"),
    "eventlet": ("/wait", "/busy", "/sleep", "/lock", "/stream"),
    "sync": ("/wait", "/busy", "/sleep", "/lock", "/stream"),
    "gthread": ("/wait", "/busy", "/stream"),
    "asyncio": ("/busy", "/sleep", "/lock"),
    "uvloop": ("/busy", "/sleep", "/lock"),
}


def test_the_interrupt_reaches_what_the_request_does(interrupting, kind, gates):
    server = interrupting()
    workers = server.workers()
    for path in REACHED[kind]:
        status = server.get(path).status if path != "/stream" else 504
        if path == "/stream":
            with server.client() as client:
                client.request(path)
                assert client.head().status == 200
                assert not read_to_the_end(client).endswith(b"0\r\n\r\n")
        assert status == 504
        server.wait_for_log(f"GET {path} was interrupted (request_timeout)")
        if path != "/stream":
            gates.wait_for("RequestTimeout", path)
        assert server.get("/").status == 200
    assert "Traceback" not in server.log
    assert server.workers() == workers
    assert server.scoreboard.header("restarts_request_timeout") == 0


def read_to_the_end(client) -> bytes:
    received = b""
    while piece := client.receive_some(1000):
        received += piece
    return received


def test_a_task_that_awaits_is_cancelled(interrupting, kind, gates):
    if kind not in LOOPS:
        pytest.skip("tasks are of event loops")
    server = interrupting()
    workers = server.workers()
    assert server.get("/forever").status == 504
    gates.wait_for("CancelledError", "/forever")
    server.wait_for_log("GET /forever was interrupted (request_timeout)")
    assert server.workers() == workers


def test_what_swallows_the_interrupt_has_its_worker_replaced(interrupting, gates):
    server = interrupting()
    (old,) = server.workers()
    assert server.get("/swallow").status == 504
    gates.wait_for("swallowed")
    server.wait_for_log("Interrupted request in worker")
    server.wait_for_other_workers(1, {old})
    assert server.scoreboard.header("restarts_request_timeout") == 1


def test_a_thread_that_waits_in_c_has_its_worker_replaced(interrupting, kind):
    if kind != "gthread":
        pytest.skip("the main thread is reached in C too")
    server = interrupting()
    (old,) = server.workers()
    assert server.get("/lock").status == 504
    server.wait_for_log("Interrupted request in worker")
    server.wait_for_other_workers(1, {old})


def test_the_next_request_of_a_thread_is_never_hit(interrupting, gates):
    # /brief ends just when it is interrupted; what follows on the same worker must not notice.
    server = interrupting(limit=0.1)
    workers = server.workers()
    with server.client() as client:
        for _ in range(40):
            assert client.get("/brief").status in (200, 504)
            for _ in range(5):
                assert client.get("/").status == 200
    assert gates.count("RequestTimeout")["/"] == 0
    assert server.workers() == workers


def test_the_limit_can_be_changed_while_it_runs(limited, gates):
    server = limited(limit=0)
    with server.client() as client:
        client.request("/wait")
        gates.wait_for("start", "/wait")
        assert stays_true(lambda: server.scoreboard.router("request_timeouts") == 0, 0.3)
        gates.open()
        assert client.response().status == 200
    gates.shut()
    with server.control() as control:
        assert control.apply(settings={"request_timeout": "0.3"}).ok
    assert server.get("/wait").status == 504
    assert os.path.exists(server.run_dir)
