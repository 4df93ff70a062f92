# SPDX-License-Identifier: Apache-2.0
"""Requests that wait for a worker."""

import threading
import time

from harness.waiting import wait_until


def test_more_than_queue_limit_gets_503_with_retry_after(serve_gates, gates):
    server = serve_gates("--queue-limit", "2")
    clients = [server.client() for _ in range(3)]
    clients[0].request("/wait?gate=gate&id=0")
    gates.wait_for("start", "0")
    for number in (1, 2):
        clients[number].request(f"/?id={number}")
    wait_until(lambda: server.scoreboard.router("queued") == 2, "two queued requests")
    refused = server.get("/?id=refused")
    assert refused.status == 503
    assert int(refused.header("retry-after")) >= 1
    gates.open()
    assert [client.response().status for client in clients] == [200] * 3
    assert gates.count("start")["refused"] == 0
    assert server.scoreboard.router("shed") == 1
    for client in clients:
        client.close()


def test_a_refused_client_may_try_again_on_its_connection(serve_gates, gates):
    server = serve_gates("--queue-limit", "1")
    with server.client() as busy, server.client() as queued, server.client() as refused:
        busy.request("/wait?gate=gate&id=0")
        gates.wait_for("start", "0")
        queued.request("/?id=1")
        wait_until(lambda: server.scoreboard.router("queued") == 1, "a queued request")
        assert refused.get("/?id=2").status == 503
        gates.open()
        assert busy.response().status == queued.response().status == 200
        assert refused.get("/?id=2").status == 200


def test_retry_after_is_jittered(serve_gates, gates):
    server = serve_gates("--queue-limit", "1")
    with server.client() as busy, server.client() as queued:
        busy.request("/wait?gate=gate&id=0")
        gates.wait_for("start", "0")
        queued.request("/?id=1")
        wait_until(lambda: server.scoreboard.router("queued") == 1, "a queued request")
        refusals = [server.get() for _ in range(40)]
        gates.open()
        assert busy.response().status == queued.response().status == 200
    waits = {int(refusal.header("retry-after")) for refusal in refusals if refusal.status == 503}
    assert len(waits) > 1


def test_a_request_that_waited_queue_timeout_gets_503(serve_gates, gates):
    server = serve_gates("--queue-timeout", "1")
    with server.client() as busy, server.client() as queued:
        busy.request("/wait?gate=gate&id=busy")
        gates.wait_for("start", "busy")
        start = time.monotonic()
        queued.request("/?id=late")
        response = queued.response()
        assert response.status == 503
        assert response.header("retry-after") is not None
        assert 0.8 < time.monotonic() - start < 5
        gates.open()
        assert busy.response().status == 200
    assert gates.count("start")["late"] == 0


def test_a_predicted_wait_over_queue_timeout_is_refused_at_once(serve):
    """The mean service time is known to be 200 ms, so ten in the queue mean two seconds."""
    server = serve("sleepy:application", "--queue-timeout", "1")
    for _ in range(5):
        server.get("/slow?ms=200")
    statuses: list[tuple[int, float]] = []
    lock = threading.Lock()

    def ask():
        start = time.monotonic()
        status = server.get("/slow?ms=200").status
        with lock:
            statuses.append((status, time.monotonic() - start))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [seconds for status, seconds in statuses if status == 503]
    assert {status for status, _ in statuses} == {200, 503}
    assert len(refused) >= 5
    assert min(refused) < 0.5


def test_idle_connections_are_no_pressure(serve):
    server = serve("hello:application", "--queue-limit", "1", "--keep-alive", "30")
    idle = [server.client() for _ in range(200)]
    assert all(client.get().status == 200 for client in idle)
    assert server.get().status == 200
    for client in idle:
        client.close()


def test_no_request_waits_behind_a_busy_worker_while_another_is_free(serve_gates, gates):
    server = serve_gates(workers=3)
    busy = [server.client() for _ in range(2)]
    for number, client in enumerate(busy):
        client.request(f"/wait?gate=gate&id={number}")
        gates.wait_for("start", str(number))
    assert all(server.get().status == 200 for _ in range(50))
    gates.open()
    pids = {client.response().body for client in busy}
    assert len(pids) == 2
    for client in busy:
        client.close()


def test_the_queue_is_served_in_order(serve_gates, gates):
    server = serve_gates()
    clients = [server.client() for _ in range(6)]
    clients[0].request("/wait?gate=gate&id=0")
    gates.wait_for("start", "0")
    for number, client in enumerate(clients[1:], 1):
        client.request(f"/?id={number}")
        wait_until(lambda: server.scoreboard.router("queued") == number, "the queue to grow")
    gates.open()
    assert all(client.response().status == 200 for client in clients)
    started = [name for event, name, _ in gates.journal() if event == "start"]
    assert started == [str(number) for number in range(6)]
    for client in clients:
        client.close()
