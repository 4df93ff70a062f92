# SPDX-License-Identifier: Apache-2.0
"""A WebSocket client over a plain socket that sends exactly the frames it is told to."""

import base64
import hashlib
import os
import zlib
from dataclasses import dataclass

from harness.client import Client, ProtocolError, Response

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
FIN, RSV1 = 0x80, 0x40
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
DEFLATE = ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")


def handshake(*extra: tuple[str, str], key: str = KEY, version: str = "13"):
    return (
        ("Host", "test"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", version),
        *extra,
    )


def frame(first: int, payload: bytes = b"", masked: bool = True) -> bytes:
    size = len(payload)
    mark = 0x80 if masked else 0
    if size < 126:
        head = bytes([first, mark | size])
    elif size < 1 << 16:
        head = bytes([first, mark | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, mark | 127]) + size.to_bytes(8, "big")
    if not masked:
        return head + payload
    key = os.urandom(4)
    mask = int.from_bytes((key * (size // 4 + 1))[:size], "big")
    return head + key + (int.from_bytes(payload, "big") ^ mask).to_bytes(size, "big")


@dataclass(frozen=True)
class Frame:
    opcode: int
    payload: bytes
    compressed: bool = False

    @property
    def code(self) -> int:
        return int.from_bytes(self.payload[:2], "big")

    @property
    def reason(self) -> str:
        return self.payload[2:].decode()


class WebSocket:
    """An open WebSocket over `client`, which is closed with it."""

    def __init__(self, client: Client, path: str, *extra: tuple[str, str]):
        self.client = client
        client.request(path, headers=handshake(*extra))
        self.head: Response = client.head()
        if self.head.status != 101:
            raise ProtocolError(f"not accepted: {self.head}")
        expected = base64.b64encode(hashlib.sha1(KEY.encode() + GUID).digest()).decode()
        if self.head.header("sec-websocket-accept") != expected:
            raise ProtocolError(f"the wrong Sec-WebSocket-Accept: {self.head}")
        self._inflate = zlib.decompressobj(-15)

    def __enter__(self) -> "WebSocket":
        return self

    def __exit__(self, *exc_info) -> None:
        self.client.close()

    def send(self, opcode: int, payload: bytes = b"") -> None:
        self.client.send(frame(FIN | opcode, payload))

    def text(self, text: str) -> None:
        self.send(TEXT, text.encode())

    def _exactly(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            piece = self.client.receive_some(size - len(received))
            if not piece:
                raise EOFError(f"the end after {len(received)} of {size} bytes")
            received += piece
        return bytes(received)

    def receive(self) -> Frame:
        first, second = self._exactly(2)
        if not first & FIN or second & 0x80 or first & 0x30:
            raise ProtocolError(f"a server must not send {first:#x} {second:#x}")
        size = second
        if size > 125:
            size = int.from_bytes(self._exactly(2 if size == 126 else 8), "big")
        payload = self._exactly(size)
        compressed = bool(first & RSV1)
        if compressed:
            payload = self._inflate.decompress(payload + b"\0\0\xff\xff")
        return Frame(first & 15, payload, compressed)

    def echo(self, text: str) -> str:
        self.text(text)
        return self.receive().payload.decode()

    def closed(self) -> tuple[int, str]:
        """The close frame that comes next, answered, and the end of the connection after it."""
        last = self.receive()
        assert last.opcode == CLOSE, last
        self.send(CLOSE, last.payload[:2])
        assert self.client.receive_some(1) == b""
        return last.code, last.reason
