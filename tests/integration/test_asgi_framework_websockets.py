# SPDX-License-Identifier: Apache-2.0
"""WebSockets of ASGI frameworks, with the client of the package websockets."""

import signal

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

FRAMEWORKS = ("starlette", "fastapi", "litestar", "quart", "channels", "blacksheep", "sanic")
# Sanic has no close codes under ASGI.
CLOSE_CODES = {"sanic": 1000}
# These close by themselves, or return, after an exception; the others leave it to the server.
ERROR_CODES = {"litestar": 4500, "quart": 1000, "sanic": 1000}
# What a framework makes of "members only" before it accepts; Sanic accepts always.
DENIALS = {
    "starlette": (401, "members only"),
    "fastapi": (401, "members only"),
    "litestar": (403, ""),
    "quart": (401, "members only"),
    "channels": (403, ""),
    "blacksheep": (403, ""),
}


def reach(server, path, **options):
    return connect(f"ws://127.0.0.1:{server.address[1]}{path}", max_size=None, **options)


def closed_with(client) -> int:
    with pytest.raises(ConnectionClosed) as raised:
        client.recv(timeout=20)
    return raised.value.rcvd.code


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_frameworks_websockets_work(serve_framework, gates, loop, framework):
    server = serve_framework(framework, "--asgi-loop", loop)
    with reach(server, "/chat/anna", subprotocols=["other", "chat"]) as client:
        assert client.subprotocol == "chat"
        for text in ("hello", "", "\u00e9" * 100_000):
            client.send(text)
            assert client.recv(timeout=20) == f"anna: {text}"
        client.send("leave")
        assert closed_with(client) == CLOSE_CODES.get(framework, 4000)
    with reach(server, "/chat/ben") as client:
        assert client.subprotocol is None
        client.send("bytes")
        client.recv(timeout=20)
        client.send(bytes(range(256)) * 4096)
        assert client.recv(timeout=20) == bytes(range(255, -1, -1)) * 4096
    gates.wait_for("left", "ben")
    server.stop()
    assert "[ERROR]" not in server.log


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_finds_its_websockets_below_a_root_path(serve_framework, framework):
    server = serve_framework(framework, "--root-path", "/mounted")
    with reach(server, "/chat/emil") as client:
        client.send("hello")
        assert client.recv(timeout=20) == "emil: hello"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_frameworks_error_closes_the_websocket(serve_framework, framework):
    server = serve_framework(framework)
    with reach(server, "/chat/dora") as client:
        client.send("fail")
        assert closed_with(client) == ERROR_CODES.get(framework, 1011)
    assert server.get("/hello/x").text == "Hello, x!"


@pytest.mark.parametrize("framework", DENIALS)
def test_a_frameworks_denial_is_a_response(serve_framework, framework):
    server = serve_framework(framework)
    with pytest.raises(InvalidStatus) as raised:
        reach(server, "/members")
    response = raised.value.response
    status, text = DENIALS[framework]
    assert response.status_code == status
    assert text in response.body.decode()


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_path_without_a_websocket_is_refused(serve_framework, framework):
    server = serve_framework(framework)
    with pytest.raises(InvalidStatus) as raised:
        reach(server, "/missing")
    assert raised.value.response.status_code in (403, 404, 500)
    assert server.get("/hello/x").text == "Hello, x!"


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_frameworks_websockets_are_told_that_the_server_stops(serve_framework, gates, framework):
    server = serve_framework(framework)
    with reach(server, "/chat/carl") as client:
        client.send("hello")
        assert client.recv(timeout=20) == "carl: hello"
        server.signal(signal.SIGTERM)
        assert closed_with(client) == 1012
    gates.wait_for("left", "carl")
    assert server.wait_for_exit() == 0
    assert "[ERROR]" not in server.log


def test_channels_groups_reach_all_their_members(serve_framework):
    server = serve_framework("channels")
    with reach(server, "/room") as first, reach(server, "/room") as second:
        first.send("hello")
        assert [client.recv(timeout=20) for client in (first, second)] == ["hello", "hello"]
