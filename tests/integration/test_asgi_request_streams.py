# SPDX-License-Identifier: Apache-2.0
"""Request bodies of class asgi reach the application while they arrive (ASGI 3.0, HTTP, "Request -
receive event": more_body), both framings of RFC 9112 section 6 alike."""

import hashlib
import json
import os
import threading
from signal import SIGHUP, SIGKILL, SIGTERM

import pytest
from harness import processes
from harness.client import Ended, chunked, request_bytes
from harness.server import APPS
from harness.uploads import BLOCK, MEBIBYTE, Upload, received
from harness.waiting import stays_true, wait_until

def exactly(pieces, size: int) -> bytes:
    got = b""
    while len(got) < size:
        got += next(pieces)
    assert len(got) == size
    return got


def fill(client, most: int) -> int:
    """Sends until nobody takes more for half a second; the bytes sent, which must be less than `most`."""
    client.socket.settimeout(0.5)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < most:
            sent += client.socket.send(BLOCK)
    client.socket.settimeout(30)
    return sent


# Pieces.


def test_each_piece_is_there_before_the_next_is_sent(uploads, gates, coding):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/echo", 300)
        pieces = None
        for number in range(3):
            upload.send(b"%d" % number * 100)
            if pieces is None:
                pieces = client.pieces(client.final_head())
            assert exactly(pieces, 100) == b"%d" % number * 100
        assert received(gates) == 300
        upload.end()
        assert list(pieces) == []
        assert client.get("/plain").text == "plain"
    assert server.wait_for_access('"POST /echo HTTP/1.1" 200 300')
    assert server.scoreboard.router("request_body_bytes") == 300


def test_a_request_is_begun_before_any_of_its_body(uploads, gates, coding):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/head_then_read", 5)
        pieces = client.pieces(client.final_head())
        assert next(pieces) == b"begun"
        upload.send(b"12345")
        upload.end()
        assert b"".join(pieces) == b" done"
        assert client.get("/plain").text == "plain"


def test_a_body_that_is_there_with_its_head_is_one_message(uploads, gates):
    server = uploads()
    with server.client() as client:
        assert client.get("/digest", method="POST", body=b"x" * 1000).status == 200
        coded = request_bytes("/digest", "POST", (("Transfer-Encoding", "chunked"),))
        client.send(coded + chunked(b"a", b"b" * 500))
        assert json.loads(client.response().body)["length"] == 501
    assert gates.count("piece") == {"1000": 1, "501": 1}


