# SPDX-License-Identifier: Apache-2.0
"""Requests at a steady rate from threads, bounded in time; every one that fails is kept."""

import http.client
import threading
import time
from collections import Counter
from types import TracebackType

TIMEOUT = 20.0
LONGEST = 300.0


class Failure:
    def __init__(self, started: float, text: str):
        self.at = time.strftime("%H:%M:%S", time.localtime(started))
        self.text = text

    def __repr__(self) -> str:
        return f"{self.at} {self.text}"


class SteadyLoad:
    """`rate` requests a second in all, half of them on connections of their own, half on connections
    that are kept for as long as the server lets them. A request whose kept connection was closed
    before any byte of the answer is sent once more on a new one, as every HTTP client does (RFC
    9112 section 9.3.1)."""

    def __init__(self, address: str, port: int = 80, path: str = "/", rate: float = 40, threads: int = 8):
        self.address = address
        self.port = port
        self.path = path
        self.interval = threads / rate
        self.answers: Counter[int] = Counter()
        self.failures: list[Failure] = []
        self.longest = 0.0
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(index % 2 == 0, index), daemon=True)
            for index in range(threads)
        ]

    def __enter__(self) -> "SteadyLoad":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(TIMEOUT + 5)

    @property
    def count(self) -> int:
        return sum(self.answers.values())

    def wait_for_more(self, requests: int, seconds: float = 60) -> None:
        wanted, deadline = self.count + requests, time.monotonic() + seconds
        while self.count < wanted:
            assert time.monotonic() < deadline, f"fewer than {requests} answers in {seconds:g} s: {self}"
            time.sleep(0.05)

    def assert_no_failure(self) -> None:
        assert self.count > 0, "no request was answered"
        bad = {status: count for status, count in self.answers.items() if status != 200}
        assert not self.failures and not bad, f"{self}"

    def __str__(self) -> str:
        return (
            f"answers {dict(self.answers)}, longest {self.longest:.2f} s,"
            f" {len(self.failures)} failures: {self.failures[:5]}"
        )

    def _run(self, keep: bool, index: int) -> None:
        connection: http.client.HTTPConnection | None = None
        end = time.monotonic() + LONGEST
        due = time.monotonic() + self.interval * index / len(self._threads)
        while not self._stop.wait(max(0.0, due - time.monotonic())) and time.monotonic() < end:
            due = max(due + self.interval, time.monotonic())
            connection = self._request(connection, keep)
        if connection is not None:
            connection.close()

    def _request(
        self, connection: http.client.HTTPConnection | None, keep: bool
    ) -> http.client.HTTPConnection | None:
        started = time.time()
        used_before = connection is not None
        try:
            try:
                connection = connection or self._connect()
                return self._exchange(connection, started, keep)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                if not used_before:
                    raise
                connection = self._connect()
                return self._exchange(connection, started, keep)
        except (OSError, http.client.HTTPException) as error:
            with self._lock:
                self.failures.append(Failure(started, f"{type(error).__name__}: {error}"))
            if connection is not None:
                connection.close()
            return None

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address, self.port, timeout=TIMEOUT)

    def _exchange(
        self, connection: http.client.HTTPConnection, started: float, keep: bool
    ) -> http.client.HTTPConnection | None:
        connection.request("GET", self.path, headers={"Host": "shop.example"})
        response = connection.getresponse()
        response.read()
        with self._lock:
            self.answers[response.status] += 1
            self.longest = max(self.longest, time.time() - started)
        if keep and not response.will_close:
            return connection
        connection.close()
        return None
