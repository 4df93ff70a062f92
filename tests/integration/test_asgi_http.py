# SPDX-License-Identifier: Apache-2.0
"""ASGI over HTTP: each test cites the part of the specification that it is from (asgi.readthedocs.io,
"HTTP & WebSocket ASGI Message Format" 2.5 where no other page is named)."""

import ast
import json
import os
import select

import pytest
from harness.client import Ended, chunked
from harness.waiting import stays_true, wait_until

MEBIBYTE = 1 << 20
HTTP_500 = b"500 Internal Server Error\n"


# The scope.


def test_the_scope_has_what_the_specification_lists(views):
    """HTTP Connection Scope."""
    server = views()
    headers = (("Host", "shop.example"), ("X-Twice", "1"), ("X-TWICE", "2"), ("X-Raw", "\u00e9"))
    with server.client() as client:
        port = client.socket.getsockname()[1]
        target = "/show_scope/?q=%C3%A9&r"
        scope = ast.literal_eval(client.get(target, method="GET", headers=headers).text)
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/show_scope/",
        "raw_path": b"/show_scope/",
        "query_string": b"q=%C3%A9&r",
        "root_path": "",
        "headers": [
            (b"host", b"shop.example"),
            (b"x-twice", b"1"),
            (b"x-twice", b"2"),
            (b"x-raw", b"\xe9"),
        ],
        "client": ("127.0.0.1", port),
        "server": server.address,
        "state": {},
        "extensions": {
            "http.response.early_hint": {},
            "http.response.trailers": {},
            "http.response.pathsend": {},
            "http.response.zerocopysend": {},
        },
    }


@pytest.mark.parametrize(
    ("target", "path"),
    [("/%73how_scope/", "/show_scope/"), ("//show_scope", "//show_scope")],
)
def test_the_path_is_decoded_and_the_raw_path_is_not(views, target, path):
    """HTTP Connection Scope: path, raw_path."""
    scope = ast.literal_eval(views().get(target).text)
    assert (scope["path"], scope["raw_path"]) == (path, target.encode())


def test_the_root_path_is_that_of_the_setting(views):
    """HTTP Connection Scope: root_path."""
    server = views("--root-path", "/shop")
    response = server.get("/show_scope")
    assert response.status == 500, "the path begins with root_path, so no view has this name"
    assert "KeyError: 'shop/show_scope'" in server.log


def test_a_unix_socket_has_no_client_and_its_path_for_a_server(views, tmp_path):
    """HTTP Connection Scope: client, server."""
    path = str(tmp_path / "socket")
    scope = ast.literal_eval(views("--bind", f"unix:{path}").get().text)
    assert scope["client"] is None
    assert scope["server"] == (path, None)


def test_a_request_of_http_1_0_says_so(views):
    """HTTP Connection Scope: http_version."""
    scope = ast.literal_eval(views().get(version="1.0").text)
    assert scope["http_version"] == "1.0"


def test_what_one_request_changes_no_other_sees(views):
    """HTTP Connection Scope: state is a copy; Middleware may change its scope."""
    server = views()
    with server.client() as client:
        assert client.get("/change_scope").status == 200
        assert "spoiled" not in client.get("/").text


# The request.


def test_a_request_without_a_body_is_one_message(views):
    """Request - receive event: body defaults to an empty byte string."""
    seen = json.loads(views().get("/messages").text)
    assert seen == [{"type": "http.request", "body": 0, "more_body": False}]


@pytest.mark.parametrize("size", [1, 4080, 70_000, 1_000_000, 5_000_000])
def test_a_body_comes_whole_and_only_the_last_message_is_the_last(views, size):
    """Request - receive event: more_body."""
    server = views()
    with server.client() as client:
        seen = json.loads(client.get("/messages", method="POST", body=b"x" * size).text)
        data = os.urandom(size)
        assert client.get("/echo", method="POST", body=data).body == data
    assert sum(message["body"] for message in seen) == size
    assert [message["more_body"] for message in seen] == [True] * (len(seen) - 1) + [False]
    assert max(message["body"] for message in seen) <= 128 * 1024