def test_a_hundred_mebibytes_pass_both_ways_at_once_in_bounded_memory(uploads, coding):
    server = uploads()
    before, peak = processes.pss(server.router), 0
    size = 100 * MEBIBYTE
    sent, got = hashlib.sha256(), hashlib.sha256()
    with server.client() as client:
        upload = Upload(client, coding, "/echo", size)

        def send() -> None:
            for number in range(size // len(BLOCK)):
                block = number.to_bytes(4, "big") + BLOCK[4:]
                sent.update(block)
                upload.send(block)
            upload.end()

        sender = threading.Thread(target=send)
        sender.start()
        total = 0
        for piece in client.pieces(client.final_head()):
            got.update(piece)
            total += len(piece)
            if total % (10 * MEBIBYTE) < len(piece):
                peak = max(peak, processes.pss(server.router))
        sender.join()
    assert (total, got.digest()) == (size, sent.digest())
    assert peak - before < 16 * MEBIBYTE


def test_small_chunks_arrive_in_order(uploads):
    server = uploads()
    with server.client() as client:
        data = b"".join(b"%d," % number for number in range(200_000))
        coded = b"".join(
            chunked(data[at : at + 3])[:-5] for at in range(0, len(data), 3)
        )
        client.request("/digest", "POST", (("Transfer-Encoding", "chunked"),))
        client.send(coded + b"0\r\n\r\n")
        seen = json.loads(client.response().body)
        assert seen == {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_100_continue_lets_the_body_come(uploads, coding):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/digest", 10, (("Expect", "100-continue"),))
        assert client.head().status == 100
        upload.send(b"x" * 10)
        upload.end()
        assert json.loads(client.response().body)["length"] == 10


# Backpressure.


def test_an_application_that_does_not_read_stops_its_client(uploads, gates, coding):
    server = uploads()
    size = 100 * MEBIBYTE
    with server.client() as client:
        upload = Upload(client, coding, "/read_late", size)
        gates.wait_for("start")
        before = processes.pss(server.router)
        if coding == "chunked":
            client.send(b"%x\r\n" % size)
        sent = fill(client, size)
        assert server.scoreboard.router("spool_bytes") == 0
        assert server.scoreboard.router("buffer_bytes") < 3 * MEBIBYTE
        assert processes.pss(server.router) - before < 8 * MEBIBYTE
        assert server.get("/plain").text == "plain"
        gates.open()
        start = sent % len(BLOCK)
        client.send((BLOCK[start:] + BLOCK)[: (size - sent) % len(BLOCK) or len(BLOCK)])
        sent += (size - sent) % len(BLOCK) or len(BLOCK)
        while sent < size:
            client.send(BLOCK)
            sent += len(BLOCK)
        if coding == "chunked":
            client.send(b"\r\n")
        upload.end()
        seen = json.loads(client.response().body)
        assert seen["length"] == size
        assert client.get("/plain").text == "plain"


def test_what_waits_for_a_worker_is_kept_up_to_body_memory(uploads, gates, coding):
    server = uploads("--worker-connections", "1", "--body-memory", "64KiB")
    with server.client() as holder, server.client() as client:
        holder.request("/hold")
        gates.wait_for("start")
        size = 4 * MEBIBYTE
        upload = Upload(client, coding, "/digest", size)
        sender = threading.Thread(
            target=lambda: [upload.send(BLOCK) for _ in range(size // len(BLOCK))]
        )
        sender.start()
        wait_until(lambda: server.scoreboard.router("queued") == 1, "the request to wait")
        assert stays_true(lambda: server.scoreboard.router("buffer_bytes") < MEBIBYTE, 0.5)
        assert server.scoreboard.router("spool_bytes") == 0
        gates.open("hold")
        sender.join()
        upload.end()
        assert json.loads(client.response().body) == {
            "length": size,
            "sha256": hashlib.sha256(BLOCK * (size // len(BLOCK))).hexdigest(),
        }
        assert holder.response().text == "held"


def test_a_body_without_body_memory_arrives_all_the_same(uploads, coding):
    server = uploads("--body-memory", "0")
    with server.client() as client:
        for _ in range(3):
            upload = Upload(client, coding, "/digest", 4 * len(BLOCK))
            for _ in range(4):
                upload.send(BLOCK)
            upload.end()
            assert json.loads(client.response().body)["length"] == 4 * len(BLOCK)


# Clients that leave.


@pytest.mark.parametrize("how", ["close", "reset", "end_sending"])
def test_a_client_that_leaves_midway_is_a_disconnect(uploads, gates, coding, how):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/digest", 1000)
        upload.send(b"x" * 10)
        wait_until(lambda: received(gates) == 10, "the first piece")
        getattr(client, how)()
        gates.wait_for("disconnect")
    assert not gates.count("whole")
    server.wait_for_access('"POST /digest HTTP/1.1" 499')
    wait_until(lambda: server.scoreboard.router("in_flight") == 0, "nothing that runs")
    assert server.get("/plain").text == "plain"


def test_a_client_that_half_closes_behind_its_body_is_no_disconnect(uploads, gates, coding):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/read_late", 8 * len(BLOCK))
        gates.wait_for("start")
        for _ in range(8):
            upload.send(BLOCK)
        upload.end()
        client.end_sending()
        gates.open()
        assert json.loads(client.response().body)["length"] == 8 * len(BLOCK)
    assert gates.count("whole")["-"] == 1


@pytest.mark.parametrize(("limit", "status"), [("body", 408), ("request", 504)])
def test_a_body_that_stops_arriving_ends_at_a_time_limit(uploads, gates, coding, limit, status):
    server = uploads(f"--{limit}-timeout", "1")
    with server.client() as client:
        upload = Upload(client, coding, "/digest", 1000)
        upload.send(b"x" * 10)
        response = client.response()
        assert response.status == status and response.closes
        assert client.ended()
    gates.wait_for("disconnect")


def test_body_timeout_does_not_run_while_the_application_lets_the_client_wait(
    uploads, gates, coding
):
    server = uploads("--body-timeout", "1", "--body-memory", "64KiB")
    with server.client() as client:
        size = 64 * len(BLOCK)
        upload = Upload(client, coding, "/read_late", size)
        sender = threading.Thread(target=lambda: [upload.send(BLOCK) for _ in range(64)])
        sender.start()
        gates.wait_for("start")
        wait_until(lambda: server.scoreboard.router("in_flight") == 1, "the request to run")
        assert stays_true(lambda: server.scoreboard.router("in_flight") == 1, 2)
        gates.open()
        sender.join()
        upload.end()
        assert json.loads(client.response().body)["length"] == size


# Bodies that are not valid.


@pytest.mark.parametrize("begun", [False, True], ids=["before-the-head", "after-the-head"])
@pytest.mark.parametrize(
    ("bad", "status"), [(b"5x\r\n", 400), (b"800\r\n", 413)], ids=["bad-chunk", "over-limit"]
)
def test_a_body_that_goes_wrong_midway_is_a_disconnect(uploads, gates, begun, bad, status):
    server = uploads("--max-body", "1024")
    with server.client() as client:
        upload = Upload(client, "chunked", "/head_then_read" if begun else "/digest", 0)
        upload.send(b"x" * 10)
        wait_until(lambda: received(gates) == 10, "the first piece")
        if begun:
            pieces = client.pieces(client.final_head())
            assert next(pieces) == b"begun"
        client.send(bad + request_bytes("/ignore"))
        if begun:
            with pytest.raises((Ended, ConnectionResetError)):
                list(pieces)
        else:
            response = client.response()
            assert response.status == status and response.closes
            assert client.ended()
        gates.wait_for("disconnect")
    assert not gates.count("whole") and not gates.count("start")
    assert server.get("/plain").text == "plain"


def test_a_declared_length_over_the_limit_never_reaches_the_application(uploads, gates):
    server = uploads("--max-body", "1024")
    with server.client() as client:
        Upload(client, "length", "/ignore", 1025)
        assert client.response().status == 413
    assert not gates.count("start")


def test_a_bad_chunk_behind_the_answer_ends_the_connection(uploads):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, "chunked", "/ignore", 0)
        upload.send(b"x")
        assert client.response().body == b"not read"
        client.send(b"zz\r\n" + request_bytes("/plain"))
        assert client.ended()


# Workers.


@pytest.mark.parametrize("begun", [False, True], ids=["before-the-head", "after-the-head"])
def test_the_death_of_the_worker_midway(uploads, gates, coding, begun):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/head_then_read" if begun else "/digest", 1000)
        upload.send(b"x" * 10)
        wait_until(lambda: received(gates) == 10, "the first piece")
        (worker,) = server.workers()
        os.kill(worker, SIGKILL)
        if begun:
            pieces = client.pieces(client.final_head())
            with pytest.raises((Ended, ConnectionResetError)):
                list(pieces)
        else:
            response = client.response()
            assert response.status == 502 and response.closes
    server.wait_for_other_workers(1, {worker})
    assert server.scoreboard.router("disrupted") == 1
    assert server.get("/plain").text == "plain"


def test_a_request_that_waits_outlives_the_death_of_the_worker(uploads, gates, coding):
    server = uploads("--worker-connections", "1")
    with server.client() as holder, server.client() as client:
        holder.request("/hold")
        gates.wait_for("start")
        upload = Upload(client, coding, "/digest", 20)
        upload.send(b"x" * 10)
        wait_until(lambda: server.scoreboard.router("queued") == 1, "the request to wait")
        (worker,) = server.workers()
        os.kill(worker, SIGKILL)
        assert holder.response().status == 502
        # Nothing more comes before the application asks for it.
        wait_until(lambda: received(gates) == 10, "the first piece")
        upload.send(b"y" * 10)
        upload.end()
        wanted = hashlib.sha256(b"x" * 10 + b"y" * 10).hexdigest()
        assert json.loads(client.response().body)["sha256"] == wanted


def test_a_body_goes_on_through_a_reload(uploads, gates, coding):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/echo", 300)
        upload.send(b"a" * 100)
        pieces = client.pieces(client.final_head())
        assert exactly(pieces, 100) == b"a" * 100
        server.signal(SIGHUP)

        def replaced() -> bool:
            return {row.state for row in server.scoreboard.workers()} == {"draining", "ready"}

        wait_until(replaced, "a worker to serve, and the one of the upload to leave")
        for letter in (b"b", b"c"):
            upload.send(letter * 100)
            assert exactly(pieces, 100) == letter * 100
        upload.end()
        assert list(pieces) == []
        assert client.get("/plain").text == "plain"


def test_a_switch_to_whole_bodies_loses_no_piece(serve, gates, coding):
    server = serve(
        "uploads:wsgi",
        *("--asgi-app", "uploads:application", "--worker-connections", "1"),
        worker_class="asgi",
        apps=APPS.parent / "asgi",
        variables=gates.variables,
    )

    def change() -> None:
        with server.control() as control:
            answers.append(control.apply(worker_class="gthread"))

    answers = []
    with server.client() as first, server.client() as second:
        running = Upload(first, coding, "/digest", 20)
        running.send(b"x" * 10)
        wait_until(lambda: received(gates) == 10, "the first piece")
        waiting = Upload(second, coding, "/digest", 20)
        waiting.send(b"x" * 10)
        wait_until(lambda: server.scoreboard.router("queued") == 1, "the request to wait")
        changing = threading.Thread(target=change)
        changing.start()
        wait_until(lambda: server.scoreboard.router("queued") == 0, "the whole body to be wanted")
        wanted = {"length": 20, "sha256": hashlib.sha256(b"x" * 10 + b"y" * 10).hexdigest()}
        for upload in (waiting, running):
            upload.send(b"y" * 10)
            upload.end()
        assert json.loads(second.response().body) == wanted | {"CONTENT_LENGTH": "20"}
        assert json.loads(first.response().body) == wanted
        changing.join()
        assert answers[0].ok
        assert json.loads(second.get("/", method="POST", body=b"x").body)["length"] == 1


def test_a_draining_server_lets_a_body_come_to_its_end(uploads, gates, coding):
    server = uploads()
    with server.client() as client:
        upload = Upload(client, coding, "/digest", 20)
        upload.send(b"x" * 10)
        wait_until(lambda: received(gates) == 10, "the first piece")
        server.signal(SIGTERM)
        server.wait_for_log("Handling signal: term")
        upload.send(b"y" * 10)
        upload.end()
        response = client.response()
        assert json.loads(response.body)["length"] == 20 and response.closes
    assert server.wait_for_exit() == 0
