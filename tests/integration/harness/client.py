# SPDX-License-Identifier: Apache-2.0
"""An HTTP/1.1 client over a plain socket that believes nothing: every deviation from RFC 9112 in a
response is a ProtocolError. It sends exactly the bytes it is told to."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

TIMEOUT = 30.0
STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)\r\n")
FIELD_LINE = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*\r\n"
)
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})\r\n")


class ProtocolError(Exception):
    """The server sent what no HTTP/1.1 server may send."""


class Ended(Exception):
    """The server closed the connection where a response, or more of one, was expected."""


@dataclass
class Response:
    status: int
    reason: str
    version: str
    headers: list[tuple[str, str]]
    interim: list["Response"] = field(default_factory=list)
    body: bytes = b""
    trailers: list[tuple[str, str]] = field(default_factory=list)
    framing: str = "none"

    def header(self, name: str) -> str | None:
        """The only value of a field; ProtocolError when there are several."""
        values = self.all(name)
        if len(values) > 1:
            raise ProtocolError(f"{name} was sent {len(values)} times")
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def closes(self) -> bool:
        options = [option.strip().lower() for option in ",".join(self.all("connection")).split(",")]
        if self.version == "1.0":
            return "keep-alive" not in options
        return "close" in options


class Client:
    """One connection. Use as a context manager."""

    def __init__(self, address: tuple[str, int] | str, timeout: float = TIMEOUT, receive=None):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if receive is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(address)
        except BaseException:
            self.socket.close()
            raise
        self._received = b""

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exc_info) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        """Leaves with a RST, as a process that dies with unread data does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def end_sending(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    # Sending.

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def request(
        self,
        target: str = "/",
        method: str = "GET",
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes | None = None,
        version: str = "1.1",
    ) -> None:
        self.send(request_bytes(target, method, headers, body, version))

    def get(self, target: str = "/", **options) -> Response:
        """A whole exchange."""
        self.request(target, **options)
        return self.response(options.get("method", "GET"))

    # Receiving.

    def _more(self, size: int = 1 << 16) -> bool:
        data = self.socket.recv(size)
        self._received += data
        return bool(data)

    def _line(self) -> bytes:
        while b"\n" not in self._received:
            if len(self._received) > 1 << 20:
                raise ProtocolError("a line without an end")
            if not self._more():
                raise Ended(self._received)
        end = self._received.index(b"\n") + 1
        line, self._received = self._received[:end], self._received[end:]
        return line

    def _fields(self) -> list[tuple[str, str]]:
        fields = []
        while (line := self._line()) != b"\r\n":
            match = FIELD_LINE.fullmatch(line)
            if match is None:
                raise ProtocolError(f"field line {line!r}")
            fields.append((match[1].decode("ascii"), match[2].decode("latin-1")))
        return fields

    def head(self) -> Response:
        """The next head, interim or final."""
        line = self._line()
        match = STATUS_LINE.fullmatch(line)
        if match is None:
            raise ProtocolError(f"status line {line!r}")
        version = f"1.{match[1].decode()}"
        return Response(int(match[2]), match[3].decode("latin-1"), version, self._fields())

    def final_head(self) -> Response:
        interim = []
        while (head := self.head()).status < 200:
            interim.append(head)
        head.interim = interim
        return head

    def pieces(self, head: Response, method: str = "GET") -> Iterator[bytes]:
        """The body piece by piece as it arrives; chunked: exactly chunk by chunk."""
        coding, length = head.header("transfer-encoding"), head.header("content-length")
        if coding is not None and length is not None:
            raise ProtocolError("both Content-Length and Transfer-Encoding")
        if method == "HEAD" or head.status in (204, 304):
            if head.status == 204 and (coding or length):
                raise ProtocolError("a length in a 204 response")
            return
        if coding is not None:
            head.framing = "chunked"
            if coding.lower() != "chunked" or head.version == "1.0":
                raise ProtocolError(f"coding {coding} in HTTP/{head.version}")
            yield from self._chunks(head)
        elif length is not None:
            head.framing = "length"
            if not re.fullmatch("[0-9]+", length):
                raise ProtocolError(f"Content-Length {length!r}")
            yield from self._exactly(int(length))
        else:
            head.framing = "close"
            if not head.closes:
                raise ProtocolError("neither a length nor the end of the connection")
            yield from self._rest()

    def _exactly(self, left: int) -> Iterator[bytes]:
        while left:
            if not self._received and not self._more():
                raise Ended(f"{left} bytes are missing")
            piece, self._received = self._received[:left], self._received[left:]
            left -= len(piece)
            yield piece

    def _rest(self) -> Iterator[bytes]:
        while self._received or self._more():
            piece, self._received = self._received, b""
            yield piece

    def _chunks(self, head: Response) -> Iterator[bytes]:
        while True:
            line = self._line()
            match = CHUNK_LINE.fullmatch(line)
            if match is None:
                raise ProtocolError(f"chunk line {line!r}")
            size = int(match[1], 16)
            if size == 0:
                head.trailers = self._fields()
                return
            yield b"".join(self._exactly(size))
            if self._line() != b"\r\n":
                raise ProtocolError("a chunk longer than it says")

    def response(self, method: str = "GET") -> Response:
        """The next final response, whole."""
        head = self.final_head()
        head.body = b"".join(self.pieces(head, method))
        return head

    def receive_some(self, size: int) -> bytes:
        """At most `size` bytes, as they are; empty at the end."""
        if not self._received:
            self._more(size)
        piece, self._received = self._received[:size], self._received[size:]
        return piece

    def ended(self) -> bool:
        """Whether the server ends the connection (a reset counts) and sends nothing more."""
        try:
            return not self._received and not self._more()
        except ConnectionResetError:
            return True


def request_bytes(
    target: str = "/",
    method: str = "GET",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes | None = None,
    version: str = "1.1",
) -> bytes:
    fields = list(headers)
    if version == "1.1" and not any(name.lower() == "host" for name, _ in fields):
        fields.insert(0, ("Host", "test.example"))
    framed = any(name.lower() in ("content-length", "transfer-encoding") for name, _ in fields)
    if body is not None and not framed:
        fields.append(("Content-Length", str(len(body))))
    lines = [f"{method} {target} HTTP/{version}"] + [f"{name}: {value}" for name, value in fields]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    coded = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return coded + b"0\r\n" + trailers + b"\r\n"