def test_a_chunked_body_comes_decoded(views):
    """Request - receive event: chunked framing is the server's business."""
    body = chunked(b"abc", b"defg")
    coded = (("Transfer-Encoding", "chunked"),)
    assert views().get("/echo", method="POST", headers=coded, body=body).body == b"abcdefg"


def test_100_mib_pass_both_ways_in_bounded_memory(views):
    """Request - receive event and Response Body - send event: both may be streamed."""
    size, block = 100 * MEBIBYTE, bytes(64 * 1024)
    server = views("--router-memory", "8MiB")
    with server.client(timeout=60) as client:
        assert client.get().status == 200
        before = peak_memory(server)
        head = f"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n"
        client.send(head.encode())
        for _ in range(size // len(block)):
            client.send(block)
        assert client.response().text == str(size)
        client.request(f"/blocks?count={size // len(block)}")
        received = sum(len(piece) for piece in client.pieces(client.final_head()))
    assert received == size
    assert peak_memory(server) - before < 24 * MEBIBYTE


def peak_memory(server) -> int:
    """The greatest of the worker's and the router's peaks."""

    def peak(pid: int) -> int:
        with open(f"/proc/{pid}/status") as status:
            lines = dict(line.split(":", 1) for line in status if ":" in line)
        return int(lines["VmHWM"].split()[0]) * 1024

    return max(peak(pid) for pid in (*server.workers(), server.router))


# The response.


def test_pieces_are_sent_as_the_application_sends_them(views, gates):
    """Response Body - send event: the server must flush what it is given."""
    with views().client() as client:
        client.request("/items")
        pieces = client.pieces(client.final_head())
        assert next(pieces) == b"first"
        gates.open()
        assert b"".join(pieces) == b"second"


def test_a_slow_reader_holds_the_application_back(views, gates):
    """Response Body - send event: send waits for the data to be written (back-pressure)."""
    count = 4096  # 256 MiB
    server = views("--spool-limit", "0", "--router-memory", "2MiB")
    with server.client(receive=64 * 1024) as client:
        client.request(f"/blocks?count={count}")
        head = client.final_head()
        gates.wait_for("block")
        stalled = wait_until(lambda: rests(gates), "an application that waits")
        assert stalled < count // 8 // 2
        # Others are served while it waits.
        assert server.get("/context").status == 200
        assert sum(len(piece) for piece in client.pieces(head)) == count * 64 * 1024
    gates.wait_for("complete")


def rests(gates) -> int:
    """How many blocks were accepted, once that number rests."""
    before = gates.count("block")["-"]
    still = stays_true(lambda: gates.count("block")["-"] == before, 0.3)
    return before if still else 0


@pytest.mark.parametrize("code", [204, 304])
def test_a_status_without_a_body_has_none(views, code):
    """Response Start - send event, and RFC 9110 section 6.4.1."""
    with views().client() as client:
        response = client.get(f"/status?{code}")
        assert (response.status, response.body) == (code, b"")
        assert client.get("/status?200").body == b"body"


def test_the_answer_to_head_has_no_body(views):
    """Response Body - send event: the server leaves the body of a HEAD response out."""
    with views().client() as client:
        for target in ("/status?200", "/with_length", "/raise_before"):
            assert client.get(target, method="HEAD").body == b""
        assert client.get("/with_length", method="HEAD").header("content-length") == "4"


def test_the_server_adds_reason_and_length(views):
    """Response Start - send event: status only; framing is the server's business."""
    response = views().get("/status?404")
    assert response.reason == "Not Found"
    assert response.header("content-length") == "4"


def test_what_exceeds_the_declared_length_is_not_sent(views):
    """Response Body - send event; RFC 9112 section 6.3: no byte too many."""
    with views().client() as client:
        assert client.get("/too_long").body == b"some"
        assert client.get("/too_long").body == b"some"


def test_a_body_shorter_than_declared_does_not_look_complete(views):
    """RFC 9112 section 8: an incomplete message."""
    server = views()
    with server.client() as client, pytest.raises(Ended):
        client.get("/too_short")
    server.wait_for_log("shorter than its Content-Length")


def test_two_tasks_may_send_at_once_and_no_message_is_torn(views):
    """Applications: send is awaitable; each event is sent whole."""
    body = views().get("/two_senders").body
    assert body in (b"a" * 3_000_000 + b"b" * 10, b"b" * 10 + b"a" * 3_000_000)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ("type", "ValueError"),
        ("no_type", "ValueError"),
        ("no_dict", "TypeError"),
        ("websocket", "ValueError"),
        ("body_first", "RuntimeError"),
        ("no_status", "TypeError"),
        ("text_status", "TypeError"),
        ("bad_status", "ValueError"),
        ("text_header", "TypeError"),
        ("no_pair", "ValueError"),
        ("injection", "ValueError"),
        ("bad_name", "ValueError"),
        ("bad_length", "ValueError"),
    ],
)
def test_a_wrong_message_raises_in_the_application(views, wrong, error):
    """Error Handling (ASGI specification): the server must raise on an invalid event."""
    assert views().get(f"/misuse?{wrong}").text == error


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ("start_twice", "RuntimeError"),
        ("text_body", "TypeError"),
        ("late_hint", "RuntimeError"),
        ("early_trailers", "RuntimeError"),
    ],
)
def test_a_message_out_of_order_raises_in_the_application(views, wrong, error):
    """Error Handling (ASGI specification)."""
    assert views().get(f"/misuse_after_start?{wrong}").text == error


