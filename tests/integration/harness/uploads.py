# SPDX-License-Identifier: Apache-2.0
"""Requests whose bodies the test sends piece by piece."""

MEBIBYTE = 1 << 20
BLOCK = bytes(range(256)) * 256


class Upload:
    """A request whose body of `size` bytes the test sends piece by piece."""

    def __init__(self, client, coding: str, target: str, size: int, headers=()):
        self.client, self.coding = client, coding
        framing = ("Content-Length", str(size))
        if coding == "chunked":
            framing = ("Transfer-Encoding", "chunked")
        client.request(target, "POST", (framing, *headers))

    def send(self, piece: bytes) -> None:
        self.client.send(self.framed(piece))

    def framed(self, piece: bytes) -> bytes:
        return b"%x\r\n%s\r\n" % (len(piece), piece) if self.coding == "chunked" else piece

    def end(self) -> None:
        if self.coding == "chunked":
            self.client.send(b"0\r\n\r\n")


def received(gates) -> int:
    """Bytes of bodies that the application has seen."""
    return sum(int(size) * times for size, times in gates.count("piece").items())
