# SPDX-License-Identifier: Apache-2.0
"""WebSockets of the tests: the path names the function."""

import asyncio
import json
import os
import time
from pathlib import Path

GATES = Path(os.environ["GATES"]) if "GATES" in os.environ else None


def say(name: str, text: str = "") -> None:
    part = GATES / f".{name}"
    part.write_text(text)
    part.rename(GATES / name)


async def opened(receive, send, **accept):
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept", **accept})


async def echo(scope, receive, send):
    await opened(receive, send)
    while (message := await receive())["type"] == "websocket.receive":
        del message["type"]
        await send({"type": "websocket.send", **message})
    if GATES:
        say("ended", json.dumps(message))


async def show_scope(scope, receive, send):
    await opened(receive, send)
    scope = {key: value for key, value in scope.items() if key != "headers"}
    await send({"type": "websocket.send", "text": repr(scope)})


async def choose(scope, receive, send):
    headers = [(b"x-chosen", b"yes"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await opened(receive, send, subprotocol=scope["subprotocols"][-1], headers=headers)


async def bad_header(scope, receive, send):
    await opened(receive, send, headers=[(b"sec-websocket-protocol", b"x")])


async def refuse(scope, receive, send):
    await receive()
    await send({"type": "websocket.close"})
    say("ended", json.dumps(await receive()))


async def deny(scope, receive, send):
    await receive()
    headers = [(b"content-type", b"text/plain"), (b"x-why", b"tired")]
    await send({"type": "websocket.http.response.start", "status": 418, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"not ", "more_body": True})
    await send({"type": "websocket.http.response.body", "body": b"now"})


async def fail_early(scope, receive, send):
    raise ValueError("too early")


async def return_early(scope, receive, send):
    pass


async def fail_late(scope, receive, send):
    await opened(receive, send)
    raise ValueError("too late")


async def return_late(scope, receive, send):
    await opened(receive, send)


async def close(scope, receive, send):
    await opened(receive, send)
    await send({"type": "websocket.close", "code": 4001, "reason": "enough \u00e9"})
    try:
        await send({"type": "websocket.send", "text": "more"})
    except RuntimeError:
        say("refused")
    say("ended", json.dumps(await receive()))


async def wrong(scope, receive, send):
    """Says which exceptions wrong messages raise."""
    await opened(receive, send)
    raised = []
    for message in (
        {"type": "websocket.accept"},
        {"type": "websocket.send"},
        {"type": "websocket.send", "text": b"bytes"},
        {"type": "websocket.send", "bytes": "text"},
        {"type": "websocket.send", "text": "\ud800"},
        {"type": "websocket.close", "code": 1006},
        {"type": "http.response.start", "status": 200},
        {"type": "websocket.http.response.start", "status": 200},
    ):
        try:
            await send(message)
            raised.append(None)
        except Exception as error:
            raised.append(type(error).__name__)
    await send({"type": "websocket.send", "text": json.dumps(raised)})


async def pour(scope, receive, send):
    """As many messages as the client takes; says how many `send` took."""
    await opened(receive, send)
    size = int(scope["query_string"])
    count = 0
    try:
        while True:
            await send({"type": "websocket.send", "bytes": bytes(size)})
            count += 1
            say("count", str(count))
    except OSError as error:
        say("gone", type(error).__name__)


async def idle(scope, receive, send):
    """Takes its one message when the gate opens."""
    await opened(receive, send)
    say("accepted")
    while not (GATES / "take").exists():
        await asyncio.sleep(0.01)
    messages = 0
    while (message := await receive())["type"] == "websocket.receive":
        messages += 1
    say("ended", json.dumps(message | {"messages": messages}))


async def linger(scope, receive, send):
    """Goes on after the disconnect, until it is cancelled."""
    await opened(receive, send)
    message = await receive()
    said = time.monotonic()
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        say("cancelled", str(time.monotonic() - said))
        raise
    finally:
        say("ended", json.dumps(message))


async def fork(scope, receive, send):
    await opened(receive, send)
    child = os.fork()
    if child == 0:
        await send({"type": "websocket.send", "text": "from the child"})
        os._exit(0)
    os.waitpid(child, 0)
    await send({"type": "websocket.send", "text": "from the parent"})
    await receive()


async def both(scope, receive, send):
    """Sends by itself while it receives."""
    await opened(receive, send)

    async def tick():
        for number in range(100):
            await send({"type": "websocket.send", "text": str(number)})
            await asyncio.sleep(0)

    ticker = asyncio.create_task(tick())
    await receive()
    await ticker


async def http_linger(scope, receive, send):
    say("start")
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        say("cancelled")
        raise


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        raise ValueError("no lifespan")
    await globals()[scope["path"].strip("/").rsplit("/")[-1]](scope, receive, send)
