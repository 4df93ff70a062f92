# SPDX-License-Identifier: Apache-2.0
"""Clients that take too long, and those that leave."""

import time

import pytest
from harness.client import request_bytes
from harness.waiting import wait_until

SLACK = 4.0


def seconds_until(action) -> float:
    start = time.monotonic()
    action()
    return time.monotonic() - start


def test_a_slow_head_gets_408(serve):
    server = serve("hello:application", "--header-timeout", "1")
    with server.client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: te")
        start = time.monotonic()
        response = client.response()
        assert (response.status, response.closes) == (408, True)
        assert client.ended()
        assert 0.8 < time.monotonic() - start < 1 + SLACK


def test_a_head_that_trickles_gets_408_all_the_same(serve):
    server = serve("hello:application", "--header-timeout", "1")
    with server.client(timeout=0.1) as client:
        start = time.monotonic()
        client.send(b"GET / HTTP/1.1\r\nX-Long: ")
        while time.monotonic() - start < 1 + SLACK:
            client.send(b"a")
            try:
                assert client.response().status == 408
                break
            except TimeoutError:
                continue
        else:
            pytest.fail("a client could trickle its head for longer than header_timeout")


def test_a_body_that_stops_gets_408(serve):
    server = serve("echo:application", "--body-timeout", "1")
    with server.client() as client:
        client.request("/body", "POST", (("Content-Length", "10"),))
        client.send(b"half ")
        response = client.response()
        assert (response.status, response.closes) == (408, True)
        assert client.ended()


def test_a_body_that_keeps_coming_has_all_the_time(serve):
    server = serve("echo:application", "--body-timeout", "1")
    with server.client() as client:
        client.request("/body", "POST", (("Content-Length", "8"),))
        for byte in b"trickles":
            time.sleep(0.3)  # The pace of the client is what is tested.
            client.send(bytes([byte]))
        assert client.response().body == b"trickles"


def test_an_idle_connection_is_closed_after_keepalive(serve):
    server = serve("hello:application", "--keep-alive", "1")
    with server.client() as client:
        client.get()
        start = time.monotonic()
        assert client.ended()
        assert 0.8 < time.monotonic() - start < 1 + SLACK


def test_keepalive_zero_closes_after_each_response(serve):
    server = serve("hello:application", "--keep-alive", "0")
    with server.client() as client:
        assert client.get().closes
        assert client.ended()


def test_keepalive_does_not_end_a_request_that_takes_longer(serve_gates, gates):
    server = serve_gates("--keep-alive", "1", "--header-timeout", "1", "--body-timeout", "1")
    with server.client() as client:
        client.request("/wait?gate=gate")
        time.sleep(1.5)  # Longer than each limit: nothing must happen meanwhile.
        gates.open()
        assert client.response().status == 200


def test_a_client_that_takes_no_byte_is_disconnected(serve):
    server = serve("streams:application", "--send-timeout", "1")
    with server.client(receive=4096) as client:
        client.request("/large?size=30000000")
        wait_until(
            lambda: server.scoreboard.router("connections") == 1, "the connection to be there"
        )
        wait_until(
            lambda: server.scoreboard.router("connections") == 0, "the connection to be gone", 10
        )
        wait_until(lambda: server.scoreboard.router("spool_bytes") == 0, "the spool to be empty")


def test_a_client_that_takes_few_bytes_stays(serve):
    server = serve("streams:application", "--send-timeout", "1")
    size = 3_000_000
    with server.client(receive=4096) as client:
        client.request(f"/large?size={size}")
        head = client.final_head()
        left = size
        for _ in range(6):
            time.sleep(0.5)  # The pace of the client is what is tested.
            left -= len(client.receive_some(200_000))
        while left > 0:
            piece = client.receive_some(1 << 20)
            assert piece, f"{left} bytes are missing"
            left -= len(piece)
        assert head.header("content-length") == str(size)


def test_a_half_closed_client_still_gets_its_response(serve_gates, gates, wsgi_class):
    server = serve_gates(worker_class=wsgi_class)
    with server.client() as client:
        client.request("/wait?gate=gate")
        client.end_sending()
        gates.wait_for("start")
        gates.open()
        assert client.response().status == 200
        assert client.ended()


def test_a_half_closed_client_gets_all_pipelined_responses(serve):
    server = serve("echo:application")
    with server.client() as client:
        for body in (b"1", b"2"):
            client.send(request_bytes("/body", "POST", body=body))
        client.end_sending()
        assert [client.response().body for _ in range(2)] == [b"1", b"2"]
        assert client.ended()


def test_a_client_that_left_while_queued_is_not_run(serve_gates, gates):
    server = serve_gates()
    with server.client() as busy:
        busy.request("/wait?gate=gate&id=busy")
        gates.wait_for("start", "busy")
        gone = server.client()
        gone.request("/?id=gone")
        wait_until(lambda: server.scoreboard.router("queued") == 1, "the request to be queued")
        gone.reset()
        server.wait_for_access("id=gone")
        gates.open()
        assert busy.response().status == 200
    assert server.get("/?id=last").status == 200
    assert gates.count("start")["gone"] == 0
    assert ' 499 ' in server.wait_for_access("id=gone")
    assert server.scoreboard.router("abandoned") == 1


def test_a_client_that_left_while_running_frees_its_worker(serve_gates, gates, wsgi_class):
    server = serve_gates(worker_class=wsgi_class)
    gone = server.client()
    gone.request("/large?gate=gate&size=500000000&id=gone")
    gates.wait_for("start", "gone")
    gone.reset()
    gates.open()
    gates.wait_for("close", "gone")
    assert server.get("/?id=next").status == 200


def test_slow_clients_do_not_slow_the_fast(serve, wsgi_class):
    """Ten heads and ten bodies that do not end, ten responses that nobody reads."""
    server = serve("streams:application", worker_class=wsgi_class)
    slow = [server.client(receive=4096) for _ in range(30)]
    for number, client in enumerate(slow):
        if number < 10:
            client.send(b"GET / HTTP/1.1\r\nHost: ")
        elif number < 20:
            client.request("/", "POST", (("Content-Length", "1000"),))
        else:
            client.request("/large?size=4000000")
    wait_until(lambda: server.scoreboard.router("requests") >= 0, "the router")

    def served() -> bool:
        return server.scoreboard.router("in_flight") == 0 and sum(
            row.requests for row in server.scoreboard.workers()
        ) >= 10

    wait_until(served, "the worker to be done with all slow readers")
    with server.client() as client:
        took = seconds_until(lambda: [client.get("/closed") for _ in range(100)])
    assert took < 5
    for client in slow:
        client.close()
