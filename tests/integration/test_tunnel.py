# SPDX-License-Identifier: Apache-2.0
"""What the router does after 101 Switching Protocols (RFC 9110 section 7.8): bytes both ways between
client and worker. The application tunnels uses the extension that the server has for its own."""

import os
import resource
import threading
from contextlib import ExitStack
from signal import SIGKILL, SIGTERM

import pytest
from harness import processes
from harness.client import Client, request_bytes
from harness.waiting import stays_true, wait_until

MEBIBYTE = 1 << 20
UPGRADE = (("Connection", "keep-alive, Upgrade"), ("Upgrade", "raw"))
BLOCK = bytes(range(256)) * 256


@pytest.fixture
def tunnels(serve_asgi):
    """serve_asgi() of the application tunnels."""

    def start(*arguments, **options):
        return serve_asgi("tunnels:application", *arguments, **options)

    return start


def switch(client: Client, path: str, behind: bytes = b"") -> Client:
    """Switches protocols; `behind` is sent with the head."""
    client.send(request_bytes(path, headers=UPGRADE) + behind)
    head = client.head()
    assert head.status == 101, head
    assert head.header("upgrade") == "raw"
    assert head.header("connection").lower() == "upgrade"
    assert head.header("content-length") is None and head.header("transfer-encoding") is None
    return client


