# SPDX-License-Identifier: Apache-2.0
"""An ASGI application of many small views, one for each rule that the tests look at. What a view
sees that no client can is a line "EVENT ID PID" of the journal, a file in the folder $GATES; a view
that waits does so until the test makes the file of that name there."""

import asyncio
import contextvars
import json
import os
from pathlib import Path
from urllib.parse import parse_qs

FOLDER = Path(os.environ.get("GATES", "."))
PLAIN = (b"content-type", b"text/plain")
BLOCK = bytes(range(256)) * 256
variable = contextvars.ContextVar("variable", default="unset")


def note(event, name="-"):
    line = f"{event} {name} {os.getpid()}\n".encode()
    journal = os.open(FOLDER / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(journal, line)
    os.close(journal)


async def gate(name="gate"):
    while not (FOLDER / name).exists():
        await asyncio.sleep(0.005)


async def read_body(receive):
    body = b""
    while True:
        message = await receive()
        assert message["type"] == "http.request"
        body += message["body"]
        if not message["more_body"]:
            return body


async def pieces(receive, whole="whole", left="disconnect"):
    """The body's bytes as they come; ends with the body, or when the client has left, and notes which."""
    while (message := await receive())["type"] == "http.request":
        if message["body"]:
            yield message["body"]
        if not message["more_body"]:
            note(whole)
            return
    note(left)


async def answer(send, body=b"", status=200, headers=()):
    await send({"type": "http.response.start", "status": status, "headers": [PLAIN, *headers]})
    await send({"type": "http.response.body", "body": body})


async def start(send, status=200, headers=(), **more):
    await send({"type": "http.response.start", "status": status, "headers": headers, **more})


async def body(send, data, more=True):
    await send({"type": "http.response.body", "body": data, "more_body": more})


async def show_scope(scope, receive, send):
    await answer(send, repr(scope).encode())


async def change_scope(scope, receive, send):
    scope["state"]["spoiled"] = scope["asgi"]["spoiled"] = scope["extensions"]["spoiled"] = 1
    await answer(send)


async def messages(scope, receive, send):
    seen = []
    while not seen or seen[-1]["more_body"]:
        message = await receive()
        seen.append(message | {"body": len(message["body"])})
    await answer(send, json.dumps(seen).encode())


async def echo(scope, receive, send):
    await start(send)
    more = True
    while more:
        message = await receive()
        more = message["more_body"]
        await body(send, message["body"], more)


async def count(scope, receive, send):
    """Reads the body and keeps nothing of it."""
    total, more = 0, True
    while more:
        message = await receive()
        total += len(message["body"])
        more = message["more_body"]
    await answer(send, b"%d" % total)


async def blocks(scope, receive, send):
    """?count= blocks of 64 KiB; the journal says when each eighth has been accepted."""
    wanted = int(parse_qs(scope["query_string"].decode())["count"][0])
    await start(send, headers=[(b"content-length", b"%d" % (wanted * len(BLOCK)))])
    for number in range(wanted):
        await body(send, BLOCK)
        if number % 8 == 7:
            note("block")
    await body(send, b"", more=False)
    note("complete")


async def items(scope, receive, send):
    await start(send)
    await body(send, b"first")
    await gate()
    await body(send, b"second", more=False)


async def wait_for_disconnect(scope, receive, send):
    await read_body(receive)
    note("start")
    message = await receive()
    note(message["type"])
    try:
        await answer(send, b"x")
        note("sent")
    except OSError as error:
        note(type(error).__name__)
        raise


async def after_response(scope, receive, send):
    await answer(send, b"done")
    note((await receive())["type"])
    try:
        await body(send, b"more")
    except RuntimeError:
        note("refused")
    await gate()
    note("end")


async def slow(scope, receive, send):
    note("start")
    await gate()
    await answer(send, b"%d" % os.getpid())


async def nap(scope, receive, send):
    await asyncio.sleep(float(scope["query_string"] or b"0.2"))
    await answer(send)


async def cancelled(scope, receive, send):
    asyncio.current_task().cancel()
    await asyncio.sleep(60)


async def receive_times_out(scope, receive, send):
    await read_body(receive)
    try:
        await asyncio.wait_for(receive(), 0.05)
    except asyncio.TimeoutError:
        await answer(send, b"timed out")


async def receive_in_task(scope, receive, send):
    task = asyncio.create_task(receive())
    message = await task
    await answer(send, message["type"].encode())


async def context(scope, receive, send):
    before = variable.get()
    variable.set("set")
    await asyncio.sleep(0)
    await answer(send, f"{before} {variable.get()}".encode())


async def raise_before(scope, receive, send):
    await start(send)
    raise LookupError("before the head")


async def raise_after(scope, receive, send):
    await start(send)
    await body(send, b"some")
    raise LookupError("after the head")


async def raise_after_length(scope, receive, send):
    await start(send, headers=[(b"content-length", b"100")])
    await body(send, b"some")
    raise LookupError("after the head")


async def nothing(scope, receive, send):
    pass


async def half(scope, receive, send):
    await start(send)
    await body(send, b"some")


async def too_short(scope, receive, send):
    await start(send, headers=[(b"content-length", b"100")])
    await body(send, b"some", more=False)


async def too_long(scope, receive, send):
    await start(send, headers=[(b"content-length", b"4")])
    await body(send, b"some more", more=False)


async def status(scope, receive, send):
    code = int(scope["query_string"])
    await answer(send, b"" if code in (204, 304) else b"body", code)


async def with_length(scope, receive, send):
    await start(send, headers=[(b"content-length", b"4")])
    await body(send, b"some", more=False)


async def early_hint(scope, receive, send):
    links = [b"</a.css>; rel=preload", b"</b.js>; rel=preload"]
    await send({"type": "http.response.early_hint", "links": links})
    await gate()
    await answer(send, b"hinted")


async def trailers(scope, receive, send):
    await start(send, trailers=True)
    await body(send, b"body", more=False)
    first, last = [(b"x-first", b"1")], [(b"x-last", b"2")]
    await send({"type": "http.response.trailers", "headers": first, "more_trailers": True})
    await send({"type": "http.response.trailers", "headers": last})


async def send_path(scope, receive, send):
    await start(send)
    await send({"type": "http.response.pathsend", "path": scope["query_string"].decode()})


async def send_file(scope, receive, send):
    await start(send)
    with open(scope["query_string"].decode(), "rb") as file:
        part = {"type": "http.response.zerocopysend", "file": file}
        await send(part | {"offset": 3, "count": 4, "more_body": True})
        await send(part | {"offset": 0, "count": 2})


async def two_senders(scope, receive, send):
    await start(send)
    large, small = b"a" * 3_000_000, b"b" * 10
    await asyncio.gather(body(send, large), body(send, small))
    await body(send, b"", more=False)


async def fork(scope, receive, send):
    pid = os.fork()
    if pid == 0:
        return
    os.waitpid(pid, 0)
    await answer(send, b"parent")


async def stall(scope, receive, send):
    note("start")
    while not (FOLDER / "gate").exists():
        pass
    await answer(send)


async def misuse(scope, receive, send):
    """Sends what is wrong; the name of the exception is the answer."""
    wrong = {
        "type": {"type": "http.response.nonsense"},
        "no_type": {"status": 200},
        "no_dict": None,
        "websocket": {"type": "websocket.accept"},
        "body_first": {"type": "http.response.body", "body": b""},
        "no_status": {"type": "http.response.start"},
        "text_status": {"type": "http.response.start", "status": "200"},
        "bad_status": {"type": "http.response.start", "status": 99},
        "text_header": {"type": "http.response.start", "status": 200, "headers": [("a", "b")]},
        "no_pair": {"type": "http.response.start", "status": 200, "headers": [(b"a",)]},
        "injection": {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"a", b"b\r\nc: d")],
        },
        "bad_name": {"type": "http.response.start", "status": 200, "headers": [(b"a b", b"c")]},
        "bad_length": {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"many")],
        },
    }
    try:
        await send(wrong[scope["query_string"].decode()])
    except Exception as error:
        return await answer(send, type(error).__name__.encode())
    await answer(send, b"accepted")


async def misuse_after_start(scope, receive, send):
    await start(send)
    wrong = {
        "start_twice": {"type": "http.response.start", "status": 200},
        "text_body": {"type": "http.response.body", "body": "text"},
        "late_hint": {"type": "http.response.early_hint", "links": []},
        "early_trailers": {"type": "http.response.trailers", "headers": []},
    }
    try:
        await send(wrong[scope["query_string"].decode()])
    except Exception as error:
        return await body(send, type(error).__name__.encode(), more=False)
    await body(send, b"accepted", more=False)


async def application(scope, receive, send):
    assert scope["type"] == "http"
    await globals()[scope["path"].strip("/") or "show_scope"](scope, receive, send)
