# SPDX-License-Identifier: Apache-2.0
"""WebSockets of class asgi, in each event loop: RFC 6455, RFC 7692, and ASGI's "WebSocket" (HTTP &
WebSocket ASGI Message Format 2.5), cited where a test is from one of them."""

import ast
import json
import multiprocessing
import os
import resource
import select
import signal
import socket
import threading
from contextlib import ExitStack

import pytest
from harness import processes
from harness.client import Client, request_bytes
from harness.waiting import stays_true, wait_until
from harness.websocket import (
    BINARY,
    CLOSE,
    DEFLATE,
    FIN,
    PING,
    PONG,
    TEXT,
    Frame,
    WebSocket,
    frame,
    handshake,
)

MEBIBYTE = 1 << 20


@pytest.fixture
def sockets(serve_asgi):
    """serve_asgi() of the application sockets."""

    def start(*arguments, **options):
        return serve_asgi("sockets:application", *arguments, **options)

    return start


@pytest.fixture
def said(gates):
    """said(name): what the application says under that name, once it has."""

    def wait(name: str) -> str:
        path = gates.folder / name
        wait_until(path.exists, f"the application to say {name}")
        return path.read_text()

    return wait


@pytest.fixture
def ended(said):
    """ended(): the (code, reason) of the disconnect that the application was told."""

    def wait() -> tuple[int, str]:
        message = json.loads(said("ended"))
        return message["code"], message["reason"]

    return wait


# The handshake.


def test_the_scope_has_what_the_specification_lists(sockets):
    """ASGI, WebSocket Connection Scope."""
    server = sockets("--root-path", "/shop")
    chosen = ("Sec-WebSocket-Protocol", "one, two")
    with WebSocket(server.client(), "/show_scope/?q=%C3%A9", chosen) as opened:
        port = opened.client.socket.getsockname()[1]
        scope = ast.literal_eval(opened.receive().payload.decode())
    assert scope == {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/shop/show_scope/",
        "raw_path": b"/show_scope/",
        "query_string": b"q=%C3%A9",
        "root_path": "/shop",
        "client": ("127.0.0.1", port),
        "server": ("127.0.0.1", server.address[1]),
        "subprotocols": ["one", "two"],
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }


def test_subprotocol_and_headers_are_in_the_answer(sockets):
    """ASGI, Accept - send event."""
    server = sockets()
    chosen = ("Sec-WebSocket-Protocol", "one, two")
    with WebSocket(server.client(), "/choose", chosen) as opened:
        assert opened.head.header("sec-websocket-protocol") == "two"
        assert opened.head.header("x-chosen") == "yes"
        assert opened.head.all("set-cookie") == ["a=1", "b=2"]


def test_a_subprotocol_among_the_headers_is_an_error(sockets):
    """ASGI, Accept - send event: the header is not allowed."""
    server = sockets()
    with server.client() as client:
        assert client.get("/bad_header", headers=handshake()).status == 500
    server.wait_for_log("cannot have the header sec-websocket-protocol")


@pytest.mark.parametrize(
    ("path", "status", "logged"),
    [
        ("/refuse", 403, None),
        ("/fail_early", 500, "ValueError: too early"),
        ("/return_early", 500, "returned without answering the WebSocket"),
    ],
)
def test_a_websocket_that_is_not_accepted_has_a_status(sockets, path, status, logged):
    """ASGI, Close - send event: 403; without an answer 500."""
    server = sockets()
    with server.client() as client:
        assert client.get(path, headers=handshake()).status == status
    if logged:
        server.wait_for_log(logged)


def test_a_websocket_can_be_denied_with_a_response(sockets):
    """ASGI extension websocket.http.response."""
    server = sockets()
    with server.client() as client:
        response = client.get("/deny", headers=handshake())
        assert (response.status, response.text) == (418, "not now")
        assert response.header("x-why") == "tired"


@pytest.mark.parametrize(
    ("headers", "status"),
    [(handshake(key="short"), 400), (handshake(version="12"), 426)],
    ids=["key", "version"],
)
def test_a_bad_handshake_does_not_reach_the_application(sockets, headers, status):
    """RFC 6455 sections 4.2.1 and 4.4."""
    server = sockets()
    with server.client() as client:
        response = client.get("/fail_early", headers=headers)
        assert response.status == status
        if status == 426:
            assert response.header("sec-websocket-version") == "13"
    assert "too early" not in server.log


