# SPDX-License-Identifier: Apache-2.0
"""Clients that keep asking while something else happens."""

import threading

from harness.client import Client
from harness.waiting import wait_until


class KeepAliveLoad:
    """So many clients, each asking on one connection without a pause. `problems` has every answer
    that is not 200 and every connection that ended. Use as a context manager; the connections need a
    server with a long --keep-alive."""

    def __init__(self, server, clients: int = 4, target: str = "/"):
        self.server = server
        self.target = target
        self.answers = [0] * clients
        self.problems: list[object] = []
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(clients)]

    def _ask(self, index: int) -> None:
        try:
            with Client(self.server.address) as client:
                while not self._done.is_set():
                    response = client.get(self.target)
                    self.answers[index] += 1
                    self.saw(response)
                    if response.status != 200 or response.closes:
                        self.problems.append(response)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not have happened
            self.problems.append(error)

    def saw(self, response) -> None:
        """Called with each answer, in the client's thread."""

    def wait_for_more(self, count: int = 20) -> None:
        """Until each client has so many more answers."""
        before = list(self.answers)

        def answered() -> bool:
            assert not self.problems, self.problems
            return all(now >= then + count for now, then in zip(self.answers, before, strict=True))

        wait_until(answered, f"{count} more answers for each client")

    def __enter__(self) -> "KeepAliveLoad":
        for thread in self._threads:
            thread.start()
        self.wait_for_more(1)
        return self

    def __exit__(self, *exc_info) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()