def exactly(client: Client, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        piece = client.receive_some(size - len(received))
        assert piece, f"the end after {len(received)} of {size} bytes"
        received += piece
    return bytes(received)


def rest(client: Client) -> bytes:
    return b"".join(iter(lambda: client.receive_some(1 << 16), b""))


def is_reset(client: Client) -> bool:
    try:
        while client.receive_some(1 << 16):
            pass
    except ConnectionResetError:
        return True
    return False


# Bytes both ways.


def test_bytes_go_both_ways_in_any_order(tunnels):
    server = tunnels()
    with switch(server.client(), "/speak_first") as client:
        assert exactly(client, 6) == b"hello "
        for text in (b"a", b"\0\xff\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", BLOCK):
            client.send(text)
            assert exactly(client, len(text)) == text
        client.end_sending()
        assert rest(client) == b""


def test_what_comes_right_behind_the_head_belongs_to_the_tunnel(tunnels):
    server = tunnels()
    behind = request_bytes("/offered") + BLOCK
    with switch(server.client(), "/echo", behind) as client:
        assert exactly(client, len(behind)) == behind


def test_what_comes_before_the_answer_belongs_to_the_tunnel(tunnels, gates):
    server = tunnels()
    with server.client() as client:
        client.request("/late", headers=UPGRADE)
        wait_until(lambda: server.scoreboard.router("in_flight") == 1, "the request to run")
        client.send(BLOCK)
        gates.open("accept")
        assert client.head().status == 101
        client.send(b"more")
        assert exactly(client, len(BLOCK) + 4) == BLOCK + b"more"


def test_a_client_that_ends_before_the_answer_is_still_heard(tunnels, gates):
    server = tunnels()
    with server.client() as client:
        client.request("/late", headers=UPGRADE)
        wait_until(lambda: server.scoreboard.router("in_flight") == 1, "the request to run")
        client.send(b"all")
        client.end_sending()
        gates.open("accept")
        assert client.head().status == 101
        assert rest(client) == b"all"


def test_a_hundred_mebibytes_pass_each_way_in_bounded_memory(tunnels):
    server = tunnels()
    before = processes.pss(server.router)
    peak = 0
    with switch(server.client(), "/echo") as client:
        size = 100 * MEBIBYTE

        def send() -> None:
            for _ in range(size // len(BLOCK)):
                client.send(BLOCK)
            client.end_sending()

        sender = threading.Thread(target=send)
        sender.start()
        received = 0
        while piece := client.receive_some(1 << 20):
            start = received % 256
            assert piece == (BLOCK * (len(piece) // len(BLOCK) + 2))[start : start + len(piece)]
            received += len(piece)
            if received % (10 * MEBIBYTE) < len(piece):
                peak = max(peak, processes.pss(server.router))
        sender.join()
    assert received == size
    assert server.scoreboard.router("spool_bytes") == 0
    assert peak - before < 16 * MEBIBYTE


# The ends.


def test_a_client_that_half_closes_still_gets_the_answer(tunnels, gates):
    server = tunnels()
    with switch(server.client(), "/count") as client:
        client.send(BLOCK * 10)
        client.end_sending()
        assert rest(client) == str(len(BLOCK) * 10).encode()
    assert gates.count("client-ended")["-"] == 1
    assert not gates.count("client-gone")


def test_a_worker_that_ends_first_is_flushed_and_the_connection_closed(tunnels):
    server = tunnels()
    with switch(server.client(), "/end_first") as client:
        client.send(b"hello, bye")
        assert rest(client) == b"goodbye"
    with switch(server.client(receive=4096), "/send_much") as client:
        assert len(rest(client)) == 160 * len(BLOCK)


def test_a_tunnel_that_breaks_off_is_reset(tunnels):
    server = tunnels()
    with switch(server.client(), "/break_off") as client:
        assert exactly(client, 4) == b"some"
        client.send(b"x")
        assert is_reset(client)


@pytest.mark.parametrize("how", ["reset", "close"])
def test_the_application_learns_that_the_client_is_gone(tunnels, gates, how):
    server = tunnels()
    client = switch(server.client(), "/flood")
    exactly(client, 100)
    getattr(client, how)()
    gates.wait_for("client-gone")
    server.wait_for_access('"GET /flood HTTP/1.1" 101 ')
    wait_until(lambda: server.scoreboard.router("streams") == 0, "no tunnel")


def test_the_application_learns_that_a_silent_client_is_reset(tunnels, gates):
    server = tunnels()
    client = switch(server.client(), "/wait_for_end")
    exactly(client, 5)
    client.reset()
    gates.wait_for("client-gone")


def test_the_death_of_the_worker_ends_the_connection(tunnels):
    server = tunnels()
    with switch(server.client(), "/echo") as client:
        client.send(b"x")
        assert exactly(client, 1) == b"x"
        (worker,) = server.workers()
        os.kill(worker, SIGKILL)
        assert is_reset(client)
    server.wait_for_other_workers(1, {worker})
    assert server.scoreboard.router("disrupted") == 1
    assert server.get("/plain").text == "plain"


# Requests that do not become tunnels.


def test_a_request_behind_a_refused_upgrade_is_the_next_request(tunnels):
    server = tunnels()
    with server.client() as client:
        client.send(request_bytes("/refuse", headers=UPGRADE) + request_bytes("/plain"))
        assert client.response().status == 403
        assert client.response().text == "plain"
        client.request("/refuse", headers=UPGRADE)
        assert client.response().status == 403
        assert switch(client, "/echo", b"now").receive_some(3) == b"now"


@pytest.mark.parametrize(
    "request_line",
    [
        {"headers": (("Upgrade", "raw"),)},
        {"headers": (("Connection", "upgrade"),)},
        {"headers": UPGRADE, "method": "POST", "body": b"x"},
        {"headers": UPGRADE, "version": "1.0"},
    ],
    ids=["no-connection-option", "no-upgrade", "body", "http-1.0"],
)
def test_a_request_that_cannot_be_upgraded_is_offered_no_tunnel(tunnels, request_line):
    server = tunnels()
    with server.client() as client:
        client.request("/offered", **request_line)
        assert client.response().text == "False"
    with server.client() as client:
        client.request("/echo", **request_line)
        assert client.response().status == 500
    assert server.get("/offered", headers=UPGRADE).text == "True"


# Limits.


def test_no_read_or_idle_limit_runs_in_a_tunnel(tunnels):
    limits = ["--keep-alive", "1", "--header-timeout", "1", "--body-timeout", "1"]
    server = tunnels(*limits, "--keepalive-max-age", "1")
    with switch(server.client(), "/echo") as client, server.client() as idle:
        wait_until(idle.ended, "a client that says nothing to be closed")
        assert stays_true(lambda: server.scoreboard.router("upgraded") == 1, 1.5)
        client.send(b"still here")
        assert exactly(client, 10) == b"still here"


def test_a_client_that_does_not_read_stops_the_application(tunnels, gates):
    server = tunnels()
    with switch(server.client(receive=4096), "/flood") as client:
        gates.wait_for("block")

        def stopped() -> bool:
            sent = gates.count("block")["-"]
            return stays_true(lambda: gates.count("block")["-"] == sent, 0.5)

        wait_until(stopped, "the application to wait")
        sent = gates.count("block")["-"]
        assert server.scoreboard.router("spool_bytes") == 0
        assert server.scoreboard.router("buffer_bytes") < MEBIBYTE
        for _ in range(sent + 10):
            exactly(client, len(BLOCK))
        assert gates.count("block")["-"] > sent


def test_a_client_that_takes_nothing_is_closed_after_send_timeout(tunnels, gates):
    server = tunnels("--send-timeout", "1")
    with switch(server.client(receive=4096), "/flood"):
        gates.wait_for("client-gone")
    server.wait_for_access('"GET /flood HTTP/1.1" 101 ')


def test_a_worker_that_does_not_read_stops_its_client(tunnels, gates):
    server = tunnels()
    with switch(server.client(), "/read_late") as client:
        client.socket.settimeout(0.5)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 100 * MEBIBYTE:
                sent += client.socket.send(BLOCK)
        assert server.scoreboard.router("buffer_bytes") < MEBIBYTE
        gates.open()
        client.socket.settimeout(30)
        client.end_sending()
        assert rest(client) == str(sent).encode()


# Beside requests.


def test_a_thousand_idle_tunnels_leave_the_requests_alone(tunnels):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    server = tunnels("--worker-connections", "400")
    router = server.router
    with ExitStack() as stack:
        # Warm: what the first connections need is not theirs alone.
        for _ in range(10):
            stack.enter_context(switch(server.client(), "/echo"))
        before = processes.pss(router)
        clients = [stack.enter_context(switch(server.client(), "/echo")) for _ in range(990)]
        wait_until(lambda: server.scoreboard.router("streams") == 1000, "a thousand tunnels")
        assert server.scoreboard.router("upgraded") == 1000
        for _ in range(100):
            assert server.get("/plain").text == "plain"
        wait_until(lambda: server.scoreboard.router("in_flight") == 0, "nothing that runs")
        # Blocks of quiet streams are given back within seconds.
        wait_until(lambda: processes.pss(router) - before < 990 * 8192, "little memory for each")
        for client in clients[::100]:
            client.send(b"ping")
            assert exactly(client, 4) == b"ping"
    wait_until(lambda: server.scoreboard.router("streams") == 0, "no tunnel")
    wait_until(lambda: server.scoreboard.router("upgraded") == 0, "no tunnel")


def test_tunnels_spread_over_idle_workers(tunnels):
    server = tunnels(workers=2)
    with ExitStack() as stack:
        for _ in range(10):
            client = stack.enter_context(switch(server.client(), "/echo"))
            client.send(b"x")
            exactly(client, 1)
        workers = server.workers()
        for worker in workers:
            assert processes.lives(worker)
        os.kill(workers[0], SIGKILL)
        wait_until(lambda: server.scoreboard.router("upgraded") == 5, "half of the tunnels")


def test_an_endless_response_gives_its_capacity_back(tunnels, gates):
    server = tunnels("--worker-connections", "1")
    with server.client() as client:
        client.request("/events")
        head = client.final_head()
        assert head.status == 200
        wait_until(lambda: server.scoreboard.router("streams") == 1, "a stream")
        assert server.scoreboard.router("in_flight") == 0
        assert server.get("/plain").text == "plain"
        gates.open()
        assert b"".join(client.pieces(head)) == b"data: 1\n\n"
    wait_until(lambda: server.scoreboard.router("streams") == 0, "no stream")


# The end of the server.


def test_a_draining_server_leaves_tunnels_to_their_ends(tunnels):
    server = tunnels()
    with switch(server.client(), "/echo") as client:
        server.signal(SIGTERM)
        server.wait_for_log("Handling signal: term")
        client.send(b"still here")
        assert exactly(client, 10) == b"still here"
        client.end_sending()
        assert rest(client) == b""
    assert server.wait_for_exit() == 0


def test_what_is_left_after_the_graceful_timeout_is_closed(tunnels):
    server = tunnels("--graceful-timeout", "1")
    with switch(server.client(), "/wait_for_end") as client:
        exactly(client, 5)
        server.signal(SIGTERM)
        wait_until(client.ended, "the end of the connection")
    assert server.wait_for_exit() == 0


# What the outside sees.


def test_the_access_log_has_one_line_of_the_whole_tunnel(tunnels):
    server = tunnels()
    with switch(server.client(), "/echo") as client:
        client.send(b"x" * 1000)
        exactly(client, 1000)
        assert not server.access
        client.end_sending()
        assert rest(client) == b""
    line = server.wait_for_access('"GET /echo HTTP/1.1" 101 1000')
    assert server.access == [line]
    assert server.scoreboard.router("request_body_bytes") == 1000
    assert server.scoreboard.router("response_bytes") == 1000


def test_a_tunnel_is_measured_as_a_short_request_and_counted_apart(serve_metrics, gates, apps):
    server, metrics = serve_metrics(
        "tunnels:application",
        worker_class="asgi",
        apps=apps.parent / "asgi",
        variables=gates.variables,
    )
    with switch(server.client(), "/echo") as client:
        client.send(b"x")
        exactly(client, 1)
        wait_until(
            lambda: metrics.value("monoceros_streams") == 1, "the tunnel in the metrics"
        )
        assert metrics.value("monoceros_requests_in_flight") == 0
        assert metrics.value("monoceros_connections", state="upgraded") == 1
        assert metrics.value("monoceros_requests_total", status_class="1xx") == 1
        count = metrics.value("monoceros_request_duration_seconds_count", status_class="none")
        assert count == 1
        assert stays_true(lambda: True, 1.2)
    server.wait_for_access("101")
    assert metrics.value("monoceros_requests_total", status_class="1xx") == 1
    assert metrics.value("monoceros_request_duration_seconds_sum", status_class="none") < 1