# The extensions.


def test_early_hints_come_before_the_response(views, gates):
    """HTTP Early Hint (Extensions): one Link field for each link."""
    with views().client() as client:
        client.request("/early_hint")
        hint = client.head()
        assert hint.status == 103
        assert hint.all("link") == ["</a.css>; rel=preload", "</b.js>; rel=preload"]
        gates.open()
        assert client.response().body == b"hinted"


def test_trailers_follow_the_body(views):
    """HTTP Trailers (Extensions): more_trailers."""
    with views().client() as client:
        response = client.get("/trailers")
        assert response.body == b"body"
        assert response.trailers == [("x-first", "1"), ("x-last", "2")]
        assert client.get("/context").status == 200


def test_a_file_is_sent_by_its_path(views, tmp_path):
    """Path Send (Extensions)."""
    data = os.urandom(3 * MEBIBYTE)
    (tmp_path / "file").write_bytes(data)
    with views().client() as client:
        assert client.get(f"/send_path?{tmp_path}/file").body == data
        assert client.get(f"/send_path?{tmp_path}/missing").status == 500
        assert client.get(f"/send_path?{tmp_path}").status == 500


def test_parts_of_a_file_are_sent_by_its_descriptor(views, tmp_path):
    """Zero Copy Send (Extensions): offset, count, more_body."""
    (tmp_path / "file").write_bytes(b"0123456789")
    assert views().get(f"/send_file?{tmp_path}/file").body == b"345601"


# The ends.


def test_a_client_that_leaves_is_a_message_and_then_an_oserror(views, gates):
    """Disconnect - receive event; Disconnected Client - send exception."""
    server = views()
    client = server.client()
    client.request("/wait_for_disconnect", method="POST", body=b"x")
    gates.wait_for("start")
    client.reset()
    gates.wait_for("http.disconnect")
    gates.wait_for("ClientDisconnected")
    assert server.get("/context").status == 200
    assert "[ERROR]" not in server.log
    assert gates.count("sent") == {}


def test_a_client_that_closes_its_connection_is_a_message(views, gates):
    """Disconnect - receive event."""
    server = views()
    with server.client() as client:
        client.request("/wait_for_disconnect")
        gates.wait_for("start")
    gates.wait_for("http.disconnect")
    assert server.get("/context").status == 200


def test_a_half_closed_client_still_gets_its_response(views, gates):
    """Disconnect - receive event: it may come although the client reads on."""
    server = views()
    with server.client() as client:
        client.request("/slow")
        client.end_sending()
        gates.wait_for("start")
        gates.open()
        assert client.response().status == 200


