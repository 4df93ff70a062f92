# SPDX-License-Identifier: Apache-2.0
"""Where bodies are held: in memory, then in unlinked files, and never in the worker's way."""

import hashlib
import json
import os
import sys
import threading

import pytest
from harness import processes
from harness.client import Ended, request_bytes
from harness.server import APPS
from harness.waiting import wait_until

sys.path.insert(0, str(APPS))

from streams import expected  # noqa: E402

MIB = 1 << 20


def spool_files(server) -> list[str]:
    """What the router has open under the server's own TMPDIR."""
    paths = processes.open_files(server.router).values()
    return [path for path in paths if path.startswith(str(server.tmp))]


def send_large(client, target: str, size: int) -> str:
    """A body of `size` bytes whose blocks all differ; returns its digest."""
    client.request(target, "POST", (("Content-Length", str(size)),))
    digest = hashlib.sha256()
    for number in range(size // MIB):
        block = number.to_bytes(4, "big") * (MIB // 4)
        digest.update(block)
        client.send(block)
    return digest.hexdigest()


def test_a_large_upload_arrives_whole_and_stays_out_of_memory(serve, wsgi_class):
    server = serve("echo:application", worker_class=wsgi_class)
    before = processes.pss(server.router)
    size = 50 * MIB
    with server.client() as client:
        digest = send_large(client, "/digest", size)
        used = processes.pss(server.router) - before
        seen = json.loads(client.response().body)
        assert (seen["length"], seen["sha256"]) == (size, digest)
    assert used < 16 * MIB


def test_a_body_over_body_memory_is_in_an_unlinked_file(serve):
    server = serve("echo:application", "--body-memory", "64KiB")
    with server.client() as client:
        client.request("/digest", "POST", (("Content-Length", str(2 * MIB)),))
        client.send(b"a" * MIB)
        spooled = wait_until(lambda: spool_files(server), "a spool file")
        assert all(path.endswith(" (deleted)") for path in spooled)
        assert os.listdir(server.tmp) == []
        client.send(b"a" * MIB)
        assert json.loads(client.response().body)["length"] == 2 * MIB
        assert client.get("/").status == 200
    wait_until(lambda: not spool_files(server), "the spool file to be closed")


def test_a_body_within_body_memory_is_in_no_file(serve):
    server = serve("echo:application", "--body-memory", "4MiB")
    with server.client() as client:
        client.request("/digest", "POST", (("Content-Length", str(2 * MIB)),))
        client.send(b"a" * MIB)
        wait_until(
            lambda: server.scoreboard.router("request_body_bytes") == MIB, "half of the body"
        )
        assert spool_files(server) == []
        client.send(b"a" * MIB)
        assert json.loads(client.response().body)["length"] == 2 * MIB


def test_no_worker_is_taken_before_the_body_is_there(serve, wsgi_class):
    server = serve("echo:application", worker_class=wsgi_class)
    slow = [server.client() for _ in range(8)]
    for client in slow:
        client.request("/body", "POST", (("Content-Length", "10"),))
        client.send(b"half ")
    assert server.get("/").status == 200
    for client in slow:
        client.send(b"whole")
    assert [client.response().body for client in slow] == [b"half whole"] * 8
    for client in slow:
        client.close()


def test_a_slow_reader_does_not_hold_the_worker(serve, wsgi_class):
    server = serve("streams:application", worker_class=wsgi_class)
    size = 100 * MIB
    before = processes.pss(server.router)
    with server.client(receive=64 * 1024) as slow:
        slow.request(f"/large?size={size}")
        head = slow.final_head()
        wait_until(
            lambda: any(row.requests == 1 for row in server.scoreboard.workers()),
            "the worker to be done with the response",
        )
        assert server.get("/closed").status == 200
        assert processes.pss(server.router) - before < 16 * MIB
        assert head.header("content-length") == str(size)
        digest, wanted = hashlib.sha256(), hashlib.sha256(expected(size))
        for piece in slow.pieces(head):
            digest.update(piece)
        assert digest.digest() == wanted.digest()
    wait_until(lambda: not spool_files(server), "the spool file to be closed")


def test_a_full_spool_makes_the_worker_wait_and_loses_nothing(serve):
    server = serve("streams:application", "--spool-limit", "4MiB", "--send-timeout", "60")
    size = 40 * MIB
    with server.client(receive=64 * 1024) as slow:
        slow.request(f"/large?size={size}")
        head = slow.final_head()
        wait_until(
            lambda: server.scoreboard.router("spool_bytes") >= 4 * MIB, "the spool to be full"
        )
        assert server.scoreboard.router("spool_bytes") < 8 * MIB
        assert all(row.requests == 0 for row in server.scoreboard.workers())
        digest = hashlib.sha256()
        for piece in slow.pieces(head):
            digest.update(piece)
        assert digest.digest() == hashlib.sha256(expected(size)).digest()
    assert server.get("/closed").status == 200


@pytest.mark.parametrize("target", ["large", "chunks", "file"])
def test_large_responses_arrive_whole(serve, wsgi_class, target):
    server = serve("streams:application", worker_class=wsgi_class)
    with server.client() as client:
        for size in (0, 1, 4096, 65536, 1_000_003, 20_000_003):
            assert client.get(f"/{target}?size={size}").body == expected(size), size


def test_a_file_is_sent_from_where_it_stands(serve):
    server = serve("streams:application")
    assert server.get("/file?size=300000&from=100001").body == expected(300_000, 100_001)


def test_no_sendfile_sends_files_all_the_same(serve):
    server = serve("streams:application", "--no-sendfile")
    assert server.get("/file?size=3000000").body == expected(3_000_000)


def test_http_10_gets_large_responses_whole(serve):
    server = serve("streams:application")
    assert server.get("/chunks?size=5000000", version="1.0").body == expected(5_000_000)


def test_an_upload_that_ends_early_is_not_run_and_frees_its_spool(serve_gates, gates):
    server = serve_gates("--body-memory", "64KiB")
    client = server.client()
    client.request("/?id=half", "POST", (("Content-Length", str(2 * MIB)),))
    client.send(b"a" * MIB)
    wait_until(lambda: server.scoreboard.router("spool_bytes") == MIB, "the spool to fill")
    client.close()
    wait_until(lambda: server.scoreboard.router("spool_bytes") == 0, "the spool to be empty")
    assert spool_files(server) == []
    assert server.get("/?id=next").status == 200
    assert gates.count("start")["half"] == 0


def test_many_large_uploads_at_once_arrive_whole(serve, wsgi_class):
    server = serve("echo:application", worker_class=wsgi_class, workers=2)
    size = 8 * MIB
    problems: list[object] = []

    def upload():
        with server.client() as client:
            digest = send_large(client, "/digest", size)
            seen = json.loads(client.response().body)
            if (seen["length"], seen["sha256"]) != (size, digest):
                problems.append(seen)

    threads = [threading.Thread(target=upload) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_request_behind_a_large_response_waits_its_turn(serve):
    server = serve("streams:application")
    size = 20 * MIB
    with server.client(receive=64 * 1024) as client:
        client.send(request_bytes(f"/large?size={size}") + request_bytes("/large?size=5"))
        assert client.response().body == expected(size)
        assert client.response().body == expected(5)


def test_large_bodies_can_be_pipelined(serve):
    server = serve("echo:application", "--body-memory", "64KiB")
    body = b"0123456789abcdef" * (MIB // 16)

    with server.client() as client:
        sender = threading.Thread(
            target=client.send, args=(request_bytes("/digest", "POST", body=body) * 3,)
        )
        sender.start()
        for _ in range(3):
            seen = json.loads(client.response().body)
            assert seen["sha256"] == hashlib.sha256(body).hexdigest()
        sender.join()


def test_a_response_in_one_huge_item_arrives_whole(serve, wsgi_class, write_app):
    folder = write_app("""
def application(environ, start_response):
    start_response("200 OK", [])
    return [b"0123456789abcdef" * (3 << 20)]
""")
    server = serve("app:application", worker_class=wsgi_class, apps=folder)
    with server.client() as client:
        for _ in range(2):
            assert client.get().body == b"0123456789abcdef" * (3 << 20)


def test_ten_thousand_small_items_arrive_in_order(serve, wsgi_class):
    server = serve("streams:application", worker_class=wsgi_class)
    body = b"".join(b"item %d\n" % number for number in range(10_000))
    with server.client() as client:
        assert client.get("/generator?items=10000").body == body
        assert client.get("/write?items=10000").body == body + b"end\n"


def long_fields(total: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"X-Field-{number:02}", "a" * (total // 90)) for number in range(90))


@pytest.mark.parametrize("size", [60_000, 250_000, 700_000])
def test_heads_as_long_as_the_limits_allow_work(serve, wsgi_class, size):
    server = serve("echo:application", worker_class=wsgi_class)
    fields = long_fields(size)
    with server.client() as client:
        environ = json.loads(client.get("/", headers=fields).body)["environ"]
        for name, value in fields:
            assert environ["HTTP_" + name.upper().replace("-", "_")] == value
        assert client.get("/body", method="POST", body=b"after").body == b"after"


def test_many_long_heads_at_once_find_room(serve, wsgi_class):
    server = serve("sleepy:application", worker_class=wsgi_class)
    clients = [server.client() for _ in range(30)]
    for client in clients:
        client.request("/slow?ms=5", headers=long_fields(60_000))
    assert [client.response().status for client in clients] == [200] * 30
    for client in clients:
        client.close()


def test_response_heads_up_to_64_kib_work_and_longer_ones_are_said(serve, write_app):
    folder = write_app("""
def application(environ, start_response):
    length = int(environ["QUERY_STRING"])
    start_response("200 OK", [("X-Long", "a" * length), ("Content-Length", "2")])
    return [b"ok"]
""")
    server = serve("app:application", apps=folder)
    response = server.get("/?60000")
    assert (response.status, len(response.header("x-long"))) == (200, 60_000)
    assert server.get("/?70000").status == 500
    server.wait_for_log("64 KiB")


def test_head_of_a_file_sends_no_byte_of_it(serve):
    server = serve("streams:application")
    with server.client() as client:
        response = client.get("/file?size=1000000", method="HEAD")
        assert (response.status, response.header("content-length")) == (200, "1000000")
        assert client.get("/file?size=5").body == expected(5)


def test_the_file_wrapper_takes_what_is_no_file(serve, wsgi_class, write_app):
    folder = write_app("""
import io

class Closable(io.BytesIO):
    closings = 0

    def close(self):
        type(self).closings += 1
        super().close()

def application(environ, start_response):
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/closings":
        return [b"%d" % Closable.closings]
    return environ["wsgi.file_wrapper"](Closable(b"x" * 100_000))
""")
    server = serve("app:application", worker_class=wsgi_class, apps=folder)
    assert server.get("/").body == b"x" * 100_000
    assert server.get("/closings").body == b"1"


def test_a_file_that_shrinks_while_it_is_sent_ends_the_connection(serve, write_app):
    folder = write_app("""
import tempfile

def application(environ, start_response):
    content = tempfile.TemporaryFile()
    content.write(b"a" * 1000)
    content.seek(0)
    start_response("200 OK", [("Content-Length", "5000")])
    return environ["wsgi.file_wrapper"](content)
""")
    server = serve("app:application", apps=folder)
    with server.client() as client, pytest.raises(Ended):
        client.get()
    with server.client() as client:
        client.request()
        assert client.final_head().status == 200