# Messages.


def test_messages_come_back_as_they_were(sockets):
    """RFC 6455 section 5.6, with each form of the length."""
    server = sockets()
    with WebSocket(server.client(), "/echo") as opened:
        for size in (0, 1, 125, 126, 65535, 65536, 3 * MEBIBYTE):
            opened.send(BINARY, bytes(size))
            assert opened.receive() == Frame(BINARY, bytes(size))
        assert opened.echo("h\u00e9llo \U0001f600") == "h\u00e9llo \U0001f600"


def test_fragments_are_joined_and_pings_between_them_answered(sockets):
    """RFC 6455 sections 5.4 and 5.5.2."""
    server = sockets()
    with WebSocket(server.client(), "/echo") as opened:
        client = opened.client
        client.send(frame(TEXT, b"a") + frame(0, b"b") + frame(FIN | PING, b"?"))
        assert opened.receive() == Frame(PONG, b"?")
        client.send(frame(FIN, b"c"))
        assert opened.receive() == Frame(TEXT, b"abc")


def test_a_message_may_arrive_byte_by_byte(sockets):
    server = sockets()
    with WebSocket(server.client(), "/echo") as opened:
        for byte in frame(FIN | TEXT, b"slow") + frame(FIN | TEXT, b"er"):
            opened.client.send(bytes([byte]))
        assert [opened.receive().payload for _ in range(2)] == [b"slow", b"er"]


def test_frames_right_behind_the_handshake_are_read(sockets):
    server = sockets()
    with server.client() as client:
        behind = frame(FIN | TEXT, b"eager")
        client.send(request_bytes("/echo", headers=handshake()) + behind)
        assert client.head().status == 101
        assert client.receive_some(100) == b"\x81\x05eager"


def test_many_small_messages_keep_their_order(sockets):
    server = sockets()
    count = 20_000
    with WebSocket(server.client(), "/echo") as opened:
        data = b"".join(frame(FIN | TEXT, b"%d" % number) for number in range(count))
        sender = threading.Thread(target=opened.client.send, args=(data,))
        sender.start()
        assert [int(opened.receive().payload) for _ in range(count)] == list(range(count))
        sender.join()


def test_sending_and_receiving_are_independent(sockets):
    server = sockets()
    with WebSocket(server.client(), "/both") as opened:
        assert [int(opened.receive().payload) for _ in range(100)] == list(range(100))


def test_wrong_messages_raise_in_the_application(sockets):
    """ASGI: messages that are not those of the specification, or not in its order."""
    server = sockets()
    with WebSocket(server.client(), "/wrong") as opened:
        assert json.loads(opened.receive().payload) == [
            "RuntimeError",
            "ValueError",
            "TypeError",
            "TypeError",
            "UnicodeEncodeError",
            "ValueError",
            "ValueError",
            "RuntimeError",
        ]


def test_messages_are_compressed_where_the_client_offers_it(sockets):
    """RFC 7692."""
    server = sockets()
    with WebSocket(server.client(), "/echo", DEFLATE) as opened:
        assert opened.head.header("sec-websocket-extensions").startswith("permessage-deflate;")
        text = "again and again " * 100
        for _ in range(2):
            opened.text(text)
            assert opened.receive() == Frame(TEXT, text.encode(), compressed=True)
        opened.text("short")
        assert opened.receive() == Frame(TEXT, b"short")


def test_compression_can_be_switched_off(sockets):
    server = sockets("--websocket-per-message-deflate=off")
    with WebSocket(server.client(), "/echo", DEFLATE) as opened:
        assert opened.head.header("sec-websocket-extensions") is None
        opened.text("again " * 100)
        assert not opened.receive().compressed


# The end.


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [("/close", 4001, "enough \u00e9"), ("/return_late", 1000, ""), ("/fail_late", 1011, "")],
)
def test_the_application_ends_it(sockets, path, code, reason):
    """ASGI, Close - send event; RFC 6455 section 7.4.1."""
    server = sockets()
    with WebSocket(server.client(), path) as opened:
        assert opened.closed() == (code, reason)
    if path == "/fail_late":
        server.wait_for_log("ValueError: too late")


