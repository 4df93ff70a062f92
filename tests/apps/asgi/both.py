# SPDX-License-Identifier: Apache-2.0
"""One site for both protocols: `wsgi` and `asgi` have the same views.

/         what serves it, as JSON: protocol, pid, and the pid that opened the worker's connection
/events   a stream of events without an end
/numbers  the same lines as a text that is not whole without its end
/cut      an event that begins, and then nothing
/stuck    one event, and an application that hears nothing for a minute

A line "closed PATH PID" of the journal says that the application was told to end a stream."""

import asyncio
import itertools
import json
import os
import time

from views import note

PAUSE = 0.01
TYPES = {"/events": "text/event-stream", "/numbers": "text/plain", "/cut": "text/event-stream"}
TYPES["/stuck"] = "text/event-stream; charset=utf-8"


class Connection:
    """As one to a database: opened at first use, and never to be used by another process."""

    opened_by = None

    @classmethod
    def get(cls) -> int:
        cls.opened_by = cls.opened_by or os.getpid()
        return cls.opened_by


def page(protocol: str) -> bytes:
    return json.dumps([protocol, os.getpid(), Connection.get()]).encode()


def lines(path: str):
    if path == "/cut":
        yield b"data: cut"
        while True:
            yield b""
    for number in itertools.count():
        yield b"data: %d\n\n" % number


def pause(path: str) -> float:
    return 60 if path == "/stuck" else PAUSE


def paused(path: str):
    try:
        for line in lines(path):
            yield line
            time.sleep(pause(path))
    finally:
        note("closed", path)


def wsgi(environ, start_response):
    path = environ["PATH_INFO"]
    if path in TYPES:
        start_response("200 OK", [("Content-Type", TYPES[path])])
        return paused(path)
    body = page("wsgi")
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    path = scope["path"]
    if path in TYPES:
        return await stream(path, send)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": page("asgi")})


async def stream(path, send):
    headers = [(b"content-type", TYPES[path].encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    try:
        for line in lines(path):
            await send({"type": "http.response.body", "body": line, "more_body": True})
            await asyncio.sleep(pause(path))
    finally:
        note("closed", path)


async def lifespan(receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
