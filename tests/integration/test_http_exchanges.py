# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 between a client and an application that behave."""

import json
import re
from email.utils import parsedate_to_datetime

import pytest
from harness.client import chunked, request_bytes


def test_a_connection_is_kept_for_many_requests(serve, wsgi_class):
    server = serve("hello:application", worker_class=wsgi_class)
    with server.client() as client:
        for _ in range(50):
            response = client.get()
            assert (response.status, response.body) == (200, b"Hello, world!\n")
            assert not response.closes


def test_pipelined_requests_are_answered_in_their_order(serve, wsgi_class):
    server = serve("echo:application", worker_class=wsgi_class, workers=2)
    numbers = range(40)
    with server.client() as client:
        posts = (request_bytes("/body", "POST", body=b"number %d" % n) for n in numbers)
        client.send(b"".join(posts))
        assert [client.response().body for _ in numbers] == [b"number %d" % n for n in numbers]


def test_a_slow_pipelined_request_holds_back_the_fast_one_behind_it(serve_gates, gates):
    server = serve_gates(workers=2)
    with server.client() as client:
        client.send(request_bytes("/wait?gate=gate&id=slow") + request_bytes("/?id=fast"))
        gates.wait_for("start", "slow")
        gates.open()
        slow, fast = client.response(), client.response()
        assert slow.status == fast.status == 200
        events = [(event, name) for event, name, _ in gates.journal()]
        assert events.index(("end", "slow")) < events.index(("start", "fast"))


def test_a_request_that_arrives_byte_by_byte_is_served(serve):
    server = serve("echo:application")
    with server.client() as client:
        client.socket.setsockopt(6, 1, 1)
        for byte in request_bytes("/body", "POST", body=b"slowly"):
            client.send(bytes([byte]))
        assert client.response().body == b"slowly"


def test_a_chunked_request_gets_its_length_and_loses_its_coding(serve, wsgi_class):
    server = serve("echo:application", worker_class=wsgi_class)
    fields = (("Transfer-Encoding", "chunked"),)
    with server.client() as client:
        client.request("/digest", "POST", fields, chunked(b"a" * 10, b"b" * 100_000, b"c"))
        seen = json.loads(client.response().body)
        assert (seen["length"], seen["content_length"]) == (100_011, "100011")
        client.request("/", "POST", fields, chunked(b"abc"))
        environ = json.loads(client.response().body)["environ"]
        assert environ["CONTENT_LENGTH"] == "3"
        assert "HTTP_TRANSFER_ENCODING" not in environ


def test_trailers_of_a_request_are_accepted(serve):
    server = serve("echo:application")
    with server.client() as client:
        body = chunked(b"abc", trailers=b"X-Checksum: 1234\r\n")
        client.request("/body", "POST", (("Transfer-Encoding", "chunked"),), body)
        assert client.response().body == b"abc"
        assert client.get("/").status == 200


def test_chunk_extensions_of_a_request_are_ignored(serve):
    server = serve("echo:application")
    with server.client() as client:
        body = b"3;name=value\r\nabc\r\n0\r\n\r\n"
        client.request("/body", "POST", (("Transfer-Encoding", "chunked"),), body)
        assert client.response().body == b"abc"


def test_a_response_without_a_length_is_chunked_and_the_connection_stays(serve, wsgi_class):
    server = serve("streams:application", worker_class=wsgi_class)
    with server.client() as client:
        for _ in range(3):
            response = client.get("/trickle?items=5&ms=5")
            assert response.framing == "chunked"
            assert response.body == b"".join(b"item %d\n" % n for n in range(5))


def test_head_has_the_fields_of_get_and_no_body(serve, wsgi_class):
    server = serve("hello:application", worker_class=wsgi_class)
    with server.client() as client:
        head = client.get(method="HEAD")
        assert head.header("content-length") == "14"
        assert head.body == b""
        assert client.get().body == b"Hello, world!\n"


def test_head_of_a_generator_has_no_body(serve):
    server = serve("streams:application")
    with server.client() as client:
        assert client.get("/generator", method="HEAD").status == 200
        assert client.get("/generator?items=1").body == b"item 0\n"


@pytest.mark.parametrize("status", [204, 304])
def test_a_response_that_has_no_body_ends_with_its_head(serve, wsgi_class, status):
    server = serve("status:application", worker_class=wsgi_class)
    with server.client() as client:
        response = client.get(f"/{status}")
        assert (response.status, response.framing) == (status, "none")
        assert response.header("transfer-encoding") is None
        assert client.get("/200").body == b"body\n"