def test_what_the_application_sees_after_its_own_close(sockets, said, ended):
    server = sockets()
    with WebSocket(server.client(), "/close") as opened:
        opened.closed()
    said("refused")
    assert ended() == (4001, "enough \u00e9")


@pytest.mark.parametrize(
    ("sent", "code", "reason"),
    [(b"\x0f\xa0done", 4000, "done"), (b"", 1005, "")],
    ids=["code", "nothing"],
)
def test_the_clients_close_is_answered_and_told(sockets, ended, sent, code, reason):
    """RFC 6455 section 5.5.1; ASGI, Disconnect - receive event."""
    server = sockets()
    with WebSocket(server.client(), "/echo") as opened:
        opened.send(CLOSE, sent)
        assert opened.receive() == Frame(CLOSE, sent[:2])
        assert opened.client.receive_some(1) == b""
    assert ended() == (code, reason)


@pytest.mark.parametrize("how", ["close", "reset", "end_sending"])
def test_a_client_that_leaves_without_a_word_is_1006(sockets, ended, how):
    """RFC 6455 section 7.1.5."""
    server = sockets()
    with WebSocket(server.client(), "/echo") as opened:
        assert opened.echo("x") == "x"
        getattr(opened.client, how)()
        assert ended() == (1006, "")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(FIN | TEXT, b"x", masked=False), 1002),
        (frame(FIN | TEXT, b"\xff"), 1007),
        (frame(FIN | BINARY, bytes(1001)), 1009),
        (frame(FIN | CLOSE, b"x"), 1002),
    ],
    ids=["unmasked", "not UTF-8", "too big", "bad close"],
)
def test_a_client_that_breaks_the_rules_is_told_so(sockets, ended, data, code):
    """RFC 6455 sections 5.1, 8.1, 7.4.1, 5.5.1."""
    server = sockets("--websocket-max-message-size", "1000")
    with WebSocket(server.client(), "/echo") as opened:
        opened.client.send(data)
        assert opened.closed() == (code, "")
    assert ended()[0] == code


def test_a_ping_is_sent_and_its_answer_keeps_the_websocket(sockets):
    server = sockets("--websocket-ping-interval", "1", "--websocket-ping-timeout", "2")
    with WebSocket(server.client(), "/echo") as opened:
        for _ in range(3):
            assert opened.receive().opcode == PING
            opened.send(PONG)
        assert opened.echo("still here") == "still here"


def test_a_client_that_does_not_answer_pings_is_closed(sockets, ended):
    server = sockets("--websocket-ping-interval", "1", "--websocket-ping-timeout", "1")
    with WebSocket(server.client(), "/echo") as opened:
        assert opened.receive().opcode == PING
        assert opened.closed() == (1011, "keepalive ping timeout")
    assert ended()[0] == 1006


def test_a_reload_tells_every_websocket_1012(sockets, ended):
    server = sockets()
    (old,) = server.workers()
    with WebSocket(server.client(), "/echo") as opened:
        assert opened.echo("x") == "x"
        server.signal(signal.SIGHUP)
        assert opened.closed()[0] == 1012
        assert ended()[0] == 1012
        wait_until(lambda: server.workers() not in ([], [old]), "a new worker")
    with WebSocket(server.client(), "/echo") as opened:
        assert opened.echo("y") == "y"


def test_a_server_that_ends_tells_every_websocket_1012(sockets, ended):
    server = sockets("--graceful-timeout", "20", workers=2)
    with ExitStack() as all_opened:
        several = [
            all_opened.enter_context(WebSocket(server.client(), "/echo")) for _ in range(4)
        ]
        assert [opened.echo("x") for opened in several] == ["x"] * 4
        server.signal(signal.SIGTERM)
        assert [opened.closed()[0] for opened in several] == [1012] * 4
        assert ended()[0] == 1012
        assert server.wait_for_exit() == 0
    assert "did not leave in time" not in server.log


def test_a_change_of_the_class_tells_every_websocket_1012(serve_asgi, ended):
    server = serve_asgi("both:wsgi", "--asgi-app", "sockets:application")
    (old,) = server.workers()
    with WebSocket(server.client(), "/echo") as opened, server.control() as control:
        assert opened.echo("x") == "x"
        number = control.order("apply", worker_class="sync")
        assert opened.closed()[0] == 1012
        assert ended()[0] == 1012
        assert control.wait(number).ok
    assert server.workers() != [old]
    assert json.loads(server.get().body)[0] == "wsgi"


