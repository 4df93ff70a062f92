# SPDX-License-Identifier: Apache-2.0
"""Gives orders over master.sock, as docs/control_messages.md says."""

import array
import json
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path

TIMEOUT = 60.0


@dataclass
class Answer:
    ok: bool
    code: str
    message: str
    live_revision: int
    events: list[dict] = field(default_factory=list)
    result: object = None


class Control:
    """One connection. Use as a context manager. `features` None: no hello is sent."""

    def __init__(self, path: Path, features: list[str] | None = None, timeout: float = TIMEOUT):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(timeout)
        self._last = 0
        self._unread: list[tuple[dict, list[int]]] = []
        folder = os.open(path.parent, os.O_PATH)
        try:
            self.socket.connect(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
        self.hello = self._greet(features) if features is not None else None

    def __enter__(self) -> "Control":
        return self

    def __exit__(self, *exc_info) -> None:
        self.socket.close()

    def _greet(self, features: list[str]) -> dict:
        self.send({"op": "hello", "version": "0", "features": features})
        return self.receive()[0]

    def send(self, message: dict) -> None:
        self.socket.sendall(json.dumps(message).encode())

    def receive(self) -> tuple[dict, list[int]]:
        size = array.array("i").itemsize
        data, ancillary, _, _ = self.socket.recvmsg(1 << 17, socket.CMSG_SPACE(16 * size))
        if not data:
            raise EOFError("the master closed the connection")
        descriptors = array.array("i")
        for _, kind, content in ancillary:
            if kind == socket.SCM_RIGHTS:
                descriptors.frombytes(content[: len(content) - len(content) % size])
        return json.loads(data), list(descriptors)

    def order(self, op: str, **fields) -> int:
        """Sends an order; its number, for wait()."""
        self._last += 1
        self.send({"op": op, "id": self._last} | fields)
        return self._last

    def wait(self, number: int) -> Answer:
        """The answer to this order, with the events before it."""
        events = []
        while True:
            message, descriptors = self._next(number)
            if message["op"] == "event":
                events.append(message)
                continue
            return Answer(
                message["ok"],
                message["code"],
                message["message"],
                message["live_revision"],
                events,
                read_result(descriptors),
            )

    def _next(self, number: int) -> tuple[dict, list[int]]:
        for index, (message, _) in enumerate(self._unread):
            if message["id"] == number:
                return self._unread.pop(index)
        while True:
            message, descriptors = self.receive()
            if message["id"] == number:
                return message, descriptors
            self._unread.append((message, descriptors))

    def ask(self, op: str, **fields) -> Answer:
        return self.wait(self.order(op, **fields))

    def apply(self, **fields) -> Answer:
        return self.ask("apply", **fields)


def read_result(descriptors: list[int]) -> object:
    if not descriptors:
        return None
    with os.fdopen(descriptors[0], "rb") as file:
        return json.load(file)
