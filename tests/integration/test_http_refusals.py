# SPDX-License-Identifier: Apache-2.0
"""Requests that are refused; tests/conformance has the rules one by one."""

import pytest
from harness.client import request_bytes

HOST = "Host: test.example\r\n"
POST = "POST / HTTP/1.1\r\n" + HOST

MALFORMED = {
    "no version": ("GET /\r\n" + HOST + "\r\n", 400),
    "two lengths": (POST + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "length and chunked": (
        POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "unknown coding": ("POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: gzip\r\n\r\n", 501),
    "bare line feed": ("GET / HTTP/1.1\n" + HOST + "\r\n", 400),
    "folded field": ("GET / HTTP/1.1\r\n" + HOST + "A: b\r\n c\r\n\r\n", 400),
    "space before the colon": ("GET / HTTP/1.1\r\n" + HOST + "A : b\r\n\r\n", 400),
    "no host": ("GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": ("GET / HTTP/1.1\r\n" + HOST + HOST + "\r\n", 400),
    "underscore shadows": ("GET / HTTP/1.1\r\n" + HOST + "X-User: a\r\nX_User: b\r\n\r\n", 400),
    "wrong version": ("GET / HTTP/2.0\r\n" + HOST + "\r\n", 505),
    "negative length": ("POST / HTTP/1.1\r\n" + HOST + "Content-Length: -1\r\n\r\n", 400),
    "bad chunk": (
        "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
        400,
    ),
    "TLS": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\0" * 40, 400),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from harness.server import Server

    arguments = ["--limit-request-line", "1000", "--limit-request-fields", "20"]
    arguments += ["--limit-request-field-size", "500", "--max-body", "1000"]
    server = Server(tmp_path_factory.mktemp("refusals"), "echo:application", arguments)
    try:
        yield server.wait_ready(1)
        server.stop()
    finally:
        server.kill()


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request_is_refused_and_the_connection_closed(server, name):
    text, status = MALFORMED[name]
    with server.client() as client:
        client.send(text.encode("latin-1"))
        response = client.response()
        assert response.status == status
        assert response.closes
        assert client.ended()
    assert server.get().status == 200


def test_a_request_before_the_malformed_one_is_still_answered(server):
    with server.client() as client:
        client.send(request_bytes("/body", "POST", body=b"good") + b"GARBAGE\r\n\r\n")
        assert client.response().body == b"good"
        assert client.response().status == 400
        assert client.ended()


def test_a_long_request_line_gets_414(server):
    assert server.get("/" + "a" * 900).status == 200
    assert server.get("/" + "a" * 1000).status == 414


def test_too_many_fields_get_431(server):
    fields = tuple((f"X-Field-{n}", "value") for n in range(20))
    assert server.get(headers=fields[:19]).status == 200
    assert server.get(headers=fields).status == 431


def test_a_long_field_gets_431(server):
    assert server.get(headers=(("X-Long", "a" * 450),)).status == 200
    assert server.get(headers=(("X-Long", "a" * 500),)).status == 431


def test_a_long_body_gets_413(server):
    assert server.get("/body", method="POST", body=b"a" * 1000).status == 200
    response = server.get("/body", method="POST", body=b"a" * 1001)
    assert (response.status, response.closes) == (413, True)


def test_a_chunked_body_gets_413_where_it_becomes_too_long(server):
    with server.client() as client:
        client.request("/body", "POST", (("Transfer-Encoding", "chunked"),))
        client.send(b"258\r\n" + b"a" * 600 + b"\r\n")
        client.send(b"258\r\n" + b"a" * 600 + b"\r\n")
        assert client.response().status == 413
        assert client.ended()


def test_a_client_that_sends_on_after_413_still_reads_it(server):
    """The server must not reset the connection while the answer is on its way."""
    size = 4 << 20
    for _ in range(20):
        with server.client() as client:
            client.request("/body", "POST", (("Content-Length", str(size)),))
            try:
                client.send(b"a" * size)
            except (BrokenPipeError, ConnectionResetError):
                pass
            assert client.response().status == 413


def test_refusals_are_in_the_access_log(server):
    with server.client() as client:
        client.send(b"GET /refused-and-logged HTTP/1.1\r\n\r\n")
        assert client.response().status == 400
    server.wait_for_access(" 400 ")
