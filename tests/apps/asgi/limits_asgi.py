# SPDX-License-Identifier: Apache-2.0
"""tests/apps/wsgi/limits_wsgi.py for ASGI: /wait awaits again and again,
/forever once, the others hold the loop."""

import asyncio
import os

from limits_wsgi import PLAIN, VIEWS, note, shut


async def wait():
    while shut():
        await asyncio.sleep(0.005)


async def forever():
    await asyncio.Event().wait()


async def swallow():
    while shut():
        try:
            await wait()
        except BaseException:  # noqa: BLE001 - that is what it is for
            note("swallowed", "-")


OWN = {"/forever": forever, "/wait": wait, "/stream": wait, "/swallow": swallow}


async def run(path):
    if path in OWN:
        await OWN[path]()
    elif path in VIEWS:
        VIEWS[path]()


async def start(send):
    headers = [tuple(text.encode() for text in PLAIN)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def application(scope, receive, send):
    path = scope["path"]
    note("start", path)
    try:
        if path == "/stream":
            await start(send)
            await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await run(path)
    except BaseException as error:
        note(type(error).__name__, path)
        raise
    if path != "/stream":
        await start(send)
    await send({"type": "http.response.body", "body": b"%d" % os.getpid()})
