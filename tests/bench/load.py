# SPDX-License-Identifier: Apache-2.0
"""Load generators: wrk, and connections that stay open and idle, which wrk cannot make."""

import asyncio
import json
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

SCRIPT = Path(__file__).with_name("report.lua")


class Wrk:
    """A running wrk; `result` waits for its end."""

    def __init__(self, url: str, connections: int, seconds: float, threads: int = 1):
        self._process = subprocess.Popen(
            [
                *("wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds:.0f}s"),
                *("--timeout", "10s", "-s", str(SCRIPT), url),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )

    def result(self) -> dict:
        output, _ = self._process.communicate()
        if self._process.returncode != 0:
            raise RuntimeError(f"wrk failed:\n{output}")
        measured = json.loads(output.splitlines()[-1])
        measured["per_second"] = measured["requests"] / measured["seconds"]
        return measured


def wrk(url: str, connections: int, seconds: float, threads: int = 1) -> dict:
    return Wrk(url, connections, seconds, threads).result()


async def open_one(host: str, port: int, request: bytes):
    """A connection that has had one answer and waits; None where the server refused."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), 10)
        writer.write(request)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().splitlines()
            if line.startswith(b"content-length:")
        )
        await asyncio.wait_for(reader.readexactly(length), 10)
    except (OSError, EOFError, TimeoutError, StopIteration):
        return None
    return reader, writer


class IdleConnections:
    """Keep-alive connections, each after one answered request, held by a thread of their own."""

    BATCH = 64

    def __init__(self, url: str):
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._request = f"GET / HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._open: list = []

    def add(self, count: int) -> None:
        asyncio.run_coroutine_threadsafe(self._add(count), self._loop).result()

    async def _add(self, count: int) -> None:
        for start in range(0, count, self.BATCH):
            batch = (
                open_one(self._host, self._port, self._request)
                for _ in range(min(self.BATCH, count - start))
            )
            opened = [pair for pair in await asyncio.gather(*batch) if pair is not None]
            self._open += opened
            # A server that refuses this many has reached its limit.
            if len(opened) < self.BATCH / 2:
                return

    def alive(self) -> int:
        return sum(not reader.at_eof() for reader, _ in self._open)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        for _, writer in self._open:
            writer.transport.abort()
        await asyncio.sleep(0)


@contextmanager
def idle_connections(url: str):
    connections = IdleConnections(url)
    try:
        yield connections
    finally:
        connections.close()
