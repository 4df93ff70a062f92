# SPDX-License-Identifier: Apache-2.0
"""An ASGI application that does with a request's body what its path says, while the body arrives. The
journal has a line "piece N" for the N bytes of each message. `wsgi` reads whole bodies."""

import hashlib
import json

import views
from views import answer, body, gate, note, start


async def pieces(receive):
    async for piece in views.pieces(receive):
        note("piece", len(piece))
        yield piece


async def echo(receive, send):
    await start(send)
    async for piece in pieces(receive):
        await body(send, piece)
    await body(send, b"", more=False)


async def digest(receive, send):
    total, seen = 0, hashlib.sha256()
    async for piece in pieces(receive):
        total += len(piece)
        seen.update(piece)
    await answer(send, json.dumps({"length": total, "sha256": seen.hexdigest()}).encode())


async def read_late(receive, send):
    note("start")
    await gate()
    await digest(receive, send)


async def read_one_late(receive, send):
    """Reads at the test's command: a message, then the rest."""
    await receive()
    note("first")
    await gate()
    await digest(receive, send)


async def ignore(receive, send):
    note("start")
    await answer(send, b"not read")


async def ignore_at_length(receive, send):
    """More than the buffers between router and client hold."""
    await start(send)
    for _ in range(8):
        await body(send, bytes(2 << 20))
    await body(send, b"", more=False)


async def ignore_slowly(receive, send):
    """An answer whose head goes out before it is whole."""
    await start(send, headers=[(b"content-length", b"8")])
    await body(send, b"not ")
    await gate()
    await body(send, b"read", more=False)


async def head_then_read(receive, send):
    await start(send)
    await body(send, b"begun")
    async for _ in pieces(receive):
        pass
    await body(send, b" done", more=False)


async def hold(receive, send):
    note("start")
    await gate("hold")
    await answer(send, b"held")


VIEWS = {
    f"/{view.__name__}": view
    for view in (
        echo, digest, read_late, read_one_late, ignore, ignore_at_length, ignore_slowly,
        head_then_read, hold,
    )
}  # fmt: skip


def wsgi(environ, start_response):
    data = environ["wsgi.input"].read()
    seen = {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    seen["CONTENT_LENGTH"] = environ["CONTENT_LENGTH"]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]


async def application(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("HTTP only")
    view = VIEWS.get(scope["path"])
    await (view(receive, send) if view else answer(send, b"plain"))