def test_a_client_that_leaves_midway_ends_a_send_that_waits(views, gates):
    """Disconnected Client - send exception."""
    server = views("--spool-limit", "0", "--router-memory", "2MiB")
    with server.client(receive=64 * 1024) as client:
        client.request("/blocks?count=4096")
        client.final_head()
        wait_until(lambda: rests(gates), "an application that waits")
        client.reset()
    wait_until(lambda: server.scoreboard.router("in_flight") == 0, "nothing that runs")
    assert gates.count("complete") == {}
    assert server.get("/context").status == 200


def test_after_the_response_comes_the_disconnect_and_the_client_does_not_wait(views, gates):
    """Disconnect - receive event: also when the response is complete."""
    with views().client() as client:
        assert client.get("/after_response").body == b"done"
        gates.wait_for("http.disconnect")
        gates.wait_for("refused")
        assert client.get("/context").status == 200
        gates.open()
        gates.wait_for("end")


@pytest.mark.parametrize("view", ["raise_before", "nothing", "cancelled"])
def test_no_response_is_answered_with_500(views, view):
    """Error Handling (ASGI specification), and 500 as servers answer it."""
    server = views()
    with server.client() as client:
        response = client.get(f"/{view}")
        assert (response.status, response.body) == (500, HTTP_500)
        assert client.get("/context").status == 200
    server.wait_for_log("[ERROR]")


def test_an_exception_is_logged_with_its_traceback(views):
    """Error Handling (ASGI specification)."""
    server = views()
    server.get("/raise_before")
    server.wait_for_log("LookupError: before the head")
    assert "Error handling request /raise_before" in server.log
    assert 'views.py", line' in server.log


@pytest.mark.parametrize("view", ["raise_after", "raise_after_length", "half"])
def test_a_response_that_breaks_off_does_not_look_complete(views, view):
    """RFC 9112 section 8: the connection ends before the message does."""
    server = views()
    with server.client() as client, pytest.raises(Ended):
        client.get(f"/{view}")
    assert server.get("/context").status == 200


# Tasks.


def test_500_slow_requests_run_at_once_in_one_worker(views, gates):
    """Applications (ASGI specification): a coroutine of each connection's own."""
    server = views("--worker-connections", "600")
    clients = [server.client() for _ in range(500)]
    try:
        for client in clients:
            client.request("/slow")
        gates.wait_for("start", times=500)
        assert server.get("/context").status == 200
        gates.open()
        assert {client.response().text for client in clients} == {str(server.workers()[0])}
    finally:
        for client in clients:
            client.close()


def test_no_more_than_worker_connections_run_at_once(views, gates):
    """The setting worker_connections."""
    server = views("--worker-connections", "3")
    clients = [server.client() for _ in range(5)]
    try:
        for client in clients:
            client.request("/slow")
        gates.wait_for("start", times=3)
        assert stays_true(lambda: gates.count("start")["-"] == 3, 0.3)
        gates.open()
        assert {client.response().status for client in clients} == {200}
    finally:
        for client in clients:
            client.close()


def test_a_context_variable_is_fresh_in_each_request(views):
    """Applications (ASGI specification); contextvars: each task has a copy."""
    with views().client() as client:
        for _ in range(3):
            assert client.get("/context").text == "unset set"


def test_receive_can_be_given_up(views):
    """Applications (ASGI specification): receive is awaitable, also with a limit of time."""
    with views().client() as client:
        assert client.get("/receive_times_out").text == "timed out"
        assert client.get("/receive_times_out", method="POST", body=b"x").text == "timed out"


def test_receive_can_run_in_a_task_of_its_own(views):
    """Applications (ASGI specification): receive returns what a task can run."""
    assert views().get("/receive_in_task").text == "http.request"


def test_a_child_forked_by_the_application_answers_nothing(views):
    """The process model: only the worker answers."""
    with views().client() as client:
        assert client.get("/fork").body == b"parent"
        assert client.get("/fork").body == b"parent"
        readable, _, _ = select.select([client.socket], [], [], 0.2)
        assert not readable
