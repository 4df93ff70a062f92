# SPDX-License-Identifier: Apache-2.0
"""Many slow clients, few descriptors, a full disk."""

import hashlib
import os
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import threading
import time

import pytest
from harness import processes
from harness.client import Ended, request_bytes
from harness.server import APPS
from harness.waiting import stays_true, wait_until

sys.path.insert(0, str(APPS))

from streams import expected  # noqa: E402

MIB = 1 << 20


class SlowReaders(threading.Thread):
    """Clients that ask for `size` bytes and read a little at a time until `hurry` is set. `digests`
    has what each got, without the head."""

    def __init__(self, server, count: int, size: int):
        super().__init__()
        self.hurry = threading.Event()
        self.lost: list[str] = []
        self._wanted = hashlib.sha256(expected(size)).digest()
        self._size = size
        self.whole = 0
        self._selector = selectors.DefaultSelector()
        for _ in range(count):
            client = server.client(receive=16 * 1024)
            client.request(f"/large?size={size}")
            client.socket.setblocking(False)
            self._selector.register(client.socket, selectors.EVENT_READ, [client, bytearray()])

    def run(self):
        while self._selector.get_map():
            for key, _ in self._selector.select(1):
                self._read(key)
            if not self.hurry.is_set():
                time.sleep(0.02)  # 200 clients at about 50 x 4 KiB a second

    def _read(self, key) -> None:
        client, got = key.data
        size = 4096 if not self.hurry.is_set() else 1 << 20
        try:
            data = client.socket.recv(size)
        except BlockingIOError:
            return
        except OSError as error:
            return self._end(key, str(error))
        got += data
        head_end = got.find(b"\r\n\r\n") + 4
        if not data:
            self._end(key, f"ended after {len(got)} bytes")
        elif head_end > 3 and len(got) >= head_end + self._size:
            right = hashlib.sha256(got[head_end:]).digest() == self._wanted
            self._end(key, None if right else "wrong bytes")

    def _end(self, key, problem: str | None) -> None:
        self._selector.unregister(key.fileobj)
        key.data[0].close()
        if problem is None:
            self.whole += 1
        else:
            self.lost.append(problem)


def fast_times(server, count: int) -> list[float]:
    times = []
    with server.client() as client:
        for _ in range(count):
            start = time.monotonic()
            assert client.get("/closed").status == 200
            times.append(time.monotonic() - start)
    return times


def test_slow_clients_cost_neither_memory_nor_speed_nor_bytes(serve):
    """200 slow readers of 2 MiB and 200 half-sent uploads, within 80 MiB of router memory."""
    server = serve("streams:application", "--router-memory", "64MiB", workers=4)
    usual = statistics.median(fast_times(server, 300))
    peak = processes.pss(server.router)
    uploads = [server.client() for _ in range(200)]
    for upload in uploads:
        upload.request("/", "POST", (("Content-Length", str(4 * MIB)),))
        upload.socket.setblocking(False)
        try:
            upload.socket.send(b"a" * (2 * MIB))
        except BlockingIOError:
            pass
    readers = SlowReaders(server, 200, 2 * MIB)
    readers.start()
    try:
        times: list[float] = []
        end = time.monotonic() + 8
        while time.monotonic() < end:
            times += fast_times(server, 20)
            peak = max(peak, processes.pss(server.router))
    finally:
        readers.hurry.set()
        readers.join(60)
    assert not readers.is_alive()
    assert readers.lost == []
    assert readers.whole == 200
    assert peak < 80 * MIB, f"{peak / MIB:.1f} MiB"
    assert len(times) > 100
    assert statistics.median(times) < max(10 * usual, 0.02), (usual, statistics.median(times))
    for upload in uploads:
        upload.close()
    wait_until(lambda: server.scoreboard.router("buffer_bytes") < MIB, "the buffers to be empty")
    wait_until(lambda: server.scoreboard.router("spool_bytes") == 0, "the spool to be empty")


