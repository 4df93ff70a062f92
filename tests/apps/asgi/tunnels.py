# SPDX-License-Identifier: Apache-2.0
"""An ASGI application that switches protocols by the private extension monoceros.tunnel, and does in
the tunnel what its path says. Beside it are plain requests."""

import asyncio

from views import answer, body, gate, note, pieces

ACCEPT = {
    "type": "http.response.start",
    "status": 101,
    "headers": [(b"upgrade", b"raw")],
    "monoceros.tunnel": True,
}
BLOCK = bytes(range(256)) * 256


def messages(receive):
    """The client's bytes; ends with its last one."""
    return pieces(receive, whole="client-ended", left="client-gone")


async def echo(receive, send):
    async for data in messages(receive):
        await body(send, data)
    await body(send, b"", more=False)


async def count(receive, send):
    total = 0
    async for data in messages(receive):
        total += len(data)
    await body(send, str(total).encode(), more=False)


async def speak_first(receive, send):
    await body(send, b"hello ")
    await echo(receive, send)


async def end_first(receive, send):
    async for data in messages(receive):
        if data.endswith(b"bye"):
            break
    await body(send, b"goodbye", more=False)


async def break_off(receive, send):
    await body(send, b"some")
    async for _ in messages(receive):
        raise RuntimeError("broken off")


async def read_late(receive, send):
    await gate()
    await count(receive, send)


async def flood(receive, send):
    """Sends without an end; a line of the journal for each block that was taken."""
    try:
        while True:
            await body(send, BLOCK)
            note("block")
    except OSError:
        note("client-gone")


async def send_much(receive, send):
    for _ in range(160):
        await body(send, BLOCK)
    await body(send, b"", more=False)


async def wait_for_end(receive, send):
    await body(send, b"ready")
    while (await receive())["type"] != "http.disconnect":
        pass
    note("client-gone")


TUNNELS = {
    f"/{view.__name__}": view
    for view in (
        echo, count, speak_first, end_first, break_off, read_late, flood, send_much, wait_for_end,
    )
}  # fmt: skip


async def application(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError("HTTP only")
    path, offered = scope["path"], "monoceros.tunnel" in scope["extensions"]
    if path == "/offered":
        return await answer(send, str(offered).encode())
    if path == "/refuse":
        return await answer(send, b"no tunnel here", 403)
    if path == "/events":
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"text/event-stream")],
            }
        )
        await body(send, b"data: 1\n\n")
        await gate()
        return await body(send, b"", more=False)
    if path == "/late":
        await gate("accept")
        path = "/echo"
    if path not in TUNNELS:
        return await answer(send, b"plain")
    await send(ACCEPT)
    await asyncio.sleep(0)
    return await TUNNELS[path](receive, send)
