# SPDX-License-Identifier: Apache-2.0
"""WebSockets of class tornado, by Tornado's own client."""

import asyncio
import os
import signal

import pytest
from harness.waiting import stays_true

websocket = pytest.importorskip("tornado.websocket")

BLOCK = bytes(range(256)) * 256


def converse(server, talk, path="/echo", **options):
    """Runs talk(connection) with a WebSocket."""

    async def run():
        host, port = server.address
        connection = await websocket.websocket_connect(f"ws://{host}:{port}{path}", **options)
        try:
            return await asyncio.wait_for(talk(connection), 30)
        finally:
            connection.close()

    return asyncio.run(run())


def test_a_websocket_echoes_text_and_bytes_of_any_size(site):
    server = site()

    async def talk(connection):
        for message in ("text \u00e9", b"bytes", "", "x" * 100_000, os.urandom(5_000_000)):
            await connection.write_message(message, binary=isinstance(message, bytes))
            assert await connection.read_message() == message

    converse(server, talk, max_message_size=32 << 20)


def test_a_websocket_is_compressed_where_both_want_it(site):
    server = site()

    async def talk(connection):
        assert "permessage-deflate" in connection.headers["Sec-WebSocket-Extensions"]
        await connection.write_message("again and again " * 1000)
        return await connection.read_message()

    assert converse(server, talk, "/echo?compress=1", compression_options={}) == (
        "again and again " * 1000
    )


def test_a_websocket_has_the_subprotocol_that_its_handler_selects(site):
    async def talk(connection):
        return connection.selected_subprotocol

    assert converse(site(), talk, subprotocols=["first", "second"]) == "second"


def test_a_websocket_answers_pings(site, gates):
    server = site()

    async def talk(connection):
        connection.protocol.write_ping(b"are-you-there")
        await connection.write_message("after")
        assert await connection.read_message() == "after"
        connection.protocol._write_frame(True, 0xA, b"unasked")
        await connection.write_message("more")
        assert await connection.read_message() == "more"

    converse(server, talk)
    gates.wait_for("pong", "unasked")


def test_close_codes_go_both_ways(site, gates):
    server = site()

    async def asked(connection):
        await connection.write_message("close")
        assert await connection.read_message() is None
        return connection.close_code, connection.close_reason

    assert converse(server, asked) == (4001, "as asked")

    async def own(connection):
        connection.close(4002, "enough")
        assert await connection.read_message() is None

    converse(server, own)
    gates.wait_for("ws-closed", "4002")


def test_a_handler_that_fails_closes_its_websocket(site):
    server = site()

    async def talk(connection):
        await connection.write_message("fail")
        assert await connection.read_message() is None

    converse(server, talk)
    server.wait_for_log("ValueError: this socket fails")
    assert "Error handling request" not in server.log


def test_a_client_that_vanishes_closes_the_websocket(site, gates):
    server = site()

    async def talk(connection):
        connection.protocol.stream.close()

    converse(server, talk)
    gates.wait_for("ws-closed", "None")


def test_a_handler_waits_for_a_websocket_client_that_is_slow(site, gates):
    server = site()
    count = 800

    async def talk(connection):
        # The client's loop does not turn meanwhile.
        assert stays_true(lambda: not gates.count("flooded"), 0.5)
        for _ in range(count):
            assert await connection.read_message() == BLOCK
        assert await connection.read_message() is None

    converse(server, talk, f"/flood?count={count}")
    gates.wait_for("flooded")


def test_a_request_that_asks_for_no_websocket_is_told_so(site):
    response = site().get("/echo")
    assert response.status == 400
    assert response.text == 'Can "Upgrade" only to "WebSocket".'


def test_a_worker_that_leaves_sends_its_websockets_elsewhere(site, gates):
    server = site()

    async def talk(connection):
        server.signal(signal.SIGHUP)
        assert await connection.read_message() is None
        return connection.close_code

    assert converse(server, talk) == 1012
    server.wait_for_workers(1)
    assert "did not leave in time" not in server.log


def test_a_server_that_ends_sends_its_websockets_elsewhere(site):
    server = site()

    async def talk(connection):
        server.signal(signal.SIGTERM)
        assert await connection.read_message() is None
        return connection.close_code

    assert converse(server, talk) == 1012
    assert server.wait_for_exit() == 0
    assert "did not leave in time" not in server.log
