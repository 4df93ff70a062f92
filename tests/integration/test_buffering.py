# SPDX-License-Identifier: Apache-2.0
"""Where bodies are held: in memory, then in unlinked files, and never in the worker's way."""

import hashlib
import json
import os
import sys

import pytest
from harness import processes
from harness.server import APPS
from harness.waiting import wait_until

sys.path.insert(0, str(APPS))

from streams import expected  # noqa: E402

MIB = 1 << 20


def spool_files(server) -> list[str]:
    """What the router has open under the server's own TMPDIR."""
    folder = str(server.tmp)
    return [path for path in processes.open_files(server.router).values() if path.startswith(folder)]


def send_large(client, target: str, size: int) -> str:
    """A body of `size` bytes whose blocks all differ; returns its digest."""
    client.request(target, "POST", (("Content-Length", str(size)),))
    digest = hashlib.sha256()
    for number in range(size // MIB):
        block = number.to_bytes(4, "big") * (MIB // 4)
        digest.update(block)
        client.send(block)
    return digest.hexdigest()


def test_a_large_upload_arrives_whole_and_stays_out_of_memory(serve, worker_class):
    server = serve("echo:application", worker_class=worker_class)
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


def test_no_worker_is_taken_before_the_body_is_there(serve, worker_class):
    server = serve("echo:application", worker_class=worker_class)
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


def test_a_slow_reader_does_not_hold_the_worker(serve, worker_class):
    server = serve("streams:application", worker_class=worker_class)
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
def test_large_responses_arrive_whole(serve, worker_class, target):
    server = serve("streams:application", worker_class=worker_class)
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
