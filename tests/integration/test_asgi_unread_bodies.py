# SPDX-License-Identifier: Apache-2.0
"""Request bodies of class asgi that arrive while or after they are answered, and the requests behind
them (RFC 9112 section 9.3)."""

import json
import time

from harness.client import request_bytes
from harness.uploads import BLOCK, MEBIBYTE, Upload, received
from harness.waiting import wait_until


# Bodies that nobody reads.


def test_the_rest_of_a_small_unread_body_is_dropped(uploads, coding):
    server = uploads()
    with server.client() as client:
        for _ in range(3):
            upload = Upload(client, coding, "/ignore", 1010)
            upload.send(b"x" * 10)
            response = client.response()
            assert response.body == b"not read" and not response.closes
            upload.send(b"GET /ignore HTTP/1.1\r\n\r\n".ljust(1000, b"x"))
            upload.end()
            assert client.get("/plain").text == "plain"
    assert server.scoreboard.router("request_body_bytes") == 3030
    server.wait_for_access('"GET /plain HTTP/1.1" 200')
    assert len([line for line in server.access if "/ignore" in line]) == 3


def test_a_large_unread_body_ends_the_connection(uploads, coding):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/ignore", 100 * MEBIBYTE)
        response = client.response()
        assert response.body == b"not read"
        assert response.closes == (coding == "length")
        try:
            for _ in range(100 * MEBIBYTE // len(BLOCK)):
                upload.send(BLOCK)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert client.ended()
    assert server.scoreboard.router("request_body_bytes") <= MEBIBYTE
    assert server.get("/plain").text == "plain"


def test_an_answer_gets_through_to_a_client_that_sends_on(uploads, gates, coding):
    """The head went out with keep-alive; what is sent meanwhile must not reset the answer."""
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/ignore_slowly", 100 * MEBIBYTE)
        pieces = client.pieces(client.final_head())
        assert next(pieces) == b"not "
        for _ in range(10):
            upload.send(b"x" * 100)
        gates.open()
        assert b"".join(pieces) == b"read"


def test_a_client_that_sends_all_before_it_reads_gets_a_long_answer(uploads, coding):
    server = uploads()
    size = 32 * MEBIBYTE
    with server.client() as client:
        client.socket.settimeout(30)
        upload = Upload(client, coding, "/ignore_at_length", size)
        for _ in range(0, size, len(BLOCK)):
            upload.send(BLOCK)
        upload.end()
        assert len(client.response().body) == 16 * MEBIBYTE


def test_a_client_that_sends_for_seconds_behind_its_answer_still_reads_it(uploads, coding):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/ignore", 100 * MEBIBYTE)
        for _ in range(14):
            upload.send(BLOCK)
            time.sleep(0.25)
        assert client.response().text == "not read"


def test_a_client_that_stops_within_an_unread_body_is_closed(uploads, coding):
    server = uploads("--body-timeout", "1")
    with server.client() as client:
        Upload(client, coding, "/ignore", 100).send(b"x")
        assert client.response().body == b"not read"
        assert client.ended()


# What is behind.


def test_a_pipelined_request_behind_a_body_is_the_next_one(uploads, gates, coding):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/digest", 20)
        upload.send(b"x" * 10)
        wait_until(lambda: received(gates) == 10, "the first piece")
        end = b"0\r\n\r\n" if coding == "chunked" else b""
        behind = request_bytes("/plain") + request_bytes("/ignore")
        client.send(upload.framed(b"y" * 10) + end + behind)
        assert json.loads(client.response().body)["length"] == 20
        assert client.response().text == "plain"
        assert client.response().body == b"not read"


def test_a_pipelined_request_behind_an_unread_body_is_the_next_one(uploads, coding):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/ignore", 20)
        assert client.response().body == b"not read"
        end = b"0\r\n\r\n" if coding == "chunked" else b""
        client.send(upload.framed(b"y" * 20) + end + request_bytes("/plain"))
        assert client.response().text == "plain"
