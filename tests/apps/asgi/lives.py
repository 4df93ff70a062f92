# SPDX-License-Identifier: Apache-2.0
"""ASGI applications that differ in what they do with the lifespan scope."""

import asyncio

from views import answer, gate, note


async def serve(scope, receive, send):
    state = scope["state"]
    seen = state.get("greeting", "none")
    if scope["path"] == "/set":
        state["greeting"] = "changed"
    if scope["path"] == "/append":
        state["list"].append(1)
    await answer(send, f"{seen} {state.get('list')}".encode())


async def complete(scope, receive, send):
    if scope["type"] != "lifespan":
        return await serve(scope, receive, send)
    assert scope["asgi"]["version"] == "3.0"
    assert (await receive())["type"] == "lifespan.startup"
    scope["state"]["greeting"] = "hello"
    scope["state"]["list"] = []
    note("startup")
    await send({"type": "lifespan.startup.complete"})
    assert (await receive())["type"] == "lifespan.shutdown"
    note("shutdown")
    await send({"type": "lifespan.shutdown.complete"})
    note("end")


async def slow_start(scope, receive, send):
    if scope["type"] != "lifespan":
        return await serve(scope, receive, send)
    await receive()
    note("startup")
    await gate()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def startup_fails(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the database is away"})


async def startup_raises(scope, receive, send):
    await receive()
    raise ConnectionError("the database is away")


async def unsupported(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError(f"no {scope['type']} here")
    await serve(scope, receive, send)


async def ignores_the_type(scope, receive, send):
    await receive()
    await answer(send, b"whatever")


async def returns(scope, receive, send):
    if scope["type"] == "http":
        await serve(scope, receive, send)


async def completes_twice(scope, receive, send):
    if scope["type"] != "lifespan":
        return await serve(scope, receive, send)
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    note("shutdown")
    try:
        await send({"type": "lifespan.startup.complete"})
    except RuntimeError:
        note("refused")
    await send({"type": "lifespan.shutdown.complete"})


async def shutdown_fails(scope, receive, send):
    if scope["type"] != "lifespan":
        return await serve(scope, receive, send)
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.failed", "message": "something was left open"})


async def shutdown_raises(scope, receive, send):
    if scope["type"] != "lifespan":
        return await serve(scope, receive, send)
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    raise ConnectionError("something was left open")


async def shutdown_hangs(scope, receive, send):
    if scope["type"] != "lifespan":
        return await serve(scope, receive, send)
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    note("shutdown")
    await asyncio.sleep(3600)