def test_a_304_may_say_how_long_the_body_would_be(serve):
    server = serve("status:application")
    with server.client() as client:
        response = client.get("/304?length=1000")
        assert response.status == 304
        assert response.header("content-length") in ("1000", None)
        assert client.get("/200").status == 200


def test_http_10_gets_a_closed_connection_and_no_chunks(serve, wsgi_class):
    server = serve("streams:application", worker_class=wsgi_class)
    with server.client() as client:
        response = client.get("/trickle?items=3&ms=5", version="1.0")
        assert response.framing == "close"
        assert response.body == b"item 0\nitem 1\nitem 2\n"
        assert client.ended()


def test_http_10_with_keep_alive_keeps_the_connection(serve):
    server = serve("hello:application")
    fields = (("Connection", "keep-alive"),)
    with server.client() as client:
        first = client.get(version="1.0", headers=fields)
        assert first.header("connection").lower() == "keep-alive"
        assert client.get(version="1.0", headers=fields).status == 200


def test_connection_close_is_obeyed_and_said(serve):
    server = serve("hello:application")
    with server.client() as client:
        assert client.get(headers=(("Connection", "close"),)).closes
        assert client.ended()


def test_every_response_has_date_and_server(serve):
    server = serve("status:application")
    with server.client() as client:
        for code in (200, 204, 404, 500):
            response = client.get(f"/{code}")
            date = parsedate_to_datetime(response.header("date"))
            assert date.tzinfo is not None
            assert re.match("monoceros", response.header("server"), re.IGNORECASE)


def test_early_hints_come_before_the_response(serve_gates, gates, wsgi_class):
    server = serve_gates(worker_class=wsgi_class)
    with server.client() as client:
        client.request("/hints?gate=gate")
        hint = client.head()
        assert hint.status == 103
        assert hint.header("link") == "</style.css>; rel=preload; as=style"
        gates.open()
        response = client.response()
        assert (response.status, response.header("link")) == (200, None)
        assert client.get().status == 200


def test_http_10_gets_no_early_hints(serve_gates, gates):
    server = serve_gates()
    gates.open()
    with server.client() as client:
        client.request("/hints?gate=gate", version="1.0")
        assert client.head().status == 200


def test_100_continue_is_sent_at_once(serve, wsgi_class):
    server = serve("echo:application", worker_class=wsgi_class)
    fields = (("Expect", "100-continue"), ("Content-Length", "5"))
    with server.client() as client:
        client.request("/body", "POST", fields)
        assert client.head().status == 100
        client.send(b"hello")
        assert client.response().body == b"hello"


def test_a_body_over_max_body_is_refused_without_100(serve):
    server = serve("echo:application", "--max-body", "1000")
    fields = (("Expect", "100-continue"), ("Content-Length", "1001"))
    with server.client() as client:
        client.request("/body", "POST", fields)
        response = client.response()
        assert (response.status, response.interim) == (413, [])
        assert client.ended()


def test_no_100_is_sent_when_the_body_comes_anyway(serve):
    server = serve("echo:application")
    with server.client() as client:
        client.request("/body", "POST", (("Expect", "100-continue"),), b"hello")
        response = client.response()
        assert response.body == b"hello"
        assert [head.status for head in response.interim] in ([], [100])


def test_no_field_is_sent_twice_when_the_application_sets_it(serve, write_app):
    folder = write_app("""
def application(environ, start_response):
    start_response("200 OK", [("Date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("Server", "mine"),
                              ("Content-Length", "2")])
    return [b"ok"]
""")
    server = serve("app:application", apps=folder)
    response = server.get()
    assert response.header("date") == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert response.header("server") == "mine"


def test_connections_to_two_addresses_are_served(serve, tmp_path):
    path = tmp_path / "server.sock"
    arguments = ["--bind", f"unix:{path}", "--bind", "127.0.0.1:0"]
    server = serve("echo:application", *arguments)
    assert str(server.address) == str(path)
    environ = json.loads(server.get("/", headers=(("Host", "shop.example:8080"),)).body)["environ"]
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("shop.example", "8080")
    port = int(re.search(r"http://127\.0\.0\.1:(\d+)", server.log)[1])
    server.stop()
    assert port > 0


def test_ipv6_is_served(serve, tmp_path):
    server = serve("hello:application", "--bind", "[::1]:0", ready=False)
    server.wait_for_log("Listening at: http://[::1]:")
    port = int(re.search(r"http://\[::1\]:(\d+)", server.log)[1])
    server.wait_for_workers(1)
    import http.client

    connection = http.client.HTTPConnection("::1", port, timeout=20)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"Hello, world!\n"
    connection.close()