def test_a_client_that_does_not_answer_the_close_holds_up_no_reload(sockets):
    server = sockets()
    (old,) = server.workers()
    with WebSocket(server.client(), "/echo") as opened:
        assert opened.echo("x") == "x"
        server.signal(signal.SIGHUP)
        assert opened.receive().code == 1012
        wait_until(lambda: old not in server.workers(), "the old worker to be gone")


def test_a_worker_that_dies_leaves_no_websocket_open(sockets):
    server = sockets()
    with WebSocket(server.client(), "/echo") as opened:
        assert opened.echo("x") == "x"
        os.kill(server.workers()[0], signal.SIGKILL)
        with pytest.raises((EOFError, ConnectionResetError)):
            opened.receive()
    server.wait_for_workers(1)


def test_a_task_has_the_grace_period_after_the_client_left(sockets, said, ended):
    server = sockets("--asgi-disconnect-grace-period", "1")
    with WebSocket(server.client(), "/linger") as opened:
        opened.send(CLOSE, b"\x03\xe8")
        assert 0.5 <= float(said("cancelled")) < 10
    assert ended() == (1000, "")


def test_a_request_has_the_grace_period_too(sockets, said, gates):
    server = sockets("--asgi-disconnect-grace-period", "1")
    with server.client() as client:
        client.request("/http_linger")
        said("start")
        client.reset()
    said("cancelled")


def test_a_forked_child_sends_nothing(sockets):
    server = sockets()
    with WebSocket(server.client(), "/fork") as opened:
        assert opened.receive().payload == b"from the parent"
        opened.send(CLOSE)
        assert opened.receive().opcode == CLOSE


# Backpressure.


def test_a_slow_reader_suspends_send(sockets, said, gates):
    server = sockets()
    size = 64 * 1024
    client = server.client(receive=64 * 1024)
    with WebSocket(client, f"/pour?{size}"):
        said("count")
        counted = gates.folder / "count"
        wait_until(
            lambda: stays_true(lambda before=counted.read_text(): counted.read_text() == before, 1),
            "send to suspend",
        )
        assert int(counted.read_text()) * size < 64 * MEBIBYTE
        assert processes.pss(server.workers()[0]) < 200 * MEBIBYTE
    assert said("gone") == "ClientDisconnected"


def test_a_flood_is_held_back_while_a_message_waits(sockets, gates, said, ended):
    server = sockets()
    with WebSocket(server.client(), "/idle") as opened:
        said("accepted")
        client = opened.client
        client.socket.setblocking(False)
        data = frame(FIN | BINARY, bytes(1000))
        sent = 0
        while select_writable(client.socket):
            try:
                sent += client.socket.send(data * 100)
            except BlockingIOError:
                break
            assert sent < 256 * MEBIBYTE, "nothing holds the client back"
        assert processes.pss(server.workers()[0]) < 200 * MEBIBYTE
        gates.open("take")
        client.close()
    assert ended()[0] == 1006
    assert json.loads(said("ended"))["messages"] > 0


def select_writable(sock: socket.socket) -> bool:
    return bool(select.select([], [sock], [], 1)[1])


def hold(address, count, opened, close) -> None:
    """In a process of its own: `count` WebSockets that all work."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 200, count + 200))
    held = [WebSocket(Client(address), "/echo") for _ in range(count)]
    for number, one in enumerate(held):
        one.text(str(number))
    for number, one in enumerate(held):
        assert one.receive().payload == str(number).encode()
    opened.set()
    close.wait(60)


def test_five_thousand_websockets_on_two_workers(sockets):
    server = sockets("--worker-connections", "4000", workers=2)
    context = multiprocessing.get_context("spawn")
    opened, close = context.Event(), context.Event()
    holder = context.Process(target=hold, args=(server.address, 5000, opened, close))
    holder.start()
    try:
        wait_until(lambda: opened.is_set() or not holder.is_alive(), "5,000 WebSockets", 90)
        assert opened.is_set()
        wait_until(lambda: server.scoreboard.router("streams") == 5000, "the count of all")
        assert all(processes.pss(pid) < 200 * MEBIBYTE for pid in server.workers())
    finally:
        close.set()
        holder.join()
    wait_until(lambda: server.scoreboard.router("streams") == 0, "all to be gone")