def test_half_sent_uploads_go_on_when_memory_is_free_again(serve):
    server = serve("echo:application", "--router-memory", "4MiB", "--body-timeout", "30")
    uploads = [server.client() for _ in range(20)]
    size = MIB - 1024
    for upload in uploads:
        upload.request("/digest", "POST", (("Content-Length", str(size)),))
        upload.socket.setblocking(False)
    left = dict.fromkeys(uploads, size)
    end = time.monotonic() + 30
    while any(left.values()):
        assert time.monotonic() < end, f"{sum(left.values())} bytes were never taken"
        progress = False
        for upload, bytes_left in left.items():
            try:
                sent = upload.socket.send(b"a" * min(bytes_left, 65536)) if bytes_left else 0
            except BlockingIOError:
                continue
            left[upload] -= sent
            progress = progress or sent > 0
        if not progress:
            time.sleep(0.01)
    for upload in uploads:
        upload.socket.settimeout(30)
        assert upload.response().status == 200
        upload.close()


def test_a_full_table_of_descriptors_pauses_accepting_and_nothing_else(serve):
    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    server = serve("hello:application", "--keep-alive", "60", limits=few_files)
    kept = server.client()
    assert kept.get().status == 200
    idle = [server.client() for _ in range(100)]
    server.wait_for_log("Accepting pauses")
    assert kept.get().status == 200
    assert stays_true(lambda: kept.get().status == 200, 1)
    for client in idle:
        client.close()
    assert server.get().status == 200
    assert server.log.count("Accepting pauses") < 20
    kept.close()


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not permit mounting")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_spool_disk_refuses_the_upload_and_nothing_else(serve, small_disk):
    server = serve("echo:application", "--tmp-upload-dir", str(small_disk))
    with server.client() as client:
        client.request("/digest", "POST", (("Content-Length", str(8 * MIB)),))
        try:
            client.send(b"a" * 8 * MIB)
        except OSError:
            pass
        assert client.response().status in (500, 503, 507)
        assert client.ended()
    assert server.get("/digest", method="POST", body=b"a" * 100).status == 200
    server.wait_for_log("could not be stored")
    assert os.statvfs(small_disk).f_bfree * 4096 > MIB


def test_a_full_spool_disk_ends_only_the_slow_response(serve, small_disk):
    server = serve("streams:application", "--tmp-upload-dir", str(small_disk))
    router = server.router
    with server.client(receive=4096) as slow:
        slow.request("/large?size=50000000")
        head = slow.final_head()
        wait_until(
            lambda: any(row.requests for row in server.scoreboard.workers())
            or server.scoreboard.router("connections") == 0,
            "the response to be given up or done",
        )
        assert server.get("/closed").status == 200
        try:
            body = b"".join(slow.pieces(head))
            assert body == expected(50_000_000)
        except (Ended, ConnectionResetError):
            pass  # Cut short, which the client can tell.
    assert server.router == router


def test_two_thousand_connections_in_a_burst_are_served(serve):
    """One request each, from eight threads."""
    server = serve("hello:application", workers=2)
    failures: list[BaseException] = []

    def burst():
        for _ in range(250):
            try:
                assert server.get().status == 200
            except (OSError, AssertionError, Ended) as error:
                failures.append(error)

    threads = [threading.Thread(target=burst) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_idle_connections_cost_little_memory(serve):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(2000, limit[0] - 200)
    server = serve("hello:application", "--keep-alive", "60")
    with server.client() as client:
        client.get()
    before = processes.pss(server.router)
    idle = []
    for _ in range(count):
        connection = socket.create_connection(server.address)
        connection.sendall(request_bytes())
        idle.append(connection)
    wait_until(lambda: server.scoreboard.router("requests") >= count, "all to be answered")
    used = processes.pss(server.router) - before
    assert used / count < 2048, f"{used / count:.0f} bytes for each"
    for connection in idle:
        connection.close()
